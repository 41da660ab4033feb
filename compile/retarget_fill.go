package compile

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/taxonomy"
)

// Some places do not keep apart what the source does: a data model writes a word where there is no value, an add-on has no field
// where the source has an empty text. And some have a column of their own for the last step of a path.

// missing returns the condition that a value is not there, for one in whose place the target writes a word; nil for any other.
func (rt *retargeting) missing(x plan.Expr) (plan.Expr, *cannot) {
	switch x.(type) {
	case *plan.Ref, *plan.Field:
		c, err := rt.place(x)
		if err != nil || c == nil || c.Fill == "" {
			return nil, err
		}
		return rt.isFill(c, x), nil
	}
	return nil, nil
}

// isFill returns the condition that a place holds the word for no value.
func (rt *retargeting) isFill(c *taxonomy.TargetColumn, x plan.Expr) plan.Expr {
	rt.translation.note(spanOf(x), "translate-fill", "%s is %q in the target where it has no value, or an empty one", nameOf(x), c.Fill)
	return &plan.Match{Marked: plan.Marked{At: x.Mark()}, Subject: rt.refer(c, x), Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(c.Fill)}, Fold: true}
}

// unfilled returns what a match becomes in a place that holds a word, or nothing, for an empty text; nil if it stays as it is.
func (rt *retargeting) unfilled(m *plan.Match, c *taxonomy.TargetColumn) (plan.Expr, *cannot) {
	if c.Fill == "" && !(rt.source.Blank && hasEmpty(m)) {
		return nil, nil
	}
	var list []plan.Expr
	rest := *m
	rest.Patterns = nil
	for _, p := range m.Patterns {
		if m.Op != plan.Equals || len(p.Pieces) > 0 || p.Source != "" {
			rest.Patterns = append(rest.Patterns, p)
			continue
		}
		if c.Fill != "" {
			list = append(list, rt.isFill(c, m.Subject))
			continue
		}
		rt.translation.note(spanOf(m), "translate-blank", "%s is not there in the target where it is an empty text: both are found", nameOf(m.Subject))
		x, err := rt.expr(m.Subject)
		if err != nil {
			return nil, err
		}
		list = append(list, &plan.IsNull{Marked: m.Marked, X: x})
	}
	if len(rest.Patterns) > 0 {
		plain := *c
		plain.Fill = ""
		e, err := rt.matchIn(&rest, &plain)
		if err != nil {
			return nil, err
		}
		matcher, bad := eval.NewMatcher(rest.Op, rest.Patterns, rest.All, rest.Fold)
		if c.Fill != "" && bad == nil && matcher.Match([]byte(c.Fill), []byte(event.Fold(c.Fill))) {
			e = &plan.And{List: []plan.Expr{&plan.Not{X: rt.isFill(c, m.Subject)}, e}}
		}
		list = append(list, e)
	}
	if m.All {
		return plan.RewriteExpr(&plan.And{List: list}), nil
	}
	return plan.RewriteExpr(&plan.Or{List: list}), nil
}

// hasEmpty says whether a match asks for the empty text.
func hasEmpty(m *plan.Match) bool {
	for _, p := range m.Patterns {
		if m.Op == plan.Equals && len(p.Pieces) == 0 && p.Source == "" {
			return true
		}
	}
	return false
}

// based returns a match of paths as one of their last steps, if the target has those in a column of their own and all that is asked
// for are last steps; nil otherwise.
func (rt *retargeting) based(m *plan.Match, c *taxonomy.TargetColumn) plan.Expr {
	if c == nil || c.Base == nil || m.Op != plan.Suffix || m.All && len(m.Patterns) > 1 {
		return nil
	}
	out := &plan.Match{Marked: m.Marked, Op: plan.Equals, Fold: m.Fold}
	for _, p := range m.Patterns {
		op, patterns, why := filePart(m.Op, p)
		if why != "" || op != plan.Equals {
			return nil
		}
		out.Patterns = append(out.Patterns, patterns...)
	}
	out.Subject = rt.refer(c.Base, m.Subject)
	return out
}
