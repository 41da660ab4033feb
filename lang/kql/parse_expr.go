package kql

import (
	"math"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/schema"
)

// expr reads an expression; nil after a complaint.
func (p *parser) expr() node {
	if !p.nest() {
		return nil
	}
	x := p.or()
	p.depth--
	return x
}

func (p *parser) or() node {
	return p.chain("or", func() node { return p.chain("and", p.comparison) })
}

// chain reads operands between a word.
func (p *parser) chain(op string, operand func() node) node {
	x := operand()
	for x != nil && p.tok.kind == word && p.tok.text == op {
		t := p.take()
		r := operand()
		if r == nil {
			return nil
		}
		x = &binary{p.from(x.span().Start), op, t.at, x, r}
	}
	return x
}

// comparisons are the operators that compare two values, words and symbols.
var comparisons = map[string]bool{
	"==": true, "!=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "=~": true, "!~": true, ":": true,
	"has": true, "!has": true, "has_cs": true, "!has_cs": true, "hasprefix": true, "!hasprefix": true, "hasprefix_cs": true, "!hasprefix_cs": true,
	"hassuffix": true, "!hassuffix": true, "hassuffix_cs": true, "!hassuffix_cs": true,
	"contains": true, "!contains": true, "contains_cs": true, "!contains_cs": true, "notcontains": true, "notcontains_cs": true, "containscs": true,
	"startswith": true, "!startswith": true, "startswith_cs": true, "!startswith_cs": true,
	"endswith": true, "!endswith": true, "endswith_cs": true, "!endswith_cs": true, "like": true, "notlike": true, "like_cs": true, "notlike_cs": true,
}

// lists are the operators that compare with a list.
var lists = map[string]bool{"in": true, "!in": true, "in~": true, "!in~": true, "has_any": true, "has_all": true}

func (p *parser) comparison() node {
	x := p.sum()
	for x != nil && (p.tok.kind == word || p.tok.kind == symbol) {
		op := p.tok.text
		switch {
		case comparisons[op]:
			t := p.take()
			r := p.sum()
			if r == nil {
				return nil
			}
			x = &binary{p.from(x.span().Start), op, t.at, x, r}
		case op == "matches":
			t := p.take()
			t.at.End = p.tok.at.End
			if !p.expect("regex") {
				return nil
			}
			r := p.sum()
			if r == nil {
				return nil
			}
			x = &binary{p.from(x.span().Start), "matches regex", t.at, x, r}
		case lists[op]:
			t := p.take()
			if p.is("~") && !p.tok.blank {
				op += "~"
				t.at.End = p.take().at.End
			}
			a := &among{op: op, opAt: t.at, x: x}
			if !p.is("(") {
				p.errorf(p.tok.at, "syntax", "KS005", "`(` is missing behind %s", op).Hint = "write " + op + " (a, b) or " + op + " (list)"
				if r := p.sum(); r != nil {
					a.list = []node{r}
				}
			} else {
				a.list = p.operands()
			}
			a.at = p.from(x.span().Start)
			x = a
		case op == "between" || op == "!between":
			p.take()
			b := &between{not: op[0] == '!', x: x}
			if !p.expect("(") {
				return nil
			}
			b.lo = p.expr()
			p.expect("..")
			b.hi = p.expr()
			p.expect(")")
			if b.lo == nil || b.hi == nil {
				return nil
			}
			b.at = p.from(x.span().Start)
			x = b
		default:
			return x
		}
	}
	return x
}

// operands reads the operands of in and has_any, which may be rows, in their brackets.
func (p *parser) operands() []node {
	var list []node
	p.expect("(")
	if !p.is(")") {
		p.list_(func() bool {
			if p.is(")") { // a comma too many
				return false
			}
			x := p.tabular()
			if x != nil {
				list = append(list, x)
			}
			return x != nil
		})
	}
	p.expect(")")
	return list
}

func (p *parser) sum() node {
	return p.arithmetic("+-", func() node { return p.arithmetic("*/%", p.unary) })
}

func (p *parser) arithmetic(ops string, operand func() node) node {
	x := operand()
	for x != nil && p.tok.kind == symbol && len(p.tok.text) == 1 && strings.Contains(ops, p.tok.text) {
		t := p.take()
		r := operand()
		if r == nil {
			return nil
		}
		x = &binary{p.from(x.span().Start), t.text, t.at, x, r}
	}
	return x
}

