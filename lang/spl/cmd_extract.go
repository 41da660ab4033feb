package spl

import (
	"goshawk/plan"
)

var extractOptions = []string{"pairdelim", "kvdelim", "auto", "limit", "maxchars", "mv_add", "clean_keys", "reload", "segment"}

var _ = define(spec{
	name: "extract", aliases: []string{"kv"}, doc: "Extracts fields from pairs of names and values in the text of an event.",
	parse: func(a *args) stage {
		var between, assign string
		clean, several := true, false
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option(extractOptions...)
			if !ok {
				if a.unknownOption(extractOptions...) {
					continue
				}
				v, ok := a.value()
				if !ok {
					break
				}
				a.errorf(v.span, "spl-extract", "extractions that are configured by name, such as %s, are not known here", clip(v.text)).Hint = "tell the separators with pairdelim= and kvdelim="
				return nil
			}
			switch name {
			case "pairdelim":
				between = v.text
			case "kvdelim":
				assign = v.text
			case "mv_add":
				several = a.yes(v)
			case "clean_keys":
				clean = a.yes(v)
			case "limit", "maxchars": // caps of the original, which are off here
				a.count(v)
			case "auto":
				if !a.yes(v) {
					a.errorf(v.span, "spl-option", "extract auto=false uses configured extractions, which are not known here")
				}
			}
		}
		a.rest()
		return &foundStage{"extract", value{text: "_raw"}, func(subject plan.Expr) plan.Expr {
			return apply("spl_extract", subject, textLiteral(between), textLiteral(assign), boolLiteral(clean), boolLiteral(several))
		}}
	},
})
