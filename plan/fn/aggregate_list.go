package fn

import (
	"slices"

	"goshawk/event"
)

// gathered keeps values in the order in which they come.
type gathered struct {
	values []event.Value
	seen   keySet // nil: each value may come repeatedly
	size   int64
	sorted bool
	nulls  bool
	open   bool // lists count as their elements
}

func (s *gathered) Add(args []event.Value) {
	if len(args) > 1 {
		if most, ok := wholeNumber(args[1]); ok && int64(len(s.values)) >= most {
			return
		}
	}
	if s.open && args[0].Kind() == event.List {
		for _, v := range args[0].List() {
			s.Add(append([]event.Value{v}, args[1:]...))
		}
		return
	}
	v := args[0]
	if v.IsNull() && !s.nulls || s.seen != nil && !s.seen.add(v) {
		return
	}
	s.values = append(s.values, v.Clone())
	s.size += footprint(v)
}

func (s *gathered) Result() event.Value {
	out := slices.Clone(s.values)
	if out == nil {
		out = []event.Value{}
	}
	if s.sorted {
		slices.SortStableFunc(out, Order)
	}
	return list(out...)
}

func (s *gathered) Size() int64 { return s.size }

func gatherer(name, doc string, state func() *gathered, slide slide, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc, Params: []Param{required("value", "any"), optional("most", "long")}, Result: "dynamic", Within: ChoiceOfFirst,
		New:      func() State { return state() },
		Slide:    slide,
		Examples: examples,
	})
}

var (
	_ = gatherer("make_list", "The list of the values in the order of the rows, of at most so many if given; empty of none.",
		func() *gathered { return &gathered{} }, slideValues(false, listOf), aggregated(texts("b", "a", "b"), rows(text("b"), null, text("a"), text("b"))), aggregated(list(), nil),
		aggregated(texts("b"), [][]event.Value{{text("b"), whole(1)}, {text("a"), whole(1)}}))
	_ = gatherer("make_list_with_nulls", "The list of the values in the order of the rows, nulls included.",
		func() *gathered { return &gathered{nulls: true} }, slideValues(true, listOf), aggregated(list(text("b"), null), rows(text("b"), null)))
	_ = gatherer("make_set", "The list of the different values in the order of their first rows, of at most so many if given; empty of none.",
		func() *gathered { return &gathered{seen: keySet{}} }, slideSet(false, false), aggregated(texts("b", "a"), rows(text("b"), text("a"), text("b"), null)), aggregated(list(), nil))
	_ = gatherer("make_flat_set", "The list of the different values in the order of their first rows, lists counting as their elements.",
		func() *gathered { return &gathered{seen: keySet{}, open: true} }, slideSet(false, true), aggregated(texts("b", "a"), rows(texts("b", "a"), text("b"))))
	_ = gatherer("values", "The list of the different values in the order of sorting, lists counting as their elements; empty of none.",
		func() *gathered { return &gathered{seen: keySet{}, sorted: true, open: true} }, slideSet(true, true), aggregated(texts("a", "b"), rows(text("b"), text("a"), text("b"), null)))
)

// bag merges objects.
type bag struct {
	record event.Record
	size   int64
}

func (s *bag) Add(args []event.Value) {
	if args[0].Kind() != event.Object {
		return
	}
	for _, f := range args[0].Object().Fields {
		if s.record.Get(f.Name.Text).IsAbsent() {
			s.record.Add(f.Name, f.Value.Clone())
			s.size += valueSize + footprint(f.Value)
		}
	}
}

func (s *bag) Result() event.Value {
	return event.ObjectValue(&event.Record{Fields: slices.Clone(s.record.Fields)})
}
func (s *bag) Size() int64 { return s.size }

var _ = defineAggregate(Aggregate{
	Name: "make_bag", Doc: "One object with the fields of all objects, of a name that several have the value of the first; what is no object is left out.",
	Params: []Param{required("object", "dynamic")}, Result: "dynamic", Within: HeldByFirst,
	New:      func() State { return new(bag) },
	Examples: []AggregateExample{aggregated(object("a", whole(1), "b", whole(2)), rows(object("a", whole(1)), object("a", whole(9), "b", whole(2)), text("x")))},
})
