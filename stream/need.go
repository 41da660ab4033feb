package stream

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// need is the literals of which at least one must be found if a test is true: those of one atom, or of several.
type need struct {
	atom   int32
	sketch *sketch
	parts  []*need // of several atoms
	cost   float64 // an estimate of how often one of them is found although the test is false
	filed  bool    // the slots of the literals are known
	slots  []int32 // of the literals; nil: that of the atom
}

// each gives visit the needs of single atoms.
func (n *need) each(visit func(*need)) {
	if n.sketch != nil {
		visit(n)
		return
	}
	for _, part := range n.parts {
		part.each(visit)
	}
}

// sketch is the literals of a match of some subject, which are the same for all kinds of record.
type sketch struct {
	literals []literal
	cost     float64
	// sources are the fields in which the literals are looked for, where the subject is computed and they are looked for in fields only.
	sources []plan.Expr
	raw     bool // some are looked for in the text of the event
}

// literal is a folded text that must occur in a slot, with the pattern that it stands for.
type literal struct {
	from    plan.Expr // what the slot holds; nil: what the match is about
	pattern int32     // -1: all that is known is that the atom may hold
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
	for int(i) >= len(b.needs) {
		b.needs = append(b.needs, nil)
	}
	if n := b.needs[i]; n != nil {
		return n.orNone()
	}
	var found *sketch
	switch a := &b.form.atoms[i]; {
	case a.match != nil && a.guarded():
	case a.match != nil:
		found = b.set.sketches.of(a.match.Subject, a.shared, a.match)
	case a.asks != nil:
		found = b.set.sketches.ofAny(a.asks.expr)
	}
	n := noNeed
	if found != nil && found.literals != nil {
		n = &need{atom: i, sketch: found, cost: found.cost}
		from := make([]int32, len(found.sources))
		for at, field := range found.sources {
			from[at] = b.slot(field)
		}
		if len(from) > 0 {
			b.form.atoms[i].from = from
		}
	}
	b.needs[i] = n
	return n.orNone()
}

// noNeed is that of an atom that can be true without any literal.
var noNeed = &need{}

func (n *need) orNone() *need {
	if n == noNeed {
		return nil
	}
	return n
}

// guarded says whether the atom stands behind a cheaper one without which it is false, so that its slot need not be looked at for every
// event.
func (a *atom) guarded() bool { return cheaper(a.match, a.match.Subject) != nil }

// sketches are those of the expressions that kinds look at. They are safe for concurrent use; two that are made of the same at the same
// time say the same.
type sketches struct {
	lock    sync.Mutex
	known   map[sketchKey]*sketch
	origins map[plan.Expr]*origins // nil: none but the expression itself
}

func newSketches() sketches {
	return sketches{known: map[sketchKey]*sketch{}, origins: map[plan.Expr]*origins{}}
}

// get returns what is remembered for a key; nil if nothing is.
func (s *sketches) get(key sketchKey) *sketch {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.known[key]
}

// put remembers a sketch, and forgets all where they are too many.
func (s *sketches) put(key sketchKey, found *sketch) *sketch {
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.known) > maxSubjects {
		clear(s.known)
		clear(s.origins)
	}
	s.known[key] = found
	return found
}

// sketchKey is what a match looks at and what it asks of it.
type sketchKey struct {
	subject plan.Expr
	asks    *sharedMatcher
}

// of returns the literals of a match; it has none where the match can be true without any. Fields are all alike: what is asked of
// one is looked for in it.
func (s *sketches) of(subject plan.Expr, asks *sharedMatcher, m *plan.Match) *sketch {
	if _, isField := subject.(*plan.Field); isField {
		if known := asks.sketch.Load(); known != nil {
			return known
		}
		found := s.newSketch(nil, m)
		asks.sketch.Store(found)
		return found
	}
	key := sketchKey{subject, asks}
	if known := s.get(key); known != nil {
		return known
	}
	return s.put(key, s.newSketch(subject, m))
}

func (s *sketches) newSketch(subject plan.Expr, m *plan.Match) *sketch {
	d := drafting{match: m, subject: subject, origins: s.originsOf(subject)}
	found := d.whole()
	if found == nil {
		return &sketch{}
	}
	found.sources = sourcesOf(found.literals)
	for _, l := range found.literals {
		found.raw = found.raw || isRaw(cmp.Or(l.from, subject))
	}
	return found
}

// sourcesOf returns the fields that literals are looked for in, nil if some are looked for elsewhere.
func sourcesOf(literals []literal) []plan.Expr {
	var out []plan.Expr
	for _, l := range literals {
		if _, isField := l.from.(*plan.Field); !isField {
			return nil
		}
		if !slices.Contains(out, l.from) {
			out = append(out, l.from)
		}
	}
	return out
}

