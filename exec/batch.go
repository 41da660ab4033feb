package exec

import "goshawk/event"

// Batch is up to about a thousand rows of a relation, column by column.
//
// A Batch never changes once it is emitted and owns its memory: whoever receives it may keep it. Its columns stand in the
// order of the relation's columns.
type Batch struct {
	Len  int
	Cols []Vector
	// Rest holds, for each row of an open relation, what it has beside the columns; nil if the relation is closed.
	Rest []Rest
	// From holds, for each row, the events that it was made of; nil where nobody asked for evidence.
	From []*Trail
}

// Rest is what one row of an open relation has beside its columns: named values, and the text of the record.
type Rest struct {
	Record   *event.Record // nil: no values
	Raw      []byte
	FreeText bool // Raw is prose that Everything reads as well
}

// Trail leads from a row back to the events that it was made of. A Trail never changes once it is made.
type Trail struct {
	Evidence []Evidence // the first of them, in the order in which they went in
	More     int        // how many more there were
	watched  bool       // Options.Watch said yes to one of them, be it listed or not
}

// Watched says whether Options.Watch said yes to one of the events.
func (t *Trail) Watched() bool { return t.watched }

// Evidence is one event that a row was made of, as it was read in one place. Only rows of a Share know the place.
type Evidence struct {
	*Fact
	*place
}

// place is one Scan that reads events of a Share.
type place struct {
	columns []int32 // the numbers of its columns
	feed    any
}

// Value returns the value of a column of a row.
func (b *Batch) Value(column, row int) event.Value { return b.Cols[column].At(row) }

func (b *Batch) rest(row int) Rest {
	if b.Rest == nil {
		return Rest{}
	}
	return b.Rest[row]
}

func (b *Batch) trail(row int) *Trail {
	if b.From == nil {
		return nil
	}
	return b.From[row]
}

// Pick returns the batch of the given rows, all of which must exist.
func (b *Batch) Pick(rows []int32) *Batch { return b.pick(rows) }

// Size returns the number of bytes that the batch holds, roughly.
func (b *Batch) Size() int64 { return b.size() }

// pick returns the batch of the given rows, all of which must exist.
func (b *Batch) pick(rows []int32) *Batch {
	out := &Batch{Len: len(rows), Cols: make([]Vector, len(b.Cols))}
	for i, v := range b.Cols {
		out.Cols[i] = v.pick(rows)
	}
	if b.Rest != nil {
		out.Rest = pickFrom(b.Rest, rows)
	}
	if b.From != nil {
		out.From = pickFrom(b.From, rows)
	}
	return out
}

// slice returns the rows from (inclusive) to to (exclusive).
func (b *Batch) slice(from, to int) *Batch {
	if from == 0 && to == b.Len {
		return b
	}
	rows := make([]int32, to-from)
	for i := range rows {
		rows[i] = int32(from + i)
	}
	return b.pick(rows)
}

// size returns the number of bytes that the batch holds, roughly.
func (b *Batch) size() int64 {
	n := int64(64)
	for _, v := range b.Cols {
		n += v.size()
	}
	return n + restsSize(b.Rest) + trailsSize(b.From)
}

func restsSize(list []Rest) int64 {
	n := int64(0)
	for _, r := range list {
		n += 40 + recordSize(r.Record) + int64(len(r.Raw))
	}
	return n
}

// trailsSize returns the bytes of the trails of rows; neighbours may share one.
func trailsSize(list []*Trail) int64 {
	n := int64(0)
	var last *Trail
	for _, t := range list {
		if n += 8; t != last {
			n += t.size()
		}
		last = t
	}
	return n
}

const (
	evidenceSize = 16  // of an Evidence
	factSize     = 112 // of a Fact without its values
)

// size returns the bytes of a trail. Its evidence is its own if that is one piece, as of the row of an event; several pieces are
// those of other trails.
func (t *Trail) size() int64 {
	if t == nil {
		return 0
	}
	n := 48 + evidenceSize*int64(len(t.Evidence))
	if len(t.Evidence) == 1 {
		n += factSize
		if ev := t.Evidence[0].Event; ev != nil {
			n += recordSize(&ev.Record) + int64(len(ev.Raw))
		}
	}
	return n
}

// joinTrails returns the trail of a row that is made of others, keeping at most limit pieces of evidence.
func joinTrails(limit int, trails ...*Trail) *Trail {
	var only *Trail
	many := false
	for _, t := range trails {
		if t != nil {
			many = many || only != nil && only != t
			only = t
		}
	}
	if !many {
		return only
	}
	out := &Trail{}
	for _, t := range trails {
		out.add(limit, t)
	}
	return out
}

// add takes over the evidence of another trail; it is for trails that nobody else knows yet.
func (t *Trail) add(limit int, o *Trail) {
	if o == nil {
		return
	}
	take := min(max(limit-len(t.Evidence), 0), len(o.Evidence))
	t.Evidence = append(t.Evidence, o.Evidence[:take]...)
	t.More += o.More + len(o.Evidence) - take
	t.watched = t.watched || o.watched
}
