package fn

import (
	"math"
	"slices"

	"goshawk/event"
)

// Aggregates that only Kusto has. Several values of one row come as an array: the lowering takes them apart.

// rowPick keeps one row of all: its key first, then its values.
type rowPick struct {
	sign int // of the order in which a key replaces another
	row  []event.Value
	size int64
}

func (s *rowPick) Add(args []event.Value) {
	if s.row != nil {
		old, new := s.row[0], args[0]
		if new.IsNull() || !old.IsNull() && Order(new, old)*s.sign <= 0 {
			return
		}
	}
	s.row, s.size = make([]event.Value, len(args)), 0
	for i, v := range args {
		s.row[i] = v.Clone()
		s.size += footprint(v)
	}
}

func (s *rowPick) Result() event.Value {
	if s.row == nil {
		return null
	}
	return list(slices.Clone(s.row)...)
}

func (s *rowPick) Size() int64 { return s.size }

func rowPicker(name, doc string, sign int, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc, Params: []Param{required("key", "any"), variadic("values", "any")}, Result: "dynamic",
		New: func() State { return &rowPick{sign: sign} }, Examples: examples,
	})
}

var (
	_ = rowPicker("kql_arg_max", "The first row with the greatest key, as an array of the key and the values; one with a null key only where all are null, Null of none.", 1,
		aggregated(list(whole(3), text("q")), [][]event.Value{{whole(1), text("p")}, {whole(3), text("q")}, {null, text("r")}, {whole(3), text("s")}}),
		aggregated(list(null, text("Yellow")), [][]event.Value{{null, text("Yellow")}, {null, text("Green")}}), aggregated(null, nil))
	_ = rowPicker("kql_arg_min", "The first row with the least key, as an array of the key and the values; one with a null key only where all are null, Null of none.", -1,
		aggregated(list(whole(1), text("p")), [][]event.Value{{null, text("r")}, {whole(3), text("q")}, {whole(1), text("p")}}))
	_ = rowPicker("kql_take_any", "The values of one row, the first, as an array; Null of none.", 0,
		aggregated(list(text("a"), null), [][]event.Value{{text("a"), null}, {text("b"), whole(1)}}), aggregated(null, nil))
)

// filledPick keeps the first value that is neither null nor an empty text, as long as there is none the first of all.
type filledPick struct{ value event.Value }

func (s *filledPick) Add(args []event.Value) {
	is := func(v event.Value) bool { return v.IsNull() || v.IsEmpty() }
	if is(s.value) && (s.value.IsNull() || !is(args[0])) {
		s.value = args[0].Clone()
	}
}

func (s *filledPick) Result() event.Value {
	if s.value.IsNull() {
		return null
	}
	return s.value
}

func (s *filledPick) Size() int64 { return footprint(s.value) }

var _ = defineAggregate(Aggregate{
	Name: "kql_take_any_filled", Doc: "One of the values, the first that is neither null nor an empty text if there is one; Null of none.",
	Params: []Param{required("value", "any")}, Result: "any", Within: ChoiceOfFirst, New: func() State { return new(filledPick) },
	Examples: []AggregateExample{aggregated(text("b"), rows(null, empty, text("b"), text("c"))), aggregated(empty, rows(null, empty)), aggregated(null, rows(null))},
})

// weighed keeps values with their weights, for percentiles of any number.
type weighed struct {
	ordered
	weights []event.Value
	weigh   bool
	total   float64
}

func (s *weighed) Add(args []event.Value) {
	at := 1
	weight := whole(1)
	if s.weigh {
		at, weight = 2, args[1]
	}
	before := len(s.values)
	s.ordered.Add(append([]event.Value{args[0]}, args[at:]...))
	if len(s.values) == before {
		return
	}
	if f := weight.Float(); !isNumber(weight) || !(f > 0) {
		s.values = s.values[:before]
		return
	}
	s.weights = append(s.weights, weight)
}

