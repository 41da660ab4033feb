package spl

import (
	"regexp"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "eval", doc: "Computes fields.",
	parse: func(a *args) stage {
		s := &evalStage{}
		for {
			name, ok := a.target()
			if !ok || !a.accept('=') {
				a.errorf(a.here(), "spl-eval", "a field, = and an expression must stand here")
				return nil
			}
			x := a.eval()
			if x == nil {
				return nil
			}
			s.list = append(s.list, evaluation{name, x})
			if !a.accept(',') || a.done() {
				break
			}
		}
		a.rest()
		return s
	},
})

type evalStage struct{ list []evaluation }

// evaluation gives a field the value of an expression.
type evaluation struct {
	field value
	x     expr
}

// target reads the name of a field that is given a value; it ends at the equals sign.
func (a *args) target() (value, bool) { return a.value() }

func (s *evalStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	for _, e := range s.list {
		l.assign(out, e)
	}
	return out
}

// assign computes one field; it sees those computed before it.
func (l *lowering) assign(out *relation, e evaluation) {
	if isCondition(e.x) {
		l.errorf(e.x.place(), "spl-boolean", "a field cannot be given a truth value").Hint = `write if(…, "true", "false")`
		return
	}
	if !e.field.quoted && computedName.MatchString(e.field.text) {
		l.found(out, "eval", apply("object", l.nameOf(out, e.field), l.value(e.x, out)))
		return
	}
	if call, ok := e.x.(*invoke); ok && call.name == "null" {
		if e.field.text == "_time" {
			l.keepOrder(out)
		}
		out.set(e.field.text, null())
		return
	}
	l.compute(out, assignment{e.field.text, schema.Any, l.value(e.x, out)})
}

// computedName finds the fields in the name of a field that is computed, as in {kind}_count.
var computedName = regexp.MustCompile(`\{([^{}]+)\}`)

// nameOf returns the name that a field with names of fields in braces has in each row.
func (l *lowering) nameOf(out *relation, name value) plan.Expr {
	parts := []plan.Expr{textLiteral("")}
	from := 0
	for _, m := range computedName.FindAllStringSubmatchIndex(name.text, -1) {
		span := diag.Span{Start: name.span.Start + m[2], End: name.span.Start + m[3]}
		parts = append(parts, textLiteral(name.text[from:m[0]]), l.field(out, name.text[m[2]:m[3]], span))
		from = m[1]
	}
	return apply("spl_concat", append(parts, textLiteral(name.text[from:]))...)
}
