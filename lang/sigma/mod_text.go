package sigma

import "goshawk/plan"

// contains, startswith, endswith: where in the value; cased: whether capitals matter.

var _ = define(
	modifier{name: "contains", doc: "anywhere in the value", value: edges(true, true, plan.Contains)},
	modifier{name: "startswith", doc: "at the beginning of the value", value: edges(false, true, plan.Prefix)},
	modifier{name: "endswith", doc: "at the end of the value", value: edges(true, false, plan.Suffix)},
	modifier{name: "cased", doc: "with regard to case", value: func(c *chain, t term) (term, bool) {
		switch t := t.(type) {
		case pattern:
			t.cased = true
			return t, true
		case reference:
			t.cased = true
			return t, true
		case expression: // is so already
			return t, true
		}
		return c.refuse(t)
	}},
)

// edges opens the value at its edges. A regular expression may match anywhere in any case: that it gets no anchors is worth
// a warning.
func edges(front, back bool, op plan.MatchOp) func(*chain, term) (term, bool) {
	return func(c *chain, t term) (term, bool) {
		switch t := t.(type) {
		case pattern:
			for i, v := range t.variants {
				t.variants[i] = opened(v, front, back)
			}
			t.edged = true
			return t, true
		case expression:
			c.warnf(c.modifier.Span, "sigma-modifier-without-effect", "%s changes nothing on a regular expression, which matches anywhere", c.modifier.Text).
				Hint = "anchor the expression itself with ^ or $"
			return t, true
		case reference:
			t.op = op
			return t, true
		}
		return c.refuse(t)
	}
}
