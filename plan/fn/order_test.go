package fn_test

import (
	"bytes"
	"math"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

var ordered = []event.Value{
	event.NullValue(),
	event.FloatValue(math.NaN()),
	event.FloatValue(math.Inf(-1)),
	event.DecimalValue("-1e400"),
	event.FloatValue(-1e300),
	event.DecimalValue("-9223372036854775809"),
	event.IntValue(math.MinInt64),
	event.IntValue(-1),
	event.DecimalValue("-0.5"),
	event.IntValue(0),
	event.FloatValue(5e-324),
	event.DecimalValue("0.1"),
	event.FloatValue(0.1), // a little more than 0.1
	event.IntValue(1),
	event.FloatValue(1.5),
	event.FloatValue(9007199254740992),
	event.IntValue(9007199254740993),
	event.IntValue(math.MaxInt64),
	event.FloatValue(1 << 63),
	event.DecimalValue("9223372036854775809"),
	event.DecimalValue("1e400"),
	event.DecimalValue("1e99999999999999999999"),
	event.FloatValue(math.Inf(1)),
	event.TextValue(""),
	event.TextValue("A"),
	event.TextValue("a"),
	event.TextValue("aa"),
	event.BoolValue(false),
	event.BoolValue(true),
	event.TimeValue(-1),
	event.TimeValue(5),
	event.DurationValue(-1),
	event.DurationValue(5),
	event.ListValue(),
	event.ListValue(event.NullValue()),
	event.ListValue(event.IntValue(1)),
	event.ListValue(event.IntValue(1), event.IntValue(0)),
	event.ListValue(event.TextValue("a")),
	event.ObjectValue(&event.Record{}),
}

// TestOrder checks that the values above stand in their order, each against each, and that keys are equal where values are.
func TestOrder(t *testing.T) {
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			got := fn.Order(a, b)
			if got < 0 != (want < 0) || got > 0 != (want > 0) {
				t.Errorf("Order(%s, %s) = %d, want %d", show1(a), show1(b), got, want)
			}
			if same := bytes.Equal(fn.AppendKey(nil, a), fn.AppendKey(nil, b)); same != (want == 0) {
				t.Errorf("the keys of %s and %s are the same: %v", show1(a), show1(b), same)
			}
			if order, ok := fn.Compare(a, b); ok && i != j && a.Kind() != event.Object && (order < 0) != (want < 0) {
				t.Errorf("Compare(%s, %s) = %d, want %d", show1(a), show1(b), order, want)
			}
		}
	}
}

// TestEqualNumbers checks that a number is the same in every kind that can hold it.
func TestEqualNumbers(t *testing.T) {
	for _, same := range [][]event.Value{
		{event.IntValue(0), event.FloatValue(0), event.FloatValue(math.Copysign(0, -1)), event.DecimalValue("0.00"), event.DecimalValue("-0e7")},
		{event.IntValue(1200), event.FloatValue(1200), event.DecimalValue("1200.0"), event.DecimalValue("+12e2"), event.DecimalValue("120000e-2")},
		{event.FloatValue(0.5), event.DecimalValue(".5"), event.DecimalValue("5e-1")},
		{event.FloatValue(1e20), event.DecimalValue("100000000000000000000")},
		{event.IntValue(math.MinInt64), event.FloatValue(-1 << 63), event.DecimalValue("-9223372036854775808")},
		{event.Value{}, event.NullValue()},
	} {
		for _, a := range same {
			for _, b := range same {
				if fn.Order(a, b) != 0 || !bytes.Equal(fn.AppendKey(nil, a), fn.AppendKey(nil, b)) {
					t.Errorf("%s and %s are different", show1(a), show1(b))
				}
			}
		}
	}
}

// TestKeysDoNotRunTogether checks that keys put one behind the other stay apart.
func TestKeysDoNotRunTogether(t *testing.T) {
	pair := func(a, b string) string {
		return string(fn.AppendKey(fn.AppendKey(nil, event.TextValue(a)), event.TextValue(b)))
	}
	if pair("a", "bc") == pair("ab", "c") || pair("", "a") == pair("a", "") {
		t.Error("two pairs of texts have the same key")
	}
}

func FuzzParseDuration(f *testing.F) {
	f.Add("-1.02:03:04.5000000")
	f.Add("00:05:00")
	f.Fuzz(func(t *testing.T, text string) {
		ticks, ok := fn.ParseDuration(text)
		if !ok {
			return
		}
		if again, ok := fn.ParseDuration(string(event.AppendDuration(nil, ticks))); !ok || again != ticks {
			t.Fatalf("%q is %d ticks, which read back as %d", text, ticks, again)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	f.Add(`{"a":[1,2.5,null,"x"],"b":{"c":true}}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := fn.ParseJSON(text)
		if !ok {
			return
		}
		again, ok := fn.ParseJSON(string(v.AppendJSON(nil)))
		if !ok || !bytes.Equal(fn.AppendKey(nil, again), fn.AppendKey(nil, v)) {
			t.Fatalf("%q reads as %s, which reads as %s", text, v.AppendJSON(nil), again.AppendJSON(nil))
		}
	})
}
