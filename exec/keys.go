package exec

import (
	"goshawk/event"
	"goshawk/plan/fn"
)

// keys numbers rows by the values of their keys: rows of equal values (fn.AppendKey) have the same number, numbers count up
// from 0 in the order of first rows.
type keys struct {
	numbers map[string]int32
	ints    map[int64]int32 // what is known of a single Int key
	scratch []byte
	bytes   int64 // held since the last call of grown
	n       int32
}

const keyOverhead = 64 // bytes of a map entry with its key's header

// nullKeys says what becomes of rows with a Null among their keys.
type nullKeys uint8

const (
	nullsGroup nullKeys = iota // Null is a value like others
	nullsDrop                  // they have no number
)

// number returns the number of each row, -1 for those that have none: because of a Null, or because its keys are new and
// learn is false.
func (k *keys) number(columns []Vector, n int, nulls nullKeys, learn bool) []int32 {
	if k.numbers == nil {
		k.numbers = make(map[string]int32)
	}
	out := make([]int32, n)
	if len(columns) == 1 {
		switch v := columns[0].(type) {
		case *Words:
			if len(v.words) <= n {
				k.numberWords(v, nulls, learn, out)
				return out
			}
		case *Ints:
			if v.kind == event.Int {
				k.numberInts(v, nulls, learn, out)
				return out
			}
		}
	}
rows:
	for r := range out {
		k.scratch = k.scratch[:0]
		for _, c := range columns {
			if nulls == nullsDrop && c.IsNull(r) {
				out[r] = -1
				continue rows
			}
			k.scratch = fn.AppendKey(k.scratch, c.At(r))
		}
		out[r] = k.find(learn)
	}
	return out
}

// find returns the number of the key in scratch.
func (k *keys) find(learn bool) int32 {
	if number, ok := k.numbers[string(k.scratch)]; ok {
		return number
	}
	if !learn {
		return -1
	}
	number := k.n
	k.n++
	k.numbers[string(k.scratch)] = number
	k.bytes += int64(len(k.scratch)) + keyOverhead
	return number
}

func (k *keys) one(v event.Value, learn bool) int32 {
	k.scratch = fn.AppendKey(k.scratch[:0], v)
	return k.find(learn)
}

func (k *keys) numberWords(v *Words, nulls nullKeys, learn bool, out []int32) {
	const unseen = -2
	known := make([]int32, len(v.words))
	for i := range known {
		known[i] = unseen
	}
	for r := range out {
		if v.gaps.at(r) != filled {
			out[r] = -1
			if nulls != nullsDrop {
				out[r] = k.one(event.Value{}, learn)
			}
			continue
		}
		code := v.codes[r]
		if known[code] == unseen {
			known[code] = k.one(event.TextValue(v.words[code]), learn)
		}
		out[r] = known[code]
	}
}

func (k *keys) numberInts(v *Ints, nulls nullKeys, learn bool, out []int32) {
	if k.ints == nil {
		k.ints = make(map[int64]int32)
	}
	for r := range out {
		if v.gaps.at(r) != filled {
			out[r] = -1
			if nulls != nullsDrop {
				out[r] = k.one(event.Value{}, learn)
			}
			continue
		}
		n := v.vals[r]
		number, ok := k.ints[n]
		if !ok {
			if number = k.one(event.IntValue(n), learn); number >= 0 {
				k.ints[n] = number
				k.bytes += keyOverhead
			}
		}
		out[r] = number
	}
}

// grown returns the bytes that were taken up since it was last asked.
func (k *keys) grown() int64 {
	n := k.bytes
	k.bytes = 0
	return n
}

func valuesOf(list []*expr, b *Batch) []Vector {
	out := make([]Vector, len(list))
	for i, x := range list {
		out[i] = x.value(b)
	}
	return out
}
