package plan

// dropTrueFilters takes away filters that keep every row, and the And or Or around a filter's only condition.
func dropTrueFilters(n Node) Node {
	f, ok := n.(*Filter)
	if !ok {
		return n
	}
	where := f.Where
	for {
		var list []Expr
		switch e := where.(type) {
		case *And:
			list = e.List
		case *Or:
			list = e.List
		}
		if len(list) != 1 || !openable(where, list) {
			break
		}
		where = list[0]
	}
	if truth, ok := constant(where); ok && truth {
		return f.Input
	}
	if and, ok := where.(*And); ok && len(and.List) == 0 {
		return f.Input
	}
	if where == f.Where {
		return f
	}
	return &Filter{Input: f.Input, Where: where, Why: f.Why}
}
