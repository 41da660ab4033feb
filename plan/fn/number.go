package fn

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"goshawk/event"
)

// Numbers. Sums, differences and products of integers are integers, of integers and decimals decimals, and with a float
// floats; what does not fit is Null rather than wrong. Nothing here takes a text for a number but the conversions.

var _ = define(Func{
	Name: "to_number", Doc: "The number that a text spells in decimal, exactly; a number as it is; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if isNumber(args[0]) {
			return args[0]
		}
		if args[0].Kind() != event.Text {
			return null
		}
		v, ok := event.Number(strings.TrimSpace(args[0].Text()))
		if !ok {
			return null
		}
		return v
	},
	Examples: []Example{
		example(whole(42), text("42")), example(float(-1.5), text(" -1.5 ")), example(decimal("18446744073709551615"), text("18446744073709551615")),
		example(null, text("0x17")), example(null, text("")), example(null, yes),
	},
})

var _ = define(Func{
	Name: "to_int", Doc: "The value as a whole number, cut toward zero: a number, a text that spells one in decimal or as 0x…, true as 1; Null for anything else and beyond 64 bits.",
	Params: []Param{required("value", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value { return toInt(args[0]) },
	Examples: []Example{
		example(whole(4688), text("4688")), example(whole(-1), float(-1.9)), example(whole(255), text("0xff")), example(whole(1), yes),
		example(null, text("x")), example(null, float(1e300)), example(whole(2), decimal("2.99")),
	},
})

func toInt(v event.Value) event.Value {
	switch v.Kind() {
	case event.Int:
		return v
	case event.Bool:
		if v.Bool() {
			return whole(1)
		}
		return whole(0)
	case event.Float:
		if f := math.Trunc(v.Float()); f >= -1<<63 && f < 1<<63 {
			return whole(int64(f))
		}
	case event.Decimal:
		if s, ok := scaledOf(v); ok {
			if d := (scaled{s.n.Quo(s.n, power(s.scale)), 0}); d.n.IsInt64() {
				return whole(d.n.Int64())
			}
		}
	case event.Text:
		s := strings.TrimSpace(v.Text())
		if digits, ok := hexDigits(s, true); ok {
			n, err := strconv.ParseUint(digits, 16, 63)
			if err != nil {
				return null
			}
			return whole(int64(n))
		}
		if n, ok := event.Number(s); ok {
			return toInt(n)
		}
	}
	return null
}

// hexDigits returns the digits of a hexadecimal number, which begins with 0x or may.
func hexDigits(s string, prefix bool) (string, bool) {
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		return s[2:], true
	}
	return s, !prefix
}

var _ = define(Func{
	Name: "to_float", Doc: "The value as a floating point number: a number, a text that spells one in decimal, true as 1; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		switch v.Kind() {
		case event.Bool:
			return float(toInt(v).Float())
		case event.Text:
			n, ok := event.Number(strings.TrimSpace(v.Text()))
			if !ok {
				return null
			}
			return float(n.Float())
		}
		if !isNumber(v) {
			return null
		}
		return float(v.Float())
	},
	Examples: []Example{example(float(1.5), text("1.5")), example(float(2), whole(2)), example(null, text("1,5"))},
})

var _ = define(Func{
	Name: "to_decimal", Doc: "The value as an exact decimal number: a number, or a text that spells one; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "decimal", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() == event.Text {
			if s := strings.TrimSpace(args[0].Text()); parses(s) {
				return event.DecimalValue(s)
			}
			return null
		}
		return toDecimal(args[0])
	},
	Examples: []Example{example(decimal("1.10"), text("1.10")), example(decimal("7"), whole(7)), example(null, text("x"))},
})

var _ = define(Func{
	Name: "to_bool", Doc: "The value as a truth: a bool, the texts true and false in any case, a number other than 0; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch v := args[0]; {
		case v.Kind() == event.Bool:
			return v
		case isNumber(v):
			order, ok := compareNumbers(v, whole(0))
			return boolean(!ok || order != 0)
		case v.Kind() == event.Text:
			switch strings.ToLower(strings.TrimSpace(v.Text())) {
			case "true":
				return yes
			case "false":
				return no
			}
		}
		return null
	},
	Examples: []Example{example(yes, text("True")), example(no, whole(0)), example(null, text("yes"))},
})

func arithmetic(name, doc string, op byte, result string, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "any"), required("b", "any")}, Result: result, Strict: true,
		Eval:     func(args []event.Value) event.Value { return Arithmetic(op, args[0], args[1]) },
		Examples: examples,
	})
}

