package spl

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "addinfo", doc: "Adds the bounds of the search in time, and when it runs.",
	parse: func(a *args) stage {
		a.rest()
		return addinfoStage{}
	},
})

type addinfoStage struct{}

func (addinfoStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.search.TimeDependent = true
	moment := func(ticks int64, unbounded event.Value) plan.Expr {
		if ticks == 0 {
			return &plan.Literal{Value: unbounded}
		}
		return &plan.Literal{Value: event.FloatValue(secondsOf(ticks))}
	}
	earliest, latest := l.bounds()
	l.compute(out,
		assignment{"info_min_time", schema.Any, moment(earliest, event.IntValue(0))},
		assignment{"info_max_time", schema.Any, moment(latest, event.TextValue("+Infinity"))},
		assignment{"info_sid", schema.Any, textLiteral("goshawk")},
		assignment{"info_search_time", schema.Any, moment(l.env.Now, event.IntValue(0))},
	)
	return out
}
