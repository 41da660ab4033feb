package stream_test

import (
	"math/rand/v2"
	"reflect"
	"strconv"
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

// events is a resolver of kinds that differ in the event that they are, which is odd or even.
type events struct{ productViews }

func (events) Constant(class *event.Class, field string) (event.Value, bool) {
	return event.TextValue(class.ID), field == "EventID"
}

func (v events) Route(table string, class *event.Class) (plan.Expr, bool) {
	id, _ := strconv.Atoi(class.ID)
	return nil, table == "processes" || table == "odd" && id%2 == 1 || table == class.Product
}

// TestKindsInTurn checks that what is known of other kinds changes nothing of what is said of one: a set that has been asked about many
// kinds, in whatever order, says of each what a set says that knows no other.
func TestKindsInTurn(t *testing.T) {
	rules, world := detections(t, 300), events{readViews(t)}
	for i := range rules {
		rules[i].Table = []string{"processes", "odd", "security", "processes"}[i%4]
	}
	rules = append(rules, stream.Rule{Table: "odd"}, stream.Rule{Table: "nowhere", Where: rules[0].Where})
	for _, where := range []string{`id equals~ "4688"`, `not id equals~ ("1", "2")`, `id equals~ ("3", "4") and os contains~ "windows"`, `id equals "4688" and line contains~ "vendor"`,
		`id prefix~ "4" and path contains~ "service"`, `is_null(id) or lower(id) equals~ "7"`, `id equals~ "4688" and hash contains~ "0123"`} {
		var columns []*plan.Column
		for _, name := range []string{"id", "os", "line", "path", "hash"} {
			columns = append(columns, &plan.Column{Name: name})
		}
		e, list := plan.ReadExpr(&diag.Source{Name: "rule", Text: where}, columns)
		if list.Failed() {
			t.Fatal(list)
		}
		rules = append(rules, stream.Rule{Table: "processes", Where: e})
	}
	compiled := func() *stream.Set {
		set, err := stream.Compile(rules, world, stream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	ids := []string{"4688", "1", "2", "3", "4", "7", "4624", "4689", ""}
	var list []*event.Event
	for range 3 {
		for _, id := range ids {
			for _, product := range []string{"sysmon", "security"} {
				for _, ev := range processes(product, 3) {
					ev.Class = event.ClassOf(event.Class{Product: product, ID: id})
					ev.Record.Set("EventID", event.TextValue(id))
					list = append(list, ev)
				}
			}
		}
	}
	type said struct {
		rules, always, matched []int
		blind                  []stream.Blind
	}
	ask := func(set *stream.Set, m *stream.Matcher, ev *event.Event) said {
		s := said{rules: set.Rules(ev.Class), always: set.Unindexed(ev.Class), matched: append([]int(nil), m.Match(ev)...)}
		if s.blind = set.Blind(ev.Class); len(s.rules) == 0 {
			t.Fatalf("no rule can hold for %v", *ev.Class)
		}
		return s
	}
	want, matches := make([]said, len(list)), 0
	for i, ev := range list {
		if i >= len(list)/3 {
			want[i] = want[i-len(list)/3]
			continue
		}
		set := compiled()
		m := set.NewMatcher()
		for _, other := range processes(ev.Class.Product, 3) { // Blind says what no event of the kind has had
			other.Class = ev.Class
			other.Record.Set("EventID", event.TextValue(ev.Class.ID))
			m.Match(other)
		}
		want[i] = ask(set, m, ev)
		matches += len(want[i].matched)
	}
	if matches == 0 {
		t.Fatal("nothing matches, so that nothing is shown")
	}
	for seed := range uint64(3) {
		order := rand.New(rand.NewPCG(seed, 1)).Perm(len(list))
		set := compiled()
		m := set.NewMatcher()
		for _, ev := range list {
			if seed > 0 {
				ev = list[order[0]]
				order = append(order[1:], order[0])
			}
			m.Match(ev)
		}
		for _, i := range order {
			if got := ask(set, m, list[i]); !reflect.DeepEqual(got, want[i]) {
				t.Errorf("order %d, kind %v: %+v, want %+v", seed, *list[i].Class, got, want[i])
			}
		}
	}
}
