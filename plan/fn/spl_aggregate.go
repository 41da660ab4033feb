package fn

import (
	"math"
	"slices"
	"strings"

	"goshawk/event"
)

// SPL's aggregates. Nulls are left out, a multivalue counts as its values, and texts that spell numbers are numbers. Without
// anything left the result is Null unless an aggregate says otherwise.

func splAggregate(name, doc string, params []Param, state func() State, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{Name: name, Doc: doc, Params: params, Result: "any", New: state, Examples: examples})
}

type splCount struct{ n int64 }

func (s *splCount) Add(args []event.Value) { s.n += int64(len(splItems(args[0]))) }
func (s *splCount) Result() event.Value    { return whole(s.n) }

var _ = splAggregate("spl_count", "The number of values; 0 of none.", splParam, func() State { return new(splCount) },
	aggregated(whole(3), rows(text("a"), null, texts("b", "c"))), aggregated(whole(0), nil))

// splSet gathers different texts.
type splSet struct {
	seen   map[string]bool
	values []event.Value // nil: only their number counts
	keep   bool
	size   int64
}

func (s *splSet) Add(args []event.Value) {
	if v := args[0]; v.Kind() != event.List {
		if !v.IsNull() {
			s.add(v)
		}
		return
	}
	for _, v := range splItems(args[0]) {
		s.add(v)
	}
}

func (s *splSet) add(v event.Value) {
	key := splText(v)
	if s.seen[key] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	key = strings.Clone(key)
	s.seen[key] = true
	s.size += valueSize + int64(len(key))
	if s.keep {
		s.values = append(s.values, v.Clone())
		s.size += footprint(v)
	}
}

func (s *splSet) Size() int64 { return s.size }

func (s *splSet) Result() event.Value {
	if !s.keep {
		return whole(int64(len(s.seen)))
	}
	out := slices.Clone(s.values)
	slices.SortStableFunc(out, func(a, b event.Value) int { return strings.Compare(splText(a), splText(b)) })
	return splMulti(out)
}

var (
	_ = splAggregate("spl_dc", "The exact number of different values, by their texts; 0 of none.", splParam, func() State { return new(splSet) },
		aggregated(whole(2), rows(text("a"), text("b"), texts("a", "b"), null)), aggregated(whole(2), rows(text("1"), text("1.0"), whole(1))), aggregated(whole(0), nil))
	_ = splAggregate("spl_values", "The different values, by their texts, sorted by them code point by code point.", splParam, func() State { return &splSet{keep: true} },
		aggregated(texts("10", "9", "B", "a"), rows(text("a"), texts("9", "B"), text("10"), null, text("9"))), aggregated(text("a"), rows(text("a"), text("a"))), aggregated(null, nil))
)

// splList gathers values in their order.
type splList struct {
	values []event.Value
	size   int64
}

func (s *splList) Add(args []event.Value) {
	most := int64(math.MaxInt64)
	if len(args) > 1 {
		if n, ok := wholeNumber(args[1]); ok && n > 0 {
			most = n
		}
	}
	for _, v := range splItems(args[0]) {
		if int64(len(s.values)) >= most {
			return
		}
		s.values = append(s.values, v.Clone())
		s.size += footprint(v)
	}
}

func (s *splList) Result() event.Value { return splMulti(slices.Clone(s.values)) }
func (s *splList) Size() int64         { return s.size }

var _ = splAggregate("spl_list", "The values in the order of the rows, of at most so many if given (0: all).", []Param{required("value", "any"), optional("most", "long")}, func() State { return new(splList) },
	aggregated(texts("b", "a", "b"), rows(text("b"), null, texts("a", "b"))), aggregated(text("b"), [][]event.Value{{text("b"), whole(1)}, {text("a"), whole(1)}}), aggregated(null, nil))

// splBest keeps the least or the greatest value: by numbers as long as all are numbers, else by texts.
type splBest struct {
	sign         int
	number, text event.Value
	any, texts   bool
}

func (s *splBest) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		n, ok := splNumber(v)
		if !ok {
			s.texts = true
		} else if s.number.IsNull() {
			s.number = n.Clone()
		} else if order, _ := compareNumbers(n, s.number); order*s.sign > 0 {
			s.number = n.Clone()
		}
		if !s.any || strings.Compare(splText(v), splText(s.text))*s.sign > 0 {
			s.text = v.Clone()
		}
		s.any = true
	}
}

