package plan

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan/fn"
)

// ReadExpr reads an expression over columns from what ExprString writes. It returns the best expression that the text
// allows beside its complaints, nil where there is none.
func ReadExpr(src *diag.Source, columns []*Column) (Expr, diag.List) {
	r := newReader(src)
	count := map[string]int{}
	for _, c := range columns {
		count[c.Name]++
		r.columns[columnName{c.Name, count[c.Name]}] = c
		r.known = append(r.known, c.Name)
	}
	return r.wholeExpr()
}

// ReadExprFunc reads an expression whose plain names mean what resolve returns for them, nil for a name that it does not
// know; known are the names it does, for "did you mean".
func ReadExprFunc(src *diag.Source, resolve func(name string) Expr, known []string) (Expr, diag.List) {
	r := newReader(src)
	r.names, r.known = resolve, known
	return r.wholeExpr()
}

func (r *reader) wholeExpr() (e Expr, list diag.List) {
	r.try(func() {
		e = r.expr()
		r.end()
	})
	r.list.Sort()
	return e, r.list
}

func (r *reader) expr() Expr {
	r.enter()
	defer r.leave()
	list := []Expr{r.and()}
	for r.accept("or") {
		list = append(list, r.and())
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Or{List: list}
}

func (r *reader) and() Expr {
	list := []Expr{r.not()}
	for r.accept("and") {
		list = append(list, r.not())
	}
	if len(list) == 1 {
		return list[0]
	}
	return &And{List: list}
}

func (r *reader) not() Expr {
	if !r.accept("not") {
		return r.test()
	}
	r.enter()
	defer r.leave()
	return &Not{X: r.not()}
}

func (r *reader) test() Expr {
	left := r.operand()
	t := r.peek()
	if t.kind == signToken {
		for op, sign := range compareOps {
			if t.text == sign {
				r.at++
				return &Compare{Op: CompareOp(op), Left: left, Right: r.operand()}
			}
		}
	}
	if t.kind == nameToken {
		for op, word := range matchOps {
			if t.text == word {
				r.at++
				return r.match(left, MatchOp(op))
			}
		}
	}
	return left
}

func (r *reader) match(subject Expr, op MatchOp) Expr {
	m := &Match{Subject: subject, Op: op, Fold: r.accept("~"), All: r.accept("all")}
	one := func() { m.Patterns = append(m.Patterns, r.pattern(op)) }
	if r.is("(") {
		r.listOf("(", ")", one)
	} else {
		one()
	}
	return m
}

func (r *reader) pattern(op MatchOp) Pattern {
	if op == Regexp || op == CIDR {
		return Pattern{Source: r.text()}
	}
	var p Pattern
	for start := r.at; ; {
		t := r.peek()
		switch {
		case t.kind == textToken:
			p.Pieces = append(p.Pieces, Piece{Run, t.text})
		case r.is("*"):
			p.Pieces = append(p.Pieces, Piece{Kind: Many})
		case r.is("?"):
			p.Pieces = append(p.Pieces, Piece{Kind: One})
		case r.is("[-]"):
			p.Pieces = append(p.Pieces, Piece{Kind: AnyDash})
		default:
			if r.at == start {
				r.wanted("a pattern")
			}
			if len(p.Pieces) == 1 && p.Pieces[0] == (Piece{}) {
				return Pattern{}
			}
			return p
		}
		r.at++
	}
}

func (r *reader) operand() Expr {
	t := r.peek()
	switch t.kind {
	case textToken, numberToken:
		return r.literal()
	case quotedToken:
		if r.ahead(1, "(") {
			return r.call()
		}
		return r.reference()
	case nameToken:
		return r.word()
	case signToken:
		switch t.text {
		case "[", "{", "[-]":
			return r.literal()
		case "$":
			r.at++
			name, _ := r.name()
			return &Field{Name: name}
		case "(":
			if r.lambdaAhead() {
				return r.lambda()
			}
			r.at++
			e := r.expr()
			r.expect(")")
			return e
		}
	}
	r.wanted("an expression")
	return nil
}

// word reads what begins with a plain word.
func (r *reader) word() Expr {
	t := r.peek()
	call := r.ahead(1, "(")
	switch t.text {
	case "null", "absent", "true", "false":
		return r.literal()
	case "everything":
		r.at++
		return &Everything{}
	case "case":
		return r.cases()
	case "datetime", "timespan", "decimal", "real":
		if call {
			return r.literal()
		}
	case "field", "loose", "path":
		if call {
			r.at += 2
			f := &Field{Name: r.text(), Find: Find(slices.Index(finds[:], t.text))}
			r.expect(")")
			return f
		}
	case "fields":
		if call {
			r.at += 2
			r.expect(")")
			return &Fields{}
		}
	case "has", "is_null":
		if call {
			r.at += 2
			x := r.expr()
			r.expect(")")
			if t.text == "has" {
				return &Has{X: x}
			}
			return &IsNull{X: x}
		}
	case "all", "any":
		if call {
			r.at += 2
			list := r.exprs(")")
			if t.text == "all" {
				return &And{List: list}
			}
			return &Or{List: list}
		}
	}
	if reserved[t.text] {
		r.wanted("an expression")
	}
	if call {
		return r.call()
	}
	return r.reference()
}

func (r *reader) call() Expr {
	name, span := r.name()
	f := fn.ByName(name)
	if f == nil {
		var known []string
		for _, f := range fn.All() {
			known = append(known, f.Name)
		}
		r.unknownFunction("function", name, span, known)
	}
	r.expect("(")
	return &Call{Func: f, Args: r.exprs(")")}
}

// reference reads a plain name: a parameter, a column, or what the resolver makes of it.
func (r *reader) reference() Expr {
	start := r.at
	name, span := r.columnName()
	numbered := r.at > start+1
	if !numbered {
		for _, p := range r.params {
			if p == name.text {
				return &Param{Name: p}
			}
		}
	}
	if r.names == nil {
		return &Ref{Column: r.lookup(name, span)}
	}
	if e := r.names(name.text); e != nil && !numbered {
		return e
	}
	r.unknown(name.text, name.number, span)
	return &Literal{}
}

func (r *reader) cases() Expr {
	r.expect("case")
	e := &Case{}
	for r.accept("when") {
		arm := Arm{When: r.expr()}
		r.expect("then")
		arm.Then = r.expr()
		e.Arms = append(e.Arms, arm)
	}
	if r.accept("else") {
		e.Else = r.expr()
	}
	r.expect("end")
	return e
}

func (r *reader) lambdaAhead() bool {
	i := r.at + 1
	if r.tokens[i].kind == signToken && r.tokens[i].text == ")" {
		return r.ahead(2, "=>")
	}
	for ; r.tokens[i].kind == nameToken || r.tokens[i].kind == quotedToken; i += 2 {
		switch {
		case r.ahead(i+1-r.at, ")"):
			return r.ahead(i+2-r.at, "=>")
		case !r.ahead(i+1-r.at, ","):
			return false
		}
	}
	return false
}

func (r *reader) lambda() Expr {
	e := &Lambda{}
	r.listOf("(", ")", func() {
		name, _ := r.name()
		e.Params = append(e.Params, name)
	})
	r.expect("=>")
	outer := r.params
	r.params = append(outer[:len(outer):len(outer)], e.Params...)
	e.Body = r.expr()
	r.params = outer
	return e
}

func (r *reader) literal() Expr {
	v := r.value()
	e := &Literal{Value: v, Type: naturalType(v)}
	if r.accept(":") {
		e.Type = r.typeName()
	}
	return e
}

func (r *reader) value() event.Value {
	r.enter()
	defer r.leave()
	t := r.peek()
	switch {
	case t.kind == textToken:
		return event.TextValue(r.take().text)
	case t.kind == numberToken:
		return r.number()
	case r.accept("null"):
		return event.NullValue()
	case r.accept("absent"):
		return event.Value{}
	case r.accept("true"):
		return event.BoolValue(true)
	case r.accept("false"):
		return event.BoolValue(false)
	case r.is("["):
		list := []event.Value{}
		r.listOf("[", "]", func() { list = append(list, r.value()) })
		return event.ListValue(list...)
	case r.is("{"):
		o := &event.Record{}
		r.listOf("{", "}", func() {
			name := r.text()
			r.expect(":")
			o.Set(name, r.value())
		})
		return event.ObjectValue(o)
	case t.kind == nameToken && r.ahead(1, "("):
		r.at += 2
		text := r.peek()
		v := r.spelled(t, r.text(), text.span)
		r.expect(")")
		return v
	}
	r.wanted("a value")
	return event.Value{}
}

func (r *reader) number() event.Value {
	t := r.take()
	if n, err := strconv.ParseInt(t.text, 10, 64); err == nil {
		return event.IntValue(n)
	}
	if f, err := strconv.ParseFloat(t.text, 64); err == nil && strings.ContainsAny(t.text, ".eE") {
		return event.FloatValue(f)
	}
	d := r.list.Errorf(r.src, t.span, "plan-number-range", "`%s` is beyond 64 bits", t.text)
	d.Hint = `write decimal("` + t.text + `")`
	return event.DecimalValue(t.text)
}

// spelled reads the text of a kind that has no spelling of its own.
func (r *reader) spelled(kind token, text string, span diag.Span) event.Value {
	switch kind.text {
	case "datetime":
		if ticks, _, ok := event.ParseTime(text); ok {
			return event.TimeValue(ticks)
		}
		if ticks, err := strconv.ParseInt(text, 10, 64); err == nil {
			return event.TimeValue(ticks)
		}
	case "timespan":
		if ticks, ok := fn.ParseDuration(text); ok {
			return event.DurationValue(ticks)
		}
	case "decimal":
		if _, ok := event.Number(text); ok {
			return event.DecimalValue(text)
		}
	case "real":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return event.FloatValue(f)
		}
	default:
		r.list.Errorf(r.src, kind.span, "plan-unknown-literal", "`%s` is no kind of value", kind.text)
		return event.NullValue()
	}
	r.list.Errorf(r.src, span, "plan-bad-literal", "%q is not a %s", text, kind.text)
	return event.NullValue()
}
