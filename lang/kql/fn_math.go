package kql

import (
	"math"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

func init() {
	defineAll([]function{
		{name: "round", doc: "the number rounded", takes: "x:number, digits:long?", gives: "x", kernel: "round", naming: nameFirst},
		{name: "ceiling", doc: "the next whole number above", takes: "x:number", gives: "x", kernel: "ceil", naming: nameFirst},
		{name: "pow", doc: "a power", takes: "base:real, exponent:real", gives: "real", kernel: "power", naming: nameFirst},
		{name: "sqrt", doc: "the square root", takes: "x:real", gives: "real", kernel: "sqrt", naming: nameFirst},
		{name: "exp", doc: "e to a power", takes: "x:real", gives: "real", kernel: "exp", naming: nameFirst},
		{name: "exp2", doc: "2 to a power", takes: "x:real", gives: "real", kernel: "kql_exp2", naming: nameFirst},
		{name: "exp10", doc: "10 to a power", takes: "x:real", gives: "real", kernel: "kql_exp10", naming: nameFirst},
		{name: "log", doc: "the natural logarithm", takes: "x:real", gives: "real", kernel: "ln", naming: nameFirst},
		{name: "log2", doc: "the logarithm to base 2", takes: "x:real", gives: "real", kernel: "log2", naming: nameFirst},
		{name: "log10", doc: "the logarithm to base 10", takes: "x:real", gives: "real", kernel: "log10", naming: nameFirst},
		{name: "gamma", doc: "the gamma function", takes: "x:real", gives: "real", kernel: "kql_gamma", naming: nameFirst},
		{name: "loggamma", doc: "the logarithm of the gamma function", takes: "x:real", gives: "real", kernel: "kql_loggamma", naming: nameFirst},
		{name: "erf", doc: "the error function", takes: "x:real", gives: "real", kernel: "kql_erf", naming: nameFirst},
		{name: "erfc", doc: "the complementary error function", takes: "x:real", gives: "real", kernel: "kql_erfc", naming: nameFirst},
		{name: "sin", doc: "the sine", takes: "x:real", gives: "real", kernel: "kql_sin", naming: nameFirst},
		{name: "cos", doc: "the cosine", takes: "x:real", gives: "real", kernel: "kql_cos", naming: nameFirst},
		{name: "tan", doc: "the tangent", takes: "x:real", gives: "real", kernel: "kql_tan", naming: nameFirst},
		{name: "asin", doc: "the arc sine", takes: "x:real", gives: "real", kernel: "kql_asin", naming: nameFirst},
		{name: "acos", doc: "the arc cosine", takes: "x:real", gives: "real", kernel: "kql_acos", naming: nameFirst},
		{name: "atan", doc: "the arc tangent", takes: "x:real", gives: "real", kernel: "kql_atan", naming: nameFirst},
		{name: "atan2", doc: "the arc tangent of a point", takes: "y:real, x:real", gives: "real", kernel: "kql_atan2", naming: nameFirst},
		{name: "cot", doc: "the cotangent", takes: "x:real", gives: "real", kernel: "kql_cot", naming: nameNone},
		{name: "degrees", doc: "radians in degrees", takes: "x:real", gives: "real", kernel: "kql_degrees", naming: nameNone},
		{name: "radians", doc: "degrees in radians", takes: "x:real", gives: "real", kernel: "kql_radians", naming: nameNone},
		{name: "isinf", doc: "whether a number is infinite", takes: "x:real", gives: "bool", kernel: "kql_isinf", naming: nameNone},
		{name: "binary_and", doc: "the bits that both numbers have", takes: "a:integer, b:integer", gives: "long", kernel: "bit_and", naming: nameFirst},
		{name: "binary_or", doc: "the bits that one of the numbers has", takes: "a:integer, b:integer", gives: "long", kernel: "bit_or", naming: nameFirst},
		{name: "binary_xor", doc: "the bits that just one of the numbers has", takes: "a:integer, b:integer", gives: "long", kernel: "bit_xor", naming: nameFirst},
		{name: "binary_not", doc: "the bits turned round", takes: "x:integer", gives: "long", kernel: "bit_not", naming: nameFirst},
		{name: "binary_shift_left", doc: "the bits moved to the left", takes: "x:integer, by:integer", gives: "long", kernel: "kql_shift_left", naming: nameFirst},
		{name: "binary_shift_right", doc: "the bits moved to the right", takes: "x:integer, by:integer", gives: "long", kernel: "kql_shift_right", naming: nameFirst},
		{name: "bitset_count_ones", doc: "the number of bits that are set", takes: "x:integer", gives: "long", kernel: "bit_count", naming: nameFirst},
		{name: "beta_cdf", doc: "the beta distribution", takes: "x:real, alpha:real, beta:real", gives: "real", kernel: "kql_beta_cdf", naming: nameNone},
		{name: "beta_inv", doc: "the inverse of the beta distribution", takes: "p:real, alpha:real, beta:real", gives: "real", kernel: "kql_beta_inv", naming: nameNone},
		{name: "beta_pdf", doc: "the density of the beta distribution", takes: "x:real, alpha:real, beta:real", gives: "real", kernel: "kql_beta_pdf", naming: nameNone},
		{name: "welch_test", doc: "the p-value of Welch's test", takes: "mean1:real, variance1:real, count1:real, mean2:real, variance2:real, count2:real", gives: "real", kernel: "kql_welch_test", naming: nameNone},
		{name: "rand", doc: "a number at random", takes: "below:integer?", gives: "real", naming: nameFirst, refused: "the answer of a query must not depend on chance"},
		{name: "new_guid", doc: "a GUID at random", gives: "guid", naming: nameNone, refused: "the answer of a query must not depend on chance"},
	})
	for name, kernel := range map[string]string{"isnan": "is_nan", "isfinite": "is_finite"} { // false of null
		defineFunction(function{
			name: name, doc: "whether a number is of this sort", takes: "x:real", gives: "bool", naming: nameNone,
			bind: func(b *binder, c *context, at *call, args []value) value {
				return made(schema.Bool, "coalesce", apply(kernel, args[0].exact()), boolLiteral(false))
			},
		})
	}
	for _, quantity := range []string{"angle", "energy", "force", "length", "mass", "speed", "temperature", "volume"} {
		defineFunction(function{
			name: "convert_" + quantity, doc: "a number in another unit", takes: "number:real, from:string, to:string", gives: "real", naming: nameNone,
			bind: func(b *binder, c *context, at *call, args []value) value {
				return made(schema.Real, "kql_convert_unit", textValue(quantity).expr, args[0].exact(), args[1].exact(), args[2].exact())
			},
		})
	}
}

var _ = defineFunction(function{
	name: "pi", doc: "the circumference of a circle by its diameter", gives: "real", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return literalValue(event.FloatValue(math.Pi), schema.Real)
	},
})

var _ = defineFunction(function{
	name: "sign", doc: "-1, 0 or 1", takes: "x:number", gives: "real", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return made(schema.Real, "to_float", apply("sign", args[0].exact()))
	},
})

var _ = defineFunction(function{
	name: "abs", doc: "the number or timespan without its sign", takes: "x:number|timespan", gives: "x", naming: nameFirst,
	bind: func(b *binder, c *context, at *call, args []value) value {
		t := args[0].typ
		if t == schema.Int {
			t = schema.Long
		}
		return made(t, "abs", args[0].exact())
	},
})

var _ = defineFunction(function{
	name: "around", doc: "whether a value is no further from another than a distance", takes: "value:ordered, centre:ordered, distance:ordered", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		compare := func(op plan.CompareOp, edge string) plan.Expr {
			return &plan.Compare{Op: op, Left: args[0].exact(), Right: apply(edge, args[1].exact(), args[2].exact())}
		}
		return value{expr: &plan.And{List: []plan.Expr{compare(plan.GreaterEqual, "kql_subtract"), compare(plan.LessEqual, "kql_add")}}, typ: schema.Bool}
	},
})
