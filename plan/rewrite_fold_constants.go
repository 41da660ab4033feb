package plan

import (
	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// maxFolded bounds the text of a constant that takes the place of a call.
const maxFolded = 4096

// foldConstants computes what does not depend on the row: calls of constants, comparisons of constants, truths with a
// constant among them. The type of what it replaces stays.
func foldConstants(e Expr) Expr {
	switch e := e.(type) {
	case *And:
		return foldTruths(e, e.List, true, func(list []Expr) Expr { return &And{e.Marked, list} })
	case *Or:
		return foldTruths(e, e.List, false, func(list []Expr) Expr { return &Or{e.Marked, list} })
	case *Not:
		if truth, ok := constant(e.X); ok {
			return boolean(e, !truth)
		}
		if inner, ok := e.X.(*Not); ok && isTruth(inner.X) {
			return inner.X
		}
	case *Has:
		if l, ok := e.X.(*Literal); ok {
			return boolean(e, !l.Value.IsAbsent())
		}
	case *IsNull:
		if l, ok := e.X.(*Literal); ok {
			return boolean(e, l.Value.IsNull())
		}
	case *Compare:
		return foldCompare(e)
	case *Call:
		return foldCall(e)
	case *Case:
		return foldCase(e)
	}
	return e
}

// constant returns the truth of a literal that is true or false.
func constant(e Expr) (truth, ok bool) {
	l, ok := e.(*Literal)
	if !ok || l.Value.Kind() != event.Bool {
		return false, false
	}
	return l.Value.Bool(), true
}

func boolean(e Expr, truth bool) Expr {
	return &Literal{marked(e), event.BoolValue(truth), schema.Bool}
}

// foldTruths leaves out the members that cannot decide an And (unit true) or an Or (unit false), and lets one that does
// decide it stand for all.
func foldTruths(e Expr, list []Expr, unit bool, with func([]Expr) Expr) Expr {
	decided := false
	kept := keptOf(list, func(x Expr, _ int) bool {
		truth, ok := constant(x)
		decided = decided || ok && truth != unit
		return !ok
	})
	switch {
	case decided:
		return boolean(e, !unit)
	case len(kept) == 0:
		return boolean(e, unit)
	case len(kept) == len(list):
		return e
	}
	return with(kept)
}

func foldCompare(e *Compare) Expr {
	l, okL := e.Left.(*Literal)
	r, okR := e.Right.(*Literal)
	if !okL || !okR || l.Value.Kind() == event.List || l.Value.Kind() == event.Object {
		return e
	}
	order, ok := fn.Compare(l.Value, r.Value)
	if !ok {
		return e
	}
	return boolean(e, [...]bool{order == 0, order != 0, order < 0, order <= 0, order > 0, order >= 0}[e.Op])
}

func foldCall(e *Call) Expr {
	if e.Func == nil || e.Func.Eval == nil || e.Func.Fails != nil {
		return e
	}
	if least, most := e.Func.Arity(); len(e.Args) < least || most >= 0 && len(e.Args) > most {
		return e
	}
	for _, a := range e.Args {
		if l, ok := a.(*Literal); !ok {
			return e
		} else if e.Func.Strict && l.Value.IsNull() {
			return &Literal{e.Marked, event.NullValue(), TypeOf(e)}
		}
	}
	args := make([]event.Value, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.(*Literal).Value
	}
	v := e.Func.Eval(args)
	if !holds(TypeOf(e), v.Kind()) || len(v.Text()) > maxFolded {
		return e
	}
	return &Literal{e.Marked, v, TypeOf(e)}
}

// foldCase leaves out the arms that are never taken and those behind one that always is.
func foldCase(e *Case) Expr {
	out := &Case{Marked: e.Marked, Else: e.Else}
	for _, arm := range e.Arms {
		l, isLiteral := arm.When.(*Literal)
		truth, ok := constant(arm.When)
		if ok && truth {
			out.Else = arm.Then
			break
		}
		if !isLiteral {
			out.Arms = append(out.Arms, arm)
		} else if !ok && !l.Value.IsNull() {
			return e
		}
	}
	if len(out.Arms) == len(e.Arms) {
		return e
	}
	var result Expr = out
	if len(out.Arms) == 0 {
		if result = out.Else; result == nil {
			result = &Literal{e.Marked, event.NullValue(), TypeOf(e)}
		}
	}
	if TypeOf(result) != TypeOf(e) {
		return e
	}
	return result
}
