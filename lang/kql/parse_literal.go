package kql

import (
	"math"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// typedLiteral reads what stands in the brackets of datetime(…) and the like. It returns nil where that is no literal, with the
// parser still in front of the brackets.
func (p *parser) typedLiteral(start int, t schema.Type) node {
	open := p.tok.at
	stop := strings.IndexByte(p.lexer.text[open.End:], ')')
	if stop < 0 {
		return nil
	}
	inside := diag.Span{Start: open.End, End: open.End + stop}
	raw := strings.TrimSpace(p.lexer.text[inside.Start:inside.End])
	if strings.ContainsAny(raw, "(\n") {
		return nil
	}
	unquoted := raw
	if n := len(raw); n > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[n-1] == raw[0] {
		unquoted = raw[1 : n-1]
	}
	v, ok := literalOf(t, unquoted)
	if !ok {
		if raw != unquoted && t == schema.Datetime { // the original finds out when it runs
			p.warnf(inside, "bad-literal", "", "`%s` is not a datetime, so it is null", diag.Printable(raw))
			p.goTo(inside.End+1, inside.End+1)
			return &literal{at: p.from(start), typ: t, value: event.NullValue()}
		}
		if raw != "" && raw == unquoted && isLetter(raw[0]) && t != schema.Guid { // a name: the call of a function that is not there
			return nil
		}
		p.errorf(inside, "bad-literal", "KS002", "`%s` is not a %s", diag.Printable(raw), t)
		v = event.NullValue()
	}
	p.goTo(inside.End+1, inside.End+1)
	l := &literal{at: p.from(start), typ: t, value: v}
	if t == schema.Datetime && raw == "" {
		l.value = event.Value{} // now: the binder knows
	}
	return l
}

// literalOf returns the value of a type that a text spells.
func literalOf(t schema.Type, text string) (v event.Value, ok bool) {
	if text == "null" || text == "" && t == schema.Datetime {
		return event.NullValue(), true
	}
	switch t {
	case schema.Bool:
		switch strings.ToLower(text) {
		case "true", "1":
			return event.BoolValue(true), true
		case "false", "0":
			return event.BoolValue(false), true
		}
	case schema.Int, schema.Long:
		bits := 64
		if t == schema.Int {
			bits = 32
		}
		n, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			n, err = strconv.ParseInt(text, 0, bits)
		}
		return event.IntValue(n), err == nil
	case schema.Real:
		switch strings.ToLower(text) {
		case "nan":
			return event.FloatValue(math.NaN()), true
		case "+inf", "inf":
			return event.FloatValue(math.Inf(1)), true
		case "-inf":
			return event.FloatValue(math.Inf(-1)), true
		}
		f, err := strconv.ParseFloat(text, 64)
		return event.FloatValue(f), err == nil
	case schema.Decimal:
		if _, isNumber := event.Number(text); isNumber {
			return event.DecimalValue(text), true
		}
	case schema.Guid:
		g := fn.ByName("to_guid").Eval([]event.Value{event.TextValue(text)})
		return g, !g.IsNull()
	case schema.Datetime:
		return datetimeOf(text)
	case schema.Timespan:
		return timespanOf(text)
	}
	return v, false
}

// datetimeOf reads the text of a datetime literal.
func datetimeOf(text string) (event.Value, bool) {
	v := fn.ByName("kql_todatetime").Eval([]event.Value{event.TextValue(text)})
	return v, !v.IsNull()
}

// timespanOf reads the text of a timespan literal: 1.02:03:04.5, 2 (days), 30s.
func timespanOf(text string) (event.Value, bool) {
	negative := strings.HasPrefix(text, "-")
	bare := strings.TrimPrefix(text, "-")
	i := 0
	for i < len(bare) && (isDigit(bare[i]) || bare[i] == '.') {
		i++
	}
	if unit := strings.TrimSpace(bare[i:]); i > 0 && unit != "" && units[unit] != 0 {
		ticks, ok := spanOf(bare[:i], unit)
		if negative {
			ticks = -ticks
		}
		return event.DurationValue(ticks), ok
	}
	v := fn.ByName("kql_totimespan").Eval([]event.Value{event.TextValue(text)})
	return v, !v.IsNull()
}

// dynamic reads dynamic(…) from its brackets on.
func (p *parser) dynamic(start int) node {
	p.expect("(")
	l := &literal{typ: schema.Dynamic, dynamic: true}
	if p.is(")") {
		l.value = event.NullValue()
	} else {
		l.value = p.json()
	}
	p.expect(")")
	l.at = p.from(start)
	return l
}

// json reads a value inside of dynamic(…).
func (p *parser) json() event.Value {
	if !p.nest() {
		return event.NullValue()
	}
	defer func() { p.depth-- }()
	switch {
	case p.is("["):
		p.take()
		list := []event.Value{}
		for !p.is("]") && p.tok.kind != end {
			list = append(list, p.json())
			if !p.accept(",") {
				break
			}
		}
		p.expect("]")
		return event.ListValue(list...)
	case p.is("{"):
		p.take()
		r := &event.Record{}
		for !p.is("}") && p.tok.kind != end {
			if p.tok.kind != quoted {
				p.wanted("a name in quotation marks")
				break
			}
			key := p.take().text
			p.expect(":")
			r.Set(key, p.json())
			if !p.accept(",") {
				break
			}
		}
		p.expect("}")
		return event.ObjectValue(r)
	case p.tok.kind == quoted:
		return p.texts().(*literal).value
	}
	negative := p.accept("-")
	m := p.mark()
	x := p.primary()
	l, ok := x.(*literal)
	switch {
	case x == nil:
		if p.mark() == m {
			p.take()
		}
		return event.NullValue()
	case !ok:
		p.errorf(x.span(), "bad-literal", "KS002", "only constants can stand in dynamic()").Hint = "write pack_array() or bag_pack() to make one of columns"
		return event.NullValue()
	case negative:
		return negated(l.value)
	}
	return l.value
}

func negated(v event.Value) event.Value {
	switch v.Kind() {
	case event.Int:
		return event.IntValue(-v.Int())
	case event.Float:
		return event.FloatValue(-v.Float())
	case event.Duration:
		return event.DurationValue(-v.Int())
	}
	return v
}
