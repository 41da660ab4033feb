package stream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
	"goshawk/stream"
)

// TestMentionsAgreeWithEval asks rules of what is taken out of the XML of an event, for which the stream asks cheaper conditions first:
// the names and values of fields end in each other, hold markup and what stands around them.
func TestMentionsAgreeWithEval(t *testing.T) {
	names := []string{"Image", "SourceImage", "Image\">x", "x&Image", "Data", "EventID", "A.Image", "Time", "Day", "é"}
	values := []event.Value{
		event.TextValue("cmd"), event.TextValue("CMD"), event.TextValue("a<b>cmd&"), event.TextValue(`Image">cmd<`), event.TextValue(""), event.TextValue("\"cmd\" 'x'"), event.TextValue("cm\x01d"), event.TextValue("\u212am"),
		event.IntValue(10), event.TimeValue(event.UnixEpoch), event.BoolValue(true), event.NullValue(), event.ListValue(event.TextValue("x"), event.TextValue("cmd")), event.ListValue(event.ListValue(event.TextValue("cmd"))),
		event.ObjectValue(&event.Record{}), event.TextValue("health"), event.TextValue("Health Service"), event.TextValue("HealthService"),
	}
	around := [][2]plan.Expr{
		{text("<E>"), text("</E>")}, {text(`<E a="Image">cmd</E><E>`), text("</E>")}, {text("<E>Health"), text("Service</E>")}, {text("<E>Health<b/>"), text("<c/>Service</E>")}, {text(""), text("")},
		{call("concat", text(`<E time="`), call("format_time", &plan.Field{Name: "Time"}, text("%Y-%m-%dT%H")), text(`"><D>`)), text("</D></E>")},
		{call("concat", text(`<E `), call("format_time", &plan.Field{Name: "Time"}, text("%A")), text(`">cmd<D>`)), text("</D></E>")},
		{call("concat", text("<E>"), &plan.Field{Name: "Image"}), text("</E>")},
	}
	pattern := func(items ...any) plan.Expr {
		var list []event.Value
		for _, item := range items {
			switch item := item.(type) {
			case nil:
				list = append(list, event.NullValue())
			case string:
				list = append(list, event.TextValue(item))
			case int:
				list = append(list, event.ListValue(event.TextValue([]string{"string", "long"}[item])))
			}
		}
		return &plan.Literal{Value: event.ListValue(list...), Type: schema.Dynamic}
	}
	patterns := []plan.Expr{
		pattern(nil, `Image">`, 0, "<", nil), pattern(nil, `Image">`, 0, "<", nil, `Image">`, 0, "<", nil), pattern(nil, `Image">`, 0, "<"), pattern(nil, `Image">`, 0, "</Data>", nil), pattern(nil, `Image">`, 1, "<", nil, `e">`, 0, "<", nil),
		pattern(nil, `">`, 0, "<", nil), pattern(nil, `time="`, 0, "<", nil), pattern(nil, `E>`, 0, "<", nil), pattern(`<E>`, 0, "<", nil), pattern(nil, `Image">`, 0), pattern(nil, `ay">`, 0, "<", nil), pattern(nil, `Image">`, 0, "m", nil),
	}
	searched := [][]plan.Pattern{{plan.Plain("cmd")}, {plan.Plain("c")}, {plan.Plain("health")}, {plan.Plain("healthservice")}, {plan.Plain("")}, {plan.Plain("10"), plan.Plain("cmd")}, {plan.Plain("km")}, {plan.Plain("image")}, {plan.Plain("text")}, {plan.Plain("000z")}, {plan.Plain("rue")}, {plan.Plain("1970")}, {plan.Plain("&lt;")}, {plan.Plain("cmd"), plan.Glob("a*")}}
	matched := 0
	for round := range uint64(1500) {
		g := rand.New(rand.NewPCG(round, 21))
		world := taxonomy{routes: map[string]plan.Expr{"all": nil}}
		part := around[g.IntN(len(around))]
		made := call("windows_data", &plan.Fields{}, part[0], part[1])
		if g.IntN(4) == 0 {
			made = call("windows_data", &plan.Fields{}, part[0], part[1], text("Log"))
		}
		if g.IntN(3) == 0 {
			made = call("coalesce", made, text([]string{"", "cmd", `Image">cmd<`}[g.IntN(3)]))
		}
		if g.IntN(3) == 0 {
			made = &plan.Case{Arms: []plan.Arm{{When: &plan.Has{X: &plan.Field{Name: "Image"}}, Then: made}}}
		}
		at := &plan.Literal{Value: event.IntValue(int64(g.IntN(2))), Type: schema.Long}
		world.columns = map[string]plan.Expr{"one": made, "two": call("coalesce", call("element", call("kql_parse", made, patterns[g.IntN(len(patterns))]), at), text("")), "three": call("kql_parse_xml", made)}
		var rules []stream.Rule
		for range 12 {
			var e plan.Expr
			list := make([]plan.Expr, 1+g.IntN(3))
			for i := range list {
				m := &plan.Match{Subject: &plan.Ref{Column: &plan.Column{Name: columns[g.IntN(3)]}}, Op: plan.MatchOp(g.IntN(int(plan.Word) + 1)), Fold: g.IntN(4) > 0, All: g.IntN(4) == 0}
				m.Patterns = searched[g.IntN(len(searched))]
				if g.IntN(2) == 0 {
					m.Op = plan.Contains
				}
				if list[i] = m; g.IntN(6) == 0 {
					list[i] = &plan.Not{X: m}
				}
			}
			if e = (&plan.And{List: list}); g.IntN(3) == 0 {
				e = &plan.Or{List: list}
			}
			rules = append(rules, stream.Rule{Table: "all", Where: e})
		}
		class := event.ClassOf(event.Class{Product: fmt.Sprint("mention", round)})
		var events []*event.Event
		for range 20 {
			ev := &event.Event{Class: class}
			if g.IntN(2) == 0 {
				ev.Record.Set("Time", event.TimeValue(event.UnixEpoch))
			}
			for range g.IntN(5) {
				ev.Record.Set(names[g.IntN(len(names))], values[g.IntN(len(values))])
			}
			events = append(events, ev)
		}
		if matched += agree(t, rules, world, class, events); t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if matched < 40000 {
		t.Errorf("only %d matches show anything", matched)
	}
}
