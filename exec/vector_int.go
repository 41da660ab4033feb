package exec

import "goshawk/event"

// Ints holds 64-bit integers, or the ticks of times or durations.
type Ints struct {
	kind event.Kind // Int, Time or Duration
	vals []int64
	gaps gaps
}

func (v *Ints) Len() int { return len(v.vals) }

func (v *Ints) At(i int) event.Value {
	if v.gaps.at(i) != filled {
		return v.gaps.value(i)
	}
	switch v.kind {
	case event.Time:
		return event.TimeValue(v.vals[i])
	case event.Duration:
		return event.DurationValue(v.vals[i])
	}
	return event.IntValue(v.vals[i])
}

func (v *Ints) IsNull(i int) bool { return v.gaps.at(i) != filled }

func (v *Ints) pick(rows []int32) Vector {
	return &Ints{v.kind, pickFrom(v.vals, rows), v.gaps.pick(rows)}
}

func (v *Ints) size() int64 { return int64(8*len(v.vals) + len(v.gaps)) }
