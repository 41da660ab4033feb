package taxonomy

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// folded computes what of a row's column does not depend on the record: views say most things for many kinds of record at once, and
// of one kind much is known, such as the event id or that a value is never there. Parts come before the whole.
func (k *kind) folded(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Field:
		if v, ok := k.constants[event.Fold(e.Name)]; ok && e.Find == plan.Exactly {
			return &plan.Literal{Value: v}
		}
	case *plan.Match:
		if l, ok := e.Subject.(*plan.Literal); ok {
			return computed(&plan.Match{Subject: l, Op: e.Op, Patterns: e.Patterns, All: e.All, Fold: e.Fold})
		}
	case *plan.Call:
		return foldedCall(e)
	case *plan.Case:
		return foldedCase(e)
	}
	return e
}

// foldedCall leaves out what a choice never takes, and what comes to nothing.
func foldedCall(e *plan.Call) plan.Expr {
	switch e.Func {
	case firstFilled, coalesce:
		var args []plan.Expr
		for _, a := range e.Args {
			l, literal := a.(*plan.Literal)
			if literal && (l.Value.IsNull() || e.Func == firstFilled && l.Value.Kind() == event.Text && l.Value.Text() == "") {
				continue
			}
			if args = append(args, a); literal {
				break
			}
		}
		args = distinctExprs(args)
		if len(args) == 0 {
			return &plan.Literal{}
		}
		if _, literal := args[0].(*plan.Literal); literal || len(args) == 1 && e.Func == coalesce {
			return args[0]
		}
		return &plan.Call{Func: e.Func, Args: args}
	}
	constant := len(e.Args) > 0
	for _, a := range e.Args {
		l, literal := a.(*plan.Literal)
		if literal && l.Value.IsNull() && e.Func.Strict {
			return &plan.Literal{}
		}
		constant = constant && literal
	}
	if constant && e.Func.Eval != nil {
		return computed(e)
	}
	return e
}

// foldedCase leaves out the arms that are never taken and those behind one that always is.
func foldedCase(e *plan.Case) plan.Expr {
	out := &plan.Case{Else: e.Else}
	for _, arm := range e.Arms {
		l, literal := arm.When.(*plan.Literal)
		if !literal {
			out.Arms = append(out.Arms, arm)
		} else if l.Value.Bool() {
			out.Else = arm.Then
			break
		}
	}
	if len(out.Arms) > 0 {
		return out
	}
	if out.Else == nil {
		return &plan.Literal{}
	}
	return out.Else
}

// computed returns the value of an expression of literals.
func computed(e plan.Expr) plan.Expr {
	p, err := eval.Compile(e, func(*plan.Column) int { return -1 })
	if err != nil {
		return e
	}
	row := eval.Row{Record: &event.Record{}}
	v := p.Value(&row)
	if row.Overflow || row.Failed != "" {
		return e
	}
	return &plan.Literal{Value: v, Type: plan.TypeOf(e)}
}
