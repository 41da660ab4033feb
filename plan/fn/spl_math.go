package fn

import (
	"math"
	"math/big"
	"strings"

	"goshawk/event"
)

// SPL's functions of numbers. A text that spells a number is one; what is none gives Null, and so does a result that is no number.
// A multivalue is taken value by value.

func splMath(name, doc string, compute func(float64) float64, examples ...Example) *Func {
	return splFunction(name, doc+" Null for what is no number or has none; each of several values.", "any", []Param{required("number", "any")},
		func(v event.Value, _ []event.Value) event.Value {
			f, ok := splFloat(v)
			if !ok {
				return null
			}
			return splDouble(compute(f))
		}, examples...)
}

var (
	_ = splMath("spl_ceiling", "The least whole number that is not less.", math.Ceil, example(whole(2), text("1.2")), example(whole(-1), float(-1.9)), example(null, text("a")))
	_ = splMath("spl_floor", "The greatest whole number that is not greater.", math.Floor, example(whole(1), float(1.9)), example(whole(-2), float(-1.2)))
	_ = splMath("spl_sqrt", "The square root.", math.Sqrt, example(whole(3), text("9")), example(null, whole(-1)))
	_ = splMath("spl_exp", "The power of e.", math.Exp, example(whole(1), whole(0)), example(null, whole(1000)))
	_ = splMath("spl_ln", "The natural logarithm.", math.Log, example(whole(0), whole(1)), example(null, whole(0)))

	_ = splMath("spl_acos", "The arc cosine in radians.", math.Acos, example(whole(0), whole(1)), example(null, whole(2)))
	_ = splMath("spl_acosh", "The inverse hyperbolic cosine.", math.Acosh, example(whole(0), whole(1)), example(null, whole(0)))
	_ = splMath("spl_asin", "The arc sine in radians.", math.Asin, example(whole(0), whole(0)))
	_ = splMath("spl_asinh", "The inverse hyperbolic sine.", math.Asinh, example(whole(0), whole(0)))
	_ = splMath("spl_atan", "The arc tangent in radians.", math.Atan, example(whole(0), whole(0)))
	_ = splMath("spl_atanh", "The inverse hyperbolic tangent.", math.Atanh, example(whole(0), whole(0)), example(null, whole(1)))
	_ = splMath("spl_cos", "The cosine of so many radians.", math.Cos, example(whole(1), whole(0)))
	_ = splMath("spl_cosh", "The hyperbolic cosine.", math.Cosh, example(whole(1), whole(0)))
	_ = splMath("spl_sin", "The sine of so many radians.", math.Sin, example(whole(0), whole(0)))
	_ = splMath("spl_sinh", "The hyperbolic sine.", math.Sinh, example(whole(0), whole(0)))
	_ = splMath("spl_tan", "The tangent of so many radians.", math.Tan, example(whole(0), whole(0)))
	_ = splMath("spl_tanh", "The hyperbolic tangent.", math.Tanh, example(whole(0), whole(0)))
)

var _ = splFunction("spl_abs", "The number without its sign; Null for what is none; each of several values.", "any", []Param{required("number", "any")},
	func(v event.Value, _ []event.Value) event.Value {
		n, ok := splNumber(v)
		switch {
		case !ok:
			return null
		case n.Float() < 0:
			return splNegated(n)
		}
		return n
	},
	example(whole(5), text("-5")), example(float(0.5), float(-0.5)), example(null, text("x")), example(whole(7), whole(7)))

func splMath2(name, doc string, compute func(a, b float64) float64, examples ...Example) *Func {
	return splArithmetic(name, doc+" Null where there is none.", nil, compute, examples...)
}

var (
	_ = splMath2("spl_pow", "The power of a number.", math.Pow, example(whole(8), whole(2), text("3")), example(float(0.5), whole(2), whole(-1)), example(null, whole(-1), float(0.5)), example(null, whole(10), whole(400)))
	_ = splMath2("spl_atan2", "The angle of the point of a y and an x in radians.", math.Atan2, example(whole(0), whole(0), whole(1)))
	_ = splMath2("spl_hypot", "The length of the hypotenuse over two sides.", math.Hypot, example(whole(5), whole(3), whole(4)))
	_ = splMath2("spl_log", "The logarithm of a number to a base.", func(a, base float64) float64 {
		if a <= 0 || base <= 0 || base == 1 {
			return math.NaN()
		}
		switch base {
		case 10:
			return math.Log10(a)
		case 2:
			return math.Log2(a)
		}
		return math.Log(a) / math.Log(base)
	}, example(whole(2), whole(100), whole(10)), example(whole(10), whole(1024), whole(2)), example(null, whole(0), whole(10)), example(null, whole(5), whole(1)))
)

