package spl

import (
	"strconv"

	"goshawk/plan"
)

// Functions of fields with several values.

var (
	_ = definePlain("commands", 1, 1, "spl_commands", "The names of the commands of a search.")
	_ = definePlain("mvcount", 1, 1, "spl_mvcount", "The number of values; null of none.")
	_ = definePlain("mvdedup", 1, 1, "spl_mvdedup", "The different values, in the order of their first places.")
	_ = definePlain("mvindex", 2, 3, "spl_mvindex", "The value at an index, or those from one index to another; 0 is the first, -1 the last.")
	_ = definePlain("mvjoin", 2, 2, "spl_mvjoin", "The values as one text, with a text between them.")
	_ = definePlain("mvrange", 2, 3, "spl_mvrange", "The numbers from a first to before a last in steps; a step such as 7d counts times.")
	_ = definePlain("mvreverse", 1, 1, "spl_mvreverse", "The values, last first.")
	_ = definePlain("mvsort", 1, 1, "spl_mvsort", "The values sorted by their texts.")
	_ = definePlain("mvzip", 2, 3, "spl_mvzip", "The first values of two fields joined by a text (a comma if not given), the second ones and so on.")
	_ = definePlain("split", 2, 2, "spl_split", "The parts of a text between the places where another text stands.")
)

var _ = defineFunction(function{
	name: "mvappend", least: 1, most: -1, doc: "All values of all arguments, nulls left out.",
	value: func(c *call) plan.Expr {
		out := make([]plan.Expr, len(c.args))
		for i := range out {
			out[i] = c.quiet(i)
		}
		return apply("spl_mvappend", out...)
	},
})

var _ = defineFunction(function{
	name: "mvfind", least: 2, most: 2, doc: "The index of the first value in which a regular expression is found; null where there is none.",
	value: func(c *call) plan.Expr { return apply("spl_mvfind", c.arg(0), c.regexArg(1)) },
})

var _ = defineFunction(function{
	name: "mvfilter", least: 1, most: 1, doc: "The values of the one field of a condition for which it is true.",
	value: func(c *call) plan.Expr {
		name, ok := c.onlyField(0)
		if !ok {
			return null()
		}
		return apply("spl_mvfilter", c.value(&ref{name, c.args[0].place()}, c.in), c.condition(0, name, c.parameter()))
	},
})

var _ = defineFunction(function{
	name: "mvmap", least: 2, most: 2, doc: "What the second argument gives for each value of the field that is the first, or the only field in it.",
	value: func(c *call) plan.Expr {
		name, ok := c.onlyField(0)
		if !ok {
			return null()
		}
		return apply("spl_mvmap", c.arg(0), c.lambda(1, name, c.parameter()))
	},
})

// onlyField returns the name of the one field that an argument reads.
func (c *call) onlyField(i int) (string, bool) {
	names := map[string]bool{}
	only := ""
	eachField(c.args[i], func(name string) {
		names[name] = true
		only = name
	})
	if len(names) == 1 {
		return only, true
	}
	c.fail(i, "spl-argument", "%s works on the values of one field; this names %d", c.name, len(names))
	return "", false
}

// eachField visits the fields that an expression reads.
func eachField(e expr, visit func(name string)) {
	switch e := e.(type) {
	case *ref:
		visit(e.name)
	case *unary:
		eachField(e.x, visit)
	case *binary:
		eachField(e.left, visit)
		eachField(e.right, visit)
	case *inList:
		eachField(e.x, visit)
		for _, x := range e.list {
			eachField(x, visit)
		}
	case *invoke:
		for _, x := range e.args {
			eachField(x, visit)
		}
	}
}

// parameter returns a name for the parameter of a function that no function around it has.
func (c *call) parameter() string {
	around := 0
	for _, f := range c.in.fields.list {
		if _, ok := f.of.(*plan.Param); ok {
			around++
		}
	}
	if around == 0 {
		return "item"
	}
	return "item" + strconv.Itoa(around+1)
}
