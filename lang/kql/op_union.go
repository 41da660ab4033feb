package kql

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "union", doc: "the rows of several tables, columns told apart by name and type", source: true, pipes: true,
	parse: func(p *parser) operation {
		u := &unionStage{kind: "outer"}
		p.properties(func(name string, at diag.Span) bool {
			switch name {
			case "kind":
				u.kind = p.choice("kind of union", "outer", "inner")
			case "withsource", "with_source":
				u.source = p.name()
			case "isfuzzy":
				u.fuzzy = p.is("true") || p.is("True") || p.is("1")
				p.take()
			case "bestEffort", "best_effort":
				p.take()
			default:
				return false
			}
			return true
		})
		p.list_(func() bool {
			leg := p.leg()
			if leg != nil {
				u.legs = append(u.legs, leg)
			}
			return leg != nil
		})
		if len(u.legs) == 0 {
			return nil
		}
		return u
	},
})

// leg reads a table, perhaps with wildcards, or rows in brackets.
func (p *parser) leg() node {
	if p.tok.kind != word && !p.is("*") {
		return p.expr()
	}
	m := p.mark()
	n, ok := p.pattern()
	if ok && n.wild {
		return n.name
	}
	p.back(m)
	return p.expr()
}

type unionStage struct {
	kind   string
	source *name
	fuzzy  bool
	legs   []node
}

func (u *unionStage) bind(b *binder, s *stage, in *relation) *relation {
	var legs []*relation
	var sources []string
	add := func(r *relation) {
		source := r.name
		if source == "" {
			source = "union_arg" + itoa(len(legs))
		}
		legs = append(legs, r)
		sources = append(sources, source)
	}
	if in != nil {
		if len(in.group) > 0 {
			b.errorf(s.word, "refused", "", "union cannot stand in mv-apply or partition")
			return nil
		}
		add(in)
	}
	resolved, dropped := 0, 0
	for _, x := range u.legs {
		for _, n := range b.expandLeg(x, u.fuzzy) {
			failed := b.failed
			if u.fuzzy {
				b.soft++
			}
			r := b.rows(b.scope, n)
			if u.fuzzy {
				b.soft--
				if b.failed > failed {
					r = nil
				}
			}
			switch {
			case r != nil:
				resolved++
				add(r)
			case !u.fuzzy:
				return nil
			default:
				dropped++
			}
		}
	}
	if resolved == 0 {
		if dropped > 0 {
			b.errorf(s.at, "empty-union", "KS204", "none of the tables of the union is there")
			return nil
		}
		if in == nil {
			b.errorf(s.at, "empty-union", "KS204", "no table is called like that")
			return nil
		}
	}
	return b.union(legs, sources, u.kind == "inner", u.source)
}

// expandLeg returns the tables that a wildcard means, else the leg itself.
func (b *binder) expandLeg(x node, fuzzy bool) []node {
	n, ok := x.(*name)
	if !ok || !strings.Contains(n.text, "*") || n.bracket {
		return []node{x}
	}
	var out []node
	for _, text := range b.tablesLike(b.scope, n.text) {
		if b.env.Table != nil && b.scope.find(text) == nil { // of the tables that are there without data, none would give a row
			if t, ok := b.env.Table(text); ok && !t.Fed {
				continue
			}
		}
		out = append(out, &name{at: n.at, text: text})
	}
	if len(out) == 0 && !fuzzy {
		b.warnf(n.span(), "unknown-table", "KS204", "no table with data is called like `%s`", n.text)
	}
	return out
}

// union puts rows together. inner keeps the columns that all have.
func (b *binder) union(legs []*relation, sources []string, inner bool, withSource *name) *relation {
	out := &relation{}
	u := &plan.Union{}
	type slot struct {
		name    string
		typ     schema.Type
		hidden  bool
		columns []*column // of each leg, nil where it has none
	}
	type place struct {
		name string
		typ  schema.Type
	}
	var slots []*slot
	places := map[place]int{}
	types := map[string][]schema.Type{}
	for i, leg := range legs {
		for _, c := range leg.columns {
			t := c.typ
			at, known := places[place{c.name, t}]
			if !known {
				at = len(slots)
				places[place{c.name, t}] = at
				slots = append(slots, &slot{name: c.name, typ: t, hidden: true, columns: make([]*column, len(legs))})
				types[c.name] = append(types[c.name], t)
			}
			slots[at].columns[i] = c
			slots[at].hidden = slots[at].hidden && c.hidden
		}
	}
	if inner {
		slots = slices.DeleteFunc(slots, func(s *slot) bool { return slices.Contains(s.columns, nil) })
	}
	taken := map[string]bool{}
	for _, s := range slots {
		if len(types[s.name]) == 1 {
			taken[s.name] = true
		}
	}
	if withSource != nil {
		taken[withSource.text] = true
	}
	for _, s := range slots {
		if len(types[s.name]) > 1 {
			s.name = free(s.name+"_"+s.typ.String(), func(n string) bool { return taken[n] })
			taken[s.name] = true
		}
	}
	var star bool
	out.scan = true
	for _, leg := range legs {
		star = star || leg.star != nil
		out.scan = out.scan && leg.scan
		out.reads = append(out.reads, leg.reads...)
	}
	for i, leg := range legs {
		add := &plan.Project{Input: leg.node, Extend: true}
		var from []*plan.Column
		if withSource != nil {
			c := b.temp("source", schema.String)
			add.Out = append(add.Out, plan.Assign{Column: c, Value: textValue(sources[i]).expr})
			from = append(from, c)
		}
		for _, s := range slots {
			if c := s.columns[i]; c != nil {
				from = append(from, c.place())
			} else {
				c := b.temp("none", s.typ)
				add.Out = append(add.Out, plan.Assign{Column: c, Value: emptyOf(s.typ)})
				from = append(from, c)
			}
		}
		if star {
			from = append(from, leg.star)
		}
		node := leg.node
		if len(add.Out) > 0 {
			node = add
		}
		u.Ins = append(u.Ins, node)
		u.From = append(u.From, from)
	}
	if withSource != nil {
		c := b.newColumn(withSource.text, schema.String)
		u.Out = append(u.Out, c)
		out.columns = append(out.columns, &column{name: withSource.text, typ: schema.String, col: c})
	}
	for _, s := range slots {
		c := b.newColumn(s.name, s.typ)
		u.Out = append(u.Out, c)
		out.columns = append(out.columns, &column{name: s.name, typ: s.typ, hidden: s.hidden, col: c})
	}
	if star {
		out.star = b.temp("more", schema.Dynamic)
		u.Out = append(u.Out, out.star)
	}
	out.node = u
	out.name = ""
	if len(legs) == 1 {
		out.name = legs[0].name
	}
	return out
}
