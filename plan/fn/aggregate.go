package fn

import (
	"goshawk/event"
)

// Aggregates. Nulls are left out unless an aggregate says otherwise; without anything left the result is Null unless it
// says otherwise.

func rows(values ...event.Value) [][]event.Value {
	out := make([][]event.Value, len(values))
	for i, v := range values {
		out[i] = []event.Value{v}
	}
	return out
}

func aggregated(want event.Value, rows [][]event.Value) AggregateExample {
	return AggregateExample{rows, want}
}

// valueSize is about what a value takes beside its text.
const valueSize = 48

// footprint is about the number of bytes that a value holds.
func footprint(v event.Value) int64 {
	size := int64(valueSize)
	switch v.Kind() {
	case event.Text, event.Decimal:
		if s, ok := v.Plain(); ok {
			return size + int64(len(s))
		}
		return size + int64(len(v.Text()))
	case event.List:
		for _, e := range v.List() {
			size += footprint(e)
		}
	case event.Object:
		for _, f := range v.Object().Fields {
			size += valueSize + footprint(f.Value)
		}
	}
	return size
}

type count struct{ n int64 }

func (s *count) Add(args []event.Value) {
	if len(args) == 0 || !args[0].IsNull() {
		s.n++
	}
}
func (s *count) Result() event.Value { return whole(s.n) }

var _ = defineAggregate(Aggregate{
	Name: "count", Doc: "The number of rows, or of those in which a value is not null; 0 of none.",
	Params: []Param{optional("value", "any")}, Result: "long",
	New: func() State { return new(count) }, Slide: slideCount,
	Examples: []AggregateExample{
		aggregated(whole(2), [][]event.Value{{}, {}}), aggregated(whole(1), rows(text("a"), null)), aggregated(whole(0), nil),
	},
})

type distinctCount struct {
	seen keySet
	size int64
	key  []byte
}

func (s *distinctCount) Add(args []event.Value) {
	s.key = s.key[:0]
	for _, v := range args {
		if v.IsNull() {
			return
		}
		s.key = AppendKey(s.key, v)
	}
	if _, ok := s.seen[string(s.key)]; ok {
		return
	}
	if s.seen == nil {
		s.seen = keySet{}
	}
	s.seen[string(s.key)] = struct{}{}
	s.size += valueSize + int64(len(s.key))
}
func (s *distinctCount) Result() event.Value { return whole(int64(len(s.seen))) }
func (s *distinctCount) Size() int64         { return s.size }

var _ = defineAggregate(Aggregate{
	Name: "dcount", Doc: "The exact number of different values, or combinations of values; 0 of none.",
	Params: []Param{required("value", "any"), variadic("more", "any")}, Result: "long",
	New: func() State { return new(distinctCount) }, Slide: slideDistinct,
	Examples: []AggregateExample{
		aggregated(whole(2), rows(text("a"), text("b"), text("a"), null)), aggregated(whole(1), rows(whole(1), float(1))), aggregated(whole(0), nil),
		aggregated(whole(2), [][]event.Value{{text("a"), whole(1)}, {text("a"), whole(2)}, {text("a"), whole(1)}}),
	},
})

// pick keeps one value of all.
type pick struct {
	value event.Value
	any   bool
	nulls bool // they count as values
	take  func(new, old event.Value) bool
}

func (s *pick) Add(args []event.Value) {
	v := args[0]
	if v.IsNull() && !s.nulls || s.any && !s.take(v, s.value) {
		return
	}
	s.value, s.any = v.Clone(), true
}

func (s *pick) Result() event.Value {
	if !s.any {
		return null
	}
	return s.value
}

func (s *pick) Size() int64 { return footprint(s.value) }

func picker(name, doc string, nulls bool, take func(new, old event.Value) bool, slide slide, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc, Params: []Param{required("value", "any")}, Result: "any",
		New:      func() State { return &pick{nulls: nulls, take: take} },
		Slide:    slide,
		Examples: examples,
	})
}

func never(event.Value, event.Value) bool  { return false }
func always(event.Value, event.Value) bool { return true }

var (
	_ = picker("min", "The least value in the order of sorting.", false, func(a, b event.Value) bool { return Order(a, b) < 0 }, slideExtreme(1),
		aggregated(whole(1), rows(whole(2), null, whole(1))), aggregated(null, rows(null)))
	_ = picker("max", "The greatest value in the order of sorting.", false, func(a, b event.Value) bool { return Order(a, b) > 0 }, slideExtreme(-1),
		aggregated(float(2.5), rows(whole(2), float(2.5))), aggregated(text("b"), rows(text("b"), text("a"))))
	_ = picker("first", "The first value.", false, never, slideValues(false, firstOf), aggregated(text("a"), rows(null, text("a"), text("b"))))
	_ = picker("last", "The last value.", false, always, slideValues(false, lastOf), aggregated(text("b"), rows(text("a"), text("b"), null)))
	_ = picker("any", "One of the values: the first.", false, never, slideValues(false, firstOf), aggregated(text("a"), rows(null, text("a"), text("b"))))
	_ = picker("first_row", "The value of the first row, be it null.", true, never, slideValues(true, firstOf), aggregated(null, rows(null, text("a"))))
	_ = picker("last_row", "The value of the last row, be it null.", true, always, slideValues(true, lastOf), aggregated(null, rows(text("a"), null)))
)

type truth struct {
	result, any bool
	all         bool
}

func (s *truth) Add(args []event.Value) {
	if args[0].Kind() != event.Bool {
		return
	}
	v := args[0].Bool()
	switch {
	case !s.any:
		s.result = v
	case s.all:
		s.result = s.result && v
	default:
		s.result = s.result || v
	}
	s.any = true
}

func (s *truth) Result() event.Value {
	if !s.any {
		return boolean(s.all)
	}
	return boolean(s.result)
}

var (
	_ = defineAggregate(Aggregate{
		Name: "all_true", Doc: "Whether no value is false; true of none.", Params: []Param{required("value", "bool")}, Result: "bool",
		New:      func() State { return &truth{all: true} },
		Slide:    slideTruth(true),
		Examples: []AggregateExample{aggregated(no, rows(yes, no)), aggregated(yes, nil)},
	})
	_ = defineAggregate(Aggregate{
		Name: "any_true", Doc: "Whether a value is true; false of none.", Params: []Param{required("value", "bool")}, Result: "bool",
		New:      func() State { return new(truth) },
		Slide:    slideTruth(false),
		Examples: []AggregateExample{aggregated(yes, rows(yes, no)), aggregated(no, rows(null))},
	})
)
