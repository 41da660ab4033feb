package source

import (
	"strings"

	"goshawk/event"
)

// The form of a Windows event, whatever carried it.
//
// Its Class is {windows, channel, provider, event id}; Sysmon for Linux differs in the product, "linux-sysmon", only. Its
// fields are flat. Those of System come first and are called Element or Element_Attribute, as detections call them. Those
// of EventData have the names that the event gives them; Data without a name are repeated fields called Data. What lies
// in UserData is called by its last step (an element, or an attribute) where no other field is called so, else by its
// path below the provider's own element. Other parts carry the part's name in front (RenderingInfo.Message), so that words
// in the language of a forwarder never stand in for System's numbers.
//
// Numbers of System are Ints and TimeCreated is a Time; everything else is what the carrier says. What is absent stays
// absent; what is there and empty is the empty text. EventID is the number alone: its high half is EventID_Qualifiers.

// The fields of System that every carrier knows.
var (
	winProviderName      = event.NameOf("Provider_Name")
	winProviderGUID      = event.NameOf("Provider_Guid")
	winEventSourceName   = event.NameOf("Provider_EventSourceName")
	winEventID           = event.NameOf("EventID")
	winQualifiers        = event.NameOf("EventID_Qualifiers")
	winVersion           = event.NameOf("Version")
	winLevel             = event.NameOf("Level")
	winTask              = event.NameOf("Task")
	winOpcode            = event.NameOf("Opcode")
	winKeywords          = event.NameOf("Keywords")
	winSystemTime        = event.NameOf("TimeCreated_SystemTime")
	winEventRecordID     = event.NameOf("EventRecordID")
	winActivityID        = event.NameOf("Correlation_ActivityID")
	winRelatedActivityID = event.NameOf("Correlation_RelatedActivityID")
	winProcessID         = event.NameOf("Execution_ProcessID")
	winThreadID          = event.NameOf("Execution_ThreadID")
	winProcessorID       = event.NameOf("Execution_ProcessorID")
	winSessionID         = event.NameOf("Execution_SessionID")
	winKernelTime        = event.NameOf("Execution_KernelTime")
	winUserTime          = event.NameOf("Execution_UserTime")
	winProcessorTime     = event.NameOf("Execution_ProcessorTime")
	winChannel           = event.NameOf("Channel")
	winComputer          = event.NameOf("Computer")
	winUserID            = event.NameOf("Security_UserID")
	winData              = event.NameOf("Data")
)

// systemKind is how the value of a field of System is typed.
type systemKind uint8

const (
	systemText systemKind = iota
	systemNumber
	systemTime
)

// systemKinds holds every field of System.
var systemKinds = map[*event.Name]systemKind{
	winProviderName: systemText, winProviderGUID: systemText, winEventSourceName: systemText, winEventID: systemNumber,
	winQualifiers: systemNumber, winVersion: systemNumber, winLevel: systemNumber, winTask: systemNumber,
	winOpcode: systemNumber, winKeywords: systemText, winSystemTime: systemTime, winEventRecordID: systemNumber,
	winActivityID: systemText, winRelatedActivityID: systemText, winProcessID: systemNumber, winThreadID: systemNumber,
	winProcessorID: systemNumber, winSessionID: systemNumber, winKernelTime: systemNumber, winUserTime: systemNumber,
	winProcessorTime: systemNumber, winChannel: systemText, winComputer: systemText, winUserID: systemText,
}

// value types the text of a field of System: a number as Int, a time as Time, anything else, and what does not read as such,
// as the text itself, not copied.
func (k systemKind) value(text string) event.Value {
	switch k {
	case systemNumber:
		if n, ok := digits(text); ok {
			return event.IntValue(n)
		}
	case systemTime:
		if ticks, _, ok := event.ParseTime(text); ok {
			return event.TimeValue(ticks)
		}
	}
	return event.TextValue(text)
}

