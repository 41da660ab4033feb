package spl

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// Functions that turn texts into numbers and back.

var toStringForms = []string{"binary", "commas", "duration", "hex"}

var _ = defineFunction(function{
	name: "tostring", least: 1, most: 2, doc: "The text of a value; of a number in the form hex, binary, commas or duration; True or False of a condition.",
	value: func(c *call) plan.Expr {
		if len(c.args) == 2 {
			if form, ok := c.text(1); ok && !slices.Contains(toStringForms, strings.ToLower(form)) {
				return c.fail(1, "spl-argument", "tostring has no form %s: it has %s", clip(form), strings.Join(toStringForms, ", "))
			}
		}
		if isCondition(c.args[0]) {
			return &plan.Case{Arms: []plan.Arm{{When: c.holds(0, true), Then: textLiteral("True")}, {When: c.holds(0, false), Then: textLiteral("False")}}}
		}
		return apply("spl_tostring", c.all()...)
	},
})

// withBase calls a function of the catalogue whose second argument is the base of a number.
func withBase(kernel string) func(c *call) plan.Expr {
	return func(c *call) plan.Expr {
		if len(c.args) == 2 {
			if base, ok := c.args[1].(*literal); ok {
				if n := base.value.Int(); base.value.Kind() != event.Int || n < 2 || n > 36 {
					return c.fail(1, "spl-argument", "the base of a number is from 2 to 36")
				}
			}
		}
		return apply(kernel, c.all()...)
	}
}

var (
	_ = defineFunction(function{name: "tonumber", least: 1, most: 2, doc: "The number that a text spells to a base, 10 if not given; null where it spells none.", value: withBase("spl_tonumber")})
	_ = defineFunction(function{name: "toint", least: 1, most: 2, doc: "The whole part of a number, or of the one that a text spells.", value: withBase("spl_toint")})
	_ = definePlain("todouble", 1, 1, "spl_number", "The number that a value is or spells.")
	_ = definePlain("tomv", 1, 1, "spl_tomv", "The elements of JSON for an array as a multivalue; any other value as it is.")
	_ = definePlain("toarray", 1, 1, "spl_toarray", "JSON for the array that a value is, or of its values.")
	_ = definePlain("toobject", 1, 1, "spl_toobject", "JSON for an object; null for what is none.")
	_ = definePlain("tojson", 1, 1, "spl_tojson", "The JSON of a value.")
	_ = definePlain("object_to_array", 3, 3, "spl_object_to_array", "JSON for the array of the members of an object, each with its key and its value under the given names.")
	_ = definePlain("array_to_object", 3, 3, "spl_array_to_object", "JSON for the object of the members that an array lists, their keys and values being under the given names.")
	_ = definePlain("ipmask", 2, 2, "spl_ipmask", "The bits of an IPv4 address that are in a mask, as an address.")
	_ = definePlain("printf", 1, -1, "spl_printf", "A text made from a format as C's printf has it, and values.")
)

var _ = defineFunction(function{
	name: "tobool", least: 1, most: 1, doc: "The truth that a value spells: true, t, yes, y and numbers but zero; false, f, no, n and zero.",
	truth: func(c *call, want bool) plan.Expr { return c.kernel("spl_tobool", want, c.arg(0)) },
})
