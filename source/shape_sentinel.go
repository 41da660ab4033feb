package source

import (
	"strings"

	"goshawk/event"
)

// Rows of Log Analytics tables, exported as JSON or CSV, told by Type or else by the columns that only one table has.
// SecurityEvent, WindowsEvent and Event stand for the Windows event that they were made of, Syslog for a syslog line or
// what that carries. Rows of other tables stay as they are, with the product "sentinel" and the table as channel;
// Defender's tables are Defender's.
//
// The event's own fields are those of EventData, be it XML, an object, or JSON in a text. Columns beside it count where they
// are filled and EventData has no field of that name. TimeGenerated is the time of the event; a row of Syslog keeps EventTime, where that
// is another, under its name.
var _ = registerShape(jsonShape{
	name: "sentinel",
	doc:  "rows of a Log Analytics table",
	certainty: func(o *jsonObject) int {
		if o.any(keyTimeGenerated, keyTimeCollected) {
			switch {
			case o.text(keyType) != "" && o.any(keyTenantID, keySourceSystem, keyResourceID, keyManagementGroup):
				return 98
			case o.text(keyType) != "":
				return 90
			case sentinelTable(o) != "":
				return 96
			}
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		if ticks, ok := ticksOf(o.get(keyTimeGenerated), nil); ok {
			ev.Logged = ticks
		}
		table := o.text(keyType)
		if table == "" {
			table = sentinelTable(o)
		}
		switch table {
		case "SecurityEvent", "WindowsEvent", "Event":
			if s.sentinelWindows(o, ev) {
				return true
			}
		case "Syslog":
			return s.sentinelSyslog(o, ev)
		}
		ev.Class = s.class("sentinel", table, "")
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		return true
	},
})

var (
	keyType            = keyOf("Type")
	keyTenantID        = keyOf("TenantId")
	keySourceSystem    = keyOf("SourceSystem")
	keyResourceID      = keyOf("_ResourceId")
	keyManagementGroup = keyOf("ManagementGroupName")
	keyTimeCollected   = keyOf("TimeCollected")
	keyActivity        = keyOf("Activity")
	keyEventSourceName = keyOf("EventSourceName")
	keySyslogMessage   = keyOf("SyslogMessage")
	keyFacility        = keyOf("Facility")
	keyHostName        = keyOf("HostName")
	keyProcessName     = keyOf("ProcessName")
	keyProcessIDColumn = keyOf("ProcessID")
	keySeverityLevel   = keyOf("SeverityLevel")
	keyRenderedText    = keyOf("RenderedDescription")
	keyEventLevelName  = keyOf("EventLevelName")
	keyProvider        = keyOf("Provider")
	keyParameterXML    = keyOf("ParameterXml")
	keyRawEventData    = keyOf("RawEventData")
)

// sentinelTable returns the table that a row without Type is from, if only one has such columns.
func sentinelTable(o *jsonObject) string {
	switch {
	case o.has(keyEventSourceName, keyActivity, keyEventID):
		return "SecurityEvent"
	case o.has(keyEventLevelName, keyProvider, keyEventID, keyChannel):
		return "WindowsEvent"
	case o.has(keyEventLog, keyEventID) && o.any(keyRenderedText, keyParameterXML):
		return "Event"
	case o.has(keySyslogMessage, keyFacility):
		return "Syslog"
	}
	return ""
}

func (s *shaper) sentinelWindows(o *jsonObject, ev *event.Event) bool {
	w := &s.win
	w.begin()
	for _, k := range []jsonKey{keyEventData, keyParameterXML, keyRawEventData} {
		if v := o.get(k); !v.IsNull() && len(w.data) == 0 {
			s.columnData(v)
		}
	}
	given := len(w.data)
	w.take(o.fields, sentinelRoles)
	if v := o.get(keyEventID); v.Kind() == event.Int {
		w.system[atEventID] = event.IntValue(v.Int() & 0xffff)
	}
	// Columns count where they are filled and the event has no field of that name.
	columns := w.data[given:]
	kept := w.data[:given]
	for _, f := range columns {
		if text, plain := f.Value.Plain(); f.Value.IsNull() || plain && text == "" || !fieldOf(kept[:given], f.Name).IsAbsent() {
			continue
		}
		kept = append(kept, f)
	}
	w.data = kept
	for _, at := range []int{atProviderName, atTask, atLevel, atKeywords, atOpcode, atActivityID, atUserID, atVersion, atProcessID, atThreadID, atEventRecordID} {
		if text, plain := w.system[at].Plain(); plain && text == "" {
			w.system[at] = event.Value{}
		}
	}
	return s.windowsEvent(ev)
}

var sentinelRoles = rolesOf(map[string]role{
	"EventSourceName": roleSystem + atProviderName, "Provider": roleSystem + atProviderName, "Source": roleSystem + atProviderName,
	"Channel": roleSystem + atChannel, "EventLog": roleSystem + atChannel, "Computer": roleSystem + atComputer,
	"EventID": roleSystem + atEventID, "Task": roleSystem + atTask, "EventCategory": roleSystem + atTask,
	"Level": roleSystem + atLevel, "EventLevel": roleSystem + atLevel, "Keywords": roleSystem + atKeywords,
	"Opcode": roleSystem + atOpcode, "Version": roleSystem + atVersion, "EventRecordId": roleSystem + atEventRecordID,
	"Correlation": roleSystem + atActivityID, "SystemProcessId": roleSystem + atProcessID, "SystemThreadId": roleSystem + atThreadID,
	"SystemUserId": roleSystem + atUserID, "TimeCreated": roleSystem + atSystemTime, "TimeGenerated": roleSystem + atSystemTime,
	"RenderedDescription": roleRendered + renderedMessage, "EventLevelName": roleRendered + renderedLevel,
	"EventData": roleSpecial, "ParameterXml": roleSpecial, "RawEventData": roleSpecial,
	// What the table adds, and what it makes of other columns.
	"TenantId": roleDrop, "SourceSystem": roleDrop, "Type": roleDrop, "_ResourceId": roleDrop, "_SubscriptionId": roleDrop,
	"MG": roleDrop, "ManagementGroupName": roleDrop, "TimeCollected": roleDrop, "EventOriginId": roleDrop,
	"SourceComputerId": roleDrop, "Activity": roleDrop, "Account": roleDrop, "AccountType": roleDrop, "Process": roleDrop,
	"SubjectAccount": roleDrop, "TargetAccount": roleDrop, "PartitionKey": roleDrop, "RowKey": roleDrop,
	"StorageAccount": roleDrop, "AzureDeploymentID": roleDrop, "AzureTableName": roleDrop, "Role": roleDrop,
	"_TimeReceived": roleDrop, "_ItemId": roleDrop, "_Internal_WorkspaceResourceId": roleDrop, "UserName": roleDrop,
	"Message": roleDrop,
})

// sentinelSyslog reads a row of Syslog.
func (s *shaper) sentinelSyslog(o *jsonObject, ev *event.Event) bool {
	program := o.text(keyProcessName)
	if message := o.text(keySyslogMessage); message != "" && s.carried(message, program, ev) {
		return true
	}
	when, happened := o.first(keyTimeGenerated, keyEventTime), o.get(keyEventTime)
	if ticks, ok := ticksOf(when, nil); ok {
		when = event.TimeValue(ticks)
	}
	host := o.get(keyHostName)
	if text, plain := host.Plain(); host.IsNull() || plain && text == "" {
		host = o.get(keyComputer)
	}
	s.syslog(ev, syslogParts{when: when, host: host, program: o.get(keyProcessName), pid: o.get(keyProcessIDColumn),
		facility: o.get(keyFacility), severity: o.get(keySeverityLevel), message: o.get(keySyslogMessage)})
	if ticks, ok := ticksOf(happened, nil); ok && when.Kind() == event.Time && ticks != when.Int() {
		ev.Record.Fields = append(ev.Record.Fields, event.Field{Name: nameEventTime, Value: event.TimeValue(ticks)})
	}
	return true
}

var nameEventTime = event.NameOf("EventTime")

// syslogParts are what carriers that are not lines know of a syslog message.
type syslogParts struct {
	when, host, program, pid, facility, severity, message event.Value
}

var syslogNames = [...]*event.Name{
	event.NameOf("timestamp"), event.NameOf("host"), event.NameOf("program"), event.NameOf("pid"), event.NameOf("facility"),
	event.NameOf("severity"), event.NameOf("message"),
}

// syslog writes the parts down in the form of syslog.go.
func (s *shaper) syslog(ev *event.Event, p syslogParts) {
	fields := ev.Record.Fields[:0]
	for i, v := range [...]event.Value{p.when, p.host, p.program, p.pid, p.facility, p.severity, p.message} {
		if text, plain := v.Plain(); !v.IsNull() && !(plain && text == "") {
			fields = append(fields, event.Field{Name: syslogNames[i], Value: v})
		}
	}
	ev.Record.Fields = fields
	ev.Class = s.class("syslog", strings.ToLower(p.program.Text()), "")
	if p.when.Kind() == event.Time {
		ev.Logged = p.when.Int()
	}
}
