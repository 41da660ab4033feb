package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// mstats reads metrics. A metric is an event with a value of a name: metric_name:<name> in one field, for any number of metrics,
// or the name in metric_name and the value in _value; an event with neither has its numbers as metrics under their own names. Each
// such value is a point, a row with the fields metric_name and _value beside those of the event.

var _ = define(spec{
	name: "mstats", doc: "Computes aggregates over metrics.", generates: true,
	parse: func(a *args) stage {
		s := &mstatsStage{at: a.nameAt()}
		s.options(a)
		s.list = a.measures("where", "by", "groupby", "span", "from")
		if len(s.list) == 0 && !a.list.Failed() {
			a.errorf(a.here(), "spl-stats", "mstats needs an aggregate such as avg(cpu.usage)")
			return nil
		}
		for !a.done() {
			switch {
			case a.keyword("where"):
				s.where = a.search("by", "groupby", "span")
			case a.keyword("by", "groupby"):
				s.by = append(s.by, s.groups(a)...)
			default:
				if !s.tail(a) {
					a.rest()
				}
			}
		}
		for _, m := range s.list {
			if m.x != nil {
				a.errorf(m.at, "spl-mstats", "mstats takes the names of metrics, no expressions")
			} else if m.field.text == "" {
				a.errorf(m.at, "spl-mstats", "%s needs the name of a metric in brackets", m.name).Hint = "write " + m.name + "(_value) for all metrics"
			}
		}
		return s
	},
})

type mstatsStage struct {
	at    diag.Span
	list  []measure
	where condition
	by    []value
	span  value
	fill  *string
}

var mstatsOptions = []string{"prestats", "append", "backfill", "update_period", "fillnull_value", "chart", "chart.limit", "chart.agg"}

func (s *mstatsStage) options(a *args) {
	for {
		name, v, ok := a.option(mstatsOptions...)
		if !ok {
			return
		}
		switch name {
		case "fillnull_value":
			s.fill = &v.text
		case "prestats", "append", "chart":
			if a.yes(v) {
				a.errorf(v.span, "spl-option", "mstats %s=true is not run", name).Hint = "leave it out"
			}
		}
	}
}

// tail reads span and every.
func (s *mstatsStage) tail(a *args) bool {
	name, v, ok := a.option("span", "every")
	switch {
	case !ok:
		return a.unknownOption("span")
	case name == "every":
		a.errorf(v.span, "spl-option", "mstats every= is not run").Hint = "leave it out: all spans are given"
	default:
		s.span = v
	}
	return true
}

// groups reads the fields behind by, among which a span may stand.
func (s *mstatsStage) groups(a *args) []value {
	var list []value
	for a.commas(); !a.done() && !a.is("where"); a.commas() {
		if a.is("span", "every") && s.tail(a) {
			continue
		}
		v, ok := a.value()
		if !ok {
			break
		}
		list = append(list, v)
	}
	return list
}

func (s *mstatsStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "mstats must be the first command").Hint = "use append with a subsearch to add its rows to others"
		return nil
	}
	r := l.rawEvents()
	early := !asksPoints(s.where)
	if early { // a condition on events is asked before they become points
		if r = l.searchFor(r, s.where, "mstats where"); r == nil {
			return nil
		}
		r = r.clone()
	}
	name := l.points(r, s.by)
	if !early {
		if r = l.searchFor(r, s.where, "mstats where"); r == nil {
			return nil
		}
		r = r.clone()
	}
	keys := s.keys(l, r)
	wilds := starred(s.list)
	list := make([]measure, len(s.list))
	var asked []plan.Expr
	for i, m := range s.list {
		list[i] = m
		hidden := "\x00value" + string(rune('0'+i))
		value := r.fields.of("_value")
		if m.field.text != "_value" {
			is := &plan.Match{Marked: l.mark("mstats", m.field.text, m.field.span), Subject: name, Op: plan.Equals, Patterns: []plan.Pattern{globPattern(m.field.text)}}
			asked = append(asked, is)
			value = &plan.Case{Arms: []plan.Arm{{When: is, Then: value}}}
		} else {
			asked = append(asked, boolLiteral(true))
		}
		r.fields.put(hidden, value)
		list[i].field.text = hidden
		if wilds {
			list[i].as = "\x00result" + string(rune('0'+i))
		}
	}
	r = l.filter(r, &plan.Or{List: asked})
	if !wilds {
		return l.aggregate(r, list, keys, "mstats")
	}
	return s.spread(l, r, list, keys)
}

