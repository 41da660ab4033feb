package spl

import (
	"goshawk/plan"
)

var _ = define(spec{
	name: "fromjson", doc: "Makes the members of a JSON object fields.",
	parse: func(a *args) stage {
		prefix, field := "", value{}
		for !a.done() {
			if _, v, ok := a.option("prefix"); ok {
				prefix = v.text
				continue
			}
			if field.span.End > 0 || a.unknownOption("prefix") {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			field = v
		}
		a.rest()
		if field.text == "" {
			a.errorf(a.here(), "spl-fromjson", "fromjson needs a field")
			return nil
		}
		return &foundStage{"fromjson", field, func(subject plan.Expr) plan.Expr { return apply("spl_from_json", subject, textLiteral(prefix)) }}
	},
})
