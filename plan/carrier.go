package plan

import (
	"strings"

	"goshawk/event"
)

// Carrier returns the value of a canonical column that belongs to the carrier of an event and not to its record: the absent
// value for any other column. An executor uses it where Resolver.Source gives a class no such column, or gives Null for the
// event.
//
//	@timestamp      Event.Logged, the time that the carrier itself wrote down
//	event.original  Event.Raw
//	log.file.path   Origin.Source
//	log.record      Origin.Record
//	log.offset      Origin.Offset, if known
//	event.arrival   Event.Arrival, if known
//	…/_raw          Event.Raw under the name of a view; see CarrierFirst
func Carrier(ev *event.Event, column string) event.Value {
	switch column {
	case "@timestamp":
		if ev.Logged != 0 {
			return event.TimeValue(ev.Logged)
		}
	case "event.original":
		if ev.Raw != nil {
			return event.TextValue(string(ev.Raw))
		}
	case "log.file.path":
		if ev.Origin.Source != "" {
			return event.TextValue(ev.Origin.Source)
		}
	case "log.record":
		if ev.Origin.Record != 0 {
			return event.IntValue(int64(ev.Origin.Record))
		}
	case "log.offset":
		if ev.Origin.Offset >= 0 && ev.Origin.Source != "" {
			return event.IntValue(ev.Origin.Offset)
		}
	case "event.arrival":
		if ev.Arrival != 0 {
			return event.IntValue(ev.Arrival)
		}
	}
	if CarrierFirst(column) {
		return Carrier(ev, "event.original")
	}
	return event.Value{}
}

// CarrierFirst says whether the carrier's value of a column counts before what Resolver.Source gives: the text of an event
// under the name of a view (splunk/_raw), which the Resolver writes out only for carriers that have none.
func CarrierFirst(column string) bool { return strings.HasSuffix(column, "/_raw") }
