package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "summarize", doc: "groups rows and computes aggregates of each group",
	parse: func(p *parser) operation {
		s := &summarizeStage{}
		p.properties(func(string, diag.Span) bool { return false })
		if !p.is("by") {
			s.aggs = p.namedExprs()
		}
		if p.accept("by") {
			p.properties(func(string, diag.Span) bool { return false })
			s.by = p.namedExprs()
			s.keyed = true
		}
		if len(s.aggs) == 0 && len(s.by) == 0 {
			return nil
		}
		return s
	},
})

type summarizeStage struct {
	aggs, by []named
	keyed    bool
}

func (s *summarizeStage) bind(b *binder, st *stage, in *relation) *relation {
	rows := in.derive()
	b.clause = "summarize"
	keys, ok := b.groupKeys(rows, s.by)
	if !ok {
		return nil
	}
	gathered := &aggregation{by: keys}
	columns := b.aggregateColumns(&context{scope: b.scope, in: rows, aggs: gathered}, s.aggs, keys)
	return b.group(rows, keys, gathered, columns)
}

// groupKeys binds what rows are grouped by.
func (b *binder) groupKeys(rows *relation, by []named) ([]assigned, bool) {
	keys, ok := b.assignedList(rows, by, func(string) bool { return false }, false)
	if !ok {
		return nil, false
	}
	for i, k := range keys {
		if k.v.typ == schema.Dynamic && !k.v.bad {
			b.errorf(by[min(i, len(by)-1)].x.span(), "dynamic-key", "KS116", "rows cannot be grouped by a dynamic value").Hint = "write tostring(…) around it"
		}
	}
	return keys, true
}

// aggregateColumns binds expressions with aggregates in them, and names their columns apart from the keys.
func (b *binder) aggregateColumns(c *context, list []named, keys []assigned) []assigned {
	taken := map[string]bool{}
	for _, k := range keys {
		taken[k.name] = true
	}
	explicit := map[string]bool{}
	for _, n := range list {
		for _, one := range n.names {
			taken[one.text] = true
		}
	}
	for _, k := range keys {
		explicit[k.name] = true
	}
	given := map[string]bool{}
	names := &namer{taken: func(n string) bool { return taken[n] }, counter: func(n string) bool { return c.in.find(n) != nil }}
	var out []assigned
	add := func(text string, v value) {
		taken[text] = true
		given[text] = true
		out = append(out, assigned{text, v})
	}
	for _, n := range list {
		results := b.aggregateExpr(c, n.x)
		for i, r := range results {
			switch {
			case i < len(n.names):
				text := n.names[i].text
				if explicit[text] {
					b.errorf(n.names[i].span(), "duplicate-column", "KS171", "two columns are called `%s`", text)
					continue
				}
				explicit[text] = true
				add(free(text, func(n string) bool { return given[n] }), r.v) // a column of * may have the name
			case len(results) > 1 && !given[r.name] && !explicit[r.name]: // of *: a name that is given behind it gets a number
				add(r.name, r.v)
			case r.name != "":
				add(free(r.name, names.taken), r.v)
			default:
				add(names.unnamed(&star{}), r.v)
			}
		}
	}
	return out
}

// aggregateExpr binds an expression with aggregates in it; a call of an aggregate alone may give several columns.
func (b *binder) aggregateExpr(c *context, x node) []assigned {
	list := b.aggregateParts(c, x)
	for i := range list {
		if list[i].v = b.ofGroup(c, list[i].v, x.span()); list[i].v.bad {
			return nil
		}
	}
	return list
}

func (b *binder) aggregateParts(c *context, x node) []assigned {
	if call, ok := bare(x).(*call); ok && c.scope.find(call.fn.text) == nil {
		if a := aggregates[call.fn.text]; a != nil {
			return b.aggregates(c, a, call)
		}
	}
	v := b.expr(c, x)
	if v.bad {
		return nil
	}
	if !usesAggregates(v.exact(), c.aggs) {
		if _, constant := v.constant(); !constant && c.in != nil && readsColumns(v.exact(), c.in) {
			b.errorf(x.span(), "no-aggregate", "KS144", "an aggregate is wanted here").Hint = "write take_any(…) for the value of any row"
			return nil
		}
	}
	return []assigned{{defaultAggregateName(x), v}}
}

// ofGroup makes a value one of a group: it may read aggregates, but columns of rows only inside of them. What other rows say, which is
// the same for all, is that of the first row.
func (b *binder) ofGroup(c *context, v value, at diag.Span) value {
	own := map[*plan.Column]bool{}
	for _, a := range c.aggs.aggs {
		own[a.Column] = true
	}
	bad := false
	e := plan.TransformExpr(v.exact(), func(e plan.Expr) plan.Expr {
		ref, ok := e.(*plan.Ref)
		switch {
		case !ok || own[ref.Column]:
			return e
		case slices.ContainsFunc(c.in.columns, func(o *column) bool { return o.col == ref.Column }) || ref.Column == c.in.star:
			bad = true
			return e
		}
		return b.add(c, "first_row", ref.Column.Type, nil, ref).exact()
	})
	if bad {
		b.errorf(at, "no-aggregate", "KS144", "a column can stand inside of an aggregate only").Hint = "write take_any(…) for the value of any row"
		return wrong()
	}
	return value{expr: e, typ: v.typ}
}

