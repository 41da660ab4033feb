package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// call gives a function of several columns a kernel that computes its arguments column by column, one that has a kernel (kernels) that kernel, and one that hands values on
// as they are a kernel that hands on whole columns.
func (s *scope) call(x *expr, e *plan.Call) error {
	handsOn := e.Func.HandsOn != fn.Nothing
	kernel := kernels[e.Func]
	if e.Func.Eval == nil || e.Func.Fails != nil || len(x.slots) < 2 && !x.rest && !handsOn && kernel == nil {
		return nil
	}
	args := make([]*expr, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = s.compile(a); err != nil {
			return err
		}
	}
	byWord := len(x.slots) == 1 && !x.rest && !handsOn
	x.vector = func(b *Batch) Vector {
		if byWord {
			if _, ok := b.Cols[x.slots[0]].(*Words); ok {
				return x.vectorByWord(b)
			}
		}
		columns := make([]Vector, len(args))
		for i, a := range args {
			columns[i] = a.value(b)
			if i == 0 && handsOn && handedOn(e.Func.HandsOn, columns[0]) {
				return columns[0]
			}
		}
		if handsOn {
			if v := fillGaps(e.Func, columns); v != nil {
				return v
			}
		}
		if kernel != nil {
			if v := kernel(columns, b.Len); v != nil {
				return v
			}
		}
		return callRows(e.Func, columns, b.Len, x.most)
	}
	return nil
}

// callRows computes a function row by row.
func callRows(f *fn.Func, columns []Vector, n int, most int64) Vector {
	values, out, held := make([]event.Value, len(columns)), builderOf(n), purse{most: most}
rows:
	for r := range n {
		for i, c := range columns {
			values[i] = c.At(r)
			if f.Strict && values[i].IsNull() {
				out.Append(event.NullValue())
				continue rows
			}
		}
		out.Append(held.own(f.Eval(values)))
	}
	return out.Finish()
}

// handedOn says whether a function gives every value of a column as it is.
func handedOn(what fn.HandsOn, v Vector) bool {
	switch v := v.(type) {
	case *Texts:
		return v.gaps == nil
	case *Words:
		return v.gaps == nil
	}
	switch what {
	case fn.EachSingle:
		return allSingle(v)
	case fn.EachValue:
		return allFilled(v)
	}
	return false
}

// allFilled says whether no row of a vector is Null.
func allFilled(v Vector) bool {
	if allSingle(v) {
		return true
	}
	switch v := v.(type) {
	case *Same:
		return !v.val.IsNull()
	case *Mixed:
		return !slices.ContainsFunc(v.vals, event.Value.IsNull)
	}
	return false
}

// fillGaps computes a function that hands texts on over texts with gaps, where its other arguments are the same for all rows: it
// is asked for the gaps only. It returns nil for other columns, and where a gap becomes something that is no text.
func fillGaps(f *fn.Func, columns []Vector) Vector {
	args := make([]event.Value, len(columns))
	for i, c := range columns[1:] {
		same, ok := c.(*Same)
		if !ok {
			return nil
		}
		args[i+1] = same.val
	}
	var filling [absent + 1]event.Value
	for _, g := range []gap{null, absent} {
		args[0] = gaps{g}.value(0)
		if filling[g] = event.NullValue(); !f.Strict {
			filling[g] = owned(f.Eval(args))
		}
		if kind := filling[g].Kind(); kind != event.Text && kind != event.Null {
			return nil
		}
	}
	switch v := columns[0].(type) {
	case *Texts:
		return v.filled(filling)
	case *Words:
		return v.filled(filling)
	}
	return nil
}

// filled returns the texts with others, or other gaps, in the place of the gaps.
func (v *Texts) filled(filling [absent + 1]event.Value) Vector {
	out := &Texts{vals: slices.Clone(v.vals), gaps: slices.Clone(v.gaps)}
	some := false
	for i, g := range v.gaps {
		if g == filled {
			continue
		}
		if out.gaps[i] = gapOf(filling[g]); out.gaps[i] == filled {
			out.vals[i] = filling[g].Text()
		} else {
			some = true
		}
	}
	if !some {
		out.gaps = nil
	}
	return out
}

// filled returns the words with others, or other gaps, in the place of the gaps.
func (v *Words) filled(filling [absent + 1]event.Value) Vector {
	out := &Words{codes: slices.Clone(v.codes), words: slices.Clip(v.words), gaps: slices.Clone(v.gaps)}
	var codes [absent + 1]uint32
	for g := null; g <= absent; g++ {
		if gapOf(filling[g]) == filled {
			codes[g] = out.code(filling[g].Text())
		}
	}
	some := false
	for i, g := range v.gaps {
		if g == filled {
			continue
		}
		out.codes[i], out.gaps[i] = codes[g], gapOf(filling[g])
		some = some || out.gaps[i] != filled
	}
	if !some {
		out.gaps = nil
	}
	return out
}

// code returns the number of a word in a dictionary that is being made.
func (v *Words) code(word string) uint32 {
	at := slices.Index(v.words, word)
	if at < 0 {
		at = len(v.words)
		v.words = append(v.words, word)
	}
	return uint32(at)
}
