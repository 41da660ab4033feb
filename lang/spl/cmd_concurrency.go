package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "concurrency", doc: "Counts the events that are under way when an event begins, itself among them.",
	parse: func(a *args) stage {
		s := &concurrencyStage{start: value{text: "_time"}, output: "concurrency"}
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option("duration", "start", "output")
			switch {
			case ok && name == "duration":
				s.duration = v
			case ok && name == "start":
				s.start = v
			case ok:
				s.output = v.text
			case a.unknownOption("duration", "start", "output"):
			default:
				a.rest()
			}
		}
		if s.duration.text == "" {
			a.errorf(a.here(), "spl-concurrency", "concurrency needs duration=, a field with seconds")
			return nil
		}
		return s
	},
})

type concurrencyStage struct {
	start, duration value
	output          string
}

func (s *concurrencyStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	start := apply("spl_number", l.field(out, s.start.text, s.start.span))
	duration := apply("spl_number", l.field(out, s.duration.text, s.duration.span))
	c := l.column("concurrency", schema.Any)
	kernel := (&aggregation{lowering: l}).kernel("spl_concurrency", start, duration)
	out.node = &plan.Window{Input: out.node, OrderBy: []plan.Key{{Value: start}}, Out: []plan.WindowFunc{{Column: c, Func: kernel.Func, Args: kernel.Args}}}
	out.set(s.output, &plan.Ref{Column: c})
	return out
}
