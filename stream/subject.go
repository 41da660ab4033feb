package stream

import (
	"sync"

	"goshawk/plan"
	"goshawk/plan/eval"
)

// subjects are the expressions that the predicates of kinds look at. Many kinds of record have the same value in the same place:
// it is compiled once for all of them. They are safe for concurrent use.
type subjects struct {
	lock  sync.Mutex
	known map[uint64][]*subject // by plan.Hash
	count int
}

// subject is what all expressions that are the same have in common.
type subject struct {
	expr    plan.Expr
	program *eval.Program
	compile sync.Once
}

// maxSubjects bounds the expressions that are remembered, which hostile logs could otherwise multiply. Those that are forgotten are
// made again, and then apart from those before.
const maxSubjects = 1 << 16

// of returns the subject that an expression is.
func (s *subjects) of(e plan.Expr) *subject {
	h := plan.Hash(e)
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.known == nil || s.count > maxSubjects {
		s.known, s.count = map[uint64][]*subject{}, 0
	}
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

// compiled returns the program of the subject, which is made when it is first asked: most are about events that no rule comes near.
func (x *subject) compiled() *eval.Program {
	x.compile.Do(func() { x.program = mustCompile(x.expr) })
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
