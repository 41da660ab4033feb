package exec

import "goshawk/event"

// countTally counts rows, or those in which a value is not Null.
type countTally struct{ n []int64 }

func (t *countTally) begin(groups int) { t.n = widened(t.n, groups) }

func (t *countTally) add(groups, rows []int32, args []Vector) {
	if len(args) == 0 {
		for _, r := range rows {
			t.n[groups[r]]++
		}
		return
	}
	if g, tells := gapsOf(args[0]); tells {
		for _, r := range rows {
			if g.at(int(r)) == filled {
				t.n[groups[r]]++
			}
		}
		return
	}
	for _, r := range rows {
		if !args[0].IsNull(int(r)) {
			t.n[groups[r]]++
		}
	}
}

func (t *countTally) settle()                    {}
func (t *countTally) take(group int) event.Value { return event.IntValue(t.n[group]) }
func (t *countTally) bytes() int64               { return int64(8 * cap(t.n)) }

// distinctTally counts the different values, or combinations of values. It numbers the values of all groups together and notes
// which of them which group has.
type distinctTally struct {
	values keys
	held   int64
	seen   pairSet
	n      []int64
}

func (t *distinctTally) begin(groups int) { t.n = widened(t.n, groups) }

func (t *distinctTally) add(groups, rows []int32, args []Vector) {
	if len(rows) == 0 {
		return
	}
	values := t.values.number(pickAll(args, rows), len(rows), nullsDrop, true)
	for i, r := range rows {
		if values[i] < 0 {
			continue
		}
		if t.seen.add(groups[r], values[i]) {
			t.n[groups[r]]++
		}
	}
}

func (t *distinctTally) settle()                    {}
func (t *distinctTally) take(group int) event.Value { return event.IntValue(t.n[group]) }

func (t *distinctTally) bytes() int64 {
	t.held += t.values.grown()
	return t.held + t.seen.bytes() + int64(8*cap(t.n))
}
