package fn

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goshawk/event"
)

// SPL's functions of multivalues. A field with one value is a multivalue of one, one without any is null.

var _ = define(Func{
	Name: "spl_mvappend", Doc: "All values of all arguments, in their order, nulls left out; Null where there is none.",
	Params: []Param{variadic("values", "any")}, Result: "any",
	Eval: func(args []event.Value) event.Value { return splMulti(splGather(args)) },
	Examples: []Example{
		example(texts("a", "b", "c"), text("a"), null, texts("b", "c")), example(text("a"), null, text("a")), example(null, null), example(null),
	},
})

var _ = define(Func{
	Name: "spl_mvcount", Doc: "The number of values of a field; Null of none.",
	Params: splParam, Result: "any",
	Eval: func(args []event.Value) event.Value {
		if n := len(splItems(args[0])); n > 0 {
			return whole(int64(n))
		}
		return null
	},
	Examples: []Example{example(whole(2), texts("a", "b")), example(whole(1), text("a")), example(null, null), example(null, list())},
})

var _ = define(Func{
	Name: "spl_mvdedup", Doc: "The different values of a field, by their texts, in the order of their first places.",
	Params: splParam, Result: "any",
	Eval: func(args []event.Value) event.Value {
		seen := map[string]bool{}
		var out []event.Value
		for _, v := range splItems(args[0]) {
			if key := splText(v); !seen[key] {
				seen[key] = true
				out = append(out, v)
			}
		}
		return splMulti(out)
	},
	Examples: []Example{example(texts("b", "a"), texts("b", "a", "b")), example(text("a"), texts("a", "a")), example(null, null), example(texts("1", "1.0"), texts("1", "1.0"))},
})

