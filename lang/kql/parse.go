package kql

import (
	"strings"

	"goshawk/diag"
	"goshawk/schema"
)

// parser makes a tree of a text. It looks one token ahead and can go back to any place.
type parser struct {
	lexer
	tok   token // the next one
	last  int   // end of the one before
	depth int
}

// maxDepth bounds brackets in brackets.
const maxDepth = 200

func newParser(text string, c *complaints) *parser {
	p := &parser{lexer: lexer{text, c}}
	p.tok = p.lexer.next(0)
	return p
}

// take returns the next token and goes on to the one behind it.
func (p *parser) take() token {
	t := p.tok
	p.last = t.at.End
	p.tok = p.lexer.next(t.at.End)
	return t
}

// goTo goes to a place of the text, back or on.
func (p *parser) goTo(pos, last int) {
	p.last = last
	p.tok = p.lexer.next(pos)
}

// mark is a place to come back to.
type mark struct {
	tok   token
	last  int
	count int
}

func (p *parser) mark() mark { return mark{p.tok, p.last, len(p.list)} }

// back returns to a mark, and forgets what was complained about since.
func (p *parser) back(m mark) {
	p.tok, p.last = m.tok, m.last
	p.list = p.list[:m.count]
}

// is says whether the next token is a symbol or a word of this text.
func (p *parser) is(text string) bool {
	return p.tok.text == text && (p.tok.kind == symbol || p.tok.kind == word)
}

func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.take()
		return true
	}
	return false
}

// expect takes a symbol or a word, or complains that it is missing.
func (p *parser) expect(text string) bool {
	if p.accept(text) {
		return true
	}
	p.wanted("`" + text + "`")
	return false
}

// wanted complains that something else than the next token was expected. It complains once for a place.
func (p *parser) wanted(what string) {
	if p.tok.kind == broken {
		return
	}
	if n := len(p.list); n > 0 && p.list[n-1].Severity == diag.Error {
		if _, span := p.complaints.text.Place(p.tok.at).Outermost(); p.list[n-1].Span.Start == span.Start {
			return
		}
	}
	d := p.errorf(p.tok.at, "syntax", "KS006", "%s is missing here", what)
	if p.tok.kind != end {
		d.Message += ", before " + p.shown()
	}
}

// shown is the next token as a complaint names it.
func (p *parser) shown() string {
	t := p.lexer.text[p.tok.at.Start:p.tok.at.End]
	if len(t) > 40 {
		t = t[:40] + "…"
	}
	return "`" + diag.Printable(t) + "`"
}

// from returns the span from a place to the end of the last token.
func (p *parser) from(start int) at { return at{Start: start, End: max(start, p.last)} }

// nest counts a bracket; it reports false where there are too many.
func (p *parser) nest() bool {
	p.depth++
	if p.depth > maxDepth {
		p.errorf(p.tok.at, "too-deep", "", "more than %d brackets stand in each other", maxDepth)
		p.goTo(len(p.lexer.text), p.last)
		return false
	}
	return true
}

// statements reads a whole text.
func (p *parser) statements() *block {
	b := p.block("")
	return b
}

// block reads statements up to a closing bracket, or to the end of the text for the empty one.
func (p *parser) block(closing string) *block {
	b := &block{at: at{Start: p.tok.at.Start}}
	for {
		for p.is(";") {
			p.take()
		}
		if p.tok.kind == end || closing != "" && p.is(closing) {
			break
		}
		start := p.tok.at.Start
		if s, ok := p.statement(); ok {
			b.statements = append(b.statements, s)
		} else if x := p.tabular(); x != nil {
			b.results = append(b.results, x)
		}
		if p.tok.kind == end || closing != "" && p.is(closing) {
			break
		}
		if !p.is(";") {
			p.unexpected()
			p.sync(closing)
			if p.tok.at.Start == start { // nothing was taken: do not stay here
				p.take()
			}
		}
	}
	b.at = p.from(b.Start)
	return b
}

