package plan

// flatten puts the members of an And into the And around it, those of an Or into the Or around it, drops members that say
// the same twice, and takes away an And or Or around a single truth. What somebody wrote stays known: an And or Or with a
// mark is opened only if all in it have marks of their own.
func flatten(e Expr) Expr {
	switch e := e.(type) {
	case *And:
		list, changed := flattened(e.List, func(x Expr) ([]Expr, bool) {
			and, ok := x.(*And)
			if !ok {
				return nil, false
			}
			return and.List, true
		})
		if len(list) == 1 && isTruth(list[0]) {
			return only(e, list[0])
		}
		if changed {
			return &And{e.Marked, list}
		}
	case *Or:
		list, changed := flattened(e.List, func(x Expr) ([]Expr, bool) {
			or, ok := x.(*Or)
			if !ok {
				return nil, false
			}
			return or.List, true
		})
		if len(list) == 1 && isTruth(list[0]) {
			return only(e, list[0])
		}
		if changed {
			return &Or{e.Marked, list}
		}
	}
	return e
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

func flattened(list []Expr, members func(Expr) ([]Expr, bool)) (out []Expr, changed bool) {
	for _, x := range list {
		inner, ok := members(x)
		if !ok || !openable(x, inner) {
			inner = []Expr{x}
		} else {
			changed = true
		}
		for _, y := range inner {
			if said(out, y) {
				changed = true
			} else {
				out = append(out, y)
			}
		}
	}
	return out, changed
}

func said(list []Expr, e Expr) bool {
	for _, x := range list {
		if sameMark(x, e) && Same(x, e) {
			return true
		}
	}
	return false
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
