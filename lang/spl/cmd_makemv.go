package spl

import (
	"goshawk/plan/fn"
	"goshawk/schema"
)

var makemvOptions = []string{"delim", "tokenizer", "allowempty", "setsv"}

var _ = define(spec{
	name: "makemv", doc: "Makes one value several, parted by a text, a blank unless told, or as a regular expression finds them.",
	parse: func(a *args) stage {
		s := &makemvStage{delim: " "}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option(makemvOptions...); ok {
				switch name {
				case "delim":
					s.delim = v.text
				case "tokenizer":
					s.tokenizer = v.text
					if _, err := fn.ParsePCRE(v.text); err != nil {
						a.badExpression(v, err)
					}
				case "allowempty":
					s.empty = a.yes(v)
				case "setsv":
					if a.yes(v) {
						a.errorf(v.span, "spl-option", "makemv setsv=true, one value beside the several, is not run")
					}
				}
				continue
			}
			if s.field.span.End > 0 || a.unknownOption(makemvOptions...) {
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
			a.errorf(a.here(), "spl-makemv", "makemv needs a field")
			return nil
		}
		return s
	},
})

type makemvStage struct {
	field            value
	delim, tokenizer string
	empty            bool
}

func (s *makemvStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	e := l.field(out, s.field.text, s.field.span)
	name, by := "spl_makemv", s.delim
	if s.tokenizer != "" {
		name, by = "spl_tokens", s.tokenizer
	}
	l.compute(out, assignment{s.field.text, schema.Any, apply(name, e, textLiteral(by), boolLiteral(s.empty))})
	return out
}
