package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// value is an expression of the plan with the type that the language gives it.
type value struct {
	expr plan.Expr
	// loose is true exactly where expr is, but may be false or null where that is the other: enough for a condition, and the form
	// that an index can use. nil: expr itself.
	loose plan.Expr
	typ   schema.Type
	// bad says that a complaint was made, so that nothing more is to be said of what is made of it.
	bad bool
	// path says that it is a member of a dynamic value, and so may be null for many reasons.
	path bool
	// parts are the columns of a function that gives several, with the names that they have if they are given none; the value is the
	// first of them.
	parts []assigned
}

// exact returns the expression.
func (v value) exact() plan.Expr {
	if v.expr == nil {
		return &plan.Literal{Value: event.NullValue(), Type: v.typ}
	}
	return v.expr
}

// condition returns the expression where only its truth counts.
func (v value) condition() plan.Expr {
	if v.loose != nil {
		return v.loose
	}
	return v.exact()
}

// any says that nothing is known of the type before running.
func (v value) any() bool { return v.typ == schema.Any || v.bad }

// open says that the type of a value shows only while running.
func (v value) open() bool { return v.typ == schema.Any || v.typ == schema.Dynamic || v.bad }

// wrong is what stands for an expression that was complained about.
func wrong() value { return value{bad: true} }

// constant returns the value of a literal.
func (v value) constant() (event.Value, bool) {
	l, ok := v.expr.(*plan.Literal)
	if !ok {
		return event.Value{}, false
	}
	return l.Value, true
}

func literalValue(v event.Value, t schema.Type) value {
	return value{expr: &plan.Literal{Value: v, Type: t}, typ: t}
}

func textValue(s string) value { return literalValue(event.TextValue(s), schema.String) }

func boolLiteral(b bool) plan.Expr {
	return &plan.Literal{Value: event.BoolValue(b), Type: schema.Bool}
}

// apply calls a function of the catalogue, at once where all arguments are constants.
func apply(name string, args ...plan.Expr) plan.Expr {
	f := fn.ByName(name)
	if f == nil {
		panic("kql: the catalogue has no function " + name)
	}
	e := &plan.Call{Func: f, Args: args}
	if f.Eval == nil || f.Fails != nil {
		return e
	}
	values := make([]event.Value, len(args))
	for i, a := range args {
		l, ok := a.(*plan.Literal)
		if !ok {
			return e
		}
		values[i] = l.Value
	}
	t := plan.TypeOf(e)
	for _, v := range values {
		if f.Strict && v.IsNull() {
			return &plan.Literal{Value: event.NullValue(), Type: t}
		}
	}
	v := f.Eval(values)
	if t == schema.Any && !v.IsNull() {
		t = typeOfValue(v)
	}
	return &plan.Literal{Value: v, Type: t}
}

// typeOfValue returns the type of a constant.
func typeOfValue(v event.Value) schema.Type {
	switch v.Kind() {
	case event.Bool:
		return schema.Bool
	case event.Int:
		return schema.Long
	case event.Float:
		return schema.Real
	case event.Decimal:
		return schema.Decimal
	case event.Text:
		return schema.String
	case event.Time:
		return schema.Datetime
	case event.Duration:
		return schema.Timespan
	}
	return schema.Dynamic
}

// made returns the result of a function with the type that the language gives it.
func made(t schema.Type, name string, args ...plan.Expr) value {
	e := apply(name, args...)
	if l, ok := e.(*plan.Literal); ok && l.Type != t {
		e = &plan.Literal{Value: l.Value, Type: t}
	}
	return value{expr: e, typ: t}
}

// converters make a value of a type out of another; what cannot be is null, or an empty text.
var converters = map[schema.Type]string{
	schema.String: "kql_tostring", schema.Int: "kql_toint", schema.Long: "kql_tolong", schema.Real: "kql_toreal", schema.Decimal: "kql_todecimal",
	schema.Bool: "kql_tobool", schema.Datetime: "kql_todatetime", schema.Timespan: "kql_totimespan", schema.Guid: "kql_toguid",
}

// to converts a value as the function of that name (tostring, toint …) does.
func (v value) to(t schema.Type) value {
	switch {
	case v.typ == t && !v.bad || v.bad:
		return value{expr: v.exact(), loose: v.loose, typ: t, bad: v.bad}
	case t == schema.Any:
		return v
	case t == schema.Dynamic:
		return value{expr: v.exact(), typ: schema.Dynamic}
	case t == schema.Long && v.typ == schema.Int:
		return value{expr: v.exact(), typ: t}
	}
	return made(t, converters[t], v.exact())
}

// cast is to for a value that is meant to be of the type already: it may change a number's kind, and never reads a text.
func (v value) cast(t schema.Type) value {
	if v.typ == t || v.bad || t == schema.Any || t == schema.Dynamic || numeric(v.typ) && numeric(t) && t != schema.Real && t != schema.Decimal {
		return value{expr: v.exact(), loose: v.loose, typ: t, bad: v.bad}
	}
	return v.to(t)
}

func numeric(t schema.Type) bool {
	return t == schema.Int || t == schema.Long || t == schema.Real || t == schema.Decimal
}

func integral(t schema.Type) bool { return t == schema.Int || t == schema.Long }

// common returns the type of what is one of two values.
func common(a, c value) schema.Type {
	switch {
	case a.bad:
		return c.typ
	case c.bad || a.typ == c.typ:
		return a.typ
	case a.typ == schema.Any || c.typ == schema.Any:
		return schema.Any
	case isNullLiteral(a):
		return c.typ
	case isNullLiteral(c):
		return a.typ
	case a.typ == schema.Dynamic: // the other type is that of both
		return c.typ
	case c.typ == schema.Dynamic:
		return a.typ
	case numeric(a.typ) && numeric(c.typ):
		return wider(a.typ, c.typ)
	}
	return schema.Dynamic
}

// isNullLiteral says whether a value is dynamic(null), which takes any type.
func isNullLiteral(v value) bool {
	k, ok := v.constant()
	return ok && v.typ == schema.Dynamic && k.IsNull()
}

// wider returns the type of arithmetic with numbers of two types.
func wider(a, c schema.Type) schema.Type {
	switch {
	case a == schema.Decimal && c == schema.Real || a == schema.Real && c == schema.Decimal:
		return schema.Real
	case a == schema.Decimal || c == schema.Decimal:
		return schema.Decimal
	case a == schema.Real || c == schema.Real:
		return schema.Real
	case a == schema.Long || c == schema.Long:
		return schema.Long
	}
	return schema.Int
}

// constant binds an expression that must be a constant of a type.
func (b *binder) constant(c *context, x node, t schema.Type) (event.Value, bool) {
	v := b.expr(c, x)
	if v.bad {
		return event.NullValue(), false
	}
	if t != schema.Any && v.typ != t {
		v = v.to(t)
	}
	k, ok := v.constant()
	if !ok {
		if folded, isLiteral := plan.RewriteExpr(v.exact()).(*plan.Literal); isLiteral {
			return folded.Value, true
		}
		b.errorf(x.span(), "not-constant", "KS111", "a constant is wanted here")
	}
	return k, ok
}

// clipped is the text of a span, for marks.
func (b *binder) words(at diag.Span) string {
	if at.End > len(b.text.String) {
		return ""
	}
	text := b.text.String[at.Start:at.End]
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return text
}

// mark leads from a predicate back to the author's words.
func (b *binder) mark(field string, at diag.Span) plan.Marked {
	_, span := b.text.Place(at).Outermost()
	return plan.Marked{At: &plan.Mark{Clause: b.clause, Field: field, Text: b.words(at), Span: span}}
}
