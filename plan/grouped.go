package plan

// Grouped says whether every event that passes the conditions of a plan is part of a row of the answer: the plan may group its
// events, show them and sort them, but what it leaves out depends on the single event alone. Such a plan can be asked of events as
// they come; only how they fall into rows waits for the end.
func Grouped(n Node) bool {
	all := true
	Walk(n, func(n Node) bool {
		all = all && groups(n)
		return all
	})
	if !all {
		return false
	}
	_, ok := grouped(n)
	return ok
}

// groups says whether a node may stand in a plan that is Grouped at all.
func groups(n Node) bool {
	switch n := n.(type) {
	case *Scan, *Union, *Filter, *Lookup, *Project:
		return true
	case *Sort:
		return n.Limit < 0
	case *Expand:
		return n.Limit < 0
	case *Aggregate:
		return len(n.By) > 0
	}
	return false
}

// grouped returns the columns whose values are those of each single event of a row, in a set that is the caller's.
func grouped(n Node) (own *columnSet, ok bool) {
	own = &columnSet{}
	if in := inputOf(n); in != nil {
		if own, ok = grouped(in); !ok {
			return nil, false
		}
	}
	of := func(e Expr) bool {
		all := true
		WalkExpr(e, func(e Expr) bool {
			if ref, isRef := e.(*Ref); isRef && !own.has(ref.Column) {
				all = false
			}
			return all
		})
		return all
	}
	switch n := n.(type) {
	case *Scan:
		for _, c := range n.Out {
			own.add(c)
		}
	case *Union:
		if len(n.Ins) == 0 {
			return nil, false
		}
		for i, input := range n.Ins {
			in, ok := grouped(input)
			if !ok {
				return nil, false
			}
			for j, c := range n.Out {
				from := n.From[i][j]
				own.set(c, (i == 0 || own.has(c)) && (from == nil || in.has(from)))
			}
		}
	case *Filter:
		return own, of(n.Where)
	case *Sort:
	case *Expand:
		for _, a := range n.Lists {
			own.set(a.Column, of(a.Value))
		}
	case *Lookup:
		all := true
		for _, k := range n.Keys {
			all = all && of(k.Value)
		}
		for _, o := range n.Out {
			own.set(o.Column, all)
		}
	case *Project:
		made := ownOf(n.Out, of) // which all read what was there before
		if !n.Extend {
			return made, true
		}
		for _, a := range n.Out {
			own.set(a.Column, made.has(a.Column))
		}
	case *Aggregate:
		return ownOf(n.By, of), true
	default:
		return nil, false
	}
	return own, true
}

// ownOf returns the assigned columns that are of single events.
func ownOf(list []Assign, of func(Expr) bool) *columnSet {
	out := &columnSet{list: make([]*Column, 0, len(list))}
	for _, a := range list {
		out.set(a.Column, of(a.Value))
	}
	return out
}
