package fn

import (
	"math"

	"goshawk/event"
)

var (
	_ = onFloat("kql_exp2", "2 to the power of a number.", math.Exp2, example(float(8), whole(3)))
	_ = onFloat("kql_exp10", "10 to the power of a number.", func(x float64) float64 { return math.Pow(10, x) }, example(float(100), whole(2)))
	_ = onFloat("kql_sin", "The sine of an angle in radians.", math.Sin, example(float(0), whole(0)))
	_ = onFloat("kql_cos", "The cosine of an angle in radians.", math.Cos, example(float(1), whole(0)))
	_ = onFloat("kql_tan", "The tangent of an angle in radians.", math.Tan, example(float(0), whole(0)))
	_ = onFloat("kql_cot", "The cotangent of an angle in radians.", func(x float64) float64 { return 1 / math.Tan(x) }, example(float(math.Inf(1)), whole(0)))
	_ = onFloat("kql_asin", "The angle in radians of a sine; Null outside of -1 to 1.", math.Asin, example(float(0), whole(0)), example(null, whole(2)))
	_ = onFloat("kql_acos", "The angle in radians of a cosine; Null outside of -1 to 1.", math.Acos, example(float(0), whole(1)), example(null, whole(2)))
	_ = onFloat("kql_atan", "The angle in radians of a tangent.", math.Atan, example(float(0), whole(0)))
	_ = onFloat("kql_degrees", "An angle in radians in degrees.", func(x float64) float64 { return x * 180 / math.Pi }, example(float(270), float(math.Pi*1.5)))
	_ = onFloat("kql_radians", "An angle in degrees in radians.", func(x float64) float64 { return x * math.Pi / 180 }, example(float(math.Pi), whole(180)))
	_ = onFloat("kql_gamma", "The gamma function of a number.", math.Gamma, example(float(24), whole(5)))
	_ = onFloat("kql_loggamma", "The natural logarithm of the absolute value of the gamma function of a number.", func(x float64) float64 { y, _ := math.Lgamma(x); return y }, example(float(0), whole(1)))
	_ = onFloat("kql_erf", "The error function of a number.", math.Erf, example(float(-0.8427007929497149), whole(-1)))
	_ = onFloat("kql_erfc", "The complementary error function of a number.", math.Erfc, example(float(1), whole(0)))
)

var _ = define(Func{
	Name: "kql_atan2", Doc: "The angle in radians between the x axis and the ray to a point (y, x).",
	Params: []Param{required("y", "real"), required("x", "real")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if !isNumber(args[0]) || !isNumber(args[1]) {
			return null
		}
		return float(math.Atan2(args[0].Float(), args[1].Float()))
	},
	Examples: []Example{example(float(math.Pi/4), whole(1), whole(1)), example(null, text("x"), whole(1))},
})

var _ = define(Func{
	Name: "kql_isinf", Doc: "Whether a value is an infinite real; false of null.",
	Params: []Param{required("value", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		return boolean(args[0].Kind() == event.Float && math.IsInf(args[0].Float(), 0))
	},
	Examples: []Example{example(yes, float(math.Inf(-1))), example(no, whole(1)), example(no, null)},
})

func kqlShiftBits(name, doc string, f func(a int64, by uint) int64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + " Null for a negative number of bits.", Params: []Param{required("number", "long"), required("bits", "long")}, Result: "long", Strict: true,
		Eval: func(args []event.Value) event.Value {
			a, okA := wholeNumber(args[0])
			by, okBy := wholeNumber(args[1])
			if !okA || !okBy || by < 0 {
				return null
			}
			return whole(f(a, uint(by%64)))
		},
		Examples: append(examples, example(null, whole(1), whole(-1))),
	})
}

var (
	_ = kqlShiftBits("kql_shift_left", "A whole number moved up by so many bits, modulo 64;", func(a int64, by uint) int64 { return a << by }, example(whole(4), whole(1), whole(2)), example(whole(1), whole(1), whole(64)))
	_ = kqlShiftBits("kql_shift_right", "A whole number moved down by so many bits, modulo 64, its sign kept;", func(a int64, by uint) int64 { return a >> by }, example(whole(1), whole(4), whole(2)))
)

