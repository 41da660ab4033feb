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
	s := scopeOf(n.Input.Columns())
	made := make(map[*plan.Column]part)
	for _, a := range n.Out {
		made[a.Column] = part{value: c.expr(n, s, a.Value)}
		if ref, ok := a.Value.(*plan.Ref); ok {
			made[a.Column] = part{slot: s.slot(ref.Column)}
		}
	}
	var parts []part
	for _, column := range n.Columns() {
		p, ok := made[column]
		if !ok {
			p.slot = s.slot(column)
		}
		parts = append(parts, p)
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
