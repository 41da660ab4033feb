package exec

import (
	"goshawk/event"
	"goshawk/plan"
)

// expand gives one row for each element of lists.
type expand struct {
	through
	run       *Run
	lists     []*expr
	parts     []expandPart
	keepEmpty bool
	limit     int64
	labour    labour
}

// expandPart says where a column of the result comes from: a list, the index, or else a column of the input.
type expandPart struct {
	list  int
	index bool
	slot  int
}

func (c *compiler) expand(n *plan.Expand) maker {
	s := c.scope(n.Input)
	var lists []*expr
	for _, a := range n.Lists {
		lists = append(lists, c.expr(n, s, a.Value))
	}
	columns := c.scope(n).columns
	parts := make([]expandPart, len(columns))
	for i, column := range columns {
		list := lastIndex(n.Lists, func(a plan.Assign) bool { return a.Column == column })
		parts[i] = expandPart{list: list, index: list < 0 && column == n.Index, slot: s.slot(column)}
	}
	return func(r *Run, to port) operator {
		return &expand{through{to}, r, lists, parts, n.KeepEmpty, n.Limit, r.labour()}
	}
}

func (o *expand) push(_ int, b *Batch) error {
	lists := valuesOf(o.lists, b)
	if len(lists) == 1 && o.limit != 0 && allSingle(lists[0]) {
		return o.pass(b, lists[0])
	}
	size := o.run.query.options.BatchSize
	var rows []int32
	index, columns := Builder{}, make([]Builder, len(lists))
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		if err := o.labour.add(len(rows), "rows of an expand"); err != nil {
			return err
		}
		out := o.assemble(b, rows, columns, &index)
		rows = rows[:0]
		if err := o.to.emit(out); err != nil {
			return err
		}
		return o.run.poll()
	}
	elements := make([][]event.Value, len(lists))
	for r := range b.Len {
		longest := 0
		for i, list := range lists {
			elements[i] = elementsOf(list.At(r))
			longest = max(longest, len(elements[i]))
		}
		count := longest
		if longest == 0 && o.keepEmpty {
			count = 1
		}
		if o.limit >= 0 {
			count = int(min(int64(count), o.limit))
		}
		for k := range count {
			rows = append(rows, int32(r))
			if longest == 0 {
				index.Append(event.Value{})
			} else {
				index.Append(event.IntValue(int64(k)))
			}
			for i := range columns {
				var v event.Value
				if k < len(elements[i]) {
					v = elements[i][k]
				}
				columns[i].Append(owned(v))
			}
			if len(rows) == size {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// allSingle says whether every row of a vector holds one value, which is no list.
func allSingle(v Vector) bool {
	switch v := v.(type) {
	case *Bools:
		return v.gaps == nil
	case *Ints:
		return v.gaps == nil
	case *Floats:
		return v.gaps == nil
	case *Texts:
		return v.gaps == nil
	case *Words:
		return v.gaps == nil
	case *Same:
		return v.val.Kind() != event.List && !v.val.IsNull()
	case *Mixed:
		for _, e := range v.vals {
			if e.Kind() == event.List || e.IsNull() {
				return false
			}
		}
		return true
	}
	return false
}

// pass gives the rows of a batch on, each of which is one row of the result.
func (o *expand) pass(b *Batch, list Vector) error {
	if err := o.labour.add(b.Len, "rows of an expand"); err != nil {
		return err
	}
	out := &Batch{Len: b.Len, Cols: make([]Vector, len(o.parts)), Rest: b.Rest, From: b.From}
	for i, p := range o.parts {
		switch {
		case p.list >= 0:
			out.Cols[i] = list
		case p.index:
			out.Cols[i] = &Same{event.IntValue(0), b.Len}
		default:
			out.Cols[i] = b.Cols[p.slot]
		}
	}
	if err := o.to.emit(out); err != nil {
		return err
	}
	return o.run.poll()
}

func (o *expand) assemble(b *Batch, rows []int32, lists []Builder, index *Builder) *Batch {
	out := &Batch{Len: len(rows), Cols: make([]Vector, len(o.parts))}
	made := make([]Vector, len(lists))
	for i := range lists {
		made[i] = lists[i].Finish()
	}
	numbers := index.Finish()
	for i, p := range o.parts {
		switch {
		case p.list >= 0:
			out.Cols[i] = made[p.list]
		case p.index:
			out.Cols[i] = numbers
		default:
			out.Cols[i] = b.Cols[p.slot].pick(rows)
		}
	}
	if b.Rest != nil {
		out.Rest = pickFrom(b.Rest, rows)
	}
	if b.From != nil {
		out.From = pickFrom(b.From, rows)
	}
	return out
}

// elementsOf returns the elements of a list; a single value is a list of one, Null one of none.
func elementsOf(v event.Value) []event.Value {
	switch v.Kind() {
	case event.List:
		return v.List()
	case event.Null:
		return nil
	}
	return []event.Value{v}
}
