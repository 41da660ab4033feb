package exec

import "goshawk/event"

// Floats holds 64-bit floating-point numbers.
type Floats struct {
	vals []float64
	gaps gaps
}

func (v *Floats) Len() int { return len(v.vals) }

func (v *Floats) At(i int) event.Value {
	if v.gaps.at(i) != filled {
		return v.gaps.value(i)
	}
	return event.FloatValue(v.vals[i])
}

func (v *Floats) IsNull(i int) bool { return v.gaps.at(i) != filled }

func (v *Floats) pick(rows []int32) Vector {
	return &Floats{pickFrom(v.vals, rows), v.gaps.pick(rows)}
}

func (v *Floats) size() int64 { return int64(8*len(v.vals) + len(v.gaps)) }
