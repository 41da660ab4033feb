package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "search", doc: "the rows of tables in which any column has a text", source: true, pipes: true,
	parse: func(p *parser) operation {
		s := &searchStage{}
		p.properties(func(name string, at diag.Span) bool {
			if name == "kind" {
				s.exact = p.choice("kind of search", "default", "case_insensitive", "case_sensitive") == "case_sensitive"
				return true
			}
			return false
		})
		if p.is("in") {
			p.take()
			p.expect("(")
			p.list_(func() bool {
				leg := p.leg()
				if leg != nil {
					s.tables = append(s.tables, leg)
				}
				return leg != nil
			})
			p.expect(")")
		}
		if p.is("*") {
			m := p.mark()
			p.take()
			if p.is("|") || p.is(")") || p.is(";") || p.tok.kind == end {
				return s
			}
			p.back(m)
		}
		if s.x = p.searchPredicate(); s.x == nil {
			return nil
		}
		return s
	},
})

// searchPredicate reads a condition in which a text may stand alone and * for any column.
func (p *parser) searchPredicate() node { return p.expr() }

type searchStage struct {
	exact  bool
	tables []node
	x      node // nil: all rows
}

func (s *searchStage) bind(b *binder, st *stage, in *relation) *relation {
	var rows *relation
	b.clause = "search"
	source := &name{at: at(st.word), text: "$table"}
	switch {
	case in != nil:
		from := in.name
		rows = b.union([]*relation{in}, []string{from}, false, source)
	default:
		tables := s.tables
		if len(tables) == 0 {
			tables = []node{&name{at: at(st.word), text: "*"}}
		}
		rows = b.legs(tables, source)
	}
	if rows == nil || s.x == nil {
		return rows
	}
	out := rows.derive()
	v := b.expr(&context{scope: b.scope, in: out, search: true, exact: s.exact}, s.x)
	out.node = &plan.Filter{Input: out.node, Where: b.mustBool(v, s.x.span())}
	return out
}

// legs puts tables together, with the name of each in a column.
func (b *binder) legs(tables []node, source *name) *relation {
	var legs []*relation
	var sources []string
	for _, x := range tables {
		for _, n := range b.expandLeg(x, false) {
			r := b.rows(b.scope, n)
			if r == nil {
				return nil
			}
			text := r.name
			if text == "" {
				text = "union_arg" + itoa(len(legs))
			}
			legs = append(legs, r)
			sources = append(sources, text)
		}
	}
	if len(legs) == 0 {
		b.errorf(tables[0].span(), "empty-union", "KS204", "no table with data is called like that")
		return nil
	}
	return b.union(legs, sources, false, source)
}

var _ = defineOperator(operator{
	name: "find", doc: "the rows of tables for which a condition is true", source: true, pipes: true,
	parse: func(p *parser) operation {
		s := &findStage{source: "source_"}
		p.properties(func(name string, at diag.Span) bool {
			switch name {
			case "withsource":
				if n := p.name(); n != nil {
					s.source = n.text
				}
			case "datascope":
				p.take()
			default:
				return false
			}
			return true
		})
		if p.accept("in") {
			p.expect("(")
			p.list_(func() bool {
				leg := p.leg()
				if leg != nil {
					s.tables = append(s.tables, leg)
				}
				return leg != nil
			})
			p.expect(")")
		}
		p.accept("where")
		if s.x = p.expr(); s.x == nil {
			return nil
		}
		switch {
		case p.accept("project"):
			s.projected = true
			p.list_(func() bool {
				if p.is("pack_all") || p.is("pack") {
					p.take()
					if p.is("(") {
						p.hint()
					}
					s.pack = true
					return true
				}
				n := p.name()
				if n == nil {
					return false
				}
				c := colDecl{name: n, typ: schema.Any}
				if p.accept(":") {
					c.typ = p.typ()
				}
				s.columns = append(s.columns, c)
				return true
			})
		case p.accept("project-smart"):
		}
		return s
	},
})

type findStage struct {
	source          string
	tables          []node
	x               node
	projected, pack bool
	columns         []colDecl
}

