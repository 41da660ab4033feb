package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "replace", doc: "Replaces values of fields by others; * stands for any characters in both.",
	parse: func(a *args) stage {
		s := &replaceStage{}
		for a.commas(); !a.done(); a.commas() {
			if len(s.pairs) > 0 && a.keyword("in") {
				s.fields = a.names()
				if len(s.fields) == 0 {
					a.errorf(a.here(), "spl-replace", "a field must stand behind in")
				}
				break
			}
			from, ok := a.value()
			if !ok || !a.keyword("with") {
				a.errorf(a.here(), "spl-replace", "replace needs values written as: old WITH new, and IN fields behind them")
				return nil
			}
			to, ok := a.value()
			if !ok {
				a.errorf(a.here(), "spl-replace", "a value must stand behind with")
				return nil
			}
			if stars := strings.Count(to.text, "*"); stars > 0 && stars != strings.Count(from.text, "*") {
				a.errorf(to.span, "spl-replace", "%s and %s do not hold the same number of wildcards", clip(from.text), clip(to.text))
			}
			s.pairs = append(s.pairs, textLiteral(from.text), textLiteral(to.text))
		}
		a.rest()
		if len(s.pairs) == 0 {
			a.errorf(a.here(), "spl-replace", "replace needs values written as: old WITH new")
			return nil
		}
		return s
	},
})

type replaceStage struct {
	pairs  []plan.Expr
	fields []value
}

func (s *replaceStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	replaced := func(e plan.Expr) plan.Expr {
		return apply("spl_replace_value", append([]plan.Expr{e}, s.pairs...)...)
	}
	names := l.chosen(out, s.fields)
	var values []assignment
	for _, name := range names {
		if e, ok := l.find(out, name); ok {
			values = append(values, assignment{name, schema.Any, replaced(e)})
		}
	}
	if len(s.fields) == 0 || starredNames(s.fields) {
		l.changeOthers(out, s.fields, nil, replaced)
	}
	l.compute(out, values...)
	return out
}