// regularBeta is the regularised incomplete beta function, by its continued fraction (Lentz's method).
func regularBeta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - regularBeta(1-x, b, a)
	}
	ga, _ := math.Lgamma(a)
	gb, _ := math.Lgamma(b)
	gab, _ := math.Lgamma(a + b)
	front := math.Exp(gab-ga-gb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	f, c, d := 1.0, 1.0, 0.0
	for i := 0; i <= 500; i++ {
		m := float64(i / 2)
		numerator := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			numerator = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			numerator = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + numerator*d; math.Abs(d) < tiny {
			d = tiny
		}
		if c = 1 + numerator/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		f *= c * d
		if math.Abs(1-c*d) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}

func kqlNumbers(name, doc string, params []Param, f func(x []float64) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: params, Result: "real", Strict: true,
		Eval: func(args []event.Value) event.Value {
			numbers, ok := numbersOf(args)
			if !ok {
				return null
			}
			return f(numbers)
		},
		Examples: examples,
	})
}

var betaParams = []Param{required("x", "real"), required("alpha", "real"), required("beta", "real")}

var (
	_ = kqlNumbers("kql_beta_cdf", "The cumulative distribution function of the beta distribution; NaN for x outside of 0 to 1, 1 where alpha or beta is not positive, as the engine gives.", betaParams,
		func(x []float64) event.Value {
			switch {
			case x[0] < 0 || x[0] > 1:
				return float(math.NaN())
			case x[1] <= 0 || x[2] <= 0:
				return float(1)
			}
			return float(regularBeta(x[0], x[1], x[2]))
		},
		example(float(0.5), float(0.5), whole(1), whole(1)), example(float(math.NaN()), float(1.5), whole(10), whole(20)), example(float(math.NaN()), whole(-10), whole(10), whole(20)), example(float(1), float(0.1), whole(-1), whole(20)))
	_ = kqlNumbers("kql_beta_inv", "The inverse of the cumulative distribution function of the beta distribution; Null for a probability outside of 0 to 1, NaN where alpha or beta is not positive.", betaParams,
		func(x []float64) event.Value {
			switch {
			case !(x[0] >= 0 && x[0] <= 1):
				return null
			case x[1] <= 0 || x[2] <= 0:
				return float(math.NaN())
			}
			if x[0] == 0 {
				return float(0)
			}
			low, high := 0.0, 1.0
			for range 200 {
				middle := (low + high) / 2
				if middle <= low || middle >= high {
					break
				}
				if regularBeta(middle, x[1], x[2]) < x[0] {
					low = middle
				} else {
					high = middle
				}
			}
			return float((low + high) / 2)
		},
		example(float(0), whole(0), whole(1), whole(1)), example(null, float(1.5), whole(10), whole(20)), example(float(math.NaN()), float(0.1), whole(-1), whole(20)))
	_ = kqlNumbers("kql_beta_pdf", "The density of the beta distribution; 0 for x outside of 0 to 1, NaN where alpha or beta is not positive.", betaParams,
		func(x []float64) event.Value {
			switch {
			case x[1] <= 0 || x[2] <= 0:
				return float(math.NaN())
			case x[0] < 0 || x[0] > 1:
				return float(0)
			}
			ga, _ := math.Lgamma(x[1])
			gb, _ := math.Lgamma(x[2])
			gab, _ := math.Lgamma(x[1] + x[2])
			return float(math.Exp(gab-ga-gb) * math.Pow(x[0], x[1]-1) * math.Pow(1-x[0], x[2]-1))
		},
		example(float(1), float(0.5), whole(1), whole(1)), example(float(0), whole(2), whole(1), whole(1)))
	_ = kqlNumbers("kql_welch_test", "The probability of means as different as those of two samples, given by mean, variance and count each, if they were of one population: Welch's test; Null for fewer than two values.",
		[]Param{required("mean1", "real"), required("variance1", "real"), required("count1", "real"), required("mean2", "real"), required("variance2", "real"), required("count2", "real")},
		func(x []float64) event.Value {
			if x[2] < 2 || x[5] < 2 {
				return null
			}
			a, b := x[1]/x[2], x[4]/x[5]
			t := (x[0] - x[3]) / math.Sqrt(a+b)
			freedom := (a + b) * (a + b) / (a*a/(x[2]-1) + b*b/(x[5]-1))
			return float(regularBeta(freedom/(freedom+t*t), freedom/2, 0.5))
		},
		example(float(1), whole(1), whole(1), whole(9), whole(1), whole(1), whole(9)), example(null, whole(1), whole(1), whole(1), whole(1), whole(1), whole(9)))
)
