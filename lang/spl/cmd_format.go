package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "format", doc: "Makes one search condition of all rows.",
	parse: func(a *args) stage {
		s := &formatStage{at: a.nameAt(), form: searchForm, several: "OR", empty: "NOT( )"}
		known := []string{"mvsep", "maxresults", "emptystr"}
		var texts []string
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "mvsep":
				s.several, s.changed = v.text, true
			case ok && name == "maxresults":
				s.most = a.count(v)
			case ok:
				s.empty, s.changed = v.text, true
			case a.unknownOption(known...):
			case a.peek() == '"':
				v, _ = a.value()
				texts = append(texts, v.text)
			default:
				a.rest()
			}
		}
		switch len(texts) {
		case 0:
		case 6:
			s.form, s.changed = [6]string(texts), true
		default:
			a.errorf(s.at, "spl-format", "format takes no texts or all six of them: around all rows, a row, between fields, behind a row, between rows, behind all")
			return nil
		}
		return s
	},
})

// searchForm are the texts around and between what makes a condition: in front of all rows, in front of a row, between its
// fields, behind it, between rows, behind all.
var searchForm = [6]string{"(", "(", "AND", ")", "OR", ")"}

type formatStage struct {
	at             diag.Span
	form           [6]string
	several, empty string
	most           int64
	changed        bool // it is not the form that a search takes its conditions in
}

func (s *formatStage) lower(l *lowering, in *relation) *relation {
	in = l.limited(in, s.most)
	if l.asked > 0 && l.asked == l.nested { // the rows become just that
		if s.changed {
			l.errorf(s.at, "spl-format", "a condition of another form is not run").Hint = "leave the texts out"
			return nil
		}
		return in
	}
	r := in.clone()
	l.arrange(r)
	if !r.exact() {
		l.errorf(s.at, "spl-format", "which fields the rows have is not known before the search runs").Hint = "put table or fields in front"
		return nil
	}
	var terms []plan.Expr
	for _, name := range r.names {
		if !strings.HasPrefix(name, "_") {
			terms = append(terms, searchTerm(name, r.fields.of(name), s.several))
		}
	}
	f := s.form
	row := apply("concat", textLiteral(f[1]+" "), apply("join", apply("list", terms...), textLiteral(" "+f[2]+" ")), textLiteral(" "+f[3]))
	return l.condition(r, row, [3]string{f[0] + " ", " " + f[4] + " ", " " + f[5]}, s.empty, "format")
}

// searchTerm is the condition that a field has a value; null where it has none. The values of the fields search and query are
// conditions as they are.
func searchTerm(name string, value plan.Expr, several string) plan.Expr {
	if name == "search" || name == "query" {
		name = ""
	}
	return apply("spl_search_term", textLiteral(name), value, textLiteral(several))
}

// condition makes one row of the texts of all rows: the field search.
func (l *lowering) condition(r *relation, row plan.Expr, around [3]string, empty, by string) *relation {
	rows := l.column("rows", schema.Dynamic)
	all := &plan.Ref{Column: rows}
	agg := &plan.Aggregate{Input: r.node, Aggs: []plan.Agg{{Column: rows, Func: fn.AggregateByName("make_list"), Args: []plan.Expr{row}}}}
	out := &relation{node: agg, by: by}
	text := apply("concat", textLiteral(around[0]), apply("join", all, textLiteral(around[1])), textLiteral(around[2]))
	none := apply("is_empty", apply("join", all, textLiteral("")))
	l.compute(out, assignment{"search", schema.Any, &plan.Case{Arms: []plan.Arm{{When: none, Then: textLiteral(empty)}}, Else: text}})
	return out
}
