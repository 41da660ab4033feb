package exec

import "goshawk/event"

// Texts holds texts that hardly repeat.
type Texts struct {
	vals []string
	gaps gaps
	made made
}

func (v *Texts) Len() int { return len(v.vals) }

func (v *Texts) At(i int) event.Value {
	if v.gaps.at(i) != filled {
		return v.gaps.value(i)
	}
	return event.TextValue(v.vals[i])
}

func (v *Texts) IsNull(i int) bool { return v.gaps.at(i) != filled }

func (v *Texts) pick(rows []int32) Vector {
	return &Texts{vals: pickFrom(v.vals, rows), gaps: v.gaps.pick(rows)}
}

func (v *Texts) size() int64 {
	n := int64(textSize*len(v.vals)+len(v.gaps)) + v.made.size()
	for _, text := range v.vals {
		n += int64(len(text))
	}
	return n
}