// unexpected complains about the next token, which nothing can begin with here.
func (p *parser) unexpected() {
	if p.tok.kind == broken {
		return
	}
	if n := len(p.list); n > 0 && p.list[n-1].Severity == diag.Error {
		if _, span := p.complaints.text.Place(p.tok.at).Outermost(); p.list[n-1].Span.Start >= span.Start {
			return
		}
	}
	d := p.errorf(p.tok.at, "syntax", "KS002", "unexpected %s", p.shown())
	switch t := p.tok.text; {
	case p.tok.kind == word && keywords[strings.ToLower(t)] && t != strings.ToLower(t):
		d.Hint = "keywords are written in lower case: `" + strings.ToLower(t) + "`"
	case t == "=":
		d.Hint = "equality is written `==`"
	case p.tok.kind == word && operators[t] != nil:
		d.Hint = "write `|` in front of an operator"
	}
}

// keywords are the words that stand between operands.
var keywords = map[string]bool{"and": true, "or": true, "not": true, "in": true, "has": true, "contains": true, "startswith": true, "endswith": true,
	"between": true, "by": true, "on": true, "where": true, "has_any": true, "has_all": true, "matches": true}

// sync skips to the end of a statement.
func (p *parser) sync(closing string) {
	open := 0
	for p.tok.kind != end {
		switch {
		case p.is("(") || p.is("[") || p.is("{"):
			open++
		case open == 0 && (p.is(";") || closing != "" && p.is(closing)):
			return
		case p.is(")") || p.is("]") || p.is("}"):
			open = max(0, open-1)
		}
		p.take()
	}
}

// statement reads let, set and their like; ok is false where an expression stands.
func (p *parser) statement() (s statement, ok bool) {
	if p.tok.kind != word {
		return s, false
	}
	start := p.tok.at.Start
	s.word = p.tok.text
	m := p.mark()
	switch s.word {
	case "let":
		p.take()
		if s.name = p.name(); s.name == nil {
			p.wanted("a name")
			p.sync("")
			return s, true
		}
		p.expect("=")
		if f := p.lambda(); f != nil {
			s.x = f
		} else {
			s.x = p.tabular()
		}
	case "set":
		p.take()
		if p.tok.kind != word {
			p.back(m)
			return s, false
		}
		s.name = p.name()
		if p.accept("=") {
			s.x = p.expr()
		}
	case "declare":
		p.take()
		switch p.tok.text {
		case "query_parameters":
			p.take()
			start := p.tok.at.Start
			f := &lambda{params: p.params()}
			f.at = p.from(start)
			s.word, s.x = "declare query_parameters", f
		default:
			s.word = "declare " + p.tok.text
			p.sync("")
		}
	case "alias", "restrict":
		p.take()
		if p.tok.kind != word {
			p.back(m)
			return s, false
		}
		s.word += " " + p.tok.text
		p.sync("")
	default:
		return s, false
	}
	s.at = diag.Span(p.from(start))
	return s, true
}

// name reads an identifier, nil if there is none.
func (p *parser) name() *name {
	switch {
	case p.tok.kind == word:
		t := p.take()
		return &name{at: at(t.at), text: t.text}
	case p.is("["):
		m := p.mark()
		start := p.take().at.Start
		if p.tok.kind == quoted {
			t := p.take()
			if p.accept("]") {
				return &name{at: p.from(start), text: t.text, bracket: true}
			}
		}
		p.back(m)
	}
	return nil
}

// dashed reads a word that may hold dashes, such as project-away; it is empty where none stands.
func (p *parser) dashed() (text string, at diag.Span) {
	if p.tok.kind != word {
		return "", p.tok.at
	}
	t := p.take()
	text, at = t.text, t.at
	for p.is("-") && !p.tok.blank {
		m := p.mark()
		p.take()
		if p.tok.kind != word || p.tok.blank {
			p.back(m)
			break
		}
		t := p.take()
		text += "-" + t.text
		at.End = t.at.End
	}
	return text, at
}

// types are the names of types as the language has them.
var types = map[string]schema.Type{
	"bool": schema.Bool, "boolean": schema.Bool, "int": schema.Int, "int32": schema.Int, "uint": schema.Long, "uint32": schema.Long, "long": schema.Long, "int64": schema.Long, "uint64": schema.Long,
	"real": schema.Real, "double": schema.Real, "float": schema.Real, "decimal": schema.Decimal, "string": schema.String,
	"datetime": schema.Datetime, "date": schema.Datetime, "timespan": schema.Timespan, "time": schema.Timespan,
	"guid": schema.Guid, "uuid": schema.Guid, "uniqueid": schema.Guid, "dynamic": schema.Dynamic,
}

