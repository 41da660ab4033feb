package eval

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Matcher is a set of patterns made ready to meet texts. It may be used by any number of goroutines at a time.
//
// Its methods take a text and its folded form, which event.AppendFold gives. The folded form must be there if NeedsFolded
// says so; otherwise it may be nil.
type Matcher struct {
	op       plan.MatchOp
	all      bool
	fold     bool
	patterns []pattern
	index    *literals // over the plain patterns of a long list that need not all be met
	folds    bool      // some method reads the folded form
	rest     []int     // the patterns outside the index; every pattern where there is none
}

// pattern is one pattern made ready.
type pattern struct {
	glob    glob
	literal []byte // the text of a pattern without wildcards
	plain   bool
	word    bool // of a Word: its ends need no letter or digit beside them where they are such themselves
	regexp  *regexp.Regexp
	folds   bool // of an expression: it has texts without regard to case
	// expression is what is asked whether an expression matches at all.
	expression func() *expression
	network    netip.Prefix
}

// NewMatcher makes patterns ready. It reports a regular expression or a network that cannot be read.
func NewMatcher(op plan.MatchOp, patterns []plan.Pattern, all, fold bool) (*Matcher, error) {
	m := &Matcher{op: op, all: all, fold: fold, patterns: make([]pattern, len(patterns))}
	for i, p := range patterns {
		ready, err := newPattern(op, p, fold)
		if err != nil {
			return nil, err
		}
		m.patterns[i] = ready
	}
	m.folds = m.needsFolded()
	m.buildIndex()
	return m, nil
}

func newPattern(op plan.MatchOp, p plan.Pattern, fold bool) (pattern, error) {
	asIs := func(text string) string { return text }
	folding := asIs
	if fold {
		folding = event.Fold
	}
	switch op {
	case plan.Regexp:
		return newRegexp(p.Source, fold)
	case plan.CIDR:
		network, ok := fn.ParseNetwork(p.Source)
		if !ok {
			return pattern{}, fmt.Errorf("%q is not an IP network", p.Source)
		}
		return pattern{network: network}, nil
	case plan.Word:
		text, plain := p.IsPlain()
		if plain {
			return pattern{plain: true, word: true, literal: []byte(folding(text))}, nil
		}
		return newWordRegexp(p, fold)
	}
	ready := pattern{glob: newGlob(p.Pieces, folding, op == plan.Suffix || op == plan.Contains, op == plan.Prefix || op == plan.Contains)}
	if text, plain := p.IsPlain(); plain {
		ready.plain, ready.literal = true, []byte(folding(text))
	}
	return ready, nil
}

// NeedsFolded says whether the methods need the folded form of a text.
func (m *Matcher) NeedsFolded() bool { return m.folds }

func (m *Matcher) needsFolded() bool {
	if m.op != plan.Regexp {
		return m.fold && m.op != plan.CIDR
	}
	return slices.ContainsFunc(m.patterns, func(p pattern) bool { return p.folds })
}

// Len returns the number of patterns.
func (m *Matcher) Len() int { return len(m.patterns) }

// Match says whether the text meets one of the patterns, or all of them where the matcher was made so. Without patterns it
// is false, and true for all.
func (m *Matcher) Match(text, folded []byte) bool {
	if m.all {
		for i := range m.patterns {
			if !m.MatchOne(i, text, folded) {
				return false
			}
		}
		return true
	}
	return m.First(text, folded) >= 0
}

// First returns the least index of a pattern that the text meets, or of one of several equal ones; -1 where it meets none.
func (m *Matcher) First(text, folded []byte) int {
	if m.index != nil {
		subject := text
		if m.fold {
			subject = folded
		}
		if i := m.index.find(m.op, subject); i >= 0 {
			return i
		}
	}
	for _, i := range m.rest {
		if m.MatchOne(i, text, folded) {
			return i
		}
	}
	return -1
}

// MatchOne says whether the text meets the pattern of an index.
func (m *Matcher) MatchOne(i int, text, folded []byte) bool {
	p := &m.patterns[i]
	switch m.op {
	case plan.Regexp:
		return p.expression().match(text, folded)
	case plan.CIDR:
		return p.contains(text)
	}
	if m.fold && p.regexp == nil {
		text = folded
	}
	switch {
	case p.word:
		_, _, ok := findWord(text, p.literal)
		return ok
	case p.regexp != nil:
		return p.regexp.Match(text)
	case !p.plain:
		return p.glob.match(text)
	}
	switch m.op {
	case plan.Prefix:
		return bytes.HasPrefix(text, p.literal)
	case plan.Suffix:
		return bytes.HasSuffix(text, p.literal)
	case plan.Contains:
		return bytes.Contains(text, p.literal)
	}
	return bytes.Equal(text, p.literal)
}

// Find returns where in the text the pattern of an index is met, as a range of bytes. The range of a match without regard
// to case is one of the text, not of its folded form.
func (m *Matcher) Find(i int, text, folded []byte) (from, to int, ok bool) {
	p := &m.patterns[i]
	switch {
	case m.op == plan.CIDR:
		return 0, len(text), p.contains(text)
	case m.op == plan.Regexp && p.expression().repeat != nil:
		return p.expression().repeat.find(text)
	case p.regexp != nil:
		where := p.regexp.FindSubmatchIndex(text)
		if where == nil {
			return 0, 0, false
		}
		if m.op == plan.Word {
			return where[2], where[3], true
		}
		return where[0], where[1], true
	}
	subject := text
	if m.fold {
		subject = folded
	}
	if p.word {
		from, to, ok = findWord(subject, p.literal)
	} else {
		from, to, ok = p.glob.find(subject)
	}
	if ok && m.fold {
		from, to = unfold(text, from), unfold(text, to)
	}
	return from, to, ok
}

// unfold returns the offset in a text that belongs to an offset in its folded form.
func unfold(text []byte, offset int) int {
	i := 0
	for folded := 0; i < len(text) && folded < offset; {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			folded++
		} else {
			folded += utf8.RuneLen(event.FoldRune(r))
		}
		i += size
	}
	return i
}

func (p *pattern) contains(text []byte) bool {
	if len(text) < 2 || len(text) > 100 {
		return false
	}
	a, ok := fn.ParseAddress(string(text))
	return ok && p.network.Contains(a)
}

// WordRune says whether a character is part of a term: a letter or a digit of any script.
func WordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// findWord returns the first place of a term in a text: where the term begins with a letter or digit, none stands before it,
// and where it ends with one, none stands behind.
func findWord(text, term []byte) (from, to int, ok bool) {
	first, _ := utf8.DecodeRune(term)
	last, _ := utf8.DecodeLastRune(term)
	openStart, openEnd := !WordRune(first), !WordRune(last)
	for i := 0; i <= len(text)-len(term); i++ {
		next := bytes.Index(text[i:], term)
		if next < 0 {
			break
		}
		i += next
		end := i + len(term)
		if !openStart && i > 0 {
			if before, _ := utf8.DecodeLastRune(text[:i]); WordRune(before) {
				continue
			}
		}
		if !openEnd && end < len(text) {
			if behind, _ := utf8.DecodeRune(text[end:]); WordRune(behind) {
				continue
			}
		}
		return i, end, true
	}
	return 0, 0, false
}
