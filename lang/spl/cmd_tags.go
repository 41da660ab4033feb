package spl

import (
	"goshawk/schema"
)

var _ = define(spec{
	name: "tags", doc: "Shows the tags of the event types in a field, tag unless told.",
	parse: func(a *args) stage {
		s := &tagsStage{output: "tag"}
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option("outputfield", "inclname", "inclvalue", "allowed_tags")
			switch {
			case ok && name == "outputfield":
				s.output = v.text
			case ok && name == "allowed_tags":
				a.errorf(v.span, "spl-option", "tags allowed_tags is not run")
			case ok:
				if a.yes(v) {
					a.errorf(v.span, "spl-option", "tags %s=true is not run", name)
				}
			default:
				v, ok := a.value()
				if !ok {
					a.rest()
					continue
				}
				if v.text != "eventtype" {
					a.errorf(v.span, "spl-tags", "only event types have tags here, not values of %s", clip(v.text))
				}
			}
		}
		return s
	},
})

type tagsStage struct{ output string }

func (s *tagsStage) lower(l *lowering, in *relation) *relation {
	if s.output == "tag" {
		return in
	}
	out := in.clone()
	e, _ := l.find(out, "tag")
	l.compute(out, assignment{s.output, schema.Any, e})
	return out
}