// digits reads up to 18 decimal digits and nothing else.
func digits(text string) (n int64, ok bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for i := 0; i < len(text); i++ {
		c := text[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}

// finishWindows gives an event whose fields are all there its class and its record number, both from System. A channel
// whose case an exporter changed gets its usual spelling back. It reports false for a record without an event id.
func finishWindows(ev *event.Event, classes *classTable) bool {
	var channel, provider, id event.Value
	spelling := -1
	for i := range ev.Record.Fields {
		f := &ev.Record.Fields[i]
		switch f.Name {
		case winChannel:
			if spelling < 0 {
				channel, spelling = f.Value, i
			}
		case winProviderName:
			if provider.IsAbsent() {
				provider = f.Value
			}
		case winEventID:
			if id.IsAbsent() {
				id = f.Value
			}
		case winEventRecordID:
			if ev.Origin.Record == 0 {
				ev.Origin.Record = uint64(f.Value.Int())
			}
		}
	}
	number := id.Int()
	if id.Kind() != event.Int {
		n, ok := digits(id.Text())
		if !ok {
			return false
		}
		number = n
	}
	spelled := channel.Text()
	ev.Class = classes.windows(spelled, provider.Text(), number)
	if spelling >= 0 && ev.Class.Channel != spelled {
		ev.Record.Fields[spelling].Value = event.TextValue(ev.Class.Channel)
	}
	return true
}

// classTable is a decoder's own table of the classes of the Windows events that it met, so that naming the class of an
// event costs no allocation. The zero value is ready.
type classTable struct {
	last  classEntry
	known map[classKey]*event.Class
}

type classKey struct {
	channel, provider string
	id                int64
}

type classEntry struct {
	classKey
	class *event.Class
}

// maxClasses bounds a classTable, which a hostile log could otherwise fill.
const maxClasses = 8192

// windows returns the class of a Windows event. The texts may be views of a block.
func (t *classTable) windows(channel, provider string, id int64) *event.Class {
	key := classKey{channel, provider, id}
	if t.last.class != nil && t.last.classKey == key {
		return t.last.class
	}
	class := t.known[key]
	if class == nil {
		class = windowsClass(channel, provider, id)
		key.channel, key.provider = strings.Clone(channel), strings.Clone(provider)
		if t.known == nil {
			t.known = make(map[classKey]*event.Class)
		}
		if len(t.known) < maxClasses {
			t.known[key] = class
		}
		t.last = classEntry{key, class}
		return class
	}
	if class.Channel == channel && class.Provider == provider {
		t.last = classEntry{classKey{class.Channel, class.Provider, id}, class}
	}
	return class
}

// windowsClass returns the class of a Windows event: channel in its usual spelling, provider as its channel implies where
// the carrier lost it.
func windowsClass(channel, provider string, id int64) *event.Class {
	c := event.Class{Product: "windows", Channel: usualChannel(channel), Provider: provider, ID: event.IntValue(id).Text()}
	if c.Provider == "" {
		c.Provider = usualProvider(c.Channel, id)
	}
	if c.Provider == "Linux-Sysmon" || c.Channel == "Linux-Sysmon/Operational" {
		c.Product = "linux-sysmon"
	}
	return event.ClassOf(c)
}

// leaf is a value below the provider's element of UserData.
type leaf struct {
	path  string // its steps joined by dots
	last  int    // where in path the last step begins
	value event.Value
}

// addLeaves appends the values of a UserData section to the record, each called by its last step if no other place in the
// section and no field of System is called so, else by its path.
func addLeaves(r *event.Record, leaves []leaf) {
	for i, name := range leafNames(leaves) {
		r.Add(name, leaves[i].value)
	}
}

// leafNames returns the names of leaves; see addLeaves.
func leafNames(leaves []leaf) []*event.Name {
	places := make(map[string]string, len(leaves)) // last step -> the one path that ends so, or "" for several
	for _, l := range leaves {
		last := l.path[l.last:]
		if path, seen := places[last]; seen && path != l.path {
			places[last] = ""
		} else if !seen {
			places[last] = l.path
		}
	}
	names := make([]*event.Name, len(leaves))
	for i, l := range leaves {
		names[i] = event.NameOf(l.path)
		if last := l.path[l.last:]; places[last] != "" {
			if bare := event.NameOf(last); !isSystem(bare) {
				names[i] = bare
			}
		}
	}
	return names
}

func isSystem(name *event.Name) bool {
	_, is := systemKinds[name]
	return is
}
