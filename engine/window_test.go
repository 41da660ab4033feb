package engine_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
)

// TestWindowsOfRuns replays the rules under testdata/windows by their schedule. A file has the rule, a log, and what must be found: a line for
// each alert with its window, or the time of the event where runs do not matter, and its number of rows; then what was left out.
func TestWindowsOfRuns(t *testing.T) {
	names, err := filepath.Glob("testdata/windows/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(archive.Comment), "Truth:") {
				t.Error("nobody vouches for what must be found")
			}
			rules, log, want := fstest.MapFS{}, "", ""
			for _, f := range archive.Files {
				switch {
				case strings.HasPrefix(f.Name, "rule"):
					rules[f.Name] = &fstest.MapFile{Data: f.Data}
				case f.Name == "log":
					log = string(f.Data)
				case f.Name == "found":
					want = string(f.Data)
				default:
					t.Fatalf("what is %s?", f.Name)
				}
			}
			files, err := detection.FindIn(rules, "test:")
			if err != nil || len(files) != len(rules) {
				t.Fatal(len(files), err)
			}
			set := compile.Files(files, compile.Options{})
			for _, r := range set.Rules {
				if r.Refused {
					t.Fatal(r.Diagnostics)
				}
			}
			path := write(t, "log", log)
			for _, threads := range []int{1, 3} {
				found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: set.Rules, AsScheduled: true, Threads: threads})
				var b strings.Builder
				for _, f := range found {
					if f.From == 0 {
						fmt.Fprintf(&b, "%s\n", clock(t, f.Time))
						continue
					}
					fmt.Fprintf(&b, "%s-%s %d\n", clock(t, f.From), clock(t, f.To), max(f.Rows, 1))
				}
				for _, left := range []struct {
					what string
					n    int64
				}{{"outside", report.Strayed}, {"in no window", report.Unseen}, {"failed", int64(len(report.Failed))}} {
					if left.n > 0 {
						fmt.Fprintf(&b, "%s %d\n", left.what, left.n)
					}
				}
				if b.String() != want {
					t.Errorf("%d threads: found\n%s\nwant\n%s", threads, b.String(), want)
				}
			}
		})
	}
}
