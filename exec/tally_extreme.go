package exec

import (
	"math"

	"goshawk/event"
	"goshawk/plan/fn"
)

// extremeTally keeps the least value, or the greatest, in the order of sorting.
type extremeTally struct {
	sign   int           // 1: the least; -1: the greatest
	kinds  []event.Kind  // Null: none yet
	nums   []int64       // of Int, Time and Duration, and the bits of a Float
	others []event.Value // of other kinds; as long as the others only once there are such
	held   int64         // by the others
}

func (t *extremeTally) begin(groups int) {
	t.kinds, t.nums = widened(t.kinds, groups), widened(t.nums, groups)
	if t.others != nil {
		t.others = widened(t.others, groups)
	}
}

func (t *extremeTally) add(groups, rows []int32, args []Vector) {
	switch v := args[0].(type) {
	case *Ints:
		t.addInts(groups, rows, v)
	case *Floats:
		t.addFloats(groups, rows, v)
	default:
		for _, r := range rows {
			t.offer(groups[r], v.At(int(r)))
		}
	}
}

func (t *extremeTally) addInts(groups, rows []int32, v *Ints) {
	for _, r := range rows {
		if v.gaps.at(int(r)) != filled {
			continue
		}
		g, n := groups[r], v.vals[r]
		switch {
		case t.kinds[g] == event.Null:
			t.kinds[g], t.nums[g] = v.kind, n
		case t.kinds[g] != v.kind:
			t.offer(g, v.At(int(r)))
		case t.sign > 0 && n < t.nums[g] || t.sign < 0 && n > t.nums[g]:
			t.nums[g] = n
		}
	}
}

func (t *extremeTally) addFloats(groups, rows []int32, v *Floats) {
	for _, r := range rows {
		if v.gaps.at(int(r)) != filled {
			continue
		}
		g, f := groups[r], v.vals[r]
		if t.kinds[g] != event.Float {
			t.offer(g, event.FloatValue(f))
			continue
		}
		old := math.Float64frombits(uint64(t.nums[g]))
		switch {
		case f != f || old != old:
			t.offer(g, event.FloatValue(f))
		case t.sign > 0 && f < old || t.sign < 0 && f > old:
			t.nums[g] = int64(math.Float64bits(f))
		}
	}
}

// offer takes any value that goes before the one that is kept.
func (t *extremeTally) offer(g int32, v event.Value) {
	if v.IsNull() || t.kinds[g] != event.Null && t.sign*fn.Order(v, t.at(g)) >= 0 {
		return
	}
	if t.others != nil {
		t.held -= sizeOf(t.others[g])
		t.others[g] = event.Value{}
	}
	switch t.kinds[g] = v.Kind(); v.Kind() {
	case event.Int, event.Time, event.Duration:
		t.nums[g] = v.Int()
	case event.Float:
		t.nums[g] = int64(math.Float64bits(v.Float()))
	default:
		if t.others == nil {
			t.others = make([]event.Value, len(t.kinds))
		}
		t.others[g] = v.Clone()
		t.held += sizeOf(v)
	}
}

// at returns the value that is kept.
func (t *extremeTally) at(g int32) event.Value {
	switch t.kinds[g] {
	case event.Null:
		return event.NullValue()
	case event.Int:
		return event.IntValue(t.nums[g])
	case event.Time:
		return event.TimeValue(t.nums[g])
	case event.Duration:
		return event.DurationValue(t.nums[g])
	case event.Float:
		return event.FloatValue(math.Float64frombits(uint64(t.nums[g])))
	}
	return t.others[g]
}

func (t *extremeTally) settle() {}

func (t *extremeTally) take(group int) event.Value {
	v := t.at(int32(group))
	if t.others != nil {
		t.others[group] = event.Value{}
	}
	return v
}

func (t *extremeTally) bytes() int64 {
	return int64(cap(t.kinds)) + int64(8*cap(t.nums)) + valueSize*int64(cap(t.others)) + t.held
}
