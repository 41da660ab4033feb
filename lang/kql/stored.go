package kql

import (
	"goshawk/diag"
	"goshawk/plan"
)

// ReadFunction binds a stored function by itself, as a call without arguments does: its parameters have their defaults, and those
// that must be given are empty. What is wrong with it is complained about in its own text. The plan is nil if an error is in the list,
// or if the function takes rows of which nothing is said, so that only a call can tell.
func ReadFunction(f *Function, env Env) (*Query, diag.List) {
	c := &complaints{text: f.Body}
	q := &Query{Text: f.Body}
	parsed := f.read()
	if c.list = append(c.list, parsed.list...); c.list.Failed() {
		return q, c.list
	}
	env.Lenient = env.Lenient || f.Lenient
	b := &binder{env: env, complaints: c, used: map[string]int{}, query: q, calls: 1}
	inner := (*scope)(nil).inner()
	for _, p := range parsed.params {
		bound := &binding{at: p.span(), text: f.Body}
		switch {
		case p.table && p.columns == nil:
			return q, c.list
		case p.table:
			bound.rows = func() *relation { return b.noRows(p) }
		case p.value != nil:
			bound.bound = b.standing(p, f.Body)
		default:
			bound.bound = &value{expr: emptyOf(p.typ), typ: p.typ}
		}
		inner.names[p.name.text] = bound
	}
	if result, s := b.body(inner, parsed.body, &call{fn: &name{text: f.Name}}); result != nil {
		b.whole(s, result)
	}
	if c.list.Failed() {
		q.Plan, q.Stages = nil, nil
	}
	c.list.Sort()
	return q, c.list
}

// noRows returns a table of a parameter's columns without rows.
func (b *binder) noRows(p *param) *relation {
	r := &relation{name: p.name.text}
	values := &plan.Values{}
	for _, c := range p.columns {
		col := b.newColumn(c.name.text, c.typ)
		values.Out = append(values.Out, col)
		r.columns = append(r.columns, &column{name: c.name.text, typ: c.typ, col: col})
	}
	r.node = values
	return r
}
