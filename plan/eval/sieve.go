package eval

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
)

// Sieve is for many Matches of one subject, such as a script that a rule asks for forty things: it finds in one go which of the texts
// that they need occur in a subject, and most of them are answered by that. It may be used by any number of goroutines at a time.
type Sieve struct {
	numbers map[string]int // of the texts, folded
	needles *needles
}

// Sifted says, by their numbers, which texts of a Sieve occur in a subject without regard to case. A nil Sifted says nothing.
type Sifted []uint64

// leastSifted is how long a text must be to be looked for by a Sieve: a shorter one is found in most subjects.
const leastSifted = 4

// NewSieve returns the Sieve of Matches of one subject. What cannot be read of them is left to Compile.
func NewSieve(matches []*plan.Match) *Sieve {
	s := &Sieve{numbers: map[string]int{}}
	var texts []string
	for _, e := range matches {
		m, err := NewMatcher(e.Op, e.Patterns, e.All, e.Fold)
		if err != nil {
			continue
		}
		newSifter(m, e, func(text string) (int, bool) {
			if _, known := s.numbers[text]; !known {
				s.numbers[text] = len(texts)
				texts = append(texts, text)
			}
			return s.numbers[text], true
		})
	}
	s.needles = newNeedles(texts)
	return s
}

// Size returns the length of the Sifted of this Sieve.
func (s *Sieve) Size() int { return (len(s.numbers) + 63) / 64 }

// Sift notes in a Sifted, which must be clear, what occurs in a text.
func (s *Sieve) Sift(into Sifted, text string) {
	f := frames.Get().(*frame)
	f.folded = event.AppendFold(f.folded[:0], text)
	s.needles.find(f.folded, func(number int32) bool {
		into[number/64] |= 1 << (number % 64)
		return false
	})
	f.release()
}

// sifter is what a Matcher, of whose patterns one is enough, needs of the texts of a Sieve.
type sifter struct {
	matcher  *Matcher
	patterns []siftedPattern
}

// siftedPattern is what a pattern needs. It is met where one text of enough occurs, and can be met where one of either does, or one of
// each list of an alternative.
type siftedPattern struct {
	enough, either numbers
	alternatives   [][]numbers
	open           bool // nothing is known of it
}

// numbers are texts of a Sieve.
type numbers struct {
	list []int
	open bool // there is a text besides that no Sieve looks for, and may occur
}

// newSifter returns the sifter of a Matcher, given the number of each text in a Sieve. It returns nil where a Sieve does not help.
func newSifter(m *Matcher, e *plan.Match, number func(text string) (int, bool)) *sifter {
	if m.all || !slices.Contains([]plan.MatchOp{plan.Regexp, plan.Contains}, m.op) {
		return nil
	}
	numbersOf := func(texts ...string) numbers {
		var out numbers
		for _, text := range texts {
			n, ok := 0, false
			if len(text) >= leastSifted && isASCII([]byte(text)) { // any other may be cut out of a character
				n, ok = number(event.Fold(text))
			}
			if out.open = out.open || !ok; ok {
				out.list = append(out.list, n)
			}
		}
		return out
	}
	s := &sifter{matcher: m, patterns: make([]siftedPattern, m.Len())}
	for i := range m.patterns {
		p, sifted := &m.patterns[i], &s.patterns[i]
		switch {
		case m.op == plan.Regexp:
			p.expression().sifted(sifted, numbersOf)
		case p.plain && m.fold:
			sifted.enough = numbersOf(string(p.literal))
		case p.plain:
			sifted.either = numbersOf(string(p.literal))
		default:
			var all []numbers
			for _, piece := range e.Patterns[i].Pieces {
				if piece.Kind == plan.Run {
					all = append(all, numbersOf(piece.Text))
				}
			}
			sifted.alternatives = [][]numbers{all}
		}
	}
	return s
}

// sifted notes what an expression needs.
func (x *expression) sifted(s *siftedPattern, numbersOf func(texts ...string) numbers) {
	if x.repeat != nil {
		s.open = true
		return
	}
	s.enough, s.either = numbersOf(x.folded.list...), numbersOf(x.exact.list...)
	for _, part := range x.parts {
		var all []numbers
		for _, group := range part.need {
			var texts []string
			for _, l := range group {
				texts = append(texts, l.Text)
			}
			all = append(all, numbersOf(texts...))
		}
		s.alternatives = append(s.alternatives, all)
	}
}

// anyIn says whether one of the texts occurs for certain.
func (n *numbers) anyIn(s Sifted) bool {
	for _, i := range n.list {
		if s[i/64]>>(i%64)&1 != 0 {
			return true
		}
	}
	return false
}

// mayBeIn says whether one of the texts may occur.
func (n *numbers) mayBeIn(s Sifted) bool { return n.open || n.anyIn(s) }

// verdict returns what is known of a pattern, Unknown if its text must be asked.
func (p *siftedPattern) verdict(s Sifted) Verdict {
	if p.enough.anyIn(s) {
		return True
	}
	if p.open || p.enough.open || p.either.mayBeIn(s) {
		return Unknown
	}
	for i := range p.alternatives {
		if p.possible(i, s) {
			return Unknown
		}
	}
	return False
}

// possible says whether an alternative may match.
func (p *siftedPattern) possible(i int, s Sifted) bool {
	for j := range p.alternatives[i] {
		if !p.alternatives[i][j].mayBeIn(s) {
			return false
		}
	}
	return true
}

// match says whether a value, of whose text something is known, meets the Matcher.
func (s *sifter) match(f *frame, known Sifted, subject valueFunc) bool {
	open := false
	for i := range s.patterns {
		switch s.patterns[i].verdict(known) {
		case True:
			return true
		case Unknown:
			open = true
		}
	}
	if !open {
		return false
	}
	f.read(s.matcher, subject(f))
	for i := range s.patterns {
		if p := &s.patterns[i]; p.verdict(known) == Unknown && s.ask(i, p, known, f.text, f.folded) {
			return true
		}
	}
	return false
}

// ask says whether a text meets a pattern, of which it asks only what is open.
func (s *sifter) ask(i int, p *siftedPattern, known Sifted, text, folded []byte) bool {
	if p.open || s.matcher.op != plan.Regexp {
		return s.matcher.MatchOne(i, text, folded)
	}
	x := s.matcher.patterns[i].expression()
	if p.either.mayBeIn(known) && x.exact.occurIn(text) || p.enough.open && x.folded.occurIn(folded) {
		return true
	}
	for j := range x.parts {
		if p.possible(j, known) && x.parts[j].match(text, folded) {
			return true
		}
	}
	return false
}
