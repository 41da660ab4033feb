package spl

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "makecontinuous", doc: "Puts a field, _time unless told, into bins, and adds rows for the bins that have none.",
	parse: func(a *args) stage {
		s := &makecontinuousStage{field: value{text: "_time"}}
		for a.commas(); !a.done(); a.commas() {
			if s.option(a) {
				continue
			}
			if s.field.span.End > 0 || a.unknownOption(binOptions...) {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.field = v
		}
		a.rest()
		if s.span.text == "" {
			a.errorf(a.here(), "spl-makecontinuous", "makecontinuous is run with a span only").Hint = "write span=1h, or how far the rows are to be apart"
			return nil
		}
		return s
	},
})

type makecontinuousStage struct {
	field value
	binning
}

func (s *makecontinuousStage) lower(l *lowering, in *relation) *relation {
	rows := in.clone()
	name := s.field.text
	e := l.field(rows, name, s.field.span)
	time := name == "_time"
	n, number := event.Number(s.span.text)
	var binned plan.Expr
	if number && !time {
		size := plan.Expr(&plan.Literal{Value: n})
		binned = apply("spl_multiply", apply("spl_floor", apply("spl_divide", e, size)), size)
	} else if binned = s.bin(l, rows, e, true); binned == nil {
		return nil
	}
	l.compute(rows, assignment{name, schema.Any, binned})
	rows = l.close(rows)
	x := rows.fields.of(name)
	// The bins from the first to the last, those that rows are in left out.
	ends := &plan.Aggregate{Input: rows.node}
	end := func(aggregate string) *plan.Ref {
		agg := (&aggregation{lowering: l}).kernel(aggregate, x)
		agg.Column = l.column(aggregate, schema.Any)
		ends.Aggs = append(ends.Aggs, agg)
		return &plan.Ref{Column: agg.Column}
	}
	first, last := end("min"), end("max")
	places := apply("list_range", first, last, &plan.Literal{Value: n})
	if !number || time {
		span := s.span
		if number {
			span.text += "s"
		}
		text, ok := s.timeSpan(l, span)
		if !ok {
			return nil
		}
		places = apply("spl_time_spans", first, last, textLiteral(text))
	}
	c := l.column(name, schema.Any)
	bins := &plan.Expand{Input: ends, Lists: []plan.Assign{{Column: c, Value: places}}, Limit: -1}
	only := &plan.Project{Input: bins, Out: []plan.Assign{{Column: l.column(name, schema.Any), Value: &plan.Ref{Column: c}}}}
	missing := &plan.Join{Left: only, Right: rows.node, Kind: plan.LeftAnti, Keys: []plan.JoinKey{{Left: &plan.Ref{Column: only.Out[0].Column}, Right: x}}}
	missing.Out = []plan.Assign{{Column: l.column(name, schema.Any), Value: &plan.Ref{Column: only.Out[0].Column}}}
	added := &relation{node: missing}
	added.set(name, &plan.Ref{Column: missing.Out[0].Column})
	out := l.unite("makecontinuous", rows, added)
	if out == nil {
		return nil
	}
	out.node = &plan.Sort{Input: out.node, Keys: []plan.Key{{Value: out.fields.of(name)}}, Limit: -1}
	out.arranged = true
	return out
}
