package spl

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Functions that compare and choose.

var _ = defineFunction(function{
	name: "if", least: 3, most: 3, doc: "The second argument where the first is true, else the third.",
	value: func(c *call) plan.Expr {
		return &plan.Case{Arms: []plan.Arm{{When: c.holds(0, true), Then: c.arg(1)}}, Else: c.arg(2)}
	},
})

var _ = defineFunction(function{
	name: "case", least: 2, most: -1, doc: "Of pairs of a condition and a value the value of the first condition that is true; null where none is.",
	value: func(c *call) plan.Expr {
		if !c.paired(0, "a condition and a value") {
			return null()
		}
		out := &plan.Case{}
		for i := 0; i+1 < len(c.args); i += 2 {
			out.Arms = append(out.Arms, plan.Arm{When: c.holds(i, true), Then: c.arg(i + 1)})
		}
		return out
	},
})

var _ = defineFunction(function{
	name: "validate", least: 2, most: -1, doc: "Of pairs of a condition and a value the value of the first condition that is not true; null where all are.",
	value: func(c *call) plan.Expr {
		if !c.paired(0, "a condition and a value") {
			return null()
		}
		out := &plan.Case{}
		for i := 0; i+1 < len(c.args); i += 2 {
			out.Arms = append(out.Arms, plan.Arm{When: &plan.Not{X: apply("coalesce", c.holds(i, true), boolLiteral(false))}, Then: c.arg(i + 1)})
		}
		return out
	},
})

// paired says whether the arguments from one on come in pairs, and complains where they do not.
func (c *call) paired(from int, pair string) bool {
	if (len(c.args)-from)%2 == 0 {
		return true
	}
	c.errorf(c.at, "spl-arguments", "%s takes pairs of %s; the last argument stands alone", c.name, pair)
	return false
}

var _ = defineFunction(function{
	name: "coalesce", least: 1, most: -1, doc: "The first argument that is not null.",
	value: func(c *call) plan.Expr {
		out := make([]plan.Expr, len(c.args))
		for i := range out {
			out[i] = c.quiet(i)
		}
		return apply("coalesce", out...)
	},
})

// quiet returns an argument that may well be a field that does not exist.
func (c *call) quiet(i int) plan.Expr {
	before := c.lenient
	c.lenient = true
	defer func() { c.lenient = before }()
	return c.arg(i)
}

var _ = defineFunction(function{
	name: "null", doc: "Null.", value: func(*call) plan.Expr { return null() },
})

var _ = defineFunction(function{
	name: "nullif", least: 2, most: 2, doc: "Null where both arguments are equal, else the first.",
	value: func(c *call) plan.Expr {
		equal := c.comparison(&binary{"==", c.args[0], c.args[1], c.at}, c.in, true)
		return &plan.Case{Arms: []plan.Arm{{When: equal, Then: null()}}, Else: c.arg(0)}
	},
})

func defineConstant(name string, value bool) *function {
	return defineFunction(function{
		name: name, doc: "The truth value " + name + ".",
		truth: func(_ *call, want bool) plan.Expr { return boolLiteral(value == want) },
	})
}

var (
	_ = defineConstant("true", true)
	_ = defineConstant("false", false)
)

var _ = defineFunction(function{
	name: "in", least: 2, most: -1, doc: "Whether the first argument equals one of the others.",
	truth: func(c *call, want bool) plan.Expr {
		return c.lowering.holds(&inList{c.args[0], c.args[1:], c.at}, c.in, want)
	},
})

var _ = defineFunction(function{
	name: "like", least: 2, most: 2, doc: "Whether a text as a whole is as a pattern has it, case regarded, in which % stands for any characters and _ for one.",
	truth: func(c *call, want bool) plan.Expr { return c.like(c.args[0], c.args[1], c.in, c.at, want) },
})

