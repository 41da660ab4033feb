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
	Evidence []*Evidence // the first of them, in the order in which they went in
	More     int         // how many more there were
	watched  bool        // Options.Watch said yes to one of them, be it listed or not
}

// Evidence is one event that a row was made of.
type Evidence struct {
	Class  *event.Class
	Origin event.Origin
	Logged int64
	Marks  event.Marks
	Event  *event.Event // a copy of the event, if Options.KeepEvents
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
	for _, r := range b.Rest {
		n += 40 + recordSize(r.Record) + int64(len(r.Raw))
	}
	for _, t := range b.From {
		n += t.size()
	}
	return n
}

func (t *Trail) size() int64 {
	if t == nil {
		return 8
	}
	n := int64(48)
	for _, e := range t.Evidence {
		n += 120
		if e.Event != nil {
			n += recordSize(&e.Event.Record) + int64(len(e.Event.Raw))
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