func (s *splBest) Result() event.Value {
	switch {
	case !s.any:
		return null
	case s.texts:
		return s.text
	}
	return s.number
}

func (s *splBest) Size() int64 { return footprint(s.text) }

var (
	_ = splAggregate("spl_min", "The least value: the least number where all values are numbers, else the least text.", splParam, func() State { return &splBest{sign: -1} },
		aggregated(whole(9), rows(text("10"), text("9"))), aggregated(text("10"), rows(text("10"), text("9"), text("a"))), aggregated(whole(1), rows(list(whole(2), whole(1)))), aggregated(null, nil))
	_ = splAggregate("spl_max", "The greatest value: the greatest number where all values are numbers, else the greatest text.", splParam, func() State { return &splBest{sign: 1} },
		aggregated(whole(10), rows(text("10"), text("9"))), aggregated(text("unknown"), rows(text("10"), text("unknown"))), aggregated(null, rows(null)))
)

// splNumbers feeds another state with the numbers among the values.
type splNumbers struct {
	State
	arg [1]event.Value
}

func (s *splNumbers) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		if n, ok := splNumber(v); ok {
			s.arg[0] = n
			s.State.Add(s.arg[:])
		}
	}
}

func (s *splNumbers) Result() event.Value {
	v := s.State.Result()
	if v.Kind() == event.Float || v.Kind() == event.Decimal {
		return splDouble(v.Float())
	}
	return v
}

func (s *splNumbers) Size() int64 {
	if sizer, ok := s.State.(Sizer); ok {
		return sizer.Size()
	}
	return valueSize
}

// splOver defines an aggregate of the numbers among the values.
func splOver(name, doc, of string, examples ...AggregateExample) *Aggregate {
	return splAggregate(name, doc, splParam, func() State { return &splNumbers{State: aggregates[of].New()} }, examples...)
}

var (
	_ = splOver("spl_sum", "The sum of the numbers among the values.", "sum",
		aggregated(whole(6), rows(text("1"), text("x"), list(whole(2), text("3")))), aggregated(null, rows(text("x"))), aggregated(float(0.75), rows(text("0.5"), text("0.25"))))
	_ = splOver("spl_avg", "The mean of the numbers among the values.", "avg",
		aggregated(float(1.5), rows(text("1"), text("x"), text("2"))), aggregated(whole(2), rows(whole(1), whole(3))), aggregated(null, nil))
	_ = splOver("spl_stdev", "The standard deviation of a sample, of the numbers among the values; 0 of one.", "stdev", aggregated(whole(1), rows(text("1"), text("2"), text("3"))))
	_ = splOver("spl_stdevp", "The standard deviation of a population, of the numbers among the values.", "stdev_all", aggregated(whole(1), rows(text("1"), text("3"))))
	_ = splOver("spl_var", "The variance of a sample, of the numbers among the values; 0 of one.", "variance", aggregated(whole(1), rows(text("1"), text("2"), text("3"))))
	_ = splOver("spl_varp", "The variance of a population, of the numbers among the values.", "variance_all", aggregated(whole(1), rows(text("1"), text("3"))))
)

// splSquares sums the squares of numbers.
type splSquares struct{ sum }

func (s *splSquares) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		if n, ok := splNumber(v); ok {
			s.sum.Add([]event.Value{splCompute(n, n, func(a, b int64) event.Value { return integers('*', a, b) }, func(a, b float64) float64 { return a * b })})
		}
	}
}

var _ = splAggregate("spl_sumsq", "The sum of the squares of the numbers among the values.", splParam, func() State { return new(splSquares) },
	aggregated(whole(14), rows(text("1"), list(whole(2), text("3")), text("x"))), aggregated(null, nil))

// splRange keeps the least and the greatest number.
type splRange struct{ least, most splBest }

func (s *splRange) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		if n, ok := splNumber(v); ok {
			one := []event.Value{n}
			s.least.Add(one)
			s.most.Add(one)
		}
	}
}

