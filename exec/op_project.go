package exec

import "goshawk/plan"

// project computes columns.
type project struct {
	through
	parts []part
	rest  *restFilter // nil: closed here
}

// part says where a column of the result comes from: an expression, or else a column of the input.
type part struct {
	value *expr
	slot  int
}

func (c *compiler) project(n *plan.Project) maker {
	s := scopeOf(n.Input.Columns())
	made := make(map[*plan.Column]*expr)
	for _, a := range n.Out {
		made[a.Column] = c.expr(n, s, a.Value)
	}
	var parts []part
	for _, column := range n.Columns() {
		if x, ok := made[column]; ok {
			parts = append(parts, part{value: x})
		} else {
			parts = append(parts, part{slot: s.slot(column)})
		}
	}
	var names *restNames
	if n.Open() {
		names = namesOf(n.Rest)
	}
	return func(_ *Run, to port) operator {
		o := &project{through{to}, parts, nil}
		if names != nil {
			o.rest = names.filter()
		}
		return o
	}
}

func (o *project) push(_ int, b *Batch) error {
	out := &Batch{Len: b.Len, Cols: make([]Vector, len(o.parts)), From: b.From}
	for i, p := range o.parts {
		if p.value == nil {
			out.Cols[i] = b.Cols[p.slot]
		} else {
			out.Cols[i] = p.value.value(b)
		}
	}
	if o.rest != nil {
		out.Rest = o.rest.apply(b)
	}
	return o.to.emit(out)
}
