package spl

import (
	"goshawk/plan"
)

var _ = define(spec{
	name: "uniq", doc: "Takes away rows that are in all fields as the row before.",
	parse: func(a *args) stage {
		a.rest()
		return uniqStage{}
	},
})

type uniqStage struct{}

func (uniqStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	all := l.object(out, func(string) bool { return true })
	changed := l.changes(out, []plan.Expr{all})
	out.node = &plan.Filter{Input: out.node, Where: changed}
	return out
}
