package fn

import (
	"math"
	"slices"

	"goshawk/event"
)

// Kusto's functions of series, which are arrays of numbers. What is no number in one is null.

// kqlSeriesFunc is a function of each element of a series.
func kqlSeriesFunc(name, doc string, f func(v event.Value) event.Value, examples ...Example) *Func {
	return kqlArray("kql_series_"+name, "The array of "+doc+" of each element of a series, null of one that is no number.", "dynamic", nil, func(of, _ []event.Value) event.Value {
		out := make([]event.Value, len(of))
		for i, v := range of {
			if out[i] = null; isNumber(v) {
				out[i] = f(v)
			}
		}
		return list(out...)
	}, examples...)
}

// ofReal is a function of reals; NaN is null.
func ofReal(f func(float64) float64) func(event.Value) event.Value {
	return func(v event.Value) event.Value {
		y := f(v.Float())
		if math.IsNaN(y) {
			return null
		}
		return float(y)
	}
}

var (
	_ = kqlSeriesFunc("abs", "the magnitudes", func(v event.Value) event.Value { return ByName("abs").Eval([]event.Value{v}) }, example(list(whole(1), float(1.5), null), list(whole(-1), float(1.5), text("x"))))
	_ = kqlSeriesFunc("sign", "the signs, -1, 0 or 1,", func(v event.Value) event.Value { return ByName("sign").Eval([]event.Value{v}) }, example(list(whole(-1), whole(0), whole(1)), list(float(-2.5), whole(0), whole(7))))
	_ = kqlSeriesFunc("ceiling", "the least whole numbers that are not less", ofReal(math.Ceil), example(list(float(-1), float(1), float(3)), list(float(-1.5), whole(1), float(2.5))))
	_ = kqlSeriesFunc("floor", "the greatest whole numbers that are not greater", ofReal(math.Floor), example(list(float(-2), float(1), float(2)), list(float(-1.5), whole(1), float(2.5))))
	_ = kqlSeriesFunc("exp", "the powers of e", ofReal(math.Exp), example(list(float(1)), list(whole(0))))
	_ = kqlSeriesFunc("log", "the natural logarithms", ofReal(math.Log), example(list(float(0), null), list(whole(1), whole(-1))))
	_ = kqlSeriesFunc("sin", "the sines", ofReal(math.Sin), example(list(float(0)), list(whole(0))))
	_ = kqlSeriesFunc("cos", "the cosines", ofReal(math.Cos), example(list(float(1)), list(whole(0))))
	_ = kqlSeriesFunc("tan", "the tangents", ofReal(math.Tan), example(list(float(0)), list(whole(0))))
	_ = kqlSeriesFunc("asin", "the angles of sines", ofReal(math.Asin), example(list(float(0), null), list(whole(0), whole(2))))
	_ = kqlSeriesFunc("acos", "the angles of cosines", ofReal(math.Acos), example(list(float(0)), list(whole(1))))
	_ = kqlSeriesFunc("atan", "the angles of tangents", ofReal(math.Atan), example(list(float(0)), list(whole(0))))
)

// kqlSeriesPair is a function of the elements at each place of two series, of which one may be a number instead; the shorter
// one is filled up with null.
func kqlSeriesPair(name, doc string, f func(a, b event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: "kql_series_" + name, Doc: "The array of " + doc + " of the elements of two series, or of a series and a number, place by place; null where one is no number, Null where there is no series.",
		Params: []Param{required("first", "any"), required("second", "any")}, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			if args[0].Kind() != event.List && args[1].Kind() != event.List {
				return null
			}
			out := make([]event.Value, max(len(args[0].List()), len(args[1].List())))
			for i := range out {
				a, b := kqlSeriesAt(args[0], i), kqlSeriesAt(args[1], i)
				if out[i] = null; isNumber(a) && isNumber(b) {
					out[i] = f(a, b)
				}
			}
			return list(out...)
		},
		Examples: append(examples, example(null, whole(1), whole(2))),
	})
}

func kqlSeriesAt(v event.Value, i int) event.Value {
	if v.Kind() != event.List {
		return v
	}
	return kqlMember(v, whole(int64(i)))
}

