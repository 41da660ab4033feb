package spl

import (
	"goshawk/plan"
)

// Functions that tell what a value is.

var (
	_ = defineFunction(function{
		name: "isnull", least: 1, most: 1, doc: "Whether a value is null.",
		truth: func(c *call, want bool) plan.Expr { return nullness(c, want) },
	})
	_ = defineFunction(function{
		name: "isnotnull", least: 1, most: 1, doc: "Whether a value is not null.",
		truth: func(c *call, want bool) plan.Expr { return nullness(c, !want) },
	})
)

func nullness(c *call, want bool) plan.Expr {
	var e plan.Expr = &plan.IsNull{Marked: c.mark("where", fieldOf(c.args[0]), c.at), X: c.quiet(0)}
	if !want {
		e = &plan.Not{X: e}
	}
	return e
}

// defineTest enters a function that tests a value. What it says of a text that is written, of a truth value: those are never
// numbers, which a field may be.
func defineTest(name, kernel, doc string, ofText, ofTruth bool) *function {
	return defineFunction(function{
		name: name, least: 1, most: 1, doc: doc,
		truth: func(c *call, want bool) plan.Expr {
			if _, written := c.text(0); written {
				return boolLiteral(ofText == want)
			}
			if isCondition(c.args[0]) {
				return boolLiteral(ofTruth == want)
			}
			return c.kernel(kernel, want, c.quiet(0))
		},
	})
}

var (
	_ = defineTest("isnum", "spl_is_number", "Whether a value is a number, or a field holds a text that spells one.", false, false)
	_ = defineTest("isint", "spl_is_integer", "Whether a value is a whole number, or a field holds a text that spells one.", false, false)
	_ = defineTest("isdouble", "spl_is_double", "Whether a value is a number with a fraction, or a field holds a text that spells one.", false, false)
	_ = defineTest("isstr", "spl_is_string", "Whether a value is a text that is no number.", true, false)
	_ = defineTest("ismv", "spl_is_multivalue", "Whether a field has several values.", false, false)
)

var (
	_ = defineFunction(function{
		name: "isarray", least: 1, most: 1, doc: "Whether a value is JSON for an array.",
		truth: func(c *call, want bool) plan.Expr { return c.kernel("spl_is_array", want, c.quiet(0)) },
	})
	_ = defineFunction(function{
		name: "isobject", least: 1, most: 1, doc: "Whether a value is JSON for an object.",
		truth: func(c *call, want bool) plan.Expr { return c.kernel("spl_is_object", want, c.quiet(0)) },
	})
	_ = defineFunction(function{
		name: "isbool", least: 1, most: 1, doc: "Whether a value is a truth value; fields never hold one.",
		truth: func(c *call, want bool) plan.Expr { return boolLiteral(isCondition(c.args[0]) == want) },
	})
	_ = defineFunction(function{
		name: "typeof", least: 1, most: 1, doc: "Number, String, Boolean, Array, Object, Multivalue, or Invalid for null.",
		value: func(c *call) plan.Expr {
			if _, written := c.text(0); written {
				return textLiteral("String")
			}
			if isCondition(c.args[0]) {
				either := &plan.Or{List: []plan.Expr{c.holds(0, true), c.holds(0, false)}}
				return &plan.Case{Arms: []plan.Arm{{When: either, Then: textLiteral("Boolean")}}, Else: textLiteral("Invalid")}
			}
			return apply("spl_typeof", c.quiet(0))
		},
	})
)
