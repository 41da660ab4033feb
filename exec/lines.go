package exec

import "goshawk/event"

// Lines are rows of a Scan as their values, not yet columns. A batch of few rows costs much for each of them; so whoever gets
// rows by ones and twos keeps their Lines until there are enough for a batch. Lines never change and own their memory.
type Lines struct {
	Len    int
	width  int
	values []event.Value // row by row
	rest   []Rest
	from   []*Trail
}

// Lines returns the rows since the last Lines or Flush. It must only be asked of the Rows of a Share.
func (r *Rows) Lines() *Lines {
	l := &Lines{Len: r.n, width: len(r.shared), values: moved(&r.lines), rest: moved(&r.rest), from: moved(&r.from)}
	r.n = 0
	return l
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

// Row returns the values of a row, in the order of the columns of the Scan. They must not be changed.
func (l *Lines) Row(i int) []event.Value { return l.values[i*l.width : (i+1)*l.width : (i+1)*l.width] }

// Rest returns what a row has beside the columns.
func (l *Lines) Rest(i int) Rest {
	if l.rest == nil {
		return Rest{}
	}
	return l.rest[i]
}

// Trail returns the trail of a row; nil where nobody asked for evidence.
func (l *Lines) Trail(i int) *Trail {
	if l.from == nil {
		return nil
	}
	return l.from[i]
}

// Size returns the number of bytes that the rows hold, roughly.
func (l *Lines) Size() int64 {
	n := 120 + valueSize*int64(len(l.values)) + restsSize(l.rest) + trailsSize(l.from)
	for _, v := range l.values {
		n += sizeOf(v)
	}
	return n
}

// JoinLines returns the rows of one Scan, in their order, as one batch.
func JoinLines(list ...*Lines) *Batch {
	b := &Batch{}
	for _, l := range list {
		b.Len += l.Len
		b.Cols = make([]Vector, l.width)
	}
	for c := range b.Cols {
		var column Builder
		for _, l := range list {
			for at := c; at < len(l.values); at += l.width {
				column.Append(l.values[at])
			}
		}
		b.Cols[c] = column.Finish()
	}
	for _, l := range list {
		b.Rest = append(b.Rest, l.rest...)
		b.From = append(b.From, l.from...)
	}
	return b
}
