package fn

import (
	"github.com/cespare/xxhash/v2"

	"goshawk/event"
)

var _ = define(Func{
	Name: "kql_hash", Doc: "The xxHash64 of a text as a whole number, or its remainder below a modulus; Null for a modulus that is not positive.",
	Params: []Param{required("text", "string"), optional("modulus", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		h := xxhash.Sum64String(args[0].Text()) // with seed 0
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