var _ = splFunction("spl_round", "The number rounded to so many places behind the point, 0 if not given, half away from zero, by its decimal digits; each of several values.", "any",
	[]Param{required("number", "any"), optional("places", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		places := int64(0)
		if len(rest) > 0 {
			var ok bool
			if places, ok = splInteger(rest[0]); !ok {
				return null
			}
		}
		n, ok := splNumber(v)
		if !ok {
			return null
		}
		return splRound(n, places)
	},
	example(whole(4), float(3.5)), example(float(2.56), float(2.555), whole(2)), example(whole(-4), text("-3.5")), example(whole(1200), whole(1234), whole(-2)), example(null, text("a")),
	example(whole(5), whole(5), whole(2)), example(float(1.01), float(1.005), whole(2)), example(whole(0), float(0.4)), example(float(3.14), text("3.14159"), text("2")))

func splRound(n event.Value, places int64) event.Value {
	if n.Kind() == event.Int && places >= 0 {
		return n
	}
	if f := n.Float(); math.IsInf(f, 0) || math.IsNaN(f) || places > 300 || places < -300 {
		return splDouble(f)
	}
	exact, ok := splScaled(n)
	if !ok {
		return splDouble(n.Float())
	}
	if exact.scale <= places {
		return splDouble(n.Float())
	}
	unit := power(exact.scale - places)
	q, r := new(big.Int).QuoRem(exact.n, unit, new(big.Int))
	if new(big.Int).Abs(r.Lsh(r, 1)).Cmp(unit) >= 0 {
		q.Add(q, big.NewInt(int64(exact.n.Sign())))
	}
	if places < 0 {
		return splDouble(scaled{q.Mul(q, power(-places)), 0}.value().Float())
	}
	return splDouble(scaled{q, places}.value().Float())
}

var _ = define(Func{
	Name: "spl_sigfig", Doc: "A result rounded as the numbers that it was computed from allow: for * to the fewest significant digits of any, for + to the fewest places behind the point.",
	Params: []Param{required("result", "any"), required("operation", "string"), variadic("operands", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splNumber(args[0])
		if !ok {
			return null
		}
		fewest := int64(17)
		for _, v := range args[2:] {
			digits, places := digitsOf(splText(v))
			if args[1].Text() == "+" {
				digits = places
			}
			fewest = min(fewest, digits)
		}
		if args[1].Text() == "+" {
			return splRound(n, fewest)
		}
		if n.Float() == 0 {
			return n
		}
		return splRound(n, fewest-1-int64(math.Floor(math.Log10(math.Abs(n.Float())))))
	},
	Examples: []Example{
		example(whole(1110), whole(1111), text("*"), text("1.00"), text("1111")), example(float(0.0032), float(0.00322), text("*"), text("0.014"), text("0.23")),
		example(float(1.2), float(1.23), text("+"), text("1.1"), text("0.13")), example(null, text("x"), text("*")),
	},
})

// digitsOf counts the significant digits of a number as it is written, and its places behind the point.
func digitsOf(s string) (significant, places int64) {
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(s, "+-")), "e")
	before, behind, _ := strings.Cut(mantissa, ".")
	return max(int64(len(strings.TrimLeft(before+behind, "0"))), 1), int64(len(behind))
}

// Bits.

func splBits(name, doc string, combine func(a, b uint64) uint64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + " of whole numbers from 0 to 2^53 - 1; Null for others.", Params: []Param{required("number", "any"), variadic("more", "any")}, Result: "any", Strict: true,
		Eval: func(args []event.Value) event.Value {
			total := uint64(0)
			for i, v := range args {
				n, ok := splBitNumber(v)
				if !ok {
					return null
				}
				if i == 0 {
					total = n
				} else {
					total = combine(total, n)
				}
			}
			return whole(int64(total))
		},
		Examples: examples,
	})
}

const splBitLimit = 1<<53 - 1

func splBitNumber(v event.Value) (uint64, bool) {
	n, ok := splNumber(v)
	if !ok {
		return 0, false
	}
	i, ok := wholeNumber(n)
	return uint64(i), ok && i >= 0 && i <= splBitLimit
}

var (
	_ = splBits("spl_bit_and", "The bits that are in all", func(a, b uint64) uint64 { return a & b }, example(whole(1), whole(5), text("3")), example(null, whole(-1), whole(1)))
	_ = splBits("spl_bit_or", "The bits that are in any", func(a, b uint64) uint64 { return a | b }, example(whole(7), whole(5), whole(3)), example(whole(7), whole(1), whole(2), whole(4)))
	_ = splBits("spl_bit_xor", "The bits that are in an odd number", func(a, b uint64) uint64 { return a ^ b }, example(whole(6), whole(5), whole(3)))
)

