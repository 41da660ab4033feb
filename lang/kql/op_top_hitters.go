package kql

import (
	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "top-hitters", doc: "the values that most rows have, or with the greatest sum; exactly, where the service estimates them",
	parse: func(p *parser) operation {
		t := &topHittersStage{}
		p.properties(func(string, diag.Span) bool { return false })
		if t.n = p.expr(); t.n == nil || !p.expect("of") {
			return nil
		}
		var ok bool
		if t.of, ok = p.namedExpr(); !ok {
			return nil
		}
		if p.accept("by") {
			if t.by, ok = p.namedExpr(); !ok {
				return nil
			}
		}
		return t
	},
})

type topHittersStage struct {
	n  node
	of named
	by named // its expression is nil where rows are counted
}

func (t *topHittersStage) bind(b *binder, s *stage, in *relation) *relation {
	b.clause = "top-hitters"
	n, ok := b.rowCount(t.n)
	if !ok {
		return nil
	}
	rows := in.derive()
	keys, ok := b.groupKeys(rows, []named{t.of})
	if !ok || len(keys) != 1 {
		return nil
	}
	gathered := &aggregation{}
	c := &context{scope: b.scope, in: rows, aggs: gathered}
	text, v := "approximate_count_"+keys[0].name, value{}
	if t.by.x == nil {
		v = b.add(c, "count", schema.Long, nil)
	} else {
		x := &call{at: at(t.by.x.span()), fn: &name{at: at(t.by.x.span()), text: "sum"}, args: []argument{{value: t.by.x}}}
		sum := b.aggregates(c, aggregates["sum"], x)
		if len(sum) == 0 {
			return nil
		}
		text, v = "approximate_sum_"+argumentName(t.by.x), sum[0].v
	}
	out := b.group(rows, keys, gathered, []assigned{{text, v}}).derive()
	sum := out.find(text).value()
	var order []plan.Key
	for _, g := range out.group {
		order = append(order, plan.Key{Value: &plan.Ref{Column: g}})
	}
	out.node = &plan.Sort{Input: out.node, Keys: append(order, b.sortKey(sum, sortKey{})...), Limit: -1}
	return b.firstRows(out, n)
}
