package plan

import (
	"slices"

	"goshawk/event"
)

// A column that a Case of literals makes has one of few values, each of them single. So opening it as a list changes nothing, rows with
// the same text of it have the same value, and a condition on it is one on the alternatives of the Case.

// chosen returns the values of which an expression over the rows of a node has one; nil where they are not known, or where one of them
// is neither a text nor a whole number nor a truth.
func chosen(n Node, e Expr) []event.Value {
	switch e := e.(type) {
	case *Literal:
		switch e.Value.Kind() {
		case event.Text, event.Int, event.Bool:
			return []event.Value{e.Value}
		}
	case *Case:
		values := chosen(n, e.Else) // without Else it may be null
		for _, arm := range e.Arms {
			more := chosen(n, arm.Then)
			if values == nil || more == nil {
				return nil
			}
			values = append(values, more...)
		}
		return values
	case *Ref:
		return chosenBelow(n, e)
	}
	return nil
}

// chosenBelow returns the values of a column of a node.
func chosenBelow(n Node, r *Ref) []event.Value {
	switch n := n.(type) {
	case *Filter:
		return chosen(n.Input, r)
	case *Sort:
		return chosen(n.Input, r)
	case *Project:
		if value := assignedTo(r.Column, n.Out); value != nil {
			return chosen(n.Input, value)
		}
		if n.Extend {
			return chosen(n.Input, r)
		}
	case *Expand:
		switch {
		case r.Column == n.Index:
		case assignedTo(r.Column, n.Lists) == nil:
			return chosen(n.Input, r)
		case n.opensChosen():
			return chosen(n.Input, n.Lists[0].Value)
		}
	}
	return nil
}

// opensChosen says whether an Expand opens a value that is none but single: it gives each row as it is.
func (n *Expand) opensChosen() bool {
	return len(n.Lists) == 1 && chosen(n.Input, n.Lists[0].Value) != nil
}

// chosenFirsts returns what the rows of each group have in common in columns of an Aggregate that hold the first of chosen values by
// whose texts the rows are grouped.
func chosenFirsts(a *Aggregate) []Assign {
	var list []Assign
	for _, agg := range a.Aggs {
		if agg.Func.Name != "first" || len(agg.Args) != 1 || agg.Distinct || agg.Where != nil || len(agg.Order) > 0 {
			continue
		}
		byText := slices.ContainsFunc(a.By, func(by Assign) bool {
			call, ok := by.Value.(*Call)
			return ok && call.Func.Name == "to_text" && len(call.Args) == 1 && Same(call.Args[0], agg.Args[0])
		})
		if byText && toldByText(chosen(a.Input, agg.Args[0])) {
			list = append(list, Assign{agg.Column, agg.Args[0]})
		}
	}
	return list
}

// toldByText says whether values are known, and no two of them of different kinds have the same text.
func toldByText(values []event.Value) bool {
	kinds := map[string]event.Kind{}
	for _, v := range values {
		text := string(v.AppendText(nil))
		if kind, seen := kinds[text]; seen && kind != v.Kind() {
			return false
		}
		kinds[text] = v.Kind()
	}
	return len(values) > 0
}

// alternatives returns a condition that is true where one on Cases of literals is: that a row takes an alternative for which it can be.
// Others are returned as they are.
func alternatives(e Expr) Expr {
	switch e := e.(type) {
	case *And:
		return &And{List: alternativesOf(e.List)}
	case *Or:
		return &Or{List: alternativesOf(e.List)}
	}
	return alternativesOfCase(e)
}

func alternativesOf(list []Expr) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = alternatives(e)
	}
	return out
}

func alternativesOfCase(e Expr) Expr {
	var of *Case
	WalkExpr(e, func(e Expr) bool {
		if c, ok := e.(*Case); ok && of == nil && chosen(nil, c) != nil {
			of = c
		}
		_, binds := e.(*Lambda)
		return of == nil && !binds
	})
	if of == nil {
		return e
	}
	excluded := func(value Expr) bool {
		with := TransformExpr(e, func(e Expr) Expr {
			if e == Expr(of) {
				return value
			}
			return e
		})
		return assumption{value: func(*Column) (event.Value, bool) { return event.Value{}, false }}.excludes(with)
	}
	if !excluded(of.Else) {
		return e
	}
	var list []Expr
	for _, arm := range of.Arms {
		if !excluded(arm.Then) {
			list = append(list, arm.When)
		}
	}
	switch len(list) {
	case 0: // it is never true
		return e
	case 1:
		return list[0]
	}
	return &Or{List: list}
}
