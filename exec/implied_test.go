package exec_test

import (
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/plan/plantest"
	"goshawk/schema"
)

// TestImpliedDropsNothing runs plans that filter what a lookup gives, with and without the events that their feeds keep away. The
// values are of all kinds, lists in lists and texts that look like them among them.
func TestImpliedDropsNothing(t *testing.T) {
	asked, dropped := 0, 0
	for seed := range uint64(8000) {
		g := impliedCase{rand.New(rand.NewPCG(seed, 1))}
		node := g.plan()
		in := &plantest.Input{Resolver: anything{}}
		for _, ev := range numbered(12) {
			ev.Record.Set("k", g.value(2))
			ev.Record.Set("m", g.value(1))
			in.Events = append(in.Events, ev)
		}
		splitAgrees(t, seed, node, in)
		implied, away := keptAway(node, in)
		asked, dropped = asked+implied, dropped+away
	}
	if asked < 1500 || dropped < 10000 {
		t.Errorf("%d plans imply something, which keeps %d events away: too few to test anything", asked, dropped)
	}
}

// keptAway returns how many feeds of a plan imply something of their events, and how many events that keeps away.
func keptAway(node plan.Node, in *plantest.Input) (implied, away int) {
	for _, feed := range plan.Feeds(plan.Rewrite(node)) {
		if feed.Implied == nil {
			continue
		}
		implied++
		for _, ev := range in.Events {
			if ok, err := passes(feed, ev, in.Resolver); err == nil && !ok {
				away++
			}
		}
	}
	return implied, away
}

// splitAgrees runs a plan as it is and in parts, as written and rewritten, and fails where the rows differ. It returns the rows.
func splitAgrees(t *testing.T, seed uint64, node plan.Node, in *plantest.Input) []plantest.Row {
	t.Helper()
	if list := plan.Check(node); list.Failed() {
		t.Fatalf("seed %d: %v\n%s", seed, list, plan.String(node))
	}
	want, err := corpus{}.Run(node, in)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, plan.String(node))
	}
	for name, n := range map[string]plan.Node{"as written": node, "rewritten": plan.Rewrite(node)} {
		got, err := split{}.Run(n, in)
		if err != nil {
			t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, plan.String(n))
		}
		if diff := plantest.Diff(want, got, true); diff != "" {
			t.Fatalf("seed %d, %s: other rows (-want +got):\n%s\n%s", seed, name, diff, plan.String(n))
		}
	}
	return want
}

type impliedCase struct{ *rand.Rand }

func (g impliedCase) text() string {
	list := []string{"a.exe", "A.EXE", "b", "null", "10", "10.0.0.1", `["a.exe"]`, "a.exe]", "[b", "x/a.exe", "true", "TRUE", "false", "1", "1.5", "1.0", ""}
	if g.IntN(4) == 0 {
		return list[g.IntN(2)*6] // an element of a list, or the text of that list
	}
	return list[g.IntN(len(list))]
}

// value returns a value with lists of so many levels.
func (g impliedCase) value(depth int) event.Value {
	if depth > 0 && g.IntN(4) == 0 {
		if g.IntN(4) == 0 {
			return event.ListValue(event.ListValue(event.TextValue("a.exe")))
		}
		list := make([]event.Value, g.IntN(3))
		for i := range list {
			list[i] = g.value(depth - 1)
		}
		return event.ListValue(list...)
	}
	switch n := g.IntN(12); {
	case n == 4:
		return event.DecimalValue("1.0")
	case n == 5:
		return event.IntValue(int64(g.IntN(3)))
	case n == 6:
		return event.FloatValue(float64(g.IntN(5)) / 2)
	case n == 7:
		return event.BoolValue(g.IntN(2) == 0)
	case n == 8:
		return event.NullValue()
	case n == 9:
		return event.TimeValue(event.UnixEpoch + int64(g.IntN(3)))
	}
	return event.TextValue(g.text())
}

