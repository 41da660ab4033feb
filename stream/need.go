package stream

import (
	"math"
	"strings"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// need is a set of literals of which at least one must be found if a test is true.
type need struct {
	literals []literal
	cost     float64 // an estimate of how often one of them is found although the test is false
}

// literal is a folded text that must occur in a slot, with the pattern that it stands for.
type literal struct {
	slot    int32
	atom    int32
	pattern int32 // -1: all that is known is that the atom may hold
	text    string
	place   place
}

// place says where in the value the literal must stand.
type place uint8

const (
	anywhere place = iota
	atStart
	atEnd
	whole
)

// needOf returns the cheapest need of a test found, or nil if it can be true without any literal. negated asks for the need
// of its opposite.
func (b *builder) needOf(t *test, negated bool) *need {
	switch t.op {
	case testNot:
		return b.needOf(t.list[0], !negated)
	case testAtom:
		if negated {
			return nil
		}
		return b.atomNeed(t.atom)
	case testAnd, testOr:
		if (t.op == testAnd) != negated {
			var best *need
			for _, x := range t.list {
				if n := b.needOf(x, negated); n != nil && (best == nil || n.cost < best.cost) {
					best = n
				}
			}
			return best
		}
		all := &need{}
		for _, x := range t.list {
			n := b.needOf(x, negated)
			if n == nil {
				return nil
			}
			all.literals = append(all.literals, n.literals...)
			all.cost += n.cost
		}
		return all
	}
	return nil
}

func (b *builder) atomNeed(i int32) *need {
	a := &b.kind.atoms[i]
	if a.slot < 0 {
		return nil
	}
	var all *need
	for p := range a.match.Patterns {
		n := b.patternNeed(i, a, p)
		switch {
		case a.match.All:
			if n != nil && (all == nil || n.cost < all.cost) {
				all = n
			}
		case n == nil:
			return nil
		case all == nil:
			all = n
		default:
			all.literals = append(all.literals, n.literals...)
			all.cost += n.cost
		}
	}
	return all
}

// patternNeed returns the literals of one pattern of an atom.
func (b *builder) patternNeed(i int32, a *atom, p int) *need {
	pattern := a.match.Patterns[p]
	l := literal{slot: a.slot, atom: i, pattern: int32(p)}
	switch a.match.Op {
	case plan.CIDR:
		return nil
	case plan.Regexp:
		n := &need{}
		for _, required := range eval.Rarest(eval.Literals(pattern.Source)) {
			l.text = event.Fold(required.Text)
			if len(l.text) < 2 && strings.Contains(everyday, l.text) {
				return nil
			}
			n.literals = append(n.literals, l)
			n.cost += regexpCost * cost(l)
		}
		if n.literals == nil {
			return nil
		}
		return n
	}
	if text, ok := pattern.IsPlain(); ok {
		l.text = event.Fold(text)
		switch a.match.Op {
		case plan.Equals:
			l.place = whole
			return &need{literals: []literal{l}, cost: cost(l)}
		case plan.Prefix:
			l.place = atStart
		case plan.Suffix:
			l.place = atEnd
		}
		if l.text == "" {
			return nil
		}
		return &need{literals: []literal{l}, cost: cost(l)}
	}
	for _, piece := range pattern.Pieces {
		if text := event.Fold(piece.Text); piece.Kind == plan.Run && len(text) > len(l.text) {
			l.text = text
		}
	}
	if l.text == "" {
		return nil
	}
	return &need{literals: []literal{l}, cost: cost(l)}
}

// regexpCost is how much dearer it is to find the literal of a regular expression in vain than another.
const regexpCost = 16

// cost estimates how common a literal is: long ones are rare, and so are whole values.
func cost(l literal) float64 {
	n := float64(utf8.RuneCountInString(l.text))
	switch l.place {
	case whole:
		return math.Exp2(-8 - n/4)
	case atStart, atEnd:
		return math.Exp2(-2 - n/2)
	}
	return math.Exp2(-n / 2)
}

// everyday are the characters of which ordinary values are full: looking for one of them would find it everywhere.
const everyday = "abcdefghijklmnopqrstuvwxyz0123456789 \\/.:-_\"'"