var _ = define(Func{
	Name: "spl_bit_not", Doc: "The bits of a whole number turned round, within a mask, of 53 bits if not given; Null for other numbers.",
	Params: []Param{required("number", "any"), optional("mask", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		mask := uint64(splBitLimit)
		n, ok := splBitNumber(args[0])
		if len(args) > 1 && ok {
			mask, ok = splBitNumber(args[1])
		}
		if !ok {
			return null
		}
		return whole(int64(^n & mask))
	},
	Examples: []Example{example(whole(2), whole(5), whole(7)), example(whole(splBitLimit-1), whole(1)), example(null, float(1.5))},
})

func splShift(name, doc string, shift func(n, by uint64) uint64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + " by so many places; Null where a number is none or the result is beyond 2^53 - 1.", Params: []Param{required("number", "any"), required("places", "any")}, Result: "any", Strict: true,
		Eval: func(args []event.Value) event.Value {
			n, ok := splBitNumber(args[0])
			by, okBy := splBitNumber(args[1])
			if !ok || !okBy {
				return null
			}
			if shifted := shift(n, min(by, 54)); shifted <= splBitLimit {
				return whole(int64(shifted))
			}
			return null
		},
		Examples: examples,
	})
}

var (
	_ = splShift("spl_bit_shift_left", "The bits of a whole number moved to the left", func(n, by uint64) uint64 {
		if n != 0 && (by > 53 || n > splBitLimit>>by) {
			return math.MaxUint64
		}
		return n << by
	}, example(whole(20), whole(5), whole(2)), example(null, whole(1), whole(60)), example(whole(0), whole(0), whole(60)))
	_ = splShift("spl_bit_shift_right", "The bits of a whole number moved to the right", func(n, by uint64) uint64 { return n >> by }, example(whole(5), whole(20), text("2")), example(whole(0), whole(5), whole(99)))
)

// Several arguments, those with several values counting as so many.

func splGather(args []event.Value) []event.Value {
	var all []event.Value
	for _, v := range args {
		all = append(all, splItems(v)...)
	}
	return all
}

func splOfAll(name, doc string, compute func(all []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("value", "any"), variadic("more", "any")}, Result: "any",
		Eval:     func(args []event.Value) event.Value { return compute(splGather(args)) },
		Examples: examples,
	})
}

var (
	_ = splOfAll("spl_greatest", "The greatest of the values, which may be multivalues: the greatest text where there is one that is no number, else the greatest number; nulls are left out.",
		func(all []event.Value) event.Value { return splExtreme(all, 1) },
		example(whole(10), whole(9), text("10")), example(text("a"), whole(9), text("a")), example(whole(3), list(whole(1), whole(3)), whole(2)), example(null, null), example(whole(1), null, whole(1)))
	_ = splOfAll("spl_least", "The least of the values, which may be multivalues: the least number where there is one, else the least text; nulls are left out.",
		func(all []event.Value) event.Value { return splExtreme(all, -1) },
		example(whole(9), whole(9), text("10")), example(whole(9), whole(9), text("A")), example(text("a"), text("b"), text("a")), example(null, null))
	_ = splOfAll("spl_total", "The sum of the values that are numbers, multivalues counting as so many; Null where there is none.",
		func(all []event.Value) event.Value {
			total, _ := splTotal(all)
			return total
		},
		example(whole(6), whole(1), list(text("2"), text("3"))), example(whole(1), whole(1), text("a")), example(null, text("a")))
	_ = splOfAll("spl_mean", "The mean of the values that are numbers, multivalues counting as so many; Null where there is none.",
		func(all []event.Value) event.Value {
			total, n := splTotal(all)
			if n == 0 {
				return null
			}
			return splDouble(total.Float() / float64(n))
		},
		example(whole(2), whole(1), list(text("2"), text("3"))), example(float(1.5), whole(1), whole(2), text("a")), example(null, null))
)

func splTotal(all []event.Value) (event.Value, int) {
	total, n := null, 0
	for _, v := range all {
		if number, ok := splNumber(v); ok {
			if n++; n == 1 {
				total = number
			} else {
				total = splSum(total, number)
			}
		}
	}
	return total, n
}

// splRank orders numbers before texts.
func splRank(a, b event.Value) int {
	_, okA := splNumber(a)
	_, okB := splNumber(b)
	switch {
	case okA == okB:
		return splCompare(a, b)
	case okA:
		return -1
	}
	return 1
}

func splExtreme(all []event.Value, sign int) event.Value {
	best := null
	for _, v := range all {
		if best.IsNull() || splRank(v, best)*sign > 0 {
			best = v
		}
	}
	if n, ok := splNumber(best); ok {
		return n
	}
	return best
}
