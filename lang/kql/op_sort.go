package kql

import (
	"math"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "sort", aliases: []string{"order"}, doc: "sorts rows, descending unless told",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		p.expect("by")
		if keys := p.sortKeys(); len(keys) > 0 {
			return &sortStage{keys: keys}
		}
		return nil
	},
})

// sortKey is one key of a sort as written.
type sortKey struct {
	named
	ascending, nullsFirst bool
}

// sortKeys reads keys with their directions. Ascending keys have nulls first, descending ones last, unless told.
func (p *parser) sortKeys() []sortKey {
	var keys []sortKey
	p.list_(func() bool {
		n, ok := p.namedExpr()
		if !ok {
			return false
		}
		k := sortKey{named: n}
		switch {
		case p.accept("asc"):
			k.ascending = true
		case p.accept("desc"):
		}
		k.nullsFirst = k.ascending
		if p.accept("nulls") {
			switch {
			case p.accept("first"):
				k.nullsFirst = true
			case p.accept("last"):
				k.nullsFirst = false
			default:
				p.wanted("`first` or `last`")
			}
		}
		keys = append(keys, k)
		return true
	})
	return keys
}

type sortStage struct {
	keys  []sortKey
	limit node // of top; nil for sort
}

func (s *sortStage) bind(b *binder, st *stage, in *relation) *relation {
	out := in.derive()
	b.clause = st.name
	var keys []plan.Key
	for _, g := range in.group {
		keys = append(keys, plan.Key{Value: &plan.Ref{Column: g}})
	}
	for _, k := range s.keys {
		v := b.expr(&context{scope: b.scope, in: out}, k.x)
		if v.typ == schema.Dynamic && !v.bad {
			b.errorf(k.x.span(), "dynamic-key", "KS116", "rows cannot be sorted by a dynamic value").Hint = "write tostring(…) or tolong(…) around it"
		}
		keys = append(keys, b.sortKey(v, k)...)
	}
	limit := int64(-1)
	if s.limit != nil {
		n, ok := b.rowCount(s.limit)
		if !ok {
			return nil
		}
		limit = n
	}
	if limit >= 0 && len(in.group) > 0 {
		out.node = &plan.Sort{Input: out.node, Keys: keys, Limit: -1}
		return b.firstRows(out, limit)
	}
	out.node = &plan.Sort{Input: out.node, Keys: keys, Limit: limit}
	out.order, out.promised, out.scan = true, true, false
	return out
}

// sortKey returns the keys of the plan for one of the language: NaN stands with the nulls, between them and the values.
func (b *binder) sortKey(v value, k sortKey) []plan.Key {
	key := plan.Key{Value: v.exact(), Descending: !k.ascending, NullsFirst: k.nullsFirst}
	if v.typ != schema.Real {
		return []plan.Key{key}
	}
	nan := &plan.Call{Func: apply("is_nan", &plan.Ref{Column: &plan.Column{}}).(*plan.Call).Func, Args: []plan.Expr{v.exact()}}
	odd := &plan.Case{Arms: []plan.Arm{
		{When: &plan.IsNull{X: v.exact()}, Then: &plan.Literal{Value: event.IntValue(0), Type: schema.Long}},
		{When: nan, Then: &plan.Literal{Value: event.IntValue(1), Type: schema.Long}},
	}, Else: &plan.Literal{Value: event.IntValue(2), Type: schema.Long}}
	return []plan.Key{{Value: odd, Descending: !k.nullsFirst}, key}
}

// firstRows keeps the first rows, of each partition where there are any.
func (b *binder) firstRows(r *relation, n int64) *relation {
	out := r.derive()
	out.scan = false
	if len(r.group) == 0 {
		out.node = &plan.Limit{Input: r.node, Count: n}
		return out
	}
	c := b.temp("row", schema.Long)
	w := &plan.Window{Input: r.node, Frame: plan.Frame{Preceding: -1}, Out: []plan.WindowFunc{{Column: c, Func: aggregateNamed("row_number")}}}
	for _, g := range r.group {
		w.PartitionBy = append(w.PartitionBy, &plan.Ref{Column: g})
	}
	out.node = &plan.Filter{Input: w, Where: &plan.Compare{Op: plan.LessEqual, Left: &plan.Ref{Column: c}, Right: &plan.Literal{Value: event.IntValue(n), Type: schema.Long}}}
	return out
}

// rowCount binds a number of rows.
func (b *binder) rowCount(x node) (int64, bool) {
	k, ok := b.constant(&context{scope: b.scope}, x, schema.Long)
	if !ok {
		return 0, false
	}
	if k.IsNull() || k.Int() < 0 {
		b.errorf(x.span(), "row-count", "", "a number of rows is wanted here")
		return 0, false
	}
	return min(k.Int(), math.MaxInt32), true
}

var _ = defineOperator(operator{
	name: "top", doc: "the first rows of a sort",
	parse: func(p *parser) operation {
		s := &sortStage{}
		p.properties(func(string, diag.Span) bool { return false })
		if s.limit = p.expr(); s.limit == nil || !p.expect("by") {
			return nil
		}
		p.properties(func(string, diag.Span) bool { return false })
		if s.keys = p.sortKeys(); len(s.keys) == 0 {
			return nil
		}
		return s
	},
})

var _ = defineOperator(operator{
	name: "take", aliases: []string{"limit"}, doc: "any rows, up to a number",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		if x := p.expr(); x != nil {
			return &takeStage{x}
		}
		return nil
	},
})

type takeStage struct{ n node }

func (t *takeStage) bind(b *binder, s *stage, in *relation) *relation {
	n, ok := b.rowCount(t.n)
	if !ok {
		return nil
	}
	return b.firstRows(in, n)
}
