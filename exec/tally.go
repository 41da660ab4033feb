package exec

import (
	"goshawk/event"
	"goshawk/plan/fn"
)

// tally is one aggregate of all groups. Those of the common aggregates keep their states in typed slices and add whole columns.
// What a tally gives is exactly what fn.Aggregate's states give.
type tally interface {
	// begin makes room for groups up to so many.
	begin(groups int)
	// add adds the given rows, each of which has a group.
	add(groups, rows []int32, args []Vector)
	// settle says that there are no more rows.
	settle()
	// take returns the result of a group and forgets its state.
	take(group int) event.Value
	// bytes returns the number of bytes held, roughly.
	bytes() int64
}

// newTally returns the tally of an aggregate: a typed one where there is one.
func (a *aggExpr) newTally() tally {
	if a.distinct || len(a.order) > 0 {
		return newStateTally(a)
	}
	switch a.fn {
	case fnCount:
		return &countTally{}
	case fnMin:
		return &extremeTally{sign: 1}
	case fnMax:
		return &extremeTally{sign: -1}
	case fnFirst, fnAny:
		return &firstTally{}
	case fnSum:
		return &sumTally{}
	case fnDistinctCount:
		return &distinctTally{}
	case fnMakeSet:
		return &setTally{}
	case fnTexts:
		return &textsTally{agg: a}
	case fnTextCount:
		return &textsTally{agg: a, count: true}
	}
	return newStateTally(a)
}

// The aggregates that have typed tallies.
var (
	fnCount         = fn.AggregateByName("count")
	fnMin           = fn.AggregateByName("min")
	fnMax           = fn.AggregateByName("max")
	fnFirst         = fn.AggregateByName("first")
	fnAny           = fn.AggregateByName("any")
	fnSum           = fn.AggregateByName("sum")
	fnDistinctCount = fn.AggregateByName("dcount")
	fnMakeSet       = fn.AggregateByName("make_set")
	fnTexts         = fn.AggregateByName("spl_values")
	fnTextCount     = fn.AggregateByName("spl_dc")
)

// widened returns a list with room for n elements, of which the new ones are zero.
func widened[T any](list []T, n int) []T {
	if n <= len(list) {
		return list
	}
	if n <= cap(list) {
		return list[:n] // never shrunk, so what lies there is zero
	}
	out := make([]T, n, max(n, 2*cap(list)))
	copy(out, list)
	return out
}

// gapsOf returns the gaps of a vector whose shape tells them; other shapes must be asked row by row.
func gapsOf(v Vector) (g gaps, tells bool) {
	switch v := v.(type) {
	case *Ints:
		return v.gaps, true
	case *Floats:
		return v.gaps, true
	case *Texts:
		return v.gaps, true
	case *Words:
		return v.gaps, true
	case *Bools:
		return v.gaps, true
	}
	return nil, false
}

// pickAll returns the given rows of vectors, which come in their order and once each.
func pickAll(list []Vector, rows []int32) []Vector {
	out := make([]Vector, len(list))
	for i, v := range list {
		if out[i] = v; len(rows) < v.Len() {
			out[i] = v.pick(rows)
		}
	}
	return out
}
