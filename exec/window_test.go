package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/plan/plantest"
	"goshawk/schema"
)

// windowOver runs a window and returns its rows.
func windowOver(t testing.TB, n *plan.Window, o exec.Options) []plantest.Row {
	t.Helper()
	q, err := exec.Compile(n, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []plantest.Row
	if _, err = q.Run(context.Background(), nil, func(b *exec.Batch) error {
		out = append(out, rowsOf(b)...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// windowPlan returns a window of all functions over written rows.
func windowPlan(rows [][]event.Value, frame plan.Frame, functions ...string) *plan.Window {
	at, group, value := &plan.Column{Name: "at", Type: schema.Any}, &plan.Column{Name: "group"}, &plan.Column{Name: "value"}
	n := &plan.Window{Input: &plan.Values{Out: []*plan.Column{at, group, value}, Rows: rows}, PartitionBy: []plan.Expr{&plan.Ref{Column: group}}, Frame: frame}
	if frame.ByTime {
		n.OrderBy = []plan.Key{{Value: &plan.Ref{Column: at}}}
	}
	for _, name := range functions {
		f := plan.WindowFunc{Column: &plan.Column{Name: name}, Func: fn.AggregateByName(name)}
		if least, most := f.Func.Arity(); least > 0 || most != 0 && !f.Func.Ranking {
			f.Args = []plan.Expr{&plan.Ref{Column: value}}
		}
		n.Out = append(n.Out, f)
	}
	return n
}

// TestSlidingWindows compares windows that slide with those of which every frame is gathered from nothing.
func TestSlidingWindows(t *testing.T) {
	var functions []string
	for _, a := range fn.AllAggregates() {
		if least, _ := a.Arity(); least <= 1 {
			functions = append(functions, a.Name)
		}
	}
	for seed := range uint64(150) {
		g := rand.New(rand.NewPCG(seed, 9))
		bound := func() int64 { return []int64{-1, 0, 1, 2, 7, 40}[g.IntN(6)] }
		frame := plan.Frame{ByTime: g.IntN(2) == 0, Preceding: bound(), Following: bound(), ExcludeCurrent: g.IntN(3) == 0}
		if g.IntN(2) == 0 {
			frame.Following = 0
		}
		kinds := g.IntN(4)
		value := func() event.Value {
			switch kinds {
			case 0:
				return event.IntValue(int64(g.IntN(9) - 4))
			case 1:
				return event.FloatValue(float64(g.IntN(9)) / 2)
			case 2:
				return event.TextValue(string(rune('a' + g.IntN(5))))
			}
			return []event.Value{event.IntValue(2), event.FloatValue(2), event.NullValue(), event.TextValue("x"), event.ListValue(event.TextValue("x"), event.TextValue("y")), event.BoolValue(true)}[g.IntN(6)]
		}
		var rows [][]event.Value
		for range g.IntN(120) {
			at := event.IntValue(int64(g.IntN(60)))
			if g.IntN(12) == 0 {
				at = event.NullValue()
			}
			rows = append(rows, []event.Value{at, event.IntValue(int64(g.IntN(2))), value()})
		}
		n := windowPlan(rows, frame, functions...)
		want := windowOver(t, n, exec.Options{}.PlainWindows())
		if diff := plantest.Diff(want, windowOver(t, n, exec.Options{}), true); diff != "" {
			t.Fatalf("seed %d: frame %+v slides to other rows (-want +got):\n%s", seed, frame, diff)
		}
	}
	for seed := range uint64(1500) {
		node, in := plantest.Random(seed)
		windows := false
		plan.Walk(node, func(n plan.Node) bool {
			_, window := n.(*plan.Window)
			windows = windows || window
			return !windows
		})
		if !windows {
			continue
		}
		rows := func(o exec.Options) (rows []plantest.Row) {
			q, err := exec.Compile(node, o)
			if err == nil {
				_, err = q.Run(context.Background(), source(in), func(b *exec.Batch) error {
					rows = append(rows, rowsOf(b)...)
					return nil
				})
			}
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		if diff := plantest.Diff(rows(exec.Options{}.PlainWindows()), rows(exec.Options{}), true); diff != "" {
			t.Fatalf("seed %d: other rows (-want +got):\n%s\n%s", seed, diff, plan.String(node))
		}
	}
}

// TestWindowsSlideFast checks that large frames cost each row once.
func TestWindowsSlideFast(t *testing.T) {
	var rows [][]event.Value
	for i := range 50_000 {
		rows = append(rows, []event.Value{event.IntValue(int64(i)), {}, event.IntValue(int64(i % 7))})
	}
	for name, frame := range map[string]plan.Frame{
		"rows before":     {Preceding: 20_000},
		"without current": {Preceding: 20_000, ExcludeCurrent: true},
		"around":          {Preceding: 10_000, Following: 10_000},
		"time before":     {ByTime: true, Preceding: 20_000},
		"time so far":     {ByTime: true, Preceding: -1},
		"from here":       {Preceding: 0, Following: -1},
	} {
		n := windowPlan(rows, frame, "count", "sum", "avg", "min", "max", "dcount", "values", "first")
		windowOver(t, n, exec.Options{MaxWork: 10 * int64(len(rows))})
		if name == "time so far" {
			windowOver(t, windowPlan(rows, frame, "stdev", "make_bag"), exec.Options{MaxWork: 10 * int64(len(rows))})
		}
	}
}

func BenchmarkSlidingWindow(b *testing.B) {
	var rows [][]event.Value
	for i := range 20_000 {
		rows = append(rows, []event.Value{event.IntValue(int64(i)), {}, event.IntValue(int64(i % 97))})
	}
	for name, o := range map[string]exec.Options{"sliding": {MaxWork: -1}, "plain": exec.Options{MaxWork: -1}.PlainWindows()} {
		for _, preceding := range []int64{10, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, preceding), func(b *testing.B) {
				for b.Loop() {
					windowOver(b, windowPlan(rows, plan.Frame{Preceding: preceding}, "sum", "dcount", "max"), o)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
			})
		}
	}
}
