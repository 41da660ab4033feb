package fn

import (
	"math"
	"slices"

	"goshawk/event"
)

// Periods, parts and outliers of series. How strong a period is the reference does not say; here it is the autocorrelation at
// its peak, weighed by how much of the series overlaps, which picks the engine's periods in all its recorded answers and comes
// within one per cent of its scores.

// minPeriod is the shortest period that is looked for.
const minPeriod = 4

// periodScores gives the score of each period up to half of a series, 0 where there is no peak of the autocorrelation: a place
// where it is greater than anywhere within a quarter of the period.
func periodScores(y []float64) []float64 {
	half := len(y) / 2
	a := autocorrelation(y, half+1)
	scores := make([]float64, half+1)
	for k := minPeriod; k <= half; k++ {
		near := max(k/4, 1)
		if a[k] > 0 && a[k] > slices.Max(a[k-near:k]) && a[k] >= slices.Max(a[k+1:min(k+near+1, len(a))]) {
			scores[k] = min(a[k]*math.Sqrt(float64(len(y))/float64(len(y)-k)), 1)
		}
	}
	return scores
}

// bestPeriods returns periods between bounds, the strongest first; multiples of a stronger one are left out.
func bestPeriods(scores []float64, least, most float64) []int {
	var periods []int
	for k := range scores {
		if scores[k] > 0 && float64(k) >= least && float64(k) <= most {
			periods = append(periods, k)
		}
	}
	slices.SortStableFunc(periods, func(a, b int) int {
		order, _ := compareNumbers(float(scores[b]), float(scores[a]))
		return order
	})
	var out []int
	for _, p := range periods {
		if !slices.ContainsFunc(out, func(q int) bool { return p%q == 0 }) {
			out = append(out, p)
		}
	}
	return out
}

// significant is the least score of a period that series_periods_detect reports.
const significant = 0.3

var _ = kqlArray("kql_series_periods_detect", "The strongest periods of a series between bounds, and their scores, as an array of two series of so many elements, zeros where there are no more.", "dynamic",
	[]Param{required("least", "real"), required("most", "real"), required("count", "long")}, func(of, args []event.Value) event.Value {
		y, ok := numbersOf(of)
		n, okN := wholeNumber(args[3])
		if !ok || !okN || n < 0 || n > 1000 || len(y) == 0 {
			return list(null, null)
		}
		scores := periodScores(y)
		periods, strengths := make([]float64, n), make([]float64, n)
		for i, p := range bestPeriods(scores, numberAt(args, 1, 0), numberAt(args, 2, math.Inf(1))) {
			if i < int(n) && scores[p] >= significant {
				periods[i], strengths[i] = float64(p), scores[p]
			}
		}
		return list(floatList(periods), floatList(strengths))
	},
	example(list(floatList([]float64{0}), floatList([]float64{0})), kqlFirst(9), whole(0), whole(9), whole(1)), example(list(null, null), list(null), whole(0), whole(9), whole(1)))

var _ = kqlArray("kql_series_periods_validate", "The scores of given periods of a series, as an array of two series: the periods and the scores, 0 for what is no period of it.", "dynamic",
	[]Param{variadic("periods", "real")}, func(of, args []event.Value) event.Value {
		y, ok := numbersOf(of)
		if !ok || len(y) == 0 {
			return list(null, null)
		}
		all := periodScores(y)
		var periods, scores []float64
		for i := range args[1:] {
			p := numberAt(args, i+1, 0)
			periods = append(periods, p)
			score := 0.0
			if k := int(math.Round(p)); p > 0 && p < float64(len(all)) && k < len(all) {
				score = all[k]
			}
			scores = append(scores, score)
		}
		return list(floatList(periods), floatList(scores))
	},
	example(list(floatList([]float64{5}), floatList([]float64{0})), kqlFirst(20), whole(5)), example(list(null, null), list(null), whole(5)))

// medianOf returns the median of numbers.
func medianOf(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}

// parts of a series.
type decomposition struct{ baseline, seasonal, trend, residual []float64 }

