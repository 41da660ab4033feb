package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "delta", doc: "Shows by how much a number differs from that of a row before.",
	parse: func(a *args) stage {
		s := &deltaStage{back: 1}
		brackets := a.peek() == '('
		inner := a
		if brackets {
			var ok bool
			if inner, ok = a.group(); !ok {
				return nil
			}
		}
		if !inner.fieldAs(&s.field, &s.as) {
			return nil
		}
		if brackets {
			inner.rest()
		}
		if _, v, ok := a.option("p"); ok {
			s.back = a.count(v)
		}
		a.rest()
		if s.as == "" {
			s.as = "delta(" + s.field.text + ")"
		}
		return s
	},
})

type deltaStage struct {
	field value
	as    string
	back  int64
}

func (s *deltaStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	e := l.field(out, s.field.text, s.field.span)
	before := l.over(out, "before", "lag", plan.Frame{}, nil, e, intLiteral(s.back))
	l.compute(out, assignment{s.as, schema.Any, apply("spl_subtract", e, before)})
	return out
}
