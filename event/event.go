// Package event is one thing that happened: what a log recorded, under the names and in the nesting that its producer
// gave it, with the way back to its bytes.
//
// A source puts an Event together from undecoded values; the matcher decodes those that some rule asks for. Nothing here
// knows a format, a rule or a plan. The package imports the standard library only.
package event

// Event is one record of a log.
//
// An Event, with everything reachable from it, is valid only until the source that lent it is asked for the next one:
// whoever keeps an Event or a Value of it must Clone it. An Event must not be used by several goroutines at a time.
type Event struct {
	Class  *Class // what wrote it; never nil
	Record Record // its fields, in the producer's order
	Raw    []byte // its text as it was read; nil where the carrier is binary
	// FreeText says that Raw is prose (a syslog line, an audit record) which a search for words should read as well. Where
	// Raw is only the spelling of Record (JSON, XML) it is false, so that field names are not searched.
	FreeText bool
	Logged   int64 // the carrier's own time in ticks, where it has one (syslog header, EVTX record); 0 if not
	Origin   Origin
	Marks    Marks
	// Arrival numbers the event among all that are looked at together, in the order in which they came; 0: nobody says.
	Arrival int64
}

// Origin leads from an event back to its bytes.
type Origin struct {
	Source string // the path as the user gave it, with !member for a file in an archive
	Record uint64 // the record's own number (EventRecordID), or its 1-based line
	Offset int64  // byte offset of the record in the decompressed source; -1 if unknown
}

// Marks are what a reader wants known about a record that was not quite in order.
type Marks uint8

const (
	Truncated Marks = 1 << iota // cut off before its end; the fields before the cut are there
	Damaged                     // at least one value could not be decoded
	Carved                      // found behind the live data of its file
	Fragment                    // a part of an event whose other parts were elsewhere
	Derived                     // put together from records that are events of their own (a joined audit event)
)

func (m Marks) String() string {
	text := ""
	for i, word := range []string{"truncated", "damaged", "carved", "fragment", "derived"} {
		if m&(1<<i) != 0 {
			if text != "" {
				text += ","
			}
			text += word
		}
	}
	return text
}

// Clone returns a copy that owns all its memory, values decoded.
func (e *Event) Clone() *Event {
	c := *e
	c.Record = e.Record.Clone()
	if e.Raw != nil {
		c.Raw = append([]byte(nil), e.Raw...)
	}
	return &c
}

// Reset empties the event for the next record, keeping the memory of its fields.
func (e *Event) Reset() {
	clear(e.Record.Fields)
	*e = Event{Record: Record{Fields: e.Record.Fields[:0]}}
}
