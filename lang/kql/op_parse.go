package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "parse", doc: "columns of what stands between the literals of a pattern",
	parse: func(p *parser) operation { return p.parseStage(false) },
})

var _ = defineOperator(operator{
	name: "parse-where", doc: "columns of what stands between the literals of a pattern, of the rows that match it",
	parse: func(p *parser) operation { return p.parseStage(true) },
})

// parsePiece is one element of a pattern: a literal, *, or a column.
type parsePiece struct {
	at     diag.Span
	text   string // of a literal
	column *name  // nil for literals and *
	typ    schema.Type
	star   bool
}

type parseStage struct {
	kind, flags string
	x           node
	pieces      []parsePiece
	only        bool // drop the rows that do not match
}

func (p *parser) parseStage(only bool) operation {
	s := &parseStage{kind: "simple", only: only}
	p.properties(func(name string, at diag.Span) bool {
		switch name {
		case "kind":
			s.kind = p.choice("kind of parse", "simple", "regex", "relaxed")
		case "flags":
			s.flags = p.take().text
		default:
			return false
		}
		return true
	})
	if s.x = p.expr(); s.x == nil || !p.expect("with") {
		return nil
	}
	for {
		piece := parsePiece{at: p.tok.at}
		switch {
		case p.is("*"):
			p.take()
			piece.star = true
		case p.tok.kind == quoted:
			piece.text = p.joinedTexts().value.Text()
		case p.tok.kind == word && operators[p.tok.text] == nil || p.is("["):
			if piece.column = p.name(); piece.column == nil {
				return nil
			}
			piece.typ = schema.String
			if p.accept(":") {
				piece.typ = p.typ()
			}
		default:
			if len(s.pieces) == 0 {
				return nil
			}
			s.check(p)
			return s
		}
		s.pieces = append(s.pieces, piece)
	}
}

// check complains about what no text can be told apart by.
func (s *parseStage) check(p *parser) {
	for i, piece := range s.pieces[:len(s.pieces)-1] {
		next := s.pieces[i+1]
		switch {
		case piece.column != nil && piece.typ == schema.String && next.star:
			p.errorf(next.at, "parse-pattern", "KS103", "* cannot follow a column of text, which would take all of it")
		case piece.column != nil && next.column != nil && piece.typ == schema.String:
			p.errorf(next.at, "parse-pattern", "KS101", "a literal must stand between two columns")
		}
	}
}

// pattern returns the pattern as the kernels of parse take it: a text, null for *, and a list of one type for a column.
func (s *parseStage) pattern() plan.Expr {
	list := make([]event.Value, len(s.pieces))
	for i, p := range s.pieces {
		switch {
		case p.star:
			list[i] = event.NullValue()
		case p.column == nil:
			list[i] = event.TextValue(p.text)
		default:
			list[i] = event.ListValue(event.TextValue(p.typ.String()))
		}
	}
	return &plan.Literal{Value: event.ListValue(list...), Type: schema.Dynamic}
}

func (s *parseStage) bind(b *binder, st *stage, in *relation) *relation {
	out := in.derive()
	out.scan = false
	b.clause = st.name
	v := b.expr(&context{scope: b.scope, in: out}, s.x)
	if v.bad {
		return nil
	}
	if v.typ != schema.String {
		if !v.open() {
			b.errorf(s.x.span(), "operator-types", "KS106", "a text is wanted here, not a %s", v.typ)
			return nil
		}
		v = v.to(schema.String)
	}
	var found plan.Expr
	if s.kind == "regex" {
		for _, p := range s.pieces {
			if p.text != "" && !b.validRegex(p.text, p.at) {
				return nil
			}
		}
		found = apply("kql_parse_regex", v.exact(), s.pattern(), textValue(s.flags).expr)
	} else {
		found = apply("kql_parse", v.exact(), s.pattern(), boolLiteral(s.kind == "relaxed"))
	}
	captured := b.temp("captured", schema.Dynamic)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: captured, Value: found}}}
	parts := &plan.Ref{Column: captured}
	if s.only {
		out.node = &plan.Filter{Input: out.node, Where: &plan.Not{X: &plan.IsNull{X: parts}}}
	}
	var list []assigned
	for _, p := range s.pieces {
		if p.column == nil {
			continue
		}
		part := apply("element", parts, &plan.Literal{Value: event.IntValue(int64(len(list))), Type: schema.Long})
		if p.typ == schema.String {
			part = apply("coalesce", part, emptyOf(schema.String))
		}
		text := p.column.text
		if there := in.find(text); there != nil && there.typ != p.typ && there.typ != schema.Any { // a column of another type stays
			text = free(text, func(n string) bool { return in.find(n) != nil })
		}
		list = append(list, assigned{text, value{expr: part, typ: p.typ}})
	}
	seen := map[string]int{}
	for i := 0; i < len(list); i++ { // of columns of one name the last counts
		if at, twice := seen[list[i].name]; twice {
			list[at] = list[i]
			list = append(list[:i], list[i+1:]...)
			i--
			continue
		}
		seen[list[i].name] = i
	}
	return b.extend(out, list)
}

