package fn

import (
	"goshawk/event"
)

// What stands in a definition: parameters, examples and the values in them.

func required(name, typ string) Param { return Param{Name: name, Type: typ} }

func optional(name, typ string) Param { return Param{Name: name, Type: typ, Optional: true} }

func variadic(name, typ string) Param { return Param{Name: name, Type: typ, Variadic: true} }

func example(want event.Value, args ...event.Value) Example { return Example{args, want} }

var (
	null  = event.NullValue()
	yes   = event.BoolValue(true)
	no    = event.BoolValue(false)
	empty = text("")
)

func text(s string) event.Value { return event.TextValue(s) }

func whole(n int64) event.Value { return event.IntValue(n) }

func float(f float64) event.Value { return event.FloatValue(f) }

func decimal(s string) event.Value { return event.DecimalValue(s) }

func list(values ...event.Value) event.Value { return event.ListValue(values...) }

func texts(values ...string) event.Value {
	out := make([]event.Value, len(values))
	for i, s := range values {
		out[i] = text(s)
	}
	return list(out...)
}

func instant(s string) event.Value {
	ticks, _, ok := event.ParseTime(s)
	if !ok {
		panic("fn: an example has no such time: " + s)
	}
	return event.TimeValue(ticks)
}

func span(s string) event.Value {
	ticks, ok := ParseDuration(s)
	if !ok {
		panic("fn: an example has no such duration: " + s)
	}
	return event.DurationValue(ticks)
}

// object takes names and values by turns.
func object(pairs ...any) event.Value {
	r := &event.Record{}
	for i := 0; i < len(pairs); i += 2 {
		r.Set(pairs[i].(string), pairs[i+1].(event.Value))
	}
	return event.ObjectValue(r)
}

// What stands in a kernel.

// maxText bounds the texts that functions make which can make much of little.
const maxText = 64 << 20

func boolean(b bool) event.Value {
	if b {
		return yes
	}
	return no
}

// integerAt returns the argument at an index as an int64, or the default where it is missing; it reports false for an
// argument that is no whole number of 64 bits.
func integerAt(args []event.Value, i int, otherwise int64) (int64, bool) {
	if i >= len(args) {
		return otherwise, true
	}
	return wholeNumber(args[i])
}

// textAt returns the text of the argument at an index, or the default where it is missing or null.
func textAt(args []event.Value, i int, otherwise string) string {
	if i >= len(args) || args[i].IsNull() {
		return otherwise
	}
	return args[i].Text()
}

// onText is the kernel of a function from text to text.
func onText(f func(string) string) func([]event.Value) event.Value {
	return func(args []event.Value) event.Value { return text(f(args[0].Text())) }
}
