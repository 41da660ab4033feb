package stream

import (
	"encoding/binary"
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// interner makes one expression of all that ask the same: rules are written with the same macros and data models, and what
// they share is then settled once for each kind of record. Columns are the same if their names are. Expressions that differ in
// what the author calls a field stay apart, so that it can be told. It is guarded by Set.preparing.
type interner struct {
	known map[string]uint32 // the numbers of expressions by what they are
	refs  map[string]uint32 // those of columns, by their names
	nodes []node            // by number
	stack []uint32          // of the children of expressions that are being numbered
	set   *Set
}

// node is an expression that stands for all that are the same.
type node struct {
	expr plan.Expr
	term *term // nil: it is not known to be a condition
}

// term is a condition of rules, with the conditions that it is made of and what it says of the records of a kind. Terms of the
// same condition are one.
type term struct {
	expr  plan.Expr
	parts []*term        // of an And, Or or Not
	reads []plan.Expr    // the columns and fields of any other
	asks  *sharedMatcher // of a Match

	// what follows is guarded by Set.simplifying
	about   int // the number of the builder that simple is of
	simple  plan.Expr
	settler int       // the part that settled an And or Or when one last did
	said    []meaning // of kinds before
}

// meaning is what a term says where its parts, or what it reads, are what they are for a kind. Many kinds have it in common.
type meaning struct {
	where  []plan.Expr
	simple plan.Expr
}

// maxMeanings bounds what a term remembers, which hostile logs could otherwise multiply.
const maxMeanings = 64

// meant returns what the term said of an earlier kind for which its parts were the same; nil if there was none.
func (t *term) meant(where []plan.Expr) plan.Expr {
	for i := range t.said {
		if slices.Equal(t.said[i].where, where) {
			t.said[0], t.said[i] = t.said[i], t.said[0] // the next kind is often like this one
			return t.said[0].simple
		}
	}
	return nil
}

func (t *term) means(where []plan.Expr, simple plan.Expr) plan.Expr {
	if len(t.said) < maxMeanings {
		t.said = append(t.said, meaning{slices.Clone(where), simple})
	}
	return simple
}

func newInterner(s *Set) *interner {
	return &interner{known: map[string]uint32{}, refs: map[string]uint32{}, set: s}
}

// term returns the term of a condition; nil for none.
func (in *interner) term(e plan.Expr) *term {
	if e == nil {
		return nil
	}
	return in.termOf(in.number(e))
}

// termOf returns the term of a condition of a number.
func (in *interner) termOf(id uint32) *term {
	n := &in.nodes[id]
	if n.term == nil {
		n.term = &term{expr: n.expr}
		plan.WalkExpr(n.expr, func(e plan.Expr) bool {
			switch e.(type) {
			case *plan.Ref, *plan.Field:
				if !slices.Contains(n.term.reads, e) {
					n.term.reads = append(n.term.reads, e)
				}
			}
			return true
		})
	}
	return n.term
}

// number returns the number of the node that stands for an expression.
func (in *interner) number(e plan.Expr) uint32 {
	switch e := e.(type) {
	case *plan.Match:
		if len(e.Patterns) > 0 {
			return in.match(e)
		}
	case *plan.Ref:
		return in.ref(e)
	}
	old, from := plan.Children(e), len(in.stack)
	key := binary.AppendUvarint(make([]byte, 0, 64), uint64(len(old)))
	for _, child := range old {
		id := in.number(child)
		in.stack = append(in.stack, id)
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	ids := in.stack[from:]
	in.stack = in.stack[:from]
	key, alike := appendAsked(key, e)
	if alike {
		if id, ok := in.known[string(key)]; ok {
			return id
		}
	}
	id := in.add(e, ids)
	if alike {
		in.known[string(key)] = id
	}
	return id
}

// ref is number for a column.
func (in *interner) ref(e *plan.Ref) uint32 {
	id, known := in.refs[e.Column.Name]
	if !known {
		id = in.add(e, nil)
		in.refs[e.Column.Name] = id
	}
	return id
}

// match is number for a Match, of which rules are mostly made.
func (in *interner) match(m *plan.Match) uint32 {
	subject, asks := in.number(m.Subject), in.set.matchers.byKey(m)
	key := append(make([]byte, 0, 64), 'M')
	key = binary.LittleEndian.AppendUint32(key, subject)
	key = binary.LittleEndian.AppendUint32(key, uint32(asks.id))
	if mark := m.Mark(); mark != nil {
		key = append(key, mark.Field...)
	}
	if id, ok := in.known[string(key)]; ok {
		return id
	}
	id := uint32(len(in.nodes))
	in.nodes = append(in.nodes, node{expr: withSubject(m, in.nodes[subject].expr)})
	in.termOf(id).asks = asks
	in.set.matchers.place(m, asks)
	in.known[string(key)] = id
	return id
}

// add adds an expression whose children have numbers.
func (in *interner) add(e plan.Expr, ids []uint32) uint32 {
	children := make([]plan.Expr, 0, len(ids))
	for _, id := range ids {
		children = append(children, in.nodes[id].expr)
	}
	n := node{expr: plan.WithChildren(e, children)}
	switch e.(type) {
	case *plan.And, *plan.Or, *plan.Not:
		parts := make([]*term, 0, len(ids))
		for _, id := range ids {
			parts = append(parts, in.termOf(id))
		}
		n.term = &term{expr: n.expr, parts: parts}
	}
	in.nodes = append(in.nodes, n)
	return uint32(len(in.nodes) - 1)
}

// appendAsked appends what an expression says beside its children; false if it is never the same as another.
func appendAsked(key []byte, e plan.Expr) ([]byte, bool) {
	text := func(s string) { key = appendText(key, s) }
	flag := func(b bool) { key = appendFlag(key, b) }
	switch e := e.(type) {
	case *plan.Literal:
		switch e.Value.Kind() {
		case event.Text, event.Bool, event.Int, event.Null:
		default:
			return key, false
		}
		key = append(key, 'l', byte(e.Value.Kind()), byte(e.Type))
		flag(e.Value.IsAbsent())
		key = fn.AppendKey(key, e.Value)
	case *plan.Field:
		key = append(key, 'f', byte(e.Find))
		text(e.Name)
	case *plan.Compare:
		key = append(key, 'c', byte(e.Op))
	case *plan.And:
		key = append(key, '&')
	case *plan.Or:
		key = append(key, '|')
	case *plan.Not:
		key = append(key, '!')
	case *plan.Has:
		key = append(key, 'h')
	case *plan.IsNull:
		key = append(key, 'n')
	case *plan.Call:
		key = append(key, 'C')
		text(e.Func.Name)
	case *plan.Case:
		key = append(key, '?')
		flag(e.Else != nil)
	case *plan.Everything:
		key = append(key, 'e')
	case *plan.Fields:
		key = append(key, '*')
	default:
		return key, false
	}
	return key, true
}

// appendMatch appends what a Match asks of its subject.
func appendMatch(key []byte, m *plan.Match) []byte {
	key = appendFlag(appendFlag(append(key, byte(m.Op)), m.All), m.Fold)
	for _, p := range m.Patterns {
		key = appendText(key, p.Source)
		key = binary.AppendUvarint(key, uint64(len(p.Pieces)))
		for _, piece := range p.Pieces {
			key = appendText(append(key, byte(piece.Kind)), piece.Text)
		}
	}
	return key
}

func appendText(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

func appendFlag(key []byte, flag bool) []byte {
	if flag {
		return append(key, 1)
	}
	return append(key, 0)
}
