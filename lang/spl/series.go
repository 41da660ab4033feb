package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

// Tables whose columns are values: chart, timechart, xyseries, transpose. Rows are first grouped by what will be the row and what
// will be the column; then the cells of a row become one object, whose fields are the columns.

// pivot puts the cells of equal rows together. Each given row holds its keys, the name of a column and the value of the cell; the
// result has one row for each tuple of keys, in the order of their first rows, and all columns in each, fill where there is no
// cell.
func (l *lowering) pivot(node plan.Node, keys []key, cells []cell, fill plan.Expr, by string) *relation {
	names := l.column("series", schema.Any)
	collect := &plan.Window{Input: node, Frame: plan.Frame{Preceding: -1, Following: -1}}
	var args, parts []plan.Expr
	for _, c := range cells {
		parts = append(parts, c.name)
		args = append(args, c.name, c.value)
	}
	values := (&aggregation{lowering: l}).kernel("spl_series", parts...)
	collect.Out = []plan.WindowFunc{{Column: names, Func: values.Func, Args: values.Args}}
	group := &plan.Aggregate{Input: collect}
	for _, k := range keys {
		group.By = append(group.By, plan.Assign{Column: l.column(k.name, schema.Any), Value: k.x})
	}
	bag, series := l.column("cells", schema.Dynamic), l.column("series", schema.Any)
	a := (&aggregation{lowering: l}).kernel("make_bag", apply("object", args...))
	a.Column = bag
	s := (&aggregation{lowering: l}).kernel("first", &plan.Ref{Column: names})
	s.Column = series
	group.Aggs = []plan.Agg{a, s}
	star := l.column("*", schema.Dynamic)
	p := &plan.Project{Input: group}
	out := &relation{by: by}
	for i, k := range keys {
		c := l.column(k.name, schema.Any)
		p.Out = append(p.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: group.By[i].Column}})
		out.set(k.name, &plan.Ref{Column: c})
	}
	p.Out = append(p.Out, plan.Assign{Column: star, Value: apply("spl_row", &plan.Ref{Column: bag}, &plan.Ref{Column: series}, fill)})
	out.node, out.star = p, &plan.Ref{Column: star}
	return out
}

// cell is a value with the name of its column.
type cell struct{ name, value plan.Expr }

// chartStage is chart or timechart.
type chartStage struct {
	list      []measure
	over      *value // chart: the rows; nil: one row
	split     *value // the columns; nil: the aggregates
	time      bool   // timechart
	span      value
	overSpan  value
	limit     int64
	useOther  bool
	useNull   bool
	other     string
	null      string
	separator string
	cont      bool
	at        diag.Span
}

var chartOptions = []string{"limit", "useother", "usenull", "otherstr", "nullstr", "sep", "format", "cont", "agg", "span", "bins", "fixedrange", "partial", "minspan", "aligntime", "start", "end", "dedup_splitvals", "allnum"}

// options reads the options of chart and timechart.
func (s *chartStage) options(a *args) bool {
	for {
		name, v, ok := a.option(chartOptions...)
		if !ok {
			return !a.unknownOption(chartOptions...)
		}
		switch name {
		case "limit":
			v.text = strings.TrimPrefix(strings.TrimPrefix(v.text, "top"), "=")
			s.limit = a.count(v)
		case "useother":
			s.useOther = a.yes(v)
		case "usenull":
			s.useNull = a.yes(v)
		case "otherstr":
			s.other = v.text
		case "nullstr":
			s.null = v.text
		case "sep":
			s.separator = v.text
		case "cont":
			s.cont = a.yes(v)
		case "span":
			s.span = v
		case "fixedrange", "partial", "dedup_splitvals", "allnum":
		default:
			a.errorf(v.span, "spl-option", "%s %s= is not run", a.command.name, name)
			return false
		}
	}
}

func newChart() *chartStage {
	return &chartStage{limit: 10, useOther: true, useNull: true, other: "OTHER", null: "NULL", separator: ": ", cont: true}
}

