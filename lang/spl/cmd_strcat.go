package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "strcat", doc: "Joins the values of fields and texts in quotes into a field.",
	parse: func(a *args) stage {
		s := &strcatStage{}
		for a.commas(); !a.done(); a.commas() {
			if _, v, ok := a.option("allrequired"); ok {
				s.all = a.yes(v)
				continue
			}
			if a.unknownOption("allrequired") {
				continue
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.parts = append(s.parts, v)
		}
		a.rest()
		if len(s.parts) < 2 || s.parts[len(s.parts)-1].quoted {
			a.errorf(a.here(), "spl-strcat", "strcat needs fields or texts in quotes, and at last the field to put them in")
			return nil
		}
		return s
	},
})

type strcatStage struct {
	all   bool
	parts []value // the last is the field
}

func (s *strcatStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	last := len(s.parts) - 1
	var parts, absent []plan.Expr
	for _, v := range s.parts[:last] {
		if v.quoted {
			parts = append(parts, textLiteral(v.text))
			continue
		}
		e := l.field(out, v.text, v.span)
		parts = append(parts, apply("spl_mvjoin", e, textLiteral(" ")))
		absent = append(absent, &plan.IsNull{X: e})
	}
	target := s.parts[last].text
	joined := apply("concat", parts...)
	if s.all && len(absent) > 0 {
		before, _ := l.find(out, target)
		joined = &plan.Case{Arms: []plan.Arm{{When: &plan.Or{List: absent}, Then: before}}, Else: joined}
	}
	l.compute(out, assignment{target, schema.Any, joined})
	return out
}
