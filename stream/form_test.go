package stream_test

import (
	"reflect"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/stream"
)

// numbered is a resolver for which the field id is the same in all records of a class.
type numbered struct{ productViews }

func (numbered) Constant(class *event.Class, field string) (event.Value, bool) {
	return event.TextValue(class.ID), field == "id"
}

// TestKindsAlike checks that kinds for which the same rules say the same, and which share what is made of them, stay apart in what
// has been met of each, and that a constant of a kind keeps it apart from the others.
func TestKindsAlike(t *testing.T) {
	var rules []stream.Rule
	for _, where := range []string{`field("a") equals~ "x"`, `field("b") contains~ "y"`, `field("id") equals~ "3" and field("a") equals~ "x"`} {
		e, list := plan.ReadExpr(&diag.Source{Name: "rule", Text: where}, nil)
		if list.Failed() {
			t.Fatal(list)
		}
		rules = append(rules, stream.Rule{Table: "t", Where: e})
	}
	set, err := stream.Compile(rules, numbered{}, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	class := func(id string) *event.Class { return event.ClassOf(event.Class{Product: "alike", ID: id}) }
	for i, c := range []struct {
		id, field, value string
		want             []int
	}{
		{"1", "a", "x", []int{0}}, {"2", "b", "xy", []int{1}}, {"3", "a", "x", []int{0, 2}}, {"2", "b", "x", nil}, {"1", "a", "X", []int{0}}, {"3", "b", "y", []int{1}},
	} {
		ev := &event.Event{Class: class(c.id)}
		ev.Record.Set(c.field, event.TextValue(c.value))
		if got := append([]int(nil), m.Match(ev)...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("event %d: rules %v, want %v", i, got, c.want)
		}
	}
	for id, want := range map[string][]stream.Blind{"1": {{Rule: 1, Fields: []string{"b"}}}, "2": {{Rule: 0, Fields: []string{"a"}}}, "3": nil} {
		if got := set.Blind(class(id)); len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("kind %s: blind %v, want %v", id, got, want)
		}
	}
}