func computes(op byte) func(a, b event.Value) event.Value {
	return func(a, b event.Value) event.Value { return Arithmetic(op, a, b) }
}

func ordersAs(f func(order int) bool) func(a, b event.Value) event.Value {
	return func(a, b event.Value) event.Value {
		order, ok := compareNumbers(a, b)
		return boolean(ok && f(order))
	}
}

var (
	upAndDown = []event.Value{list(whole(1), whole(2), whole(4)), list(whole(4), whole(2), whole(1))}

	_ = kqlSeriesPair("add", "the sums", computes('+'), example(list(whole(5), whole(4), whole(5)), upAndDown...), example(list(whole(2), null), list(whole(1), text("x")), whole(1)))
	_ = kqlSeriesPair("subtract", "the differences", computes('-'), example(list(whole(-3), whole(0), whole(3)), upAndDown...))
	_ = kqlSeriesPair("multiply", "the products", computes('*'), example(list(whole(4), whole(4), whole(4)), upAndDown...), example(list(whole(2), null), list(whole(1)), list(whole(2), whole(3))))
	_ = kqlSeriesPair("divide", "the quotients", func(a, b event.Value) event.Value { return float(a.Float() / b.Float()) }, example(list(float(0.25), float(1), float(4)), upAndDown...))
	_ = kqlSeriesPair("pow", "the powers", func(a, b event.Value) event.Value { return float(math.Pow(a.Float(), b.Float())) }, example(list(float(1), float(4), float(4)), upAndDown...))
	_ = kqlSeriesPair("equals", "the equalities", ordersAs(func(o int) bool { return o == 0 }), example(list(no, yes, no), upAndDown...))
	_ = kqlSeriesPair("not_equals", "the inequalities", func(a, b event.Value) event.Value { o, ok := compareNumbers(a, b); return boolean(!ok || o != 0) }, example(list(yes, no, yes), upAndDown...))
	_ = kqlSeriesPair("less", "the truths of being less", ordersAs(func(o int) bool { return o < 0 }), example(list(yes, no, no), upAndDown...))
	_ = kqlSeriesPair("less_equals", "the truths of being less or equal", ordersAs(func(o int) bool { return o <= 0 }), example(list(yes, yes, no), upAndDown...))
	_ = kqlSeriesPair("greater", "the truths of being greater", ordersAs(func(o int) bool { return o > 0 }), example(list(no, no, yes), upAndDown...))
	_ = kqlSeriesPair("greater_equals", "the truths of being greater or equal", ordersAs(func(o int) bool { return o >= 0 }), example(list(no, yes, yes), upAndDown...))
)

// kqlSeriesTotal is a number made of a whole series; Null where an element is no number.
func kqlSeriesTotal(name, doc string, f func(x []float64) float64, examples ...Example) *Func {
	return kqlArray("kql_series_"+name, doc+" of a series, as a real; Null where an element is no number.", "real", nil, func(of, _ []event.Value) event.Value {
		x, ok := numbersOf(of)
		if !ok {
			return null
		}
		return float(f(x))
	}, examples...)
}

func sumOf(x []float64) float64 {
	total := 0.0
	for _, f := range x {
		total += f
	}
	return total
}

func dot(x, y []float64) float64 {
	total := 0.0
	for i := range min(len(x), len(y)) {
		total += x[i] * y[i]
	}
	return total
}

func magnitudeOf(x []float64) float64 { return math.Sqrt(dot(x, x)) }

var (
	_ = kqlSeriesTotal("sum", "The sum", sumOf, example(float(6), kqlFirst(3)), example(null, list(null)))
	_ = kqlSeriesTotal("product", "The product", func(x []float64) float64 {
		product := 1.0
		for _, f := range x {
			product *= f
		}
		return product
	}, example(float(24), kqlFirst(4)))
	_ = kqlSeriesTotal("magnitude", "The Euclidean length", magnitudeOf, example(float(5), list(whole(3), whole(4))))
)

