package spl

import (
	"goshawk/plan"
)

// Functions of JSON, which fields hold as a text.

var (
	_ = definePlain("json", 1, 1, "spl_json", "The value if it is JSON, else null.")
	_ = definePlain("json_array", 0, -1, "spl_json_array", "JSON for the array of the values.")
	_ = definePlain("json_extract", 1, -1, "spl_json_extract", "The value at a path such as a.b{0}.c of JSON, of several paths the array of theirs.")
	_ = definePlain("json_extract_exact", 1, -1, "spl_json_extract_exact", "The value of a key of JSON for an object, dots and brackets being parts of it.")
	_ = definePlain("json_delete", 2, -1, "spl_json_delete", "The JSON without what stands at paths.")
	_ = definePlain("json_entries", 1, 1, "spl_json_entries", "JSON for the array of the members of an object, each with key and value.")
	_ = definePlain("json_keys", 1, 1, "spl_json_keys", "JSON for the array of the keys of an object.")
)

func definePairs(name string, from, least int, kernel, doc, pair string) *function {
	return defineFunction(function{
		name: name, least: least, most: -1, doc: doc,
		value: func(c *call) plan.Expr {
			if !c.paired(from, pair) {
				return null()
			}
			return apply(kernel, c.all()...)
		},
	})
}

var (
	_ = definePairs("json_object", 0, 0, "spl_json_object", "JSON for the object of keys and values.", "a key and a value")
	_ = definePairs("json_append", 1, 3, "spl_json_append", "The JSON with values added to the ends of the arrays at paths.", "a path and a value")
	_ = definePairs("json_extend", 1, 3, "spl_json_extend", "The JSON with values, those of an array one by one, added to the ends of the arrays at paths.", "a path and a value")
	_ = definePairs("json_set", 1, 3, "spl_json_set", "The JSON with the values at paths set.", "a path and a value")
	_ = definePairs("json_set_exact", 1, 3, "spl_json_set_exact", "The JSON with the values of keys set, dots and brackets being parts of a key.", "a key and a value")
)

// withFlag calls a function of the catalogue whose second argument is a condition.
func withFlag(kernel string) func(c *call) plan.Expr {
	return func(c *call) plan.Expr {
		args := []plan.Expr{c.arg(0)}
		if len(c.args) > 1 {
			args = append(args, apply("coalesce", c.holds(1, true), boolLiteral(false)))
		}
		return apply(kernel, args...)
	}
}

var (
	_ = defineFunction(function{name: "json_array_to_mv", least: 1, most: 2, doc: "The elements of JSON for an array as a multivalue; with true texts keep their quotes.", value: withFlag("spl_json_array_to_mv")})
	_ = defineFunction(function{name: "mv_to_json_array", least: 1, most: 2, doc: "JSON for the array of the values of a field; with true of what they are, else of their texts.", value: withFlag("spl_mv_to_json_array")})
	_ = defineFunction(function{
		name: "json_valid", least: 1, most: 1, doc: "Whether a value is JSON.",
		truth: func(c *call, want bool) plan.Expr { return c.kernel("spl_json_valid", want, c.arg(0)) },
	})
	_ = defineFunction(function{
		name: "json_has_key_exact", least: 2, most: -1, doc: "Whether JSON for an object has all of the keys.",
		truth: func(c *call, want bool) plan.Expr { return c.kernel("spl_json_has_key_exact", want, c.all()...) },
	})
)