func (s *splRange) Result() event.Value {
	return splCompute(s.most.Result(), s.least.Result(), func(a, b int64) event.Value { return integers('-', a, b) }, func(a, b float64) float64 { return a - b })
}

var _ = splAggregate("spl_range", "The greatest less the least of the numbers among the values.", splParam, func() State {
	return &splRange{splBest{sign: -1}, splBest{sign: 1}}
}, aggregated(whole(9), rows(text("10"), text("1"), text("x"))), aggregated(null, rows(text("x"))), aggregated(whole(0), rows(whole(3))))

// splSorted gathers numbers for a percentile.
type splSorted struct {
	numbers []float64
	percent event.Value
}

func (s *splSorted) Add(args []event.Value) {
	s.percent = args[1].Clone()
	for _, v := range splItems(args[0]) {
		if f, ok := splFloat(v); ok {
			s.numbers = append(s.numbers, f)
		}
	}
}

func (s *splSorted) Result() event.Value {
	p, ok := splFloat(s.percent)
	if len(s.numbers) == 0 || !ok || p < 0 || p > 100 {
		return null
	}
	slices.Sort(s.numbers)
	rank := int(math.Floor(p / 100 * float64(len(s.numbers))))
	return splDouble(s.numbers[min(rank, len(s.numbers)-1)])
}

func (s *splSorted) Size() int64 { return int64(8 * cap(s.numbers)) }

var _ = splAggregate("spl_perc", "The number behind so many percent of the numbers among the values in their order: of n the one at the index p/100·n, from 0, cut to a whole; exact.",
	[]Param{required("value", "any"), required("percent", "real")}, func() State { return new(splSorted) },
	aggregated(whole(6), [][]event.Value{{list(whole(1), whole(2), whole(3), whole(4), whole(5), whole(6), whole(7), whole(8), whole(9), text("10")), whole(50)}}),
	aggregated(whole(2), [][]event.Value{{text("1"), whole(50)}, {text("2"), whole(50)}}), aggregated(whole(3), [][]event.Value{{text("3"), whole(100)}, {text("1"), whole(100)}, {text("x"), whole(100)}}),
	aggregated(null, nil))

// splMode counts texts.
type splMode struct {
	places map[string]int
	values []event.Value
	counts []int64
	size   int64
}

func (s *splMode) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		key := splText(v)
		i, known := s.places[key]
		if !known {
			if s.places == nil {
				s.places = map[string]int{}
			}
			i = len(s.values)
			s.places[strings.Clone(key)] = i
			s.values, s.counts = append(s.values, v.Clone()), append(s.counts, 0)
			s.size += valueSize + int64(len(key)) + footprint(v)
		}
		s.counts[i]++
	}
}

func (s *splMode) Result() event.Value {
	best := null
	most := int64(0)
	for i, n := range s.counts {
		if n > most {
			best, most = s.values[i], n
		}
	}
	return best
}

func (s *splMode) Size() int64 { return s.size }

var _ = splAggregate("spl_mode", "The most frequent value, the first of several.", splParam, func() State { return new(splMode) },
	aggregated(text("b"), rows(text("a"), text("b"), texts("b", "c"))), aggregated(text("a"), rows(text("a"), text("b"))), aggregated(null, nil))

// splAtTime keeps the value of the earliest or of the latest row.
type splAtTime struct {
	sign        int // 1: the latest
	value, time event.Value
	giveTime    bool
}

func (s *splAtTime) Add(args []event.Value) {
	t, ok := splNumber(args[1])
	if !ok || len(splItems(args[0])) == 0 {
		return
	}
	if !s.time.IsNull() {
		order, _ := compareNumbers(t, s.time)
		if order*s.sign < 0 || order == 0 && s.sign > 0 { // rows come newest first: of one time the first is the latest
			return
		}
	}
	s.value, s.time = args[0].Clone(), t.Clone()
}

func (s *splAtTime) Result() event.Value {
	if s.giveTime {
		return s.time
	}
	return splMulti(splItems(s.value))
}

func (s *splAtTime) Size() int64 { return footprint(s.value) }

var splTimedParams = []Param{required("value", "any"), required("time", "any")}

func timed(pairs ...event.Value) [][]event.Value {
	var out [][]event.Value
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, []event.Value{pairs[i], pairs[i+1]})
	}
	return out
}

