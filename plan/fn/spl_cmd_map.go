package fn

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_search_word", Doc: "Whether a word stands in a text as a term of its own, without case: no letter or digit stands beside an end of it that is one. * in the word is any characters, and opens the end where it stands; false where there is no text or no word.",
	Params: []Param{required("text", "any"), required("word", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		word := strings.ToLower(splWordText(args[1]))
		if word == "" {
			return no
		}
		for _, v := range splItems(args[0]) {
			if splHasWord(strings.ToLower(splText(v)), word) {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, text("id={AB-12} x"), text("{ab-12}")), example(no, text("abc"), text("b")), example(yes, text("abc"), text("*b*")),
		example(yes, text("a cat"), text("CAT")), example(yes, text("cats"), text("cat*")), example(no, text("cats"), text("*cat")),
		example(no, null, text("a")), example(no, text("a"), null), example(no, text("a"), text("")), example(yes, text("start mid end"), text("start*end")),
	},
})

func splWordText(v event.Value) string {
	if v.IsNull() {
		return ""
	}
	return splText(v)
}

// splHasWord looks for a word with wildcards; both are in lower case.
func splHasWord(text, word string) bool {
	open, openEnd := strings.HasPrefix(word, "*"), strings.HasSuffix(word, "*")
	runs := strings.FieldsFunc(word, func(r rune) bool { return r == '*' })
	if len(runs) == 0 {
		return true
	}
	for at := 0; ; at++ {
		i := strings.Index(text[at:], runs[0])
		if i < 0 {
			return false
		}
		at += i
		if (open || splApart(text[:at], runs[0], true)) && splHasRest(text[at+len(runs[0]):], runs[0], runs[1:], openEnd) {
			return true
		}
	}
}

// splHasRest says whether the other runs of a word follow in order, the last of them, or the one before, ending a term.
func splHasRest(text, last string, runs []string, open bool) bool {
	if len(runs) == 0 {
		return open || splApart(text, last, false)
	}
	for at := 0; ; at++ {
		i := strings.Index(text[at:], runs[0])
		if i < 0 {
			return false
		}
		at += i
		if splHasRest(text[at+len(runs[0]):], runs[0], runs[1:], open) {
			return true
		}
		if len(runs) > 1 {
			return false // where the rest does not follow the first place, it follows no later one
		}
	}
}

// splApart says whether the text beside a run, before or behind it, is not joined to it as one term.
func splApart(beside, run string, before bool) bool {
	var inner, outer rune
	if before {
		inner, _ = utf8.DecodeRuneInString(run)
		outer, _ = utf8.DecodeLastRuneInString(beside)
	} else {
		inner, _ = utf8.DecodeLastRuneInString(run)
		outer, _ = utf8.DecodeRuneInString(beside)
	}
	return beside == "" || !(splTermRune(inner) && splTermRune(outer))
}

func splTermRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
