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

// TestSomeDropsNothing runs plans that look for a text in what is gathered from rows, with and without the events of feeds none of
// which has it. The texts look like escapes of JSON and hold some.
func TestSomeDropsNothing(t *testing.T) {
	asked, idle, answered := 0, 0, 0
	for seed := range uint64(12000) {
		g := someCase{rand.New(rand.NewPCG(seed, 4))}
		node := g.plan()
		in := &plantest.Input{Resolver: anything{}}
		for _, ev := range numbered(g.IntN(9)) {
			ev.Record.Set("k", event.TextValue(g.pick("a", "b")))
			ev.Record.Set("m", g.value(2))
			in.Events = append(in.Events, ev)
		}
		want := splitAgrees(t, seed, node, in)
		for _, feed := range plan.Feeds(plan.Rewrite(node)) {
			if feed.Some == nil {
				continue
			}
			asked++
			met := false
			for _, ev := range in.Events {
				ok, err := passes(plan.Feed{Scan: feed.Scan, Where: feed.Some}, ev, in.Resolver)
				met = met || ok && err == nil
			}
			if !met {
				idle++
			}
			if len(want) > 0 {
				answered++
			}
		}
	}
	if asked < 2000 || idle < 800 || answered < 350 {
		t.Errorf("%d plans want some, %d of them have none and %d give rows: too few to test anything", asked, idle, answered)
	}
}

type someCase struct{ *rand.Rand }

func (g someCase) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g someCase) text() string {
	return g.pick("health", "Health", "the HEALTH service", "\nealth", "\u0001health", "\u2028ealth", "u0001health", "nealth", "x", "", "null", "true", "service", "\x00fault", "fault", "0fault")
}

func (g someCase) value(depth int) event.Value {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return event.ListValue(g.value(depth-1), g.value(depth-1))
		case 1, 2:
			r := &event.Record{}
			r.Set(g.pick("name", "health", "alth", g.text()), g.value(depth-1))
			return event.ObjectValue(r)
		}
	}
	switch g.IntN(8) {
	case 0:
		return event.IntValue(int64(g.IntN(3)))
	case 1:
		return event.BoolValue(true)
	case 2:
		return event.NullValue()
	}
	return event.TextValue(g.text())
}

// plan returns a plan that gathers values, opened and taken apart, in groups, and looks for a text in what it gathered.
func (g someCase) plan() plan.Node {
	k, m := &plan.Column{Name: "k", Type: schema.Any}, &plan.Column{Name: "m", Type: schema.Any}
	var n plan.Node = &plan.Scan{Table: "t", Out: []*plan.Column{k, m}}
	ref := func(c *plan.Column) plan.Expr { return &plan.Ref{Column: c} }
	literal := func(text string) plan.Expr { return &plan.Literal{Value: event.TextValue(text), Type: schema.String} }
	call := func(name string, args ...plan.Expr) plan.Expr { return &plan.Call{Func: fn.ByName(name), Args: args} }
	made := func(x plan.Expr) plan.Expr {
		switch g.IntN(10) {
		case 0:
			return call("get_field", x, literal("name"))
		case 1:
			return call("kql_tostring", x)
		case 2:
			return call("if_null", x, literal(g.text()))
		case 3:
			return call("kql_bag_pack", literal("name"), x)
		case 4:
			return call("kql_bag_pack", x, literal(g.pick("", "x", "health")))
		case 5:
			empty := &plan.Literal{Value: event.ListValue(), Type: schema.Dynamic}
			return call("kql_bag_unpack", x, literal(g.pick("", "", "he")), literal("keep_source"), empty, empty)
		case 6:
			return call("basename", call("to_text", x))
		case 7:
			return &plan.Case{Arms: []plan.Arm{{When: &plan.Has{X: x}, Then: x}}, Else: literal(g.text())}
		}
		return x
	}
	value := m
	if g.IntN(2) == 0 {
		value = &plan.Column{Name: "element", Type: schema.Any}
		n = &plan.Expand{Input: n, Lists: []plan.Assign{{Column: value, Value: made(ref(m))}}, KeepEmpty: g.IntN(3) == 0, Limit: -1}
	}
	if g.IntN(2) == 0 {
		other := &plan.Column{Name: "other", Type: schema.Any}
		n = &plan.Project{Input: n, Extend: true, Out: []plan.Assign{{Column: other, Value: made(made(ref(value)))}}}
		value = other
	}
	gathered := &plan.Column{Name: "gathered", Type: schema.Any}
	a := &plan.Aggregate{Input: n, Aggs: []plan.Agg{{Column: gathered, Func: fn.AggregateByName(g.pick("make_list", "make_set", "values", "make_list", "make_bag", "make_bag", "kql_take_any_filled", "kql_take_any_filled", "max", "count_of")), Args: []plan.Expr{made(ref(value))}}}}
	if a.Aggs[0].Func == nil {
		a.Aggs[0].Func = fn.AggregateByName("count")
		a.Aggs[0].Args = nil
	}
	if g.IntN(12) > 0 {
		a.By = []plan.Assign{{Column: &plan.Column{Name: "by", Type: schema.Any}, Value: ref(k)}}
		if g.IntN(5) == 0 {
			a.By[0].Value = made(ref(value))
		}
	}
	n = a
	if g.IntN(4) == 0 && len(a.By) > 0 {
		right := &plan.Values{Out: []*plan.Column{{Name: "right", Type: schema.Any}}, Rows: [][]event.Value{{event.TextValue("a")}, {event.TextValue("x")}}}
		keys := []plan.JoinKey{{Left: ref(a.By[0].Column), Right: ref(right.Out[0])}}
		out := []plan.Assign{{Column: &plan.Column{Name: "joined", Type: schema.Any}, Value: ref(gathered)}}
		n = &plan.Join{Kind: []plan.JoinKind{plan.Inner, plan.LeftOuter, plan.RightOuter, plan.FullOuter}[g.IntN(4)], Left: n, Right: right, Keys: keys, Out: out}
		gathered = out[0].Column
	}
	m1 := &plan.Match{Subject: made(ref(gathered)), Op: plan.MatchOp(g.IntN(int(plan.Word) + 1)), Fold: true, Patterns: []plan.Pattern{plan.Plain(g.pick("health", "health", "nealth", "fault", "ealth", "u0001health", "service", "true", "0fault"))}}
	if g.IntN(4) > 0 {
		m1.Op = plan.Contains
	}
	if g.IntN(4) == 0 {
		m1.Patterns, m1.All = append(m1.Patterns, plan.Plain("service")), g.IntN(2) == 0
	}
	where := plan.Expr(m1)
	if g.IntN(8) == 0 {
		where = &plan.Not{X: m1}
	}
	return &plan.Filter{Input: n, Where: where}
}
