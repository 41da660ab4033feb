package source

import (
	"goshawk/event"
)

// Windows events as a flat object by any forwarder that keeps the usual names: Channel, EventID, Hostname or Computer, a time,
// and the event's fields beside them. Logstash pipelines write them so, and so do tables that were exported from a search.
//
// A time without a zone is UTC. ProcessID and EventType are fields of the event, as the writer's are called Execution….
// Where the provider was left out, the channel and the event id tell it. Words (Information, Info, Audit Success) are
// RenderingInfo's; a word for the level gives Level its number.
var shapeFlat = registerShape(jsonShape{
	name: "flat",
	doc:  "flat Windows events",
	certainty: func(o *jsonObject) int {
		if !o.any(keyEventID, keyEventCode) || !o.any(keyChannel, keyLogName, keyEventLog) || o.has(keyActionType) {
			return 0
		}
		certainty := 80
		if o.any(keyHostname, keyComputer, keyComputerName, keyMachineName) {
			certainty += 10
		}
		if o.any(keyTimeCreated, keySystemTime, keySystemTimeFull, keyTimestamp, keyEventTime) {
			certainty += 4
		}
		return certainty
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		w := &s.win
		w.begin()
		w.take(o.fields, flatRoles)
		w.set(atEventID, o.first(keyEventID, keyEventCode))
		if o.has(keySourceName) {
			if v := o.get(keyProviderName); !v.IsAbsent() {
				w.data = append(w.data, event.Field{Name: nameProviderName, Value: v})
			}
		} else {
			w.set(atProviderName, o.get(keyProviderName))
		}
		for _, k := range []jsonKey{keyTimeCreated, keySystemTimeFull, keySystemTime, keyEventTime, keyTimestamp, keyTimeGenerated, keyTime} {
			if ticks, ok := ticksOf(o.get(k), s.zone); ok {
				w.set(atSystemTime, event.TimeValue(ticks))
				break
			}
		}
		if word := o.text(keyLevel); word != "" {
			if level := levelOf(word); !level.IsAbsent() {
				w.system[atLevel] = level
				w.rendered[renderedLevel] = o.get(keyLevel)
			}
		}
		// Both numbers and words are called Task and Opcode by someone.
		for _, p := range []struct{ at, rendered int }{{atTask, renderedTask}, {atOpcode, renderedOpcode}} {
			if v := w.system[p.at]; v.Kind() == event.Text {
				if _, number := digits(v.Text()); !number {
					w.system[p.at] = event.Value{}
					w.rendered[p.rendered] = v
				}
			}
		}
		if ticks, ok := ticksOf(o.get(keyTimestamp), nil); ok {
			ev.Logged = ticks
		}
		if v := o.first(keyEventData, keyUserDataTop); !v.IsNull() {
			s.columnData(v)
		}
		if usual := classicProviders[w.system[atProviderName].Text()]; usual != "" {
			w.system[atProviderName] = event.TextValue(usual)
		}
		return s.windowsEvent(ev)
	},
})

var (
	keyEventCode      = keyOf("EventCode")
	keyChannel        = keyOf("Channel")
	keyLogName        = keyOf("LogName")
	keyEventLog       = keyOf("EventLog")
	keyHostname       = keyOf("Hostname")
	keyComputer       = keyOf("Computer")
	keyComputerName   = keyOf("ComputerName")
	keyMachineName    = keyOf("MachineName")
	keyTimeCreated    = keyOf("TimeCreated")
	keySystemTime     = keyOf("SystemTime")
	keySystemTimeFull = keyOf("TimeCreated_SystemTime")
	keyTimeGenerated  = keyOf("TimeGenerated")
	keyTime           = keyOf("_time")
	keyProviderName   = keyOf("ProviderName")
	keyLevel          = keyOf("Level")
	keyEventData      = keyOf("EventData")
	keyUserDataTop    = keyOf("UserData")
	keyActionType     = keyOf("ActionType")

	nameProviderName = event.NameOf("ProviderName")
)

