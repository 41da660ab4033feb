package eval

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"goshawk/event"
)

// anchor is a text that every match of an expression holds, so many characters behind its beginning. The expression is then asked only
// where the text stands, instead of at every character.
type anchor struct {
	text   []byte // folded, if fold
	fold   bool
	behind int // in characters
	far    bool
	whole  func() *regexp.Regexp // which is asked where the others cannot be
	at     func() *regexp.Regexp // at the beginning of a text; nil if package regexp does not take it
	rest   func() *regexp.Regexp // anywhere in a text; so is this
}

// fewPlaces is how often an expression that may run through all of the rest of a text is asked where it may begin, before it is asked
// of all the rest at once.
const fewPlaces = 16

// anchorOf returns the anchor of an expression; nil if there is none. An expression that looks at what stands before its match has none.
func anchorOf(re *syntax.Regexp, whole func() *regexp.Regexp) *anchor {
	best := anchor{}
	at := 0
	var b strings.Builder
	begun, fold := 0, false
	take := func() {
		if text := b.String(); len(text) > len(best.text) {
			if fold {
				text = event.Fold(text)
			}
			best.text, best.fold, best.behind = []byte(text), fold, begun
		}
		b.Reset()
	}
walk:
	for _, part := range flattened(nil, re) {
		switch part.Op {
		case syntax.OpLiteral:
			text := string(part.Rune)
			if strings.ContainsRune(text, utf8.RuneError) {
				break walk // stands for invalid bytes too
			}
			if folds := part.Flags&syntax.FoldCase != 0; b.Len() == 0 || folds != fold {
				take()
				begun, fold = at, folds
			}
			b.WriteString(text)
			at += len(part.Rune)
			continue
		case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			at++
		case syntax.OpRepeat:
			if op := part.Sub[0].Op; part.Min != part.Max || op != syntax.OpCharClass && op != syntax.OpAnyChar && op != syntax.OpAnyCharNotNL {
				break walk
			}
			at += part.Min
		default:
			break walk
		}
		take()
	}
	take()
	if len(best.text) == 0 {
		return nil
	}
	best.far, best.whole = runsFar(re), whole
	best.at = compiledLater(`\A(?:`, re, `)`)
	best.rest = compiledLater(``, re, ``)
	return &best
}

// compiledLater returns what compiles an expression when it is first asked, and gives nil if it cannot be compiled.
func compiledLater(before string, re *syntax.Regexp, behind string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		compiled, err := regexp.Compile(before + spelled(re) + behind)
		if err != nil {
			return nil
		}
		return compiled
	})
}

// runsFar says whether a match may go on for as long as the text does, whatever the text.
func runsFar(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if sub := re.Sub[0]; re.Max < 0 || re.Op != syntax.OpRepeat {
			switch sub.Op {
			case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
				return true
			case syntax.OpCharClass:
				return len(sub.Rune) > 0 && sub.Rune[len(sub.Rune)-1] == utf8.MaxRune
			}
		}
	}
	for _, sub := range re.Sub {
		if runsFar(sub) {
			return true
		}
	}
	return false
}

// match says whether the expression matches; folded is the text without regard to case, where the anchor needs it.
func (a *anchor) match(text, folded []byte) bool {
	where := text
	if a.fold {
		if where = folded; len(folded) != len(text) || !isASCII(text) { // what stands where may differ
			return a.whole().Match(text)
		}
	}
	at := a.at()
	if at == nil {
		return a.whole().Match(text)
	}
	for from, places := 0, 0; ; places++ {
		i := bytes.Index(where[from:], a.text)
		if i < 0 {
			return false
		}
		i += from
		begin, ok := back(text, i, a.behind)
		switch {
		case !ok:
		case a.far && places == fewPlaces && a.rest() != nil:
			return a.rest().Match(text[begin:])
		case at.Match(text[begin:]):
			return true
		}
		from = i + 1
	}
}

// back returns where the character stands that is so many before a place.
func back(text []byte, at, characters int) (int, bool) {
	for range characters {
		if at == 0 {
			return 0, false
		}
		_, size := utf8.DecodeLastRune(text[:at])
		at -= size
	}
	return at, true
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
