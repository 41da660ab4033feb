package spl

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// valid checks the arguments of a macro with its validation expression, in which a parameter stands for the text of its argument.
func (x *expansion) valid(macro *Macro, values map[string]*diag.Text, text *diag.Text, span diag.Span, via *diag.Use) bool {
	if macro.Validation == "" {
		return true
	}
	source := &diag.Source{Name: "validation of `" + macro.Name + "`", Text: macro.Validation}
	e := x.given(substitute(diag.NewText(source), values), values)
	if e.expr == nil {
		x.complain(text, span, via, "spl-macro-validation", "the validation of the macro `%s` cannot be read: %s", macro.Name, clip(e.list.Error()))
		return false
	}
	verdict, ok := plan.RewriteExpr(e.holds(e.expr, e.fields, true)).(*plan.Literal)
	if ok && !e.list.Failed() && verdict.Value.Kind() == event.Bool && verdict.Value.Bool() {
		return true
	}
	message := macro.Message
	if message == "" {
		message = "the arguments do not meet " + clip(macro.Validation)
	}
	x.complain(text, span, via, "spl-macro-validation", "`%s`: %s", macro.Name, message)
	return false
}

// computed returns the text that the definition of a macro gives as an expression, with its parameters put in; nil after an error.
func (x *expansion) computed(macro *Macro, definition *diag.Text, values map[string]*diag.Text, text *diag.Text, span diag.Span, via *diag.Use) *diag.Text {
	e := x.given(definition, values)
	if e.expr == nil {
		x.complain(text, span, via, "spl-macro-eval", "the expression of the macro `%s` cannot be read: %s", macro.Name, clip(e.list.Error()))
		return nil
	}
	result, ok := plan.RewriteExpr(e.value(e.expr, e.fields)).(*plan.Literal)
	if e.list.Failed() {
		x.complain(text, span, via, "spl-macro-eval", "the expression of the macro `%s` cannot be read: %s", macro.Name, clip(e.list.Error()))
		return nil
	}
	if !ok || result.Value.Kind() != event.Text {
		x.complain(text, span, via, "spl-macro-eval", "the expression of the macro `%s` gives no text: %s", macro.Name, clip(definition.String))
		return nil
	}
	place := text.Place(span)
	out := &diag.TextBuilder{}
	out.Add(result.Value.Text(), place.Source, place.Span)
	return out.Text()
}

// givenText is an expression that depends on nothing but the arguments of a macro.
type givenText struct {
	*lowering
	expr   expr // nil if it cannot be read
	fields *relation
}

// given reads an expression in which a bare argument is a text, as in isnum($x$): fields have no values before the search runs.
func (x *expansion) given(text *diag.Text, values map[string]*diag.Text) givenText {
	inner := &lowering{env: x.env, search: &Search{}, used: map[string]int{}, text: text}
	a := &args{parser: &parser{lowering: inner, text: text.String}, command: &spec{name: "the expression"}, end: len(text.String)}
	c := givenText{lowering: inner, expr: a.eval()}
	if c.expr != nil {
		a.rest()
	}
	if inner.list.Failed() {
		c.expr = nil
	}
	c.fields = &relation{void: true}
	for _, v := range values {
		c.fields.fields.put(v.String, textLiteral(v.String))
	}
	return c
}
