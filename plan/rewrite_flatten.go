package plan

import "slices"

// flatten puts the members of an And into the And around it, those of an Or into the Or around it, drops members that say
// the same twice, and takes away an And or Or around a single truth. What somebody wrote stays known: an And or Or with a
// mark is opened only if all in it have marks of their own. Unlike other rewrites of expressions it begins at the top, so that
// a long chain is opened once.
func flatten(e Expr) Expr {
	members, with := connective(e)
	if with == nil {
		return flattenBelow(e)
	}
	list := make([]Expr, 0, len(members))
	open(e, members, &list)
	opened := len(list) != len(members)
	for i := 0; i < len(members) && !opened; i++ {
		opened = list[i] != members[i]
	}
	list = withoutRepetition(flattenEach(list))
	if len(list) == 1 && isTruth(list[0]) {
		if one := only(e, list[0]); one != e {
			return one
		}
	}
	if opened || len(list) != len(members) {
		return with(list)
	}
	return WithChildren(e, list)
}

// connective returns the members of an And or Or, and what makes another of its kind.
func connective(e Expr) (members []Expr, with func([]Expr) Expr) {
	switch e := e.(type) {
	case *And:
		return e.List, func(list []Expr) Expr { return &And{e.Marked, list} }
	case *Or:
		return e.List, func(list []Expr) Expr { return &Or{e.Marked, list} }
	}
	return nil, nil
}

// open adds the members of an And or Or to a list, and in their place those of members of its kind that can be opened.
func open(e Expr, members []Expr, list *[]Expr) {
	_, and := e.(*And)
	for _, x := range members {
		inner, with := connective(x)
		if _, alike := x.(*And); with != nil && alike == and && openable(x, inner) {
			open(x, inner, list)
		} else {
			*list = append(*list, x)
		}
	}
}

// flattenBelow flattens the children of an expression.
func flattenBelow(e Expr) Expr {
	if child := childOf(e); child != nil {
		if x := flatten(child); x != child {
			return WithChildren(e, []Expr{x})
		}
		return e
	}
	old := Children(e)
	if list := flattenEach(old); !same(list, old) {
		return WithChildren(e, list)
	}
	return e
}

// flattenEach returns the list itself where nothing changes.
func flattenEach(list []Expr) []Expr {
	out := slices.Clip(list)
	for i, x := range list {
		if x != nil {
			flat := flatten(x)
			out = replaced(out, list, i, flat, flat != x)
		}
	}
	return out
}

// withoutRepetition returns the members that do not say in the same words what an earlier one says; the list itself where all are kept.
func withoutRepetition(list []Expr) []Expr {
	if len(list) > fewExprs {
		seen := exprSet{}
		return keptOf(list, func(x Expr, _ int) bool { return seen.add(x) })
	}
	at := -1
	return keptOf(list, func(x Expr, _ int) bool {
		at++
		return !containsExpr(list[:at], x)
	})
}

// only returns the single member of an And or Or in its place. A member without a mark takes over that of the And or Or.
func only(e, member Expr) Expr {
	switch {
	case openable(e, []Expr{member}):
		return member
	case member.Mark() == nil:
		return withMark(member, e.Mark())
	}
	return e
}

// openable says whether an And or Or can be replaced by its members without losing whose words they are.
func openable(e Expr, members []Expr) bool {
	if e.Mark() == nil {
		return true
	}
	for _, x := range members {
		all := true
		Leaves(x, func(leaf Expr, _ bool) { all = all && leaf.Mark() != nil })
		if !all {
			return false
		}
	}
	return true
}
