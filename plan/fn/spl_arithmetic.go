package fn

import (
	"math"

	"goshawk/event"
)

// SPL's arithmetic. It takes numbers and texts that spell them, and computes with doubles; integers stay exact as long as they
// fit. Anything else, null and several values give Null.

func splArithmetic(name, doc string, integer func(a, b int64) event.Value, double func(a, b float64) float64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
		Eval:     func(args []event.Value) event.Value { return splCompute(args[0], args[1], integer, double) },
		Examples: examples,
	})
}

func splCompute(left, right event.Value, integer func(a, b int64) event.Value, double func(a, b float64) float64) event.Value {
	a, okA := splNumber(left)
	b, okB := splNumber(right)
	if !okA || !okB {
		return null
	}
	if integer != nil && a.Kind() == event.Int && b.Kind() == event.Int {
		if v := integer(a.Int(), b.Int()); !v.IsNull() {
			return v
		}
	}
	return splDouble(double(a.Float(), b.Float()))
}

func splSum(left, right event.Value) event.Value {
	return splCompute(left, right, func(a, b int64) event.Value { return integers('+', a, b) }, func(a, b float64) float64 { return a + b })
}

var _ = define(Func{
	Name: "spl_add", Doc: "The sum of two numbers; two values of which one is no number are joined as texts.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		_, a := splNumber(args[0])
		_, b := splNumber(args[1])
		if a && b {
			return splSum(args[0], args[1])
		}
		return splConcat(args)
	},
	Examples: []Example{
		example(whole(3), text("1"), whole(2)), example(text("a1"), text("a"), whole(1)), example(null, null, whole(1)), example(float(0.75), float(0.5), text("0.25")),
		example(null, texts("1", "2"), whole(1)),
	},
})

var (
	_ = splArithmetic("spl_subtract", "The difference of two numbers.",
		func(a, b int64) event.Value { return integers('-', a, b) }, func(a, b float64) float64 { return a - b },
		example(whole(-1), text("1"), whole(2)), example(null, text("a"), whole(1)), example(null, null, whole(1)))
	_ = splArithmetic("spl_multiply", "The product of two numbers.",
		func(a, b int64) event.Value { return integers('*', a, b) }, func(a, b float64) float64 { return a * b },
		example(whole(6), whole(2), text("3")), example(float(1e20), whole(1e10), whole(1e10)), example(null, text(""), whole(1)))
	_ = splArithmetic("spl_divide", "The quotient of two numbers; Null where the second is zero.", nil,
		func(a, b float64) float64 { return a / b },
		example(float(2.5), whole(5), whole(2)), example(whole(3), text("6"), whole(2)), example(null, whole(1), whole(0)), example(null, whole(0), whole(0)))
	_ = splArithmetic("spl_modulo", "What is left of a number when it is divided by another, with the sign of the first; Null where the second is zero.", nil, math.Mod,
		example(whole(1), whole(7), whole(3)), example(whole(-1), whole(-7), whole(3)), example(float(0.5), text("7.5"), whole(1)), example(null, whole(1), whole(0)))
)

var _ = define(Func{
	Name: "spl_negate", Doc: "The number with the other sign; Null for what is none.",
	Params: splParam, Result: "any", Strict: true,
	Eval:     func(args []event.Value) event.Value { return splNegated(args[0]) },
	Examples: []Example{example(whole(-5), text("5")), example(null, text("a")), example(float(0.5), float(-0.5))},
})

func splNegated(v event.Value) event.Value {
	return splCompute(whole(0), v, func(a, b int64) event.Value { return integers('-', a, b) }, func(a, b float64) float64 { return a - b })
}

var _ = define(Func{
	Name: "spl_concat", Doc: "The texts of two or more single values, one behind the other; Null where one is null or a multivalue.",
	Params: []Param{required("a", "any"), variadic("more", "any")}, Result: "any", Strict: true,
	Eval: splConcat,
	Examples: []Example{
		example(text(`CORP\jo`), text("CORP"), text(`\`), text("jo")), example(text("50.5"), whole(5), float(0.5)), example(null, text("a"), null),
		example(null, texts("a", "b"), text("c")), example(text("1.5x"), float(1.5), text("x")),
	},
})

func splConcat(args []event.Value) event.Value {
	var out []byte
	for _, v := range args {
		one, ok := splOnly(v)
		if !ok {
			return null
		}
		out = append(out, splText(one)...)
	}
	return text(string(out))
}
