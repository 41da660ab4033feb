package fn

import (
	"math"
	"strings"

	"goshawk/event"
)

// SPL's values. A field holds texts: none (null), one, or several (a multivalue, here a List of two or more). A text that
// spells a number is one wherever a number is wanted. The kernels of this and the other spl files write these rules out; a
// truth that stands in a record reads as the text true or false.

// splItems returns the values of a field: none for Null, the elements of a list that are not null, or the value itself.
func splItems(v event.Value) []event.Value {
	switch v.Kind() {
	case event.Null:
		return nil
	case event.List:
		of := v.List()
		for i, e := range of {
			if e.IsNull() || e.Kind() == event.List {
				return splFlat(append([]event.Value{}, of[:i]...), of[i:])
			}
		}
		return of
	}
	return []event.Value{v}
}

func splFlat(out, of []event.Value) []event.Value {
	for _, e := range of {
		switch e.Kind() {
		case event.Null:
		case event.List:
			out = splFlat(out, e.List())
		default:
			out = append(out, e)
		}
	}
	return out
}

// splMulti returns what a field with these values holds. It keeps the slice.
func splMulti(values []event.Value) event.Value {
	switch len(values) {
	case 0:
		return null
	case 1:
		return values[0]
	}
	return list(values...)
}

// splOnly returns the value of a field that holds exactly one.
func splOnly(v event.Value) (event.Value, bool) {
	if v.Kind() != event.List {
		return v, !v.IsNull()
	}
	if of := splItems(v); len(of) == 1 {
		return of[0], true
	}
	return null, false
}

// splEach applies a function to each value of a field.
func splEach(v event.Value, apply func(event.Value) event.Value) event.Value {
	if v.Kind() != event.List {
		if v.IsNull() {
			return null
		}
		return apply(v)
	}
	of := splItems(v)
	out := make([]event.Value, 0, len(of))
	for _, e := range of {
		out = append(out, splItems(apply(e))...)
	}
	return splMulti(out)
}

// splNumber returns the number that a single value is or spells.
func splNumber(v event.Value) (event.Value, bool) {
	switch v.Kind() {
	case event.Int, event.Decimal:
		return v, true
	case event.Float:
		return v, !math.IsNaN(v.Float())
	case event.Text:
		if s, plain := v.Plain(); plain {
			if s == "" || s[0] > '9' || s[0] < '+' {
				return null, false
			}
			return event.Number(s)
		}
		return event.Number(v.Text())
	case event.Time:
		return splEpoch(v), true
	case event.Duration:
		return splDouble(float64(v.Int()) / event.TicksPerSecond), true
	case event.List:
		if one, ok := splOnly(v); ok {
			return splNumber(one)
		}
	}
	return null, false
}

// splEpoch returns a time as seconds since 1970.
func splEpoch(v event.Value) event.Value {
	ticks := v.Int() - event.UnixEpoch
	if ticks%event.TicksPerSecond == 0 {
		return whole(ticks / event.TicksPerSecond)
	}
	return float(float64(ticks) / event.TicksPerSecond)
}

// splFloat returns a number as the double that SPL computes with.
func splFloat(v event.Value) (float64, bool) {
	n, ok := splNumber(v)
	if !ok {
		return 0, false
	}
	f := n.Float()
	return f, !math.IsInf(f, 0)
}

// splScaled returns a number by the digits that it is written with.
func splScaled(v event.Value) (scaled, bool) {
	if v.Kind() == event.Float {
		v = event.DecimalValue(v.Text())
	}
	return scaledOf(v)
}

// splDouble returns the result of a computation: a whole number where it is one, Null where it is none at all.
func splDouble(f float64) event.Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return null
	}
	if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		return whole(int64(f))
	}
	return float(f)
}

