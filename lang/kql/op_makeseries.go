package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "make-series", doc: "arrays of aggregates over the steps of an axis, for each group",
	parse: func(p *parser) operation {
		s := &seriesStage{}
		p.properties(func(name string, at diag.Span) bool {
			if name == "kind" {
				s.nonempty = p.choice("kind of series", "nonempty") == "nonempty"
				return true
			}
			return false
		})
		p.list_(func() bool {
			n, ok := p.namedExpr()
			if !ok {
				return false
			}
			item := seriesItem{named: n}
			if p.accept("default") {
				p.expect("=")
				item.none = p.expr()
			}
			s.items = append(s.items, item)
			return true
		})
		if len(s.items) == 0 || !p.expect("on") {
			return nil
		}
		var ok bool
		if s.axis, ok = p.axis(); !ok {
			return nil
		}
		if p.accept("in") { // the old form: in range(from, to, step), to included
			r := p.expr()
			c, isCall := bare(r).(*call)
			if !isCall || c.fn.text != "range" || len(c.args) != 3 {
				p.wanted("range(from, to, step)")
				return nil
			}
			s.from, s.to, s.step, s.inclusive = c.args[0].value, c.args[1].value, c.args[2].value, true
		}
		if p.accept("from") {
			s.from = p.expr()
		}
		if p.accept("to") {
			s.to = p.expr()
		}
		if s.step == nil {
			if !p.expect("step") {
				return nil
			}
			s.step = p.expr()
		}
		if p.accept("by") {
			s.by = p.namedExprs()
		}
		return s
	},
})

// axis reads [name =] expression, which ends in front of `in`.
func (p *parser) axis() (n named, ok bool) {
	m := p.mark()
	if one := p.name(); one != nil && p.accept("=") {
		n.names = []*name{one}
	} else {
		p.back(m)
	}
	n.x = p.sum()
	return n, n.x != nil
}

// seriesItem is one aggregate and what stands where a step has no rows.
type seriesItem struct {
	named
	none node
}

type seriesStage struct {
	items          []seriesItem
	axis           named
	from, to, step node
	inclusive      bool
	nonempty       bool
	by             []named
}

func (s *seriesStage) bind(b *binder, st *stage, in *relation) *relation {
	rows := in.derive()
	rows.scan = false
	b.clause = "make-series"
	c := &context{scope: b.scope, in: rows}
	axis := b.expr(c, s.axis.x)
	outside := &context{scope: b.scope, base: rows}
	bound := func(x node) (value, bool) {
		if x == nil {
			return value{}, true
		}
		v := b.expr(outside, x)
		if !v.bad && v.typ != axis.typ && numeric(v.typ) {
			v = v.cast(axis.typ)
		}
		return v, !v.bad
	}
	step := b.expr(outside, s.step)
	from, okFrom := bound(s.from)
	to, okTo := bound(s.to)
	if axis.bad || step.bad || !okFrom || !okTo {
		return nil
	}
	keys, ok := b.groupKeys(rows, s.by)
	if !ok {
		return nil
	}
	// The step that a row falls into, counted from the beginning of the axis.
	bucket := made(axis.typ, "bin", axis.exact(), step.exact())
	var where []plan.Expr
	where = append(where, &plan.Not{X: &plan.IsNull{X: axis.exact()}})
	if s.from != nil {
		bucket = made(axis.typ, "bin_at", axis.exact(), step.exact(), from.exact())
		where = append(where, &plan.Compare{Op: plan.GreaterEqual, Left: axis.exact(), Right: from.exact()})
	} else if s.to != nil {
		bucket = made(axis.typ, "bin_at", axis.exact(), step.exact(), to.exact())
	}
	if s.to != nil {
		op := plan.Less
		if s.inclusive {
			op = plan.LessEqual
		}
		where = append(where, &plan.Compare{Op: op, Left: axis.exact(), Right: to.exact()})
	}
	rows.node = &plan.Filter{Input: rows.node, Where: &plan.And{List: where}}
	gathered := &aggregation{}
	list := make([]named, len(s.items))
	for i, item := range s.items {
		list[i] = item.named
	}
	columns := b.aggregateColumns(&context{scope: b.scope, in: rows, aggs: gathered}, list, keys)
	if len(columns) != len(s.items) {
		return nil
	}
	var carried []assigned
	if s.from != nil {
		carried = append(carried, assigned{"$from", from})
	}
	if s.to != nil {
		carried = append(carried, assigned{"$to", to})
	}
	carried = append(carried, assigned{"$step", step})
	byStep := append(append([]assigned{}, keys...), assigned{"$bucket", bucket})
	byStep = append(byStep, carried...)
	steps := b.group(rows, byStep, gathered, columns)
	return b.series(s, steps, keys, columns, axis.typ)
}

// series gathers the steps of each group into arrays.
func (b *binder) series(s *seriesStage, steps *relation, keys, columns []assigned, axisType schema.Type) *relation {
	rows := steps.derive()
	gathered := &aggregation{}
	c := &context{in: rows, aggs: gathered}
	bucket := rows.find("$bucket").value()
	most := &plan.Literal{Value: event.IntValue(1 << 20), Type: schema.Long}
	buckets := b.add(c, "make_list_with_nulls", schema.Dynamic, nil, bucket.exact(), most)
	first := b.add(c, "min", axisType, nil, bucket.exact())
	last := b.add(c, "max", axisType, nil, bucket.exact())
	one := func(name string) (value, bool) {
		col := rows.find(name)
		if col == nil {
			return value{}, false
		}
		return b.add(c, "first_row", col.typ, nil, col.value().exact()), true
	}
	step, _ := one("$step")
	from, hasFrom := one("$from")
	to, hasTo := one("$to")
	if !hasFrom {
		from = first
	}
	included := boolLiteral(s.inclusive)
	if !hasTo {
		to, included = last, boolLiteral(true)
	}
	axis := made(schema.Dynamic, "kql_series_axis", from.exact(), to.exact(), step.exact(), included)
	var groupKeys []assigned
	for _, k := range keys {
		groupKeys = append(groupKeys, assigned{k.name, rows.find(k.name).value()})
	}
	var shown []assigned
	for i, col := range columns {
		values := b.add(c, "make_list_with_nulls", schema.Dynamic, nil, rows.find(col.name).value().exact(), most)
		none := value{expr: zeroOf(col.v.typ), typ: col.v.typ}
		if x := s.items[i].none; x != nil {
			if none = b.expr(&context{scope: b.scope}, x); none.bad {
				return nil
			}
			none = none.cast(col.v.typ)
		}
		shown = append(shown, assigned{col.name, made(schema.Dynamic, "kql_make_series", axis.exact(), buckets.exact(), values.exact(), none.exact())})
	}
	text := defaultName(s.axis.x)
	if len(s.axis.names) > 0 {
		text = s.axis.names[0].text
	}
	shown = append(shown, assigned{free(text, func(n string) bool {
		for _, a := range shown {
			if a.name == n {
				return true
			}
		}
		return false
	}), axis})
	return b.group(rows, groupKeys, gathered, shown)
}

// zeroOf is what stands in a gap where nothing else is said.
func zeroOf(t schema.Type) plan.Expr {
	switch t {
	case schema.Real:
		return &plan.Literal{Value: event.FloatValue(0), Type: t}
	case schema.Timespan:
		return &plan.Literal{Value: event.DurationValue(0), Type: t}
	case schema.Int, schema.Long:
		return &plan.Literal{Value: event.IntValue(0), Type: t}
	}
	return emptyOf(t)
}
