package kql

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineFunction(function{
	name: "not", doc: "true for false, false for true", takes: "x:bool", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value { return not(args[0]) },
})

var _ = defineFunction(function{
	name: "now", doc: "the time of the query, moved by an offset", takes: "offset:timespan?", gives: "datetime", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		if len(args) == 0 {
			return b.now()
		}
		return made(schema.Datetime, "add", b.now().exact(), args[0].exact())
	},
})

var _ = defineFunction(function{
	name: "ago", doc: "the time of the query less a timespan", takes: "span:timespan", gives: "datetime", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return made(schema.Datetime, "subtract", b.now().exact(), args[0].exact())
	},
})

var _ = defineFunction(function{
	name: "iff", aliases: []string{"iif"}, doc: "one of two values, by a condition", takes: "condition:scalar, then:scalar, otherwise:scalar", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return b.choice(at, []value{args[0]}, args[1:])
	},
})

var _ = defineFunction(function{
	name: "case", doc: "the value behind the first condition that is true, else the last", takes: "condition:scalar, then:scalar, more:scalar…", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		if len(args)%2 == 0 {
			b.errorf(at.span(), "argument-count", "KS121", "case takes an odd number of arguments").Hint = "the last one is the value where no condition is true"
			return wrong()
		}
		var conditions, values []value
		for i := 0; i+1 < len(args); i += 2 {
			conditions = append(conditions, args[i])
			values = append(values, args[i+1])
		}
		return b.choice(at, conditions, append(values, args[len(args)-1]))
	},
})

// choice is a value by conditions; values has one more, for when none is true.
func (b *binder) choice(at *call, conditions, values []value) value {
	t := values[0]
	for _, v := range values[1:] {
		t = value{typ: common(t, v), bad: t.bad && v.bad}
	}
	for i := range values {
		if isNullLiteral(values[i]) {
			values[i] = literalValue(emptyOf(t.typ).Value, t.typ)
		}
		values[i] = values[i].cast(t.typ)
	}
	e := &plan.Case{}
	for i, c := range conditions {
		e.Arms = append(e.Arms, plan.Arm{When: b.mustBool(c, at.args[min(2*i, len(at.args)-1)].value.span()), Then: values[i].exact()})
	}
	e.Else = values[len(values)-1].exact()
	if len(e.Arms) == 1 {
		if l, ok := e.Arms[0].When.(*plan.Literal); ok {
			if l.Value.Bool() {
				return value{expr: e.Arms[0].Then, typ: t.typ}
			}
			return value{expr: e.Else, typ: t.typ}
		}
	}
	return value{expr: e, typ: t.typ}
}
