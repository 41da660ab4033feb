package plan

import (
	"math/rand/v2"
	"testing"
)

// TestColumnSet compares sets of few and of many columns with tables.
func TestColumnSet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, fewColumns, 4 * fewColumns} {
		columns := make([]*Column, n)
		for i := range columns {
			columns[i] = &Column{}
		}
		var set columnSet
		want := map[*Column]bool{}
		for range 20 * n {
			c := columns[random.IntN(n)]
			in := random.IntN(3) > 0
			set.set(c, in)
			want[c] = in
		}
		members := 0
		for _, c := range columns {
			if set.has(c) != want[c] {
				t.Fatalf("of %d columns, one is in the set: %v, and should be: %v", n, set.has(c), want[c])
			}
			if want[c] {
				members++
			}
		}
		if len(set.list) != members {
			t.Errorf("a set of %d columns lists %d", members, len(set.list))
		}
	}
}