func (f *findStage) bind(b *binder, st *stage, in *relation) *relation {
	b.clause = "find"
	source := &name{at: at(st.word), text: f.source}
	var rows *relation
	if in != nil {
		rows = b.union([]*relation{in}, []string{in.name}, false, source)
	} else {
		tables := f.tables
		if len(tables) == 0 {
			tables = []node{&name{at: at(st.word), text: "*"}}
		}
		rows = b.legs(tables, source)
	}
	if rows == nil {
		return nil
	}
	out := rows.derive()
	c := &context{scope: b.scope, in: out, search: true}
	v := b.expr(c, f.x)
	out.node = &plan.Filter{Input: out.node, Where: b.mustBool(v, f.x.span())}
	out.scan = false
	shown := []assigned{{f.source, out.columns[0].value()}}
	if f.projected {
		for _, col := range f.columns {
			v := literalValue(emptyOf(schema.String).Value, schema.String)
			if found := out.find(col.name.text); found != nil {
				v = found.value()
			}
			if col.typ != schema.Any {
				v = v.to(col.typ)
			}
			shown = append(shown, assigned{col.name.text, v})
		}
	} else { // those that the condition names, and a bag of the rest
		for _, col := range out.visible()[1:] {
			if mentions(f.x, col.name) {
				shown = append(shown, assigned{col.name, col.value()})
			}
		}
	}
	if f.pack || !f.projected {
		var pairs []plan.Expr
		for _, col := range out.visible()[1:] {
			if !slices.ContainsFunc(shown, func(a assigned) bool { return a.name == col.name }) {
				pairs = append(pairs, textValue(col.name).expr, col.value().exact())
			}
		}
		shown = append(shown, assigned{"pack_", made(schema.Dynamic, "without_nulls", bagOf(pairs).exact())})
	}
	return b.project(out, shown)
}

// mentions says whether an expression names a column.
func mentions(x node, column string) bool {
	switch x := bare(x).(type) {
	case *name:
		return x.text == column
	case *member:
		return mentions(x.of, column)
	case *index:
		return mentions(x.of, column) || mentions(x.i, column)
	case *unary:
		return mentions(x.x, column)
	case *binary:
		return mentions(x.l, column) || mentions(x.r, column)
	case *between:
		return mentions(x.x, column)
	case *among:
		return mentions(x.x, column) || slices.ContainsFunc(x.list, func(n node) bool { return mentions(n, column) })
	case *call:
		return slices.ContainsFunc(x.args, func(a argument) bool { return mentions(a.value, column) })
	}
	return false
}

var _ = defineOperator(operator{
	name: "externaldata", aliases: []string{"external_data"}, doc: "rows of a file, of which a copy lies here", source: true,
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		e := &externalStage{columns: p.columns(), options: map[string]string{}}
		if len(e.columns) == 0 {
			return nil
		}
		p.expect("[")
		for !p.is("]") && p.tok.kind != end {
			x := p.expr()
			if x == nil {
				break
			}
			e.addresses = append(e.addresses, x)
			if !p.accept(",") {
				break
			}
		}
		p.expect("]")
		if p.accept("with") {
			p.expect("(")
			for !p.is(")") && p.tok.kind != end {
				n := p.name()
				if n == nil || !p.expect("=") {
					return nil
				}
				e.options[n.text] = p.take().text
				if !p.accept(",") {
					break
				}
			}
			p.expect(")")
		}
		return e
	},
})

type externalStage struct {
	columns   []colDecl
	addresses []node
	options   map[string]string
}

func (e *externalStage) bind(b *binder, st *stage, _ *relation) *relation {
	values := &plan.Values{}
	out := &relation{node: values, name: "externaldata"}
	for _, c := range e.columns {
		col := b.newColumn(c.name.text, c.typ)
		values.Out = append(values.Out, col)
		out.columns = append(out.columns, &column{name: c.name.text, typ: c.typ, col: col})
	}
	for _, x := range e.addresses {
		k, ok := b.constant(&context{scope: b.scope}, x, schema.String)
		if !ok {
			return nil
		}
		address, _, _ := cutLast(k.Text(), ";")
		var text []byte
		if b.env.External != nil {
			text, ok = b.env.External(address)
		} else {
			ok = false
		}
		if !ok {
			d := b.warnf(x.span(), "external-missing", "", "there is no local copy of %s, so that it gives no rows", address)
			d.Hint = "nothing is fetched while a query runs; give a copy with --external"
			continue
		}
		rows, err := externalRows(text, e)
		if err != nil {
			b.errorf(x.span(), "external-broken", "", "the copy of %s cannot be read: %v", address, err)
			return nil
		}
		for _, cells := range rows {
			row := make([]event.Value, len(e.columns))
			for i, c := range e.columns {
				v := literalValue(emptyOf(c.typ).Value, c.typ)
				if i < len(cells) {
					v = literalValue(cells[i], typeOfValue(cells[i])).to(c.typ)
				}
				row[i], _ = v.constant()
			}
			values.Rows = append(values.Rows, row)
		}
	}
	return out
}
