package fn

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
)

// How Kusto writes values as text. Its texts differ from the canonical ones in three kinds: a real keeps a decimal point, a
// datetime has seven fraction digits, and a timespan with a fraction seven as well; in arrays and bags the same holds.
// What is there was observed on the engine for arrays of reals, datetimes and timespans.

// AppendKQL adds the text that Kusto's tostring gives: nothing for null, a text as it is, arrays and bags as compact JSON.
func AppendKQL(dst []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Float:
		return appendKQLReal(dst, v.Float())
	case event.Time:
		return event.TimeOf(v.Int()).AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
	case event.List, event.Object:
		return appendKQLJSON(dst, v, false)
	}
	return v.AppendText(dst)
}

// KQLText returns what AppendKQL adds.
func KQLText(v event.Value) string {
	if s, ok := v.Plain(); ok {
		return s
	}
	return string(AppendKQL(nil, v))
}

func appendKQLReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	start := len(dst)
	dst = event.AppendFloat(dst, f)
	if !strings.ContainsAny(string(dst[start:]), ".e") {
		dst = append(dst, '.', '0')
	}
	return dst
}

// appendKQLJSON adds compact JSON. Unlike event.Value.AppendJSON it leaves every character that JSON allows as it is, for the
// text is searched and compared, not shown.
func appendKQLJSON(dst []byte, v event.Value, sorted bool) []byte {
	switch v.Kind() {
	case event.Null:
		return append(dst, "null"...)
	case event.Bool, event.Int, event.Decimal:
		return v.AppendText(dst)
	case event.Float:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(appendKQLReal(append(dst, '"'), f), '"')
		}
		return appendKQLReal(dst, v.Float())
	case event.List:
		dst = append(dst, '[')
		for i, e := range v.List() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendKQLJSON(dst, e, sorted)
		}
		return append(dst, ']')
	case event.Object:
		dst = append(dst, '{')
		for i, f := range kqlFields(v.Object(), sorted) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendKQLQuoted(dst, f.Name.Text), ':')
			dst = appendKQLJSON(dst, f.Value, sorted)
		}
		return append(dst, '}')
	}
	return appendKQLQuoted(dst, string(AppendKQL(nil, v)))
}

// kqlFields returns the fields of a bag, each name once; a name that occurs repeatedly has the list of its values.
func kqlFields(r *event.Record, sorted bool) []event.Field {
	fields := make([]event.Field, 0, len(r.Fields))
	seen := make(map[string]bool, len(r.Fields))
	for _, f := range r.Fields {
		if !seen[f.Name.Text] {
			seen[f.Name.Text] = true
			fields = append(fields, f)
		}
	}
	if len(fields) < len(r.Fields) {
		for i := range fields {
			fields[i].Value = r.Get(fields[i].Name.Text)
		}
	}
	if sorted {
		slices.SortFunc(fields, func(a, b event.Field) int { return strings.Compare(a.Name.Text, b.Name.Text) })
	}
	return fields
}

func appendKQLQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, strconv.FormatInt(int64(c)+0x100, 16)[1:]...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

var _ = define(Func{
	Name: "kql_tostring", Doc: "The text that Kusto makes of a value: a real with a decimal point, a datetime with seven fraction digits, arrays and bags as compact JSON, nothing of null.",
	Params: []Param{required("value", "any")}, Result: "string", Within: WrittenFirst,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() == event.Text {
			return args[0]
		}
		return text(KQLText(args[0]))
	},
	Examples: []Example{
		example(text("123"), whole(123)), example(text("1.5"), float(1.5)), example(text("118.0"), float(118)), example(text("true"), yes), example(empty, null),
		example(text("2020-01-01T10:11:12.5000000Z"), instant("2020-01-01T10:11:12.5Z")), example(text("1.02:00:00"), span("1.02:00:00")),
		example(text(`[10,20.0,"x",null]`), list(whole(10), float(20), text("x"), null)), example(text(`{"b":7}`), object("b", whole(7))),
		example(text(`["2007-01-01T00:00:00.0000000Z","00:00:02"]`), list(instant("2007-01-01"), span("00:00:02"))),
		example(text("[\"a\\\"\u200e\\n\\u0001\"]"), texts("a\"\u200e\n\x01")),
	},
})

var _ = define(Func{
	Name: "kql_dynamic_to_json", Doc: "The value as JSON in which the keys of bags are sorted; empty of null.",
	Params: []Param{required("value", "dynamic")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		if args[0].IsNull() {
			return empty
		}
		return text(string(appendKQLJSON(nil, args[0], true)))
	},
	Examples: []Example{
		example(text(`{"A1":12,"A14":[15,13],"X8":{"a4":6,"c3":1},"Y10":{}}`),
			object("Y10", object(), "X8", object("c3", whole(1), "a4", whole(6)), "A1", whole(12), "A14", list(whole(15), whole(13)))),
		example(text(`"x"`), text("x")), example(empty, null),
	},
})

var _ = define(Func{
	Name: "kql_strcat_array", Doc: "The texts of an array's elements with another between them; empty where the value is no array.",
	Params: []Param{required("array", "dynamic"), required("delimiter", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		delimiter := args[1].Text()
		var out []byte
		for i, v := range args[0].List() {
			if i > 0 {
				out = append(out, delimiter...)
			}
			if out = AppendKQL(out, v); len(out) > maxText {
				return empty
			}
		}
		return text(string(out))
	},
	Examples: []Example{
		example(text("1->2->3"), list(whole(1), whole(2), whole(3)), text("->")), example(text("a,,b"), list(text("a"), null, text("b")), text(",")),
		example(empty, text("a"), text(",")), example(empty, null, text(",")),
	},
})

// maxRepeats is how often strrep repeats at most.
const maxRepeats = 1024

var _ = define(Func{
	Name: "kql_strrep", Doc: "A text so many times, at most 1024, with another between them; empty for a number that is not positive.",
	Params: []Param{required("text", "string"), required("times", "long"), optional("delimiter", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		n, ok := integerAt(args, 1, 0)
		if !ok || n <= 0 {
			return empty
		}
		s, delimiter := args[0].Text(), textAt(args, 2, "")
		n = min(n, maxRepeats)
		if int64(len(s)+len(delimiter)) > maxText/n {
			return empty
		}
		return text(strings.Repeat(s+delimiter, int(n-1)) + s)
	},
	Examples: []Example{
		example(text("ABCABC"), text("ABC"), whole(2)), example(text("123.123.123"), text("123"), whole(3), text(".")), example(empty, text("a"), whole(0)), example(empty, text("a"), null),
	},
})
