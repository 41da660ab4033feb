package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "set", doc: "Gives the rows of two subsearches that are in either, in both, or in one only.", generates: true,
	parse: func(a *args) stage {
		s := &setStage{at: a.nameAt()}
		switch {
		case a.is("union", "diff", "intersect"):
			start := a.pos
			a.keyword("union", "diff", "intersect")
			s.op = strings.ToLower(a.text[start : start+1])
		default:
			a.errorf(a.here(), "spl-set", "union, diff or intersect must stand here")
			return nil
		}
		for i := range s.subs {
			var ok bool
			if s.subs[i], ok = a.subsearchOf(); !ok {
				return nil
			}
		}
		a.rest()
		return s
	},
})

type setStage struct {
	at   diag.Span
	op   string // the first letter, in lower case
	subs [2]*pipeline
}

// lower groups the rows of both sides by all their fields, as texts: each group knows the sides that it has rows of.
func (s *setStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "set must be the first command")
		return nil
	}
	var list []*relation
	for _, sub := range s.subs {
		r := l.subsearch(sub)
		if r == nil {
			return nil
		}
		r = r.clone()
		l.arrange(r)
		list = append(list, r)
	}
	both, part := l.united("set", list)
	agg := &plan.Aggregate{Input: both.node}
	out := both.clone()
	for _, name := range both.names {
		c := l.column(name, schema.Any)
		agg.By = append(agg.By, plan.Assign{Column: l.column(name, schema.Any), Value: textKey(both.fields.of(name))})
		agg.Aggs = append(agg.Aggs, plan.Agg{Column: c, Func: fn.AggregateByName("first"), Args: []plan.Expr{both.fields.of(name)}})
		out.fields.put(name, &plan.Ref{Column: c})
	}
	if both.star != nil {
		c := l.column("*", schema.Dynamic)
		agg.By = append(agg.By, plan.Assign{Column: c, Value: both.star})
		out.star = &plan.Ref{Column: c}
	}
	first, last := l.column("first", schema.Any), l.column("last", schema.Any)
	side := &plan.Ref{Column: part}
	agg.Aggs = append(agg.Aggs,
		plan.Agg{Column: first, Func: fn.AggregateByName("min"), Args: []plan.Expr{side}},
		plan.Agg{Column: last, Func: fn.AggregateByName("max"), Args: []plan.Expr{side}})
	out.node = agg
	op := plan.NotEqual
	switch s.op {
	case "d":
		op = plan.Equal
		fallthrough
	case "i":
		out.node = &plan.Filter{Input: agg, Where: &plan.Compare{Op: op, Left: &plan.Ref{Column: first}, Right: &plan.Ref{Column: last}}}
	}
	return out
}