var (
	_ = arithmetic("add", "The sum of two numbers, of a time or duration and a duration; Null where the kinds do not add up or the sum is out of range.", '+', "any",
		example(whole(5), whole(2), whole(3)), example(float(2.5), whole(2), float(0.5)), example(decimal("0.3"), decimal("0.1"), decimal("0.2")),
		example(null, whole(math.MaxInt64), whole(1)), example(instant("2024-01-02"), instant("2024-01-01"), span("1.00:00:00")), example(null, whole(1), text("1")))
	_ = arithmetic("subtract", "The difference of two numbers, two times, two durations, or a time and a duration; Null where the kinds do not go together or it is out of range.", '-', "any",
		example(whole(-1), whole(2), whole(3)), example(span("00:01:00"), instant("2024-01-01 10:01"), instant("2024-01-01 10:00")),
		example(null, span("00:01:00"), instant("2024-01-01")))
	_ = arithmetic("multiply", "The product of two numbers, or of a duration and a number; Null out of range.", '*', "any",
		example(whole(6), whole(2), whole(3)), example(span("00:05:00"), whole(5), span("00:01:00")), example(null, whole(math.MaxInt64), whole(2)))
	_ = arithmetic("divide", "The exact or floating point quotient of two numbers or durations, or of a duration and a number; Null for a divisor of 0.", '/', "any",
		example(float(2.5), whole(5), whole(2)), example(null, whole(1), whole(0)), example(null, float(1), float(0)),
		example(float(60), span("01:00:00"), span("00:01:00")), example(span("00:00:30"), span("00:01:00"), whole(2)),
		example(decimal("0.3333333333333333333333333333333333"), decimal("1"), whole(3)))
	_ = arithmetic("divide_int", "The whole part of the quotient of two numbers or durations, cut toward zero; Null for a divisor of 0.", '\\', "any",
		example(whole(2), whole(5), whole(2)), example(whole(-2), whole(-5), whole(2)), example(null, whole(1), whole(0)), example(null, whole(math.MinInt64), whole(-1)))
	_ = arithmetic("mod", "What remains of a division, with the sign of the dividend; Null for a divisor of 0.", '%', "any",
		example(whole(1), whole(7), whole(3)), example(whole(-1), whole(-7), whole(3)), example(float(0.5), float(2.5), whole(1)), example(null, whole(1), whole(0)))
)

// Arithmetic computes with two values as the functions add (+), subtract (-), multiply (*), divide (/), divide_int (\) and
// mod (%) do.
func Arithmetic(op byte, a, b event.Value) event.Value {
	ka, kb := a.Kind(), b.Kind()
	switch {
	case ka == event.Int && kb == event.Int:
		return integers(op, a.Int(), b.Int())
	case isNumber(a) && isNumber(b):
		if ka == event.Float || kb == event.Float {
			return floats(op, a.Float(), b.Float())
		}
		return decimals(op, a, b)
	case ka == event.Time || kb == event.Time || ka == event.Duration || kb == event.Duration:
		return times(op, a, b)
	}
	return null
}

