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
// what the author calls a field stay apart, so that it can be told.
type interner struct {
	known map[string]interned
	ids   map[plan.Expr]uint32 // of the expressions that stand for others, and of those that are never the same as another
	// matcher says what a Match asks, the same for all that ask the same.
	matcher func(*plan.Match) *sharedMatcher
}

type interned struct {
	expr plan.Expr
	id   uint32
}

// term is a condition of rules, with the conditions that it is made of and what it says of the records of a kind. Terms of the
// same condition are one.
type term struct {
	expr  plan.Expr
	parts []*term        // of an And, Or or Not
	reads []plan.Expr    // the columns and fields of any other
	asks  *sharedMatcher // of a Match; nil: not yet known

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

// terms makes terms of expressions that stand for others.
type terms map[plan.Expr]*term

func (ts terms) of(e plan.Expr) *term {
	if e == nil {
		return nil
	}
	if t, known := ts[e]; known {
		return t
	}
	t := &term{expr: e}
	switch e.(type) {
	case *plan.And, *plan.Or, *plan.Not:
		for _, child := range plan.Children(e) {
			t.parts = append(t.parts, ts.of(child))
		}
	default:
		plan.WalkExpr(e, func(e plan.Expr) bool {
			switch e.(type) {
			case *plan.Ref, *plan.Field:
				if !slices.Contains(t.reads, e) {
					t.reads = append(t.reads, e)
				}
			}
			return true
		})
	}
	ts[e] = t
	return t
}

func newInterner(matcher func(*plan.Match) *sharedMatcher) *interner {
	return &interner{known: map[string]interned{}, ids: map[plan.Expr]uint32{}, matcher: matcher}
}

// expr returns the expression that stands for e.
func (in *interner) expr(e plan.Expr) plan.Expr {
	if e == nil {
		return nil
	}
	out, _ := in.one(e)
	return out
}

func (in *interner) one(e plan.Expr) (plan.Expr, uint32) {
	if id, ok := in.ids[e]; ok {
		return e, id
	}
	if m, ok := e.(*plan.Match); ok && len(m.Patterns) > 0 {
		return in.match(m)
	}
	old := plan.Children(e)
	var children []plan.Expr
	key := binary.AppendUvarint(make([]byte, 0, 64), uint64(len(old)))
	if len(old) > 0 {
		children = make([]plan.Expr, len(old))
		for i, child := range old {
			var id uint32
			children[i], id = in.one(child)
			key = binary.LittleEndian.AppendUint32(key, id)
		}
	}
	key, alike := appendAsked(key, e)
	if !alike {
		return in.alone(plan.WithChildren(e, children))
	}
	if found, ok := in.known[string(key)]; ok {
		return found.expr, found.id
	}
	out, id := in.alone(plan.WithChildren(e, children))
	in.known[string(key)] = interned{out, id}
	return out, id
}

// match is one for a Match, of which rules are mostly made.
func (in *interner) match(m *plan.Match) (plan.Expr, uint32) {
	subject, id := in.one(m.Subject)
	field := ""
	if mark := m.Mark(); mark != nil {
		field = mark.Field
	}
	key := append(make([]byte, 0, 64), 'M')
	key = binary.LittleEndian.AppendUint32(key, id)
	key = binary.LittleEndian.AppendUint32(key, uint32(in.matcher(m).id))
	key = append(key, field...)
	if found, ok := in.known[string(key)]; ok {
		return found.expr, found.id
	}
	out, id := in.alone(withSubject(m, subject))
	in.known[string(key)] = interned{out, id}
	return out, id
}

// alone gives an expression a number of its own.
func (in *interner) alone(e plan.Expr) (plan.Expr, uint32) {
	id := uint32(len(in.ids))
	in.ids[e] = id
	return e, id
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
	case *plan.Ref:
		key = append(key, 'r')
		text(e.Column.Name)
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
