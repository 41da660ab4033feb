package fn

import (
	"encoding/binary"
	"math/bits"

	"goshawk/event"
)

// xxHash64 as its specification defines it (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).

const (
	xxPrime1 = 0x9E3779B185EBCA87
	xxPrime2 = 0xC2B2AE3D27D4EB4F
	xxPrime3 = 0x165667B19E3779F9
	xxPrime4 = 0x85EBCA77C2B2AE63
	xxPrime5 = 0x27D4EB2F165667C5
)

func xxRound(acc, lane uint64) uint64 { return bits.RotateLeft64(acc+lane*xxPrime2, 31) * xxPrime1 }

// xxHash64 returns the hash of bytes with seed 0.
func xxHash64(b []byte) uint64 {
	size := uint64(len(b))
	h := uint64(xxPrime5)
	if len(b) >= 32 {
		one := uint64(xxPrime1)
		acc := [4]uint64{one + xxPrime2, xxPrime2, 0, -one}
		for ; len(b) >= 32; b = b[32:] {
			for i := range acc {
				acc[i] = xxRound(acc[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(acc[0], 1) + bits.RotateLeft64(acc[1], 7) + bits.RotateLeft64(acc[2], 12) + bits.RotateLeft64(acc[3], 18)
		for _, a := range acc {
			h = (h^xxRound(0, a))*xxPrime1 + xxPrime4
		}
	}
	h += size
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*xxPrime1 + xxPrime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xxPrime1, 23)*xxPrime2 + xxPrime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}

var _ = define(Func{
	Name: "kql_hash", Doc: "The xxHash64 of a text as a whole number, or its remainder below a modulus; Null for a modulus that is not positive.",
	Params: []Param{required("text", "string"), optional("modulus", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		h := xxHash64([]byte(args[0].Text()))
		if len(args) < 2 {
			return whole(int64(h))
		}
		modulus, ok := wholeNumber(args[1])
		if !ok || modulus <= 0 {
			return null
		}
		return whole(int64(h % uint64(modulus)))
	},
	Examples: []Example{
		example(whole(1846988464401551951), text("World")), example(whole(51), text("World"), whole(100)), example(whole(753694413698530628), text("Hello")), example(null, text("World"), whole(0)),
		example(whole(-1205034819632174695), empty), example(whole(189969583671016854), text("Call me Ishmael. Some years ago--never mind how long precisely-")), example(whole(-302119147016844303), text("Nobody inspects the spammish repetition")),
	},
})
