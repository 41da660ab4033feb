package prove_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// atQuery is the KQL rendering of the Sigma rule about at and atd: over processes of every product, through a function of ASIM that is
// called without parentheses.
const atQuery = `imProcessCreate
| where TargetProcessName endswith "/at" or TargetProcessName endswith "/atd"`

// TestSyntheticEventsKQL scans the made-up at events in every shape: the query must give exactly the labelled records, and say of each
// where it was and who did it, where the record does.
func TestSyntheticEventsKQL(t *testing.T) {
	files, err := detection.FindIn(fstest.MapFS{"at.kql": &fstest.MapFile{Data: []byte(atQuery)}}, "page:")
	if err != nil {
		t.Fatal(err)
	}
	rules := compile.Files(files, compile.Options{}).Loaded()
	if len(rules) != 1 || rules[0].Mode != "per-event" {
		t.Fatalf("%d rules of the page", len(rules))
	}
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
				ID  any
				KQL bool `json:"seed_kql"`
			}
		}
		numbers := json.NewDecoder(strings.NewReader(string(text)))
		numbers.UseNumber()
		if err := numbers.Decode(&said); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		for _, r := range said.Records {
			if r.KQL {
				want = append(want, fmt.Sprint(r.ID))
			}
		}
		slices.Sort(want)
		for _, name := range said.Files {
			file := filepath.Join(filepath.Dir(labels), name)
			t.Run(filepath.Base(filepath.Dir(labels))+"/"+name, func(t *testing.T) {
				own := ownIDs(t, file)
				got := []string{}
				scan := &engine.Scan{Paths: []string{file}, Rules: rules, Taxonomy: taxonomy.Default(), Finding: func(f *finding.Finding) error {
					fired++
					text := func(name string) string { return f.Fields.Get(name).Text() }
					host := text("DvcHostname")
					if host == "" { // the record knows its machine by a number only
						host = text("Dvc")
					}
					if len(f.Evidence) != 1 || len(f.Why) == 0 || f.Time == 0 || f.Host != host || f.User != text("ActorUsername") {
						t.Errorf("%d events, %d reasons, host %q, user %q, time %d", len(f.Evidence), len(f.Why), f.Host, f.User, f.Time)
					}
					if process := text("Process"); process == "" || process != text("TargetProcessName") {
						t.Errorf("the process is %q", process)
					}
					for _, e := range f.Evidence {
						got = append(got, own[e.Record])
					}
					return nil
				}}
				if _, err := scan.Run(context.Background()); err != nil {
					t.Fatal(err)
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("it gives the records %v, want %v", got, want)
				}
			})
		}
	}
	if fired == 0 {
		t.Error("nothing was found in any shape")
	}
}

// ownIDs returns the number by which the product itself knows each event of a file, by the number that evidence has for it.
func ownIDs(t *testing.T, file string) map[uint64]string {
	t.Helper()
	own := map[uint64]string{}
	if err := source.ForEach(context.Background(), []string{file}, source.Options{}, func(ev *event.Event) bool {
		for _, name := range []string{"ReportId", "id", "serial", "EventRecordID"} {
			if v := ev.Record.Get(name); !v.IsNull() {
				own[ev.Origin.Record] = v.Text()
				break
			}
		}
		return true
	}, nil, nil); err != nil {
		t.Fatal(err)
	}
	return own
}