var _ = define(spec{
	name: "chart", aliases: []string{"sichart"}, doc: "Makes a table of aggregates, with the values of one field as rows and those of another as columns.",
	parse: func(a *args) stage {
		s := newChart()
		s.at = a.here()
		if !s.options(a) {
			return nil
		}
		s.list = a.measures(append([]string{"over", "by"}, chartOptions...)...)
		if a.keyword("over") {
			v, ok := a.value()
			if !ok {
				a.errorf(a.here(), "spl-by", "a field must stand behind over")
				return nil
			}
			s.over = &v
			if !s.options(a) {
				return nil
			}
			s.overSpan, s.span = s.span, value{}
		}
		if a.keyword("by") {
			for a.commas(); !a.done(); a.commas() {
				v, ok := a.value()
				if !ok {
					break
				}
				if s.over == nil {
					s.over = &v
					if !s.options(a) {
						return nil
					}
					s.overSpan, s.span = s.span, value{}
					continue
				}
				s.split = &v
				break
			}
		}
		if !s.options(a) {
			return nil
		}
		a.rest()
		if len(s.list) == 0 || s.over == nil {
			a.errorf(s.at, "spl-chart", "chart needs an aggregate, and over or by with a field")
			return nil
		}
		return s
	},
})

var _ = define(spec{
	name: "timechart", aliases: []string{"sitimechart"}, doc: "Makes a table of aggregates for spans of time, with the values of a field as columns.",
	parse: func(a *args) stage {
		s := newChart()
		s.time = true
		s.at = a.here()
		if !s.options(a) {
			return nil
		}
		s.list = a.measures(append([]string{"by"}, chartOptions...)...)
		if !s.options(a) {
			return nil
		}
		if a.keyword("by") {
			v, ok := a.value()
			if !ok {
				a.errorf(a.here(), "spl-by", "a field must stand behind by")
				return nil
			}
			s.split = &v
		}
		if !s.options(a) {
			return nil
		}
		a.rest()
		if len(s.list) == 0 {
			a.errorf(s.at, "spl-chart", "timechart needs an aggregate such as count")
			return nil
		}
		if s.span.text == "" {
			a.errorf(s.at, "spl-chart", "timechart needs a span").Hint = "write span=1h: the original chooses one by the time that is searched, which is not fixed here"
			return nil
		}
		return s
	},
})

func (s *chartStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	var rows key
	if s.time {
		l.bucketTime(r, s.span)
		rows = key{"_time", l.field(r, "_time", s.at)}
	} else {
		rows = key{s.over.text, l.field(r, s.over.text, s.over.span)}
		if s.overSpan.text != "" {
			if s.over.text == "_time" {
				l.bucketTime(r, s.overSpan)
				rows.x = r.fields.of("_time")
			} else {
				rows.x = apply("spl_bin_range", rows.x, textLiteral(s.overSpan.text))
			}
		}
	}
	r.set(rows.name, rows.x)
	if s.split == nil {
		out := l.aggregate(r, s.list, []key{rows}, "chart")
		if out != nil && s.time && s.cont {
			out = s.continuous(l, out)
		}
		return out
	}
	split := l.field(r, s.split.text, s.split.span)
	series := apply("spl_text", split)
	if s.useNull {
		series = apply("coalesce", series, textLiteral(s.null))
	}
	r.set("\x00series", series)
	if s.limit > 0 {
		if r = s.ranked(l, r); r == nil {
			return nil
		}
	}
	out := l.aggregate(r, s.list, []key{{rows.name, r.fields.of(rows.name)}, {"\x00series", r.fields.of("\x00series")}}, "chart")
	if out == nil {
		return nil
	}
	var cells []cell
	for _, m := range s.list {
		name := out.fields.of("\x00series")
		if len(s.list) > 1 {
			name = apply("spl_concat", textLiteral(m.as+s.separator), name)
		}
		cells = append(cells, cell{name, out.fields.of(m.as)})
	}
	fill := null()
	if len(s.list) == 1 && (s.list[0].name == "count" || s.list[0].name == "c" || s.list[0].name == "dc" || s.list[0].name == "distinct_count") {
		fill = intLiteral(0)
	}
	out = l.pivot(out.node, []key{{rows.name, out.fields.of(rows.name)}}, cells, fill, "chart")
	if s.time && s.cont {
		out = s.continuous(l, out)
	}
	return out
}

