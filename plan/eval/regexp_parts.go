package eval

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"goshawk/event"
)

// expression says whether a regular expression matches a text at all. The alternatives that it is made of are asked one by
// one: those that are plain texts, often nearly all, are searched for together, and of the others only those are run of which
// the necessary texts occur.
type expression struct {
	exact, folded texts
	parts         []part
	repeat        *repeat // what the whole expression is, where it is one
}

// part is one alternative of an expression.
type part struct {
	need   [][]Literal
	run    *byteRun
	repeat *repeat // what the part is, where it is one; the others say no more
	anchor *anchor // nil: there is none, and regexp is asked of the whole text
	// regexp is made when all else says that the part may match: to write an expression with large classes down costs
	// milliseconds, and most parts never come to it.
	regexp func() *regexp.Regexp
}

// texts are texts of which any may occur.
type texts struct {
	list []string
	few  [][]byte
	many *needles
}

const (
	maxAlternatives = 512 // that an expression is taken apart into
	maxParts        = 32  // of them that are no plain texts
	fewTexts        = 8   // texts up to which looking for one after the other is faster
)

// newExpression takes an expression apart; compiled is the expression itself.
func newExpression(source string, compiled *regexp.Regexp) *expression {
	x := &expression{}
	whole := func() *regexp.Regexp { return compiled }
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		x.parts = []part{{regexp: whole}}
		return x
	}
	if x.repeat = repeatOf(tree); x.repeat != nil {
		return x
	}
	all := wholePart(tree, whole)
	list, ok := alternativesOf(tree)
	if !ok {
		list = []*syntax.Regexp{tree}
	}
	var exact, folded []string
	for _, re := range list {
		text, fold, literal := literalText(re)
		switch {
		case literal && fold:
			folded = append(folded, text)
		case literal:
			exact = append(exact, text)
		case len(list) == 1:
			x.parts = append(x.parts, all)
		case len(x.parts) == maxParts:
			return &expression{parts: []part{all}}
		default:
			x.parts = append(x.parts, newPart(re, whole))
		}
	}
	x.exact, x.folded = newTexts(exact), newTexts(folded)
	x.joinNeedless(all)
	return x
}

// newPart returns an alternative of a whole expression.
func newPart(re *syntax.Regexp, whole func() *regexp.Regexp) part {
	return wholePart(re, sync.OnceValue(func() *regexp.Regexp {
		if own, err := regexp.Compile(spelled(re)); err == nil {
			return own
		}
		return whole() // which matches wherever the part does
	}))
}

// wholePart returns the part that is an expression, which compiled makes.
func wholePart(re *syntax.Regexp, compiled func() *regexp.Regexp) part {
	short := shorter(re)
	run := runOf(re)
	if joined := runOf(short); joined != nil && (run == nil || joined.most > run.most) {
		run = joined
	}
	return part{literalsOf(re.Simplify()), run, repeatOf(short), anchorOf(short, compiled), compiled}
}

// match says whether the part matches.
func (p *part) match(text, folded []byte) bool {
	switch {
	case !occur(p.need, text, folded) || !p.run.occursIn(text):
		return false
	case p.repeat != nil:
		if p.run != nil && !p.run.beyond && p.run.most == p.repeat.least { // which says it all
			return true
		}
		_, _, ok := p.repeat.find(text)
		return ok
	case p.anchor != nil:
		return p.anchor.match(text, folded)
	}
	return p.regexp().Match(text)
}

// joinNeedless puts the whole expression in the place of the parts that have no necessary texts, if there are several: each would
// have to be run.
func (x *expression) joinNeedless(all part) {
	kept := make([]part, 0, len(x.parts))
	for _, p := range x.parts {
		if len(p.need) > 0 {
			kept = append(kept, p)
		}
	}
	if len(x.parts) > len(kept)+1 {
		x.parts = append(kept, all)
	}
}

func newTexts(list []string) texts {
	t := texts{list: list}
	if len(list) > fewTexts {
		t.many = newNeedles(list)
		return t
	}
	for _, text := range list {
		t.few = append(t.few, []byte(text))
	}
	return t
}

func (t *texts) occurIn(text []byte) bool {
	for _, want := range t.few {
		if bytes.Contains(text, want) {
			return true
		}
	}
	return t.many != nil && t.many.find(text, func(int32) bool { return true })
}

// match says whether the expression matches; folded must be there if the expression has folded texts.
func (x *expression) match(text, folded []byte) bool {
	if x.repeat != nil {
		_, _, ok := x.repeat.find(text)
		return ok
	}
	if x.exact.occurIn(text) || x.folded.occurIn(folded) {
		return true
	}
	for i := range x.parts {
		if x.parts[i].match(text, folded) {
			return true
		}
	}
	return false
}

// foldsText says whether an expression has texts without regard to case.
func foldsText(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0 || slices.ContainsFunc(re.Sub, foldsText)
}

// alternativesOf returns expressions of which one matches a text if and only if the whole one does; false where there are too
// many.
func alternativesOf(re *syntax.Regexp) ([]*syntax.Regexp, bool) {
	switch re.Op {
	case syntax.OpCapture:
		return alternativesOf(re.Sub[0])
	case syntax.OpAlternate:
		var all []*syntax.Regexp
		for _, sub := range re.Sub {
			list, ok := alternativesOf(sub)
			if !ok || len(all)+len(list) > maxAlternatives {
				return nil, false
			}
			all = append(all, list...)
		}
		return all, true
	case syntax.OpConcat:
		all := [][]*syntax.Regexp{nil}
		for _, sub := range re.Sub {
			list, ok := alternativesOf(sub)
			if !ok || len(all)*len(list) > maxAlternatives {
				return nil, false
			}
			next := make([][]*syntax.Regexp, 0, len(all)*len(list))
			for _, begun := range all {
				for _, x := range list {
					next = append(next, append(begun[:len(begun):len(begun)], x))
				}
			}
			all = next
		}
		out := make([]*syntax.Regexp, len(all))
		for i, list := range all {
			out[i] = &syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags, Sub: list}
		}
		return out, true
	}
	return []*syntax.Regexp{re}, true
}

// literalText returns the text that an expression is, folded if it is one without regard to case.
func literalText(re *syntax.Regexp) (text string, fold, ok bool) {
	var b strings.Builder
	begun := false
	var add func(re *syntax.Regexp) bool
	add = func(re *syntax.Regexp) bool {
		switch re.Op {
		case syntax.OpLiteral:
			folds := re.Flags&syntax.FoldCase != 0
			if begun && folds != fold {
				return false
			}
			begun, fold = true, folds
			b.WriteString(string(re.Rune))
			return true
		case syntax.OpConcat:
			for _, sub := range re.Sub {
				if !add(sub) {
					return false
				}
			}
			return true
		}
		return re.Op == syntax.OpEmptyMatch
	}
	if !add(re) || !begun || strings.ContainsRune(b.String(), utf8.RuneError) {
		return "", false, false
	}
	if text = b.String(); fold {
		text = event.Fold(text)
	}
	return text, fold, true
}
