package spl

import (
	"goshawk/plan"
)

var _ = define(spec{
	name: "xmlkv", doc: "Extracts the elements of XML that hold only text, as fields of their names.",
	parse: func(a *args) stage {
		field := value{text: "_raw"}
		for !a.done() {
			if _, v, ok := a.option("maxinputs"); ok {
				a.count(v)
				continue
			}
			v, ok := a.value()
			if !ok || field.span.End > 0 {
				break
			}
			field = v
		}
		a.rest()
		return &foundStage{"xmlkv", field, func(subject plan.Expr) plan.Expr { return apply("spl_xmlkv", subject) }}
	},
})
