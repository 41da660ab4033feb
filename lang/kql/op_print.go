package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "print", doc: "one row of computed columns", source: true,
	parse: func(p *parser) operation {
		if list := p.namedExprs(); len(list) > 0 {
			return &printStage{list}
		}
		return nil
	},
})

type printStage struct{ list []named }

func (p *printStage) bind(b *binder, s *stage, _ *relation) *relation {
	if b.tooWide(len(p.list), s.at) {
		return nil
	}
	row := oneRow()
	made := map[string]bool{}
	for _, n := range p.list {
		for _, one := range n.names {
			made[one.text] = true
		}
	}
	var list []assigned
	for i, n := range p.list {
		v := b.expr(&context{scope: b.scope, in: row}, n.x)
		if len(v.parts) > 1 && len(n.names) != 1 {
			columns := b.partColumns(n, v, func(text string) string { return free(text, func(s string) bool { return made[s] }) })
			if named := len(n.names); named > 0 && named < len(columns) {
				columns = columns[:named]
			}
			list = append(list, columns...)
			continue
		}
		switch len(n.names) {
		case 0:
			text := free("print_"+itoa(i), func(s string) bool { return made[s] })
			made[text] = true
			list = append(list, assigned{text, v})
		case 1:
			list = append(list, assigned{n.names[0].text, v})
		default:
			list = append(list, b.several(n, v)...)
		}
	}
	out := b.project(row, list)
	out.name = "print"
	return out
}

var _ = defineOperator(operator{
	name: "datatable", doc: "rows that are written in the query", source: true,
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		d := &datatableStage{columns: p.columns()}
		if len(d.columns) == 0 {
			return nil
		}
		p.properties(func(string, diag.Span) bool { return false })
		p.expect("[")
		for !p.is("]") && p.tok.kind != end {
			x := p.expr()
			if x == nil {
				break
			}
			d.values = append(d.values, x)
			if !p.accept(",") {
				break
			}
		}
		p.expect("]")
		return d
	},
})

type datatableStage struct {
	columns []colDecl
	values  []node
}

func (d *datatableStage) bind(b *binder, s *stage, _ *relation) *relation {
	values := &plan.Values{}
	out := &relation{node: values, name: "datatable", order: true}
	for _, c := range d.columns {
		if out.find(c.name.text) != nil {
			b.errorf(c.name.span(), "duplicate-column", "KS171", "two columns are called `%s`", c.name.text)
			return nil
		}
		col := b.newColumn(c.name.text, c.typ)
		values.Out = append(values.Out, col)
		out.columns = append(out.columns, &column{name: c.name.text, typ: c.typ, col: col})
	}
	width := len(d.columns)
	if len(d.values)%width != 0 {
		b.errorf(s.at, "datatable", "", "there are %d values for rows of %d", len(d.values), width).Hint = "a row is missing some, or a comma stands too often"
		return nil
	}
	var row []event.Value
	for i, x := range d.values {
		t := d.columns[i%width].typ
		v := b.expr(&context{scope: b.scope}, x)
		if !v.bad && v.typ != t {
			v = b.cell(v, t)
		}
		k, ok := v.constant()
		if !ok && !v.bad {
			if l, folded := plan.RewriteExpr(v.exact()).(*plan.Literal); folded {
				k, ok = l.Value, true
			}
		}
		if !ok && !v.bad {
			b.errorf(x.span(), "not-constant", "KS111", "the values of a datatable are constants")
		}
		if k.IsNull() {
			k = emptyOf(t).Value
		}
		if row = append(row, k); len(row) == width {
			values.Rows = append(values.Rows, row)
			row = nil
		}
	}
	return out
}

// cell fits a constant to a column of a datatable: a text is read as what the column is.
func (b *binder) cell(v value, t schema.Type) value {
	if isNullLiteral(v) {
		return literalValue(emptyOf(t).Value, t)
	}
	return v.to(t)
}