var _ = define(Func{
	Name: "spl_mvfind", Doc: "The index, from 0, of the first value in which a Perl-compatible regular expression is found; Null where there is none.",
	Params: []Param{required("values", "any"), required("expression", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := perlArgument(args[1])
		if re == nil {
			return null
		}
		for i, v := range splItems(args[0]) {
			if found, _ := re.find(splText(v), 1); len(found) > 0 {
				return whole(int64(i))
			}
		}
		return null
	},
	Examples: []Example{example(whole(1), texts("a", "bc"), text("^b")), example(null, texts("a"), text("x")), example(whole(0), text("abc"), text("b")), example(null, texts("a"), text("("))},
})

var _ = define(Func{
	Name: "spl_mvindex", Doc: "The value of a field at an index, or those from one index to another; 0 is the first, -1 the last; Null where there is none.",
	Params: []Param{required("values", "any"), required("start", "any"), optional("end", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		of := splItems(args[0])
		n := int64(len(of))
		place := func(v event.Value) (int64, bool) {
			i, ok := splInteger(v)
			if i < 0 {
				i += n
			}
			return i, ok
		}
		from, ok := place(args[1])
		to := from
		if len(args) > 2 && ok {
			to, ok = place(args[2])
			from, to = max(from, 0), min(to, n-1)
		}
		if !ok || from < 0 || from > to || to >= n {
			return null
		}
		return splMulti(slices.Clone(of[from : to+1]))
	},
	Examples: []Example{
		example(text("a"), texts("a", "b", "c"), whole(0)), example(text("c"), texts("a", "b", "c"), text("-1")), example(null, texts("a"), whole(1)), example(null, texts("a"), whole(-2)),
		example(texts("b", "c"), texts("a", "b", "c"), whole(1), whole(2)), example(texts("b", "c"), texts("a", "b", "c"), whole(-2), whole(-1)), example(text("x"), text("x"), whole(0)),
		example(null, texts("a", "b"), whole(1), whole(0)), example(texts("a", "b"), texts("a", "b"), whole(0), whole(5)), example(null, texts("a"), null), example(null, texts("a"), text("x")),
	},
})

var _ = define(Func{
	Name: "spl_mvjoin", Doc: "The values of a field as one text, with a text between them; Null where it were longer than 64 MiB.",
	Params: []Param{required("values", "any"), required("between", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		of := splItems(args[0])
		if len(of) == 0 {
			return null
		}
		parts := make([]string, len(of))
		between, size := splText(args[1]), 0
		for i, v := range of {
			parts[i] = splText(v)
			if size += len(parts[i]) + len(between); size > maxText {
				return null
			}
		}
		return text(strings.Join(parts, between))
	},
	Examples: []Example{example(text("a, b"), texts("a", "b"), text(", ")), example(text("5"), whole(5), text(",")), example(null, null, text(","))},
})

var _ = define(Func{
	Name: "spl_mvreverse", Doc: "The values of a field, last first.",
	Params: splParam, Result: "any",
	Eval: func(args []event.Value) event.Value {
		of := slices.Clone(splItems(args[0]))
		slices.Reverse(of)
		return splMulti(of)
	},
	Examples: []Example{example(texts("b", "a"), texts("a", "b")), example(text("a"), text("a")), example(null, null)},
})

var _ = define(Func{
	Name: "spl_mvsort", Doc: "The values of a field sorted by their texts, code point by code point.",
	Params: splParam, Result: "any",
	Eval: func(args []event.Value) event.Value {
		of := slices.Clone(splItems(args[0]))
		slices.SortStableFunc(of, func(a, b event.Value) int { return strings.Compare(splText(a), splText(b)) })
		return splMulti(of)
	},
	Examples: []Example{example(texts("10", "9", "A", "a"), texts("a", "9", "A", "10")), example(null, null)},
})

var _ = define(Func{
	Name: "spl_mvzip", Doc: "The first values of two fields joined by a text (a comma if not given), the second ones and so on, as far as both have one.",
	Params: []Param{required("left", "any"), required("right", "any"), optional("between", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		left, right := splItems(args[0]), splItems(args[1])
		between := ","
		if len(args) > 2 {
			between = splText(args[2])
		}
		out := make([]event.Value, min(len(left), len(right)))
		for i := range out {
			out[i] = text(splText(left[i]) + between + splText(right[i]))
		}
		return splMulti(out)
	},
	Examples: []Example{
		example(texts("a,1", "b,2"), texts("a", "b"), texts("1", "2")), example(text("a|1"), text("a"), texts("1", "2"), text("|")), example(null, null, text("a")),
	},
})

var _ = define(Func{
	Name: "spl_mvrange", Doc: "The numbers from a first to before a last in steps, 1 if not given; a step such as 7d counts from time to time; Null where there is none or more than 1048576.",
	Params: []Param{required("first", "any"), required("last", "any"), optional("step", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		first, okFirst := splFloat(args[0])
		last, okLast := splFloat(args[1])
		if !okFirst || !okLast {
			return null
		}
		step := 1.0
		if len(args) > 2 {
			var ok bool
			if step, ok = splFloat(args[2]); !ok {
				return rangeOfTimes(args[0], last, splText(args[2]))
			}
		}
		if !(step > 0) && !(step < 0) || (last-first)/step > splMostRange {
			return null
		}
		var out []event.Value
		for i := 0; i <= splMostRange; i++ {
			v := first + float64(i)*step
			if step > 0 && v >= last || step < 0 && v <= last {
				break
			}
			out = append(out, splDouble(v))
		}
		return splMulti(out)
	},
	Examples: []Example{
		example(list(whole(1), whole(3), whole(5), whole(7), whole(9)), whole(1), whole(11), whole(2)), example(list(whole(1), whole(2)), text("1"), text("3")), example(null, whole(1), whole(1)),
		example(list(whole(0), whole(604800)), whole(0), whole(604801), text("7d")), example(null, whole(1), whole(2), whole(0)), example(list(whole(2), whole(1)), whole(2), whole(0), whole(-1)), example(null, whole(0), whole(5), text("x")),
	},
})

const splMostRange = 1 << 20

func rangeOfTimes(first event.Value, last float64, step string) event.Value {
	t, ok := splTime(first)
	if !ok {
		return null
	}
	var out []event.Value
	for len(out) <= splMostRange {
		if f := float64(t.Unix()) + float64(t.Nanosecond())/float64(time.Second); f >= last {
			break
		}
		out = append(out, splSeconds(t))
		next, ok := relativeTime(t, "+"+step)
		if !ok || !next.After(t) {
			return null
		}
		t = next
	}
	return splMulti(out)
}

var _ = splFunction("spl_split", "The parts of a text between the places where another text stands, as a multivalue; with an empty one its characters; those of several values one behind the other.", "any",
	[]Param{required("text", "any"), required("by", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		s, by := splText(v), splText(rest[0])
		var parts []event.Value
		if by == "" {
			for len(s) > 0 {
				_, size := utf8.DecodeRuneInString(s)
				parts = append(parts, text(s[:size]))
				s = s[size:]
			}
		} else {
			for part := range strings.SplitSeq(s, by) {
				parts = append(parts, text(part))
			}
		}
		return splMulti(parts)
	},
	example(texts("a", "b"), text("a,b"), text(",")), example(text("a"), text("a"), text(",")), example(texts("a", "", "b"), text("a,,b"), text(",")), example(texts("a", "b"), text("ab"), empty),
	example(texts("C:", "x", "y.exe"), text(`C:\x\y.exe`), text(`\`)), example(texts("a", "b", "c"), texts("a,b", "c"), text(",")))

var _ = define(Func{
	Name: "spl_mvmap", Doc: "What a function gives for each value of a field, nulls left out.",
	Params: []Param{required("values", "any"), required("function", "lambda")}, Result: "any",
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		var out []event.Value
		for _, v := range slices.Clone(splItems(args[0])) {
			out = append(out, splItems(call(v))...)
		}
		return splMulti(out)
	},
	Examples: []Example{example(texts("a", "b"), texts("a", "b")), example(text("a"), text("a")), example(null, null)},
})

var _ = define(Func{
	Name: "spl_mvfilter", Doc: "The values of a field for which a function is true.",
	Params: []Param{required("values", "any"), required("function", "lambda")}, Result: "any",
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		var out []event.Value
		for _, v := range slices.Clone(splItems(args[0])) {
			if call(v).Bool() {
				out = append(out, v)
			}
		}
		return splMulti(out)
	},
	Examples: []Example{example(yes, list(yes, no)), example(null, text("a")), example(null, null)},
})

// What kind of value there is.

var _ = define(Func{
	Name: "spl_typeof", Doc: "Number, Array or Object as a value is or spells, else String; Multivalue for several and Invalid for none.",
	Params: splParam, Result: "string",
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		of := splItems(v)
		switch {
		case len(of) == 0:
			return text("Invalid")
		case len(of) > 1:
			return text("Multivalue")
		}
		v = of[0]
		if _, ok := splNumber(v); ok {
			return text("Number")
		}
		switch jsonShape(v) {
		case '[':
			return text("Array")
		case '{':
			return text("Object")
		}
		return text("String")
	},
	Examples: []Example{
		example(text("Number"), whole(12)), example(text("String"), text("string")), example(text("String"), yes), example(text("Invalid"), null), example(text("Number"), text("12")),
		example(text("Multivalue"), texts("a", "b")), example(text("Array"), text("[1]")), example(text("Object"), text(`{"a":1}`)), example(text("String"), text("{a")),
	},
})

func splTest(name, doc string, test func(event.Value) bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: splParam, Result: "bool",
		Eval:     func(args []event.Value) event.Value { return boolean(test(args[0])) },
		Examples: examples,
	})
}

var (
	_ = splTest("spl_is_number", "Whether there is one value, and it is a number or spells one.", func(v event.Value) bool { _, ok := splNumber(v); return ok },
		example(yes, text("1.5")), example(no, text("a")), example(no, null), example(yes, whole(1)))
	_ = splTest("spl_is_integer", "Whether there is one value, and it is a whole number or spells one.", func(v event.Value) bool {
		n, ok := splNumber(v)
		return ok && (n.Kind() == event.Int || n.Kind() == event.Decimal && !strings.ContainsAny(n.Text(), ".eE"))
	}, example(yes, text("12")), example(no, text("1.5")), example(no, text("a")))
	_ = splTest("spl_is_double", "Whether there is one value, and it is a number with a fraction or an exponent, or spells one.", func(v event.Value) bool {
		n, ok := splNumber(v)
		return ok && (n.Kind() == event.Float || n.Kind() == event.Decimal && strings.ContainsAny(n.Text(), ".eE"))
	}, example(yes, text("1.5")), example(no, text("12")), example(no, null))
	_ = splTest("spl_is_string", "Whether there is one value, and it is a text that spells no number.", func(v event.Value) bool {
		one, ok := splOnly(v)
		_, number := splNumber(v)
		return ok && !number && (one.Kind() == event.Text || one.Kind() == event.Bool)
	}, example(yes, text("a")), example(no, text("12")), example(no, null), example(no, texts("a", "b")))
	_ = splTest("spl_is_multivalue", "Whether there are several values.", func(v event.Value) bool { return len(splItems(v)) > 1 },
		example(yes, texts("a", "b")), example(no, text("a")), example(no, null))
	_ = splTest("spl_is_array", "Whether there is one value, and it is JSON for an array.", func(v event.Value) bool { return jsonShape(v) == '[' },
		example(yes, text(` [1,2]`)), example(no, text("[1,")), example(no, null))
	_ = splTest("spl_is_object", "Whether there is one value, and it is JSON for an object.", func(v event.Value) bool { return jsonShape(v) == '{' },
		example(yes, text(`{"a":1}`)), example(no, text("[]")), example(no, text("a")))
)

// jsonShape returns the bracket that a text of JSON begins with, 0 for what is no array or object.
func jsonShape(v event.Value) byte {
	one, ok := splOnly(v)
	switch {
	case !ok:
		return 0
	case one.Kind() == event.Object:
		return '{'
	case one.Kind() != event.Text:
		return 0
	}
	s := strings.TrimLeft(one.Text(), " \t\r\n")
	if s == "" || s[0] != '{' && s[0] != '[' {
		return 0
	}
	if _, ok := readJSONText(s); !ok {
		return 0
	}
	return s[0]
}
