package exec

import "goshawk/plan"

// project computes columns.
type project struct {
	through
	run   *Run
	parts []part
	rest  *restFilter // nil: closed here
}

// part says where a column of the result comes from: an expression, or else a column of the input.
type part struct {
	value *expr
	slot  int
}

func (c *compiler) project(n *plan.Project) maker {
	s := c.scope(n.Input)
	made := make([]part, len(n.Out))
	for i, a := range n.Out {
		if ref, ok := a.Value.(*plan.Ref); ok && s.slot(ref.Column) >= 0 {
			made[i].slot = s.slot(ref.Column)
		} else {
			made[i].value = c.expr(n, s, a.Value)
		}
	}
	columns := c.scope(n).columns
	parts := make([]part, len(columns))
	for i, column := range columns {
		if at := lastIndex(n.Out, func(a plan.Assign) bool { return a.Column == column }); at >= 0 {
			parts[i] = made[at]
		} else {
			parts[i].slot = s.slot(column)
		}
	}
	var names *restNames
	if n.Open() {
		names = namesOf(n.Rest)
	}
	return func(r *Run, to port) operator {
		o := &project{through{to}, r, parts, nil}
		if names != nil {
			o.rest = names.filter()
		}
		return o
	}
}

func (o *project) push(_ int, b *Batch) error {
	out := &Batch{Len: b.Len, Cols: make([]Vector, len(o.parts)), From: b.From}
	held := int64(0)
	defer func() { o.run.meter.shrink(held) }()
	for i, p := range o.parts {
		if p.value == nil {
			out.Cols[i] = b.Cols[p.slot]
			continue
		}
		v := p.value.value(b)
		out.Cols[i] = v
		switch v.(type) {
		case *Mixed, *Texts: // what functions can make much of
			size := v.size()
			held += size
			if err := o.run.meter.grow(size, "project"); err != nil {
				return err
			}
		}
	}
	if o.rest != nil {
		out.Rest = o.rest.apply(b)
	}
	return o.to.emit(out)
}

// lastIndex returns the place of the last element of which something holds, which is the one that counts of two that assign to a column;
// -1 if there is none.
func lastIndex[T any](list []T, holds func(T) bool) int {
	for i := len(list) - 1; i >= 0; i-- {
		if holds(list[i]) {
			return i
		}
	}
	return -1
}
