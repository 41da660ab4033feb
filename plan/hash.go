package plan

import (
	"hash/maphash"
	"slices"

	"goshawk/event"
	"goshawk/plan/fn"
)

// hasher gives expressions numbers that are equal for expressions that are the Same, for tables of them.
type hasher struct{ maphash.Hash }

// hashSeed is of this run of the program only; no result depends on it.
var hashSeed = maphash.MakeSeed()

// Hash returns a number that is equal for expressions that are the Same, in this run of the program.
func Hash(e Expr) uint64 {
	var h hasher
	h.SetSeed(hashSeed)
	h.expr(e)
	return h.Sum64()
}

// hashOf returns the number of an expression with its mark.
func hashOf(e Expr) uint64 {
	var h hasher
	h.SetSeed(hashSeed)
	h.mark(e)
	h.expr(e)
	return h.Sum64()
}

func (h *hasher) texts(texts ...string) {
	for _, text := range texts {
		h.WriteString(text)
		h.WriteByte(0)
	}
}

func (h *hasher) mark(e Expr) {
	if m := e.Mark(); m != nil {
		h.texts(m.Clause, m.Field, m.Text)
	}
}

func (h *hasher) value(v event.Value) {
	switch v.Kind() {
	case event.Text:
		h.texts(v.Text())
	case event.List:
		for _, x := range v.List() {
			h.value(x)
		}
	case event.Null:
		h.WriteByte(0)
	default:
		h.Write(fn.AppendKey(nil, v))
	}
}

func (h *hasher) expr(e Expr) {
	switch e := e.(type) {
	case nil:
		h.WriteByte('0')
	case *Literal:
		h.WriteByte('l')
		h.value(e.Value)
	case *Ref:
		h.WriteByte('r')
		maphash.WriteComparable(&h.Hash, e.Column)
	case *Field:
		h.WriteByte('f')
		h.WriteByte(byte(e.Find))
		h.texts(e.Name)
	case *Match:
		h.WriteByte('m')
		h.WriteByte(byte(e.Op))
		for _, p := range e.Patterns {
			for _, piece := range p.Pieces {
				h.WriteByte(byte(piece.Kind))
				h.texts(piece.Text)
			}
			h.texts(p.Source)
		}
	case *Compare:
		h.WriteByte('c')
		h.WriteByte(byte(e.Op))
	case *Call:
		h.WriteByte('C')
		maphash.WriteComparable(&h.Hash, e.Func)
	case *Param:
		h.WriteByte('p')
		h.texts(e.Name)
	}
	if m, ok := e.(*Match); ok { // of which there are many
		h.WriteByte(1)
		h.expr(m.Subject)
		return
	}
	children := Children(e)
	h.WriteByte(byte(len(children)))
	for _, child := range children {
		h.expr(child)
	}
}

// fewExprs is the number of expressions up to which comparing each with each is faster than numbering them.
const fewExprs = 8

// exprSet is a set of expressions in which two that say the same in the same words are one, by their numbers.
type exprSet map[uint64][]Expr

// add puts an expression in and says whether it is new.
func (s exprSet) add(e Expr) bool {
	h := hashOf(e)
	if containsExpr(s[h], e) {
		return false
	}
	s[h] = append(s[h], e)
	return true
}

// containsExpr says whether an expression of a list says the same in the same words as another.
func containsExpr(list []Expr, e Expr) bool {
	return slices.ContainsFunc(list, func(x Expr) bool { return sameMark(x, e) && Same(x, e) })
}
