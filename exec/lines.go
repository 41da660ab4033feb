package exec

import "slices"

// Lines are rows of a Scan as the facts that they are made of, not yet columns. A batch of few rows costs much for each of them; so
// whoever gets rows by ones and twos keeps their Lines until there are enough for a batch. Lines never change and own their memory,
// which those of one Share have in common.
type Lines struct {
	Len     int
	place   *place
	open    bool
	options Options
	facts   []*Fact // row by row
	watched []bool  // of each row, whether Options.Watch said yes; nil where nobody asks
	size    int64
}

// linesSize are the bytes of Lines without rows.
const linesSize = 120

// Lines returns the rows since the last Lines or Flush. It must only be asked of the Rows of a Share, and no rows may be added until
// Begin has been called if another goroutine is given them.
func (r *Rows) Lines() *Lines {
	r.share.seal()
	l := r.lines
	l.Len, l.facts, l.watched = r.n, moved(&r.lines.facts), moved(&r.lines.watched)
	r.n, r.lines.size = 0, linesSize
	return &l
}

// keptRoom is how many elements a list that was emptied may keep room for.
const keptRoom = 1024

// moved empties a list, whose room is for the next rows, and returns what was in it in a list of just that size: it may be kept for
// long.
func moved[T any](list *[]T) []T {
	if len(*list) == 0 {
		return nil
	}
	out := make([]T, len(*list))
	copy(out, *list)
	clear(*list)
	if *list = (*list)[:0]; cap(*list) > keptRoom {
		*list = nil
	}
	return out
}

// evidence returns where a row comes from.
func (l *Lines) evidence(row int) Evidence { return Evidence{l.facts[row], l.place} }

// trail returns the trail of a row; nil where nobody asked for evidence.
func (l *Lines) trail(row int) *Trail {
	watched := l.watched != nil && l.watched[row]
	switch {
	case !l.options.tracks():
		return nil
	case l.options.Evidence == 0:
		return &Trail{More: 1, watched: watched}
	}
	return trailOf(l.evidence(row), watched)
}

// Size returns the number of bytes that the rows hold, roughly, each as if it were the only one of its event.
func (l *Lines) Size() int64 { return l.size }

// Gathered are rows of a Scan, in their order, that are to be one batch.
type Gathered struct {
	Lines []*Lines
	// Columns are the numbers of the columns of the Lines that the batch is to have, in its order; nil: all as they are.
	Columns []int
}

// Batch returns the rows as a batch.
func (g Gathered) Batch() *Batch {
	b := &Batch{}
	for _, l := range g.Lines {
		b.Len += l.Len
	}
	if len(g.Lines) == 0 {
		return b
	}
	tracks := b.Len > 0 && g.Lines[0].options.tracks()
	if tracks {
		b.From = make([]*Trail, 0, b.Len)
	}
	for _, l := range g.Lines {
		for i, f := range l.facts {
			if l.open {
				b.Rest = append(b.Rest, f.rest)
			}
			if tracks {
				b.From = append(b.From, l.trail(i))
			}
		}
	}
	b.Cols = make([]Vector, g.width())
	made := builderOf(b.Len)
	for slot := range b.Cols {
		b.Cols[slot] = g.column(slot, &made)
	}
	return b
}

// part returns a batch of the rows that has these columns only; the others must not be asked for.
func (g Gathered) part(slots []int) *Batch {
	b := &Batch{}
	for _, l := range g.Lines {
		b.Len += l.Len
	}
	b.Cols = make([]Vector, g.width())
	made := builderOf(b.Len)
	for _, slot := range slots {
		b.Cols[slot] = g.column(slot, &made)
	}
	return b
}

// width returns how many columns the batch is to have.
func (g Gathered) width() int {
	if g.Columns != nil || len(g.Lines) == 0 {
		return len(g.Columns)
	}
	return len(g.Lines[0].place.columns)
}

// column returns a column of the batch, made by a builder that is empty.
func (g Gathered) column(slot int, made *Builder) Vector {
	if g.Columns != nil {
		slot = g.Columns[slot]
	}
	if !appendColumn(made, g.Lines, slot) {
		made.Finish()
		return lateColumn(g.Lines, slot)
	}
	return made.Finish()
}

// pick returns these of the rows, which must be in order.
func (g Gathered) pick(rows []int32) Gathered {
	out := Gathered{Columns: g.Columns}
	first := 0 // row of the Lines at hand
	for _, l := range g.Lines {
		n := 0
		for n < len(rows) && int(rows[n]) < first+l.Len {
			n++
		}
		if n > 0 {
			out.Lines = append(out.Lines, l.pick(rows[:n], first))
		}
		first, rows = first+l.Len, rows[n:]
	}
	return out
}

// pick returns these of the rows, which are counted from another one on.
func (l *Lines) pick(rows []int32, from int) *Lines {
	if len(rows) == l.Len {
		return l
	}
	out := *l
	out.Len, out.facts, out.watched = len(rows), make([]*Fact, len(rows)), nil
	if l.watched != nil {
		out.watched = make([]bool, len(rows))
	}
	for i, r := range rows {
		out.facts[i] = l.facts[int(r)-from]
		if l.watched != nil {
			out.watched[i] = l.watched[int(r)-from]
		}
	}
	return &out
}

// appendColumn adds the values of a column of the rows, unless it is one that is computed for some event when it is read.
func appendColumn(made *Builder, list []*Lines, c int) bool {
	var known []int32 // the columns of a fact, and where in it this one stands
	at := 0
	var of *place
	for _, l := range list {
		if l.place != of {
			known, of = nil, l.place
		}
		for _, f := range l.facts {
			if f.isLate(l.place.columns[c]) {
				return false
			}
			if len(known) == 0 || len(known) != len(f.columns) || &known[0] != &f.columns[0] {
				known, at = f.columns, slices.Index(f.columns, l.place.columns[c])
			}
			made.Append(f.values[at])
		}
	}
	return true
}

// lateColumn returns the values of a column that is computed when it is read.
func lateColumn(list []*Lines, c int) *Late {
	v := &Late{}
	for _, l := range list {
		for _, f := range l.facts {
			v.cells = append(v.cells, lateCell{f, l.place.columns[c]})
		}
	}
	return v
}

// rowSize returns the bytes of a row without what its values hold.
func (l *Lines) rowSize() int64 {
	n := valueSize * int64(len(l.place.columns))
	switch {
	case !l.options.tracks():
		return n
	case l.options.Evidence == 0:
		return n + 56
	}
	return n + 56 + evidenceSize + factSize
}

// add makes the event of a fact a row whose values hold so many bytes.
func (l *Lines) add(f *Fact, bytes int64, watched bool) {
	l.facts = append(l.facts, f)
	if l.options.Watch != nil {
		l.watched = append(l.watched, watched)
	}
	l.size += l.rowSize() + bytes
}
