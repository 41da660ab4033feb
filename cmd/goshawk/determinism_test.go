package main

import (
	"os"
	"path/filepath"
	"testing"

	"goshawk/internal/shared"
)

// The output of the whole program does not depend on the number of workers: all shared data, all shared rules.
func TestSameBytesWhateverTheThreads(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	data, rules := shared.Dir(t, "data"), shared.Dir(t, "content", "sigma")
	formats := map[string]string{"ndjson": "csv", "table": "timesketch"} // one scan with one worker, one with two
	for first, second := range formats {
		var seen [2][]string
		for i, threads := range []string{"1", "2"} {
			dir := t.TempDir()
			page := filepath.Join(dir, "page.html")
			a := must(t, exitFine, "scan", data, "-r", rules, "--threads", threads, "-f", first, "--report", page, "--skipped", "--blind", "-q")
			b := must(t, exitFine, "scan", filepath.Join(data, "evtx"), "-r", rules, "--threads", threads, "-f", second, "-q")
			html, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			seen[i] = []string{a.stdout, b.stdout, string(html)}
		}
		for i, what := range []string{first, second, "html"} {
			if a, b := seen[0][i], seen[1][i]; a != b || a == "" {
				t.Errorf("%s: %d bytes with one worker, %d with two, or others", what, len(a), len(b))
			}
		}
	}
}

// Nor does it for detections that look at many events, in one pass or by their schedules, and for queries.
func TestSameRowsWhateverTheThreads(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	data, rules := shared.Dir(t, "data", "synthetic", "at"), shared.Dir(t, "content", "escu")
	for _, args := range [][]string{
		{"scan", data, "-r", rules, "-f", "ndjson", "-q"}, {"scan", data, "-r", rules, "-f", "html", "-q", "--as-scheduled", "--rule-id", "4be54858"},
		{"query", "| tstats count values(Processes.process) as p from datamodel=Endpoint.Processes by Processes.dest Processes.user", data, "-f", "json", "-q"},
		{"query", "EventCode=*", data, "-q"},
	} {
		one, two := must(t, exitFine, append(args, "--threads", "1")...), must(t, exitFine, append(args, "--threads", "2")...)
		if one.stdout != two.stdout || one.stdout == "" {
			t.Errorf("%v: %d bytes with one worker, %d with two, or others", args, len(one.stdout), len(two.stdout))
		}
	}
}

// --carve gives more, never less, and what it gives is marked.
func TestCarve(t *testing.T) {
	data, rules := shared.Dir(t, "data", "evtx"), write(t, "rule.yml", "title: All\nlogsource: {product: windows}\ndetection:\n  sel: {EventID|exists: true}\n  condition: sel\n")
	plain := must(t, exitFine, "scan", data, "-r", rules, "-q", "-f", "csv")
	carved := must(t, exitFine, "scan", data, "-r", rules, "-q", "-f", "csv", "--carve")
	if len(carved.stdout) <= len(plain.stdout) {
		t.Errorf("%d bytes with --carve, %d without", len(carved.stdout), len(plain.stdout))
	}
}