var (
	_ = splAggregate("spl_latest", "The value of the latest row that has one, the first of several of one time.", splTimedParams, func() State { return &splAtTime{sign: 1} },
		aggregated(text("b"), timed(text("a"), whole(1), text("b"), whole(3), text("c"), whole(2), null, whole(9))), aggregated(text("x"), timed(text("x"), whole(1), text("y"), whole(1))), aggregated(null, timed(text("a"), null)))
	_ = splAggregate("spl_earliest", "The value of the earliest row that has one, the last of several of one time.", splTimedParams, func() State { return &splAtTime{sign: -1} },
		aggregated(text("a"), timed(text("b"), whole(3), text("a"), text("1"), text("c"), whole(2))), aggregated(text("y"), timed(text("x"), whole(1), text("y"), whole(1))), aggregated(null, nil))
	_ = splAggregate("spl_latest_time", "The time of the latest row that has a value.", splTimedParams, func() State { return &splAtTime{sign: 1, giveTime: true} },
		aggregated(whole(3), timed(text("a"), whole(1), text("b"), whole(3), null, whole(9))), aggregated(null, nil))
	_ = splAggregate("spl_earliest_time", "The time of the earliest row that has a value.", splTimedParams, func() State { return &splAtTime{sign: -1, giveTime: true} },
		aggregated(whole(1), timed(text("a"), whole(1), text("b"), whole(3), null, whole(0))), aggregated(null, nil))
)

// splRate compares the latest with the earliest row.
type splRate struct{ first, last splAtTime }

func (s *splRate) Add(args []event.Value) {
	if _, ok := splNumber(args[0]); !ok {
		return
	}
	s.first.Add(args)
	s.last.Add(args)
}

func (s *splRate) Result() event.Value {
	from, okFrom := splFloat(s.first.value)
	to, okTo := splFloat(s.last.value)
	if !okFrom || !okTo || s.last.time.Float() == s.first.time.Float() {
		return null
	}
	return splDouble((to - from) / (s.last.time.Float() - s.first.time.Float()))
}

var _ = splAggregate("spl_rate", "How much a number grew in a second between the earliest and the latest row that has one.", splTimedParams,
	func() State { return &splRate{splAtTime{sign: -1}, splAtTime{sign: 1}} },
	aggregated(float(0.5), timed(text("10"), whole(0), text("x"), whole(2), text("15"), whole(10))), aggregated(null, timed(text("10"), whole(0))))

// splSparkline gathers times.
type splSparkline struct{ times []float64 }

func (s *splSparkline) Add(args []event.Value) {
	for _, v := range splItems(args[0]) {
		if f, ok := splFloat(v); ok {
			s.times = append(s.times, f)
		}
	}
}

func (s *splSparkline) Size() int64 { return int64(8 * cap(s.times)) }

// sparkSpans are the spans, in seconds, that a sparkline may have.
var sparkSpans = []float64{1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21600, 43200, 86400, 604800}

const maxSparks = 100

func (s *splSparkline) Result() event.Value {
	if len(s.times) == 0 {
		return null
	}
	first, last := slices.Min(s.times), slices.Max(s.times)
	span := sparkSpans[0]
	for i := 0; last/span-first/span >= maxSparks-1; i++ {
		if i < len(sparkSpans) {
			span = sparkSpans[i]
		} else {
			span *= 2
		}
	}
	from := math.Floor(first / span)
	counts := make([]int64, int(math.Floor(last/span)-from)+1)
	for _, t := range s.times {
		counts[int(math.Floor(t/span)-from)]++
	}
	out := []event.Value{text("##__SPARKLINE__##")}
	for _, n := range counts {
		out = append(out, whole(n))
	}
	return list(out...)
}

var _ = splAggregate("spl_sparkline", "The numbers of times in spans from the first to the last, of which there are at most 100, behind the mark that tells a sparkline.", []Param{required("time", "any")},
	func() State { return new(splSparkline) },
	aggregated(list(text("##__SPARKLINE__##"), whole(2), whole(0), whole(1)), rows(whole(10), text("10.5"), whole(12))), aggregated(list(text("##__SPARKLINE__##"), whole(1)), rows(text("x"), whole(604800))), aggregated(null, rows(null)))
