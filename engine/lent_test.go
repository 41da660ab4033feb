package engine_test

import (
	"bytes"
	"reflect"
	"testing"

	"goshawk/engine"
	"goshawk/internal/shared"
	"goshawk/source"
)

// TestNothingIsKeptOfABlock overwrites each block when it is done, as the next block that is read into its memory would. What is found
// must be the same: a finding, a row or a kind of record that held a piece of a block would now say something else.
func TestNothingIsKeptOfABlock(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes a while, and has nothing to do with races")
	}
	data := shared.Dir(t, "data")
	rules := load(t, shared.Dir(t, "content", "sigma"), shared.Dir(t, "content", "escu"), shared.Dir(t, "content", "sentinel"))
	want, _ := scan(t, engine.Scan{Paths: []string{data}, Rules: rules})
	restore := engine.OnBlockDone(func(b *source.Block) {
		copy(b.Bytes, bytes.Repeat([]byte("\xa5"), len(b.Bytes)))
	})
	defer restore()
	got, _ := scan(t, engine.Scan{Paths: []string{data}, Rules: rules})
	if a, b := lines(want), lines(got); !reflect.DeepEqual(a, b) {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("a finding holds a piece of a block:\n%s\nwas\n%s", b[i], a[i])
			}
		}
		t.Fatalf("%d findings where blocks are overwritten, %d where not", len(b), len(a))
	}
}
