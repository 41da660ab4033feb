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

// TestChosenDropsNothing runs plans that open and group what a Case of literals gives and filter it, with and without the events that
// their feeds keep away.
func TestChosenDropsNothing(t *testing.T) {
	asked, dropped, answered := 0, 0, 0
	for seed := range uint64(6000) {
		g := chosenCase{impliedCase{rand.New(rand.NewPCG(seed, 9))}}
		node := g.plan()
		in := &plantest.Input{Resolver: anything{}}
		for _, ev := range numbered(12) {
			ev.Record.Set("k", g.value(1))
			ev.Record.Set("m", g.value(1))
			in.Events = append(in.Events, ev)
		}
		rows := splitAgrees(t, seed, node, in)
		implied, away := keptAway(node, in)
		asked, dropped = asked+implied, dropped+away
		if len(rows) > 0 {
			answered += implied
		}
	}
	if asked < 1500 || dropped < 8000 || answered < 500 {
		t.Errorf("%d plans imply something, which keeps %d events away, and %d of them give rows: too few to test anything", asked, dropped, answered)
	}
}

type chosenCase struct{ impliedCase }

// literal is one of few values, some of which have the same text.
func (g chosenCase) literal() plan.Expr {
	values := []event.Value{event.IntValue(0), event.IntValue(1), event.IntValue(1), event.TextValue("1"), event.TextValue("a"), event.TextValue("true"), event.BoolValue(true)}
	if g.IntN(25) == 0 {
		values = []event.Value{event.NullValue(), event.FloatValue(1), event.ListValue(event.IntValue(1), event.IntValue(0))}
	}
	return &plan.Literal{Value: values[g.IntN(len(values))], Type: schema.Any}
}

// choice is a Case of literals.
func (g chosenCase) choice(columns ...*plan.Column) plan.Expr {
	c := &plan.Case{}
	for range 1 + g.IntN(3) {
		when := plan.Expr(&plan.Match{Subject: &plan.Ref{Column: columns[g.IntN(len(columns))]}, Op: plan.MatchOp(g.IntN(4)), Patterns: []plan.Pattern{plan.Plain(g.text())}})
		if g.IntN(4) == 0 {
			when = &plan.Not{X: when}
		}
		c.Arms = append(c.Arms, plan.Arm{When: when, Then: g.literal()})
	}
	if g.IntN(8) > 0 {
		c.Else = g.literal()
	}
	return c
}

func (g chosenCase) plan() plan.Node {
	any := func(name string) *plan.Column { return &plan.Column{Name: name, Type: schema.Any} }
	ref := func(c *plan.Column) plan.Expr { return &plan.Ref{Column: c} }
	k, m := any("k"), any("m")
	var n plan.Node = &plan.Scan{Table: "t", Out: []*plan.Column{k, m}}
	agg := &plan.Aggregate{DropNull: g.IntN(2) == 0}
	var firsts []*plan.Column
	for _, name := range []string{"one", "other"}[:1+g.IntN(2)] {
		made := any(name)
		n = &plan.Project{Input: n, Extend: true, Out: []plan.Assign{{Column: made, Value: g.choice(k, m)}}}
		if g.IntN(3) > 0 {
			opened := any(name + " opened")
			n = &plan.Expand{Input: n, Lists: []plan.Assign{{Column: opened, Value: ref(made)}}, KeepEmpty: g.IntN(4) == 0, Limit: -1}
			if g.IntN(6) == 0 {
				n.(*plan.Expand).Lists = append(n.(*plan.Expand).Lists, plan.Assign{Column: any(name + " beside"), Value: ref(m)})
			}
			made = opened
		}
		by, first := ref(made), any(name+" first")
		if g.IntN(4) > 0 {
			by = &plan.Call{Func: fn.ByName("to_text"), Args: []plan.Expr{by}}
		}
		agg.By = append(agg.By, plan.Assign{Column: any(name + " key"), Value: by})
		agg.Aggs = append(agg.Aggs, plan.Agg{Column: first, Func: fn.AggregateByName([]string{"first", "first", "first", "last"}[g.IntN(4)]), Args: []plan.Expr{ref(made)}})
		firsts = append(firsts, first)
	}
	agg.Input = n
	agg.Aggs = append(agg.Aggs, plan.Agg{Column: &plan.Column{Name: "count", Type: schema.Long}, Func: fn.AggregateByName("count")})
	one := func() plan.Expr {
		of := ref(firsts[g.IntN(len(firsts))])
		switch g.IntN(5) {
		case 0:
			return &plan.Match{Subject: of, Fold: g.IntN(2) == 0, Patterns: []plan.Pattern{plan.Plain([]string{"a", "1", "0"}[g.IntN(3)])}}
		case 1:
			return &plan.Not{X: &plan.Match{Subject: of, Fold: true, Patterns: []plan.Pattern{plan.Plain("a")}}}
		case 2:
			return &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: of, Right: g.literal()}
		}
		return &plan.Call{Func: fn.ByName("spl_equal"), Args: []plan.Expr{of, g.literal()}}
	}
	where := one()
	switch g.IntN(3) {
	case 0:
		where = &plan.And{List: []plan.Expr{where, one()}}
	case 1:
		where = &plan.Or{List: []plan.Expr{where, one()}}
	}
	return &plan.Filter{Input: agg, Where: where}
}
