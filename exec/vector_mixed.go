package exec

import "goshawk/event"

// Mixed holds values of any kinds, lists and objects among them.
type Mixed struct {
	vals []event.Value
}

func (v *Mixed) Len() int { return len(v.vals) }

func (v *Mixed) At(i int) event.Value { return v.vals[i] }

func (v *Mixed) IsNull(i int) bool { return v.vals[i].IsNull() }

func (v *Mixed) pick(rows []int32) Vector { return &Mixed{pickFrom(v.vals, rows)} }

func (v *Mixed) size() int64 {
	n := int64(valueSize * len(v.vals))
	for _, e := range v.vals {
		n += sizeOf(e)
	}
	return n
}

// Same holds one value for all its rows.
type Same struct {
	val event.Value
	n   int
}

func (v *Same) Len() int { return v.n }

func (v *Same) At(int) event.Value { return v.val }

func (v *Same) IsNull(int) bool { return v.val.IsNull() }

func (v *Same) pick(rows []int32) Vector {
	if anyNegative(rows) && !v.val.IsAbsent() {
		out := &Mixed{make([]event.Value, len(rows))}
		for i, r := range rows {
			if r >= 0 {
				out.vals[i] = v.val
			}
		}
		return out
	}
	return &Same{v.val, len(rows)}
}

func (v *Same) size() int64 { return valueSize + sizeOf(v.val) }