// kqlSeriesBoth is a number made of two series of equal length.
func kqlSeriesBoth(name, doc string, params []Param, f func(x, y []float64, args []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: "kql_series_" + name, Doc: doc + " Null where they are of different lengths or an element is no number.",
		Params: append([]Param{required("first", "any"), required("second", "any")}, params...), Result: "real", Strict: true,
		Eval: func(args []event.Value) event.Value {
			both := [2][]float64{}
			for i, v := range args[:2] {
				of := v.List()
				if v.Kind() != event.List { // a number stands for a series of it
					of = slices.Repeat([]event.Value{v}, len(args[1-i].List()))
				}
				var ok bool
				if both[i], ok = numbersOf(of); !ok {
					return null
				}
			}
			if len(both[0]) != len(both[1]) || len(both[0]) == 0 {
				return null
			}
			return f(both[0], both[1], args)
		},
		Examples: examples,
	})
}

var (
	_ = kqlSeriesBoth("dot_product", "The sum of the products of the elements of two series, or of a series and a number.", nil,
		func(x, y []float64, _ []event.Value) event.Value { return float(dot(x, y)) },
		example(float(12), upAndDown...), example(float(28), list(whole(2), whole(4), whole(8)), whole(2)), example(null, list(whole(1)), list(whole(1), whole(2))))
	_ = kqlSeriesBoth("cosine_similarity", "The cosine of the angle between two series, whose lengths may be given.", []Param{optional("magnitude1", "real"), optional("magnitude2", "real")},
		func(x, y []float64, args []event.Value) event.Value {
			a, b := magnitudeOf(x), magnitudeOf(y)
			if len(args) > 2 && isNumber(args[2]) {
				a = args[2].Float()
			}
			if len(args) > 3 && isNumber(args[3]) {
				b = args[3].Float()
			}
			return float(dot(x, y) / (a * b))
		},
		example(float(1), list(whole(3), whole(4)), list(whole(6), whole(8))), example(float(0), list(whole(0), whole(1)), list(whole(1), whole(0))))
	_ = kqlSeriesBoth("pearson_correlation", "The coefficient of correlation of two series.", nil,
		func(x, y []float64, _ []event.Value) event.Value {
			x, y = centred(x), centred(y)
			return float(dot(x, y) / (magnitudeOf(x) * magnitudeOf(y)))
		},
		example(float(0), list(whole(0), whole(1), whole(2)), list(whole(1), whole(0), whole(1))), example(float(math.NaN()), list(whole(1), whole(1)), list(whole(2), whole(4))))
)

// centred returns a series without its mean.
func centred(x []float64) []float64 {
	mean := sumOf(x) / float64(len(x))
	out := make([]float64, len(x))
	for i, f := range x {
		out[i] = f - mean
	}
	return out
}

// varianceOf returns the variance of a sample; 0 of a single value.
func varianceOf(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	c := centred(x)
	return dot(c, c) / float64(len(x)-1)
}

var _ = kqlArray("kql_series_stats", "Of a series the least value, its place, the greatest value, its place, the mean, the standard deviation and the variance as a sample, as an array; all null where an element is no finite number, unless those are left out.", "dynamic",
	[]Param{optional("ignore_nonfinite", "bool")}, func(of, args []event.Value) event.Value {
		var x []float64
		least, greatest := -1, -1
		for i, v := range of {
			f := v.Float()
			if !isNumber(v) || math.IsNaN(f) || math.IsInf(f, 0) {
				if len(args) > 1 && args[1].Bool() {
					continue
				}
				x = nil
				break
			}
			x = append(x, f)
			if least < 0 || f < of[least].Float() {
				least = i
			}
			if greatest < 0 || f > of[greatest].Float() {
				greatest = i
			}
		}
		if len(x) == 0 {
			return list(null, null, null, null, null, null, null)
		}
		variance := varianceOf(x)
		return list(float(of[least].Float()), whole(int64(least)), float(of[greatest].Float()), whole(int64(greatest)), float(sumOf(x)/float64(len(x))), float(math.Sqrt(variance)), float(variance))
	},
	example(list(float(2), whole(1), float(4), whole(0), float(3), float(math.Sqrt2), float(2)), list(whole(4), whole(2))), example(list(null, null, null, null, null, null, null), list(whole(4), null)),
	example(list(float(4), whole(0), float(4), whole(0), float(4), float(0), float(0)), list(whole(4), null), yes))

// isMissing says whether an element stands for a value that is missing.
func isMissing(v, placeholder event.Value) bool {
	return v.IsNull() && placeholder.IsNull() || kqlEqual(v, placeholder)
}