// defaultAggregateName names an expression around aggregates.
func defaultAggregateName(x node) string {
	c, ok := bare(x).(*call)
	if !ok || len(c.args) == 0 {
		return ""
	}
	f := functions[c.fn.text]
	if f == nil || f.naming != nameFirst {
		return ""
	}
	inner, ok := bare(c.args[0].value).(*call)
	if !ok {
		return ""
	}
	if a := aggregates[inner.fn.text]; a != nil {
		return aggregateName(a.named(), inner)
	}
	return defaultAggregateName(inner)
}

func usesAggregates(e plan.Expr, a *aggregation) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if ref, ok := e.(*plan.Ref); ok {
			for _, agg := range a.aggs {
				found = found || agg.Column == ref.Column
			}
		}
		return !found
	})
	return found
}

func readsColumns(e plan.Expr, r *relation) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if ref, ok := e.(*plan.Ref); ok {
			for _, c := range r.columns {
				found = found || c.col == ref.Column
			}
		}
		return !found
	})
	return found
}

// group puts the Aggregate on rows, and computes the columns out of its results. The rows of different partitions stay apart.
func (b *binder) group(rows *relation, keys []assigned, a *aggregation, columns []assigned) *relation {
	agg := &plan.Aggregate{Input: rows.node, Aggs: a.aggs}
	out := &relation{name: rows.name, group: rows.group, carried: rows.carried}
	final := &plan.Project{Input: agg}
	for _, g := range rows.group {
		agg.By = append(agg.By, plan.Assign{Column: g, Value: &plan.Ref{Column: g}})
		final.Out = append(final.Out, plan.Assign{Column: g, Value: &plan.Ref{Column: g}})
	}
	for _, c := range rows.carried {
		agg.Aggs = append(agg.Aggs, plan.Agg{Column: c, Func: aggregateNamed("first_row"), Args: []plan.Expr{&plan.Ref{Column: c}}})
		final.Out = append(final.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
	var shown []assigned
	for _, k := range keys {
		c := b.temp("by", k.v.typ)
		agg.By = append(agg.By, plan.Assign{Column: c, Value: k.v.exact()})
		shown = append(shown, assigned{k.name, value{expr: &plan.Ref{Column: c}, typ: k.v.typ}})
	}
	final.Out = append(final.Out, b.assigns(append(shown, columns...), out)...)
	out.node = final
	if i := out.at("*"); i >= 0 { // the columns that come from data
		out.star = out.columns[i].col
		out.columns = slices.Delete(out.columns, i, i+1)
	}
	return out
}

var _ = defineOperator(operator{
	name: "distinct", doc: "the different combinations of values of columns",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		if p.is("*") {
			t := p.take()
			return &distinctStage{all: true, at: t.at}
		}
		if list := p.namedExprs(); len(list) > 0 {
			return &distinctStage{list: list}
		}
		return nil
	},
})

type distinctStage struct {
	list []named
	all  bool
	at   diag.Span
}

func (d *distinctStage) bind(b *binder, s *stage, in *relation) *relation {
	rows := in.derive()
	if !d.all {
		keys, ok := b.groupKeys(rows, d.list)
		if !ok {
			return nil
		}
		return b.group(rows, keys, &aggregation{}, nil)
	}
	var keys []assigned
	for _, c := range in.visible() {
		if c.typ == schema.Dynamic {
			b.errorf(d.at, "dynamic-key", "KS116", "the column `%s` is dynamic, so that rows cannot be told apart by it", c.name).Hint = "name the columns, with tostring() around dynamic ones"
			return nil
		}
		keys = append(keys, assigned{c.name, c.value()})
	}
	return b.group(rows, keys, &aggregation{}, nil)
}

var _ = defineOperator(operator{
	name: "count", doc: "the number of rows",
	parse: func(p *parser) operation {
		c := &countStage{name: "Count"}
		if p.accept("as") {
			n := p.name()
			if n == nil {
				return nil
			}
			c.name = n.text
		}
		return c
	},
})

type countStage struct{ name string }

func (c *countStage) bind(b *binder, s *stage, in *relation) *relation {
	gathered := &aggregation{}
	rows := in.derive()
	v := b.add(&context{in: rows, aggs: gathered}, "count", schema.Long, nil)
	return b.group(rows, nil, gathered, []assigned{{c.name, v}})
}
