package fn

import (
	"math"

	"goshawk/event"
)

// Kusto's arithmetic. What leaves the range of its type is null.

// kqlTimes keeps times between year 1 and year 9999.
func kqlTimes(v event.Value) event.Value {
	if v.Kind() == event.Time && (v.Int() < 0 || v.Int() > lastTick) {
		return null
	}
	return v
}

func kqlSum(name, doc string, op byte, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
		Eval:     func(args []event.Value) event.Value { return kqlTimes(Arithmetic(op, args[0], args[1])) },
		Examples: examples,
	})
}

var (
	_ = kqlSum("kql_add", "The sum of two numbers or spans of time, or of a time and a span; Null out of range and where the kinds do not add up.", '+',
		example(whole(5), whole(2), whole(3)), example(float(2.5), whole(2), float(0.5)), example(instant("2024-03-01"), instant("2024-02-28T12:00:00Z"), span("1.12:00:00")), example(null, instant("9999-12-31"), span("1.00:00:00")))
	_ = kqlSum("kql_subtract", "The difference of two numbers, times or spans of time, or of a time and a span; Null out of range and where the kinds do not go together.", '-',
		example(whole(-2), whole(5), whole(7)), example(span("2.00:00:00"), instant("2024-03-01"), instant("2024-02-28")), example(span("01:00:00"), span("01:30:00"), span("00:30:00")), example(null, instant("0001-01-01"), span("00:00:01")))
)

var _ = define(Func{
	Name: "kql_divide", Doc: "The quotient of two numbers, of whole ones cut toward zero, of reals infinite or NaN for a divisor of 0; of two spans of time as a real, of a span and a number as a span; Null for a whole divisor of 0 and where the kinds do not divide.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, b := args[0], args[1]
		switch ka, kb := a.Kind(), b.Kind(); {
		case ka == event.Int && kb == event.Int:
			return integers('\\', a.Int(), b.Int())
		case isNumber(a) && isNumber(b) && (ka == event.Float || kb == event.Float):
			return float(a.Float() / b.Float())
		case ka == event.Duration && kb == event.Duration:
			return float(float64(a.Int()) / float64(b.Int()))
		case ka == event.Duration && kb == event.Float:
			return kqlSpanOf(float64(a.Int()) / b.Float())
		}
		return Arithmetic('/', a, b)
	},
	Examples: []Example{
		example(whole(3), whole(7), whole(2)), example(float(3.5), whole(7), float(2)), example(whole(-3), whole(-7), whole(2)), example(null, whole(1), whole(0)), example(float(math.Inf(-1)), float(-1), float(0)),
		example(float(math.NaN()), float(0), whole(0)), example(float(4.8), span("1.00:00:00"), span("05:00:00")), example(span("00:00:30"), span("00:01:00"), whole(2)), example(span("00:00:40"), span("00:01:00"), float(1.5)),
		example(decimal("0.5"), decimal("1"), whole(2)), example(null, text("1"), whole(1)), example(null, span("00:00:01"), float(0)),
	},
})

// kqlSpanOf returns a number of ticks as a span of time, Null out of range.
func kqlSpanOf(ticks float64) event.Value {
	if n := toInt(float(ticks)); !n.IsNull() {
		return event.DurationValue(n.Int())
	}
	return null
}

var _ = define(Func{
	Name: "kql_mod", Doc: "What remains of the division of two numbers or spans of time, never negative; Null for a whole divisor of 0 and where the kinds do not divide.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, b := args[0], args[1]
		if ka, kb := a.Kind(), b.Kind(); isNumber(a) && isNumber(b) && (ka == event.Float || kb == event.Float) {
			rest, by := math.Mod(a.Float(), b.Float()), math.Abs(b.Float())
			if rest < 0 {
				rest += by
			}
			return float(rest)
		} else if ka == event.Time && kb == event.Duration {
			a = event.DurationValue(a.Int())
		}
		rest := Arithmetic('%', a, b)
		if order, ok := Compare(rest, zeroOf(rest)); !ok || order >= 0 {
			return rest
		}
		if order, _ := Compare(b, zeroOf(b)); order < 0 {
			return Arithmetic('-', rest, b)
		}
		return Arithmetic('+', rest, b)
	},
	Examples: []Example{
		example(whole(2), whole(14), whole(12)), example(whole(10), whole(-14), whole(12)), example(whole(2), whole(14), whole(-12)), example(whole(10), whole(-14), whole(-12)), example(null, whole(1), whole(0)),
		example(float(0.5), float(-2.5), whole(1)), example(span("00:00:30"), span("-00:00:30"), span("00:01:00")), example(decimal("1"), decimal("-2"), whole(3)), example(whole(0), whole(math.MinInt64), whole(-1)),
	},
})

var _ = define(Func{
	Name: "kql_multiply", Doc: "The product of two numbers, or of a span of time and a number; Null out of range and where the kinds do not multiply.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, b := args[0], args[1]
		if b.Kind() == event.Duration {
			a, b = b, a
		}
		if a.Kind() == event.Duration && b.Kind() == event.Float {
			return kqlSpanOf(math.Round(float64(a.Int()) * b.Float()))
		}
		return Arithmetic('*', a, b)
	},
	Examples: []Example{
		example(float(6), whole(2), float(3)), example(span("01:30:00"), float(1.5), span("01:00:00")), example(span("6.00:00:00"), span("2.00:00:00"), whole(3)), example(null, whole(math.MaxInt64), whole(2)),
		example(null, float(math.NaN()), span("00:00:01")),
	},
})
