package fn

import (
	"goshawk/event"
)

var _ = define(Func{
	Name: "list_fold", Doc: "What a function of the result so far and an element gives after the last element of a list, beginning with a value; that value for an empty list and for Null.",
	Params: []Param{required("list", "dynamic"), required("first", "any"), required("function", "lambda")}, Result: "any",
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		result := args[1]
		for _, v := range itemsOf(args[0]) {
			result = call(result, v)
		}
		return result
	},
	Examples: []Example{example(whole(0), texts("a", "b"), whole(0)), example(text("x"), null, text("x")), example(null, list(), null)},
})