// at returns the least value such that so many percent of all weights are not behind it.
func (s *weighed) at(places []int, percent event.Value) event.Value {
	p := percent.Float()
	if !isNumber(percent) || !(p >= 0 && p <= 100) || len(places) == 0 {
		return null
	}
	rank, sum := p/100*s.total, 0.0
	for _, i := range places {
		if sum += s.weights[i].Float(); sum >= rank-1e-9*s.total {
			return s.values[i]
		}
	}
	return s.values[places[len(places)-1]]
}

func (s *weighed) Result() event.Value {
	places := make([]int, len(s.values))
	s.total = 0
	for i := range places {
		places[i] = i
		s.total += s.weights[i].Float()
	}
	slices.SortStableFunc(places, func(i, j int) int { return Order(s.values[i], s.values[j]) })
	if len(s.last) == 0 {
		return null
	}
	if s.last[0].Kind() != event.List {
		return s.at(places, s.last[0])
	}
	var out []event.Value
	for _, p := range s.last[0].List() {
		out = append(out, s.at(places, p))
	}
	return list(out...)
}

var (
	_ = defineAggregate(Aggregate{
		Name: "kql_percentiles", Doc: "The values at so many percent each of all, given as an array: nearest rank, of the values' kind.",
		Params: []Param{required("value", "any"), required("percents", "dynamic")}, Result: "dynamic", New: func() State { return new(weighed) },
		Examples: []AggregateExample{aggregated(list(whole(1), whole(2)), [][]event.Value{{whole(2), list(whole(50), whole(90))}, {whole(1), list(whole(50), whole(90))}}), aggregated(null, nil)},
	})
	_ = defineAggregate(Aggregate{
		Name: "kql_percentilew", Doc: "The value at so many percent of all, or an array of those at each of an array, a value counting as often as its weight says: nearest rank, of the values' kind.",
		Params: []Param{required("value", "any"), required("weight", "any"), required("percents", "any")}, Result: "any", New: func() State { return &weighed{weigh: true} },
		Examples: []AggregateExample{
			aggregated(list(whole(20), whole(20), whole(40)), [][]event.Value{
				{whole(10), whole(8), list(whole(50), whole(75), float(99.9))}, {whole(20), whole(6), list(whole(50), whole(75), float(99.9))}, {whole(30), whole(3), list(whole(50), whole(75), float(99.9))},
				{whole(40), whole(1), list(whole(50), whole(75), float(99.9))},
			}),
			aggregated(whole(10), [][]event.Value{{whole(10), whole(8), whole(5)}, {whole(20), whole(6), whole(5)}}), aggregated(null, nil),
		},
	})
)

// bitsOfAll combines whole numbers bit by bit.
type bitsOfAll struct {
	n       int64
	any     bool
	combine func(a, b int64) int64
}

func (s *bitsOfAll) Add(args []event.Value) {
	n, ok := wholeNumber(args[0])
	switch {
	case !ok:
	case !s.any:
		s.n, s.any = n, true
	default:
		s.n = s.combine(s.n, n)
	}
}

func (s *bitsOfAll) Result() event.Value {
	if !s.any {
		return null
	}
	return whole(s.n)
}

func bitwiseOfAll(name, doc string, combine func(a, b int64) int64, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc, Params: []Param{required("value", "long")}, Result: "long",
		New: func() State { return &bitsOfAll{combine: combine} }, Examples: examples,
	})
}

var (
	_ = bitwiseOfAll("kql_binary_all_and", "The bits that all whole numbers have.", func(a, b int64) int64 { return a & b },
		aggregated(whole(0xCAFEF00D), rows(whole(0xFFFFFFFF), whole(0xFFFFF00F), whole(0xCFFFFFFD), whole(0xFAFEFFFF))), aggregated(null, nil))
	_ = bitwiseOfAll("kql_binary_all_or", "The bits that one of the whole numbers has.", func(a, b int64) int64 { return a | b },
		aggregated(whole(0xCAFEF00D), rows(whole(0x88888008), whole(0x42000000), whole(0x00767000), whole(0x00000005))))
	_ = bitwiseOfAll("kql_binary_all_xor", "The bits that an odd number of the whole numbers has.", func(a, b int64) int64 { return a ^ b },
		aggregated(whole(0xCAFEF00D), rows(whole(0x44404440), whole(0x1E1E1E1E), whole(0x90ABBA09), whole(0x000B105A))))
)

