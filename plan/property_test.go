package plan_test

import (
	"testing"

	"goshawk/plan"
	"goshawk/plan/plantest"
)

// rewritten checks what holds of every rewritten plan: it is sound, gives the same columns, is at rest, and the plan that it
// came from is as it was.
func rewritten(t *testing.T, n plan.Node) {
	t.Helper()
	before := plan.String(n)
	out := plan.Rewrite(n)
	if plan.String(n) != before {
		t.Fatalf("rewriting changed its plan from\n%s\nto\n%s", before, plan.String(n))
	}
	if list := plan.Check(out); list.Failed() {
		t.Fatalf("%s\nbecomes unsound: %s\n%s", before, list.Error(), plan.String(out))
	}
	if again := plan.Rewrite(out); again != out {
		t.Fatalf("rewriting does not come to rest:\n%s\nbecomes\n%s", plan.String(out), plan.String(again))
	}
	was, is := n.Columns(), out.Columns()
	same := len(was) == len(is) && n.Open() == out.Open()
	for i := range is {
		same = same && was[i] == is[i]
	}
	if !same {
		t.Fatalf("rewriting changes what\n%s\ngives to\n%s", before, plan.String(out))
	}
	fixed(t, out)
}

func TestRewriteProperties(t *testing.T) {
	for seed := range uint64(3000) {
		n, _ := plantest.Random(seed)
		rewritten(t, n)
	}
}

// TestTransformShares checks that a plan that no change touches stays the same plan.
func TestTransformShares(t *testing.T) {
	for seed := range uint64(300) {
		n, _ := plantest.Random(seed)
		out := plan.Transform(n, func(n plan.Node) plan.Node {
			return plan.TransformExprs(n, func(e plan.Expr) plan.Expr {
				return plan.TransformExpr(e, func(e plan.Expr) plan.Expr { return e })
			})
		})
		if out != n {
			t.Fatalf("seed %d: a plan without changes is another one", seed)
		}
	}
}
