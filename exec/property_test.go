package exec_test

import (
	"testing"

	"goshawk/plan"
	"goshawk/plan/plantest"
)

// sameRows checks that a plan gives the same rows whatever the size of batches, fed or asked, rewritten or not.
func sameRows(t *testing.T, seed uint64) {
	t.Helper()
	node, in := plantest.Random(seed)
	want, err := corpus{}.Run(node, in)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, plan.String(node))
	}
	for _, way := range []struct {
		name string
		x    corpus
		node plan.Node
	}{
		{"batches of 1", corpus{batch: 1}, node},
		{"batches of 3", corpus{batch: 3}, node},
		{"pushed", corpus{batch: 5, push: true}, node},
		{"rewritten", corpus{}, plan.Rewrite(node)},
	} {
		got, err := way.x.Run(way.node, in)
		if err != nil {
			t.Fatalf("seed %d, %s: %v\n%s", seed, way.name, err, plan.String(way.node))
		}
		if diff := plantest.Diff(want, got, true); diff != "" {
			t.Fatalf("seed %d, %s: other rows (-want +got):\n%s\n%s\nrun as\n%s", seed, way.name, diff, plan.String(node), plan.String(way.node))
		}
	}
}

func TestRandomPlansGiveTheSameRows(t *testing.T) {
	rounds := uint64(3000)
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		sameRows(t, seed)
	}
}

func FuzzRandomPlans(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(sameRows)
}
