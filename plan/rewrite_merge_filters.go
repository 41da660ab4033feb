package plan

// mergeFilters makes one filter of two that stand one behind the other. A filter that has a reason of its own, such as an
// exclusion, stays apart, so that what it dropped can be counted.
func mergeFilters(n Node) Node {
	outer, ok := n.(*Filter)
	if !ok || outer.Why != "" {
		return n
	}
	inner, ok := outer.Input.(*Filter)
	if !ok || inner.Why != "" {
		return n
	}
	list := append(append([]Expr(nil), unmarked(inner.Where)...), unmarked(outer.Where)...)
	return &Filter{Input: inner.Input, Where: &And{List: list}}
}

// unmarked returns the members of an And that nobody's words made, else the condition itself.
func unmarked(e Expr) []Expr {
	if e.Mark() != nil {
		return []Expr{e}
	}
	return conjuncts(e)
}