// asksPoints says whether a condition is about single metrics, not events.
func asksPoints(c condition) bool {
	one := func(list []condition) bool {
		for _, x := range list {
			if asksPoints(x) {
				return true
			}
		}
		return false
	}
	about := func(v value) bool { return v.text == "metric_name" || v.text == "_value" }
	switch c := c.(type) {
	case *allOf:
		return one(c.list)
	case *oneOf:
		return one(c.list)
	case *noneOf:
		return asksPoints(c.x)
	case *compared:
		return about(c.field)
	case *among:
		return about(c.field)
	}
	return false
}

// points makes a row of each metric of each event and returns what its name is. The fields that rows are grouped by are none.
func (l *lowering) points(r *relation, by []value) plan.Expr {
	object := &plan.Ref{Column: r.events.column("splunk/*", schema.Dynamic)}
	args := []plan.Expr{object}
	for _, v := range by {
		args = append(args, textLiteral(v.text))
	}
	point := l.column("point", schema.Dynamic)
	r.node = &plan.Expand{Input: r.node, Lists: []plan.Assign{{Column: point, Value: apply("entries", apply("spl_metrics", args...))}}, Limit: -1}
	name := apply("get_field", &plan.Ref{Column: point}, textLiteral("name"))
	r.set("metric_name", name)
	r.set("_value", apply("get_field", &plan.Ref{Column: point}, textLiteral("value")))
	return name
}

// keys returns what points are grouped by: the time first, if there is a span.
func (s *mstatsStage) keys(l *lowering, r *relation) []key {
	by := s.by
	if s.span.text != "" {
		l.bucketTime(r, s.span)
		by = append([]value{{text: "_time", span: s.span.span}}, by...)
	}
	keys := l.keys(r, by)
	if s.fill != nil {
		for i := range keys {
			keys[i].x = apply("coalesce", keys[i].x, textLiteral(*s.fill))
		}
	}
	return keys
}

// spread computes aggregates over metrics that only the events know: for each group and metric first, then the metrics of a
// group become fields of one row.
func (s *mstatsStage) spread(l *lowering, r *relation, list []measure, keys []key) *relation {
	const metric = "\x00metric"
	inner := l.aggregate(r, list, append(append([]key(nil), keys...), key{metric, r.fields.of("metric_name")}), "mstats")
	if inner == nil {
		return nil
	}
	agg := &plan.Aggregate{Input: inner.node}
	out := &relation{node: agg, by: "mstats"}
	for _, k := range keys {
		c := l.column(k.name, schema.Any)
		agg.By = append(agg.By, plan.Assign{Column: c, Value: inner.fields.of(k.name)})
		out.set(k.name, &plan.Ref{Column: c})
		out.logged.put(k.name, inner.logged.of(k.name))
	}
	var objects []plan.Expr
	for i, m := range s.list {
		from, to := m.field.text, m.as
		if !strings.Contains(to, "*") {
			if strings.Contains(from, "*") {
				l.errorf(m.at, "spl-wildcard", "%s stands for several metrics, the name %s for one", from, to).Hint = "put a * into the name"
				return nil
			}
		} else if strings.HasPrefix(to, m.name+"(") {
			to = m.name + "(" + from + ")"
		}
		result := inner.fields.of(list[i].as)
		field := &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: result}}, Then: apply("object", inner.fields.of(metric), result)}}}
		c := l.column("*", schema.Dynamic)
		agg.Aggs = append(agg.Aggs, plan.Agg{Column: c, Func: fn.AggregateByName("make_bag"), Args: []plan.Expr{apply("spl_rename_fields", field, textLiteral(from), textLiteral(to))},
			Where: &plan.Match{Subject: inner.fields.of(metric), Op: plan.Equals, Patterns: []plan.Pattern{globPattern(from)}}})
		objects = append(objects, &plan.Ref{Column: c})
		if !strings.Contains(from, "*") {
			out.set(to, apply("get_field", &plan.Ref{Column: c}, textLiteral(to)))
		}
	}
	out.star = apply("merge", objects...)
	return out
}
