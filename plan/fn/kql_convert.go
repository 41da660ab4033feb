package fn

import (
	"math"
	"strconv"
	"strings"

	"goshawk/event"
)

// Kusto's conversions. None fails: what cannot be converted is null. A dynamic value converts as the value in it.

// kqlLong reads a value as a whole number: reals are cut toward zero, datetimes and timespans give their ticks, a text must
// spell a whole number in decimal or as 0x….
func kqlLong(v event.Value) (int64, bool) {
	switch v.Kind() {
	case event.Int, event.Time, event.Duration:
		return v.Int(), true
	case event.Bool, event.Float, event.Decimal:
		n := toInt(v)
		return n.Int(), !n.IsNull()
	case event.Text:
		s := strings.TrimSpace(v.Text())
		if body, negative := strings.CutPrefix(s, "-"); len(body) > 2 && body[0] == '0' && (body[1] == 'x' || body[1] == 'X') {
			n, err := strconv.ParseUint(body[2:], 16, 64)
			if err != nil {
				return 0, false
			}
			if negative {
				n = -n
			}
			return int64(n), true
		}
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	}
	return 0, false
}

var _ = define(Func{
	Name: "kql_tolong", Doc: "The value as a whole number of 64 bits: a text that spells one in decimal or as 0x…, a real cut toward zero, true as 1, the ticks of a time; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := kqlLong(args[0])
		if !ok {
			return null
		}
		return whole(n)
	},
	Examples: []Example{
		example(whole(1188), text("0x4a4")), example(null, text("abc")), example(null, text("")), example(whole(2), float(2.9)), example(whole(-2), float(-2.9)),
		example(whole(1), yes), example(null, float(math.NaN())), example(whole(-1), text("0xffffffffffffffff")), example(null, text("9223372036854775808")),
		example(whole(10_000_000), span("00:00:01")), example(null, list(whole(1))),
	},
})

var _ = define(Func{
	Name: "kql_toint", Doc: "The value as a whole number of 32 bits, as kql_tolong reads it; Null where it does not fit.",
	Params: []Param{required("value", "any")}, Result: "int", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := kqlLong(args[0])
		if !ok || n != int64(int32(n)) {
			return null
		}
		return whole(n)
	},
	Examples: []Example{
		example(whole(123), text("123")), example(whole(255), text("0xFF")), example(whole(2), float(2.9)), example(null, text("")), example(null, whole(1<<31)), example(whole(-1<<31), whole(-1<<31)),
	},
})

// kqlReal reads a value as a real.
func kqlReal(v event.Value) (float64, bool) {
	switch v.Kind() {
	case event.Int, event.Float, event.Decimal:
		return v.Float(), true
	case event.Bool, event.Time, event.Duration:
		return float64(toInt(v).Int() + v.Int()), true
	case event.Text:
		s := strings.TrimSpace(v.Text())
		if n, ok := event.Number(s); ok {
			return n.Float(), true
		}
		switch strings.ToLower(s) {
		case "nan":
			return math.NaN(), true
		case "inf", "+inf", "infinity", "+infinity":
			return math.Inf(1), true
		case "-inf", "-infinity":
			return math.Inf(-1), true
		}
		if n, ok := kqlLong(v); ok {
			return float64(n), true
		}
	}
	return 0, false
}

var _ = define(Func{
	Name: "kql_toreal", Doc: "The value as a real: a number, a text that spells one, NaN or an infinity, true as 1, the ticks of a time; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		f, ok := kqlReal(args[0])
		if !ok {
			return null
		}
		return float(f)
	},
	Examples: []Example{
		example(float(150), text("1.5e2")), example(float(2), whole(2)), example(null, text("1,5")), example(float(1), yes), example(float(math.Inf(-1)), text("-inf")), example(null, text("")),
	},
})

var _ = define(Func{
	Name: "kql_todecimal", Doc: "The value as an exact decimal number: a number, true as 1, a text that spells one; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "decimal", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		if v.Kind() == event.Text {
			if s := strings.TrimSpace(v.Text()); parses(s) {
				return event.DecimalValue(s)
			}
			return null
		}
		if v.Kind() == event.Bool {
			v = toInt(v)
		}
		return toDecimal(v)
	},
	Examples: []Example{example(decimal("123.45678"), text("123.45678")), example(decimal("7"), whole(7)), example(decimal("1"), yes), example(null, text("x"))},
})

var _ = define(Func{
	Name: "kql_tobool", Doc: "The value as a truth: the texts true and false in any case, a number or a text that spells one as whether it is not 0; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		switch {
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
			if n, ok := kqlLong(v); ok {
				return boolean(n != 0)
			}
		}
		return null
	},
	Examples: []Example{example(yes, text("True")), example(yes, text("1")), example(no, text("0")), example(null, text("maybe")), example(no, whole(0)), example(yes, float(0.5))},
})

// kqlGuid reads the first 32 hexadecimal digits of a text, hyphens between them left out, as a GUID in lower case.
func kqlGuid(s string) (string, bool) {
	out := make([]byte, 0, 36)
	digits := 0
	for i := 0; i < len(s) && digits < 32; i++ {
		c := s[i]
		switch {
		case c == '-' && digits > 0:
			continue
		case 'A' <= c && c <= 'F':
			c += 'a' - 'A'
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f':
		default:
			return "", false
		}
		if digits == 8 || digits == 12 || digits == 16 || digits == 20 {
			out = append(out, '-')
		}
		out = append(out, c)
		digits++
	}
	return string(out), digits == 32
}

var _ = define(Func{
	Name: "kql_toguid", Doc: "The GUID that the first 32 hexadecimal digits of a text make, hyphens left out, in lower case with hyphens; Null where it does not begin with so many.",
	Params: []Param{required("value", "any")}, Result: "guid", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Text {
			return null
		}
		s, ok := kqlGuid(args[0].Text())
		if !ok {
			return null
		}
		return text(s)
	},
	Examples: []Example{
		example(text("01234567-89ab-cdef-0123-456789abcdef"), text("0123456789abcdef0123456789abcdef")),
		example(text("01234567-89ab-cdef-0123-456789abcdef"), text("0123456789AB-cdef-0123-456789abcdef")), example(null, text("a string that is not a guid")),
	},
})

var _ = define(Func{
	Name: "kql_gettype", Doc: "Kusto's name for the type of a dynamic value: array, dictionary, string, bool, long, real, decimal, datetime, timespan or null.",
	Params: []Param{required("value", "dynamic")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		return text([...]string{"null", "bool", "long", "real", "decimal", "string", "datetime", "timespan", "array", "dictionary"}[args[0].Kind()])
	},
	Examples: []Example{example(text("long"), whole(1)), example(text("array"), list()), example(text("dictionary"), object()), example(text("null"), null), example(text("real"), float(1))},
})