func (p *parser) unary() node {
	if p.is("-") || p.is("+") {
		t := p.take()
		if !p.nest() {
			return nil
		}
		x := p.unary()
		p.depth--
		if x == nil {
			return nil
		}
		return &unary{p.from(t.at.Start), t.text, x}
	}
	return p.postfix()
}

// postfix reads an operand with the members and indexes behind it.
func (p *parser) postfix() node {
	x := p.primary()
	for parts := 0; x != nil; parts++ {
		start := x.span().Start
		if parts > maxDepth {
			p.errorf(p.tok.at, "too-deep", "", "a member is more than %d members deep", maxDepth)
			p.goTo(len(p.lexer.text), p.last)
			return nil
		}
		switch {
		case p.is(".") && !(p.tok.blank && p.numberBefore(x)):
			p.take()
			if p.is("[") {
				if i := p.index(); i != nil {
					x = &index{p.from(start), x, i}
					continue
				}
				return nil
			}
			n := p.name()
			if n == nil {
				p.wanted("a name")
				return nil
			}
			if p.is("(") && !p.tok.blank {
				c := &call{fn: n, args: p.arguments()}
				c.at = p.from(n.Start)
				x = &called{at: p.from(start), of: x, call: c}
				continue
			}
			x = &member{p.from(start), x, n}
		case p.is("["):
			i := p.index()
			if i == nil {
				return nil
			}
			x = &index{p.from(start), x, i}
		default:
			return x
		}
	}
	return nil
}

func (p *parser) numberBefore(x node) bool { _, ok := x.(*literal); return ok }

// called is x.f(…), such as database("d").table("t") or workspace("w").T.
type called struct {
	at
	of   node
	call *call
}

func (p *parser) index() node {
	p.expect("[")
	x := p.expr()
	p.expect("]")
	return x
}

// arguments reads the arguments of a call in their brackets.
func (p *parser) arguments() []argument {
	var list []argument
	p.expect("(")
	if !p.is(")") {
		p.list_(func() bool {
			if p.is(")") {
				return false
			}
			a := argument{}
			m := p.mark()
			if n := p.name(); n != nil && p.is("=") {
				p.take()
				a.name = n
			} else {
				p.back(m)
			}
			if p.is("*") {
				t := p.take()
				a.value = &star{at(t.at)}
				if comparisons[p.tok.text] {
					a.value = p.starred(a.value)
				}
			} else if f := p.lambda(); f != nil {
				a.value = f
			} else {
				a.value = p.tabular()
			}
			if a.value != nil {
				list = append(list, a)
			}
			return a.value != nil
		})
	}
	p.expect(")")
	return list
}

// starred reads the comparison of any column.
func (p *parser) starred(x node) node {
	t := p.take()
	r := p.sum()
	if r == nil {
		return nil
	}
	return &binary{p.from(x.span().Start), t.text, t.at, x, r}
}

// typed are the words that make a literal of what stands in the brackets behind them.
var typed = map[string]schema.Type{
	"datetime": schema.Datetime, "date": schema.Datetime, "timespan": schema.Timespan, "time": schema.Timespan, "guid": schema.Guid,
	"int": schema.Int, "long": schema.Long, "real": schema.Real, "double": schema.Real, "decimal": schema.Decimal, "bool": schema.Bool, "boolean": schema.Bool,
}

// primary reads an operand.
func (p *parser) primary() node {
	start := p.tok.at.Start
	switch p.tok.kind {
	case number:
		return p.numeral()
	case timespan:
		t := p.take()
		i := 0
		for i < len(t.text) && (isDigit(t.text[i]) || t.text[i] == '.') {
			i++
		}
		ticks, ok := spanOf(t.text[:i], t.text[i:])
		if !ok {
			p.errorf(t.at, "syntax", "KS002", "%s is too long a time", t.text)
		}
		return &literal{at: at(t.at), typ: schema.Timespan, value: event.DurationValue(ticks)}
	case quoted:
		return p.texts()
	case word:
		return p.worded()
	case broken:
		p.take()
		return nil
	case end:
		p.wanted("an expression")
		return nil
	}
	switch p.tok.text {
	case "(":
		p.take()
		if !p.nest() {
			return nil
		}
		x := p.tabular()
		p.depth--
		p.expect(")")
		if x == nil {
			return nil
		}
		return &grouped{p.from(start), x}
	case "[":
		if n := p.name(); n != nil {
			return n
		}
	case "*":
		t := p.take()
		return &star{at(t.at)}
	}
	p.wanted("an expression")
	return nil
}

