package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "top", doc: "Shows the most frequent values of fields, with their counts and percentages.",
	parse: func(a *args) stage { return a.top(true) },
})

var _ = define(spec{
	name: "rare", doc: "Shows the least frequent values of fields, with their counts and percentages.",
	parse: func(a *args) stage { return a.top(false) },
})

type topStage struct {
	command             string
	most                bool // the most frequent, not the least
	limit               int64
	fields, by          []value
	count, percent      string // their names
	showCount, showPerc bool
	useOther            bool
	other               string
}

var topOptions = []string{"countfield", "limit", "otherstr", "percentfield", "showcount", "showperc", "useother"}

// top reads what stands behind top or rare.
func (a *args) top(most bool) stage {
	s := &topStage{command: a.command.name, most: most, limit: 10, count: "count", percent: "percent", showCount: true, showPerc: true, other: "OTHER"}
	if isDigit(a.peek()) {
		back := a.pos
		v, _ := a.value()
		if strings.Trim(v.text, "0123456789") == "" {
			s.limit = a.count(v)
		} else {
			a.pos = back
		}
	}
	list := &s.fields
	for a.commas(); !a.done(); a.commas() {
		if name, v, ok := a.option(topOptions...); ok {
			switch name {
			case "countfield":
				s.count = v.text
			case "limit":
				s.limit = a.count(v)
			case "otherstr":
				s.other = v.text
			case "percentfield":
				s.percent = v.text
			case "showcount":
				s.showCount = a.yes(v)
			case "showperc":
				s.showPerc = a.yes(v)
			case "useother":
				s.useOther = a.yes(v)
			}
			continue
		}
		if list == &s.fields && a.keyword("by") {
			list = &s.by
			continue
		}
		if a.unknownOption(topOptions...) {
			continue
		}
		v, ok := a.value()
		if !ok {
			break
		}
		if strings.Contains(v.text, "*") {
			a.errorf(v.span, "spl-wildcard", "%s takes no wildcards", a.command.name)
		}
		*list = append(*list, v)
	}
	a.rest()
	if len(s.fields) == 0 || list == &s.by && len(s.by) == 0 {
		a.errorf(a.here(), "spl-"+a.command.name, "%s needs a field", a.command.name)
		return nil
	}
	return s
}

func (s *topStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	keys := l.keys(r, append(append([]value(nil), s.by...), s.fields...))
	grouped := l.aggregate(r, []measure{{name: "count", as: "\x00count"}}, keys, s.command)
	if grouped == nil {
		return nil
	}
	var by, names []plan.Expr
	order := []plan.Key{}
	for _, v := range s.by {
		by = append(by, grouped.fields.of(v.text))
		order = append(order, plan.Key{Value: grouped.fields.of(v.text)})
	}
	for _, v := range s.fields {
		names = append(names, grouped.fields.of(v.text))
	}
	counted := grouped.fields.of("\x00count")
	total := plan.Expr(l.over(grouped, "total", "sum", allRows, by, counted))
	order = append(order, plan.Key{Value: counted, Descending: s.most})
	grouped.node = &plan.Sort{Input: grouped.node, Keys: order, Limit: -1}
	if s.limit > 0 {
		place := l.number(grouped, by, nil)
		shown := &plan.Compare{Op: plan.LessEqual, Left: place, Right: intLiteral(s.limit)}
		if s.useOther {
			by, names, counted, total = s.others(l, grouped, shown, by, names, counted, total)
		} else {
			grouped.node = &plan.Filter{Input: grouped.node, Where: shown}
		}
	}
	out := &relation{node: grouped.node, by: s.command}
	for i, v := range s.by {
		out.set(v.text, by[i])
		out.logged.put(v.text, grouped.logged.of(v.text))
	}
	for i, v := range s.fields {
		out.set(v.text, names[i])
		out.logged.put(v.text, grouped.logged.of(v.text) && !s.useOther)
	}
	if s.showCount {
		out.set(s.count, counted)
	}
	if s.showPerc {
		share := apply("spl_divide", apply("spl_multiply", intLiteral(100), counted), total)
		l.compute(out, assignment{s.percent, schema.Any, apply("spl_printf", textLiteral("%.6f"), share)})
	}
	return out
}

// others puts the rows that are not shown together, one row for each group.
func (s *topStage) others(l *lowering, r *relation, shown plan.Expr, by, names []plan.Expr, count, total plan.Expr) (b, n []plan.Expr, c, t plan.Expr) {
	group := &plan.Aggregate{Input: r.node}
	key := func(name string, e plan.Expr) *plan.Ref {
		column := l.column(name, schema.Any)
		group.By = append(group.By, plan.Assign{Column: column, Value: e})
		return &plan.Ref{Column: column}
	}
	for i, e := range by {
		b = append(b, key(s.by[i].text, e))
	}
	key("shown", &plan.Case{Arms: []plan.Arm{{When: shown, Then: boolLiteral(true)}}, Else: boolLiteral(false)})
	for i, e := range names {
		n = append(n, key(s.fields[i].text, &plan.Case{Arms: []plan.Arm{{When: shown, Then: e}}, Else: textLiteral(s.other)}))
	}
	sum := func(name, aggregate string, e plan.Expr) *plan.Ref {
		agg := (&aggregation{lowering: l}).kernel(aggregate, e)
		agg.Column = l.column(name, schema.Any)
		group.Aggs = append(group.Aggs, agg)
		return &plan.Ref{Column: agg.Column}
	}
	c, t = sum(s.count, "sum", count), sum("total", "max", total)
	r.node = group // groups come in the order of their first rows
	return b, n, c, t
}