// drafting makes the sketch of a match.
type drafting struct {
	match   *plan.Match
	subject plan.Expr // nil: a field
	origins *origins  // of the subject
}

// whole returns the literals of all patterns.
func (d *drafting) whole() *sketch {
	if d.match.All {
		return d.cheapest()
	}
	all := &sketch{literals: make([]literal, 0, len(d.match.Patterns))}
	for p := range d.match.Patterns {
		if !d.pattern(all, p) {
			return nil
		}
	}
	if len(all.literals) == 0 {
		return nil
	}
	return all
}

// cheapest returns the literals of the pattern that costs least of those that must all be met.
func (d *drafting) cheapest() *sketch {
	var best *sketch
	for p := range d.match.Patterns {
		if n := (&sketch{}); d.pattern(n, p) && (best == nil || n.cost < best.cost) {
			best = n
		}
	}
	return best
}

// pattern adds the literals of one pattern: in the places that the texts of the subject come from, if that helps, else in the
// subject. It is false if there are none.
func (d *drafting) pattern(n *sketch, p int) bool {
	pattern := d.match.Patterns[p]
	l := literal{pattern: int32(p)}
	switch d.match.Op {
	case plan.CIDR:
		return false
	case plan.Regexp:
		var texts []string
		for _, required := range eval.Rarest(eval.Literals(pattern.Source)) {
			text := event.Fold(required.Text)
			if len(text) < 2 && strings.Contains(everyday, text) {
				return false
			}
			texts = append(texts, text)
		}
		if texts == nil {
			return false
		}
		d.derive(n, l, regexpCost, texts...)
		return true
	}
	if text, ok := pattern.IsPlain(); ok {
		l.text = event.Fold(text)
		switch d.match.Op {
		case plan.Equals:
			l.place = whole
		case plan.Prefix:
			l.place = atStart
		case plan.Suffix:
			l.place = atEnd
		}
		if l.text == "" && l.place != whole {
			return false
		}
		d.derive(n, l, 1, l.text)
		return true
	}
	for _, piece := range pattern.Pieces {
		if text := event.Fold(piece.Text); piece.Kind == plan.Run && len(text) > len(l.text) {
			l.text = text
		}
	}
	if l.text == "" {
		return false
	}
	d.derive(n, l, 1, l.text)
	return true
}

// derive adds the need of one of several texts in the place of a literal, looking for it where the texts of the subject come
// from.
func (d *drafting) derive(n *sketch, l literal, factor float64, texts ...string) {
	if derived := d.derived(l, factor, texts); derived != nil {
		direct := 0.0
		for _, text := range texts {
			l.text = text
			direct += factor * cost(l, d.subject)
		}
		if derived.cost < direct {
			n.literals = append(n.literals, derived.literals...)
			n.cost += derived.cost
			return
		}
	}
	added := 0.0
	for _, text := range texts {
		l.text = text
		n.literals = append(n.literals, l)
		added += factor * cost(l, d.subject)
	}
	n.cost += added
}

// derived returns the need of one of several texts where the texts of the subject come from; nil if that is not known.
func (d *drafting) derived(l literal, factor float64, texts []string) *sketch {
	o := d.origins
	if o == nil {
		return nil
	}
	out := &sketch{literals: make([]literal, 0, len(texts)*len(o.from))}
	for _, text := range texts {
		fragment := o.fragment(text)
		if fragment == "" {
			return nil
		}
		for _, from := range o.from {
			other := literal{from: from.value, pattern: l.pattern, text: fragment, derived: true, elements: from.how == itself, cased: from.cased}
			if fragment == text && (from.how <= itsCase || from.how == itsEnd && l.place != atStart) {
				if other.place = l.place; from.how == itsEnd && l.place == whole {
					other.place = atEnd
				}
			}
			if len(fragment) < 2 && other.place == anywhere {
				return nil
			}
			out.literals = append(out.literals, other)
			out.cost += factor * cost(other, from.value)
		}
	}
	return out
}

// regexpCost is how much dearer it is to find the literal of a regular expression in vain than another.
const regexpCost = 16

// computedCost is how much dearer it is to look into a value that has to be computed for every event.
const computedCost = 1 << 12

// cost estimates how dear it is to look for a literal in a subject; nil is a field.
func cost(l literal, subject plan.Expr) float64 {
	switch subject.(type) {
	case nil, *plan.Field, *plan.Everything:
		return commonness(l)
	}
	return computedCost * commonness(l)
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
