package fn

import "goshawk/event"

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
	Name: "spl_gather_fields", Doc: "One object with the fields of all objects in a list, each with its different values: sorted if asked, else in their order.",
	Params: []Param{required("objects", "dynamic"), required("sorted", "bool")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		values := map[string][]event.Value{}
		var names []string
		for _, o := range args[0].List() {
			r := o.Object()
			if r == nil {
				continue
			}
			for _, f := range r.Fields {
				name := f.Name.Text
				if _, known := values[name]; !known {
					names = append(names, name)
				}
				values[name] = append(values[name], splItems(f.Value)...)
			}
		}
		distinct := ByName("list_distinct")
		ordered := ByName("list_sort")
		out := &event.Record{}
		for _, name := range names {
			v := distinct.Eval([]event.Value{event.ListValue(values[name]...)})
			if args[1].Bool() {
				v = ordered.Eval([]event.Value{v})
			}
			out.Set(name, splMulti(v.List()))
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", texts("x", "y"), "b", text("z")), list(object("a", text("y"), "b", text("z")), object("a", text("x"), "b", text("z"))), boolean(true)),
	},
})
