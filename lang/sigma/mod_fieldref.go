package sigma

import "goshawk/plan"

// fieldref: the value is the name of another field of the event.

var _ = define(modifier{name: "fieldref", doc: "equal to another field", value: func(c *chain, t term) (term, bool) {
	return c.onPattern(t, func(t pattern) (term, bool) {
		if c.item.IsKeyword() {
			c.errorf(c.modifier.Span, "sigma-needs-field", "fieldref needs a field before it")
			return t, false
		}
		if len(t.variants) != 1 || hasWildcard(t.variants[0]) {
			d := c.errorf(c.source.Span, "sigma-fieldref", "the name of a field is no pattern")
			if t.edged {
				d.Hint = "write contains, startswith or endswith behind fieldref"
			}
			return t, false
		}
		name, _ := plan.Pattern{Pieces: t.variants[0]}.IsPlain()
		if name == "" {
			c.errorf(c.source.Span, "sigma-fieldref", "fieldref needs the name of a field")
			return t, false
		}
		return reference{name: name, op: plan.Equals, cased: t.cased}, true
	})
}})
