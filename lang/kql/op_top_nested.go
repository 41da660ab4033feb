package kql

import (
	"slices"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "top-nested", doc: "the values with the greatest aggregates, and within each those of the next level",
	parse: func(p *parser) operation {
		t := &topNestedStage{}
		for {
			level, ok := p.topLevel()
			if !ok {
				return nil
			}
			t.levels = append(t.levels, level)
			if !p.accept(",") {
				return t
			}
			if word, at := p.dashed(); word != "top-nested" {
				p.errorf(at, "syntax", "KS006", "`top-nested` is missing here")
				return nil
			}
		}
	},
})

// topLevel is one level: how many of what by which aggregate.
type topLevel struct {
	n         node // nil: all
	of, by    named
	ascending bool
}

// topLevel reads [n] of expression by aggregate [asc|desc].
func (p *parser) topLevel() (l topLevel, ok bool) {
	if !p.is("of") {
		if l.n = p.expr(); l.n == nil {
			return l, false
		}
	}
	if !p.expect("of") {
		return l, false
	}
	if l.of, ok = p.namedExpr(); !ok {
		return l, false
	}
	if p.is("with") {
		p.errorf(p.tok.at, "refused", "", "top-nested with others is not run").Hint = "leave it out, and summarize the others by themselves"
		return l, false
	}
	if !p.expect("by") {
		return l, false
	}
	if l.by, ok = p.namedExpr(); !ok {
		return l, false
	}
	l.ascending = p.accept("asc")
	if !l.ascending {
		p.accept("desc")
	}
	return l, true
}

type topNestedStage struct{ levels []topLevel }

// bind makes one Aggregate for each level, over all rows, keeps the first of each value of the level above, and joins them to what is
// left of that.
func (t *topNestedStage) bind(b *binder, s *stage, in *relation) *relation {
	b.clause = "top-nested"
	if len(in.group) > 0 {
		b.errorf(s.word, "refused", "", "top-nested cannot stand in mv-apply or partition")
		return nil
	}
	rows := in.derive()
	var of []named
	for _, l := range t.levels {
		of = append(of, l.of)
	}
	keys, ok := b.groupKeys(rows, of)
	if !ok || len(keys) != len(t.levels) {
		return nil
	}
	var out *relation
	for i, l := range t.levels {
		gathered := &aggregation{}
		results := b.aggregateExpr(&context{scope: b.scope, in: rows, aggs: gathered}, l.by.x)
		if len(results) == 0 {
			return nil
		}
		text := "aggregated_" + keys[i].name
		if len(l.by.names) > 0 {
			text = l.by.names[0].text
		}
		if slices.ContainsFunc(keys, func(k assigned) bool { return k.name == text }) || out != nil && out.find(text) != nil {
			text = free(text, func(n string) bool {
				return slices.ContainsFunc(keys, func(k assigned) bool { return k.name == n }) || out != nil && out.find(n) != nil
			})
		}
		level := b.group(rows, keys[:i+1], gathered, []assigned{{text, results[0].v}}).derive()
		if out != nil {
			level = b.below(out, level, keys[:i])
		}
		if l.n != nil {
			n, ok := b.rowCount(l.n)
			if !ok {
				return nil
			}
			level = b.topOf(level, level.keysOf(keys[:i]), level.find(text).value(), l, n)
		}
		out = level
	}
	return out
}

// topOf keeps the first n rows of each combination of keys, by the value of an aggregate.
func (b *binder) topOf(r *relation, keys []assigned, by value, l topLevel, n int64) *relation {
	out := r.derive()
	out.node = &plan.Sort{Input: r.node, Keys: b.sortKey(by, sortKey{ascending: l.ascending, nullsFirst: l.ascending}), Limit: -1}
	number := b.window(out, &plan.Window{PartitionBy: exprsOf(keys), Frame: plan.Frame{Preceding: -1}}, "row_number", schema.Long)
	out.node = &plan.Filter{Input: out.node, Where: &plan.Compare{Op: plan.LessEqual, Left: number.exact(), Right: whole(n)}}
	return out
}

// below joins the rows of a level to those of the level above whose keys they share.
func (b *binder) below(above, level *relation, keys []assigned) *relation {
	join := &plan.Join{Left: above.node, Right: level.node, Kind: plan.Inner}
	for _, k := range keys { // null is a value here, and in a list it equals itself
		join.Keys = append(join.Keys, plan.JoinKey{Left: apply("list", above.find(k.name).value().exact()), Right: apply("list", level.find(k.name).value().exact())})
	}
	out := &relation{node: join, name: above.name}
	give := func(c *column) {
		col := b.newColumn(c.name, c.typ)
		join.Out = append(join.Out, plan.Assign{Column: col, Value: &plan.Ref{Column: c.col}})
		out.columns = append(out.columns, &column{name: c.name, typ: c.typ, col: col})
	}
	for _, c := range above.columns {
		give(c)
	}
	for _, c := range level.columns[len(keys):] {
		give(c)
	}
	return out
}
