package kql

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

// Functions of series. Those that give several columns are taken apart from the array that their kernel gives; their columns are
// called by the function, the argument and the part.

func init() {
	for name, doc := range map[string]string{
		"abs": "the magnitudes", "sign": "the signs", "ceiling": "the next whole numbers above", "floor": "the next whole numbers below", "exp": "the powers of e", "log": "the natural logarithms",
		"sin": "the sines", "cos": "the cosines", "tan": "the tangents", "asin": "the arc sines", "acos": "the arc cosines", "atan": "the arc tangents",
	} {
		defineFunction(function{name: "series_" + name, doc: doc + " of the elements of a series", takes: "series:dynamic", gives: "dynamic", kernel: "kql_series_" + name, naming: nameNone})
	}
	for name, doc := range map[string]string{
		"add": "the sums", "subtract": "the differences", "multiply": "the products", "divide": "the quotients", "pow": "the powers", "equals": "the equalities", "not_equals": "the inequalities",
		"less": "whether less", "less_equals": "whether less or equal", "greater": "whether greater", "greater_equals": "whether greater or equal",
	} {
		defineFunction(function{name: "series_" + name, doc: doc + " of the elements of two series", takes: "first:dynamic|number, second:dynamic|number", gives: "dynamic", kernel: "kql_series_" + name, naming: nameNone})
	}
	defineAll([]function{
		{name: "series_sum", doc: "the sum of a series", takes: "series:dynamic", gives: "real", kernel: "kql_series_sum", naming: nameNone},
		{name: "series_product", doc: "the product of a series", takes: "series:dynamic", gives: "real", kernel: "kql_series_product", naming: nameNone},
		{name: "series_magnitude", doc: "the length of a series as a vector", takes: "series:dynamic", gives: "real", kernel: "kql_series_magnitude", naming: nameNone},
		{name: "series_dot_product", doc: "the sum of the products of two series", takes: "first:dynamic|number, second:dynamic|number", gives: "real", kernel: "kql_series_dot_product", naming: nameNone},
		{name: "series_cosine_similarity", doc: "the cosine of the angle between two series", takes: "first:dynamic, second:dynamic, magnitude1:real?, magnitude2:real?", gives: "real", kernel: "kql_series_cosine_similarity", naming: nameNone},
		{name: "series_pearson_correlation", doc: "how two series go together", takes: "first:dynamic, second:dynamic", gives: "real", kernel: "kql_series_pearson_correlation", naming: nameNone},
		{name: "series_fill_const", doc: "a series with missing values replaced", takes: "series:dynamic, constant:scalar?, placeholder:scalar?", gives: "dynamic", kernel: "kql_series_fill_const", naming: nameFirst},
		{name: "series_fill_forward", doc: "a series with missing values replaced by those before", takes: "series:dynamic, placeholder:scalar?", gives: "dynamic", kernel: "kql_series_fill_forward", naming: nameFirst},
		{name: "series_fill_backward", doc: "a series with missing values replaced by those behind", takes: "series:dynamic, placeholder:scalar?", gives: "dynamic", kernel: "kql_series_fill_backward", naming: nameFirst},
		{name: "series_fill_linear", doc: "a series with missing values replaced by those between", takes: "series:dynamic, placeholder:scalar?, edges:bool?, constant:scalar?", gives: "dynamic", kernel: "kql_series_fill_linear", naming: nameFirst},
		{name: "series_fir", doc: "a series filtered with finite impulse response", takes: "series:dynamic, filter:dynamic, normalize:bool?, center:bool?", gives: "dynamic", kernel: "kql_series_fir", naming: nameFirst},
		{name: "series_iir", doc: "a series filtered with infinite impulse response", takes: "series:dynamic, numerators:dynamic, denominators:dynamic", gives: "dynamic", kernel: "kql_series_iir", naming: nameFirst},
		{name: "series_outliers", doc: "how far the values of a series lie outside of its range", takes: "series:dynamic, kind:string?, ignore:number?, low:number?, high:number?", gives: "dynamic", kernel: "kql_series_outliers", naming: nameFirst},
		{name: "series_seasonal", doc: "the seasonal part of a series", takes: "series:dynamic, period:integer?, test_points:integer?", gives: "dynamic", kernel: "kql_series_seasonal", naming: nameNone},
		{name: "series_fit_poly", doc: "a polynomial through a series", takes: "y:dynamic, x:dynamic?, degree:integer?", gives: "dynamic", naming: nameNone, refused: "polynomials are not fitted; series_fit_line is"},
	})
}

