package fn

import (
	"goshawk/event"
)

var _ = define(Func{
	Name: "kql_range_rows", Doc: "The array that kql_range gives, for rows: it is an error if there are more than 1048576 elements.",
	Params: []Param{required("first", "any"), required("last", "any"), required("step", "any")}, Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		from, to, step := kqlPoint(args[0]), kqlPoint(args[1]), kqlPoint(args[2])
		if step != 0 && (to-from)/step >= maxKQLRange {
			return "a range has more than 1048576 rows"
		}
		return ""
	},
	Eval: func(args []event.Value) event.Value { return ByName("kql_range").Eval(args) },
	Examples: []Example{
		example(list(whole(1), whole(4), whole(7)), whole(1), whole(8), whole(3)), example(list(whole(3), whole(1)), whole(3), whole(1), whole(-2)), example(null, whole(1), whole(2), whole(0)),
		example(list(), whole(2), whole(1), whole(1)), example(list(instant("2007-01-01"), instant("2007-01-02")), instant("2007-01-01"), instant("2007-01-02"), span("1.00:00:00")),
	},
})

// kqlPoint is the place of a number, a time or a span on its line.
func kqlPoint(v event.Value) float64 {
	if v.Kind() == event.Time || v.Kind() == event.Duration {
		return float64(v.Int())
	}
	return v.Float()
}
