package exec

import (
	"goshawk/event"
	"goshawk/plan/fn"
)

// sumTally adds integers up in 64 bits as long as there is nothing else; a group that has anything else, or leaves 64 bits, goes on
// with a state of the aggregate.
type sumTally struct {
	any    []bool
	whole  []int64
	states []fn.State // nil until one is needed; then of those groups that do
	made   int        // how many are
}

func (t *sumTally) begin(groups int) {
	t.any, t.whole = widened(t.any, groups), widened(t.whole, groups)
	if t.states != nil {
		t.states = widened(t.states, groups)
	}
}

func (t *sumTally) add(groups, rows []int32, args []Vector) {
	v, ok := args[0].(*Ints)
	if !ok || v.kind != event.Int {
		for _, r := range rows {
			t.addValue(groups[r], args[0].At(int(r)))
		}
		return
	}
	for _, r := range rows {
		if v.gaps.at(int(r)) != filled {
			continue
		}
		g, n := groups[r], v.vals[r]
		sum := t.whole[g] + n
		if t.states != nil && t.states[g] != nil || (sum > t.whole[g]) != (n > 0) && n != 0 {
			t.addValue(g, event.IntValue(n))
			continue
		}
		t.any[g], t.whole[g] = true, sum
	}
}

// addValue adds any value to the state of a group.
func (t *sumTally) addValue(g int32, v event.Value) {
	switch v.Kind() {
	case event.Int, event.Float, event.Decimal, event.Duration:
	default:
		return
	}
	if t.states == nil {
		t.states = make([]fn.State, len(t.any))
	}
	s := t.states[g]
	if s == nil {
		s = fnSum.New()
		if t.any[g] {
			s.Add([]event.Value{event.IntValue(t.whole[g])})
		}
		t.states[g] = s
		t.made++
	}
	s.Add([]event.Value{v})
}

func (t *sumTally) settle() {}

func (t *sumTally) take(group int) event.Value {
	switch {
	case t.states != nil && t.states[group] != nil:
		v := t.states[group].Result()
		t.states[group] = nil
		return v
	case t.any[group]:
		return event.IntValue(t.whole[group])
	}
	return event.NullValue()
}

func (t *sumTally) bytes() int64 {
	return int64(cap(t.any)) + int64(8*cap(t.whole)) + int64(16*cap(t.states)) + stateSize*int64(t.made)
}
