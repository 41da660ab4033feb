package plan

import "slices"

// mergeMatches makes one Match of several that stand side by side and differ in their patterns only: under an Or one that
// any of them meets, under an And one that all must meet. Matches that different people's words made stay apart, so that a
// finding can say which of them it was.
func mergeMatches(e Expr) Expr {
	switch e := e.(type) {
	case *Or:
		if list := mergedMatches(e.List, false); list != nil {
			return &Or{e.Marked, list}
		}
	case *And:
		if list := mergedMatches(e.List, true); list != nil {
			return &And{e.Marked, list}
		}
	}
	return e
}

// mergedMatches returns the members with matches merged, nil where none can be.
func mergedMatches(list []Expr, all bool) []Expr {
	if !severalMatches(list) {
		return nil
	}
	var out []Expr
	merged := map[int]*Match{}   // of the places in out, those that were made here
	places := map[uint64][]int{} // of the matches in out, by what they ask of
members:
	for _, x := range list {
		m, ok := x.(*Match)
		if !ok || !asks(m, all) {
			out = append(out, x)
			continue
		}
		about := uint64(0)
		if len(list) > fewExprs {
			about = hashOf(&Match{Marked: m.Marked, Subject: m.Subject, Op: m.Op})
		}
		for _, i := range places[about] {
			o := out[i].(*Match)
			if !alike(o, m) {
				continue
			}
			c := merged[i]
			if c == nil {
				c = &Match{o.Marked, o.Subject, o.Op, slices.Clone(o.Patterns), all, o.Fold}
				merged[i], out[i] = c, c
			}
			c.Patterns = append(c.Patterns, m.Patterns...)
			continue members
		}
		places[about] = append(places[about], len(out))
		out = append(out, x)
	}
	if len(merged) == 0 {
		return nil
	}
	return out
}

// severalMatches says whether more than one member is a match.
func severalMatches(list []Expr) bool {
	n := 0
	for _, x := range list {
		if _, ok := x.(*Match); ok {
			n++
		}
	}
	return n > 1
}

// asks says whether a match asks for all of its patterns, or for any of them; one of a single pattern asks for both.
func asks(m *Match, all bool) bool {
	return len(m.Patterns) == 1 || m.All == all && len(m.Patterns) > 0
}

func alike(a, b *Match) bool {
	return a.Op == b.Op && a.Fold == b.Fold && sameMark(a, b) && Same(a.Subject, b.Subject)
}
