package fn

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
)

// Kusto's string operators where what is looked for is no constant; for constants a Match says the same and can be indexed.
// Folding is that of ASCII. A term is a run of letters and digits, and so the underscore separates.

// kqlFind says how a text is looked for in another.
type kqlFind uint8

const (
	kqlContains kqlFind = iota
	kqlStartsWith
	kqlEndsWith
	kqlEquals
	kqlHas       // as a term: beside an end of it that is a letter or digit there is none
	kqlHasPrefix // as the beginning of a term
	kqlHasSuffix // as the end of a term
)

// KQLTermRune says whether a character belongs to a term. The reference says alphanumeric without naming a script.
func KQLTermRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// kqlFound looks for needle in s, both folded already where case does not matter.
func kqlFound(s, needle string, how kqlFind) bool {
	switch how {
	case kqlContains:
		return strings.Contains(s, needle)
	case kqlStartsWith:
		return strings.HasPrefix(s, needle)
	case kqlEndsWith:
		return strings.HasSuffix(s, needle)
	case kqlEquals:
		return s == needle
	}
	if needle == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(needle)
	last, _ := utf8.DecodeLastRuneInString(needle)
	boundStart, boundEnd := how != kqlHasSuffix && KQLTermRune(first), how != kqlHasPrefix && KQLTermRune(last)
	for from := 0; ; {
		at := strings.Index(s[from:], needle)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(needle)
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		behind, _ := utf8.DecodeRuneInString(s[end:])
		if (!boundStart || at == 0 || !KQLTermRune(before)) && (!boundEnd || end == len(s) || !KQLTermRune(behind)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		from = at + size
	}
}

func kqlFinder(name, doc string, how kqlFind, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc,
		Params: []Param{required("text", "string"), required("needle", "string"), optional("fold", "bool")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			s, needle := args[0].Text(), args[1].Text()
			if len(args) > 2 && args[2].Bool() {
				s, needle = KQLFold(s), KQLFold(needle)
			}
			return boolean(kqlFound(s, needle, how))
		},
		Examples: examples,
	})
}

var (
	_ = kqlFinder("kql_contains", "Whether a text holds another, with fold without regard to case in ASCII.", kqlContains,
		example(yes, text("abcdef"), text("CDE"), yes), example(no, text("abcdef"), text("CDE")), example(yes, text("x"), empty), example(no, text("NAÏVE"), text("ïve"), yes))
	_ = kqlFinder("kql_startswith", "Whether a text begins with another, with fold without regard to case in ASCII.", kqlStartsWith,
		example(yes, text(`c:\windows\x`), text(`C:\Windows`), yes), example(no, text("a b c"), text("b"), yes), example(yes, text("x"), empty, yes))
	_ = kqlFinder("kql_endswith", "Whether a text ends with another, with fold without regard to case in ASCII.", kqlEndsWith,
		example(yes, text("/usr/bin/AT"), text("/at"), yes), example(no, text("/usr/bin/at "), text("/at"), yes))
	_ = kqlFinder("kql_equals_fold", "Whether two texts are equal, with fold without regard to case in ASCII.", kqlEquals,
		example(yes, text("EXPLORER.exe"), text("explorer.EXE"), yes), example(no, text("A"), text("a")), example(no, text("É"), text("é"), yes))
	_ = kqlFinder("kql_has", "Whether a text holds another as a term, with fold without regard to case in ASCII.", kqlHas,
		example(yes, text("net user add"), text("user"), yes), example(no, text("netuser"), text("user"), yes), example(yes, text("user_x"), text("USER"), yes),
		example(no, text("user_x"), text("USER")), example(no, text("undelete shadows"), text("delete shadows"), yes), example(yes, text("powershell.exe --enc"), text("-enc"), yes),
		example(no, text("-encodedcommand"), text("-enc"), yes), example(yes, text("a.b"), text("."), yes), example(no, text("KustoExplorerQueryRun"), text("Explorer"), yes),
		example(yes, text("cat at"), text("at"), yes))
	_ = kqlFinder("kql_hasprefix", "Whether a term of a text begins with another text, with fold without regard to case in ASCII.", kqlHasPrefix,
		example(yes, text("my rundll32.exe"), text("run"), yes), example(no, text("xrundll32"), text("run"), yes), example(no, text("RUNDLL32"), text("run")))
	_ = kqlFinder("kql_hassuffix", "Whether a term of a text ends with another text, with fold without regard to case in ASCII.", kqlHasSuffix,
		example(yes, text("rundll32.exe"), text("dll32"), yes), example(no, text("rundll32x"), text("dll32"), yes), example(no, text("RunDLL32"), text("dll32")))
)

func kqlTermOf(name, doc string, all bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc,
		Params: []Param{required("text", "string"), required("list", "dynamic"), optional("fold", "bool")}, Result: "bool",
		Eval: func(args []event.Value) event.Value {
			fold := len(args) > 2 && args[2].Bool()
			s := KQLText(args[0])
			if fold {
				s = KQLFold(s)
			}
			decided := kqlEach(args[1], func(v event.Value) bool {
				needle := KQLText(v)
				if fold {
					needle = KQLFold(needle)
				}
				return (!v.IsNull() && kqlFound(s, needle, kqlHas)) != all
			})
			return boolean(decided != all)
		},
		Examples: examples,
	})
}

var (
	_ = kqlTermOf("kql_has_any", "Whether a text holds the text of an element of a list as a term, lists in it opened; with fold without regard to case in ASCII.", false,
		example(yes, text("a-verifyctl"), texts("urlcache", "verifyctl"), yes), example(no, text("urlcached"), texts("urlcache"), yes), example(no, text("x"), list(), yes),
		example(yes, text("Example number 2"), list(whole(1), list(whole(2))), yes), example(no, text("x"), null, yes))
	_ = kqlTermOf("kql_has_all", "Whether a text holds the texts of all elements of a list as terms, lists in it opened; with fold without regard to case in ASCII; true of an empty list.", true,
		example(yes, text("-q -s -r accepteula"), texts("accepteula", "-r", "-s", "-q"), yes), example(no, text("-r -s"), texts("-r", "-q"), yes), example(yes, text("x"), list(), yes))
)

var _ = define(Func{
	Name: "kql_has_any_index", Doc: "The index of the first element of a list whose text a text holds as a term, case in ASCII not regarded; -1 where it holds none.",
	Params: []Param{required("text", "string"), required("list", "dynamic")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[1].Kind() != event.List {
			return null
		}
		s := KQLFold(args[0].Text())
		for i, v := range args[1].List() {
			if !v.IsNull() && kqlFound(s, KQLFold(KQLText(v)), kqlHas) {
				return whole(int64(i))
			}
		}
		return whole(-1)
	},
	Examples: []Example{
		example(whole(0), text("this is an example"), texts("this", "example")), example(whole(1), text("this is an example"), texts("not", "example")),
		example(whole(-1), text("this is an example"), texts("not", "found")), example(whole(1), text("Example number 2"), list(whole(1), whole(2), whole(3))), example(whole(-1), text("x"), list()),
	},
})
