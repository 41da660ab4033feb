package fn

import (
	"fmt"

	"goshawk/event"
)

// maxSeries bounds the points of one series, as in the original.
const maxSeries = 1 << 20

var _ = define(Func{
	Name: "kql_series_axis", Doc: "The points of an axis from a beginning by steps up to an end, which is one of them only where that is asked; Null where the step is not positive.",
	Params: []Param{required("from", "any"), required("to", "any"), required("step", "any"), required("inclusive", "bool")}, Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		if points := axisPoints(args); points > maxSeries {
			return fmt.Sprintf("a series would have more than %d points", maxSeries)
		}
		return ""
	},
	Eval: func(args []event.Value) event.Value {
		n := axisPoints(args)
		if n < 0 {
			return null
		}
		points := make([]event.Value, min(n, maxSeries))
		for i := range points {
			points[i] = axisPoint(args[0], args[2], i)
		}
		return list(points...)
	},
	Examples: []Example{
		example(list(whole(0), whole(2), whole(4)), whole(0), whole(6), whole(2), no), example(list(whole(0), whole(2)), whole(0), whole(2), whole(2), yes), example(list(), whole(3), whole(3), whole(1), no),
		example(null, whole(0), whole(2), whole(0), no), example(list(instant("2024-01-01"), instant("2024-01-02")), instant("2024-01-01"), instant("2024-01-03"), event.DurationValue(864e9), no),
	},
})

func axisPoint(from, step event.Value, i int) event.Value {
	if from.Kind() == event.Float || step.Kind() == event.Float {
		return float(from.Float() + float64(i)*step.Float())
	}
	n := from.Int() + int64(i)*step.Int()
	switch from.Kind() {
	case event.Time:
		return event.TimeValue(n)
	case event.Duration:
		return event.DurationValue(n)
	}
	return whole(n)
}

// axisPoints returns how many points an axis has, -1 where it is none.
func axisPoints(args []event.Value) int {
	from, to, step, inclusive := args[0], args[1], args[2], args[3].Bool()
	if from.Kind() == event.Float || to.Kind() == event.Float || step.Kind() == event.Float {
		if !(step.Float() > 0) {
			return -1
		}
		n := (to.Float() - from.Float()) / step.Float()
		if !(n >= 0) {
			return 0
		}
		points := int(min(n, maxSeries+1))
		if float64(points) < n || inclusive {
			points++
		}
		return points
	}
	if step.Int() <= 0 {
		return -1
	}
	width := to.Int() - from.Int()
	if width < 0 || width == 0 && !inclusive {
		return 0
	}
	points := width / step.Int()
	if width%step.Int() != 0 || inclusive {
		points++
	}
	return int(min(points, maxSeries+1))
}

var _ = define(Func{
	Name: "kql_make_series", Doc: "For each point of an axis the value that stands beside it in two lists of points and values, a default where there is none.",
	Params: []Param{required("axis", "dynamic"), required("points", "dynamic"), required("values", "dynamic"), required("otherwise", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.List {
			return null
		}
		at := map[string]event.Value{}
		values := args[2].List()
		for i, p := range args[1].List() {
			if i < len(values) {
				at[string(AppendKey(nil, p))] = values[i]
			}
		}
		axis := args[0].List()
		out := make([]event.Value, len(axis))
		for i, p := range axis {
			v, ok := at[string(AppendKey(nil, p))]
			if !ok {
				v = args[3]
			}
			out[i] = v
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(whole(5), whole(0), whole(7)), list(whole(0), whole(1), whole(2)), list(whole(2), whole(0)), list(whole(7), whole(5)), whole(0)),
		example(list(null), list(whole(0)), list(), list(), null), example(null, null, list(), list(), null),
	},
})
