package exec

import "goshawk/event"

// firstTally keeps the first value that is not Null.
type firstTally struct {
	values []event.Value // Null: none yet
	held   int64         // by the values
}

func (t *firstTally) begin(groups int) { t.values = widened(t.values, groups) }

func (t *firstTally) add(groups, rows []int32, args []Vector) {
	for _, r := range rows {
		kept := &t.values[groups[r]]
		if !kept.IsNull() {
			continue
		}
		if v := args[0].At(int(r)); !v.IsNull() {
			*kept = owned(v)
			t.held += sizeOf(*kept)
		}
	}
}

func (t *firstTally) settle() {}

func (t *firstTally) take(group int) event.Value {
	v := t.values[group]
	t.values[group] = event.Value{}
	if v.IsNull() {
		return event.NullValue()
	}
	return v
}

func (t *firstTally) bytes() int64 { return valueSize*int64(cap(t.values)) + t.held }
