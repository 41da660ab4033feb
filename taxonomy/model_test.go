package taxonomy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

func dataset(t *testing.T, model, name string) *taxonomy.Dataset {
	t.Helper()
	m, ok := taxonomy.Default().DataModel(model)
	if !ok {
		t.Fatalf("no data model %s", model)
	}
	d, ok := m.Dataset(name)
	if !ok {
		t.Fatalf("no dataset %s in %s", name, model)
	}
	return d
}

func TestDatasets(t *testing.T) {
	for _, test := range []struct {
		model, dataset, field string
		column                string // empty: there is no such field
		nearest               string
	}{
		{"Endpoint", "Processes", "Processes.process_name", "cim/Endpoint/Processes.process_name", ""},
		{"Endpoint", "Processes", "host", "splunk/host", ""},
		{"Endpoint", "Processes", "sourcetype", "splunk/sourcetype", ""},
		{"Endpoint", "Processes", "_time", "@timestamp", ""},
		{"Endpoint", "Processes", "Processes.path", "", "Processes.process_path"},
		{"Endpoint", "Processes", "Processes.orig_process_name", "", "Processes.process_name"},
		{"Endpoint", "Processes", "Processes.original_file_nam", "", "Processes.original_file_name"},
		{"Endpoint", "Processes", "Processes.Process_name", "", "Processes.process_name"},
		{"Endpoint", "Processes", "process_name", "", "Processes.process_name"},
		{"Endpoint", "Processes", "Registry.registry_path", "", ""},
		{"Endpoint", "", "Registry.registry_path", "cim/Endpoint/Registry.registry_path", ""},
		{"Endpoint", "Registry", "Registry.process_guidr", "", "Registry.process_guid"},
		{"Risk", "All_Risk", "All_Risk.annotations.mitre_attack.mitre_tactic_id", "cim/Risk/All_Risk.annotations.mitre_attack.mitre_tactic_id", ""},
		{"Authentication", "Failed_Authentication", "Authentication.user", "cim/Authentication/Authentication.user", ""},
		{"Authentication", "Authentication.Failed_Authentication", "Authentication.user", "cim/Authentication/Authentication.user", ""},
		{"Change", "All_Changes", "All_Changes.Account_Management.src_user", "cim/Change/All_Changes.Account_Management.src_user", ""},
		{"Change", "Account_Management", "All_Changes.Account_Management.src_user", "cim/Change/All_Changes.Account_Management.src_user", ""},
		{"Change", "Network_Changes", "All_Changes.Account_Management.src_user", "", "All_Changes.user"},
	} {
		d := dataset(t, test.model, test.dataset)
		column, ok := d.Column(test.field)
		if column != test.column || ok != (test.column != "") {
			t.Errorf("%s.%s: %s is %q %v, want %q", test.model, test.dataset, test.field, column, ok, test.column)
		}
		if !ok && test.nearest != "" {
			if got := d.Nearest(test.field); got != test.nearest {
				t.Errorf("%s.%s: nearest to %s is %q, want %q", test.model, test.dataset, test.field, got, test.nearest)
			}
		}
		f, known := d.Field(test.field)
		if known != ok || f.Column != column {
			t.Errorf("%s.%s: the field %s is %+v", test.model, test.dataset, test.field, f)
		}
	}
	if d := dataset(t, "Authentication", "Failed_Authentication"); d.Table != "cim/Authentication.Failed_Authentication" || d.Parent != "Authentication" {
		t.Errorf("%+v", d)
	}
	if d := dataset(t, "Endpoint", ""); d.Table != "cim/Endpoint" {
		t.Errorf("%+v", d)
	}
	m, _ := taxonomy.Default().DataModel("Endpoint")
	if _, ok := m.Dataset("Prozesses"); ok {
		t.Error("a dataset of another name was found")
	}
	if _, ok := taxonomy.Default().DataModel("endpoint"); ok {
		t.Error("a data model of another name was found")
	}
}

// All events of a model are those of its roots, and a field of a dataset that an event is not in has no value.
func TestWholeModel(t *testing.T) {
	tax := taxonomy.Default()
	process, file := sysmon("1"), sysmon("11")
	for _, class := range []*event.Class{process, file} {
		if _, in := tax.Route("cim/Endpoint", class); !in {
			t.Errorf("Sysmon %s is no event of Endpoint", class.ID)
		}
	}
	if _, in := tax.Route("cim/Endpoint", sysmon("10")); in {
		t.Error("an access to a process is an event of Endpoint")
	}
	if _, in := tax.Route("cim/Endpoint.Nothing", process); in {
		t.Error("an unknown dataset has events")
	}
	if _, in := tax.Route("cim/Nothing", process); in {
		t.Error("an unknown data model has events")
	}
	if e := tax.Source(file, "cim/Endpoint/Processes.user"); e != nil {
		t.Errorf("a file has a process's user: %v", e)
	}
	for _, column := range []string{"cim/Endpoint/Processes.path", "cim/Nothing/x", "cim/Endpoint"} {
		if e := tax.Source(process, column); e != nil {
			t.Errorf("%s comes from %v", column, e)
		}
	}
}

