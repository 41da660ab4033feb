package exec

import (
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Where many patterns of a plan are matched against the same texts, a Sieve looks for what all of them need at once. What it finds in a
// text is remembered by the vector that holds it, as what common calls give is.

// subject is a column, or a function of one, that patterns are matched against.
type subject struct {
	column *plan.Column
	call   string // as ExprString writes it; empty for the column itself
}

// subjectOf returns the subject of a Match; false for one that reads more than one column.
func subjectOf(e plan.Expr) (subject, bool) {
	if ref, ok := e.(*plan.Ref); ok {
		return subject{column: ref.Column}, true
	}
	if column := columnOfCall(e); column != nil {
		return subject{column, plan.ExprString(e)}, true
	}
	return subject{}, false
}

// sieveFrom is how many Matches of one subject a plan must have for a Sieve to be worth its making.
const sieveFrom = 8

// sievesOf returns the Sieves of the subjects of a plan that have many Matches.
func sievesOf(n plan.Node) map[subject]*eval.Sieve {
	var matches []*plan.Match
	plan.Walk(n, func(n plan.Node) bool {
		plan.Exprs(n, func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if m, ok := e.(*plan.Match); ok && (m.Op == plan.Regexp || m.Op == plan.Contains) {
					matches = append(matches, m)
				}
				return true
			})
		})
		return true
	})
	if len(matches) < sieveFrom {
		return nil
	}
	bySubject := map[subject][]*plan.Match{}
	for _, m := range matches {
		if s, ok := subjectOf(m.Subject); ok {
			bySubject[s] = append(bySubject[s], m)
		}
	}
	sieves := map[subject]*eval.Sieve{}
	for s, list := range bySubject {
		if len(list) >= sieveFrom {
			sieves[s] = eval.NewSieve(list)
		}
	}
	return sieves
}

// sifted is a subject of an expression that has a Sieve.
type sifted struct {
	sieve *eval.Sieve
	slot  int     // of the column
	call  *common // the function; nil for the column itself
}

// siftedBy returns what CompileSifted asks for, and where the subjects will be that it asked for.
func (s *scope) siftedBy() (of func(plan.Expr) (*eval.Sieve, int), asked *[]sifted) {
	asked = new([]sifted)
	return func(e plan.Expr) (*eval.Sieve, int) {
		ref, ok := e.(*plan.Ref)
		if !ok || len(s.sieves) == 0 {
			return nil, 0
		}
		key, slot := subject{column: ref.Column}, s.slot(ref.Column)
		var call *common
		if slot >= s.width {
			call = s.calls[slot-s.width]
			key, slot = call.subject, call.base
		}
		sieve := s.sieves[key]
		if sieve == nil || slot < 0 {
			return nil, 0
		}
		for i, known := range *asked {
			if known.sieve == sieve {
				return sieve, i
			}
		}
		*asked = append(*asked, sifted{sieve, slot, call})
		return sieve, len(*asked) - 1
	}, asked
}

// sift returns what the Sieve finds in the subject of a row; nil where the vector of the subject remembers nothing.
func (s *sifted) sift(b *Batch, r int) eval.Sifted {
	v := b.Cols[s.slot]
	if s.call != nil {
		made := madeOf(v)
		if made == nil {
			return nil
		}
		v = s.call.values(made, b)
	}
	switch v := v.(type) {
	case *Texts:
		if v.gaps.at(r) == filled {
			return v.made.sift(s.sieve, len(v.vals), r, v.vals[r])
		}
	case *Words:
		if v.gaps.at(r) == filled {
			code := v.codes[r]
			return v.made.sift(s.sieve, len(v.words), int(code), v.words[code])
		}
	}
	return nil
}

// found is what a Sieve found in the texts of a vector.
type found struct {
	sieve *eval.Sieve
	known []bool // of which texts
	all   eval.Sifted
}

// sift returns what a Sieve finds in one of so many texts.
func (m *made) sift(sieve *eval.Sieve, n, i int, text string) eval.Sifted {
	m.asking.Lock()
	defer m.asking.Unlock()
	if m.found == nil || m.found.sieve != sieve {
		m.found = &found{sieve, make([]bool, n), make(eval.Sifted, n*sieve.Size())}
	}
	one := m.found.all[i*sieve.Size() : (i+1)*sieve.Size()]
	if !m.found.known[i] {
		sieve.Sift(one, text)
		m.found.known[i] = true
	}
	return one
}

// size returns its bytes.
func (f *found) size() int64 {
	if f == nil {
		return 0
	}
	return int64(len(f.known) + 8*len(f.all))
}
