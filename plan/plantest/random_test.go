package plantest_test

import (
	"testing"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/plantest"
)

func TestRandomPlansAreSound(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(3000) {
		node, _ := plantest.Random(seed)
		if list := plan.Check(node); list.Failed() {
			t.Fatalf("seed %d: %v\n%s", seed, list, plan.String(node))
		}
		again, _ := plantest.Random(seed)
		text := plan.String(node)
		if other := plan.String(again); other != text {
			t.Fatalf("seed %d gives two plans:\n%s\n%s", seed, text, other)
		}
		read, list := plan.Read(&diag.Source{Name: "random", Text: text})
		if list.Failed() {
			t.Fatalf("seed %d: %v\n%s", seed, list, text)
		}
		if printed := plan.String(read); printed != text {
			t.Fatalf("seed %d: printing what was read gives another text:\n%s\n%s", seed, text, printed)
		}
		plan.Walk(node, func(n plan.Node) bool {
			seen[plan.Operator(n)]++
			return true
		})
	}
	for _, word := range []string{"scan", "filter", "project", "extend", "aggregate", "window", "sort", "limit", "join", "union", "expand", "lookup", "sequence"} {
		if seen[word] == 0 {
			t.Errorf("no plan has a %s", word)
		}
	}
	t.Logf("%v", seen)
}
