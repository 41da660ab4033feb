package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "eventstats", doc: "Computes aggregates as stats does, and gives each row those of its group.",
	parse: func(a *args) stage {
		s := &eventstatsStage{}
		a.statsOptions()
		s.list = a.measures("by")
		if a.keyword("by") {
			s.by = a.names()
		}
		a.rest()
		if len(s.list) == 0 {
			a.errorf(a.here(), "spl-stats", "eventstats needs an aggregate such as count")
			return nil
		}
		return s
	},
})

type eventstatsStage struct {
	list []measure
	by   []value
}

func (s *eventstatsStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	list := l.spread(out, s.list, s.by)
	if starred(list) {
		l.errorf(s.list[0].at, "spl-wildcard", "eventstats cannot take fields that are not known before the search runs").Hint = "name the fields, or put a table in front"
		return nil
	}
	return l.window(out, list, l.keys(out, s.by), plan.Frame{Preceding: -1, Following: -1})
}

// window adds aggregates over the rows around each row. Rows without a value in a key get none.
func (l *lowering) window(out *relation, list []measure, keys []key, frame plan.Frame) *relation {
	w := &plan.Window{Frame: frame}
	for _, k := range keys {
		w.PartitionBy = append(w.PartitionBy, textKey(k.x)) // the number 5 of one row and the text 5 of another are one group
	}
	var values []assignment
	for _, m := range list {
		agg, after := l.lowerMeasure(out, m)
		if agg.Func == nil {
			return nil
		}
		if agg.Where != nil || agg.Distinct || agg.Order != nil {
			l.errorf(m.at, "spl-window", "%s cannot be computed over the rows around a row", m.name)
			return nil
		}
		c := l.column(m.as, schema.Any)
		w.Out = append(w.Out, plan.WindowFunc{Column: c, Func: agg.Func, Args: agg.Args})
		value := plan.Expr(&plan.Ref{Column: c})
		if after != nil {
			value = after(value)
		}
		if len(keys) > 0 {
			var present []plan.Expr
			for _, k := range keys {
				present = append(present, &plan.Not{X: &plan.IsNull{X: k.x}})
			}
			value = &plan.Case{Arms: []plan.Arm{{When: &plan.And{List: present}, Then: value}}}
		}
		values = append(values, assignment{m.as, schema.Any, value})
	}
	w.Input = out.node
	out.node = w
	for i, v := range values {
		if ref, plain := v.value.(*plan.Ref); plain {
			out.set(v.name, ref)
			values[i].value = nil
		}
	}
	for _, v := range values {
		if v.value != nil {
			l.compute(out, v)
		}
	}
	return out
}
