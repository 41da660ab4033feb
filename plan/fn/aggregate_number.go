package fn

import (
	"math"
	"slices"

	"goshawk/event"
)

// sum adds numbers or durations up: integers exactly, decimals exactly, floats with the rounding errors carried along. The
// sum of integers beyond 64 bits is a decimal.
type sum struct {
	n          int64
	whole      int64
	wide       event.Value // what left 64 bits, and decimals
	float, err float64
	floats     bool
	durations  int64
	broken     bool // a sum of durations left 64 bits, or the kinds do not add up
}

func (s *sum) Add(args []event.Value) {
	switch v := args[0]; v.Kind() {
	case event.Int:
		next := integers('+', s.whole, v.Int())
		if next.IsNull() {
			s.widen(whole(s.whole))
			next = v
		}
		s.whole = next.Int()
	case event.Decimal:
		s.widen(v)
	case event.Float:
		s.floats = true
		s.addFloat(v.Float())
	case event.Duration:
		next := integers('+', s.whole, v.Int())
		s.broken = s.broken || next.IsNull()
		s.whole = next.Int()
		s.durations++
	default:
		return
	}
	s.n++
}

func (s *sum) widen(v event.Value) {
	if s.wide.IsNull() {
		s.wide = decimal("0")
	}
	if s.wide = decimals('+', s.wide, v); s.wide.IsNull() {
		s.broken = true
	}
}

// addFloat is Neumaier's summation.
func (s *sum) addFloat(f float64) {
	t := s.float + f
	if math.Abs(s.float) >= math.Abs(f) {
		s.err += (s.float - t) + f
	} else {
		s.err += (f - t) + s.float
	}
	s.float = t
}

func (s *sum) Result() event.Value {
	switch {
	case s.n == 0 || s.broken || s.durations > 0 && s.durations < s.n:
		return null
	case s.durations > 0:
		return event.DurationValue(s.whole)
	case s.floats:
		total := sum{float: s.float, err: s.err}
		total.addFloat(float64(s.whole))
		total.addFloat(s.wide.Float())
		if math.IsInf(total.float, 0) || math.IsNaN(total.float) {
			return float(total.float)
		}
		return float(total.float + total.err)
	case !s.wide.IsNull():
		return decimals('+', s.wide, whole(s.whole))
	}
	return whole(s.whole)
}

var _ = defineAggregate(Aggregate{
	Name: "sum", Doc: "The sum of the numbers or of the durations; other values are left out, and numbers and durations together give Null.",
	Params: []Param{required("value", "any")}, Result: "any",
	New: func() State { return new(sum) }, Slide: slideSum(false),
	Examples: []AggregateExample{
		aggregated(whole(3), rows(whole(1), null, whole(2), text("x"))), aggregated(null, nil), aggregated(float(0.75), rows(float(0.5), float(0.25))),
		aggregated(decimal("9223372036854775808"), rows(whole(math.MaxInt64), whole(1))), aggregated(decimal("0.3"), rows(decimal("0.1"), decimal("0.2"))),
		aggregated(span("00:03:00"), rows(span("00:01:00"), span("00:02:00"))),
	},
})

// average is the sum divided by the number of values.
type average struct {
	sum
	times sum // of times, as the distance from the first
	first event.Value
}

func (s *average) Add(args []event.Value) {
	if args[0].Kind() != event.Time {
		s.sum.Add(args)
		return
	}
	if s.first.IsNull() {
		s.first = args[0]
	}
	s.times.Add([]event.Value{times('-', args[0], s.first)})
}

func (s *average) Result() event.Value {
	if !s.first.IsNull() {
		if s.n > 0 {
			return null
		}
		return times('+', s.first, Arithmetic('/', s.times.Result(), whole(s.times.n)))
	}
	total := s.sum.Result()
	switch total.Kind() {
	case event.Null:
		return null
	case event.Decimal:
		if s.wide.IsNull() {
			return float(total.Float() / float64(s.n))
		}
		return decimals('/', total, whole(s.n))
	}
	return Arithmetic('/', total, whole(s.n))
}

var _ = defineAggregate(Aggregate{
	Name: "avg", Doc: "The mean of the numbers, durations or times; values of other kinds are left out.",
	Params: []Param{required("value", "any")}, Result: "any",
	New: func() State { return new(average) }, Slide: slideSum(true),
	Examples: []AggregateExample{
		aggregated(float(1.5), rows(whole(1), null, whole(2))), aggregated(null, nil), aggregated(span("00:01:30"), rows(span("00:01:00"), span("00:02:00"))),
		aggregated(instant("2024-01-02"), rows(instant("2024-01-01"), instant("2024-01-03"))),
	},
})

// spread is Welford's way to the variance.
type spread struct {
	n          int64
	mean, m2   float64
	population bool
	root       bool
}

