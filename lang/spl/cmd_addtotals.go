package spl

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "addtotals", doc: "Adds the sum of a row's numbers to it, and with col=t a row with the sum of each column.",
	parse: parseTotals(&totalsStage{row: true, fieldname: "Total"}),
})

var _ = define(spec{
	name: "addcoltotals", doc: "Adds a row with the sum of each column.",
	parse: parseTotals(&totalsStage{col: true, fieldname: "Total"}),
})

type totalsStage struct {
	row, col                     bool
	fieldname, labelfield, label string
	names                        []value
}

func parseTotals(defaults *totalsStage) func(a *args) stage {
	return func(a *args) stage {
		s := *defaults
		s.label = "Total"
		for !a.done() {
			name, v, ok := a.option("row", "col", "fieldname", "labelfield", "label")
			if !ok {
				if a.unknownOption("row", "col", "fieldname", "labelfield", "label") {
					continue
				}
				break
			}
			switch name {
			case "row":
				s.row = a.yes(v)
			case "col":
				s.col = a.yes(v)
			case "fieldname":
				s.fieldname = v.text
			case "labelfield":
				s.labelfield = v.text
			case "label":
				s.label = v.text
			}
		}
		s.names = a.names()
		a.rest()
		return &s
	}
}

func (s *totalsStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	if s.col || len(s.names) == 0 || slices.ContainsFunc(s.names, func(v value) bool { return strings.Contains(v.text, "*") }) {
		l.everything(out)
	}
	var names []string
	if len(s.names) == 0 {
		names = out.matching("*")
	}
	for _, v := range s.names {
		if !strings.Contains(v.text, "*") {
			l.field(out, v.text, v.span)
		}
		names = append(names, out.matching(v.text)...)
	}
	var chosen []string
	for _, name := range names {
		if !strings.HasPrefix(name, "_") {
			chosen = append(chosen, name)
		}
	}
	if s.row {
		sum := apply("spl_row_total", s.values(out, chosen)...)
		l.compute(out, assignment{s.fieldname, schema.Any, sum})
		if s.col && len(s.names) == 0 {
			chosen = append(chosen, s.fieldname)
		}
	}
	if !s.col {
		return out
	}
	return s.total(l, out, chosen)
}

// values returns the fields of a row that are added up, those that only the rows know among them.
func (s *totalsStage) values(r *relation, names []string) []plan.Expr {
	list := []plan.Expr{}
	for _, name := range names {
		list = append(list, r.fields.of(name))
	}
	if r.star != nil && len(s.names) == 0 {
		list = append(list, r.star)
	}
	return list
}

// total adds the row of sums.
func (s *totalsStage) total(l *lowering, in *relation, names []string) *relation {
	rows := l.close(in)
	if rows.star != nil {
		l.errorf(diag.Span{}, "spl-wildcard", "columns that are not known before the search runs cannot be added up")
		return nil
	}
	sums := &plan.Aggregate{Input: rows.node}
	of := map[string]*plan.Column{}
	for _, name := range names {
		agg, _ := aggregators["sum"].lower(&aggregation{lowering: l, name: "sum", arg: rows.fields.of(name), time: null()})
		agg.Column = l.column(name, schema.Any)
		of[name] = agg.Column
		sums.Aggs = append(sums.Aggs, agg)
	}
	union := &plan.Union{Ins: []plan.Node{rows.node, nil}, From: [][]*plan.Column{nil, nil}}
	label := &plan.Project{Input: sums}
	if s.labelfield != "" && !rows.has(s.labelfield) {
		c := l.column(s.labelfield, schema.Any)
		rows.node = &plan.Project{Input: rows.node, Extend: true, Out: []plan.Assign{{Column: c, Value: null()}}}
		rows.set(s.labelfield, &plan.Ref{Column: c})
		union.Ins[0] = rows.node
	}
	for _, name := range append(append([]string(nil), rows.names...), "*") {
		var from plan.Expr = rows.fields.of(name)
		if name == "*" {
			from = rows.star
		}
		ref, ok := from.(*plan.Ref)
		if !ok {
			continue
		}
		var sum *plan.Column
		if name == s.labelfield {
			sum = l.column(name, schema.Any)
			label.Out = append(label.Out, plan.Assign{Column: sum, Value: textLiteral(s.label)})
		} else if c := of[name]; c != nil {
			sum = l.column(name, schema.Any)
			label.Out = append(label.Out, plan.Assign{Column: sum, Value: &plan.Ref{Column: c}})
		}
		union.Out = append(union.Out, &plan.Column{Name: name, Type: schema.Any})
		union.From[0] = append(union.From[0], ref.Column)
		union.From[1] = append(union.From[1], sum)
	}
	union.Ins[1] = label
	out := fixed(union, "addtotals")
	if c := out.fields.of("*"); c != nil {
		out.remove("*")
		out.star = c
	}
	return out
}
