package plan

import (
	"slices"

	"goshawk/event"
	"goshawk/plan/fn"
)

// Same says whether two expressions say the same of the same columns, word for word; marks do not count.
func Same(a, b Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *Literal:
		b, ok := b.(*Literal)
		return ok && a.Type == b.Type && sameValue(a.Value, b.Value)
	case *Ref:
		b, ok := b.(*Ref)
		return ok && a.Column == b.Column
	case *Field:
		b, ok := b.(*Field)
		return ok && a.Name == b.Name && a.Find == b.Find
	case *Everything:
		_, ok := b.(*Everything)
		return ok
	case *Fields:
		_, ok := b.(*Fields)
		return ok
	case *Match:
		b, ok := b.(*Match)
		return ok && a.Op == b.Op && a.All == b.All && a.Fold == b.Fold && slices.EqualFunc(a.Patterns, b.Patterns, samePattern) && Same(a.Subject, b.Subject)
	case *Compare:
		b, ok := b.(*Compare)
		return ok && a.Op == b.Op && Same(a.Left, b.Left) && Same(a.Right, b.Right)
	case *And:
		b, ok := b.(*And)
		return ok && slices.EqualFunc(a.List, b.List, Same)
	case *Or:
		b, ok := b.(*Or)
		return ok && slices.EqualFunc(a.List, b.List, Same)
	case *Not:
		b, ok := b.(*Not)
		return ok && Same(a.X, b.X)
	case *Has:
		b, ok := b.(*Has)
		return ok && Same(a.X, b.X)
	case *IsNull:
		b, ok := b.(*IsNull)
		return ok && Same(a.X, b.X)
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Func == b.Func && slices.EqualFunc(a.Args, b.Args, Same)
	case *Case:
		b, ok := b.(*Case)
		return ok && Same(a.Else, b.Else) && slices.EqualFunc(a.Arms, b.Arms, func(x, y Arm) bool { return Same(x.When, y.When) && Same(x.Then, y.Then) })
	case *Param:
		b, ok := b.(*Param)
		return ok && a.Name == b.Name
	case *Lambda:
		b, ok := b.(*Lambda)
		return ok && slices.Equal(a.Params, b.Params) && Same(a.Body, b.Body)
	}
	return false
}

func sameValue(a, b event.Value) bool {
	if a.Kind() != b.Kind() || a.IsAbsent() != b.IsAbsent() {
		return false
	}
	switch a.Kind() {
	case event.Null:
		return true
	case event.Text:
		return a.Text() == b.Text()
	case event.List:
		if slices.EqualFunc(a.List(), b.List(), sameValue) {
			return true
		}
	}
	return string(fn.AppendKey(nil, a)) == string(fn.AppendKey(nil, b)) && valueText(a) == valueText(b)
}

func samePattern(a, b Pattern) bool { return a.Source == b.Source && slices.Equal(a.Pieces, b.Pieces) }

// sameMark says whether two expressions come from the same words, or both from nobody's.
func sameMark(a, b Expr) bool {
	x, y := a.Mark(), b.Mark()
	return x == y || x != nil && y != nil && *x == *y
}

// marked returns the mark of an expression for one that takes its place.
func marked(e Expr) Marked { return Marked{e.Mark()} }

// withMark returns a truth with a mark.
func withMark(e Expr, m *Mark) Expr {
	at := Marked{m}
	switch e := e.(type) {
	case *Literal:
		return &Literal{at, e.Value, e.Type}
	case *Match:
		c := *e
		c.Marked = at
		return &c
	case *Compare:
		return &Compare{at, e.Op, e.Left, e.Right}
	case *And:
		return &And{at, e.List}
	case *Or:
		return &Or{at, e.List}
	case *Not:
		return &Not{at, e.X}
	case *Has:
		return &Has{at, e.X}
	case *IsNull:
		return &IsNull{at, e.X}
	}
	return e
}