// decompose takes a series apart as Kusto does: the seasonal part is the median of the values of each phase, the trend that of
// what remains; the last points can be kept out of learning.
func decompose(y []float64, period int, trend string, held int, threshold float64) decomposition {
	d := decomposition{make([]float64, len(y)), make([]float64, len(y)), make([]float64, len(y)), make([]float64, len(y))}
	learn := y[:max(len(y)-max(held, 0), min(len(y), 1))]
	if period < 0 {
		period = 0
		scores := periodScores(learn)
		if best := bestPeriods(scores, 0, math.Inf(1)); len(best) > 0 && scores[best[0]] >= threshold {
			period = best[0]
		}
	}
	if period > 0 && period < len(learn) {
		for phase := range period {
			var of []float64
			for i := phase; i < len(learn); i += period {
				of = append(of, learn[i])
			}
			m := medianOf(of)
			for i := phase; i < len(y); i += period {
				d.seasonal[i] = m
			}
		}
	}
	rest := make([]float64, len(learn))
	for i, f := range learn {
		rest[i] = f - d.seasonal[i]
	}
	switch trend {
	case "avg":
		mean := sumOf(rest) / float64(len(rest))
		for i := range y {
			d.trend[i] = mean
		}
	case "linefit":
		l := fitLine(rest, 1)
		for i := range y {
			d.trend[i] = l.interception + l.slope*float64(i+1)
		}
	}
	for i, f := range y {
		d.baseline[i] = d.seasonal[i] + d.trend[i]
		d.residual[i] = f - d.baseline[i]
	}
	return d
}

// decomposed reads the arguments of a decomposition from a place on: period, trend, points held out, threshold.
func decomposed(of []event.Value, args []event.Value, period, trend, held, threshold int) (d decomposition, ok bool) {
	y, ok := numbersOf(of)
	if !ok || len(y) == 0 {
		return d, false
	}
	how := textAt(args, trend, "avg")
	if how != "avg" && how != "linefit" && how != "none" {
		return d, false
	}
	return decompose(y, int(numberAt(args, period, -1)), how, int(min(numberAt(args, held, 0), float64(len(y)))), numberAt(args, threshold, 0.6)), true
}

var _ = kqlArray("kql_series_decompose", "The parts of a series as an array of four: what is expected (season and trend), the season, the trend and the rest. A period of -1 is looked for, 0 is none; a trend is avg, linefit or none; the last points may be held out; a period that is looked for needs a score.", "dynamic",
	[]Param{optional("period", "long"), optional("trend", "string"), optional("test_points", "long"), optional("threshold", "real")}, func(of, args []event.Value) event.Value {
		d, ok := decomposed(of, args, 1, 2, 3, 4)
		if !ok {
			return nullList(4)
		}
		return list(floatList(d.baseline), floatList(d.seasonal), floatList(d.trend), floatList(d.residual))
	},
	example(list(floatList([]float64{1, 5, 1, 5}), floatList([]float64{1, 5, 1, 5}), floatList([]float64{0, 0, 0, 0}), floatList([]float64{0, 0, 0, 0})), list(whole(1), whole(5), whole(1), whole(5)), whole(2)),
	example(list(floatList([]float64{2, 2}), floatList([]float64{0, 0}), floatList([]float64{2, 2}), floatList([]float64{-1, 1})), list(whole(1), whole(3)), whole(0)), example(nullList(4), list(null)))

var _ = kqlArray("kql_series_decompose_forecast", "The parts of a series as series_decompose gives them, season and trend being learnt from all but its last points.", "dynamic",
	[]Param{required("points", "long"), optional("period", "long"), optional("trend", "string"), optional("threshold", "real")}, func(of, args []event.Value) event.Value {
		d, ok := decomposed(of, args, 2, 3, 1, 4)
		if !ok {
			return nullList(4)
		}
		return list(floatList(d.baseline), floatList(d.seasonal), floatList(d.trend), floatList(d.residual))
	},
	example(list(floatList([]float64{2, 2, 2}), floatList([]float64{0, 0, 0}), floatList([]float64{2, 2, 2}), floatList([]float64{-1, 1, 97})), list(whole(1), whole(3), whole(99)), whole(1), whole(0)), example(nullList(4), list(null), whole(1)))

