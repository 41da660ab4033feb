// Package finding is what was found and why: one detection that held for some events, with the way back to their bytes and
// the clauses of the rule's own text that held.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"

	"goshawk/detection"
	"goshawk/event"
)

// Finding is one answer of one detection. It must not be changed once it is made.
type Finding struct {
	ID        string
	Time      int64 // ticks, of the event; 0 if the event has no time
	Detection *detection.Detection
	Host      string
	User      string
	Fields    event.Record // of the event, owned
	Message   string
	Risk      []Risk
	Evidence  []Evidence
	Why       []Reason
	Marks     event.Marks
	// Order is the place of the event in the scan, for output that is the same whatever the number of workers.
	Order Order
}

// Order is a place in a scan: the input, the block within it, the event within that.
type Order struct{ Input, Block, Event int }

// Less says whether o is before p.
func (o Order) Less(p Order) bool {
	if o.Input != p.Input {
		return o.Input < p.Input
	}
	if o.Block != p.Block {
		return o.Block < p.Block
	}
	return o.Event < p.Event
}

// Risk is what a finding adds to the score of an entity.
type Risk struct {
	Object string
	Type   string
	Score  int
}

// Evidence is one event that a finding rests on.
type Evidence struct {
	Source string
	Record uint64
	Time   int64
}

// Reason is one clause of the rule that held, with the value that met it.
type Reason struct {
	Clause string
	Field  string
	Value  string
	// From and To bound the part of Value that met the clause; equal where that is not known.
	From, To int
}

// Identify sets the id: a hash of the detection and of the evidence, so that the same events give the same finding however
// often they are looked at. It must be called when detection, evidence and fields are complete.
//
// The evidence goes into the hash by the contents of the event and its record number, not by the path of the file that
// it was read from, which may change between runs.
func (f *Finding) Identify() {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", f.Detection.Language, f.Detection.ID)
	if f.Detection.ID == "" {
		fmt.Fprintf(h, "%s\x00", f.Detection.Title)
	}
	for _, e := range f.Evidence {
		fmt.Fprintf(h, "%d\x00%d\x00", e.Record, e.Time)
	}
	h.Write(f.Fields.AppendJSON(nil))
	f.ID = hex.EncodeToString(h.Sum(nil)[:16])
}

// Sort orders findings by time, then by place in the scan, then by rule.
func Sort(list []*Finding) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Time != b.Time {
			return a.Time < b.Time
		}
		if a.Order != b.Order {
			return a.Order.Less(b.Order)
		}
		if a.Detection.ID != b.Detection.ID {
			return a.Detection.ID < b.Detection.ID
		}
		return a.Detection.Path < b.Detection.Path
	})
}
