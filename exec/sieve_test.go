package exec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// TestSievesChangeNothing compares the columns of a plan that has many patterns for one text with those of plans that have one pattern
// each, over vectors of every kind.
func TestSievesChangeNothing(t *testing.T) {
	in := &plan.Column{Name: "script"}
	lower := fn.ByName("spl_lower")
	subjects := []plan.Expr{&plan.Ref{Column: in}, &plan.Call{Func: lower, Args: []plan.Expr{&plan.Ref{Column: in}}}}
	var items []plan.Assign
	for i, source := range []string{"(?i)get-item", "Get-Item", "down(load|grade)", "(?i)web(client|request)", "frombase64|Größe", "(?i)größe", "a.{3}d", "[a-z]{8}", "(?i)get-it|nothing", "iex"} {
		for j, subject := range subjects {
			m := &plan.Match{Subject: subject, Op: plan.Regexp, Patterns: []plan.Pattern{{Source: source}}}
			items = append(items, plan.Assign{Column: &plan.Column{Name: fmt.Sprint(i, " ", j)}, Value: &plan.Case{
				Arms: []plan.Arm{{When: m, Then: &plan.Literal{Value: event.IntValue(1)}}}, Else: &plan.Literal{Value: event.IntValue(0)}}})
		}
	}
	node := func(items []plan.Assign) plan.Node {
		return &plan.Project{Input: &plan.Scan{Table: "t", Out: []*plan.Column{in}}, Out: items}
	}
	if sieves := sievesOf(node(items)); len(sieves) != 2 {
		t.Fatalf("there are %d sieves, want one for the column and one for it in lower case", len(sieves))
	}
	run := func(items []plan.Assign, b *Batch) []Vector {
		q, err := Compile(node(items), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out []Vector
		r := q.Start(t.Context(), func(b *Batch) error { out = b.Cols; return nil })
		if err := r.Offer(0, b); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Finish(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	texts := []string{"", "Get-Item x", "GET-ITEM", "get-items WebClient download", "downgrade WEBREQUEST", "FromBase64", "frombase64", "GRÖSSE Größe", "abcdefgh", "a123d", "IEX iex", "get-İtem", "\xff\xc3 nothing"}
	texts = append(texts, "get-item downgrade webclient", "größe")
	for round := range 300 {
		g := rand.New(rand.NewPCG(uint64(round), 8))
		n := 1 + g.IntN(20)
		var made Builder
		vals, codes, holes := make([]string, n), make([]uint32, n), make(gaps, n)
		for i := range n {
			codes[i] = uint32(g.IntN(len(texts)))
			vals[i] = texts[codes[i]]
			v := event.TextValue(vals[i])
			switch g.IntN(6) {
			case 0:
				v, holes[i] = event.NullValue(), null
			case 1:
				v = event.ListValue(v, event.TextValue(texts[g.IntN(len(texts))]))
			}
			made.Append(v)
		}
		for _, v := range []Vector{made.Finish(), &Texts{vals: vals}, &Texts{vals: vals, gaps: holes}, NewWords(codes, texts), &Words{codes: codes, words: texts, gaps: holes}} {
			b := func() *Batch { return &Batch{Len: n, Cols: []Vector{v}} }
			together := run(items, b())
			for i := range items {
				alone := run(items[i:i+1], &Batch{Len: n, Cols: []Vector{v.pick(identity(n))}})
				for r := range n {
					if got, want := together[i].At(r), alone[0].At(r); tell(got) != tell(want) {
						t.Fatalf("round %d: %s of %s is %s beside other patterns, and %s alone", round, plan.ExprString(items[i].Value), tell(v.At(r)), tell(got), tell(want))
					}
				}
			}
		}
	}
}
