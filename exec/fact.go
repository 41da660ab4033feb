package exec

import (
	"slices"

	"goshawk/event"
)

// Fact is one event as the rows that it went into remember it. All rows of a Share that were made of an event share its Fact, and so
// what was computed of it. A Fact must not change once a row of it is fed.
type Fact struct {
	Class  *event.Class
	Origin event.Origin
	Logged int64
	Marks  event.Marks
	Event  *event.Event // a copy of the event, if Options.KeepEvents
	// Note is whatever the feeder of the rows wants to find again at those that come of them.
	Note any

	columns []int32       // the numbers of the columns that were asked for
	values  []event.Value // of those columns
	rest    Rest
	late    *lateValues // those of the columns that are computed when they are read; nil: none
}

func newFact(ev *event.Event) *Fact {
	return &Fact{Class: ev.Class, Origin: ev.Origin, Logged: ev.Logged, Marks: ev.Marks}
}

// value returns what the event gave for the column of a number, for which it must have been asked.
func (f *Fact) value(column int32) event.Value {
	if f.late != nil {
		if v := f.late.of(column); v != nil {
			return f.lateValue(v)
		}
	}
	return f.values[slices.Index(f.columns, column)]
}

// Row returns the row of the Scan that read the event, with the values that stand in these slots of it.
func (e Evidence) Row(slots []int) []event.Value {
	row := make([]event.Value, len(e.place.columns))
	for _, slot := range slots {
		row[slot] = e.value(e.place.columns[slot])
	}
	return row
}

// Rest returns what the row has beside the columns.
func (e Evidence) Rest() Rest { return e.rest }

// Feed returns what Share.Rows was called with.
func (e Evidence) Feed() any { return e.place.feed }
