package exec_test

import (
	"cmp"
	"context"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/plantest"
)

// split runs plans taken apart at their Scans: each event is asked what each feed asks, and goes to those of whose it passes. The events
// of a feed that wants some of them to meet something are left out if none does.
type split struct{ corpus }

func (x split) Name() string { return "exec behind feeds" }

func (x split) Run(node plan.Node, in *plantest.Input) ([]plantest.Row, error) {
	feeds, rest := plan.SplitScans(node)
	var rows []plantest.Row
	var run *exec.Run
	if rest != nil {
		q, err := exec.Compile(rest, exec.Options{BatchSize: x.batch})
		if err != nil {
			return nil, err
		}
		run = q.Start(context.Background(), func(b *exec.Batch) error {
			rows = append(rows, rowsOf(b)...)
			return nil
		})
	}
	idle := make([]bool, len(feeds))
	for i, feed := range feeds {
		if feed.Some == nil {
			continue
		}
		idle[i] = true
		feed.Implied = &plan.And{List: []plan.Expr{feed.Some, cmp.Or[plan.Expr](feed.Implied, &plan.And{})}}
		for _, ev := range in.Events {
			ok, err := passes(feed, ev, in.Resolver)
			if err != nil {
				return nil, err
			}
			idle[i] = idle[i] && !ok
		}
	}
	for _, ev := range in.Events {
		for i, feed := range feeds {
			ok, err := passes(feed, ev, in.Resolver)
			switch {
			case err != nil:
				return nil, err
			case !ok || idle[i]:
			case run != nil:
				if err := run.PushTo(i, ev, in.Resolver); err != nil {
					return nil, err
				}
			default:
				row, err := plantest.RowOf(feed.Scan, ev, in.Resolver)
				if err != nil {
					return nil, err
				}
				rows = append(rows, row)
			}
		}
	}
	if run == nil {
		return rows, nil
	}
	_, err := run.Finish()
	return rows, err
}

// passes says whether an event is a row of a feed's table and meets what the feed asks.
func passes(feed plan.Feed, ev *event.Event, resolver plan.Resolver) (bool, error) {
	route, in := resolver.Route(feed.Scan.Table, ev.Class)
	if !in {
		return false, nil
	}
	row, err := plantest.RowOf(feed.Scan, ev, resolver)
	if err != nil {
		return false, err
	}
	over := &eval.Row{Columns: row.Values}
	if feed.Scan.Rest {
		over.Record, over.Raw, over.FreeText = &ev.Record, ev.Raw, ev.FreeText
	}
	slot := func(c *plan.Column) int {
		for i, column := range feed.Scan.Out {
			if column == c {
				return i
			}
		}
		return -1
	}
	type asked struct {
		where plan.Expr
		over  *eval.Row
	}
	conditions := []asked{{route, &eval.Row{Record: &ev.Record}}, {feed.Where, over}, {feed.Implied, over}}
	for _, s := range feed.Suppressors {
		conditions = append(conditions, asked{s.Keep, over})
	}
	for _, condition := range conditions {
		if condition.where == nil {
			continue
		}
		program, err := eval.Compile(condition.where, slot)
		if err != nil {
			return false, err
		}
		if !program.True(condition.over) {
			return false, nil
		}
	}
	return true, nil
}

func TestCorpusSplit(t *testing.T) { plantest.Run(t, split{}) }

func TestRandomPlansSplit(t *testing.T) {
	rounds := uint64(2000)
	if testing.Short() {
		rounds = 200
	}
	for seed := range rounds {
		node, in := plantest.Random(seed)
		want, err := corpus{}.Run(node, in)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range map[string]plan.Node{"as written": node, "rewritten": plan.Rewrite(node)} {
			feeds, rest := plan.SplitScans(n)
			if rest != nil {
				q, err := exec.Compile(rest, exec.Options{})
				if err != nil {
					t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, plan.String(rest))
				}
				scans := q.Scans()
				if len(scans) != len(feeds) {
					t.Fatalf("seed %d, %s: %d feeds for %d scans\n%s", seed, name, len(feeds), len(scans), plan.String(n))
				}
				for i := range scans {
					if scans[i].Table != feeds[i].Scan.Table || scans[i].Rest != feeds[i].Scan.Rest {
						t.Fatalf("seed %d, %s: feed %d is for another scan\n%s", seed, name, i, plan.String(n))
					}
				}
			}
			got, err := split{}.Run(n, in)
			if err != nil {
				t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, plan.String(n))
			}
			if diff := plantest.Diff(want, got, true); diff != "" {
				t.Fatalf("seed %d, %s: other rows (-want +got):\n%s\n%s", seed, name, diff, plan.String(n))
			}
		}
	}
}

// TestSharedScan takes plans apart in which one node stands in several places: each place has a feed of its own.
func TestSharedScan(t *testing.T) {
	cases, err := plantest.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Errors != nil || c.Plans[0].Node == nil || c.Plans[0].Node.Open() {
			continue
		}
		node := c.Plans[0].Node
		columns := node.Columns()
		if len(columns) == 0 {
			continue
		}
		below := &plan.Filter{Input: node, Where: &plan.Not{X: &plan.IsNull{X: &plan.Ref{Column: columns[0]}}}}
		out := &plan.Column{Name: "twice"}
		twice := &plan.Union{Ins: []plan.Node{node, below, node}, Out: []*plan.Column{out}, From: [][]*plan.Column{{columns[0]}, {columns[0]}, {columns[0]}}}
		want, err := corpus{}.Run(twice, c.Input)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for name, n := range map[string]plan.Node{"as written": twice, "rewritten": plan.Rewrite(twice)} {
			got, err := split{}.Run(n, c.Input)
			if err != nil {
				t.Fatalf("%s, %s: %v", c.Name, name, err)
			}
			if diff := plantest.Diff(want, got, true); diff != "" {
				t.Errorf("%s, %s: other rows (-want +got):\n%s\n%s", c.Name, name, diff, plan.String(n))
			}
		}
	}
}
