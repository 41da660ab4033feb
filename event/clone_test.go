package event_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"goshawk/event"
)

// lent returns a record whose texts lie in memory that is overwritten by the function.
func lent(fields int) (r *event.Record, overwrite func()) {
	memory := []byte(strings.Repeat("the text of one field 0123456789", fields))
	codec := event.NewCodec("test", func(dst []byte, raw string) []byte { return append(append(dst, "decoded "...), raw...) })
	r = &event.Record{}
	for i := range fields {
		text := unsafe.String(&memory[32*i], 4+i%28)
		v := event.TextValue(text)
		switch i % 6 {
		case 1:
			v = event.EncodedValue(codec, text)
		case 2:
			v = event.ListValue(event.TextValue(text), event.IntValue(int64(i)))
		case 3:
			v = event.TextValue("")
		case 4:
			inner := &event.Record{}
			inner.Set("inner", event.EncodedValue(codec, text))
			v = event.ObjectValue(inner)
		}
		r.Set(fmt.Sprint("field", i), v)
	}
	r.Set("number", event.IntValue(7))
	r.Set("null", event.NullValue())
	r.Set("absent", event.Value{})
	return r, func() { clear(memory) }
}

// TestRecordClone compares a copy with what it was made of, after the memory of that is gone.
func TestRecordClone(t *testing.T) {
	for _, fields := range []int{0, 1, 5, 40} {
		r, overwrite := lent(fields)
		want := string(event.ObjectValue(r).AppendJSON(nil))
		c := r.Clone()
		overwrite()
		if got := string(event.ObjectValue(&c).AppendJSON(nil)); got != want {
			t.Errorf("%d fields: %s, want %s", fields, got, want)
		}
		if !c.Get("absent").IsAbsent() || c.Get("null").IsAbsent() {
			t.Errorf("%d fields: null and absent are not kept apart", fields)
		}
		for _, f := range c.Fields {
			if raw, codec := f.Value.Spelling(); codec != nil {
				t.Errorf("%s is still spelled: %q", f.Name.Text, raw)
			}
		}
	}
}

func BenchmarkRecordClone(b *testing.B) {
	r, _ := lent(30)
	b.ReportAllocs()
	for b.Loop() {
		r.Clone()
	}
}