func integers(op byte, a, b int64) event.Value {
	switch op {
	case '+':
		sum := a + b
		if (sum > a) != (b > 0) && b != 0 {
			return null
		}
		return whole(sum)
	case '-':
		difference := a - b
		if (difference < a) != (b > 0) && b != 0 {
			return null
		}
		return whole(difference)
	case '*':
		high, low := bits.Mul64(magnitude(a), magnitude(b))
		negative := (a < 0) != (b < 0)
		switch {
		case high != 0 || low > 1<<63 || low == 1<<63 && !negative:
			return null
		case negative:
			return whole(int64(-low))
		}
		return whole(int64(low))
	}
	switch {
	case b == 0:
		return null
	case op == '/':
		return float(float64(a) / float64(b))
	case op == '%':
		if b == -1 {
			return whole(0)
		}
		return whole(a % b)
	case a == math.MinInt64 && b == -1:
		return null
	}
	return whole(a / b)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func floats(op byte, a, b float64) event.Value {
	switch op {
	case '+':
		return float(a + b)
	case '-':
		return float(a - b)
	case '*':
		return float(a * b)
	}
	switch {
	case b == 0:
		return null
	case op == '/':
		return float(a / b)
	case op == '%':
		return float(math.Mod(a, b))
	}
	return toInt(float(a / b))
}

// times computes with times and durations.
func times(op byte, a, b event.Value) event.Value {
	ka, kb := a.Kind(), b.Kind()
	ticks := func(kind event.Kind, v event.Value) event.Value {
		switch {
		case v.IsNull():
			return null
		case kind == event.Time:
			return event.TimeValue(v.Int())
		}
		return event.DurationValue(v.Int())
	}
	switch {
	case op == '+' && (ka == event.Duration && (kb == event.Duration || kb == event.Time) || ka == event.Time && kb == event.Duration):
		if ka == event.Time {
			kb = event.Time
		}
		return ticks(kb, integers(op, a.Int(), b.Int()))
	case op == '-' && (ka == kb || ka == event.Time && kb == event.Duration):
		if ka == kb {
			ka = event.Duration
		}
		return ticks(ka, integers(op, a.Int(), b.Int()))
	case ka == event.Duration && kb == event.Duration && op == '%':
		return ticks(event.Duration, integers(op, a.Int(), b.Int()))
	case ka == event.Duration && kb == event.Duration && (op == '/' || op == '\\'):
		return integers(op, a.Int(), b.Int())
	case op == '*' && kb == event.Duration && isNumber(a):
		return times(op, b, a)
	case (op == '*' || op == '/' || op == '\\') && ka == event.Duration && isNumber(b):
		if op == '/' && b.Kind() == event.Int {
			op = '\\'
		}
		result := Arithmetic(op, whole(a.Int()), b)
		return ticks(event.Duration, toInt(result))
	}
	return null
}

var _ = define(Func{
	Name: "negate", Doc: "The number or duration with its sign turned; Null out of range and for anything else.",
	Params: []Param{required("value", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() == event.Duration {
			return times('-', event.DurationValue(0), args[0])
		}
		if args[0].Kind() == event.Float {
			return float(-args[0].Float())
		}
		return Arithmetic('-', whole(0), args[0])
	},
	Examples: []Example{example(whole(-3), whole(3)), example(null, whole(math.MinInt64)), example(span("-00:00:01"), span("00:00:01"))},
})

var _ = define(Func{
	Name: "abs", Doc: "The number or duration without its sign; Null out of range and for anything else.",
	Params: []Param{required("value", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		switch {
		case v.Kind() == event.Duration && v.Int() < 0:
			return times('-', event.DurationValue(0), v)
		case v.Kind() == event.Float:
			return float(math.Abs(v.Float()))
		case v.Kind() == event.Duration:
			return v
		case !isNumber(v):
			return null
		}
		if order, _ := compareNumbers(v, whole(0)); order < 0 {
			return Arithmetic('-', whole(0), v)
		}
		return v
	},
	Examples: []Example{example(whole(3), whole(-3)), example(float(1.5), float(-1.5)), example(decimal("1.5"), decimal("-1.5")), example(null, text("-1"))},
})

func rounder(name, doc string, round func(float64) float64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("value", "any")}, Result: "any", Strict: true,
		Eval: func(args []event.Value) event.Value {
			switch v := args[0]; v.Kind() {
			case event.Int:
				return v
			case event.Float:
				return float(round(v.Float()))
			case event.Decimal:
				return roundDecimal(v, 0, name)
			}
			return null
		},
		Examples: examples,
	})
}

var (
	_ = rounder("ceil", "The least whole number not less than a number, of the number's kind.", math.Ceil,
		example(float(2), float(1.2)), example(whole(3), whole(3)), example(decimal("-1"), decimal("-1.5")))
	_ = rounder("floor", "The greatest whole number not greater than a number, of the number's kind.", math.Floor,
		example(float(1), float(1.8)), example(float(-2), float(-1.2)), example(decimal("-2"), decimal("-1.5")))
	_ = rounder("trunc", "The number without what stands behind the point, of the number's kind.", math.Trunc,
		example(float(-1), float(-1.8)), example(decimal("1"), decimal("1.99")))
)

func roundDecimal(v event.Value, digits int64, how string) event.Value {
	s, ok := scaledOf(v)
	if !ok || s.scale <= digits {
		return v
	}
	unit := power(s.scale - digits)
	q, r := s.n.QuoRem(s.n, unit, power(0))
	away := false
	switch how {
	case "ceil":
		away = r.Sign() > 0
	case "floor":
		away = r.Sign() < 0
	case "round":
		twice := r.Abs(r).Lsh(r, 1)
		away = twice.Cmp(unit) >= 0
		if away && v.Text()[0] == '-' {
			return scaled{q.Sub(q, power(0)), max(digits, 0)}.value()
		}
	}
	if away && how == "floor" {
		q.Sub(q, power(0))
	} else if away {
		q.Add(q, power(0))
	}
	return scaled{q, digits}.value()
}

