package spl

import (
	"goshawk/schema"
)

var spathOptions = []string{"input", "output", "path"}

var _ = define(spec{
	name: "spath", doc: "Extracts fields from JSON or XML: the values at a path, or all.",
	parse: func(a *args) stage {
		s := &spathStage{input: value{text: "_raw"}}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option(spathOptions...); ok {
				switch name {
				case "input":
					s.input = v
				case "output":
					s.output = v.text
				case "path":
					s.path = v
				}
				continue
			}
			if s.path.span.End > 0 || a.unknownOption(spathOptions...) {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.path = v
		}
		a.rest()
		if s.output != "" && s.path.text == "" {
			a.errorf(a.here(), "spl-spath", "spath output= needs a path").Hint = "write path=, or the path alone"
		}
		return s
	},
})

type spathStage struct {
	input, path value
	output      string
}

func (s *spathStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	subject := l.field(out, s.input.text, s.input.span)
	if s.path.text == "" {
		l.found(out, "spath", apply("spl_spath", subject))
		return out
	}
	name := s.output
	if name == "" {
		name = s.path.text
	}
	before, _ := l.find(out, name)
	l.compute(out, assignment{name, schema.Any, apply("coalesce", apply("spl_spath_get", subject, textLiteral(s.path.text)), before)})
	return out
}