// plan returns a plan as detections have it: values opened, grouped by their texts, looked up, and filtered by what was found.
func (g impliedCase) plan() plan.Node {
	k, m := &plan.Column{Name: "k", Type: schema.Any}, &plan.Column{Name: "m", Type: schema.Any}
	var n plan.Node = &plan.Scan{Table: "t", Out: []*plan.Column{k, m}}
	key := k
	ref := func(c *plan.Column) plan.Expr { return &plan.Ref{Column: c} }
	literal := func(text string) plan.Expr { return &plan.Literal{Value: event.TextValue(text), Type: schema.Any} }
	call := func(name string, args ...plan.Expr) plan.Expr { return &plan.Call{Func: fn.ByName(name), Args: args} }
	if g.IntN(3) > 0 {
		list := ref(key)
		if g.IntN(2) == 0 {
			list = call("coalesce", list, literal("null"))
		}
		key = &plan.Column{Name: "element", Type: schema.Any}
		n = &plan.Expand{Input: n, Lists: []plan.Assign{{Column: key, Value: list}}, KeepEmpty: g.IntN(4) == 0, Limit: -1}
	}
	if g.IntN(3) > 0 {
		by := ref(key)
		if name := []string{"", "to_text", "to_text", "spl_text"}[g.IntN(4)]; name != "" {
			by = call(name, by)
		}
		key = &plan.Column{Name: "key", Type: schema.Any}
		n = &plan.Aggregate{Input: n, By: []plan.Assign{{Column: key, Value: by}}, DropNull: g.IntN(2) == 0,
			Aggs: []plan.Agg{{Column: &plan.Column{Name: "count", Type: schema.Long}, Func: fn.AggregateByName("count")}}}
	}
	table := &plan.Table{Name: "table", Columns: []string{"text", "is"}}
	for range g.IntN(5) {
		text := g.text()
		if g.IntN(3) == 0 {
			text = []string{"*", "", "*"}[g.IntN(3)] + text + []string{"*", "", "*"}[g.IntN(3)]
		}
		table.Rows = append(table.Rows, []event.Value{event.TextValue(text), g.value(0)})
	}
	is := &plan.Column{Name: "is", Type: schema.Any}
	lookup := &plan.Lookup{Input: n, Table: table, Max: []int{1, 1, 2, -1}[g.IntN(4)], Out: []plan.LookupOut{{Column: is, From: "is"}},
		Keys: []plan.LookupKey{{Value: ref(key), Column: "text", Match: plan.LookupMatch(g.IntN(3))}}}
	lookup.Keys[0].Fold = lookup.Keys[0].Match != plan.MatchCIDR && g.IntN(2) == 0
	if g.IntN(2) == 0 {
		lookup.Min, lookup.Default = 1, g.value(0)
	}
	equals := func(x plan.Expr) plan.Expr {
		return &plan.Match{Subject: x, Op: plan.MatchOp(g.IntN(4)), Fold: g.IntN(2) == 0, Patterns: []plan.Pattern{plan.Plain(g.text())}}
	}
	not := func(x plan.Expr) plan.Expr { return &plan.Not{X: x} }
	conditions := []func() plan.Expr{
		func() plan.Expr { return equals(ref(is)) },
		func() plan.Expr { return not(equals(ref(is))) },
		func() plan.Expr { return not(&plan.IsNull{X: ref(is)}) },
		func() plan.Expr {
			return &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: ref(is), Right: literal(g.text())}
		},
		func() plan.Expr { return call("spl_equal", ref(is), literal(g.text())) },
		func() plan.Expr { return equals(call("to_text", ref(is))) },
		func() plan.Expr {
			body := not(&plan.Match{Subject: &plan.Param{Name: "v"}, Patterns: []plan.Pattern{plan.Plain(g.text())}})
			return call("list_any", call("to_list", ref(is)), &plan.Lambda{Params: []string{"v"}, Body: body})
		},
		func() plan.Expr { return equals(ref(key)) },
		func() plan.Expr { return not(equals(ref(key))) },
	}
	one := func() plan.Expr { return conditions[g.IntN(len(conditions))]() }
	where := one()
	switch g.IntN(4) {
	case 0:
		where = &plan.And{List: []plan.Expr{where, one()}}
	case 1:
		where = &plan.Or{List: []plan.Expr{where, one()}}
	}
	return &plan.Filter{Input: lookup, Where: where}
}
