package fn

import (
	"slices"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// SPL's comparisons. Two values that both are or spell numbers compare by their numbers, any others by their texts, code point
// by code point. A field with several values compares as any of them does.

// splCompare compares two single values.
func splCompare(a, b event.Value) int {
	if x, ok := splNumber(a); ok {
		if y, ok := splNumber(b); ok {
			order, _ := compareNumbers(x, y)
			return order
		}
	}
	return strings.Compare(splText(a), splText(b))
}

// splOneOf says whether the comparison of a single value with any of several holds.
func splOneOf(a event.Value, list []event.Value, holds func(order int) bool) bool {
	if _, isNumber := splNumber(a); isNumber {
		return slices.ContainsFunc(list, func(b event.Value) bool { return holds(splCompare(a, b)) })
	}
	spelling := splText(a)
	return slices.ContainsFunc(list, func(b event.Value) bool { return holds(strings.Compare(spelling, splText(b))) })
}

func splComparison(name, doc string, holds func(order int) bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "any"), required("b", "any")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			if args[0].Kind() != event.List && args[1].Kind() != event.List {
				return boolean(holds(splCompare(args[0], args[1])))
			}
			left, right := splItems(args[0]), splItems(args[1])
			if len(left) == 0 || len(right) == 0 {
				return null
			}
			return boolean(slices.ContainsFunc(left, func(a event.Value) bool { return splOneOf(a, right, holds) }))
		},
		Examples: examples,
	})
}

var (
	_ = splComparison("spl_equal", "Whether two values are equal, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order == 0 },
		example(yes, text("5"), whole(5)), example(yes, text("5.0"), text("5")), example(no, text("a"), text("A")), example(yes, texts("a", "b"), text("b")),
		example(null, null, text("a")), example(yes, yes, text("true")), example(no, text("0x5"), whole(5)), example(no, text("9007199254740993"), text("9007199254740992")))
	_ = splComparison("spl_not_equal", "Whether two values differ, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order != 0 },
		example(no, text("5"), whole(5)), example(yes, texts("a", "b"), text("b")), example(null, text("a"), null))
	_ = splComparison("spl_less", "Whether a value is less than another, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order < 0 },
		example(yes, text("9"), text("10")), example(yes, text("10"), text("9a")), example(yes, text("A"), text("a")), example(null, null, null))
	_ = splComparison("spl_less_equal", "Whether a value is less than another or equal to it, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order <= 0 },
		example(yes, text("5.0"), whole(5)), example(no, text("b"), text("a")))
	_ = splComparison("spl_greater", "Whether a value is greater than another, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order > 0 },
		example(yes, text("100"), whole(99)), example(yes, list(whole(1), whole(7)), whole(5)), example(yes, text("b"), text("a")))
	_ = splComparison("spl_greater_equal", "Whether a value is greater than another or equal to it, as numbers where both are or spell one, else as texts; of a multivalue any value counts.",
		func(order int) bool { return order >= 0 },
		example(yes, text("100"), whole(100)), example(no, text("a"), text("b")))
)

