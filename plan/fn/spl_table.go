package fn

import (
	"slices"
	"strings"

	"goshawk/event"
)

// Tables whose columns are values.

// seriesNames gathers the names of columns.
type seriesNames struct {
	seen  map[string]bool
	names []string
}

func (s *seriesNames) Add(args []event.Value) {
	for _, v := range args {
		if v.IsNull() {
			continue
		}
		if name := v.Text(); !s.seen[name] {
			s.seen[name] = true
			s.names = append(s.names, name)
		}
	}
}

func (s *seriesNames) Result() event.Value {
	names := slices.Clone(s.names)
	slices.SortFunc(names, func(a, b string) int {
		if last := seriesLast(a) - seriesLast(b); last != 0 {
			return last
		}
		x, xNumber := event.Number(a)
		y, yNumber := event.Number(b)
		switch {
		case xNumber && yNumber && x.Float() != y.Float():
			if x.Float() < y.Float() {
				return -1
			}
			return 1
		case xNumber != yNumber && xNumber:
			return -1
		case xNumber != yNumber:
			return 1
		}
		return strings.Compare(a, b)
	})
	out := make([]event.Value, len(names))
	for i, name := range names {
		out[i] = text(name)
	}
	return event.ListValue(out...)
}

func (s *seriesNames) Size() int64 { return int64(len(s.names)) * 2 * valueSize }

// seriesLast ranks the names that stand behind all others.
func seriesLast(name string) int {
	switch name {
	case "OTHER":
		return 1
	case "NULL":
		return 2
	}
	return 0
}

var _ = defineAggregate(Aggregate{
	Name: "spl_series", Doc: "The names of columns, each once: numbers in their order, then texts in theirs, OTHER and NULL at last.",
	Params: []Param{variadic("names", "any")}, Result: "dynamic",
	New: func() State { return &seriesNames{seen: map[string]bool{}} },
	Examples: []AggregateExample{
		aggregated(texts("9", "10", "a", "OTHER"), rows(text("a"), text("OTHER"), text("10"), text("9"), text("a"))),
	},
})

var _ = define(Func{
	Name: "spl_row", Doc: "The object with a field of each name, with the value that an object has for it, else another value.",
	Params: []Param{required("object", "dynamic"), required("names", "dynamic"), required("fill", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{}
		cells := args[0].Object()
		for _, name := range args[1].List() {
			v := args[2]
			if cells != nil {
				if own := cells.Get(name.Text()); !own.IsNull() {
					v = own
				}
			}
			out.Set(name.Text(), v)
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{example(object("a", whole(1), "b", whole(0)), object("a", whole(1)), texts("a", "b"), whole(0))},
})

var _ = define(Func{
	Name: "spl_filled_entries", Doc: "The fields of an object that have a value, each as an object of its name and its value; without those that begin with _.",
	Params: []Param{required("object", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		var out []event.Value
		for _, f := range r.Fields {
			if !f.Value.IsNull() && !strings.HasPrefix(f.Name.Text, "_") {
				out = append(out, object("name", text(f.Name.Text), "value", f.Value))
			}
		}
		return event.ListValue(out...)
	},
	Examples: []Example{example(list(object("name", text("a"), "value", whole(1))), object("a", whole(1), "b", null, "_c", whole(2)))},
})

var _ = define(Func{
	Name: "spl_row_total", Doc: "The sum of the numbers among values, those in lists and objects too; what is no number is left out.",
	Params: []Param{variadic("values", "any")}, Result: "any",
	Eval: func(args []event.Value) event.Value {
		sum := 0.0
		var add func(v event.Value)
		add = func(v event.Value) {
			switch v.Kind() {
			case event.Object:
				for _, f := range v.Object().Fields {
					if !strings.HasPrefix(f.Name.Text, "_") {
						add(f.Value)
					}
				}
			case event.List:
				for _, e := range v.List() {
					add(e)
				}
			default:
				if n, ok := splFloat(v); ok {
					sum += n
				}
			}
		}
		for _, v := range args {
			add(v)
		}
		return splDouble(sum)
	},
	Examples: []Example{example(whole(3), whole(1), text("2"), text("x"), null), example(whole(4), object("a", whole(4)))},
})

// maxSpans bounds the spans that a table of times may have; beyond as many, Splunk's timechart ends in an error as well.
const maxSpans = 50_000

var _ = define(Func{
	Name: "spl_time_spans", Doc: "The beginnings of all spans of time from the first to the last, in seconds since 1970; more than 50,000 are an error.",
	Params: []Param{required("first", "any"), required("last", "any"), required("span", "string")}, Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		first, _ := splFloat(args[0])
		last, _ := splFloat(args[1])
		step, ok := splFloat(ByName("spl_relative_time").Eval([]event.Value{splDouble(first), text("+" + args[2].Text())}))
		if ok && step > first && (last-first)/(step-first) > maxSpans {
			return "from the first to the last event there are more than 50,000 spans of " + args[2].Text() + "; search less time, or take a longer span"
		}
		return ""
	},
	Eval: func(args []event.Value) event.Value {
		first, ok := splFloat(args[0])
		last, sane := splFloat(args[1])
		if !ok || !sane {
			return null
		}
		next := ByName("spl_relative_time")
		step := text("+" + args[2].Text())
		var out []event.Value
		for at := first; at <= last; {
			out = append(out, splDouble(at))
			v, ok := splFloat(next.Eval([]event.Value{splDouble(at), step}))
			if !ok || v <= at || len(out) > 2*maxSpans {
				return null
			}
			at = v
		}
		return event.ListValue(out...)
	},
	Examples: []Example{example(list(whole(0), whole(3600), whole(7200)), whole(0), whole(7200), text("1h"))},
})
