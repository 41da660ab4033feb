package fn

import (
	"goshawk/event"
)

// Choices between values, and what to do about those that are missing.

var _ = define(Func{
	Name: "coalesce", Doc: "The first of the values that is not null; Null where all are.",
	Params: []Param{variadic("values", "any")}, Result: "any", Within: Choice, HandsOn: EachValue,
	Eval: func(args []event.Value) event.Value {
		for _, v := range args {
			if !v.IsNull() {
				return v
			}
		}
		return null
	},
	Examples: []Example{example(text("a"), null, text("a"), text("b")), example(empty, empty, text("b")), example(null)},
})

var _ = define(Func{
	Name: "first_filled", Doc: "The first of the values that is neither null nor an empty text; Null where none is.",
	Params: []Param{variadic("values", "any")}, Result: "any", Within: Choice,
	Eval: func(args []event.Value) event.Value {
		for _, v := range args {
			if !v.IsNull() && !v.IsEmpty() {
				return v
			}
		}
		return null
	},
	Examples: []Example{example(text("b"), null, empty, text("b")), example(null, empty)},
})

var _ = define(Func{
	Name: "if_null", Doc: "The value, or another where it is null.",
	Params: []Param{required("value", "any"), required("otherwise", "any")}, Result: "any", Within: Choice,
	Eval: func(args []event.Value) event.Value {
		if args[0].IsNull() {
			return args[1]
		}
		return args[0]
	},
	Examples: []Example{example(whole(1), null, whole(1)), example(whole(0), whole(0), whole(1))},
})

var _ = define(Func{
	Name: "null_if", Doc: "Null where a value equals another, else the value.",
	Params: []Param{required("value", "any"), required("other", "any")}, Result: "any", Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		if order, ok := Compare(args[0], args[1]); ok && order == 0 {
			return null
		}
		return args[0]
	},
	Examples: []Example{example(null, text("-"), text("-")), example(text("x"), text("x"), text("-")), example(null, float(1), whole(1))},
})

var _ = define(Func{
	Name: "least", Doc: "The least of the values that are not null, in the order of sorting; Null where all are.",
	Params: []Param{variadic("values", "any")}, Result: "any", Within: Choice,
	Eval:     func(args []event.Value) event.Value { return extreme(args, -1) },
	Examples: []Example{example(whole(1), whole(2), whole(1), null), example(null, null)},
})

var _ = define(Func{
	Name: "greatest", Doc: "The greatest of the values that are not null, in the order of sorting; Null where all are.",
	Params: []Param{variadic("values", "any")}, Result: "any", Within: Choice,
	Eval:     func(args []event.Value) event.Value { return extreme(args, 1) },
	Examples: []Example{example(float(2.5), whole(2), float(2.5)), example(text("b"), text("a"), text("b"))},
})

func extreme(values []event.Value, sign int) event.Value {
	best := null
	for _, v := range values {
		if !v.IsNull() && (best.IsNull() || Order(v, best)*sign > 0) {
			best = v
		}
	}
	return best
}

var _ = define(Func{
	Name: "kind_of", Doc: "The name of the value's kind: null, bool, int, float, decimal, text, time, duration, list or object.",
	Params: []Param{required("value", "any")}, Result: "string",
	Eval:     func(args []event.Value) event.Value { return text(args[0].Kind().String()) },
	Examples: []Example{example(text("null"), null), example(text("int"), whole(1)), example(text("list"), list())},
})
