package spl

import (
	"math"

	"goshawk/event"
	"goshawk/plan"
)

// Functions of numbers.

var (
	_ = definePlain("abs", 1, 1, "spl_abs", "The number without its sign.")
	_ = definePlain("ceiling", 1, 1, "spl_ceiling", "The least whole number that is not less.", "ceil")
	_ = definePlain("floor", 1, 1, "spl_floor", "The greatest whole number that is not greater.")
	_ = definePlain("exp", 1, 1, "spl_exp", "The power of e.")
	_ = definePlain("ln", 1, 1, "spl_ln", "The natural logarithm.")
	_ = definePlain("pow", 2, 2, "spl_pow", "The power of a number.")
	_ = definePlain("round", 1, 2, "spl_round", "The number rounded to so many places behind the point, half away from zero.")
	_ = definePlain("sqrt", 1, 1, "spl_sqrt", "The square root.")
	_ = definePlain("exact", 1, 1, "spl_number", "The number with all its digits.")

	_ = definePlain("max", 1, -1, "spl_greatest", "The greatest of the values; any text is greater than any number.")
	_ = definePlain("min", 1, -1, "spl_least", "The least of the values; any number is less than any text.")
	_ = definePlain("sum", 1, -1, "spl_total", "The sum of the values that are numbers.")
	_ = definePlain("avg", 1, -1, "spl_mean", "The mean of the values that are numbers.")

	_ = definePlain("acos", 1, 1, "spl_acos", "The arc cosine in radians.")
	_ = definePlain("acosh", 1, 1, "spl_acosh", "The inverse hyperbolic cosine.")
	_ = definePlain("asin", 1, 1, "spl_asin", "The arc sine in radians.")
	_ = definePlain("asinh", 1, 1, "spl_asinh", "The inverse hyperbolic sine.")
	_ = definePlain("atan", 1, 1, "spl_atan", "The arc tangent in radians.")
	_ = definePlain("atan2", 2, 2, "spl_atan2", "The angle of the point of a y and an x in radians.")
	_ = definePlain("atanh", 1, 1, "spl_atanh", "The inverse hyperbolic tangent.")
	_ = definePlain("cos", 1, 1, "spl_cos", "The cosine of so many radians.")
	_ = definePlain("cosh", 1, 1, "spl_cosh", "The hyperbolic cosine.")
	_ = definePlain("hypot", 2, 2, "spl_hypot", "The length of the hypotenuse over two sides.")
	_ = definePlain("sin", 1, 1, "spl_sin", "The sine of so many radians.")
	_ = definePlain("sinh", 1, 1, "spl_sinh", "The hyperbolic sine.")
	_ = definePlain("tan", 1, 1, "spl_tan", "The tangent of so many radians.")
	_ = definePlain("tanh", 1, 1, "spl_tanh", "The hyperbolic tangent.")

	_ = definePlain("bit_and", 2, -1, "spl_bit_and", "The bits that are in all numbers.")
	_ = definePlain("bit_or", 2, -1, "spl_bit_or", "The bits that are in any number.")
	_ = definePlain("bit_xor", 2, -1, "spl_bit_xor", "The bits that are in an odd number of the numbers.")
	_ = definePlain("bit_not", 1, 2, "spl_bit_not", "The bits of a number turned round, within a mask.")
	_ = definePlain("bit_shift_left", 2, 2, "spl_bit_shift_left", "The bits of a number moved to the left.")
	_ = definePlain("bit_shift_right", 2, 2, "spl_bit_shift_right", "The bits of a number moved to the right.")
)

var _ = defineFunction(function{
	name: "pi", doc: "The number π.",
	value: func(*call) plan.Expr { return &plan.Literal{Value: event.FloatValue(math.Pi)} },
})

var _ = defineFunction(function{
	name: "log", least: 1, most: 2, doc: "The logarithm of a number to a base, 10 if not given.",
	value: func(c *call) plan.Expr {
		args := c.all()
		if len(args) == 1 {
			args = append(args, intLiteral(10))
		}
		return apply("spl_log", args...)
	},
})

var _ = defineFunction(function{
	name: "sigfig", least: 1, most: 1, doc: "The result of a calculation rounded to the significant digits, of + and - to the places behind the point, that its numbers allow.",
	value: func(c *call) plan.Expr {
		b, ok := c.args[0].(*binary)
		if !ok || len(b.op) != 1 {
			return apply("spl_number", c.arg(0))
		}
		op := map[string]string{"*": "*", "/": "*", "+": "+", "-": "+"}[b.op]
		if op == "" {
			return apply("spl_number", c.arg(0))
		}
		return apply("spl_sigfig", append([]plan.Expr{c.arg(0), textLiteral(op)}, c.operands(b, op)...)...)
	},
})

// operands returns the numbers that a calculation of one kind is made of; those that are written, as they are written.
func (c *call) operands(e expr, op string) []plan.Expr {
	switch e := e.(type) {
	case *binary:
		if kind := map[string]string{"*": "*", "/": "*", "+": "+", "-": "+"}[e.op]; kind == op {
			return append(c.operands(e.left, op), c.operands(e.right, op)...)
		}
	case *literal:
		if e.value.Kind() != event.Text {
			return []plan.Expr{textLiteral(c.lowering.text.String[e.at.Start:e.at.End])}
		}
	}
	return []plan.Expr{c.value(e, c.in)}
}

var _ = defineFunction(function{
	name: "random", doc: "A random number.",
	refused: "the same search over the same events must give the same answer",
})