// modelUse finds fields of data models in searches: the dataset behind from datamodel=, and names that begin with a root.
var (
	fromModel = regexp.MustCompile(`datamodel\s*=\s*"?([A-Za-z_]+)(?:\.([A-Za-z_.]+))?"?`)
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// Every field of a data model that published searches use must be one, but for the few that were mistyped.
func TestCorpusModelFields(t *testing.T) {
	root := shared.Dir(t, "content", "escu", "detections")
	tax := taxonomy.Default()
	used, unknown := 0, map[string][]string{}
	missing := map[string]int{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yml" || strings.Contains(path, "deprecated") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var rule struct{ Name, Search string }
		if err := yaml.Unmarshal(text, &rule); err != nil {
			return err
		}
		for _, from := range fromModel.FindAllStringSubmatch(rule.Search, -1) {
			m, ok := tax.DataModel(from[1])
			if !ok {
				missing[from[1]]++
				continue
			}
			if _, ok := m.Dataset(from[2]); !ok && from[2] != "" {
				t.Errorf("%s: no dataset %s", rule.Name, from[0])
				continue
			}
			all, _ := m.Dataset("")
			for _, d := range m.Datasets() {
				if d.Parent != "" {
					continue
				}
				names := regexp.MustCompile(`\b` + d.Name + `\.[A-Za-z_][A-Za-z_.]*[A-Za-z_]`)
				for _, field := range names.FindAllString(quoted.ReplaceAllString(rule.Search, `""`), -1) {
					used++
					if _, ok := all.Column(field); ok {
						continue
					}
					if _, ok := m.Dataset(field); ok || field == m.Name+"."+d.Name {
						continue // the dataset itself
					}
					if !slices.Contains(unknown[field], rule.Name) {
						unknown[field] = append(unknown[field], rule.Name)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, field := range sortedKeys(unknown) {
		wrong += len(unknown[field])
		t.Logf("no field %s in %q", field, unknown[field])
	}
	for _, model := range sorted(missing) {
		t.Logf("no data model %s (%d searches)", model, missing[model])
	}
	t.Logf("%d uses of fields, %d of unknown ones", used, wrong)
	if used == 0 || float64(wrong) > 0.005*float64(used) {
		t.Errorf("%d of %d uses are of unknown fields", wrong, used)
	}
}

func sortedKeys(m map[string][]string) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

// seedSPL is the condition of the published search whose answers the synthetic events are labelled with: process_name or
// original_file_name is at.exe, and the command line has two backslashes next to each other.
func seedSPL(t *testing.T, tax *taxonomy.Taxonomy, ev *event.Event) bool {
	t.Helper()
	when, in := tax.Route("cim/Endpoint.Processes", ev.Class)
	if !in || when != nil && !evaluate(t, when, &ev.Record).Bool() {
		return false
	}
	field := func(name string) string { return valueIn(t, tax, ev, "cim/Endpoint/Processes."+name).Text() }
	name := strings.EqualFold(field("process_name"), "at.exe") || strings.EqualFold(field("original_file_name"), "at.exe")
	return name && strings.Contains(field("process"), `\\`)
}

// The synthetic events, in every shape, must be answered as they are labelled.
func TestSyntheticProcesses(t *testing.T) {
	root := shared.Dir(t, "data", "synthetic", "at")
	tax := taxonomy.Default()
	folders, err := filepath.Glob(filepath.Join(root, "*", "labels.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no labels below %s: %v", root, err)
	}
	for _, labels := range folders {
		text, err := os.ReadFile(labels)
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Files   []string
			Records []struct {
				N    int
				SPL  bool `yaml:"seed_spl"`
				Note string
			}
		}
		if err := yaml.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
		for _, file := range said.Files {
			t.Run(filepath.Base(filepath.Dir(labels))+"/"+file, func(t *testing.T) {
				text, err := os.ReadFile(filepath.Join(filepath.Dir(labels), file))
				if err != nil {
					t.Fatal(err)
				}
				events := readLog(t, string(text), source.Label{})
				if strings.HasPrefix(file, "audit") {
					for _, ev := range events {
						if seedSPL(t, tax, ev) {
							t.Errorf("%s: fires", ev.Raw)
						}
					}
					return
				}
				if len(events) != len(said.Records) {
					t.Fatalf("%d events, %d labels", len(events), len(said.Records))
				}
				for _, label := range said.Records {
					if got := seedSPL(t, tax, events[label.N-1]); got != label.SPL {
						t.Errorf("event %d: %v, want %v: %s", label.N, got, label.SPL, label.Note)
					}
				}
			})
		}
	}
}