// typ reads the name of a type.
func (p *parser) typ() schema.Type {
	if t, ok := types[p.tok.text]; ok && p.tok.kind == word {
		p.take()
		return t
	}
	d := p.errorf(p.tok.at, "unknown-type", "KS006", "%s is not a type", p.shown())
	var names []string
	for n := range types {
		names = append(names, n)
	}
	hintNearest(d, strings.ToLower(p.tok.text), names)
	if p.tok.kind == word {
		p.take()
	}
	return schema.Any
}

// lambda reads a function, nil if none stands here.
func (p *parser) lambda() *lambda {
	m := p.mark()
	start := p.tok.at.Start
	f := &lambda{}
	if p.is("view") {
		p.take()
		f.view = true
	}
	if !p.is("(") || !p.closes() {
		p.back(m)
		return nil
	}
	f.params = p.params()
	if !p.expect("{") {
		return nil
	}
	if !p.nest() {
		return nil
	}
	f.body = p.block("}")
	p.depth--
	p.expect("}")
	f.at = p.from(start)
	return f
}

// closes says whether the bracket that is the next token is closed and followed by a curly one. It does not move.
func (p *parser) closes() bool {
	m := p.mark()
	defer p.back(m)
	open := 0
	for p.tok.kind != end {
		switch {
		case p.is("("), p.is("["):
			open++
		case p.is(")"), p.is("]"):
			open--
		case p.is("{"), p.is("}"), p.is(";"), p.is("|"):
			return false
		}
		p.take()
		if open == 0 {
			return p.is("{")
		}
	}
	return false
}

