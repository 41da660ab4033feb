package fn

import (
	"math/bits"
	"strconv"
	"strings"

	"goshawk/event"
)

// Whole numbers as rows of 64 bits.

var _ = define(Func{
	Name: "hex_to_int", Doc: "The number that a text spells in hexadecimal, with 0x before it or not; Null where it spells none and beyond 64 bits.",
	Params: []Param{required("text", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		digits, _ := hexDigits(strings.TrimSpace(args[0].Text()), false)
		n, err := strconv.ParseUint(digits, 16, 64)
		if err != nil {
			return null
		}
		return whole(int64(n))
	},
	Examples: []Example{
		example(whole(2660), text("0xa64")), example(whole(255), text("FF")), example(whole(-1), text("0xffffffffffffffff")),
		example(null, text("0x")), example(null, text("xyz")),
	},
})

var _ = define(Func{
	Name: "int_to_hex", Doc: "A whole number in hexadecimal, lower case, without 0x; of a negative one the two's complement in 64 bits.",
	Params: []Param{required("number", "long")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := wholeNumber(args[0])
		if !ok {
			return null
		}
		return text(strconv.FormatUint(uint64(n), 16))
	},
	Examples: []Example{example(text("a64"), whole(2660)), example(text("ffffffffffffffff"), whole(-1)), example(null, float(1.5))},
})

var _ = define(Func{
	Name: "process_id", Doc: "A process id as a whole number, be it written as a number, in decimal or as 0x…; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() == event.Bool {
			return null
		}
		return toInt(args[0])
	},
	Examples: []Example{example(whole(2660), text("0xa64")), example(whole(2660), text("2660")), example(whole(4), whole(4)), example(null, text("-"))},
})

func bitwise(name, doc string, f func(a, b int64) int64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "long"), required("b", "long")}, Result: "long", Strict: true,
		Eval: func(args []event.Value) event.Value {
			a, okA := wholeNumber(args[0])
			b, okB := wholeNumber(args[1])
			if !okA || !okB {
				return null
			}
			return whole(f(a, b))
		},
		Examples: examples,
	})
}

var (
	_ = bitwise("bit_and", "The bits that two whole numbers share.", func(a, b int64) int64 { return a & b }, example(whole(4), whole(6), whole(12)))
	_ = bitwise("bit_or", "The bits that one of two whole numbers has.", func(a, b int64) int64 { return a | b }, example(whole(14), whole(6), whole(12)))
	_ = bitwise("bit_xor", "The bits that exactly one of two whole numbers has.", func(a, b int64) int64 { return a ^ b }, example(whole(10), whole(6), whole(12)))
	_ = bitwise("shift_left", "A whole number moved up by so many bits, modulo 64.", func(a, b int64) int64 { return a << (uint64(b) & 63) }, example(whole(12), whole(3), whole(2)))
	_ = bitwise("shift_right", "A whole number moved down by so many bits, modulo 64, its sign kept.", func(a, b int64) int64 { return a >> (uint64(b) & 63) }, example(whole(-1), whole(-4), whole(2)))
)

var _ = define(Func{
	Name: "bit_not", Doc: "A whole number with each of its bits turned.",
	Params: []Param{required("number", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := wholeNumber(args[0])
		if !ok {
			return null
		}
		return whole(^n)
	},
	Examples: []Example{example(whole(-1), whole(0))},
})

var _ = define(Func{
	Name: "bit_count", Doc: "The number of bits that are set in a whole number.",
	Params: []Param{required("number", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := wholeNumber(args[0])
		if !ok {
			return null
		}
		return whole(int64(bits.OnesCount64(uint64(n))))
	},
	Examples: []Example{example(whole(2), whole(6)), example(whole(64), whole(-1))},
})
