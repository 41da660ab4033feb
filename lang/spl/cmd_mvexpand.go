package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "mvexpand", doc: "Gives a row for each value of a field.",
	parse: func(a *args) stage {
		s := &mvexpandStage{limit: -1}
		for a.commas(); !a.done(); a.commas() {
			if _, v, ok := a.option("limit"); ok {
				if s.limit = a.count(v); s.limit == 0 {
					s.limit = -1
				}
				continue
			}
			if s.field.span.End > 0 || a.unknownOption("limit") {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.field = v
		}
		a.rest()
		if s.field.text == "" {
			a.errorf(a.here(), "spl-mvexpand", "mvexpand needs a field")
			return nil
		}
		return s
	},
})

type mvexpandStage struct {
	field value
	limit int64 // -1: none
}

func (s *mvexpandStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	e := l.field(out, s.field.text, s.field.span)
	if _, ok := l.find(out, s.field.text); !ok {
		return out
	}
	logged := out.logged.of(s.field.text)
	c := l.column(s.field.text, schema.Any)
	out.node = &plan.Expand{Input: out.node, Lists: []plan.Assign{{Column: c, Value: apply("spl_items", e)}}, KeepEmpty: true, Limit: s.limit}
	out.set(s.field.text, &plan.Ref{Column: c})
	if logged {
		out.logged.put(s.field.text, true)
	}
	return out
}
