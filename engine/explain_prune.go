package engine

import (
	"goshawk/plan"
	"goshawk/plan/eval"
)

// pruned returns an explanation without the conditions that are decided without looking at a row, such as those on parameters of a
// function that were left out; nil if it is such a one and holds.
func pruned(e *eval.Explanation) *eval.Explanation {
	if e.Verdict == eval.True && decided(e) {
		return nil
	}
	switch e.Expr.(type) {
	case *plan.And, *plan.Or:
	default:
		return e
	}
	_, or := e.Expr.(*plan.Or)
	out := *e
	out.Parts = nil
	for _, part := range e.Parts {
		if or && part.Verdict != eval.True && constant(part.Expr) {
			continue
		}
		if part = pruned(part); part != nil {
			out.Parts = append(out.Parts, part)
		}
	}
	switch len(out.Parts) {
	case 0:
		out.Parts = e.Parts // nothing but what is decided
	case 1:
		return out.Parts[0]
	}
	return &out
}

// decided says whether an expression that holds does so without looking at a row.
func decided(e *eval.Explanation) bool {
	switch e.Expr.(type) {
	case *plan.And:
		for _, part := range e.Parts {
			if !decided(part) {
				return false
			}
		}
		return true
	case *plan.Or:
		for _, part := range e.Parts {
			if part.Verdict == eval.True && decided(part) {
				return true
			}
		}
		return false
	}
	return constant(e.Expr)
}

// constant says whether an expression reads nothing of a row.
func constant(e plan.Expr) bool {
	reads := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e.(type) {
		case *plan.Ref, *plan.Field, *plan.Fields, *plan.Everything:
			reads = true
		}
		return !reads
	})
	return !reads
}
