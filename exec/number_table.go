package exec

import (
	"math/bits"
	"math/rand/v2"
)

// numberTable finds the numbers of 64-bit keys. It is a hash table with open addressing, at most half full. The zero table is
// empty.
type numberTable struct {
	slots []numberSlot
	n     int
}

// numberSlot holds a key and its number, counted from 1; 0: the slot is free.
type numberSlot struct {
	key    uint64
	number int32
}

const numberSlotSize = 16

// The seeds make the place of a key unforeseeable: whoever writes events must not be able to write those that all fall together.
var seed1, seed2 = rand.Uint64(), rand.Uint64() | 1

func (t *numberTable) place(key uint64) int {
	high, low := bits.Mul64(key^seed1, seed2)
	return int((high ^ low) & uint64(len(t.slots)-1))
}

// find returns the number of a key, -1 if it has none.
func (t *numberTable) find(key uint64) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	mask := len(t.slots) - 1
	for i := t.place(key); ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.number == 0 || s.key == key {
			return s.number - 1
		}
	}
}

// put gives a number to a key that has none.
func (t *numberTable) put(key uint64, number int32) {
	if 2*(t.n+1) > len(t.slots) {
		t.widen()
	}
	t.n++
	t.set(key, number+1)
}

func (t *numberTable) set(key uint64, number int32) {
	mask := len(t.slots) - 1
	i := t.place(key)
	for t.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = numberSlot{key, number}
}

func (t *numberTable) widen() {
	old := t.slots
	t.slots = make([]numberSlot, max(2*len(old), 16))
	for _, s := range old {
		if s.number != 0 {
			t.set(s.key, s.number)
		}
	}
}

// bytes returns the bytes that the table holds.
func (t *numberTable) bytes() int64 { return numberSlotSize * int64(len(t.slots)) }
