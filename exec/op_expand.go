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
}

// expandPart says where a column of the result comes from: a list, the index, or else a column of the input.
type expandPart struct {
	list  int
	index bool
	slot  int
}

func (c *compiler) expand(n *plan.Expand) maker {
	s := scopeOf(n.Input.Columns())
	var lists []*expr
	number := make(map[*plan.Column]int)
	for i, a := range n.Lists {
		lists = append(lists, c.expr(n, s, a.Value))
		number[a.Column] = i
	}
	var parts []expandPart
	for _, column := range n.Columns() {
		switch list, ok := number[column]; {
		case ok:
			parts = append(parts, expandPart{list: list})
		case column == n.Index:
			parts = append(parts, expandPart{list: -1, index: true})
		default:
			parts = append(parts, expandPart{list: -1, slot: s.slot(column)})
		}
	}
	return func(r *Run, to port) operator {
		return &expand{through{to}, r, lists, parts, n.KeepEmpty, n.Limit}
	}
}

func (o *expand) push(_ int, b *Batch) error {
	lists := valuesOf(o.lists, b)
	size := o.run.query.options.BatchSize
	var rows []int32
	index, columns := Builder{}, make([]Builder, len(lists))
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		out := o.assemble(b, rows, columns, &index)
		rows = rows[:0]
		return o.to.emit(out)
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
