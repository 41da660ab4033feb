package exec

import "math/bits"

// pairSet is a set of pairs of numbers that are not negative. It is a hash table with open addressing, at most half full. The zero set
// is empty.
type pairSet struct {
	slots []uint64 // a pair and 1; 0: the slot is free
	n     int
}

// add adds a pair and says whether it is new.
func (t *pairSet) add(a, b int32) bool {
	if 2*(t.n+1) > len(t.slots) {
		t.widen()
	}
	key := (uint64(uint32(a))<<32 | uint64(uint32(b))) + 1
	slots := t.slots
	mask := uint64(len(slots) - 1)
	high, low := bits.Mul64(key^seed1, seed2)
	for i := (high ^ low) & mask; ; i = (i + 1) & mask {
		switch slots[i] {
		case key:
			return false
		case 0:
			slots[i] = key
			t.n++
			return true
		}
	}
}

func (t *pairSet) widen() {
	old := t.slots
	t.slots, t.n = make([]uint64, max(2*len(old), 16)), 0
	for _, key := range old {
		if key != 0 {
			key--
			t.add(int32(key>>32), int32(uint32(key)))
		}
	}
}

// bytes returns the bytes that the set holds.
func (t *pairSet) bytes() int64 { return int64(8 * len(t.slots)) }
