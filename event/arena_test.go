package event_test

import (
	"fmt"
	"testing"

	"goshawk/event"
)

// TestArena builds records of growing size in one arena: what was lent stays whole until Reset, even where the arena had to
// take a larger block, and once it has grown it allocates nothing.
func TestArena(t *testing.T) {
	var a event.Arena
	name := event.NameOf("n")
	build := func(size int) event.Value {
		var list []event.Value
		for i := range size {
			list = append(list, a.Object([]event.Field{{Name: name, Value: event.IntValue(int64(i))}}))
		}
		return a.List(list)
	}
	for _, size := range []int{0, 1, 3, 40, 500} {
		first, second := build(size), build(size)
		for _, v := range []event.Value{first, second} {
			want := "["
			for i := range size {
				if i > 0 {
					want += ","
				}
				want += fmt.Sprintf(`{"n":%d}`, i)
			}
			if got := string(v.AppendJSON(nil)); got != want+"]" {
				t.Fatalf("%d elements: %s", size, got)
			}
		}
		a.Reset()
	}
	fields := []event.Field{{Name: name, Value: event.TextValue("x")}}
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		for range 50 {
			a.List([]event.Value{a.Object(fields)})
		}
	}); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func TestSpelling(t *testing.T) {
	codec := event.NewCodec("double", func(dst []byte, raw string) []byte { return append(append(dst, raw...), raw...) })
	for _, c := range []struct {
		v     event.Value
		raw   string
		codec *event.Codec
	}{{event.EncodedValue(codec, "ab"), "ab", codec}, {event.TextValue("ab"), "ab", nil}, {event.IntValue(1), "", nil}, {event.DecimalValue("1"), "", nil}} {
		if raw, codec := c.v.Spelling(); raw != c.raw || codec != c.codec {
			t.Errorf("%s is spelled %q by %v", c.v.Text(), raw, codec)
		}
	}
}
