package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "mv-apply", aliases: []string{"mvapply"}, doc: "runs a pipeline over the elements of arrays, for each row",
	parse: func(p *parser) operation {
		a := &applyStage{}
		p.properties(func(name string, at diag.Span) bool {
			if name == "with_itemindex" {
				a.index = p.name()
				return true
			}
			return false
		})
		if a.items = p.expandItems(); len(a.items) == 0 {
			return nil
		}
		if p.accept("limit") {
			a.limit = p.expr()
		}
		if !p.expect("on") {
			return nil
		}
		if a.body = p.subpipeline(); a.body == nil {
			return nil
		}
		return a
	},
})

// subpipeline reads operators in brackets, which are given rows by the operator around them.
func (p *parser) subpipeline() []*stage {
	if !p.expect("(") || !p.nest() {
		return nil
	}
	var list []*stage
	p.accept("|")
	for {
		s := p.stage()
		if s == nil {
			p.toPipe()
		} else {
			list = append(list, s)
		}
		if !p.accept("|") {
			break
		}
	}
	p.depth--
	p.expect(")")
	return list
}

type applyStage struct {
	index *name
	items []expandItem
	limit node
	body  []*stage
}

// rowwise are the operators that look at one row at a time, so that it does not matter which rows are theirs.
var rowwise = map[string]bool{"where": true, "extend": true, "project": true, "project-away": true, "project-keep": true, "project-rename": true, "project-reorder": true,
	"parse": true, "parse-where": true, "parse-kv": true, "mv-expand": true, "mv-apply": true}

func (a *applyStage) bind(b *binder, st *stage, in *relation) *relation {
	rows := in.derive()
	rows.scan = false
	limit := int64(-1)
	if a.limit != nil {
		n, ok := b.rowCount(a.limit)
		if !ok {
			return nil
		}
		limit = n
	}
	expand, elements, index := b.expandLists(rows, a.items, false, a.index != nil)
	if expand == nil {
		return nil
	}
	expand.Limit = limit
	rows.carried = slices.Clone(rows.carried)
	for _, c := range in.columns {
		if col := c.place(); !slices.Contains(rows.carried, col) { // two names of one column
			rows.carried = append(rows.carried, col)
		}
	}
	if in.star != nil {
		rows.carried = append(rows.carried, in.star)
	}
	apart := slices.ContainsFunc(a.body, func(s *stage) bool { return !rowwise[s.name] })
	if apart { // rows of different rows must be kept apart: number them
		row := b.temp("row", schema.Long)
		expand.Input = &plan.Window{Input: expand.Input, Frame: plan.Frame{Preceding: -1}, Out: []plan.WindowFunc{{Column: row, Func: aggregateNamed("row_number")}}}
		rows.group = append(slices.Clone(rows.group), row)
	}
	rows.node = expand
	if a.index != nil {
		elements = append(elements, assigned{a.index.text, value{expr: &plan.Ref{Column: index}, typ: schema.Long}})
	}
	// Inside, the columns of the row can be named; those that the pipeline gives are its own.
	inner := rows.derive()
	inner.columns = nil
	for _, c := range rows.columns {
		if slices.ContainsFunc(elements, func(e assigned) bool { return e.name == c.name }) {
			continue
		}
		outside := *c
		outside.col = c.place()
		outside.hidden = true
		inner.columns = append(inner.columns, &outside)
	}
	inner = b.extend(inner, elements)
	inner.order = true
	given := b.stages(b.scope, a.body, inner, nil)
	if given == nil {
		return nil
	}
	out := given.derive()
	out.columns = nil
	out.group, out.carried, out.star, out.order, out.promised = in.group, in.carried, in.star, false, false
	own := given.visible()
	for _, c := range in.columns {
		if i := slices.IndexFunc(own, func(o *column) bool { return o.name == c.name }); i >= 0 { // the pipeline gave it anew
			out.columns = append(out.columns, own[i])
			own = slices.Delete(own, i, i+1)
			continue
		}
		outside := *c
		outside.col = c.place()
		out.columns = append(out.columns, &outside)
	}
	out.columns = append(out.columns, own...)
	if given.star != nil {
		out.star = given.star
	}
	return out
}

var _ = defineOperator(operator{
	name: "partition", doc: "runs a pipeline over the rows of each value of a column",
	parse: func(p *parser) operation {
		s := &partitionStage{}
		p.properties(func(name string, at diag.Span) bool { return false })
		if !p.expect("by") {
			return nil
		}
		if s.by = p.path(); s.by == nil {
			p.wanted("a column")
			return nil
		}
		if p.is("{") {
			p.errorf(p.tok.at, "refused", "", "partition runs operators in round brackets, not a query in curly ones")
			return nil
		}
		if s.body = p.subpipeline(); s.body == nil {
			return nil
		}
		return s
	},
})

// path reads a column, or a member of one. A bracket behind it is none of it.
func (p *parser) path() node {
	n := p.name()
	if n == nil {
		return nil
	}
	var x node = n
	for p.accept(".") {
		m := p.name()
		if m == nil {
			return nil
		}
		x = &member{p.from(n.Start), x, m}
	}
	return x
}

type partitionStage struct {
	by   node
	body []*stage
}

func (s *partitionStage) bind(b *binder, st *stage, in *relation) *relation {
	rows := in.derive()
	rows.scan = false
	v := b.expr(&context{scope: b.scope, in: rows}, s.by)
	if v.bad {
		return nil
	}
	key := b.temp("partition", v.typ)
	rows.node = &plan.Project{Input: rows.node, Extend: true, Out: []plan.Assign{{Column: key, Value: v.exact()}}}
	rows.group = append(slices.Clone(in.group), key)
	out := b.stages(b.scope, s.body, rows, nil)
	if out == nil {
		return nil
	}
	out = out.derive()
	out.group, out.carried = in.group, in.carried
	return out
}