var flatRoles = rolesOf(map[string]role{
	"EventID": roleSpecial, "EventCode": roleSpecial, "ProviderName": roleSpecial, "TimeCreated": roleSpecial,
	"SystemTime": roleSpecial, "TimeCreated_SystemTime": roleSpecial, "EventTime": roleSpecial, "EventData": roleSpecial,
	"UserData":   roleSpecial,
	"SourceName": roleSystem + atProviderName, "Provider_Name": roleSystem + atProviderName, "Provider": roleSystem + atProviderName,
	"ProviderGuid": roleSystem + atProviderGUID, "Provider_Guid": roleSystem + atProviderGUID,
	"Qualifiers": roleSystem + atQualifiers, "EventID_Qualifiers": roleSystem + atQualifiers,
	"Version": roleSystem + atVersion, "Level": roleSystem + atLevel, "Task": roleSystem + atTask, "Opcode": roleSystem + atOpcode,
	"OpcodeValue": roleSystem + atOpcode, "Keywords": roleSystem + atKeywords,
	"EventRecordID": roleSystem + atEventRecordID, "RecordNumber": roleSystem + atEventRecordID,
	"RecordID": roleSystem + atEventRecordID, "EventRecordId": roleSystem + atEventRecordID,
	"ActivityID": roleSystem + atActivityID, "Correlation_ActivityID": roleSystem + atActivityID,
	"RelatedActivityID": roleSystem + atRelatedActivityID, "Correlation_RelatedActivityID": roleSystem + atRelatedActivityID,
	"ExecutionProcessID": roleSystem + atProcessID, "Execution_ProcessID": roleSystem + atProcessID,
	"ExecutionThreadID": roleSystem + atThreadID, "Execution_ThreadID": roleSystem + atThreadID,
	"Channel": roleSystem + atChannel, "LogName": roleSystem + atChannel, "EventLog": roleSystem + atChannel,
	"Hostname": roleSystem + atComputer, "Computer": roleSystem + atComputer, "ComputerName": roleSystem + atComputer,
	"MachineName": roleSystem + atComputer, "UserID": roleSystem + atUserID, "Security_UserID": roleSystem + atUserID,
	"Message": roleRendered + renderedMessage, "TaskCategory": roleRendered + renderedTask, "OpCode": roleRendered + renderedOpcode,
	"RenderingInfo.Message": roleRendered + renderedMessage, "RenderingInfo.Level": roleRendered + renderedLevel,
	"RenderingInfo.Task": roleRendered + renderedTask, "RenderingInfo.Opcode": roleRendered + renderedOpcode,
	"RenderingInfo.Keywords": roleRendered + renderedKeywords, "RenderingInfo.Provider": roleRendered + renderedProvider,
	"@timestamp": roleDrop, "@version": roleDrop, "tags": roleDrop, "host": roleDrop, "source": roleDrop, "sourcetype": roleDrop,
	"index": roleDrop, "_time": roleDrop, "linecount": roleDrop, "splunk_server": roleDrop, "punct": roleDrop, "_raw": roleDrop,
	"_indextime": roleDrop, "_bkt": roleDrop, "_cd": roleDrop, "_serial": roleDrop, "_si": roleDrop, "_sourcetype": roleDrop,
	"eventtype": roleDrop, "timeendpos": roleDrop, "timestartpos": roleDrop, "date_hour": roleDrop, "date_mday": roleDrop,
	"date_minute": roleDrop, "date_month": roleDrop, "date_second": roleDrop, "date_wday": roleDrop, "date_year": roleDrop,
	"date_zone": roleDrop, "EventReceivedTime": roleDrop,
})

// columnData adds the fields of an event that one column holds: an object, or XML or JSON as a text.
func (s *shaper) columnData(v event.Value) {
	w := &s.win
	switch v.Kind() {
	case event.Object:
		s.dumpData(v.Object().Fields)
	case event.Text:
		text := v.Text()
		if fields, ok := s.parse(text); ok {
			s.dumpData(fields)
			return
		}
		var r event.Record
		if len(text) > 0 {
			if err := readEventDataXML(bytesOf(text), &r); err == nil || len(r.Fields) > 0 {
				w.data = append(w.data, r.Fields...)
				return
			}
		}
		if text != "" {
			w.data = append(w.data, event.Field{Name: nameEventData, Value: v})
		}
	}
}
