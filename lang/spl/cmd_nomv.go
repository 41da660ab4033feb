package spl

import (
	"goshawk/schema"
)

var _ = define(spec{
	name: "nomv", doc: "Makes several values one, with line breaks between them.",
	parse: func(a *args) stage {
		v, ok := a.value()
		a.rest()
		if !ok {
			a.errorf(a.here(), "spl-nomv", "nomv needs a field")
			return nil
		}
		return &nomvStage{v}
	},
})

type nomvStage struct{ field value }

func (s *nomvStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	delim, ok := out.delims[s.field.text]
	if !ok {
		delim = "\n"
	}
	l.compute(out, assignment{s.field.text, schema.Any, apply("spl_mvjoin", l.field(out, s.field.text, s.field.span), textLiteral(delim))})
	return out
}
