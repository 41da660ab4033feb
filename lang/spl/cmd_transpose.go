package spl

import (
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "transpose", doc: "Makes rows columns.",
	parse: func(a *args) stage {
		s := &transposeStage{rows: 5, column: "column"}
		for !a.done() {
			name, v, ok := a.option("column_name", "header_field", "include_empty")
			if !ok {
				if a.unknownOption("column_name", "header_field", "include_empty") {
					return nil
				}
				n, isWord := a.value()
				if !isWord {
					break
				}
				s.rows = a.count(n)
				continue
			}
			switch name {
			case "column_name":
				s.column = v.text
			case "header_field":
				s.header = &v
			}
		}
		a.rest()
		return s
	},
})

type transposeStage struct {
	rows   int64 // 0: all
	column string
	header *value
}

func (s *transposeStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	l.arrange(r)
	l.everything(r)
	number := l.column("row", schema.Long)
	r.node = &plan.Window{Input: r.node, Frame: plan.Frame{Preceding: -1}, Out: []plan.WindowFunc{{Column: number, Func: fn.AggregateByName("row_number")}}}
	if s.rows > 0 {
		r.node = &plan.Limit{Input: r.node, Count: s.rows}
	}
	row := plan.Expr(&plan.Ref{Column: number})
	title := apply("spl_concat", textLiteral("row "), row)
	stay := []assignment{{"\x00row", schema.Any, row}, {"\x00title", schema.Any, title}}
	if s.header != nil {
		stay[1].value = apply("spl_text", l.field(r, s.header.text, s.header.span))
		r.remove(s.header.text)
	}
	out := l.unpivot(r, stay, "\x00name", "\x00value", "transpose")
	return l.pivot(out.node, []key{{s.column, out.fields.of("\x00name")}}, []cell{{out.fields.of("\x00title"), out.fields.of("\x00value")}}, null(), "transpose")
}
