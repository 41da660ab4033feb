package source_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// dataSource is what ESCU says of a kind of telemetry.
type dataSource struct {
	Source, Sourcetype string
	Fields             []string
	Example            string `yaml:"example_log"`
}

// addOnFields are fields that an index or an add-on gives, and no record.
var addOnFields = regexp.MustCompile(`^(_time|_raw|date_.*|eventtype|host|index|linecount|punct|source|sourcetype|splunk_server.*|tag|tag::.*|timeendpos|timestartpos|timestamp|vendor.*)$`)

// dated are texts that hold a time.
var dated = regexp.MustCompile(`(19|20)[0-9]{2}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-5][0-9]:[0-5][0-9]|/20[0-9]{2}[: ]|\b1[0-9]{9}(\.|\b)|\b1[0-9]{12}\b`)

// TestExampleLogs reads the example of every kind of telemetry that ESCU's detections name: alone, with nothing but its own
// look, or else as what ESCU says that it is.
func TestExampleLogs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "content", "escu", "data_sources"), "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no data sources", err)
	}
	examples, alone := 0, 0
	listed, native := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dataSource
		if err := yaml.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.TrimSpace(d.Example) == "" {
			continue
		}
		examples++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			bare := readText(t, d.Example, source.Label{})
			if len(bare) > 0 {
				alone++
			}
			events := readText(t, d.Example, source.Label{Source: d.Source, Sourcetype: d.Sourcetype})
			if len(events) == 0 {
				t.Fatal("no event")
			}
			for _, ev := range events {
				if ev.Class.Source != d.Source || ev.Class.Sourcetype != d.Sourcetype {
					t.Errorf("class %+v does not have the label", *ev.Class)
				}
			}
			ev := events[0]
			if dated.MatchString(d.Example) && !hasTime(ev) {
				t.Errorf("class %+v has no time: %.200s", *ev.Class, d.Example)
			}
			here, own := 0, 0
			var missing []string
			for _, field := range d.Fields {
				if addOnFields.MatchString(field) {
					continue
				}
				if here++; splunkField(&ev.Record, field).IsAbsent() {
					missing = append(missing, field)
				} else {
					own++
				}
			}
			listed, native = listed+here, native+own
			t.Logf("%d of %d fields are the record's own; not %s", own, here, strings.Join(missing, " "))
		})
	}
	t.Logf("%d examples, %d of them known by their look; %d of %d listed fields are the records' own", examples, alone, native, listed)
}

// readText returns the events of a text that lies in a file by itself.
func readText(t *testing.T, text string, label source.Label) (events []*event.Event) {
	t.Helper()
	o := source.Options{Label: func(string) source.Label { return label }}
	in := source.NewInput("example", strings.NewReader(text), int64(len(text)), o)
	if in.Format == nil {
		return nil
	}
	events, _ = decodeInput(t, in, o)
	return events
}

// hasTime says whether an event says when it happened.
func hasTime(ev *event.Event) bool {
	if ev.Logged != 0 {
		return true
	}
	for _, f := range ev.Record.Fields {
		if f.Value.Kind() == event.Time {
			return true
		}
	}
	return false
}

// splunkField returns the value that a search finds under a name: the field of this name, or what lies at the end of the
// path that it spells, with {} behind lists.
func splunkField(r *event.Record, name string) event.Value {
	if v := r.Get(name); !v.IsAbsent() {
		return v
	}
	for i := 0; i < len(name); i++ {
		if name[i] != '.' && i+1 < len(name) {
			continue
		}
		step, rest := name[:i], name[min(i+1, len(name)):]
		if i+1 == len(name) {
			step, rest = name, ""
		}
		bare, list := strings.CutSuffix(step, "{}")
		v := r.Get(bare)
		if v.IsAbsent() {
			continue
		}
		elements := []event.Value{v}
		if list {
			elements = v.List()
		}
		for _, e := range elements {
			if rest == "" {
				return e
			}
			if e.Object() != nil {
				if found := splunkField(e.Object(), rest); !found.IsAbsent() {
					return found
				}
			}
		}
	}
	return event.Value{}
}

// TestAttackData reads the official data of ESCU's tests as what the tests say that it is, and what lies beside it as itself:
// every event once, none lost, each with a time.
func TestAttackData(t *testing.T) {
	root := shared.Dir(t, "oracles", "escu-tests")
	tests, err := filepath.Glob(filepath.Join(root, "*", "test.json"))
	if err != nil || len(tests) == 0 {
		t.Fatal("there are no tests", err)
	}
	labels := map[string]source.Label{}
	for _, file := range tests {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var test struct {
			Inputs []struct {
				Source, Sourcetype string
				Versions           []struct{ File string }
			}
		}
		if err := json.Unmarshal(text, &test); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, input := range test.Inputs {
			for _, version := range input.Versions {
				labels[filepath.Join(root, filepath.FromSlash(version.File))] = source.Label{Source: input.Source, Sourcetype: input.Sourcetype}
			}
		}
	}
	for path, label := range labels {
		t.Run(filepath.Base(path), func(t *testing.T) { readAttackData(t, path, label) })
	}
	other := shared.Dir(t, "data", "attack_data")
	err = filepath.WalkDir(other, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Dir(path) != other {
			t.Run(filepath.Base(path), func(t *testing.T) { readAttackData(t, path, source.Label{}) })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recordStarts are how records of a file begin, by the format that reads them; what is counted there must come out.
var recordStarts = map[string]*regexp.Regexp{
	"windows-xml":  regexp.MustCompile(`<Event[ >]`),
	"windows-text": regexp.MustCompile(`(?m)^EventCode=`),
	"json":         regexp.MustCompile(`(?m)^\{|\} *\{ *"`),
	"auditd":       regexp.MustCompile(`(?m)^(node=\S+ )?type=`),
	"stash":        regexp.MustCompile(`(?m)^[0-9]{10}, search_name=`),
	"paloalto":     regexp.MustCompile(`(?m),(TRAFFIC|THREAT),`),
}

func readAttackData(t *testing.T, path string, label source.Label) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o := source.Options{Label: func(input string) source.Label {
		if input != path {
			t.Errorf("asked what %q is", input)
		}
		return label
	}}
	format := ""
	events, derived := 0, 0
	classes := map[event.Class]int{}
	err = source.ForEach(context.Background(), []string{path}, o, func(ev *event.Event) bool {
		if ev.Marks&event.Derived != 0 {
			derived++
		} else {
			events++
		}
		if ev.Class.Source != label.Source || ev.Class.Sourcetype != label.Sourcetype {
			t.Errorf("class %+v does not have the label %+v", *ev.Class, label)
		}
		if !hasTime(ev) {
			t.Errorf("%v has no time: %.200s", ev.Origin, ev.Raw)
		}
		plain := *ev.Class
		plain.ID, plain.Provider, plain.Source, plain.Sourcetype = "", "", "", ""
		classes[plain]++
		return true
	}, func(in *source.Input) {
		if in.Format == nil {
			t.Fatalf("is skipped: %s", in.Skipped)
		}
		format = in.Format.Name
	}, func(p source.Problem) {
		if p.Lost {
			t.Errorf("lost: %v", p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	start := recordStarts[format]
	if start == nil {
		t.Fatalf("nobody counts the records of a file in the format %s", format)
	}
	if want := len(start.FindAll(text, -1)); events != want {
		t.Errorf("%d events in a file of %d records", events, want)
	}
	for class, n := range classes {
		t.Logf("%s: %d of %s/%s", format, n, class.Product, class.Channel)
	}
}
