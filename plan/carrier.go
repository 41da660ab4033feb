package plan

import "goshawk/event"

// Carrier returns the value of a canonical column that belongs to the carrier of an event and not to its record: the absent
// value for any other column. An executor uses it where Resolver.Source gives a class no such column, or gives Null for the
// event.
//
//	@timestamp      Event.Logged, the time that the carrier itself wrote down
//	event.original  Event.Raw
//	log.file.path   Origin.Source
//	log.record      Origin.Record
//	log.offset      Origin.Offset, if known
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
	}
	return event.Value{}
}
