package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The query of the example gives the answer that lies beside it.
func TestExampleHunt(t *testing.T) {
	in := func(name string) string { return filepath.Join("..", "..", "examples", "kql-hunt", name) }
	got := must(t, exitFine, "query", "--file", in("hunt.kql"), in("security.jsonl"), "--watchlist", in("teams.csv"), "--geo", in("networks.csv"), "-f", "json", "-q")
	if *update {
		if err := os.WriteFile(in("answer.json"), []byte(got.stdout), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(in("answer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.stdout); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
