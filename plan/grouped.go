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

// grouped returns the columns whose values are those of each single event of a row.
func grouped(n Node) (own map[*Column]bool, ok bool) {
	of := func(e Expr) bool {
		all := true
		WalkExpr(e, func(e Expr) bool {
			if ref, isRef := e.(*Ref); isRef && !own[ref.Column] {
				all = false
			}
			return all
		})
		return all
	}
	var in Node
	if inputs := n.Inputs(); len(inputs) == 1 {
		in = inputs[0]
		if own, ok = grouped(in); !ok {
			return nil, false
		}
	}
	keep := map[*Column]bool{}
	switch n := n.(type) {
	case *Scan:
		for _, c := range n.Out {
			keep[c] = true
		}
		return keep, true
	case *Union:
		for i, input := range n.Ins {
			if own, ok = grouped(input); !ok {
				return nil, false
			}
			for j, c := range n.Out {
				from := n.From[i][j]
				keep[c] = (i == 0 || keep[c]) && (from == nil || own[from])
			}
		}
		return keep, len(n.Ins) > 0
	case *Filter:
		return own, of(n.Where)
	case *Sort:
		return own, true
	case *Expand:
		for c := range own {
			keep[c] = true
		}
		for _, a := range n.Lists {
			keep[a.Column] = of(a.Value)
		}
		return keep, true
	case *Lookup:
		for c := range own {
			keep[c] = true
		}
		all := true
		for _, k := range n.Keys {
			all = all && of(k.Value)
		}
		for _, o := range n.Out {
			keep[o.Column] = all
		}
		return keep, true
	case *Project:
		if n.Extend {
			for c := range own {
				keep[c] = true
			}
		}
		for _, a := range n.Out {
			keep[a.Column] = of(a.Value)
		}
		return keep, true
	case *Aggregate:
		for _, a := range n.By {
			keep[a.Column] = of(a.Value)
		}
		return keep, true
	}
	return nil, false
}
