package spl

import "goshawk/schema"

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
	if call, ok := e.x.(*invoke); ok && call.name == "null" {
		if e.field.text == "_time" {
			l.keepOrder(out)
		}
		out.set(e.field.text, null())
		return
	}
	l.compute(out, assignment{e.field.text, schema.Any, l.value(e.x, out)})
}