// quantile returns the value below which a share of sorted numbers lies, between two of them where need be.
func quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// outlierScores gives how many times the range between two quantiles a value lies outside of it; 0 for what is NaN.
func outlierScores(x []float64, low, high float64) []float64 {
	var known []float64
	for _, f := range x {
		if !math.IsNaN(f) {
			known = append(known, f)
		}
	}
	scores := make([]float64, len(x))
	if len(known) == 0 {
		return scores
	}
	slices.Sort(known)
	bottom, top := quantile(known, low), quantile(known, high)
	for i, f := range x {
		switch {
		case f > top:
			scores[i] = (f - top) / (top - bottom)
		case f < bottom:
			scores[i] = (f - bottom) / (top - bottom)
		}
	}
	return scores
}

func tukeyBounds(kind string) (low, high float64, ok bool) {
	switch kind {
	case "ctukey":
		return 0.1, 0.9, true
	case "tukey":
		return 0.25, 0.75, true
	}
	return 0, 0, false
}

var _ = kqlArray("kql_series_outliers", "How far each value of a series lies outside of the range between its 10th and 90th percentile (ctukey) or its 25th and 75th (tukey), in such ranges, negative below; 0 for nulls and for a value that is to be ignored.", "dynamic",
	[]Param{optional("kind", "string"), optional("ignore", "real"), optional("low", "real"), optional("high", "real")}, func(of, args []event.Value) event.Value {
		kind := textAt(args, 1, "ctukey")
		low, high, ok := tukeyBounds(kind)
		if kind == "ctukey" {
			low, high = numberAt(args, 3, low*100)/100, numberAt(args, 4, high*100)/100
		}
		if !ok || !(low >= 0 && low < high && high <= 1) {
			return null
		}
		x := make([]float64, len(of))
		for i, v := range of {
			if x[i] = v.Float(); !isNumber(v) || len(args) > 2 && kqlEqual(v, args[2]) {
				x[i] = math.NaN()
			}
		}
		return floatList(outlierScores(x, low, high))
	},
	example(floatList([]float64{-1, 0, 0, 0, 2}), list(whole(1), whole(2), whole(2), whole(3), whole(5)), text("tukey")), example(floatList([]float64{0, 0}), list(null, whole(1))), example(null, list(whole(1)), text("x")))

var _ = kqlArray("kql_series_decompose_anomalies", "Of a series an array of three: 1, -1 or 0 for each value as it lies above, below or within what is expected, its score, and what is expected. A value is an anomaly where its score, the distance of the rest of series_decompose as series_outliers measures it, exceeds a threshold, 1.5 if not given.", "dynamic",
	[]Param{optional("threshold", "real"), optional("period", "long"), optional("trend", "string"), optional("test_points", "long"), optional("method", "string"), optional("seasonality_threshold", "real")}, func(of, args []event.Value) event.Value {
		d, ok := decomposed(of, args, 2, 3, 4, 6)
		low, high, okMethod := tukeyBounds(textAt(args, 5, "ctukey"))
		if !ok || !okMethod {
			return nullList(3)
		}
		threshold := numberAt(args, 1, 1.5)
		scores := outlierScores(d.residual, low, high)
		flags := make([]event.Value, len(scores))
		for i, s := range scores {
			switch {
			case s > threshold:
				flags[i] = whole(1)
			case s < -threshold:
				flags[i] = whole(-1)
			default:
				flags[i] = whole(0)
			}
		}
		return list(list(flags...), floatList(scores), floatList(d.baseline))
	},
	example(list(list(whole(0), whole(0), whole(0), whole(0), whole(1)), floatList([]float64{-1, 0, 0, 0, 2}), floatList([]float64{2.6, 2.6, 2.6, 2.6, 2.6})),
		list(whole(1), whole(2), whole(2), whole(3), whole(5)), float(1.5), whole(0), text("avg"), whole(0), text("tukey")), example(nullList(3), list(null)))

var _ = kqlArray("kql_series_seasonal", "The seasonal part of a series of a period, -1 being one that is looked for: the median of the values of each phase; the last points may be held out.", "dynamic",
	[]Param{optional("period", "long"), optional("test_points", "long")}, func(of, args []event.Value) event.Value {
		y, ok := numbersOf(of)
		if !ok || len(y) == 0 {
			return null
		}
		return floatList(decompose(y, int(numberAt(args, 1, -1)), "none", int(min(numberAt(args, 2, 0), float64(len(y)))), 0.6).seasonal)
	},
	example(floatList([]float64{1, 5, 1, 5, 1}), list(whole(1), whole(5), whole(1), whole(5), whole(9)), whole(2)))