func kqlFiller(name, doc string, params []Param, f func(of []event.Value, missing []bool, args []event.Value) event.Value, placeholderAt int, examples ...Example) *Func {
	return kqlArray("kql_series_fill_"+name, doc, "dynamic", params, func(of, args []event.Value) event.Value {
		placeholder := null
		if placeholderAt < len(args) {
			placeholder = args[placeholderAt]
		}
		missing := make([]bool, len(of))
		for i, v := range of {
			missing[i] = isMissing(v, placeholder)
		}
		return f(slices.Clone(of), missing, args)
	}, examples...)
}

var (
	_ = kqlFiller("const", "A series with a constant, 0 if not given, in the place of each missing value, which is null or a given one.", []Param{optional("constant", "any"), optional("placeholder", "any")},
		func(of []event.Value, missing []bool, args []event.Value) event.Value {
			constant := whole(0)
			if len(args) > 1 {
				constant = args[1]
			}
			for i := range of {
				if missing[i] {
					of[i] = constant
				}
			}
			return list(of...)
		}, 2,
		example(list(whole(111), float(0), whole(36)), list(whole(111), null, whole(36)), float(0)), example(list(whole(1), whole(9)), list(whole(1), whole(-1)), whole(9), whole(-1)), example(list(whole(0)), list(null)))
	_ = kqlFiller("forward", "A series with the value before in the place of each missing one, which is null or a given one.", []Param{optional("placeholder", "any")},
		func(of []event.Value, missing []bool, _ []event.Value) event.Value {
			for i := 1; i < len(of); i++ {
				if missing[i] {
					of[i] = of[i-1]
				}
			}
			return list(of...)
		}, 1,
		example(list(null, whole(36), whole(41), whole(41), whole(16)), list(null, whole(36), whole(41), null, whole(16))))
	_ = kqlFiller("backward", "A series with the value behind in the place of each missing one, which is null or a given one.", []Param{optional("placeholder", "any")},
		func(of []event.Value, missing []bool, _ []event.Value) event.Value {
			for i := len(of) - 2; i >= 0; i-- {
				if missing[i] {
					of[i] = of[i+1]
				}
			}
			return list(of...)
		}, 1,
		example(list(whole(111), whole(36), whole(36), null), list(whole(111), null, whole(36), null)))
	_ = kqlFiller("linear", "A series with values between those around in the place of missing ones, which are null or a given one, at its ends unless told otherwise the nearest; a constant, 0 if not given, where all are missing.",
		[]Param{optional("placeholder", "any"), optional("fill_edges", "bool"), optional("constant", "any")},
		func(of []event.Value, missing []bool, args []event.Value) event.Value {
			edges := len(args) < 3 || args[2].Bool()
			last := -1
			integers := true
			for i, v := range of {
				if missing[i] || !isNumber(v) {
					continue
				}
				integers = integers && v.Kind() == event.Int
				if last < 0 && edges {
					for j := range i {
						of[j] = v
					}
				}
				for j := last + 1; last >= 0 && j < i; j++ {
					f := of[last].Float() + (v.Float()-of[last].Float())*float64(j-last)/float64(i-last)
					of[j] = float(f)
				}
				last = i
			}
			switch {
			case last < 0:
				constant := float(0)
				if len(args) > 3 {
					constant = args[3]
				}
				return list(slices.Repeat([]event.Value{constant}, len(of))...)
			case edges:
				for j := last + 1; j < len(of); j++ {
					of[j] = of[last]
				}
			}
			if integers { // a series of whole numbers stays one
				for i, v := range of {
					if v.Kind() == event.Float {
						of[i] = whole(int64(v.Float()))
					}
				}
			}
			return list(of...)
		}, 1,
		example(list(float(111), float(111), float(73.5), float(36), float(36)), list(null, float(111), null, float(36), null)), example(list(whole(111), whole(73), whole(36)), list(whole(111), null, whole(36))),
		example(list(null, whole(1), whole(2), whole(3), null), list(null, whole(1), null, whole(3), null), null, no), example(list(float(0), float(0)), list(null, null)), example(list(float(3.14159)), list(null), null, yes, float(3.14159)))
)
