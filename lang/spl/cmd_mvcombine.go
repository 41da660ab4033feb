package spl

import (
	"maps"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "mvcombine", doc: "Puts rows that differ in one field only together, with all its values.",
	parse: func(a *args) stage {
		s := &mvcombineStage{delim: " "}
		for a.commas(); !a.done(); a.commas() {
			if _, v, ok := a.option("delim"); ok {
				s.delim = v.text
				continue
			}
			if s.field.span.End > 0 || a.unknownOption("delim") {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.field = v
		}
		a.rest()
		if s.field.text == "" {
			a.errorf(a.here(), "spl-mvcombine", "mvcombine needs a field")
			return nil
		}
		return s
	},
})

type mvcombineStage struct {
	field value
	delim string
}

func (s *mvcombineStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	l.arrange(r)
	e := l.field(r, s.field.text, s.field.span)
	rows := r.clone()
	rows.set(s.field.text, e)
	rows = l.close(rows)
	group := &plan.Aggregate{Input: rows.node}
	out := &relation{node: group, raw: in.raw, arranged: true, void: in.void, by: "mvcombine"}
	agg := (&aggregation{lowering: l}).kernel("spl_list", rows.fields.of(s.field.text))
	agg.Column = l.column(s.field.text, schema.Any)
	group.Aggs = []plan.Agg{agg}
	for _, name := range rows.names {
		if name == s.field.text {
			out.set(name, &plan.Ref{Column: agg.Column})
			continue
		}
		c := l.column(name, schema.Any)
		group.By = append(group.By, plan.Assign{Column: c, Value: rows.fields.of(name)})
		out.set(name, &plan.Ref{Column: c})
		out.logged.put(name, rows.logged.of(name))
	}
	if rows.star != nil {
		c := l.column("*", schema.Dynamic)
		group.By = append(group.By, plan.Assign{Column: c, Value: rows.star})
		out.star = &plan.Ref{Column: c}
	}
	out.delims = maps.Clone(in.delims)
	if out.delims == nil {
		out.delims = map[string]string{}
	}
	out.delims[s.field.text] = s.delim
	return out
}
