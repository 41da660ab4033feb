package fn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

// TestSliding lets windows slide over random rows: whatever is in, each aggregate that slides gives what it gives for just
// these rows.
func TestSliding(t *testing.T) {
	kinds := [][]event.Value{
		{event.IntValue(1), event.IntValue(-2), event.IntValue(3), event.NullValue(), {}},
		{event.IntValue(1), event.FloatValue(1), event.FloatValue(math.Copysign(0, -1)), event.FloatValue(7), event.TextValue("x"), event.NullValue()},
		{event.FloatValue(0.1), event.FloatValue(0.2), event.FloatValue(1e17), event.FloatValue(math.NaN()), event.FloatValue(math.Inf(1))},
		{event.IntValue(math.MaxInt64), event.IntValue(math.MinInt64), event.IntValue(1), event.DecimalValue("1.0"), event.IntValue(1 << 53)},
		{event.DurationValue(5), event.DurationValue(-7), event.NullValue(), event.IntValue(1)},
		{event.TimeValue(5), event.TimeValue(9), event.NullValue()},
		{event.BoolValue(true), event.BoolValue(false), event.NullValue()},
		{event.TextValue("b"), event.TextValue("a"), event.TextValue("b"), event.ListValue(event.TextValue("c"), event.Value{}, event.TextValue("a")), event.ListValue(event.ListValue(event.IntValue(1)), event.FloatValue(1)), event.ListValue()},
	}
	slid := map[string]int{}
	for seed := range uint64(400) {
		g := rand.New(rand.NewPCG(seed, 3))
		kind := kinds[g.IntN(len(kinds))]
		rows := make([][]event.Value, g.IntN(60))
		for i := range rows {
			rows[i] = []event.Value{kind[g.IntN(len(kind))]}
		}
		for _, a := range fn.AllAggregates() {
			if a.Slide == nil {
				continue
			}
			state := a.Slide(len(rows), func(i int) []event.Value { return rows[i] })
			if state == nil {
				continue
			}
			slid[a.Name]++
			from, to := 0, 0
			for to < len(rows) || from < to {
				if from == to || to < len(rows) && g.IntN(2) == 0 {
					state.Add(rows[to])
					to++
				} else {
					state.Remove(rows[from])
					from++
				}
				plain := a.New()
				for _, row := range rows[from:to] {
					plain.Add(row)
				}
				if got, want := state.Result(), plain.Result(); !same(got, want) {
					t.Fatalf("seed %d: %s of rows %d to %d is %s, not %s: %s", seed, a.Name, from, to, show1(got), show1(want), show1(listOf(rows[from:to])))
				}
			}
			if s, ok := state.(fn.Sizer); ok && s.Size() > 48 {
				t.Errorf("seed %d: %s holds %d bytes of no rows", seed, a.Name, s.Size())
			}
		}
	}
	for _, a := range fn.AllAggregates() {
		if a.Slide != nil && slid[a.Name] == 0 {
			t.Errorf("%s never slid", a.Name)
		}
	}
}

// TestFollow lets rows come one by one: where a state is sure of them, it gives what the aggregate gives for just these rows.
func TestFollow(t *testing.T) {
	kinds := [][]event.Value{
		{event.IntValue(1), event.IntValue(-2), event.FloatValue(0.5), event.FloatValue(2), event.NullValue()},
		{event.IntValue(math.MaxInt64), event.IntValue(math.MinInt64), event.IntValue(1), event.FloatValue(1 << 52), event.DecimalValue("1.0")},
		{event.DurationValue(5), event.DurationValue(-7), event.TimeValue(3), event.TextValue("x"), event.IntValue(1)},
	}
	wasSure, wasNot := map[string]int{}, 0
	for seed := range uint64(300) {
		g := rand.New(rand.NewPCG(seed, 4))
		kind := kinds[g.IntN(len(kinds))]
		width := 1 + g.IntN(2)
		rows := make([][]event.Value, g.IntN(40))
		for i := range rows {
			rows[i] = []event.Value{kind[g.IntN(len(kind))], event.IntValue(50)}[:width]
		}
		for _, a := range fn.AllAggregates() {
			if a.Slide == nil || width > 1 && a.Name != "percentile" && a.Name != "dcount" {
				continue
			}
			state := a.Follow(width)
			from, to := 0, 0
			for state != nil && (to < len(rows) || from < to) {
				if from == to || to < len(rows) && g.IntN(2) == 0 {
					state.Add(rows[to])
					to++
				} else {
					state.Remove(rows[from])
					from++
				}
				if !state.Sure() {
					wasNot++
					continue
				}
				wasSure[a.Name]++
				plain := a.New()
				for _, row := range rows[from:to] {
					plain.Add(row)
				}
				if got, want := state.Result(), plain.Result(); !same(got, want) {
					t.Fatalf("seed %d: %s of rows %d to %d is %s, not %s: %s", seed, a.Name, from, to, show1(got), show1(want), show1(listOf(rows[from:to])))
				}
			}
		}
	}
	for _, name := range []string{"count", "dcount", "sum", "avg", "percentile", "median"} {
		if wasSure[name] == 0 {
			t.Errorf("%s was never sure", name)
		}
	}
	if wasNot == 0 {
		t.Error("a state was always sure")
	}
}

func listOf(rows [][]event.Value) event.Value {
	var out []event.Value
	for _, row := range rows {
		out = append(out, row[0])
	}
	return event.ListValue(out...)
}