var _ = define(Func{
	Name: "spl_compare", Doc: "-1, 0 or 1 as a value is less than, equal to or greater than another: by numbers where both are or spell one, else by texts; of a multivalue the first value counts.",
	Params: []Param{required("a", "any"), required("b", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, b := splItems(args[0]), splItems(args[1])
		if len(a) == 0 || len(b) == 0 {
			return null
		}
		return whole(int64(splCompare(a[0], b[0])))
	},
	Examples: []Example{example(whole(-1), text("9"), text("10")), example(whole(0), text("1.0"), whole(1)), example(whole(1), text("b"), text("a")), example(null, null, whole(1))},
})

// The comparisons of search, whose right side is a word of the search.

var _ = define(Func{
	Name: "spl_search_compare", Doc: "Whether any value of a field is, as search compares (= != < <= > >=), so to a word: by numbers where both are or spell one, else without case, * in the word of = and != meaning anything; false where there is no value.",
	Params: []Param{required("value", "any"), required("comparison", "string"), required("word", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		if args[2].IsNull() {
			return no
		}
		op, word := args[1].Text(), args[2]
		for _, v := range splItems(args[0]) {
			if splSearchCompare(v, op, word) {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, text("CMD.exe"), text("="), text("cmd*")), example(no, null, text("!="), text("a")), example(yes, texts("a", "b"), text("!="), text("a")),
		example(yes, text("10"), text(">"), text("9")), example(yes, text("5.0"), text("="), text("5")), example(yes, text("B"), text(">"), text("a")),
		example(no, text("x"), text("=="), text("x")), example(no, text("a"), text("!="), text("*")),
	},
})

func splSearchCompare(v event.Value, op string, word event.Value) bool {
	w, okW := splNumber(word)
	n, okN := null, false
	if okW {
		n, okN = splNumber(v)
	}
	order := 0
	switch {
	case okN && okW:
		order, _ = compareNumbers(n, w)
	case op == "=" || op == "!=":
		if splBeginsOtherwise(splText(word), splText(v)) || !splWildcard(event.Fold(splText(word)), event.Fold(splText(v))) {
			order = 1
		}
	default:
		order = strings.Compare(event.Fold(splText(v)), event.Fold(splText(word)))
	}
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return false
}

// splBeginsOtherwise says of most texts that are not as a pattern has it, without regard to case, that they are not: by their first
// characters, if both are of ASCII.
func splBeginsOtherwise(pattern, s string) bool {
	if pattern == "" || s == "" {
		return false
	}
	p, c := pattern[0], s[0]
	return p != '*' && p < utf8.RuneSelf && c < utf8.RuneSelf && lowerASCII(p) != lowerASCII(c)
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// splWildcard says whether a text is as a pattern has it, in which * stands for any characters.
func splWildcard(pattern, s string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, head)
	if !ok {
		return false
	}
	for {
		part, more, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}

var _ = define(Func{
	Name: "spl_wildcard", Doc: "Whether a text as a whole is as a pattern has it, in which * stands for any characters; with fold true without regard to case.",
	Params: []Param{required("text", "any"), required("pattern", "string"), optional("fold", "bool")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		pattern := args[1].Text()
		fold := len(args) > 2 && args[2].Bool()
		if fold {
			pattern = event.Fold(pattern)
		}
		for _, v := range splItems(args[0]) {
			s := splText(v)
			if fold {
				s = event.Fold(s)
			}
			if splWildcard(pattern, s) {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, text("a.b.c"), text("a.*")), example(no, text("A"), text("a*")), example(yes, text("A"), text("a*"), yes), example(yes, text("xaay"), text("x*a*y")),
		example(no, text("ab"), text("ab*b")), example(yes, texts("x", "y"), text("y")),
	},
})

var _ = define(Func{
	Name: "spl_like", Doc: "Whether a text as a whole is as a pattern has it, case regarded, in which % stands for any characters and _ for one; of a multivalue any value counts.",
	Params: []Param{required("text", "any"), required("pattern", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		pattern, ok := splOnly(args[1])
		if !ok {
			return null
		}
		for _, v := range splItems(args[0]) {
			if splLike([]rune(splText(pattern)), []rune(splText(v))) {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, text(`C:\Users\jo\a.exe`), text(`%\Users\%.exe`)), example(no, text("ABC"), text("a%")), example(yes, text("abc"), text("a_c")), example(no, text("ac"), text("a_c")),
		example(yes, text("a\nb"), text("a%b")), example(null, null, text("%")), example(yes, texts("x", "yz"), text("y%")), example(yes, text("a.c"), text("a.c")), example(no, text("abc"), text("a.c")),
	},
})

func splLike(pattern, s []rune) bool {
	p, i := 0, 0
	star, back := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, back = p, i
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			back++
			p, i = star+1, back
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}
