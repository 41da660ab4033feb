package exec

import (
	"encoding/binary"
	"math"
	"strings"

	"goshawk/event"
	"goshawk/plan/fn"
)

// interner numbers the values of one column: equal values (fn.AppendKey) have the same number, numbers count up from 0 in the
// order in which values come. Values of the common kinds are told apart without their keys being written.
type interner struct {
	n         int32
	ints      numberTable // Int, and what is a whole number
	times     numberTable
	durations numberTable
	floats    numberTable // the bits of Floats that came before
	texts     map[string]int32
	others    map[string]int32 // all others, by fn.AppendKey
	held      int64            // bytes of the maps
	scratch   []byte

	words []string // the last dictionary,
	codes []int32  // and the numbers of its words, as far as they came; nil where it came once only
}

const keyOverhead = 64 // bytes of a map entry with its key's header

const (
	unnumbered  = -1 // a value has no number
	neverLooked = -2 // nobody asked
)

// bytes returns the bytes that the interner holds.
func (k *interner) bytes() int64 {
	return k.held + k.ints.bytes() + k.times.bytes() + k.durations.bytes() + k.floats.bytes() + int64(4*len(k.codes))
}

// number writes the number of each row of a column into out; unnumbered for those that have none: because of a Null, or because
// they are new and learn is false.
func (k *interner) number(v Vector, nulls nullKeys, learn bool, out []int32) {
	switch v := v.(type) {
	case *Ints:
		k.numberInts(v, nulls, learn, out)
	case *Words:
		k.numberWords(v, nulls, learn, out)
	case *Texts:
		for r := range out {
			if v.gaps.at(r) != filled {
				out[r] = k.null(nulls, learn)
				continue
			}
			out[r] = k.text(v.vals[r], learn)
		}
	case *Floats:
		for r := range out {
			if v.gaps.at(r) != filled {
				out[r] = k.null(nulls, learn)
				continue
			}
			out[r] = k.float(v.vals[r], learn)
		}
	case *Same:
		number := int32(unnumbered)
		if len(out) > 0 && (nulls == nullsGroup || !v.val.IsNull()) {
			number = k.value(v.val, learn)
		}
		for r := range out {
			out[r] = number
		}
	default:
		for r := range out {
			if out[r] = unnumbered; nulls == nullsGroup || !v.IsNull(r) {
				out[r] = k.value(v.At(r), learn)
			}
		}
	}
}

// value returns the number of any value.
func (k *interner) value(v event.Value, learn bool) int32 {
	switch v.Kind() {
	case event.Int:
		return k.in(&k.ints, v.Int(), learn)
	case event.Time:
		return k.in(&k.times, v.Int(), learn)
	case event.Duration:
		return k.in(&k.durations, v.Int(), learn)
	case event.Float:
		return k.float(v.Float(), learn)
	case event.Text:
		if text, ok := v.Plain(); ok {
			return k.text(text, learn)
		}
		return k.text(v.Text(), learn)
	}
	return k.other(v, learn)
}

// next returns a new number.
func (k *interner) next() int32 {
	k.n++
	return k.n - 1
}

func (k *interner) in(table *numberTable, n int64, learn bool) int32 {
	number := table.find(uint64(n))
	if number < 0 && learn {
		number = k.next()
		table.put(uint64(n), number)
	}
	return number
}

func (k *interner) text(text string, learn bool) int32 {
	if number, ok := k.texts[text]; ok {
		return number
	}
	if !learn {
		return unnumbered
	}
	if k.texts == nil {
		k.texts = make(map[string]int32)
	}
	number := k.next()
	k.texts[strings.Clone(text)] = number
	k.held += int64(len(text)) + keyOverhead
	return number
}

// float returns the number of a Float: that of the same number as an Int where it is whole.
func (k *interner) float(f float64, learn bool) int32 {
	if f >= -1<<63 && f < 1<<63 && f == math.Trunc(f) {
		return k.in(&k.ints, int64(f), learn)
	}
	bits := math.Float64bits(f)
	number := k.floats.find(bits)
	if number < 0 {
		if number = k.other(event.FloatValue(f), learn); number >= 0 {
			k.floats.put(bits, number)
		}
	}
	return number
}

// other returns the number of a value by its key. Of a whole number in another spelling that is the number of the Int.
func (k *interner) other(v event.Value, learn bool) int32 {
	k.scratch = fn.AppendKey(k.scratch[:0], v)
	if v.Kind() == event.Decimal && k.scratch[0] == 'i' {
		return k.in(&k.ints, int64(binary.BigEndian.Uint64(k.scratch[1:])), learn)
	}
	if number, ok := k.others[string(k.scratch)]; ok {
		return number
	}
	if !learn {
		return unnumbered
	}
	if k.others == nil {
		k.others = make(map[string]int32)
	}
	number := k.next()
	k.others[string(k.scratch)] = number
	k.held += int64(len(k.scratch)) + keyOverhead
	return number
}

// null returns the number of Null.
func (k *interner) null(nulls nullKeys, learn bool) int32 {
	if nulls == nullsDrop {
		return unnumbered
	}
	return k.other(event.Value{}, learn)
}

func (k *interner) numberInts(v *Ints, nulls nullKeys, learn bool, out []int32) {
	table := &k.ints
	switch v.kind {
	case event.Time:
		table = &k.times
	case event.Duration:
		table = &k.durations
	}
	for r := range out {
		switch {
		case v.gaps.at(r) != filled:
			out[r] = k.null(nulls, learn)
		case r > 0 && v.vals[r] == v.vals[r-1] && v.gaps.at(r-1) == filled:
			out[r] = out[r-1]
		default:
			out[r] = k.in(table, v.vals[r], learn)
		}
	}
}

// numberWords asks for each word once, also of a dictionary that several batches share.
func (k *interner) numberWords(v *Words, nulls nullKeys, learn bool, out []int32) {
	if !sameWords(k.words, v.words) {
		k.words, k.codes = v.words, k.codes[:0]
		if len(v.words) <= 4*len(out) {
			k.look()
		}
	} else if len(k.codes) == 0 {
		k.look()
	}
	for r := range out {
		if v.gaps.at(r) != filled {
			out[r] = k.null(nulls, learn)
			continue
		}
		code := v.codes[r]
		if len(k.codes) == 0 {
			out[r] = k.text(v.words[code], learn)
			continue
		}
		number := k.codes[code]
		if number < 0 && (learn || number == neverLooked) {
			number = k.text(v.words[code], learn)
			k.codes[code] = number
		}
		out[r] = number
	}
}

// look makes room for the numbers of a dictionary.
func (k *interner) look() {
	if cap(k.codes) < len(k.words) {
		k.codes = make([]int32, len(k.words))
	}
	k.codes = k.codes[:len(k.words)]
	for i := range k.codes {
		k.codes[i] = neverLooked
	}
}

// sameWords says whether two dictionaries are the same memory. Vectors never change, so neither do their dictionaries.
func sameWords(a, b []string) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}
