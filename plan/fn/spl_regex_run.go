package fn

import (
	"errors"
	"slices"
	"sync"
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

// tryFunc tries to meet a part of an expression at a place of the text, and all that follows it.
type tryFunc func(t *trial, at int) bool

// trial is the state of one search in one text.
type trial struct {
	text    string
	groups  []int // offsets, two for each group, -1 for none
	start   int   // where the whole search began, for \G
	kept    int   // where the match begins by \K; -1 without
	end     int   // where what was met last ends
	steps   int
	pending int
	failed  bool
	// open is what the parts under way have to remember, the innermost last: a part takes its own away before it goes on with what
	// follows, and puts it back if that fails.
	open []int
	// saved are the groups as they were before parts that may have to undo several of them.
	saved []int
}

func (t *trial) push(n ...int) { t.open = append(t.open, n...) }
func (t *trial) pop(n int)     { t.open = t.open[:len(t.open)-n] }
func (t *trial) top() int      { return t.open[len(t.open)-1] }

// save remembers the groups, and returns where.
func (t *trial) save() int {
	t.saved = append(t.saved, t.groups...)
	return len(t.saved) - len(t.groups)
}

func (t *trial) undo(saved int) { copy(t.groups, t.saved[saved:]) }

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
	trials sync.Pool // of trials that are over
}

func compilePerl(root *perlNode, groups int) *perlProgram {
	return &perlProgram{try: compileTry(root, met), groups: groups}
}

// met follows what stands for itself.
func met(t *trial, at int) bool {
	t.end = at
	return true
}

