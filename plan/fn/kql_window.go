package fn

import (
	"goshawk/event"
)

// Kusto's functions of the rows up to the current one. Each may start anew at a row.

// runningSum adds numbers up.
type runningSum struct {
	sum
	restartAt int
}

func (s *runningSum) Add(args []event.Value) {
	if len(args) > s.restartAt && args[s.restartAt].Bool() {
		s.sum = sum{}
	}
	s.sum.Add(args)
}

func (s *runningSum) Result() event.Value {
	if s.n == 0 {
		return whole(0)
	}
	return s.sum.Result()
}

var _ = defineAggregate(Aggregate{
	Name: "kql_row_cumsum", Doc: "The sum of the numbers up to the row, beginning anew at each row for which restart is true; 0 before the first.",
	Params: []Param{required("value", "any"), optional("restart", "bool")}, Result: "any", Ranking: true,
	New: func() State { return &runningSum{restartAt: 1} },
	Examples: []AggregateExample{
		aggregated(whole(12), rows(whole(2), whole(4), null, whole(6))), aggregated(whole(2950), [][]event.Value{{whole(4400), no}, {whole(1000), yes}, {whole(1950), no}}), aggregated(whole(0), rows(null)),
	},
})

// rowRank ranks rows by the values of a column.
type rowRank struct {
	ranking
}

func (s *rowRank) Add(args []event.Value) {
	if len(args) > 1 && args[1].Bool() {
		s.ranking = ranking{dense: s.dense}
	}
	s.ranking.Add(args[:1])
}

func rowRanking(name, doc string, dense bool, examples ...AggregateExample) *Aggregate {
	return defineAggregate(Aggregate{
		Name: name, Doc: doc + " Ranks begin anew at each row for which restart is true.", Params: []Param{required("value", "any"), optional("restart", "bool")}, Result: "long", Ranking: true,
		New: func() State { return &rowRank{ranking{dense: dense}} }, Examples: examples,
	})
}

var (
	_ = rowRanking("kql_row_rank_dense", "The number of times that the value changed up to the row, the first included.", true,
		aggregated(whole(2), rows(whole(2), whole(3), whole(3))), aggregated(whole(1), [][]event.Value{{whole(2), no}, {whole(3), yes}}))
	_ = rowRanking("kql_row_rank_min", "The number of the first of the rows next to each other that have the row's value.", false,
		aggregated(whole(5), rows(whole(2), whole(3), whole(3), whole(3), whole(100))), aggregated(whole(2), [][]event.Value{{whole(2), no}, {whole(3), yes}, {whole(4), no}, {whole(4), no}}))
)

// rowSession cuts rows into sessions.
type rowSession struct{ start, last event.Value }

func (s *rowSession) Add(args []event.Value) {
	t := args[0]
	if t.Kind() != event.Time {
		s.start, s.last = null, null
		return
	}
	reached := func(from, distance event.Value) bool {
		order, ok := Compare(times('-', t, from), distance)
		return ok && order >= 0
	}
	if s.start.IsNull() || reached(s.start, args[1]) || reached(s.last, args[2]) || len(args) > 3 && args[3].Bool() {
		s.start = t
	}
	s.last = t
}

func (s *rowSession) Result() event.Value {
	if s.start.IsNull() {
		return null
	}
	return s.start
}

var _ = defineAggregate(Aggregate{
	Name: "kql_row_window_session", Doc: "The time of the first row of the session that a row belongs to: a row begins one where its time is so far from that of the session's first row or of the row before, or restart is true.",
	Params: []Param{required("time", "datetime"), required("from_first", "timespan"), required("from_last", "timespan"), optional("restart", "bool")}, Result: "datetime", Ranking: true,
	New: func() State { return new(rowSession) },
	Examples: []AggregateExample{
		aggregated(instant("2024-04-11T10:16:00Z"), [][]event.Value{
			{instant("2024-04-11T10:16:00Z"), span("01:00:00"), span("00:05:00"), yes}, {instant("2024-04-11T10:18:00Z"), span("01:00:00"), span("00:05:00"), no},
		}),
		aggregated(instant("2024-04-11T11:00:00Z"), [][]event.Value{
			{instant("2024-04-11T10:00:00Z"), span("01:00:00"), span("02:00:00"), no}, {instant("2024-04-11T11:00:00Z"), span("01:00:00"), span("02:00:00"), no},
		}),
	},
})
