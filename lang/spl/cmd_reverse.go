package spl

import (
	"goshawk/plan"
)

var _ = define(spec{
	name: "reverse", doc: "Turns the order of the rows round.",
	parse: func(a *args) stage {
		a.rest()
		return &reverseStage{limit: -1}
	},
})

type reverseStage struct{ limit int64 }

func (s *reverseStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	place := l.number(out, nil, nil)
	out.node = &plan.Sort{Input: out.node, Keys: []plan.Key{{Value: place, Descending: true}}, Limit: s.limit}
	return out
}
