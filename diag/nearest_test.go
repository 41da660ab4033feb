package diag

import (
	"math/rand/v2"
	"testing"
)

// TestDistanceGivesUpInTime compares distances that may end early with those that are counted to the end.
func TestDistanceGivesUpInTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		letters := make([]byte, random.IntN(9))
		for i := range letters {
			letters[i] = "abcd"[random.IntN(4)]
		}
		return string(letters)
	}
	var rows [3][]int
	for range 20_000 {
		a, b, limit := word(), word(), 1+random.IntN(6)
		whole := distance(a, b, 1<<30, &rows)
		if got, want := distance(a, b, limit, &rows), min(whole, limit); got != want {
			t.Fatalf("%q and %q are %d apart, of at most %d; want %d", a, b, got, limit, want)
		}
		if least := apart(a, b); least > whole {
			t.Fatalf("%q and %q are said to be %d apart at least, and are %d", a, b, least, whole)
		}
	}
}
