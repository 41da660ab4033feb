package spl

import (
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "xpath", doc: "Extracts what an XPath expression finds in XML.",
	parse: func(a *args) stage {
		s := &xpathStage{field: value{text: "_raw"}, output: "xpath"}
		for !a.done() {
			if name, v, ok := a.option("outfield", "field", "default"); ok {
				switch name {
				case "outfield":
					s.output = v.text
				case "field":
					s.field = v
				case "default":
					s.otherwise = &v.text
				}
				continue
			}
			if s.path.span.End > 0 {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.path = v
		}
		a.rest()
		if s.path.text == "" {
			a.errorf(a.here(), "spl-xpath", "xpath needs an expression in quotes")
			return nil
		}
		if err := fn.CheckXPath(s.path.text); err != nil {
			a.errorf(s.path.span, "spl-xpath", "%s", err.Error()).Hint = `paths such as "//Event/EventData/Data[@Name='User']" are run`
			return nil
		}
		return s
	},
})

type xpathStage struct {
	field, path value
	output      string
	otherwise   *string
}

func (s *xpathStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	e := apply("spl_xpath", l.field(out, s.field.text, s.field.span), textLiteral(s.path.text))
	if s.otherwise != nil {
		e = apply("coalesce", e, textLiteral(*s.otherwise))
	}
	l.compute(out, assignment{s.output, schema.Any, e})
	return out
}
