package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

// unite gives the rows of several relations, one relation after the other.
func (l *lowering) unite(by string, list ...*relation) *relation {
	out, _ := l.united(by, list)
	return out
}

// united gives the rows of several relations, and a column that counts from 0 which of them a row is from.
func (l *lowering) united(by string, list []*relation) (*relation, *plan.Column) {
	ins := make([]*relation, len(list))
	asked := make([]*relation, len(list))
	names, star, raw := l.agree(ins, asked, list)
	node := &plan.Union{}
	part, sorted := l.column("part", schema.Long), l.column("order", schema.Any)
	node.Out = append(node.Out, part, sorted)
	out := &relation{node: node, by: by, void: true}
	for _, name := range names {
		c := l.column(name, schema.Any)
		node.Out = append(node.Out, c)
		out.set(name, &plan.Ref{Column: c})
		out.logged.put(name, true)
	}
	if star {
		c := l.column("*", schema.Dynamic)
		node.Out = append(node.Out, c)
		out.star = &plan.Ref{Column: c}
		out.united = &unitedRows{node: node, star: c, parts: asked, fields: map[string]plan.Expr{}}
	}
	hollow := false
	for i, r := range ins {
		p := &plan.Project{Input: r.node}
		var from []*plan.Column
		add := func(name string, typ schema.Type, e plan.Expr) {
			if e == nil {
				from = append(from, nil)
				return
			}
			c := l.column(name, typ)
			p.Out = append(p.Out, plan.Assign{Column: c, Value: e})
			from = append(from, c)
		}
		add("part", schema.Long, intLiteral(int64(i)))
		var time plan.Expr
		if r.raw && !r.arranged {
			if time = r.fields.of("_time"); len(r.order) == 1 {
				time = r.order[0].Value
			}
		}
		add("order", schema.Any, time)
		for _, name := range names {
			add(name, schema.Any, r.fields.of(name))
			if r.has(name) && !r.logged.of(name) {
				out.logged.remove(name)
			}
		}
		if star {
			var others plan.Expr
			if r.star != nil {
				others = l.others(r)
			}
			add("*", schema.Dynamic, others)
		}
		node.Ins, node.From = append(node.Ins, p), append(node.From, from)
		out.void = out.void && r.void
		hollow = hollow || r.void && len(r.names) == 0
	}
	out.void = out.void || hollow
	if raw {
		out.raw = true
		out.order = []plan.Key{{Value: &plan.Ref{Column: part}}, {Value: &plan.Ref{Column: sorted}, Descending: true}}
	}
	return out, part
}

// agree fills in copies of relations in which each knows by name what one of them knows, and says which names those are,
// whether there are further fields, and whether one of them holds events in no order yet.
// What each was while its scan could still be asked goes into asked.
func (l *lowering) agree(ins, asked, list []*relation) (names []string, star, raw bool) {
	known := map[string]bool{}
	collect := func() {
		for _, r := range ins {
			for _, name := range r.names {
				if !known[name] {
					known[name] = true
					names = append(names, name)
				}
			}
		}
	}
	ask := func() {
		for _, r := range ins {
			for _, name := range names {
				if _, decided := r.fields.get(name); decided {
					continue
				}
				if e, ok := l.find(r, name); ok && !r.has(name) {
					r.set(name, e)
				}
			}
		}
	}
	for i, r := range list {
		ins[i] = r.clone()
		if len(r.order) > 1 {
			l.arrange(ins[i])
		}
	}
	collect()
	ask() // the scans, as long as they can be asked
	for i, r := range ins {
		asked[i] = r.clone()
		l.everything(r)
		star = star || r.star != nil
		raw = raw || r.raw && !r.arranged
	}
	collect()
	ask()
	return names, star, raw
}
