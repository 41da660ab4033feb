package stream_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/stream"
)

// oneTable is a resolver in which every record is a row of every table, and columns are fields.
type oneTable struct{}

func (oneTable) Route(string, *event.Class) (plan.Expr, bool) { return nil, true }
func (oneTable) Source(_ *event.Class, column string) plan.Expr {
	return &plan.Field{Name: column, Find: plan.Exactly}
}

// generator makes small predicates and records that have a fair chance to meet.
type generator struct{ *rand.Rand }

var (
	fields = []string{"Image", "CommandLine", "Threat Name", "a.b", "Data"}
	wanted = []string{"Image", "COMMANDLINE", "ThreatName", "a.b", "Data", "a{}.b", "Data{}", "nothing"}
	words  = []string{"", "a", "b", "ab", "abc", ".exe", `\cmd.exe`, "power", "shell", "PowerShell", "é", "É", "-enc", "/enc", "–enc", "42", "k", "\u212a", "x\ny"}
)

func (g generator) word() string { return words[g.IntN(len(words))] }

func (g generator) text() string {
	text := ""
	for range g.IntN(4) {
		text += g.word()
	}
	return text
}

func (g generator) pattern(op plan.MatchOp) plan.Pattern {
	switch op {
	case plan.Regexp:
		return plan.Pattern{Source: []string{"a+b", "power(shell)?", "^ab", "(?i)CMD|shell", "[0-9]{2}", "é", ""}[g.IntN(7)]}
	case plan.CIDR:
		return plan.Pattern{Source: "10.0.0.0/8"}
	}
	var p plan.Pattern
	for range g.IntN(4) {
		switch g.IntN(6) {
		case 0:
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Many})
		case 1:
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.One})
		case 2:
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.AnyDash})
		default:
			if w := g.word(); w != "" {
				p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Run, Text: w})
			}
		}
	}
	if g.IntN(2) == 0 {
		return plan.Plain(g.text())
	}
	return p
}

func (g generator) field() *plan.Field {
	return &plan.Field{Name: wanted[g.IntN(len(wanted))], Find: plan.Find(g.IntN(3))}
}

func (g generator) match() plan.Expr {
	m := &plan.Match{Op: plan.MatchOp(g.IntN(7)), All: g.IntN(4) == 0, Fold: g.IntN(3) > 0}
	switch g.IntN(8) {
	case 0:
		m.Subject = &plan.Everything{}
	case 1:
		m.Subject = &plan.Ref{Column: &plan.Column{Name: "Image"}}
	default:
		m.Subject = g.field()
	}
	for range 1 + g.IntN(3) {
		m.Patterns = append(m.Patterns, g.pattern(m.Op))
	}
	return m
}

func (g generator) predicate(depth int) plan.Expr {
	if depth == 0 {
		switch g.IntN(8) {
		case 0:
			return &plan.IsNull{X: g.field()}
		case 1:
			return &plan.Compare{Op: plan.Less, Left: &plan.Field{Name: "Data"}, Right: &plan.Literal{Value: event.IntValue(40)}}
		}
		return g.match()
	}
	list := []plan.Expr{g.predicate(depth - 1), g.predicate(g.IntN(depth))}
	switch g.IntN(3) {
	case 0:
		return &plan.Not{X: list[0]}
	case 1:
		return &plan.Or{List: list}
	}
	return &plan.And{List: list}
}

func (g generator) value(depth int) event.Value {
	switch g.IntN(8) {
	case 0:
		return event.IntValue(int64(g.IntN(100)))
	case 1:
		return event.NullValue()
	case 2:
		if depth > 0 {
			return event.ListValue(g.value(depth-1), g.value(depth-1))
		}
	case 3:
		if depth > 0 {
			inner := g.record(depth - 1)
			return event.ObjectValue(&inner)
		}
	}
	return event.TextValue(g.text())
}

func (g generator) record(depth int) event.Record {
	var r event.Record
	for range g.IntN(6) {
		name := fields[g.IntN(len(fields))]
		if g.IntN(4) == 0 {
			name = []string{"a", "b", "image", "commandline", "ThreatName"}[g.IntN(5)]
		}
		r.Set(name, g.value(depth))
	}
	return r
}

// TestIndexAgreesWithEval asks many random rules of many random events, with the index, without it, and one by one.
func TestIndexAgreesWithEval(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		g := generator{rand.New(rand.NewPCG(uint64(round), 7))}
		rules := make([]stream.Rule, 80)
		programs := make([]*eval.Program, len(rules))
		class := event.ClassOf(event.Class{Product: fmt.Sprint("test", round)})
		for i := range rules {
			rules[i] = stream.Rule{Table: "all", Where: g.predicate(g.IntN(4))}
			p, err := eval.Compile(stream.Native(rules[i].Where, oneTable{}, class), stream.CarrierSlot)
			if err != nil {
				t.Fatal(err)
			}
			programs[i] = p
		}
		indexed, err := stream.Compile(rules, oneTable{}, stream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := stream.Compile(rules, oneTable{}, stream.Options{NoIndex: true})
		if err != nil {
			t.Fatal(err)
		}
		m, n := indexed.NewMatcher(), plain.NewMatcher()
		for range 200 {
			ev := &event.Event{Class: class, Record: g.record(2)}
			if g.IntN(4) == 0 {
				ev.Raw, ev.FreeText = []byte(g.text()), true
			}
			var want []int
			for i, p := range programs {
				if p.True(&eval.Row{Record: &ev.Record, Raw: ev.Raw, FreeText: ev.FreeText}) {
					want = append(want, i)
				}
			}
			for name, got := range map[string][]int{"indexed": m.Match(ev), "plain": n.Match(ev)} {
				if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
					for i := range rules {
						if contains(got, i) != contains(want, i) {
							t.Errorf("round %d: %s says %v about\n  %s\n  of %s (raw %q)", round, name, contains(got, i), plan.ExprString(rules[i].Where), ev.Record.AppendJSON(nil), ev.Raw)
						}
					}
					t.FailNow()
				}
			}
		}
	}
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func TestNothingIsAllocatedForAnEventThatMatchesNothing(t *testing.T) {
	var rules []stream.Rule
	for i := range 500 {
		rules = append(rules, stream.Rule{Table: "all", Where: &plan.Match{Subject: &plan.Field{Name: "CommandLine", Find: plan.Loosely}, Op: plan.Contains, Fold: true,
			Patterns: []plan.Pattern{plan.Plain(fmt.Sprintf("evil%dtool", i))}}})
	}
	set, err := stream.Compile(rules, oneTable{}, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ev := &event.Event{Class: event.ClassOf(event.Class{Product: "test"})}
	ev.Record.Set("CommandLine", event.TextValue(`C:\Windows\System32\svchost.exe -k netsvcs -p`))
	ev.Record.Set("Image", event.TextValue(`C:\Windows\System32\svchost.exe`))
	m := set.NewMatcher()
	if n := testing.AllocsPerRun(100, func() { m.Match(ev) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := set.Unindexed(ev.Class); len(got) != 0 {
		t.Errorf("%d rules are not indexed", len(got))
	}
}