const (
	lineParts     = "rsquare:real slope:real variance:real rvariance:real interception:real line_fit:dynamic"
	twoLinesParts = "rsquare:real split_idx:long variance:real rvariance:real line_fit:dynamic right_rsquare:real right_slope:real right_interception:real right_variance:real right_rvariance:real " +
		"left_rsquare:real left_slope:real left_interception:real left_variance:real left_rvariance:real"
	statsParts     = "min:real min_idx:long max:real max_idx:long avg:real stdev:real variance:real"
	decomposeParts = "baseline:dynamic seasonal:dynamic trend:dynamic residual:dynamic"
)

// seriesParts registers a function whose kernel gives an array of parts, and with asBag one that gives them as a bag.
func seriesParts(name, doc, takes, parts, asBag string) *function {
	names, types := partsOf(name, parts)
	if asBag != "" {
		defineFunction(function{
			name: asBag, doc: doc + ", as a bag", takes: takes, gives: "dynamic", naming: nameNone,
			bind: func(b *binder, c *context, at *call, args []value) value {
				array := seriesCall(name, args)
				var pairs []plan.Expr
				for i, part := range names {
					pairs = append(pairs, textValue(part).expr, apply("element", array, whole(int64(i))))
				}
				return bagOf(pairs)
			},
		})
	}
	return defineFunction(function{
		name: name, doc: doc, takes: takes, gives: "dynamic", naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			array := seriesCall(name, args)
			prefix := name
			if of := defaultName(at.args[0].value); of != "" {
				prefix += "_" + of
			}
			var columns []assigned
			for i, part := range names {
				columns = append(columns, assigned{prefix + "_" + part, made(types[i], "element", array, whole(int64(i)))})
			}
			return several(columns)
		},
	})
}

func seriesCall(name string, args []value) plan.Expr {
	exprs := make([]plan.Expr, len(args))
	for i, a := range args {
		exprs[i] = a.exact()
	}
	return apply("kql_"+name, exprs...)
}

// partsOf reads names and types such as "min:real min_idx:long".
func partsOf(of, parts string) (names []string, types []schema.Type) {
	for part := range strings.FieldsSeq(parts) {
		name, word, _ := strings.Cut(part, ":")
		t, ok := schema.TypeOf(word)
		if !ok {
			panic("kql: a part of " + of + " has the unknown type " + word)
		}
		names, types = append(names, name), append(types, t)
	}
	return names, types
}

// periodScores is what is known of them from recorded answers (0.84105 for 0.84056).
const periodScores = "the scores of periods are up to a thousandth off, as how the service computes them is not published"

// inexact has whoever calls a function warned of how its answer differs from the service's.
func inexact(how string, f *function) *function {
	f.inexact = how
	return f
}

var (
	_ = seriesParts("series_stats", "extremes, mean and spread of a series", "series:dynamic, ignore_nonfinite:bool?", statsParts, "series_stats_dynamic")
	_ = seriesParts("series_fit_line", "the straight line through a series", "series:dynamic", lineParts, "series_fit_line_dynamic")
	_ = seriesParts("series_fit_2lines", "the two straight lines that fit a series best", "series:dynamic", twoLinesParts, "series_fit_2lines_dynamic")
	_ = seriesParts("series_fft", "the Fourier transform of a series", "series:dynamic, imaginary:dynamic?", "real:dynamic imag:dynamic", "")
	_ = seriesParts("series_ifft", "the inverse Fourier transform of a series", "series:dynamic, imaginary:dynamic?", "real:dynamic imag:dynamic", "")
	_ = inexact(periodScores, seriesParts("series_periods_detect", "the strongest periods of a series", "series:dynamic, least:number, most:number, count:long", "periods:dynamic scores:dynamic", ""))
	_ = inexact(periodScores, seriesParts("series_periods_validate", "the scores of periods of a series", "series:dynamic, period:number, more:number…?", "periods:dynamic scores:dynamic", ""))
	_ = seriesParts("series_decompose", "season, trend and rest of a series", "series:dynamic, period:integer?, trend:string?, test_points:integer?, threshold:number?", decomposeParts, "")
	_ = seriesParts("series_decompose_forecast", "what is expected of a series", "series:dynamic, points:integer, period:integer?, trend:string?, threshold:number?", decomposeParts, "")
	_ = seriesParts("series_decompose_anomalies", "which values of a series are not as expected",
		"series:dynamic, threshold:number?, period:integer?, trend:string?, test_points:integer?, method:string?, seasonality_threshold:number?", "ad_flag:dynamic ad_score:dynamic baseline:dynamic", "")
)
