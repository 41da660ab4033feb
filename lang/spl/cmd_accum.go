package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "accum", doc: "Adds the numbers of a field up from row to row.",
	parse: func(a *args) stage {
		s := &accumStage{}
		if !a.fieldAs(&s.field, &s.as) {
			return nil
		}
		a.rest()
		if s.as == "" {
			s.as = s.field.text
		}
		return s
	},
})

// fieldAs reads a field, and a name behind as if there is one.
func (a *args) fieldAs(field *value, as *string) bool {
	v, ok := a.value()
	if !ok {
		a.errorf(a.here(), "spl-"+a.command.name, "%s needs a field", a.command.name)
		return false
	}
	*field = v
	if a.keyword("as") {
		v, ok := a.value()
		if !ok {
			a.errorf(a.here(), "spl-as", "a name must stand behind as")
			return false
		}
		*as = v.text
	}
	return true
}

type accumStage struct {
	field value
	as    string
}

func (s *accumStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	e := l.field(out, s.field.text, s.field.span)
	number := apply("spl_number", e)
	sum := l.over(out, "sum", "sum", plan.Frame{Preceding: -1}, nil, number)
	otherwise := null()
	if s.as == s.field.text {
		otherwise = e
	}
	l.compute(out, assignment{s.as, schema.Any, &plan.Case{Arms: []plan.Arm{{When: &plan.IsNull{X: number}, Then: otherwise}}, Else: sum}})
	return out
}