// splText returns the text of a single value.
func splText(v event.Value) string {
	switch v.Kind() {
	case event.Time:
		return splEpoch(v).Text()
	case event.Duration:
		return splDouble(float64(v.Int()) / event.TicksPerSecond).Text()
	case event.List:
		parts := make([]string, 0, len(v.List()))
		for _, e := range splItems(v) {
			parts = append(parts, splText(e))
		}
		return strings.Join(parts, "\n")
	}
	return v.Text()
}

// splInteger returns the whole part of a number.
func splInteger(v event.Value) (int64, bool) {
	n, ok := splNumber(v)
	if !ok {
		return 0, false
	}
	if n = toInt(n); n.IsNull() {
		return 0, false
	}
	return n.Int(), true
}

// handingOn says of a function which values it gives as they are.
func handingOn(what HandsOn, f *Func) *Func {
	f.HandsOn = what
	return f
}

// splFunction defines a function of single values that is applied to each value of a multivalue first argument; the other
// arguments must not be null either.
func splFunction(name, doc, result string, params []Param, apply func(v event.Value, rest []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: params, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			return splEach(args[0], func(v event.Value) event.Value { return apply(v, args[1:]) })
		},
		Examples: examples,
	})
}

var (
	splParam     = []Param{required("value", "any")}
	splTextParam = []Param{required("text", "any")}
)

var _ = splFunction("spl_number", "The number that a value is or spells in decimal; of several values those that are one; Null where there is none.", "any", splParam,
	func(v event.Value, _ []event.Value) event.Value {
		if n, ok := splNumber(v); ok {
			return n
		}
		return null
	},
	example(whole(10), text("10")), example(float(-0.5), text("-0.5")), example(null, text("0x10")), example(null, text("")), example(null, text("1,000")),
	example(float(1000), text("1e3")), example(list(whole(1), whole(2)), texts("1", "x", "2")), example(null, yes))

var _ = handingOn(EachText, splFunction("spl_text", "The value as a text, numbers in decimal; each of several values.", "any", splParam,
	func(v event.Value, _ []event.Value) event.Value { return text(splText(v)) },
	example(text("5"), whole(5)), example(text("0.5"), float(0.5)), example(text("5"), float(5)), example(text("true"), yes),
	example(texts("1", "a"), list(whole(1), text("a"))), example(text("1709615167"), instant("2024-03-05T05:06:07Z"))))

var _ = splFunction("spl_auto", "The number that a value spells, else its text: numbers sort before texts; each of several values.", "any", splParam,
	func(v event.Value, _ []event.Value) event.Value {
		if n, ok := splNumber(v); ok {
			return n
		}
		return text(splText(v))
	},
	example(whole(10), text("10")), example(text("10 MB"), text("10 MB")), example(text("true"), yes))

var _ = define(Func{
	Name: "spl_multi", Doc: "A list as a field holds it: nulls left out, inner lists opened, Null for an empty one and the only value of a list of one.",
	Params: splParam, Result: "any", HandsOn: EachSingle,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.List {
			return args[0]
		}
		return splMulti(splItems(args[0]))
	},
	Examples: []Example{
		example(null, list()), example(text("a"), texts("a")), example(texts("a", "b"), list(text("a"), null, list(text("b")))), example(text("a"), text("a")), example(null, null),
	},
})

var _ = define(Func{
	Name: "spl_first", Doc: "The first of several values; a single value as it is.",
	Params: splParam, Result: "any", Strict: true, HandsOn: EachSingle,
	Eval: func(args []event.Value) event.Value {
		if of := splItems(args[0]); len(of) > 0 {
			return of[0]
		}
		return null
	},
	Examples: []Example{example(text("a"), texts("a", "b")), example(text("a"), text("a")), example(null, list())},
})

var _ = define(Func{
	Name: "spl_items", Doc: "The values of a field as a list, empty for Null.",
	Params: splParam, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		return list(append([]event.Value{}, splItems(args[0])...)...)
	},
	Examples: []Example{example(texts("a"), text("a")), example(texts("a", "b"), list(text("a"), null, text("b"))), example(list(), null)},
})
