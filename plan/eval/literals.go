package eval

import (
	"bytes"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// Literal is a text that must occur where a regular expression matches.
type Literal struct {
	Text   string
	Folded bool // the text is folded, and must occur in the folded text
}

// maxGroup bounds the literals of one group.
const maxGroup = 256

// Literals returns groups of texts without which a regular expression cannot match: of each group at least one must occur. It
// returns nil where nothing can be said, also for an expression that does not parse.
func Literals(source string) [][]Literal {
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil
	}
	return literalsOf(re.Simplify())
}

func literalsOf(re *syntax.Regexp) [][]Literal {
	switch re.Op {
	case syntax.OpLiteral:
		l := Literal{string(re.Rune), re.Flags&syntax.FoldCase != 0}
		if strings.ContainsRune(l.Text, utf8.RuneError) {
			return nil // stands for invalid bytes too
		}
		if l.Folded {
			l.Text = event.Fold(l.Text)
		}
		return [][]Literal{{l}}
	case syntax.OpCapture, syntax.OpPlus:
		return literalsOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literalsOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var all [][]Literal
		for _, sub := range re.Sub {
			all = append(all, literalsOf(sub)...)
		}
		return all
	case syntax.OpAlternate:
		var either []Literal
		for _, sub := range re.Sub {
			best := Rarest(literalsOf(sub))
			if best == nil || len(either)+len(best) > maxGroup {
				return nil
			}
			either = append(either, best...)
		}
		return [][]Literal{either}
	}
	return nil
}

// Rarest returns the group whose shortest text is the longest, the first of several; nil if there is no group.
func Rarest(groups [][]Literal) []Literal {
	var best []Literal
	length := 0
	for _, g := range groups {
		shortest := len(g[0].Text)
		for _, l := range g[1:] {
			shortest = min(shortest, len(l.Text))
		}
		if shortest > length {
			best, length = g, shortest
		}
	}
	return best
}

// occur says whether a text holds one literal of every group. Folded literals count as found in a text that nobody folded.
func occur(groups [][]Literal, text, folded []byte) bool {
	for _, g := range groups {
		found := false
		for _, l := range g {
			where := text
			if l.Folded {
				if where = folded; len(folded) == 0 {
					found = true
					break
				}
			}
			if found = bytes.Contains(where, []byte(l.Text)); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