var _ = defineFunction(function{
	name: "match", least: 2, most: 2, doc: "Whether a regular expression is found anywhere in a text.",
	truth: func(c *call, want bool) plan.Expr {
		subject := c.arg(0)
		source, ok := c.text(1)
		if !ok {
			return c.kernel("spl_match", want, subject, c.arg(1))
		}
		re, ok := c.regex(1, source)
		if !ok {
			return boolLiteral(false)
		}
		if plain, ok := re.RE2(); ok {
			return c.pattern(subject, plan.Regexp, plain, want)
		}
		return c.kernel("spl_match", want, subject, textLiteral(source))
	},
})

// pattern matches a value with one pattern.
func (c *call) pattern(subject plan.Expr, op plan.MatchOp, source string, want bool) plan.Expr {
	m := &plan.Match{Marked: c.mark("where", fieldOf(c.args[0]), c.at), Subject: subject, Op: op, Patterns: []plan.Pattern{{Source: source}}}
	return answered(m, subject, want)
}

// kernel calls a function of the catalogue that gives a truth value.
func (c *call) kernel(name string, want bool, args ...plan.Expr) plan.Expr {
	e := apply(name, args...).(*plan.Call)
	e.Marked = c.mark("where", "", c.at)
	if want {
		return e
	}
	return &plan.Not{X: e}
}

// regex reads an argument that is written as a regular expression, and complains where it cannot be read.
func (c *call) regex(i int, source string) (*fn.PCRE, bool) {
	re, err := fn.ParsePCRE(source)
	if err != nil {
		d := c.errorf(c.args[i].place(), "spl-regex", "the regular expression cannot be read: %s", err)
		d.Hint = "the expression is " + clip(source)
		return nil, false
	}
	return re, true
}

// regexArg returns an argument that is a regular expression, read beforehand where it is written as a text.
func (c *call) regexArg(i int) plan.Expr {
	if source, ok := c.text(i); ok {
		if _, ok := c.regex(i, source); !ok {
			return null()
		}
	}
	return c.arg(i)
}

var _ = defineFunction(function{
	name: "cidrmatch", least: 2, most: 2, doc: "Whether an IP address is inside a network such as 10.0.0.0/8.",
	truth: func(c *call, want bool) plan.Expr {
		network, ok := c.text(0)
		if !ok {
			return c.kernel("spl_cidrmatch", want, c.all()...)
		}
		if _, ok := fn.ParseNetwork(network); !ok {
			c.errorf(c.args[0].place(), "spl-network", "%s is no network", clip(network)).Hint = "a network is written as 10.0.0.0/8; it is the first argument"
			return boolLiteral(false)
		}
		subject := c.arg(1)
		m := &plan.Match{Marked: c.mark("where", fieldOf(c.args[1]), c.at), Subject: subject, Op: plan.CIDR, Patterns: []plan.Pattern{{Source: network}}}
		return answered(m, subject, want)
	},
})

var _ = defineFunction(function{
	name: "searchmatch", least: 1, most: 1, doc: "Whether a row is one that a condition of search finds.",
	truth: func(c *call, want bool) plan.Expr {
		l, ok := c.args[0].(*literal)
		if !ok || l.value.Kind() != event.Text {
			c.fail(0, "spl-searchmatch", "searchmatch needs a condition of search, written as a text")
			return boolLiteral(false)
		}
		inside := diag.Span{Start: l.at.Start + 1, End: l.at.End - 1}
		if c.lowering.text.String[inside.Start:inside.End] != l.value.Text() {
			c.fail(0, "spl-searchmatch", "a condition with quotes or backslashes is not run in searchmatch")
			return boolLiteral(false)
		}
		a := &args{parser: &parser{lowering: c.lowering, text: c.lowering.text.String}, command: specs["search"], pos: inside.Start, end: inside.End}
		condition := a.search()
		if condition == nil {
			return boolLiteral(want)
		}
		found := (&matcher{lowering: c.lowering, in: c.in, clause: "searchmatch"}).test(condition)
		if want {
			return found
		}
		return &plan.Not{X: found}
	},
})

var _ = defineFunction(function{
	name: "lookup", least: 2, most: -1, doc: "The fields of a row of a lookup table, as JSON.",
	refused: "a lookup is a command here: write `| lookup table field OUTPUT other` before the eval",
})
