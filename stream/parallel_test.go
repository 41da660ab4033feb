package stream_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/stream"
)

// guarded are events of which some tables take those only that meet a condition.
type guarded struct {
	events
	when plan.Expr
}

func (g guarded) Route(table string, class *event.Class) (plan.Expr, bool) {
	_, in := g.events.Route(table, class)
	if table == "odd" || table == "security" {
		return g.when, in
	}
	return nil, in
}

// TestKindsAtOnce checks that a set of which many ask at the same time, each meeting the kinds in an order of its own, says of every
// kind what a set says of which one asks after the other.
func TestKindsAtOnce(t *testing.T) {
	when, list := plan.ReadExpr(&diag.Source{Name: "when", Text: `not $Computer equals~ ("x", "y") and $EventID prefix "1"`}, nil)
	if list.Failed() {
		t.Fatal(list)
	}
	rules, world := detections(t, 400), guarded{events{readViews(t)}, when}
	for i := range rules {
		rules[i].Table = []string{"processes", "odd", "security", "sysmon"}[i%4]
	}
	type met struct {
		class *event.Class
		event *event.Event
	}
	var kinds []met
	for id := range 40 {
		for _, product := range []string{"sysmon", "security"} {
			ev := processes(product, 1)[0]
			ev.Class = event.ClassOf(event.Class{Product: product, ID: fmt.Sprint(id)})
			ev.Record.Set("EventID", event.TextValue(ev.Class.ID))
			line := plan.ExprString(rules[len(kinds)+1].Where) // so that something is found
			ev.Record.Set("CommandLine", event.TextValue(line))
			kinds = append(kinds, met{ev.Class, ev})
		}
	}
	type said struct {
		rules, always, matched []int
		blind                  []stream.Blind
	}
	compiled := func() *stream.Set {
		set, err := stream.Compile(rules, world, stream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	ask := func(set *stream.Set, m *stream.Matcher, k met) said {
		s := said{matched: append([]int(nil), m.Match(k.event)...)}
		s.rules, s.always, s.blind = set.Rules(k.class), set.Unindexed(k.class), set.Blind(k.class)
		return s
	}
	var want []said
	matches, one := 0, compiled()
	m := one.NewMatcher()
	for _, k := range kinds {
		want = append(want, ask(one, m, k))
		matches += len(want[len(want)-1].matched)
	}
	if matches == 0 {
		t.Fatal("nothing matches, so that nothing is shown")
	}
	for round := range uint64(4) {
		set := compiled()
		var group sync.WaitGroup
		for asker := range uint64(12) {
			group.Go(func() {
				m := set.NewMatcher()
				for _, i := range rand.New(rand.NewPCG(round, asker)).Perm(len(kinds)) {
					if got := ask(set, m, kinds[i]); !reflect.DeepEqual(got, want[i]) {
						t.Errorf("round %d, kind %v: %+v, want %+v", round, *kinds[i].class, got, want[i])
					}
				}
			})
		}
		group.Wait()
	}
}