// joint is how two columns of numbers vary together, by Welford's way.
type joint struct {
	n, meanX, meanY, c float64
	population         bool
}

func (s *joint) Add(args []event.Value) {
	if !isNumber(args[0]) || !isNumber(args[1]) {
		return
	}
	x, y := args[0].Float(), args[1].Float()
	s.n++
	dx := x - s.meanX
	s.meanX += dx / s.n
	s.meanY += (y - s.meanY) / s.n
	s.c += dx * (y - s.meanY)
}

func (s *joint) Result() event.Value {
	n := s.n
	if !s.population {
		n--
	}
	switch {
	case s.n == 0:
		return null
	case n <= 0:
		return float(0)
	}
	return float(s.c / n)
}

var (
	_ = defineAggregate(Aggregate{
		Name: "kql_covariance", Doc: "The covariance of two columns of numbers as a sample; 0 of a single row.", Params: []Param{required("x", "real"), required("y", "real")}, Result: "real",
		New: func() State { return new(joint) },
		Examples: []AggregateExample{
			aggregated(float(20.5), [][]event.Value{{whole(1), whole(14)}, {whole(2), whole(10)}, {whole(3), whole(17)}, {whole(4), whole(20)}, {whole(5), whole(50)}}), aggregated(null, nil),
		},
	})
	_ = defineAggregate(Aggregate{
		Name: "kql_covariance_all", Doc: "The covariance of two columns of numbers as the whole population.", Params: []Param{required("x", "real"), required("y", "real")}, Result: "real",
		New:      func() State { return &joint{population: true} },
		Examples: []AggregateExample{aggregated(float(1), [][]event.Value{{whole(1), whole(1)}, {whole(3), whole(3)}})},
	})
)

// schemaOf gathers the shape of dynamic values.
type schemaOf struct {
	shape *shape
	size  int64
}

// shape is what values at one place were: names of types, the members of bags, the elements of arrays.
type shape struct {
	types   []string
	members []string
	of      map[string]*shape
	element *shape
}

func (s *schemaOf) Add(args []event.Value) {
	if s.shape == nil {
		s.shape = &shape{}
	}
	s.size += s.shape.add(args[0], 0)
}

// maxSchemaDepth bounds how deep a schema goes.
const maxSchemaDepth = 64

func (s *shape) add(v event.Value, depth int) (grown int64) {
	switch {
	case depth > maxSchemaDepth || v.IsNull():
	case v.Kind() == event.Object:
		if s.of == nil {
			s.of = map[string]*shape{}
		}
		for _, f := range kqlFields(v.Object(), false) {
			member := s.of[f.Name.Text]
			if member == nil {
				member = &shape{}
				s.of[f.Name.Text] = member
				s.members = append(s.members, f.Name.Text)
				grown += valueSize + int64(len(f.Name.Text))
			}
			grown += member.add(f.Value, depth+1)
		}
	case v.Kind() == event.List:
		if s.element == nil {
			s.element = &shape{}
			grown += valueSize
		}
		for _, e := range v.List() {
			grown += s.element.add(e, depth+1)
		}
	default:
		name := [...]string{event.Bool: "bool", event.Int: "long", event.Float: "double", event.Decimal: "decimal", event.Text: "string", event.Time: "datetime", event.Duration: "timespan"}[v.Kind()]
		if !slices.Contains(s.types, name) {
			s.types = append(s.types, name)
		}
	}
	return grown
}

func (s *shape) value() event.Value {
	var all []event.Value
	for _, t := range s.types {
		all = append(all, text(t))
	}
	if s.element != nil {
		all = append(all, object("`indexer`", s.element.value()))
	}
	if s.of != nil {
		r := &event.Record{}
		for _, name := range s.members {
			r.Set(name, s.of[name].value())
		}
		all = append(all, event.ObjectValue(r))
	}
	switch len(all) {
	case 0:
		return text("null")
	case 1:
		return all[0]
	}
	return list(all...)
}

