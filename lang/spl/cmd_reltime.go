package spl

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "reltime", doc: "Shows how long ago a time, _time unless told, was, in words.",
	parse: func(a *args) stage {
		s := &reltimeStage{field: value{text: "_time"}}
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option("timefield", "prefix")
			switch {
			case ok && name == "timefield":
				s.field = v
			case ok:
				s.prefix = v.text
			case a.unknownOption("timefield", "prefix"):
			default:
				a.rest()
			}
		}
		return s
	},
})

type reltimeStage struct {
	field  value
	prefix string
}

func (s *reltimeStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.search.TimeDependent = true
	now := plan.Expr(&plan.Literal{Value: event.FloatValue(secondsOf(l.env.Now))})
	name := "reltime"
	if s.prefix != "" {
		name = s.prefix + s.field.text
	}
	l.compute(out, assignment{name, schema.Any, apply("spl_reltime", l.field(out, s.field.text, s.field.span), now)})
	return out
}
