package stream

import (
	"goshawk/plan"
	"goshawk/plan/eval"
)

// subjects are the expressions that the predicates of kinds look at. Many kinds of record have the same value in the same place:
// it is compiled once for all of them.
type subjects struct {
	known map[uint64][]*subject // by plan.Hash
	raws  map[plan.Expr]bool    // those that are the text of the event
	count int

	origins  map[plan.Expr]*origins // nil: none but the expression itself
	sketches map[sketchKey]*sketch
}

// subject is what all expressions that are the same have in common.
type subject struct {
	expr    plan.Expr
	program *eval.Program // nil: not yet compiled
}

// maxSubjects bounds the expressions that are remembered, which hostile logs could otherwise multiply.
const maxSubjects = 1 << 16

// begin makes ready for another kind.
func (s *subjects) begin() {
	if s.known == nil || s.count+len(s.sketches) > maxSubjects {
		*s = subjects{known: map[uint64][]*subject{}, raws: map[plan.Expr]bool{}, origins: map[plan.Expr]*origins{}, sketches: map[sketchKey]*sketch{}}
	}
}

// of returns the subject that an expression is.
func (s *subjects) of(e plan.Expr) *subject {
	h := plan.Hash(e)
	for _, x := range s.known[h] {
		if plan.Same(x.expr, e) {
			return x
		}
	}
	x := &subject{expr: e}
	s.known[h] = append(s.known[h], x)
	s.count++
	return x
}

// compiled returns the program of the subject.
func (x *subject) compiled() *eval.Program {
	if x.program == nil {
		x.program = mustCompile(x.expr)
	}
	return x.program
}

// slotKey tells the slots of a kind apart: by the name of a field and how it is found, or by what makes the value.
type slotKey struct {
	field string
	find  plan.Find
	made  *subject
}

func (s *subjects) slotKey(e plan.Expr) slotKey {
	f, ok := e.(*plan.Field)
	if !ok {
		return slotKey{made: s.of(e)}
	}
	find := f.Find
	if find == plan.Pathwise && !plan.IsPath(f.Name) {
		find = plan.Exactly
	}
	return slotKey{field: f.Name, find: find}
}
