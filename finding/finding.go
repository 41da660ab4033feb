// Package finding is what was found and why: one detection that held for some events, with the way back to their bytes and
// the clauses of the rule's own text that held; and the risk that findings put on entities, with the rules that look at it.
//
// In go the rows of a detection's results (row.go) or single events; out come findings with their texts filled in
// (template.go), risk events in a ledger (ledger.go), and the incidents that their sum amounts to (incident.go).
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
	"sync"

	"goshawk/detection"
	"goshawk/event"
)

// Finding is one answer of one detection. It must not be changed once it is made.
type Finding struct {
	ID        string
	Time      int64 // ticks, of the event; 0 if the event has no time
	Detection *detection.Detection
	// Notable says that it calls for somebody by itself; otherwise it only raises risk, or is a line of a hunter's report.
	Notable   bool
	Host      string
	User      string
	Fields    event.Record // of the event or row, owned
	Title     string       // filled in; empty where the detection's own is meant
	Message   string
	Details   string // the description, filled in; empty where the detection's own is meant
	Risk      []Risk
	Threats   []Threat
	Evidence  []Evidence
	More      int // how many events it rests on beside those listed
	Why       []Reason
	Marks     event.Marks
	Drilldown []Drilldown
	// Alert is what an alert of Sentinel says beside; nil for detections of other kinds. Rows is how many rows it was made of, 0 for
	// one.
	Alert *SentinelAlert
	Rows  int
	// Incident is the incident of Sentinel that the finding is; nil for all others.
	Incident *SentinelIncident
	// From and To are the time that the search was about; 0 is open. To is not part of it.
	From, To int64
	// Notes say what could not be filled in.
	Notes []string
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
	Object  string
	Type    string // user, system or other
	Score   int
	Message string // filled in
}

// Threat is a means of the attack that a finding names.
type Threat struct {
	Object string
	Type   string
}

// Drilldown is a search that helps whoever looks at the finding, filled in. Its bounds are those of the finding's own search
// unless the detection says otherwise: epoch seconds or time modifiers.
type Drilldown struct {
	Name, Search     string
	Earliest, Latest string
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
func (f *Finding) Identify() { f.IdentifyAgain(0) }

// IdentifyAgain is Identify for a finding that so many others of the same id came before in the same search. One without
// evidence is told from those of other searches by the time that the search was about.
func (f *Finding) IdentifyAgain(before int) {
	scratch := identities.Get().(*[]byte)
	text := f.appendIdentity((*scratch)[:0], before)
	sum := sha256.Sum256(text)
	f.ID = hex.EncodeToString(sum[:16])
	if cap(text) <= maxScratch {
		*scratch = text
		identities.Put(scratch)
	}
}

// identities are the buffers that identities are written into.
var identities = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch bounds the memory that a buffer holds on to.
const maxScratch = 1 << 20

// appendIdentity adds the text that the id is a hash of. It must never change.
func (f *Finding) appendIdentity(dst []byte, before int) []byte {
	part := func(text string) { dst = append(append(dst, text...), 0) }
	number := func(n int64) { dst = append(strconv.AppendInt(dst, n, 10), 0) }
	part(string(f.Detection.Language))
	part(f.Detection.ID)
	if f.Detection.ID == "" {
		part(f.Detection.Title)
	}
	for _, e := range f.Evidence {
		dst = append(strconv.AppendUint(dst, e.Record, 10), 0)
		number(e.Time)
	}
	if f.More > 0 {
		dst = append(dst, '+')
		number(int64(f.More))
	}
	if len(f.Evidence) == 0 && (f.From != 0 || f.To != 0) {
		dst = append(strconv.AppendInt(dst, f.From, 10), '-')
		number(f.To)
	}
	if before > 0 {
		dst = append(dst, '#')
		number(int64(before))
	}
	return f.Fields.AppendJSON(dst)
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