// find returns the offsets of the first match at or behind a place; nil where there is none.
func (p *perlProgram) find(text string, from int) ([]int, error) {
	t, ok := p.trials.Get().(*trial)
	if !ok {
		t = &trial{groups: make([]int, 2*p.groups)}
	}
	*t = trial{text: text, start: from, groups: t.groups, open: t.open, saved: t.saved}
	defer p.rest(t)
	for at := from; ; {
		for i := range t.groups {
			t.groups[i] = -1
		}
		t.kept, t.open, t.saved = -1, t.open[:0], t.saved[:0]
		if p.try(t, at) {
			found := slices.Clone(t.groups)
			found[0], found[1] = at, t.end
			if t.kept >= 0 {
				found[0] = min(t.kept, t.end)
			}
			return found, nil
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

// rest keeps a trial for the next text.
func (p *perlProgram) rest(t *trial) {
	if t.text = ""; cap(t.open)+cap(t.saved) <= maxPending {
		p.trials.Put(t)
	}
}

// compileTry returns what tries a node and then what follows it.
func compileTry(n *perlNode, then tryFunc) tryFunc {
	if test := singleTest(n); test != nil {
		return func(t *trial, at int) bool {
			r, size := utf8.DecodeRuneInString(t.text[at:])
			return size > 0 && t.step() && test(r) && then(t, at+size)
		}
	}
	switch n.op {
	case perlBegin, perlEnd, perlVeryEnd, perlBoundary, perlStart:
		holds := edgeTest(n)
		return func(t *trial, at int) bool { return t.step() && holds(t, at) && then(t, at) }
	case perlKeep:
		return func(t *trial, at int) bool {
			before := t.kept
			t.kept = at
			if then(t, at) {
				return true
			}
			t.kept = before
			return false
		}
	case perlCapture:
		return compileCapture(n, then)
	case perlConcat:
		for _, sub := range slices.Backward(n.subs) {
			then = compileTry(sub, then)
		}
		return then
	case perlAlternate:
		subs := make([]tryFunc, len(n.subs))
		for i, sub := range n.subs {
			subs[i] = compileTry(sub, then)
		}
		return func(t *trial, at int) bool {
			for _, sub := range subs {
				if !t.step() {
					return false
				}
				if sub(t, at) {
					return true
				}
			}
			return false
		}
	case perlRepeat:
		return compileRepeat(n, then)
	case perlLook:
		return compileLook(n, then)
	case perlBack:
		return compileBack(n, then)
	case perlAtomic:
		return atomic(compileTry(n.subs[0], met), then)
	}
	return then
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

func compileCapture(n *perlNode, then tryFunc) tryFunc {
	i := 2 * n.group
	inner := compileTry(n.subs[0], func(t *trial, end int) bool {
		before, behind, start := t.groups[i], t.groups[i+1], t.top()
		t.pop(1)
		t.groups[i], t.groups[i+1] = start, end
		if then(t, end) {
			return true
		}
		t.groups[i], t.groups[i+1] = before, behind
		t.push(start)
		return false
	})
	return func(t *trial, at int) bool {
		t.push(at)
		if inner(t, at) {
			return true
		}
		t.pop(1)
		return false
	}
}

// atomic makes something that, once met, is not tried another way.
func atomic(inner, then tryFunc) tryFunc {
	return func(t *trial, at int) bool {
		before := t.save()
		if inner(t, at) && then(t, t.end) {
			return true
		}
		t.undo(before)
		t.saved = t.saved[:before]
		return false
	}
}

func compileRepeat(n *perlNode, then tryFunc) tryFunc {
	if test := singleTest(n.subs[0]); test != nil {
		return repeatSingle(n, test, then)
	}
	if n.owning {
		return atomic(repeat(n, met), then)
	}
	return repeat(n, then)
}

// repeat tries rounds of a node. What it remembers is how many there were, and where the last of them began.
func repeat(n *perlNode, then tryFunc) tryFunc {
	var inner tryFunc
	round := func(t *trial, at int) bool {
		if !t.step() {
			return false
		}
		if t.pending++; t.pending > maxPending {
			t.failed = true
			return false
		}
		defer func() { t.pending-- }()
		count, began := t.open[len(t.open)-2], t.top()
		again := n.most < 0 || count < n.most
		if count < n.least {
			return again && inner(t, at)
		}
		if !n.lazy && again && inner(t, at) {
			return true
		}
		t.pop(2)
		if then(t, at) {
			return true
		}
		t.push(count, began)
		return n.lazy && again && inner(t, at)
	}
	inner = compileTry(n.subs[0], func(t *trial, end int) bool {
		count, began := t.open[len(t.open)-2], t.top()
		t.pop(2)
		if end == began && count >= n.least { // an empty round is the last
			if then(t, end) {
				return true
			}
		} else {
			t.push(count+1, end)
			if round(t, end) {
				return true
			}
			t.pop(2)
		}
		t.push(count, began)
		return false
	})
	return func(t *trial, at int) bool {
		t.push(0, at)
		if round(t, at) {
			return true
		}
		t.pop(2)
		return false
	}
}

// repeatSingle repeats something that takes one character.
func repeatSingle(n *perlNode, test func(rune) bool, then tryFunc) tryFunc {
	next := func(t *trial, at int) int {
		r, size := utf8.DecodeRuneInString(t.text[at:])
		if size == 0 || !t.step() || !test(r) {
			return -1
		}
		return at + size
	}
	return func(t *trial, at int) bool {
		count := 0
		for ; count < n.least; count++ {
			if at = next(t, at); at < 0 {
				return false
			}
		}
		if n.lazy {
			for {
				if then(t, at) {
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
			return !t.failed && then(t, at)
		}
		for {
			if then(t, at) {
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

func compileLook(n *perlNode, then tryFunc) tryFunc {
	holds := compileTry(n.subs[0], met)
	if n.behind {
		holds = compileBehind(n.subs[0])
	}
	return func(t *trial, at int) bool {
		if !t.step() {
			return false
		}
		before := t.save()
		held := holds(t, at)
		if n.negated {
			t.undo(before)
		}
		if held != n.negated && !t.failed && then(t, at) {
			return true
		}
		t.undo(before)
		t.saved = t.saved[:before]
		return false
	}
}

// compileBehind returns what says whether a node is met that ends at a place.
func compileBehind(n *perlNode) tryFunc {
	least, most := widthOf(n)
	inner := compileTry(n, func(t *trial, end int) bool { return end == t.top() })
	return func(t *trial, at int) bool {
		t.push(at)
		defer t.pop(1)
		from := at
		for width := 0; width <= most; width++ {
			if width >= least && inner(t, from) {
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

func compileBack(n *perlNode, then tryFunc) tryFunc {
	i := 2 * n.group
	return func(t *trial, at int) bool {
		if !t.step() || t.groups[i] < 0 {
			return false
		}
		want := t.text[t.groups[i]:t.groups[i+1]]
		t.steps += len(want)
		rest := t.text[at:]
		if !n.fold {
			return len(rest) >= len(want) && rest[:len(want)] == want && then(t, at+len(want))
		}
		for _, r := range want {
			s, size := utf8.DecodeRuneInString(rest)
			if size == 0 || !sameLetter(r, s) {
				return false
			}
			rest = rest[size:]
		}
		return then(t, len(t.text)-len(rest))
	}
}
