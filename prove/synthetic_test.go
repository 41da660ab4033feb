package prove_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/packs"
	"goshawk/source"
	"goshawk/taxonomy"
)

// remoteAt is the id of "Scheduled Task Creation on Remote Endpoint using At".
const remoteAt = "4be54858-432f-11ec-8209-3e22fbd008af"

// builtin returns the rule of an id in the built-in pack.
func builtin(t *testing.T, id string) *compile.Rule {
	t.Helper()
	core, err := fs.Sub(packs.Core, "core")
	if err != nil {
		t.Fatal(err)
	}
	files, err := detection.FindIn(core, "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range compile.Files(files, compile.Options{}).Rules {
		if r.Detection.ID == id {
			if r.Refused {
				t.Fatal(r.Diagnostics)
			}
			return r
		}
	}
	t.Fatalf("no rule %s in the built-in pack", id)
	return nil
}

// TestSyntheticEvents scans the made-up at events in every shape: the finding's evidence must be the labelled records, and each finding
// must say all that the detection's page promises.
func TestSyntheticEvents(t *testing.T) {
	rule := builtin(t, remoteAt)
	root := shared.Dir(t, "data", "synthetic", "at")
	folders, _ := filepath.Glob(filepath.Join(root, "*", "labels.json"))
	if len(folders) == 0 {
		t.Fatalf("no labels below %s", root)
	}
	fired := 0
	for _, labels := range folders {
		text, err := os.ReadFile(labels)
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Files   []string
			Records []struct {
				N   int
				SPL bool `json:"seed_spl"`
			}
		}
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
		for _, name := range said.Files {
			file := filepath.Join(filepath.Dir(labels), name)
			t.Run(filepath.Base(filepath.Dir(labels))+"/"+name, func(t *testing.T) {
				// The numbers that evidence has for the events of the file, in their order.
				var numbers []uint64
				if err := source.ForEach(context.Background(), []string{file}, source.Options{}, func(ev *event.Event) bool {
					if ev.Marks&event.Derived == 0 {
						numbers = append(numbers, ev.Origin.Record)
					}
					return true
				}, nil, nil); err != nil {
					t.Fatal(err)
				}
				var want, got []uint64
				for _, r := range said.Records {
					if r.SPL {
						want = append(want, numbers[r.N-1])
					}
				}
				scan := &engine.Scan{Paths: []string{file}, Rules: []*compile.Rule{rule}, Taxonomy: taxonomy.Default(), Finding: func(f *finding.Finding) error {
					if f.Detection != rule.Detection {
						return nil // the risk of an entity
					}
					fired++
					check(t, f)
					for _, e := range f.Evidence {
						got = append(got, e.Record)
					}
					return nil
				}}
				if _, err := scan.Run(context.Background()); err != nil {
					t.Fatal(err)
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("evidence is of the records %v, want %v", got, want)
				}
			})
		}
	}
	if fired == 0 {
		t.Error("nothing was found in any shape")
	}
}

// check compares a finding with the page of its detection.
func check(t *testing.T, f *finding.Finding) {
	t.Helper()
	text := func(name string) string { return f.Fields.Get(name).Text() }
	for _, name := range []string{"dest", "user", "parent_process_name", "process_name", "process", "process_id", "parent_process_id", "count", "firstTime", "lastTime"} {
		if text(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	for _, name := range []string{"firstTime", "lastTime"} {
		if _, _, ok := event.ParseTime(text(name)); !ok || !strings.Contains(text(name), "T") {
			t.Errorf("%s is %s", name, text(name))
		}
	}
	if want := "A Windows Scheduled Task was created on a remote endpoint from " + text("dest"); f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	if len(f.Risk) != 1 || f.Risk[0] != (finding.Risk{Object: text("dest"), Type: "system", Score: 54, Message: f.Message}) {
		t.Errorf("risk %+v", f.Risk)
	}
	if !f.Notable || f.Detection.Level != detection.Medium || len(f.Notes) > 0 || len(f.Why) == 0 {
		t.Errorf("notable %v, level %s, notes %v, %d reasons", f.Notable, f.Detection.Level, f.Notes, len(f.Why))
	}
}

// TestRealLocalJobs scans everything else that lies in the data: real at.exe jobs of the own machine are no remote ones.
func TestRealLocalJobs(t *testing.T) {
	rule := builtin(t, remoteAt)
	root := shared.Dir(t, "data")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "synthetic" {
			paths = append(paths, filepath.Join(root, e.Name()))
		}
	}
	local, remote := 0, 0
	scan := &engine.Scan{Paths: paths, Rules: []*compile.Rule{rule}, Taxonomy: taxonomy.Default(), Finding: func(f *finding.Finding) error {
		if f.Detection == rule.Detection {
			if process := f.Fields.Get("process").Text(); !strings.Contains(process, `\\`) {
				local++
				t.Errorf("it fires on %q of %s", process, f.Evidence[0].Source)
			} else {
				remote++
			}
		}
		return nil
	}}
	if _, err := scan.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d local, %d remote", local, remote)
}