func (s *spread) Add(args []event.Value) {
	if !isNumber(args[0]) {
		return
	}
	s.n++
	f := args[0].Float()
	delta := f - s.mean
	s.mean += delta / float64(s.n)
	s.m2 += delta * (f - s.mean)
}

func (s *spread) Result() event.Value {
	n := s.n
	if !s.population {
		n--
	}
	variance := 0.0
	switch {
	case s.n == 0:
		return null
	case n > 0:
		variance = s.m2 / float64(n)
	}
	if s.root {
		variance = math.Sqrt(variance)
	}
	return float(variance)
}

func spreadOf(name, doc string, population, root bool, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc, Params: []Param{required("value", "real")}, Result: "real",
		New:      func() State { return &spread{population: population, root: root} },
		Examples: examples,
	})
}

var (
	_ = spreadOf("variance", "The variance of the numbers as a sample; 0 of a single one.", false, false,
		aggregated(float(2.5), rows(whole(1), whole(2), whole(3), whole(4), whole(5))), aggregated(float(0), rows(whole(7))), aggregated(null, nil))
	_ = spreadOf("variance_all", "The variance of the numbers as the whole population.", true, false, aggregated(float(2), rows(whole(1), whole(2), whole(3), whole(4), whole(5))))
	_ = spreadOf("stdev", "The standard deviation of the numbers as a sample; 0 of a single one.", false, true, aggregated(float(1), rows(whole(1), whole(2), whole(3))))
	_ = spreadOf("stdev_all", "The standard deviation of the numbers as the whole population.", true, true, aggregated(float(2), rows(whole(1), whole(5))))
)

// ordered keeps all values, for what depends on their order.
type ordered struct {
	values []event.Value
	size   int64
	last   []event.Value // the other arguments
	finish func(sorted []event.Value, more []event.Value) event.Value
}

func (s *ordered) Add(args []event.Value) {
	s.last = s.last[:0]
	for _, v := range args[1:] {
		s.last = append(s.last, v.Clone())
	}
	v := args[0]
	if !sorts(v) {
		return
	}
	s.values = append(s.values, v.Clone())
	s.size += footprint(v)
}

func (s *ordered) Result() event.Value {
	slices.SortStableFunc(s.values, Order)
	return s.finish(s.values, s.last)
}

func (s *ordered) Size() int64 { return s.size }

func percentileOf(sorted, more []event.Value) event.Value {
	if len(sorted) == 0 || len(more) == 0 || !isNumber(more[0]) {
		return null
	}
	p := more[0].Float()
	if !(p >= 0 && p <= 100) {
		return null
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

func middleOf(sorted, _ []event.Value) event.Value {
	n := len(sorted)
	switch {
	case n == 0:
		return null
	case n%2 == 1 || !isNumber(sorted[n/2]) || !isNumber(sorted[n/2-1]):
		return sorted[(n-1)/2]
	}
	return Arithmetic('/', Arithmetic('+', sorted[n/2-1], sorted[n/2]), whole(2))
}

var _ = defineAggregate(Aggregate{
	Name: "percentile", Doc: "The least value such that so many percent of all are not greater: nearest rank, exact, of the values' kind.",
	Params: []Param{required("value", "any"), required("percent", "real")}, Result: "any",
	New: func() State { return &ordered{finish: percentileOf} }, Slide: slideOrdered(percentileOf),
	Examples: []AggregateExample{
		aggregated(whole(2), [][]event.Value{{whole(3), whole(50)}, {whole(1), whole(50)}, {whole(2), whole(50)}, {null, whole(50)}}),
		aggregated(whole(3), [][]event.Value{{whole(3), whole(95)}, {whole(1), whole(95)}}), aggregated(null, nil),
	},
})

var _ = defineAggregate(Aggregate{
	Name: "median", Doc: "The value in the middle of all in their order, the mean of the two in the middle where their number is even and they are numbers.",
	Params: []Param{required("value", "any")}, Result: "any",
	New: func() State { return &ordered{finish: middleOf} }, Slide: slideOrdered(middleOf),
	Examples: []AggregateExample{aggregated(whole(2), rows(whole(3), whole(1), whole(2))), aggregated(float(2.5), rows(whole(2), whole(3)))},
})

var _ = defineAggregate(Aggregate{
	Name: "mode", Doc: "The most frequent value, the least of several.",
	Params: []Param{required("value", "any")}, Result: "any",
	New: func() State {
		return &ordered{finish: func(sorted, _ []event.Value) event.Value {
			best, most := null, 0
			for from := 0; from < len(sorted); {
				to := from + 1
				for to < len(sorted) && Order(sorted[from], sorted[to]) == 0 {
					to++
				}
				if to-from > most {
					best, most = sorted[from], to-from
				}
				from = to
			}
			return best
		}}
	},
	Examples: []AggregateExample{aggregated(text("b"), rows(text("c"), text("b"), text("a"), text("b")))},
})
