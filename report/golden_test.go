package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"goshawk/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A golden file shows a change to its reviewer; what must hold is asserted elsewhere.
func TestGolden(t *testing.T) {
	list, r, o := sample(t)
	with := func(change func(*report.Options)) report.Options {
		changed := o
		change(&changed)
		return changed
	}
	for _, test := range []struct{ file, got string }{
		{"sample.80.txt", write(t, "table", list, r, with(func(o *report.Options) { o.Width = 80 }))},
		{"sample.120.txt", write(t, "table", list, r, o)},
		{"sample.200.color.txt", write(t, "table", list, r, with(func(o *report.Options) { o.Width, o.Color = 200, true }))},
		{"sample.csv", write(t, "csv", list, r, o)},
		{"sample.timesketch.csv", write(t, "timesketch", list, r, o)},
		{"sample.ndjson", write(t, "ndjson", list, r, o)},
		{"sample.html", write(t, "html", list, r, o)},
		{"empty.html", write(t, "html", nil, r, o)},
		{"talk.txt", talk(r, report.TalkOptions{Rules: o.Rules, Findings: true})},
		{"talk.long.txt", talk(r, report.TalkOptions{Rules: o.Rules, Skipped: true, Blind: true})},
	} {
		t.Run(test.file, func(t *testing.T) {
			path := filepath.Join("testdata", test.file)
			if *update {
				if err := os.MkdirAll("testdata", 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(test.got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run the test with -update)", err)
			}
			if diff := cmp.Diff(string(want), test.got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