func (s *schemaOf) Result() event.Value {
	if s.shape == nil {
		return null
	}
	return s.shape.value()
}

func (s *schemaOf) Size() int64 { return s.size }

var _ = defineAggregate(Aggregate{
	Name: "kql_buildschema", Doc: "The least schema that admits all values: a type's name, a bag of the schemas of members, a bag with `indexer` for the elements of arrays, or an array of several.",
	Params: []Param{required("value", "dynamic")}, Result: "dynamic", New: func() State { return new(schemaOf) },
	Examples: []AggregateExample{
		aggregated(object("x", list(text("long"), text("double")), "y", list(text("double"), object("w", text("string"))), "z", list(text("long"), object("`indexer`", text("string"))), "t", object("`indexer`", text("string"))),
			rows(object("x", whole(1), "y", float(3.5), "z", whole(2)), object("x", float(0.5), "y", object("w", text("s")), "z", texts("s")), object("t", texts("u", "v")))),
		aggregated(null, nil),
	},
})

// Digests: Kusto keeps sketches; here they are the values themselves, sorted when they are asked.

func digestOf(v event.Value) []event.Value {
	out := slices.DeleteFunc(slices.Clone(v.List()), event.Value.IsNull)
	slices.SortStableFunc(out, Order)
	return out
}

var _ = define(Func{
	Name: "kql_percentile_tdigest", Doc: "The value at so many percent of those that a digest holds, or an array of those at each of an array: nearest rank; Null of none.",
	Params: []Param{required("digest", "dynamic"), required("percents", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		of := digestOf(args[0])
		at := func(percent event.Value) event.Value {
			p := percent.Float()
			if !isNumber(percent) || !(p >= 0 && p <= 100) || len(of) == 0 {
				return null
			}
			return of[max(int(math.Ceil(p/100*float64(len(of)))), 1)-1]
		}
		if args[1].Kind() != event.List {
			return at(args[1])
		}
		out := []event.Value{}
		for _, p := range args[1].List() {
			out = append(out, at(p))
		}
		return list(out...)
	},
	Examples: []Example{example(whole(20), list(whole(20), whole(1)), whole(100)), example(list(whole(1), whole(3)), kqlFirst(3), list(whole(10), whole(90))), example(null, list(), whole(50))},
})

func digestRank(name, doc string, share bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("digest", "dynamic"), required("value", "any")}, Result: "real", Strict: true,
		Eval: func(args []event.Value) event.Value {
			of, below := digestOf(args[0]), 0
			for _, v := range of {
				if order, ok := Compare(v, args[1]); ok && order <= 0 {
					below++
				}
			}
			switch {
			case len(of) == 0:
				return null
			case share:
				return float(100 * float64(below) / float64(len(of)))
			}
			return float(float64(below))
		},
		Examples: examples,
	})
}

var (
	_ = digestRank("kql_rank_tdigest", "How many of the values that a digest holds are not greater than a value; Null of an empty one.", false, example(float(2), kqlFirst(5), whole(2)), example(null, list(), whole(2)))
	_ = digestRank("kql_percentrank_tdigest", "How many percent of the values that a digest holds are not greater than a value; Null of an empty one.", true, example(float(40), kqlFirst(5), whole(2)))
)

var _ = define(Func{
	Name: "kql_whole_sum", Doc: "The sum of whole numbers, 0 of none; one beyond 64 bits is an error.",
	Params: []Param{required("sum", "any")}, Result: "long",
	Eval: func(args []event.Value) event.Value {
		if n, ok := wholeNumber(args[0]); ok {
			return whole(n)
		}
		return whole(0)
	},
	Fails: func(args []event.Value) string {
		if _, ok := wholeNumber(args[0]); ok || args[0].IsNull() {
			return ""
		}
		return "the sum of whole numbers leaves 64 bits"
	},
	Examples: []Example{example(whole(3), whole(3)), example(whole(0), null)},
})