var _ = define(Func{
	Name: "round", Doc: "The number rounded to so many digits behind the point, none if not given, half away from zero; negative digits round before the point.",
	Params: []Param{required("value", "any"), optional("digits", "long")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		digits, ok := integerAt(args, 1, 0)
		if !ok || digits > 300 || digits < -300 {
			return null
		}
		switch v := args[0]; v.Kind() {
		case event.Int:
			if digits >= 0 {
				return v
			}
			return toInt(float(roundFloat(v.Float(), digits)))
		case event.Float:
			return float(roundFloat(v.Float(), digits))
		case event.Decimal:
			if digits >= 0 {
				return roundDecimal(v, digits, "round")
			}
			return toDecimal(float(roundFloat(v.Float(), digits)))
		}
		return null
	},
	Examples: []Example{
		example(float(3), float(2.5)), example(float(2.35), float(2.345), whole(2)), example(whole(1200), whole(1234), whole(-2)),
		example(decimal("2.35"), decimal("2.345"), whole(2)), example(decimal("-3"), decimal("-2.5")), example(null, text("1")),
	},
})

// roundFloat rounds the decimal that a float is written as, so that 2.345 becomes 2.35 though the float lies below it.
func roundFloat(f float64, digits int64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	if digits >= 0 {
		if d := toDecimal(float(f)); !d.IsNull() {
			return roundDecimal(d, digits, "round").Float()
		}
		return f
	}
	unit := math.Pow(10, float64(-digits))
	return math.Round(f/unit) * unit
}

func onFloat(name, doc string, f func(float64) float64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("number", "real")}, Result: "real", Strict: true,
		Eval: func(args []event.Value) event.Value {
			if !isNumber(args[0]) {
				return null
			}
			y := f(args[0].Float())
			if math.IsNaN(y) {
				return null
			}
			return float(y)
		},
		Examples: examples,
	})
}

var (
	_ = onFloat("sqrt", "The square root of a number; Null of a negative one.", math.Sqrt, example(float(3), whole(9)), example(null, whole(-1)))
	_ = onFloat("exp", "e to the power of a number.", math.Exp, example(float(1), whole(0)))
	_ = onFloat("ln", "The natural logarithm of a number; Null of a negative one.", math.Log, example(float(0), whole(1)), example(null, whole(-1)))
	_ = onFloat("log10", "The logarithm of a number to base 10; Null of a negative one.", math.Log10, example(float(3), whole(1000)))
	_ = onFloat("log2", "The logarithm of a number to base 2; Null of a negative one.", math.Log2, example(float(10), whole(1024)))
)

var _ = define(Func{
	Name: "power", Doc: "A number to the power of another; Null where that is no real number.",
	Params: []Param{required("base", "real"), required("exponent", "real")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if !isNumber(args[0]) || !isNumber(args[1]) {
			return null
		}
		y := math.Pow(args[0].Float(), args[1].Float())
		if math.IsNaN(y) {
			return null
		}
		return float(y)
	},
	Examples: []Example{example(float(8), whole(2), whole(3)), example(null, whole(-1), float(0.5))},
})

var _ = define(Func{
	Name: "sign", Doc: "-1, 0 or 1 as a number is less than, equal to or greater than 0.",
	Params: []Param{required("number", "real")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if order, ok := Compare(args[0], whole(0)); ok {
			return whole(int64(order))
		}
		return null
	},
	Examples: []Example{example(whole(-1), float(-0.5)), example(whole(0), whole(0))},
})

var _ = define(Func{
	Name: "is_finite", Doc: "Whether a value is a number and neither infinite nor NaN.",
	Params: []Param{required("value", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		f := args[0].Float()
		return boolean(isNumber(args[0]) && (args[0].Kind() != event.Float || !math.IsNaN(f) && !math.IsInf(f, 0)))
	},
	Examples: []Example{example(yes, whole(1)), example(no, float(math.Inf(1))), example(no, text("1"))},
})

var _ = define(Func{
	Name: "is_nan", Doc: "Whether a value is the float that is no number.",
	Params: []Param{required("value", "any")}, Result: "bool", Strict: true,
	Eval:     func(args []event.Value) event.Value { return boolean(math.IsNaN(args[0].Float())) },
	Examples: []Example{example(yes, float(math.NaN())), example(no, whole(1))},
})
