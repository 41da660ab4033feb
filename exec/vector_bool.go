package exec

import "goshawk/event"

// Bools holds truths; Gaps tells true, false and null apart.
type Bools struct {
	vals []bool
	gaps gaps
}

func (v *Bools) Len() int { return len(v.vals) }

func (v *Bools) At(i int) event.Value {
	if v.gaps.at(i) != filled {
		return v.gaps.value(i)
	}
	return event.BoolValue(v.vals[i])
}

func (v *Bools) IsNull(i int) bool { return v.gaps.at(i) != filled }

func (v *Bools) pick(rows []int32) Vector {
	return &Bools{pickFrom(v.vals, rows), v.gaps.pick(rows)}
}

func (v *Bools) size() int64 { return int64(len(v.vals) + len(v.gaps)) }
