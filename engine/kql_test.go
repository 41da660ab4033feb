package engine_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/plan"
)

// communityRules compiles the public queries that bind elsewhere.
func communityRules(t *testing.T) []*compile.Rule {
	f, err := os.Open(filepath.Join(shared.Dir(t, "content", "kql"), "community.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fsys := fstest.MapFS{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for i := 0; lines.Scan(); i++ {
		var q struct {
			Query string
			Binds bool
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		if q.Binds {
			fsys[fmt.Sprintf("q%04d.kql", i)] = &fstest.MapFile{Data: []byte(q.Query)}
		}
	}
	files, err := detection.FindIn(fsys, "community:")
	if err != nil {
		t.Fatal(err)
	}
	return compile.Files(files, compile.Options{}).Loaded()
}

// asWritten returns the rule with its plan as the language gives it, which is asked of all events of its tables: nothing is rewritten,
// and no condition is in the index of the stream.
func asWritten(t *testing.T, r *compile.Rule, now int64) *compile.Rule {
	n := r.Query.Plan
	if r.Relower != nil {
		var err error
		if n, err = r.Relower(compile.Moment{Now: now}); err != nil {
			t.Fatal(err)
		}
	}
	whole := &compile.Rule{Detection: r.Detection, Plan: n, Rest: n}
	plan.Walk(n, func(n plan.Node) bool {
		if scan, ok := n.(*plan.Scan); ok {
			whole.Feeds = append(whole.Feeds, compile.Feed{Table: scan.Table, Scan: scan})
		}
		return true
	})
	return whole
}

// someLogs are inputs of the kinds that the queries are about, few enough to be asked everything of every event.
func someLogs(t *testing.T) []string {
	data := shared.Dir(t, "data")
	var paths []string
	for _, below := range []string{"synthetic", "linux", "cloud", "network", "evtx/EVTX-ATTACK-SAMPLES", "evtx/EVTX-to-MITRE-Attack", "attack_data"} {
		path := filepath.Join(data, filepath.FromSlash(below))
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		t.Fatalf("no logs below %s", data)
	}
	return paths
}

// TestQueriesThroughTheIndex: the findings of real queries are those that their plans give as written, over all events, whatever the
// rewrites, the index of the stream and the number of workers do.
func TestQueriesThroughTheIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	var rules, written []*compile.Rule
	now := midnight(t)
	for _, r := range communityRules(t) {
		if len(r.Feeds) > 20 { // it reads every table that there is
			continue
		}
		rules, written = append(rules, r), append(written, asWritten(t, r, now))
	}
	s := engine.Scan{Paths: someLogs(t), Now: now, Limits: engine.Limits{RuleMemory: 1 << 40, Memory: 1 << 40}}
	s.Rules, s.Threads = rules, 1
	one, report := scan(t, s)
	s.Threads = 3
	three, _ := scan(t, s)
	if !slices.Equal(lines(one), lines(three)) {
		t.Errorf("%d findings with one worker, %d with three, or others", len(one), len(three))
	}
	for _, f := range report.Failed {
		t.Errorf("%s failed: %v", f.Rule.Detection.Path, f.Diagnostics)
	}
	s.Rules = written
	whole, _ := scan(t, s)
	got, want := perRule(one), perRule(whole)
	for path := range want {
		if !slices.Equal(got[path], want[path]) {
			t.Errorf("%s: %d findings, %d as its plan is written, or others", path, len(got[path]), len(want[path]))
		}
	}
	for path := range got {
		if want[path] == nil {
			t.Errorf("%s: %d findings, none as its plan is written", path, len(got[path]))
		}
	}
	t.Logf("%d queries in %d events: %d findings of %d", len(rules), report.Events, len(one), len(got))
	if len(got) < 20 {
		t.Errorf("only %d queries find anything", len(got))
	}
}

// perRule returns the ids of findings by the path of their rule, sorted.
func perRule(list []*finding.Finding) map[string][]string {
	out := map[string][]string{}
	for _, f := range list {
		out[f.Detection.Path] = append(out[f.Detection.Path], f.ID)
	}
	for _, ids := range out {
		slices.Sort(ids)
	}
	return out
}