var _ = defineOperator(operator{
	name: "parse-kv", doc: "columns of names and values in a text",
	parse: func(p *parser) operation {
		s := &parseKVStage{options: map[string]node{}}
		if s.x = p.expr(); s.x == nil || !p.expect("as") {
			return nil
		}
		s.columns = p.columns()
		if p.accept("with") {
			p.expect("(")
			for !p.is(")") && p.tok.kind != end {
				n := p.name()
				if n == nil || !p.expect("=") {
					return nil
				}
				s.options[n.text] = p.expr()
				if !p.accept(",") {
					break
				}
			}
			p.expect(")")
		}
		if len(s.columns) == 0 {
			return nil
		}
		return s
	},
})

type parseKVStage struct {
	x       node
	columns []colDecl
	options map[string]node
}

func (s *parseKVStage) bind(b *binder, st *stage, in *relation) *relation {
	out := in.derive()
	out.scan = false
	v := b.expr(&context{scope: b.scope, in: out}, s.x)
	if v.bad {
		return nil
	}
	v = v.to(schema.String)
	option := map[string]event.Value{}
	for name, x := range s.options {
		switch name {
		case "pair_delimiter", "kv_delimiter", "quote", "escape", "regex":
			k, ok := b.constant(&context{scope: b.scope}, x, schema.Any)
			if !ok {
				return nil
			}
			option[name] = k
		case "greedy":
			k, ok := b.constant(&context{scope: b.scope}, x, schema.Bool)
			if !ok {
				return nil
			}
			option[name] = k
		default:
			b.errorf(x.span(), "property", "KS006", "parse-kv has no option %s", name)
			return nil
		}
	}
	var keys []event.Value
	for _, c := range s.columns {
		keys = append(keys, event.TextValue(c.name.text))
	}
	text := func(name string) plan.Expr { return textValue(option[name].Text()).expr }
	texts := func(v event.Value) plan.Expr { // one text, or an array of them
		list := v.List()
		if list == nil && !v.IsNull() {
			list = []event.Value{v}
		}
		return &plan.Literal{Value: event.ListValue(list...), Type: schema.Dynamic}
	}
	wanted := &plan.Literal{Value: event.ListValue(keys...), Type: schema.Dynamic}
	var found plan.Expr
	if expression, ok := option["regex"]; ok {
		if !b.validRegex(expression.Text(), s.options["regex"].span()) {
			return nil
		}
		found = apply("kql_parse_kv_regex", v.exact(), wanted, apply("kql_regexp", textValue(expression.Text()).expr))
	} else {
		found = apply("kql_parse_kv", v.exact(), wanted, text("pair_delimiter"), text("kv_delimiter"), texts(option["quote"]), texts(option["escape"]), boolLiteral(option["greedy"].Bool()))
	}
	pairs := b.temp("pairs", schema.Dynamic)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: pairs, Value: found}}}
	var list []assigned
	for i, c := range s.columns {
		part := apply("element", &plan.Ref{Column: pairs}, &plan.Literal{Value: event.IntValue(int64(i)), Type: schema.Long})
		list = append(list, assigned{c.name.text, value{expr: part, typ: schema.Dynamic}.to(c.typ)})
	}
	return b.extend(out, list)
}
