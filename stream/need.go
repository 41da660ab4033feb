package stream

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// need is a set of literals of which at least one must be found if a test is true: those of one atom, or of several.
type need struct {
	literals []literal
	parts    []*need // of several atoms, which have no literals of their own
	cost     float64 // an estimate of how often one of them is found although the test is false
	filed    bool    // the literals are in the indexes
}

// each gives visit the needs of single atoms.
func (n *need) each(visit func(*need)) {
	if n.parts == nil {
		visit(n)
		return
	}
	for _, part := range n.parts {
		part.each(visit)
	}
}

// literal is a folded text that must occur in a slot, with the pattern that it stands for.
type literal struct {
	slot    int32
	atom    int32
	pattern int32 // -1: all that is known is that the atom may hold
	text    string
	place   place
	// derived says that the slot is one that the texts of the atom's slot come from: finding the literal says only that the
	// atom may hold. elements says that such texts are the whole texts of elements of the slot's value.
	derived, elements bool
	cased             bool // but for case, which is certain for ASCII only
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
func (b *formBuilder) needOf(t *test, negated bool) *need {
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
			all.parts = append(all.parts, n)
			all.cost += n.cost
		}
		return all
	}
	return nil
}

func (b *formBuilder) atomNeed(i int32) *need {
	a := &b.form.atoms[i]
	if a.match == nil {
		return nil
	}
	if n, known := b.needs[i]; known {
		return n
	}
	n := b.matchNeed(i, a)
	b.needs[i] = n
	b.form.atoms[i].from = b.sources(n)
	return n
}

// sources returns the slots of a need that looks for literals in fields only, nil for any other.
func (b *formBuilder) sources(n *need) []int32 {
	if n == nil {
		return nil
	}
	var out []int32
	for _, l := range n.literals {
		if b.form.slots[l.slot].field == nil {
			return nil
		}
		if !slices.Contains(out, l.slot) {
			out = append(out, l.slot)
		}
	}
	return out
}

// matchNeed returns the literals of an atom that is a match.
func (b *formBuilder) matchNeed(i int32, a *atom) *need {
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

// patternNeed returns the literals of one pattern of an atom: in the places that the texts of its slot come from, if that
// helps, else in the slot.
func (b *formBuilder) patternNeed(i int32, a *atom, p int) *need {
	pattern := a.match.Patterns[p]
	l := literal{slot: a.slot, atom: i, pattern: int32(p)}
	switch a.match.Op {
	case plan.CIDR:
		return nil
	case plan.Regexp:
		var texts []string
		for _, required := range eval.Rarest(eval.Literals(pattern.Source)) {
			text := event.Fold(required.Text)
			if len(text) < 2 && strings.Contains(everyday, text) {
				return nil
			}
			texts = append(texts, text)
		}
		if texts == nil {
			return nil
		}
		return b.derive(a, l, regexpCost, texts...)
	}
	if text, ok := pattern.IsPlain(); ok {
		l.text = event.Fold(text)
		switch a.match.Op {
		case plan.Equals:
			l.place = whole
		case plan.Prefix:
			l.place = atStart
		case plan.Suffix:
			l.place = atEnd
		}
		if l.text == "" && l.place != whole {
			return nil
		}
		return b.derive(a, l, 1, l.text)
	}
	for _, piece := range pattern.Pieces {
		if text := event.Fold(piece.Text); piece.Kind == plan.Run && len(text) > len(l.text) {
			l.text = text
		}
	}
	if l.text == "" {
		return nil
	}
	return b.derive(a, l, 1, l.text)
}

// derive returns the need of one of several texts in the place of a literal, looking for it where the texts of its slot come
// from.
func (b *formBuilder) derive(a *atom, l literal, factor float64, texts ...string) *need {
	direct, derived := &need{}, (*need)(nil)
	subject := a.match.Subject
	o, seen := b.originsOf(subject)
	if seen {
		derived = &need{}
	}
	for _, text := range texts {
		l.text = text
		direct.literals = append(direct.literals, l)
		direct.cost += factor * b.cost(l)
		if !seen {
			continue
		}
		fragment := o.fragment(text)
		if fragment == "" {
			seen = false
			continue
		}
		for _, from := range o.from {
			d := literal{slot: b.slot(from.value), atom: l.atom, pattern: l.pattern, text: fragment, derived: true, elements: from.how == itself, cased: from.cased}
			if fragment == text && (from.how <= itsCase || from.how == itsEnd && l.place != atStart) {
				if d.place = l.place; from.how == itsEnd && l.place == whole {
					d.place = atEnd
				}
			}
			if len(fragment) < 2 && d.place == anywhere {
				seen = false
			}
			derived.literals = append(derived.literals, d)
			derived.cost += factor * b.cost(d)
		}
	}
	if seen && derived.cost < direct.cost {
		return derived
	}
	return direct
}

// regexpCost is how much dearer it is to find the literal of a regular expression in vain than another.
const regexpCost = 16

// computedCost is how much dearer it is to look into a value that has to be computed for every event.
const computedCost = 1 << 12

// cost estimates how dear it is to look for a literal.
func (b *formBuilder) cost(l literal) float64 {
	if b.form.slots[l.slot].costly() {
		return computedCost * commonness(l)
	}
	return commonness(l)
}

// commonness estimates how common a literal is: long ones are rare, and so are whole values.
func commonness(l literal) float64 {
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
