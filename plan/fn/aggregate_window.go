package fn

import (
	"goshawk/event"
)

// Functions of a row's place in its partition. A window adds its rows one after the other and asks for the result after
// each.

type rowNumber struct{ n int64 }

func (s *rowNumber) Add(args []event.Value) {
	if len(args) > 0 && args[0].Bool() {
		s.n = 0
	}
	s.n++
}
func (s *rowNumber) Result() event.Value { return whole(s.n) }

var _ = defineAggregate(Aggregate{
	Name: "row_number", Doc: "The number of the row, counted from 1, and again from 1 at each row for which restart is true.",
	Params: []Param{optional("restart", "bool")}, Result: "long", Ranking: true,
	New:      func() State { return new(rowNumber) },
	Examples: []AggregateExample{aggregated(whole(2), [][]event.Value{{}, {}}), aggregated(whole(1), rows(no, yes))},
})

// ranking compares each row's keys with those of the row before.
type ranking struct {
	n, rank int64
	key     []byte
	dense   bool
}

func (s *ranking) Add(args []event.Value) {
	var key []byte
	for _, v := range args {
		key = AppendKey(key, v)
	}
	s.n++
	if s.n == 1 || string(key) != string(s.key) {
		if s.dense {
			s.rank++
		} else {
			s.rank = s.n
		}
	}
	s.key = key
}
func (s *ranking) Result() event.Value { return whole(s.rank) }

var (
	_ = defineAggregate(Aggregate{
		Name: "rank", Doc: "The number of the first row with the same keys as this one; the keys must be those of the window's order.",
		Params: []Param{required("key", "any"), variadic("keys", "any")}, Result: "long", Ranking: true,
		New:      func() State { return new(ranking) },
		Examples: []AggregateExample{aggregated(whole(1), rows(whole(7), whole(7))), aggregated(whole(3), rows(whole(7), whole(7), whole(8)))},
	})
	_ = defineAggregate(Aggregate{
		Name: "dense_rank", Doc: "The number of different keys up to this row; the keys must be those of the window's order.",
		Params: []Param{required("key", "any"), variadic("keys", "any")}, Result: "long", Ranking: true,
		New:      func() State { return &ranking{dense: true} },
		Examples: []AggregateExample{aggregated(whole(2), rows(whole(7), whole(7), whole(8)))},
	})
)

// lag keeps the values of the rows before, as many as are asked for.
type lag struct {
	values    []event.Value
	distance  int64
	otherwise event.Value
	size      int64
}

func (s *lag) Add(args []event.Value) {
	s.distance, s.otherwise = 1, null
	if n, ok := integerAt(args, 1, 1); ok {
		s.distance = max(n, 0)
	}
	if len(args) > 2 {
		s.otherwise = args[2].Clone()
	}
	s.values = append(s.values, args[0].Clone())
	s.size += footprint(args[0])
	for int64(len(s.values)) > s.distance+1 {
		s.size -= footprint(s.values[0])
		s.values = s.values[1:]
	}
}

func (s *lag) Result() event.Value {
	if int64(len(s.values)) <= s.distance {
		return s.otherwise
	}
	return s.values[int64(len(s.values))-1-s.distance]
}

func (s *lag) Size() int64 { return s.size }

var _ = defineAggregate(Aggregate{
	Name: "lag", Doc: "The value of the row so many rows before, 1 if not given; another value, else Null, where there is no such row. Over the opposite order it looks ahead.",
	Params: []Param{required("value", "any"), optional("rows", "long"), optional("otherwise", "any")}, Result: "any", Ranking: true,
	New:      func() State { return new(lag) },
	Examples: []AggregateExample{aggregated(text("a"), rows(text("a"), text("b"))), aggregated(null, rows(text("a"))), aggregated(text("-"), [][]event.Value{{text("a"), whole(2), text("-")}})},
})

// session cuts rows in the order of their times into sessions.
type session struct {
	start, last event.Value
}

func (s *session) Add(args []event.Value) {
	t := args[0]
	if t.Kind() != event.Time {
		s.start, s.last = null, null
		return
	}
	apart := func(from, most event.Value) bool {
		order, ok := Compare(times('-', t, from), most)
		return ok && order > 0
	}
	if s.start.IsNull() || apart(s.start, args[1]) || apart(s.last, args[2]) || len(args) > 3 && args[3].Bool() {
		s.start = t
	}
	s.last = t
}

func (s *session) Result() event.Value {
	if s.start.IsNull() {
		return null
	}
	return s.start
}

var _ = defineAggregate(Aggregate{
	Name: "session_start", Doc: "The time of the first row of the session that a row belongs to: a row begins a session where it is further than length from its start, further than gap from the row before, or restart is true.",
	Params: []Param{required("time", "datetime"), required("length", "timespan"), required("gap", "timespan"), optional("restart", "bool")}, Result: "datetime", Ranking: true,
	New: func() State { return new(session) },
	Examples: []AggregateExample{
		aggregated(instant("2024-01-01T10:00:00Z"), [][]event.Value{
			{instant("2024-01-01T10:00:00Z"), span("01:00:00"), span("00:05:00")}, {instant("2024-01-01T10:04:00Z"), span("01:00:00"), span("00:05:00")},
		}),
		aggregated(instant("2024-01-01T10:06:00Z"), [][]event.Value{
			{instant("2024-01-01T10:00:00Z"), span("01:00:00"), span("00:05:00")}, {instant("2024-01-01T10:06:00Z"), span("01:00:00"), span("00:05:00")},
		}),
	},
})
