package event_test

import (
	"reflect"
	"testing"

	"goshawk/event"
)

// TestNamedIsGet asks records for fields that they lack, have once, and have repeatedly, by a name of the table and by one beyond it.
func TestNamedIsGet(t *testing.T) {
	var r event.Record
	r.Set("Image", event.TextValue("a.exe"))
	r.Set("Data", event.TextValue("one"))
	r.Set("Data", event.IntValue(2))
	r.Set("Data", event.NullValue())
	r.Set("Empty", event.NullValue())
	for _, text := range []string{"Image", "Data", "Empty", "image", "Nothing"} {
		want := r.Get(text)
		for _, name := range []*event.Name{event.NameOf(text), {Text: text}} {
			if got := r.Named(name); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, with the id %d: got %v, want %v", text, name.ID, got, want)
			}
		}
	}
}
