package fn

import (
	"strings"

	"goshawk/event"
)

// Comparisons of values whose type is known only when they are there. Where both sides have one type, the comparisons of a
// plan do; the lowering writes what null means. Here it is in the kernels: an equality with one null is false, with two null;
// an order with a null is null.

// kqlCompare compares two values: numbers by their value, bools with numbers as 1 and 0, a text with a number, a bool, a time
// or a timespan as what it spells, all else only within a kind. A text against an array or a bag is compared with its JSON.
func kqlCompare(a, b event.Value) (order int, ok bool) {
	if order, ok = Compare(a, b); ok {
		return order, ok
	}
	ka, kb := a.Kind(), b.Kind()
	switch {
	case ka == event.Null || kb == event.Null || ka == kb:
		return 0, false
	case kb == event.Text:
		order, ok = kqlCompare(b, a)
		return -order, ok
	case ka == event.Bool && isNumber(b):
		return compareNumbers(toInt(a), b)
	case isNumber(a) && kb == event.Bool:
		return compareNumbers(a, toInt(b))
	case ka != event.Text:
		return 0, false
	}
	s := a.Text()
	switch kb {
	case event.Bool:
		switch strings.ToLower(s) {
		case "true":
			return compareBools(true, b.Bool()), true
		case "false":
			return compareBools(false, b.Bool()), true
		}
		return 0, false
	case event.Int, event.Float, event.Decimal:
		if n, isNumber := event.Number(strings.TrimSpace(s)); isNumber {
			return compareNumbers(n, b)
		}
		if n, isLong := kqlLong(a); isLong { // 0x…
			return compareNumbers(whole(n), b)
		}
		return 0, false
	case event.Time:
		if ticks, isTime := ParseKQLTime(s); isTime {
			return Compare(event.TimeValue(ticks), b)
		}
		return 0, false
	case event.Duration:
		if ticks, isSpan := ParseKQLSpan(s); isSpan {
			return Compare(event.DurationValue(ticks), b)
		}
		return 0, false
	}
	return strings.Compare(s, KQLText(b)), true
}

func kqlEqual(a, b event.Value) bool {
	order, ok := kqlCompare(a, b)
	return ok && order == 0
}

var _ = define(Func{
	Name: "kql_equal", Doc: "Whether two values are equal as Kusto compares a dynamic value, a text with a number as what it spells; false where one is null, Null where both are.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		if args[0].IsNull() && args[1].IsNull() {
			return null
		}
		return boolean(kqlEqual(args[0], args[1]))
	},
	Examples: []Example{
		example(yes, whole(7), whole(7)), example(yes, text("Text"), text("Text")), example(no, text("Text"), text("text")), example(no, null, text("x")), example(null, null, null),
		example(yes, whole(4688), text("4688")), example(no, whole(4688), text("x")), example(yes, yes, text("True")), example(yes, yes, whole(1)), example(yes, float(1), whole(1)),
		example(yes, text("2020-01-01"), instant("2020-01-01")), example(no, list(whole(1)), whole(1)), example(yes, list(whole(1)), list(whole(1))), example(yes, text("[1]"), list(whole(1))),
		example(yes, text("0x10"), whole(16)),
	},
})

var _ = define(Func{
	Name: "kql_compare", Doc: "-1, 0 or 1 as the first of two values is less than, equal to or greater than the second, as kql_equal compares them; Null where one is null or they do not compare.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		order, ok := kqlCompare(args[0], args[1])
		if !ok {
			return null
		}
		return whole(int64(order))
	},
	Examples: []Example{
		example(whole(1), whole(7), whole(5)), example(null, null, whole(5)), example(whole(-1), text("5"), whole(7)), example(null, text("x"), whole(7)),
		example(whole(1), instant("2024-01-02"), text("2024-01-01")), example(whole(-1), text("a"), text("b")),
	},
})

// kqlEach calls a function for each value of a list, lists in it opened.
func kqlEach(v event.Value, f func(event.Value) bool) bool {
	if v.Kind() != event.List {
		return f(v)
	}
	for _, e := range v.List() {
		if kqlEach(e, f) {
			return true
		}
	}
	return false
}

var _ = define(Func{
	Name: "kql_in", Doc: "Whether a value equals an element of a list, lists in it opened, as kql_equal compares them, or with fold texts in ASCII without regard to case; Null where value and an element are null.",
	Params: []Param{required("value", "any"), required("list", "dynamic"), optional("fold", "bool")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		fold := len(args) > 2 && args[2].Bool()
		value := args[0]
		if value.IsNull() {
			if kqlEach(args[1], event.Value.IsNull) {
				return null
			}
			return no
		}
		folded := ""
		if fold {
			folded = KQLFold(KQLText(value))
		}
		return boolean(kqlEach(args[1], func(e event.Value) bool {
			if fold && !e.IsNull() {
				return KQLFold(KQLText(e)) == folded
			}
			return kqlEqual(value, e)
		}))
	},
	Examples: []Example{
		example(yes, whole(2), list(whole(1), list(whole(2), whole(3)))), example(no, text("a"), list()), example(no, null, texts("x")), example(null, null, list(null)),
		example(no, text("ABC"), texts("abc")), example(yes, text("ABC"), texts("x", "abc"), yes), example(no, text("É"), texts("é"), yes), example(yes, text("a"), text("a")),
		example(yes, whole(4688), texts("4688")),
	},
})

// KQLFold returns a text in the form in which Kusto compares texts without regard to case, which it does for the letters of
// ASCII only.
func KQLFold(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			out := []byte(s)
			for ; i < len(out); i++ {
				if 'A' <= out[i] && out[i] <= 'Z' {
					out[i] += 'a' - 'A'
				}
			}
			return string(out)
		}
	}
	return s
}

var _ = define(Func{
	Name: "kql_fold", Doc: "The text with the letters of ASCII in lower case and all others as they are.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: CaseOfFirst,
	Eval:     onText(KQLFold),
	Examples: []Example{example(text("cmd.exe"), text("CMD.exe")), example(text("mÜnchen"), text("MÜNCHEN"))},
})

var _ = define(Func{
	Name: "kql_strcmp", Doc: "-1, 0 or 1 as a text stands before another, is equal to it or stands behind it, byte by byte.",
	Params: []Param{required("a", "string"), required("b", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return whole(int64(strings.Compare(args[0].Text(), args[1].Text())))
	},
	Examples: []Example{example(whole(0), text("ABC"), text("ABC")), example(whole(1), text("abc"), text("ABC")), example(whole(-1), text("ABC"), text("abc")), example(whole(1), text("abcde"), text("abc"))},
})