// params reads the parameters of a function in their brackets.
func (p *parser) params() []*param {
	var list []*param
	p.expect("(")
	for !p.is(")") && p.tok.kind != end {
		one := &param{}
		start := p.tok.at.Start
		if one.name = p.name(); one.name == nil {
			p.wanted("a parameter")
			break
		}
		p.expect(":")
		if p.is("(") {
			one.table = true
			one.columns = p.columns()
		} else {
			one.typ = p.typ()
		}
		if p.accept("=") {
			one.value = p.expr()
		}
		one.at = p.from(start)
		list = append(list, one)
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return list
}

// columns reads (a:string, b:long) or (*).
func (p *parser) columns() []colDecl {
	var list []colDecl
	p.expect("(")
	if p.accept("*") {
		p.expect(")")
		return nil
	}
	for !p.is(")") && p.tok.kind != end {
		n := p.name()
		if n == nil {
			p.wanted("a column")
			break
		}
		p.expect(":")
		list = append(list, colDecl{n, p.typ()})
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return list
}

// tabular reads an expression that may be followed by pipes.
func (p *parser) tabular() node {
	start := p.tok.at.Start
	var pl *pipeline
	broken := false
	if s, found := p.sourceStage(); s != nil {
		pl = &pipeline{stages: []*stage{s}}
	} else if found { // go on behind it, for what else there is to complain about
		p.toPipe()
		pl, broken = &pipeline{}, true
	} else {
		x := p.expr()
		if x == nil || !p.is("|") {
			return x
		}
		pl = &pipeline{source: x}
	}
	for p.is("|") {
		p.take()
		s := p.stage()
		if s == nil {
			p.toPipe()
			continue
		}
		pl.stages = append(pl.stages, s)
	}
	if broken {
		return nil
	}
	pl.at = p.from(start)
	return pl
}

// toPipe skips to the next pipe, or to what ends the pipeline.
func (p *parser) toPipe() {
	open := 0
	for p.tok.kind != end {
		switch {
		case p.is("(") || p.is("[") || p.is("{"):
			open++
		case p.is(")") || p.is("]") || p.is("}"):
			if open == 0 {
				return
			}
			open--
		case open == 0 && (p.is("|") || p.is(";")):
			return
		}
		p.take()
	}
}

// sourceStage reads an operator that begins a pipeline; found is false if none stands here, and the stage nil after a complaint.
func (p *parser) sourceStage() (s *stage, found bool) {
	if p.tok.kind != word {
		return nil, false
	}
	m := p.mark()
	text, _ := p.dashed()
	o := operators[text]
	called := p.is("(") && text != "union" && text != "search" && text != "find" && text != "print"
	assigned := p.is("=") || p.is("==") || p.is(".") || p.is(",") || p.is(")") || p.is("|") && text != "find" || p.is(";") || p.tok.kind == end
	p.back(m)
	if o == nil || !o.source || called || assigned {
		return nil, false
	}
	return p.stage(), true
}

// stage reads an operator; nil after a complaint.
func (p *parser) stage() *stage {
	s := &stage{}
	start := p.tok.at.Start
	if p.tok.kind != word {
		p.wanted("an operator")
		return nil
	}
	s.name, s.word = p.dashed()
	o := operators[s.name]
	if o == nil {
		d := p.errorf(s.word, "unknown-operator", "KS176", "there is no operator `%s`", s.name)
		if low := strings.ToLower(s.name); operators[low] != nil {
			d.Hint = "write it in lower case: `" + low + "`"
		} else {
			var names []string
			for n := range operators {
				names = append(names, n)
			}
			hintNearest(d, s.name, names)
		}
		return nil
	}
	s.name = o.name
	if o.refused != "" {
		p.errorf(s.word, "refused", "", "`%s` is not run: %s", s.name, o.refused)
		p.toPipe()
		return nil
	}
	before := len(p.list)
	s.operation = o.parse(p)
	s.at = diag.Span(p.from(start))
	if s.operation == nil {
		if len(p.list) == before {
			p.wanted("the rest of " + s.name)
		}
		return nil
	}
	return s
}

// properties reads kind=inner, hint.strategy=shuffle and the like in front of what an operator takes. Each is given to set, which
// reports whether it knows the name; hints are known everywhere.
func (p *parser) properties(set func(name string, at diag.Span) bool) {
	for p.tok.kind == word {
		m := p.mark()
		t := p.take()
		text, span := t.text, t.at
		for p.is(".") && !p.tok.blank {
			p.take()
			if p.tok.kind != word {
				break
			}
			t := p.take()
			text += "." + t.text
			span.End = t.at.End
		}
		if !p.is("=") {
			p.back(m)
			return
		}
		p.take()
		if strings.HasPrefix(text, "hint.") || strings.HasPrefix(text, "__") {
			p.hint()
			continue
		}
		if !set(text, span) {
			p.back(m)
			return
		}
	}
}

// hint skips the value of a hint.
func (p *parser) hint() {
	if p.is("(") {
		p.take()
		for !p.is(")") && p.tok.kind != end {
			p.take()
		}
	}
	p.take()
}

// choice reads one of some words as the value of a property.
func (p *parser) choice(what string, words ...string) string {
	for _, w := range words {
		if p.is(w) {
			p.take()
			return w
		}
	}
	d := p.errorf(p.tok.at, "property", "KS006", "%s is not a %s", p.shown(), what)
	d.Hint = "it is one of " + strings.Join(words, ", ")
	if near := diag.Nearest(p.tok.text, words); near != "" {
		d.Hint = "did you mean `" + near + "`?"
	}
	if p.tok.kind == word || p.tok.kind == quoted {
		p.take()
	}
	return words[0]
}

// list reads items between commas; one reports false where there is none.
func (p *parser) list_(one func() bool) {
	for one() && p.accept(",") {
	}
}

// namedExpr reads [name =] expression or (a, b) = expression.
func (p *parser) namedExpr() (n named, ok bool) {
	m := p.mark()
	if p.is("(") {
		p.take()
		for {
			one := p.name()
			if one == nil {
				break
			}
			n.names = append(n.names, one)
			if !p.accept(",") {
				break
			}
		}
		if len(n.names) > 0 && p.accept(")") && p.is("=") {
			p.take()
			n.x = p.expr()
			return n, n.x != nil
		}
		p.back(m)
		n.names = nil
	} else if one := p.name(); one != nil {
		if p.is("=") {
			p.take()
			n.names = []*name{one}
			n.x = p.expr()
			return n, n.x != nil
		}
		p.back(m)
	}
	n.x = p.expr()
	return n, n.x != nil
}

// namedExprs reads a list of namedExpr.
func (p *parser) namedExprs() []named {
	var out []named
	p.list_(func() bool {
		n, ok := p.namedExpr()
		if ok {
			out = append(out, n)
		}
		return ok
	})
	return out
}