// ranked gives all series but the greatest a common name.
func (s *chartStage) ranked(l *lowering, r *relation) *relation {
	totals := l.aggregate(r.clone(), s.list[:1], []key{{"\x00series", r.fields.of("\x00series")}}, "chart")
	if totals == nil {
		return nil
	}
	top := &plan.Sort{Input: totals.node, Limit: s.limit, Keys: []plan.Key{
		{Value: apply("spl_number", totals.fields.of(s.list[0].as)), Descending: true}, {Value: totals.fields.of("\x00series")}}}
	l.everything(r)
	mark := l.column("top", schema.Any)
	known := l.column("series", schema.Any)
	right := &plan.Project{Input: top, Out: []plan.Assign{{Column: known, Value: totals.fields.of("\x00series")}}}
	join := &plan.Join{Left: r.node, Right: right, Kind: plan.LeftOuter, FirstRight: true,
		Keys: []plan.JoinKey{{Left: r.fields.of("\x00series"), Right: &plan.Ref{Column: known}}}}
	for _, c := range r.node.Columns() {
		join.Out = append(join.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
	join.Out = append(join.Out, plan.Assign{Column: mark, Value: &plan.Ref{Column: known}})
	r.node = join
	if s.useOther {
		series := r.fields.of("\x00series")
		r.set("\x00series", &plan.Case{Arms: []plan.Arm{
			{When: &plan.Not{X: &plan.IsNull{X: &plan.Ref{Column: mark}}}, Then: series},
			{When: &plan.Not{X: &plan.IsNull{X: series}}, Then: textLiteral(s.other)},
		}})
	} else {
		r.set("\x00series", &plan.Ref{Column: mark})
	}
	return r
}

// continuous adds rows for the spans of time in which there were no events, between the first and the last.
func (s *chartStage) continuous(l *lowering, in *relation) *relation {
	step, ok := timeSpan(s.span.text)
	if !ok {
		return in
	}
	rows := l.close(in)
	times := rows.fields.of("_time")
	bounds := &plan.Aggregate{Input: rows.node}
	first := (&aggregation{lowering: l}).kernel("min", times)
	first.Column = l.column("first", schema.Any)
	last := (&aggregation{lowering: l}).kernel("max", times)
	last.Column = l.column("last", schema.Any)
	bounds.Aggs = []plan.Agg{first, last}
	each := l.column("_time", schema.Any)
	spans := &plan.Expand{Input: bounds, Limit: -1, Lists: []plan.Assign{{Column: each, Value: apply("spl_time_spans", &plan.Ref{Column: first.Column}, &plan.Ref{Column: last.Column}, textLiteral(step))}}}
	join := &plan.Join{Left: spans, Right: rows.node, Kind: plan.LeftOuter, FirstRight: true, Keys: []plan.JoinKey{{Left: &plan.Ref{Column: each}, Right: times}}}
	out := &relation{by: "timechart"}
	for _, name := range rows.names {
		c := l.column(name, schema.Any)
		value := rows.fields.of(name)
		if name == "_time" {
			value = &plan.Ref{Column: each}
		} else if m := s.measureOf(name); m != nil && zeroWithout(m.name) {
			value = apply("coalesce", value, intLiteral(0))
		}
		join.Out = append(join.Out, plan.Assign{Column: c, Value: value})
		out.set(name, &plan.Ref{Column: c})
	}
	if rows.star != nil {
		c := l.column("*", schema.Dynamic)
		join.Out = append(join.Out, plan.Assign{Column: c, Value: rows.star})
		out.star = &plan.Ref{Column: c}
	}
	out.node = join
	return out
}

func (s *chartStage) measureOf(name string) *measure {
	for i := range s.list {
		if s.list[i].as == name {
			return &s.list[i]
		}
	}
	return nil
}

// zeroWithout says whether an aggregate of no rows is 0.
func zeroWithout(name string) bool {
	switch name {
	case "count", "c", "dc", "distinct_count":
		return true
	}
	return false
}
