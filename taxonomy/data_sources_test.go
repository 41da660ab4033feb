package taxonomy_test

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// dataSource is what is published about a source of data: the names that a search has for its fields, and a record of it.
type dataSource struct {
	file       string
	Source     string
	Sourcetype string
	Fields     []string
	Example    string `yaml:"example_log"`
}

// readLog reads a text as a file of that content would be, under a label.
func readLog(t *testing.T, text string, label source.Label) []*event.Event {
	t.Helper()
	path := filepath.Join(t.TempDir(), "example.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	options := source.Options{Label: func(string) source.Label { return label }}
	err := source.ForEach(context.Background(), []string{path}, options, func(ev *event.Event) bool {
		events = append(events, ev.Clone())
		return true
	}, nil, func(source.Problem) {})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// families are the kinds of data source whose fields a search must find, by the beginning of the file's name.
var families = []struct{ name, prefix string }{
	{"Sysmon", "sysmon_eventid_"},
	{"Security", "windows_event_log_security_"},
	{"PowerShell", "powershell_script_block_"},
	{"Sysmon for Linux", "sysmon_for_linux_"},
	{"CrowdStrike", "crowdstrike_"},
	{"auditd", "linux_auditd_"},
	{"other Windows logs", "windows_event_log_"},
}

// nobodysFields are fields that no record has: where Splunk keeps an event, how it was cut out of its input, and when.
var nobodysFields = map[string]bool{"punct": true, "timestartpos": true, "timeendpos": true, "timestamp": true, "event_ingest_time": true}

// derivable says whether a field can come from the record: neither those fields, nor what is looked up in the list of machines
// that Falcon keeps.
func derivable(field string) bool { return !nobodysFields[field] && !strings.HasPrefix(field, "aid_") }

// Of the fields that are published for a data source, nearly all must be there in its example.
func TestDataSources(t *testing.T) {
	root := shared.Dir(t, "content", "escu", "data_sources")
	files, err := filepath.Glob(filepath.Join(root, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no data sources: %v", err)
	}
	tax := taxonomy.Default()
	there, all, behind, read := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, file := range files {
		name := filepath.Base(file)
		family := ""
		for _, f := range families {
			if strings.HasPrefix(name, f.prefix) {
				family = f.name
				break
			}
		}
		if family == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dataSource{file: name}
		if err := yaml.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d.Example == "" || len(d.Fields) == 0 {
			t.Logf("%s: %s has no example or no fields", family, name)
			continue
		}
		events := readLog(t, d.Example, source.Label{Source: d.Source, Sourcetype: d.Sourcetype})
		if len(events) == 0 || events[0].Class.Product == "text" {
			t.Logf("%s: %s: the example is not recognised, it begins %.40q", family, name, d.Example)
			continue
		}
		cut := events[0].Marks&event.Truncated != 0
		read[family]++
		var missing []string
		for _, field := range d.Fields {
			if !derivable(field) {
				continue
			}
			found := false
			for _, ev := range events {
				found = found || hasField(t, tax, ev, field)
			}
			switch {
			case found:
				there[family]++
				all[family]++
			case cut:
				behind[family]++ // most likely behind the cut
			default:
				all[family]++
				missing = append(missing, field)
			}
		}
		if missing != nil {
			sort.Strings(missing)
			t.Logf("%s: %s has no %s", family, name, strings.Join(missing, " "))
		}
	}
	for _, f := range families {
		if all[f.name] == 0 {
			t.Errorf("%s: nothing was read", f.name)
			continue
		}
		share := float64(there[f.name]) / float64(all[f.name])
		t.Logf("%s: %d data sources, %d of %d fields (%.1f %%); %d more where the example is cut off", f.name, read[f.name], there[f.name], all[f.name],
			100*share, behind[f.name])
		if share < 0.95 {
			t.Errorf("%s: only %.1f %% of the fields are there", f.name, 100*share)
		}
	}
}

// hasField says whether a search finds a field in an event.
func hasField(t *testing.T, tax *taxonomy.Taxonomy, ev *event.Event, field string) bool {
	t.Helper()
	if _, in := tax.Route("splunk", ev.Class); !in {
		return false
	}
	column := "splunk/" + field
	if field == "_time" {
		column = "@timestamp"
	}
	v := valueIn(t, tax, ev, column)
	return !v.IsNull() && (v.Kind() != event.List || len(v.List()) > 0)
}
