package source

import (
	"strings"

	"goshawk/event"
)

// NXLog's JSON of Windows events, as in much published test data. It is flat: System's fields under NXLog's names, those of
// the event under their own, and NXLog's and the shippers' own beside them.
//
//   - EventType is NXLog's word for the level, unless the event has a field of that name: of EventType and EventTypeOrignal
//     (spelt so), one then holds the word and the other the event's own.
//   - ProcessID is the writer's, unless ExecutionProcessID is there for that: then it is a field of the event. ProcessId is
//     always the event's.
//   - Domain, AccountName and AccountType belong to UserID, the account that wrote the event; where they are, a field of the
//     event called AccountName was overwritten and is lost.
//   - EventTime has no zone. Where EventReceivedTime and @timestamp are there, they are the same moment on NXLog's clock and
//     in UTC, so their difference is the zone; else the zone is what the user says, or UTC.
//   - Values of the event still have the &lt;, &gt; and &amp; of the XML that NXLog takes them from; Message has not.
//   - NXLog's names have no case, so that where ProcessID is the writer's, a ProcessId of the event is lost; and a word for
//     the level may have taken the place of the event's EventType. Both come back from Message, if it is there.
//   - Fields of the event that are empty are left out by NXLog, and stay so.
//   - The word for the level gives Level its number; words for task and opcode are RenderingInfo's.
var _ = registerShape(jsonShape{
	name: "nxlog",
	doc:  "Windows events in the form of NXLog",
	certainty: func(o *jsonObject) int {
		if o.has(keyEventID, keySourceName) && o.any(keySourceModuleName, keySourceModuleType) && o.any(keyEventTime, keySeverityValue) {
			return 98
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		w := &s.win
		w.begin()
		w.take(o.fields, nxlogRoles)

		word, own := o.get(keyEventType), o.get(keyEventTypeOriginal)
		if !isNXLogLevel(word) && (own.IsAbsent() || isNXLogLevel(own)) {
			word, own = own, word
		}
		message := o.get(keyMessage)
		if own.IsAbsent() && o.text(keySourceName) == "Microsoft-Windows-Sysmon" {
			switch o.get(keyEventID).Int() {
			case 12, 13, 14, 17, 18:
				own = sysmonLine(message, "EventType: ")
			}
		}
		if !own.IsAbsent() {
			w.data = append(w.data, event.Field{Name: nameEventType, Value: own})
		}
		w.set(atLevel, levelOf(word.Text()))

		if o.has(keyExecutionProcessID) {
			w.set(atProcessID, o.get(keyExecutionProcessID))
			if v := o.get(keyProcessID); !v.IsAbsent() {
				w.data = append(w.data, event.Field{Name: nameProcessID, Value: v})
			}
		} else {
			w.set(atProcessID, o.get(keyProcessID))
			if !o.has(keyProcessIDLower) {
				s.lostProcessIDs(o, message)
			}
		}
		if !o.has(keyAccountType) {
			for _, k := range []jsonKey{keyDomain, keyAccountName} {
				if i := o.at[k]; i > 0 {
					w.data = append(w.data, o.fields[i-1])
				}
			}
		}
		for i := range w.data {
			w.data[i].Value = withoutEntities(w.data[i].Value)
		}
		w.set(atSystemTime, s.nxlogTime(o))
		if ticks, ok := ticksOf(o.get(keyTimestamp), nil); ok {
			ev.Logged = ticks
		}
		return s.windowsEvent(ev)
	},
})

var (
	keyEventID            = keyOf("EventID")
	keySourceName         = keyOf("SourceName")
	keySourceModuleName   = keyOf("SourceModuleName")
	keySourceModuleType   = keyOf("SourceModuleType")
	keyEventTime          = keyOf("EventTime")
	keyEventReceivedTime  = keyOf("EventReceivedTime")
	keySeverityValue      = keyOf("SeverityValue")
	keyEventType          = keyOf("EventType")
	keyEventTypeOriginal  = keyOf("EventTypeOrignal")
	keyExecutionProcessID = keyOf("ExecutionProcessID")
	keyProcessID          = keyOf("ProcessID")
	keyAccountType        = keyOf("AccountType")
	keyDomain             = keyOf("Domain")
	keyAccountName        = keyOf("AccountName")
	keyTimestamp          = keyOf("@timestamp")
	keyProcessIDLower     = keyOf("ProcessId")
	keyMessage            = keyOf("Message")

	nameEventType = event.NameOf("EventType")
	nameProcessID = event.NameOf("ProcessID")
	namePID       = event.NameOf("ProcessId")
)

var nxlogRoles = rolesOf(map[string]role{
	"EventID": roleSystem + atEventID, "SourceName": roleSystem + atProviderName, "ProviderGuid": roleSystem + atProviderGUID,
	"Version": roleSystem + atVersion, "Task": roleSystem + atTask, "TaskValue": roleSystem + atTask,
	"OpcodeValue": roleSystem + atOpcode, "Keywords": roleSystem + atKeywords, "RecordNumber": roleSystem + atEventRecordID,
	"ActivityID": roleSystem + atActivityID, "RelatedActivityID": roleSystem + atRelatedActivityID,
	"ThreadID": roleSystem + atThreadID, "ExecutionThreadID": roleSystem + atThreadID, "Channel": roleSystem + atChannel,
	"Hostname": roleSystem + atComputer, "UserID": roleSystem + atUserID, "Qualifiers": roleSystem + atQualifiers,
	"Message": roleRendered + renderedMessage, "Category": roleRendered + renderedTask, "Opcode": roleRendered + renderedOpcode,
	"EventType": roleSpecial, "EventTypeOrignal": roleSpecial, "ExecutionProcessID": roleSpecial, "ProcessID": roleSpecial,
	"AccountName": roleSpecial, "Domain": roleSpecial, "EventTime": roleSpecial,
	"AccountType": roleDrop, "SeverityValue": roleDrop, "Severity": roleDrop, "EventReceivedTime": roleDrop,
	"SourceModuleName": roleDrop, "SourceModuleType": roleDrop, "ERROR_EVT_UNRESOLVED": roleDrop, "EventTimeWritten": roleDrop,
	"@timestamp": roleDrop, "@version": roleDrop, "host": roleDrop, "port": roleDrop, "tags": roleDrop, "timestamp": roleDrop,
	"MessageSourceAddress": roleDrop, "type": roleDrop,
})

// isNXLogLevel says whether a value is one of NXLog's words for the level.
func isNXLogLevel(v event.Value) bool {
	if text, plain := v.Plain(); plain {
		switch text {
		case "INFO", "WARNING", "ERROR", "CRITICAL", "VERBOSE", "DEBUG", "AUDIT_SUCCESS", "AUDIT_FAILURE":
			return true
		}
	}
	return false
}

// nxlogTime returns the time of the event.
func (s *shaper) nxlogTime(o *jsonObject) event.Value {
	local, zoned, ok := event.ParseTime(o.text(keyEventTime))
	if !ok {
		return o.get(keyTimestamp)
	}
	if zoned {
		return event.TimeValue(local)
	}
	received, known, ok := event.ParseTime(o.text(keyEventReceivedTime))
	arrived, utc, also := event.ParseTime(o.text(keyTimestamp))
	if ok && also && utc && !known {
		const quarter = 15 * 60 * event.TicksPerSecond
		offset := arrived - received
		rounded := (offset + quarter/2) / quarter * quarter
		if offset < 0 {
			rounded = (offset - quarter/2) / quarter * quarter
		}
		if off := offset - rounded; -quarter/3 < off && off < quarter/3 {
			return event.TimeValue(local + rounded)
		}
	}
	if s.zone != nil {
		local = inZone(local, s.zone)
	}
	return event.TimeValue(local)
}

// sysmonLine returns the value of a line of a message of Sysmon, if it is a single word. The line is given by its label.
func sysmonLine(message event.Value, label string) event.Value {
	raw, codec := message.Spelling()
	at := strings.Index(raw, label)
	if codec != jsonText || at < 1 || raw[at-1] != 'n' { // the end of \r\n, as JSON spells it
		return event.Value{}
	}
	value := raw[at+len(label):]
	if end := strings.IndexByte(value, '\\'); end >= 0 {
		value = value[:end]
	}
	if value == "" {
		return event.Value{}
	}
	return event.TextValue(value)
}

// lostProcessIDs adds the process id of the event that its message tells.
func (s *shaper) lostProcessIDs(o *jsonObject, message event.Value) {
	w := &s.win
	if o.text(keySourceName) == "Microsoft-Windows-Sysmon" {
		switch o.get(keyEventID).Int() {
		case 4, 6, 8, 10, 16, 19, 20, 21: // have none
			return
		}
		if v := sysmonLine(message, "ProcessId: "); !v.IsAbsent() {
			w.data = append(w.data, event.Field{Name: namePID, Value: v})
		}
		return
	}
	if usualChannel(o.text(keyChannel)) != "Security" {
		return
	}
	for _, f := range messageFields(nil, "Security", o.get(keyEventID).Int(), strings.ReplaceAll(message.Text(), "\r\n", "\n")) {
		if f.Name == namePID || f.Name == nameProcessID {
			w.data = append(w.data, f)
			return
		}
	}
}

// The texts of JSON, or plain ones, in which the three characters that XML must escape still are.
var (
	entities     = event.NewCodec("entities", appendWithoutEntities)
	jsonEntities = event.NewCodec("json-entities", func(dst []byte, raw string) []byte {
		return appendWithoutEntities(dst, string(appendJSONText(nil, raw)))
	})
)

var entityTexts = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func appendWithoutEntities(dst []byte, raw string) []byte {
	return append(dst, entityTexts.Replace(raw)...)
}

// withoutEntities returns a text without XML's escapes. One that holds a bracket as it is was not escaped.
func withoutEntities(v event.Value) event.Value {
	raw, codec := v.Spelling()
	if strings.IndexByte(raw, '&') < 0 || strings.ContainsAny(raw, "<>") {
		return v
	}
	switch codec {
	case nil:
		return event.EncodedValue(entities, raw)
	case jsonText:
		return event.EncodedValue(jsonEntities, raw)
	}
	return v
}