// grouped is an expression in brackets.
type grouped struct {
	at
	x node
}

// texts reads texts that stand side by side as one.
func (p *parser) texts() node {
	l := p.joinedTexts()
	if l.pieces != nil {
		p.warnf(diag.Span(l.at), "joined-texts", "", "texts without a comma between them are one text").Hint = "write a comma, or one text"
	}
	return l
}

// joinedTexts reads texts that stand together as one, where nobody would have meant several.
func (p *parser) joinedTexts() *literal {
	l := &literal{typ: schema.String}
	start := p.tok.at.Start
	var b strings.Builder
	for p.tok.kind == quoted {
		t := p.take()
		l.pieces = append(l.pieces, t.at)
		b.WriteString(t.text)
	}
	l.at = p.from(start)
	l.value = event.TextValue(b.String())
	if len(l.pieces) == 1 {
		l.pieces = nil
	}
	return l
}

func (p *parser) numeral() node {
	t := p.take()
	l := &literal{at: at(t.at), typ: schema.Long}
	text := t.text
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		n, err := strconv.ParseUint(text[2:], 16, 64)
		if err != nil {
			p.errorf(t.at, "syntax", "KS002", "%s is too large a number", text)
		}
		l.value = event.IntValue(int64(n))
		return l
	}
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.errorf(t.at, "syntax", "KS002", "%s is too large a number", text)
		}
		l.value = event.IntValue(n)
		return l
	}
	f, _ := strconv.ParseFloat(text, 64)
	l.typ, l.value = schema.Real, event.FloatValue(f)
	return l
}

// spanOf returns a count of units in ticks.
func spanOf(count, unit string) (ticks int64, ok bool) {
	per, known := units[unit]
	if !known {
		return 0, false
	}
	if per == 0 { // nanoseconds, of which 100 are a tick
		n, err := strconv.ParseFloat(count, 64)
		return int64(n / 100), err == nil
	}
	if n, err := strconv.ParseInt(count, 10, 64); err == nil {
		return n * per, n <= math.MaxInt64/per
	}
	f, err := strconv.ParseFloat(count, 64)
	f *= float64(per)
	return int64(math.Round(f)), err == nil && f < math.MaxInt64
}

// worded reads what begins with a word.
func (p *parser) worded() node {
	start := p.tok.at.Start
	switch text := p.tok.text; {
	case strings.EqualFold(text, "true") && (text == "true" || text == "True" || text == "TRUE"):
		t := p.take()
		return &literal{at: at(t.at), typ: schema.Bool, value: event.BoolValue(true)}
	case text == "false" || text == "False" || text == "FALSE":
		t := p.take()
		return &literal{at: at(t.at), typ: schema.Bool, value: event.BoolValue(false)}
	case text == "null":
		m := p.mark()
		t := p.take()
		if !p.is("(") {
			return &literal{at: at(t.at), typ: schema.Dynamic, value: event.NullValue()}
		}
		p.back(m)
	case text == "typeof":
		m := p.mark()
		p.take()
		if p.is("(") {
			p.take()
			t := &typeName{}
			p.list_(func() bool {
				t.types = append(t.types, p.typ())
				return true
			})
			p.expect(")")
			t.at = p.from(start)
			return t
		}
		p.back(m)
	case typed[text] != schema.Any:
		m := p.mark()
		p.take()
		if p.is("(") {
			if l := p.typedLiteral(start, typed[text]); l != nil {
				return l
			}
		}
		p.back(m)
	case text == "dynamic":
		m := p.mark()
		p.take()
		if p.is("(") {
			return p.dynamic(start)
		}
		p.back(m)
	}
	n := p.name()
	if p.is("(") {
		if o := operators[n.text]; o != nil && o.source && (n.text == "datatable" || n.text == "externaldata" || n.text == "external_data") {
			p.goTo(n.Start, n.Start)
			if s := p.stage(); s != nil {
				return &pipeline{at: p.from(start), stages: []*stage{s}}
			}
			return nil
		}
		c := &call{fn: n, args: p.arguments()}
		c.at = p.from(start)
		return c
	}
	return n
}
