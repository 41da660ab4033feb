package fn

import (
	"slices"

	"goshawk/event"
)

// limits are what bounds transactions: Null for none. A truth value that is Null says that no such events are told.
type transactionLimits struct{ span, pause, events, first, last event.Value }

// needsLast says whether a transaction must have a last event.
func (l transactionLimits) needsLast() bool { return l.last.Kind() == event.Bool }

func truly(v event.Value) bool { return v.Kind() == event.Bool && v.Bool() }

// transactionState is a transaction that may get further events, which come newest first.
type transactionState struct {
	number       int64
	begun        bool // the event before was its first
	newest, last float64
	events       int64
}

// over says whether an event cannot belong to it any more.
func (s *transactionState) over(t float64, timed bool, l transactionLimits) bool {
	longer := func(from float64, limit event.Value) bool {
		most, ok := splFloat(limit)
		return ok && timed && from-t > most
	}
	most, limited := splFloat(l.events)
	return s.begun || longer(s.newest, l.span) || longer(s.last, l.pause) || limited && s.events >= int64(most) || truly(l.last)
}

func (s *transactionState) add(t float64, l transactionLimits) {
	s.events++
	s.last, s.begun = t, truly(l.first)
}

// transaction numbers the transactions of rows that come newest first.
type transaction struct {
	transactionState
	open, current bool
}

func (s *transaction) Add(args []event.Value) {
	t, timed := splFloat(args[0])
	l := transactionLimits{args[1], args[2], args[3], args[4], args[5]}
	if s.open && s.over(t, timed, l) {
		s.open = false
	}
	s.current = s.open || !l.needsLast() || truly(l.last)
	if !s.current {
		return
	}
	if !s.open {
		s.open = true
		s.transactionState = transactionState{number: s.number + 1, newest: t}
	}
	s.add(t, l)
}

func (s *transaction) Result() event.Value {
	if !s.current {
		return null
	}
	return whole(s.number)
}

var _ = defineAggregate(Aggregate{
	Name: "spl_transaction", Doc: "The number of the transaction that a row belongs to, for rows that come newest first: one ends where it would be longer than a span, where a pause or its number of events would be exceeded, and behind its first event; if last events are told, a row belongs to none before one. Limits are Null for none; a truth value that is Null says that no such events are told.",
	Params: []Param{required("seconds", "any"), required("span", "any"), required("pause", "any"), required("events", "any"), required("first", "bool"), required("last", "bool")},
	Result: "long", Ranking: true,
	New: func() State { return new(transaction) },
	Examples: []AggregateExample{
		aggregated(whole(2), [][]event.Value{
			{whole(100), null, whole(10), null, null, null}, {whole(95), null, whole(10), null, null, null}, {whole(80), null, whole(10), null, null, null},
		}),
		aggregated(whole(2), [][]event.Value{
			{whole(100), null, null, null, boolean(false), null}, {whole(90), null, null, null, boolean(true), null}, {whole(80), null, null, null, boolean(false), null},
		}),
		aggregated(null, [][]event.Value{{whole(100), null, null, null, null, boolean(false)}}),
	},
})

var _ = define(Func{
	Name: "spl_gather_fields", Doc: "One object with the fields of all objects in a list: each with its different values by their texts, sorted by them; or, if all are asked for, with the values of each object from the last to the first, NULL for one that has none.",
	Params: []Param{required("objects", "dynamic"), required("all", "bool")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		objects := slices.Clone(args[0].List())
		slices.Reverse(objects)
		values := map[string]*splSet{}
		var names []string
		for _, o := range objects {
			r := o.Object()
			if r == nil {
				continue
			}
			for _, f := range r.Fields {
				name := f.Name.Text
				if values[name] == nil {
					names, values[name] = append(names, name), &splSet{keep: true}
				}
				values[name].Add([]event.Value{f.Value})
			}
		}
		out := &event.Record{}
		for _, name := range names {
			v := values[name].Result()
			if v.IsNull() {
				continue
			}
			if args[1].Bool() {
				v = splMulti(valuesOfEach(objects, name))
			}
			out.Set(name, v)
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", texts("x", "y"), "b", text("z")), list(object("a", text("y"), "b", text("z")), object("a", text("x"), "b", text("z"))), boolean(false)),
		example(object("a", list(whole(10), text("2"))), list(object("a", whole(2)), object("a", whole(10)), object("a", text("2"))), boolean(false)),
		example(object("a", texts("x", "NULL", "x")), list(object("a", text("x")), object("b", null), object("a", text("x"))), boolean(true)),
	},
})

// valuesOfEach returns the values that a field has in each of some objects, the text NULL for one without.
func valuesOfEach(objects []event.Value, name string) []event.Value {
	var out []event.Value
	for _, o := range objects {
		if r := o.Object(); r != nil {
			of := splItems(r.Get(name))
			if len(of) == 0 {
				of = []event.Value{text("NULL")}
			}
			out = append(out, of...)
		}
	}
	return out
}
