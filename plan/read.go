package plan

import (
	"strconv"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Read reads a plan from what String writes. It returns the best plan that the text allows beside its complaints, up to the
// operator that cannot be read, nil where there is none; a plan without complaints may still fail Check.
func Read(src *diag.Source) (Node, diag.List) {
	r := newReader(src)
	defer r.list.Sort()
	r.try(func() {
		r.plan()
		r.end()
	})
	return r.best, r.list
}

// reader is a recursive descent over the tokens of a text. A complaint about the shape of the text ends it.
type reader struct {
	src     *diag.Source
	list    diag.List
	tokens  []token
	at      int
	depth   int
	columns map[columnName]*Column
	names   func(name string) Expr // who knows a plain name; nil in a plan, where columns are known by what defines them
	known   []string               // names for "did you mean"
	params  []string               // of the lambdas around
	best    Node                   // what was read so far of the outermost plan
}

type columnName struct {
	text   string
	number int
}

// stop unwinds the reader at the first fault of shape.
type stop struct{}

// maxDepth bounds how deep expressions and inputs may be nested in each other.
const maxDepth = 1000

func newReader(src *diag.Source) *reader {
	r := &reader{src: src, columns: map[columnName]*Column{}}
	r.tokens = (&lexer{src: src, list: &r.list}).tokens()
	return r
}

// try reads up to the first fault of shape.
func (r *reader) try(read func()) {
	defer r.recover()
	read()
}

func (r *reader) recover() {
	if p := recover(); p != nil {
		if _, ok := p.(stop); !ok {
			panic(p)
		}
	}
}

func (r *reader) peek() token { return r.tokens[r.at] }

func (r *reader) take() token {
	t := r.tokens[r.at]
	if t.kind != endToken {
		r.at++
	}
	return t
}

func (r *reader) is(word string) bool { return r.ahead(0, word) }

func (r *reader) ahead(n int, word string) bool {
	if r.at+n >= len(r.tokens) {
		return false
	}
	t := r.tokens[r.at+n]
	return (t.kind == nameToken || t.kind == signToken) && t.text == word
}

// accept takes the words if they come next.
func (r *reader) accept(words ...string) bool {
	for i, word := range words {
		if !r.ahead(i, word) {
			return false
		}
	}
	r.at += len(words)
	return true
}

func (r *reader) expect(word string) {
	if !r.accept(word) {
		r.wanted("`" + word + "`")
	}
}

func (r *reader) wanted(what string) {
	t := r.peek()
	if t.kind == endToken {
		r.list.Errorf(r.src, t.span, "plan-syntax", "%s should come here, but the text ends", what)
	} else {
		r.list.Errorf(r.src, t.span, "plan-syntax", "%s should come here", what)
	}
	panic(stop{})
}

func (r *reader) end() {
	if r.peek().kind != endToken {
		r.wanted("the end of the text")
	}
}

func (r *reader) enter() {
	if r.depth++; r.depth > maxDepth {
		r.list.Errorf(r.src, r.peek().span, "plan-too-deep", "more than %d levels lie inside each other", maxDepth)
		panic(stop{})
	}
}

func (r *reader) leave() { r.depth-- }

// listOf reads what stands between two brackets, separated by commas.
func (r *reader) listOf(opening, closing string, item func()) {
	r.expect(opening)
	for first := true; !r.accept(closing); first = false {
		if !first {
			r.expect(",")
		}
		item()
	}
}

func (r *reader) name() (string, diag.Span) {
	t := r.peek()
	if t.kind != nameToken && t.kind != quotedToken {
		r.wanted("a name")
	}
	r.at++
	return t.text, t.span
}

func (r *reader) text() string {
	if r.peek().kind != textToken {
		r.wanted("a text in quotes")
	}
	return r.take().text
}

func (r *reader) integer() int64 {
	t := r.peek()
	if t.kind != numberToken {
		r.wanted("a number")
	}
	n, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil {
		r.wanted("a whole number of 64 bits")
	}
	r.at++
	return n
}

func (r *reader) typeName() schema.Type {
	text, span := r.name()
	t, ok := schema.TypeOf(text)
	if !ok {
		d := r.list.Errorf(r.src, span, "plan-unknown-type", "unknown type `%s`", text)
		if near := diag.Nearest(text, typeNames()); near != "" {
			d.Hint = "did you mean `" + near + "`?"
		}
	}
	return t
}

func typeNames() []string {
	var names []string
	for t := schema.Any; t <= schema.Dynamic; t++ {
		names = append(names, t.String())
	}
	return names
}

// column reads the name of a column that was defined before.
func (r *reader) column() *Column {
	name, span := r.columnName()
	return r.lookup(name, span)
}

func (r *reader) lookup(name columnName, span diag.Span) *Column {
	if c := r.columns[name]; c != nil {
		return c
	}
	r.unknown(name.text, name.number, span)
	c := &Column{Name: name.text}
	r.columns[name] = c // one complaint is enough
	return c
}

func (r *reader) unknown(name string, number int, span diag.Span) {
	label := name
	if number > 1 {
		label += "#" + strconv.Itoa(number)
	}
	d := r.list.Errorf(r.src, span, "plan-unknown-column", "unknown column `%s`", label)
	if near := diag.Nearest(name, r.known); near != "" && near != name {
		d.Hint = "did you mean `" + near + "`?"
	}
}

func (r *reader) columnName() (columnName, diag.Span) {
	text, span := r.name()
	name := columnName{text, 1}
	if r.is("#") && r.tokens[r.at+1].kind == numberToken {
		r.at++
		n := r.integer()
		span = span.Join(r.tokens[r.at-1].span)
		if n < 1 || n > 1<<30 {
			r.list.Errorf(r.src, span, "plan-column-number", "columns of one name are counted from 1")
			n = 1
		}
		name.number = int(n)
	}
	return name, span
}

// definition reads a column's name and type. A name and number that were defined before are the same column.
func (r *reader) definition() *Column {
	name, span := r.columnName()
	return r.define(name, span)
}

func (r *reader) define(name columnName, span diag.Span) *Column {
	return r.bind(name, span, r.typeName())
}

// bind returns the column of a name, which is new unless the name has been defined before.
func (r *reader) bind(name columnName, span diag.Span, t schema.Type) *Column {
	if c := r.columns[name]; c != nil {
		if c.Type != t {
			d := r.list.Errorf(r.src, span, "plan-column-redefined", "column `%s` was a %s before", name.text, c.Type)
			d.Hint = "write `" + name.text + "#2` for another column of the name"
		}
		return c
	}
	c := &Column{Name: name.text, Type: t}
	r.columns[name] = c
	r.known = append(r.known, name.text)
	return c
}

func (r *reader) definitions() []*Column {
	var out []*Column
	r.listOf("[", "]", func() { out = append(out, r.definition()) })
	return out
}

// assigns reads definitions with their values, and columns passed on.
func (r *reader) assigns() []Assign {
	var out []Assign
	r.listOf("[", "]", func() {
		name, span := r.columnName()
		if r.is(",") || r.is("]") {
			c := r.lookup(name, span)
			out = append(out, Assign{c, &Ref{Column: c}})
			return
		}
		t := r.typeName()
		r.expect("=")
		value := r.expr() // in which the new column has no meaning yet
		out = append(out, Assign{r.bind(name, span, t), value})
	})
	return out
}

func (r *reader) rest() Rest {
	var rest Rest
	if !r.accept("keep", "rest") {
		return rest
	}
	rest.Keep = true
	texts := func() (list []string) {
		r.listOf("(", ")", func() { list = append(list, r.text()) })
		return list
	}
	if r.accept("except") {
		rest.Except = texts()
	}
	if r.accept("only") {
		rest.Only = texts()
	}
	return rest
}

func (r *reader) keys() []Key {
	var out []Key
	r.listOf("(", ")", func() {
		k := Key{Value: r.expr()}
		k.Descending = r.accept("desc")
		k.NullsFirst = r.accept("nulls", "first")
		out = append(out, k)
	})
	return out
}

func (r *reader) exprs(closing string) []Expr {
	var out []Expr
	for first := true; !r.accept(closing); first = false {
		if !first {
			r.expect(",")
		}
		out = append(out, r.expr())
	}
	return out
}

// aggregate reads the name of an aggregate of the catalogue.
func (r *reader) aggregate() *fn.Aggregate {
	name, span := r.name()
	f := fn.AggregateByName(name)
	if f == nil {
		var known []string
		for _, a := range fn.AllAggregates() {
			known = append(known, a.Name)
		}
		r.unknownFunction("aggregate", name, span, known)
	}
	return f
}

func (r *reader) unknownFunction(kind, name string, span diag.Span, known []string) {
	d := r.list.Errorf(r.src, span, "plan-unknown-function", "unknown %s `%s`", kind, name)
	if near := diag.Nearest(name, known); near != "" {
		d.Hint = "did you mean `" + near + "`?"
	}
}

func (r *reader) timespan() int64 {
	v := r.expr()
	l, ok := v.(*Literal)
	if !ok || l.Value.Kind() != event.Duration {
		r.wanted(`a timespan such as timespan("00:05:00")`)
	}
	return l.Value.Int()
}
