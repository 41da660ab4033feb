package fn

import (
	"container/heap"
	"sort"

	"goshawk/event"
)

// concurrency keeps the ends of what is under way, the earliest first.
type concurrency struct {
	ends sort.Float64Slice
	n    event.Value
}

func (s *concurrency) Len() int           { return len(s.ends) }
func (s *concurrency) Less(i, j int) bool { return s.ends[i] < s.ends[j] }
func (s *concurrency) Swap(i, j int)      { s.ends[i], s.ends[j] = s.ends[j], s.ends[i] }
func (s *concurrency) Push(x any)         { s.ends = append(s.ends, x.(float64)) }
func (s *concurrency) Pop() any {
	last := s.ends[len(s.ends)-1]
	s.ends = s.ends[:len(s.ends)-1]
	return last
}

func (s *concurrency) Add(args []event.Value) {
	start, ok := splFloat(args[0])
	duration, sane := splFloat(args[1])
	if s.n = null; !ok || !sane || duration < 0 {
		return
	}
	for len(s.ends) > 0 && s.ends[0] < start {
		heap.Pop(s)
	}
	heap.Push(s, start+duration)
	s.n = whole(int64(len(s.ends)))
}

func (s *concurrency) Result() event.Value { return s.n }
func (s *concurrency) Size() int64         { return int64(len(s.ends)) * 8 }

var _ = defineAggregate(Aggregate{
	Name: "spl_concurrency", Doc: "How many rows up to this one, it included, are under way at its start, given the start and the duration of each; the rows must be in the order of their starts. Null where a row has no start or duration.",
	Params: []Param{required("start", "any"), required("duration", "any")}, Result: "any", Ranking: true,
	New: func() State { return new(concurrency) },
	Examples: []AggregateExample{
		aggregated(whole(2), [][]event.Value{{whole(0), whole(10)}, {whole(5), whole(1)}}), aggregated(whole(1), [][]event.Value{{whole(0), whole(4)}, {whole(5), whole(1)}}),
		aggregated(null, [][]event.Value{{whole(0), text("x")}}), aggregated(null, nil),
	},
})
