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
}

func newFact(ev *event.Event) *Fact {
	return &Fact{Class: ev.Class, Origin: ev.Origin, Logged: ev.Logged, Marks: ev.Marks}
}

// value returns what the event gave for the column of a number, for which it must have been asked.
func (f *Fact) value(column int32) event.Value { return f.values[slices.Index(f.columns, column)] }

// Row returns the values of the row of the Scan that read the event.
func (e Evidence) Row() []event.Value {
	row := make([]event.Value, len(e.place.columns))
	for i, column := range e.place.columns {
		row[i] = e.value(column)
	}
	return row
}

// Rest returns what the row has beside the columns.
func (e Evidence) Rest() Rest { return e.rest }

// Feed returns what Share.Rows was called with.
func (e Evidence) Feed() any { return e.place.feed }
