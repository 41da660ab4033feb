package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan/fn"
)

// stateTally keeps a state of the aggregate for each group: for those that have no typed tally, that count different arguments only,
// or that depend on an order.
type stateTally struct {
	agg     *aggExpr
	orders  []Vector // of the sort keys, for the rows that are added next
	states  []fn.State
	sizes   []int64         // of the states, where they tell; else nil
	seen    map[string]bool // of an aggregate of distinct arguments
	ordered [][]orderedRow  // for each group, the rows that wait
	values  []event.Value
	scratch []byte
	held    int64
}

// orderedRow is a row that waits until all rows of its group are there.
type orderedRow struct{ keys, args []event.Value }

const stateSize = 96 // bytes of a state that does not tell

func newStateTally(a *aggExpr) *stateTally {
	t := &stateTally{agg: a, values: make([]event.Value, len(a.args))}
	if _, tells := a.fn.New().(fn.Sizer); tells {
		t.sizes = []int64{}
	}
	if a.distinct {
		t.seen = make(map[string]bool)
	}
	return t
}

func (t *stateTally) begin(groups int) {
	t.states = slices.Grow(t.states, max(groups-len(t.states), 0))
	for len(t.states) < groups {
		t.states = append(t.states, t.agg.fn.New())
		t.held += stateSize
	}
	if t.sizes != nil {
		t.sizes = widened(t.sizes, groups)
	}
	if len(t.agg.order) > 0 {
		t.ordered = widened(t.ordered, groups)
	}
}

func (t *stateTally) add(groups, rows []int32, args []Vector) {
	for _, r := range rows {
		g := groups[r]
		for i, v := range args {
			t.values[i] = v.At(int(r))
		}
		if len(t.agg.order) > 0 {
			t.wait(g, int(r))
		} else {
			t.addRow(g, t.values)
		}
	}
}

// addRow adds a row to the state of its group.
func (t *stateTally) addRow(g int32, args []event.Value) {
	if t.seen != nil && !t.isNew(g, args) {
		return
	}
	s := t.states[g]
	s.Add(args)
	if t.sizes != nil {
		size := s.(fn.Sizer).Size()
		t.held += size - t.sizes[g]
		t.sizes[g] = size
	}
}

// wait keeps a row of an aggregate that depends on an order.
func (t *stateTally) wait(g int32, r int) {
	row := orderedRow{keys: make([]event.Value, len(t.orders)), args: slices.Clone(t.values)}
	for i, v := range t.orders {
		row.keys[i] = v.At(r)
		t.held += valueSize + sizeOf(row.keys[i])
	}
	for _, v := range row.args {
		t.held += valueSize + sizeOf(v)
	}
	t.ordered[g] = append(t.ordered[g], row)
}

// isNew says whether a group meets these arguments for the first time.
func (t *stateTally) isNew(g int32, args []event.Value) bool {
	t.scratch = fn.AppendKey(t.scratch[:0], event.IntValue(int64(g)))
	for _, v := range args {
		t.scratch = fn.AppendKey(t.scratch, v)
	}
	if t.seen[string(t.scratch)] {
		return false
	}
	t.seen[string(t.scratch)] = true
	t.held += int64(len(t.scratch)) + keyOverhead
	return true
}

// settle adds the rows that waited for their order.
func (t *stateTally) settle() {
	for g, rows := range t.ordered {
		slices.SortStableFunc(rows, func(x, y orderedRow) int {
			for i, k := range t.agg.order {
				if order := k.valueOrder(x.keys[i], y.keys[i]); order != 0 {
					return order
				}
			}
			return 0
		})
		for _, row := range rows {
			t.addRow(int32(g), row.args)
		}
	}
	t.seen, t.ordered = nil, nil
}

func (t *stateTally) take(group int) event.Value {
	v := t.states[group].Result()
	t.states[group] = nil
	return v
}

func (t *stateTally) bytes() int64 { return t.held }
