package fn

import (
	"errors"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The few expressions that RE2 cannot run (look-around, back-references, possessive and atomic groups) are tried out by going
// back, in at most maxSteps steps for one text and with at most maxPending choices open: what goes on longer is given up with
// errSteps rather than answered wrongly.

const (
	maxSteps   = 1 << 20
	maxPending = 10_000
)

var errSteps = errors.New("the regular expression takes too many steps on this text")

// tryFunc tries to meet a part of an expression at a place of the text, and what follows with then.
type tryFunc func(t *trial, at int, then func(at int) bool) bool

// trial is the state of one search in one text.
type trial struct {
	text    string
	groups  []int // offsets, two for each group, -1 for none
	start   int   // where the whole search began, for \G
	kept    int   // where the match begins by \K; -1 without
	steps   int
	pending int
	failed  bool
}

// step counts a step and says whether to go on.
func (t *trial) step() bool {
	if t.steps++; t.steps > maxSteps {
		t.failed = true
	}
	return !t.failed
}

// perlProgram is an expression ready to be tried.
type perlProgram struct {
	try    tryFunc
	groups int
}

func compilePerl(root *perlNode, groups int) *perlProgram {
	return &perlProgram{compileTry(root), groups}
}

// find returns the offsets of the first match at or behind a place; nil where there is none.
func (p *perlProgram) find(text string, from int) ([]int, error) {
	t := &trial{text: text, start: from, groups: make([]int, 2*p.groups)}
	for at := from; ; {
		for i := range t.groups {
			t.groups[i] = -1
		}
		t.kept = -1
		end := -1
		if p.try(t, at, func(to int) bool { end = to; return true }) {
			t.groups[0], t.groups[1] = at, end
			if t.kept >= 0 {
				t.groups[0] = min(t.kept, end)
			}
			return t.groups, nil
		}
		if t.failed {
			return nil, errSteps
		}
		if at >= len(text) {
			return nil, nil
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
}

func compileTry(n *perlNode) tryFunc {
	if test := singleTest(n); test != nil {
		return func(t *trial, at int, then func(int) bool) bool {
			r, size := utf8.DecodeRuneInString(t.text[at:])
			return size > 0 && t.step() && test(r) && then(at+size)
		}
	}
	switch n.op {
	case perlBegin, perlEnd, perlVeryEnd, perlBoundary, perlStart:
		holds := edgeTest(n)
		return func(t *trial, at int, then func(int) bool) bool { return t.step() && holds(t, at) && then(at) }
	case perlKeep:
		return func(t *trial, at int, then func(int) bool) bool {
			before := t.kept
			t.kept = at
			if then(at) {
				return true
			}
			t.kept = before
			return false
		}
	case perlCapture:
		return compileCapture(n)
	case perlConcat:
		return compileConcat(n)
	case perlAlternate:
		subs := compileAll(n.subs)
		return func(t *trial, at int, then func(int) bool) bool {
			for _, sub := range subs {
				if !t.step() {
					return false
				}
				if sub(t, at, then) {
					return true
				}
			}
			return false
		}
	case perlRepeat:
		return compileRepeat(n)
	case perlLook:
		return compileLook(n)
	case perlBack:
		return compileBack(n)
	case perlAtomic:
		return atomic(compileTry(n.subs[0]))
	}
	return func(t *trial, at int, then func(int) bool) bool { return then(at) }
}

func compileAll(nodes []*perlNode) []tryFunc {
	out := make([]tryFunc, len(nodes))
	for i, n := range nodes {
		out[i] = compileTry(n)
	}
	return out
}

// singleTest returns the test of a node that takes one character.
func singleTest(n *perlNode) func(rune) bool {
	switch n.op {
	case perlLiteral:
		if !n.fold {
			return func(r rune) bool { return r == n.char }
		}
		return func(r rune) bool { return sameLetter(r, n.char) }
	case perlAny:
		if n.all {
			return func(rune) bool { return true }
		}
		return func(r rune) bool { return r != '\n' }
	case perlClass:
		if n.fold {
			return n.set.hasFolded
		}
		return n.set.has
	}
	return nil
}

func sameLetter(a, b rune) bool {
	if a == b {
		return true
	}
	for f := unicode.SimpleFold(a); f != a; f = unicode.SimpleFold(f) {
		if f == b {
			return true
		}
	}
	return false
}

func edgeTest(n *perlNode) func(t *trial, at int) bool {
	switch n.op {
	case perlBegin:
		if n.lines {
			return func(t *trial, at int) bool { return at == 0 || t.text[at-1] == '\n' }
		}
		return func(_ *trial, at int) bool { return at == 0 }
	case perlEnd:
		if n.lines {
			return func(t *trial, at int) bool { return at == len(t.text) || t.text[at] == '\n' }
		}
		return func(t *trial, at int) bool {
			return at == len(t.text) || at == len(t.text)-1 && t.text[at] == '\n'
		}
	case perlVeryEnd:
		return func(t *trial, at int) bool { return at == len(t.text) }
	case perlStart:
		return func(t *trial, at int) bool { return at == t.start }
	}
	word := func(t *trial, at int) bool { return at >= 0 && at < len(t.text) && perlWords.has(rune(t.text[at])) }
	return func(t *trial, at int) bool { return (word(t, at-1) != word(t, at)) != n.negated }
}

func compileCapture(n *perlNode) tryFunc {
	inner, i := compileTry(n.subs[0]), 2*n.group
	return func(t *trial, at int, then func(int) bool) bool {
		from, to := t.groups[i], t.groups[i+1]
		if inner(t, at, func(end int) bool {
			before, behind := t.groups[i], t.groups[i+1]
			t.groups[i], t.groups[i+1] = at, end
			if then(end) {
				return true
			}
			t.groups[i], t.groups[i+1] = before, behind
			return false
		}) {
			return true
		}
		t.groups[i], t.groups[i+1] = from, to
		return false
	}
}

func compileConcat(n *perlNode) tryFunc {
	subs := compileAll(n.subs)
	var from func(i int, t *trial, at int, then func(int) bool) bool
	from = func(i int, t *trial, at int, then func(int) bool) bool {
		if i == len(subs)-1 {
			return subs[i](t, at, then)
		}
		return subs[i](t, at, func(next int) bool { return from(i+1, t, next, then) })
	}
	return func(t *trial, at int, then func(int) bool) bool { return from(0, t, at, then) }
}

// atomic makes something that, once met, is not tried another way.
func atomic(inner tryFunc) tryFunc {
	return func(t *trial, at int, then func(int) bool) bool {
		before := slices.Clone(t.groups)
		end := -1
		if !inner(t, at, func(to int) bool { end = to; return true }) {
			return false
		}
		if then(end) {
			return true
		}
		copy(t.groups, before)
		return false
	}
}

func compileRepeat(n *perlNode) tryFunc {
	if test := singleTest(n.subs[0]); test != nil {
		return repeatSingle(n, test)
	}
	inner := compileTry(n.subs[0])
	var more func(count int, t *trial, at int, then func(int) bool) bool
	more = func(count int, t *trial, at int, then func(int) bool) bool {
		if !t.step() {
			return false
		}
		if t.pending++; t.pending > maxPending {
			t.failed = true
			return false
		}
		defer func() { t.pending-- }()
		again := func() bool {
			return (n.most < 0 || count < n.most) && inner(t, at, func(next int) bool {
				if next == at && count >= n.least { // an empty round is the last
					return then(at)
				}
				return more(count+1, t, next, then)
			})
		}
		if count < n.least {
			return again()
		}
		if n.lazy {
			return then(at) || again()
		}
		return again() || then(at)
	}
	try := func(t *trial, at int, then func(int) bool) bool { return more(0, t, at, then) }
	if n.owning {
		return atomic(try)
	}
	return try
}

// repeatSingle repeats something that takes one character.
func repeatSingle(n *perlNode, test func(rune) bool) tryFunc {
	next := func(t *trial, at int) int {
		r, size := utf8.DecodeRuneInString(t.text[at:])
		if size == 0 || !t.step() || !test(r) {
			return -1
		}
		return at + size
	}
	return func(t *trial, at int, then func(int) bool) bool {
		count := 0
		for ; count < n.least; count++ {
			if at = next(t, at); at < 0 {
				return false
			}
		}
		if n.lazy {
			for {
				if then(at) {
					return true
				}
				if n.most >= 0 && count >= n.most {
					return false
				}
				if at = next(t, at); at < 0 {
					return false
				}
				count++
			}
		}
		least := at
		for n.most < 0 || count < n.most {
			to := next(t, at)
			if to < 0 {
				break
			}
			at = to
			count++
		}
		if t.failed || n.owning {
			return !t.failed && then(at)
		}
		for {
			if then(at) {
				return true
			}
			if at <= least || t.failed {
				return false
			}
			_, size := utf8.DecodeLastRuneInString(t.text[least:at])
			at -= size
		}
	}
}

func compileLook(n *perlNode) tryFunc {
	inner := compileTry(n.subs[0])
	meets := func(t *trial, at int) bool { return inner(t, at, func(int) bool { return true }) }
	if n.behind {
		least, most := widthOf(n.subs[0])
		meets = func(t *trial, at int) bool {
			from := at
			for width := 0; width <= most; width++ {
				if width >= least && inner(t, from, func(end int) bool { return end == at }) {
					return true
				}
				if from == 0 {
					return false
				}
				_, size := utf8.DecodeLastRuneInString(t.text[:from])
				from -= size
			}
			return false
		}
	}
	return func(t *trial, at int, then func(int) bool) bool {
		if !t.step() {
			return false
		}
		before := slices.Clone(t.groups)
		met := meets(t, at)
		if n.negated {
			copy(t.groups, before)
		}
		if met != n.negated && !t.failed && then(at) {
			return true
		}
		copy(t.groups, before)
		return false
	}
}

func compileBack(n *perlNode) tryFunc {
	i := 2 * n.group
	return func(t *trial, at int, then func(int) bool) bool {
		if !t.step() || t.groups[i] < 0 {
			return false
		}
		want := t.text[t.groups[i]:t.groups[i+1]]
		t.steps += len(want)
		rest := t.text[at:]
		if !n.fold {
			return len(rest) >= len(want) && rest[:len(want)] == want && then(at+len(want))
		}
		for _, r := range want {
			s, size := utf8.DecodeRuneInString(rest)
			if size == 0 || !sameLetter(r, s) {
				return false
			}
			rest = rest[size:]
		}
		return then(len(t.text) - len(rest))
	}
}
