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

	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// escuSearches returns the searches of ESCU's detections and baselines that are not deprecated, by file.
func escuSearches(t *testing.T) map[string]string {
	t.Helper()
	searches := map[string]string{}
	for _, kind := range []string{"detections", "baselines"} {
		root := shared.Dir(t, "content", "escu", kind)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".yml" || strings.Contains(path, "deprecated") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var d struct{ Search string }
			if err := yaml.Unmarshal(text, &d); err != nil {
				return err
			}
			searches[path] = d.Search
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(searches) == 0 {
		t.Fatal("there are no searches")
	}
	return searches
}

// TestModelsHaveWhatSearchesName looks for every field of the data models, but for those of endpoints, that ESCU names, and for
// every data model and dataset that it reads.
func TestModelsHaveWhatSearchesName(t *testing.T) {
	tax := taxonomy.Default()
	model := map[string]*taxonomy.Model{} // by the name of a dataset at the top
	var roots []string
	for _, m := range tax.DataModels() {
		if m.Name == "Endpoint" || m.Name == "Risk" {
			continue
		}
		for _, d := range m.Datasets() {
			if d.Parent == "" {
				model[d.Name] = m
				roots = append(roots, d.Name)
			}
		}
	}
	field := regexp.MustCompile(`\b(` + strings.Join(roots, "|") + `)((?:\.[A-Za-z_]+)+)`)
	read := regexp.MustCompile(`(?i)\bfrom\s+datamodel\s*[=:]?\s*"?([A-Za-z_]+)(?:\.([A-Za-z_]+))?`)
	named := map[string]bool{}
	for path, search := range escuSearches(t) {
		for _, match := range field.FindAllStringSubmatch(search, -1) {
			m, name := model[match[1]], match[0]
			if d, ok := m.Dataset(strings.TrimPrefix(match[2], ".")); ok && (d.Lineage == name || m.Name == match[1]) {
				continue // the name of a dataset
			}
			all, _ := m.Dataset("")
			if _, ok := all.Column(name); ok {
				named[m.Name+"/"+name] = true
				continue
			}
			// The name of a field that every event has may stand behind that of a dataset.
			prefix, last := name[:strings.LastIndexByte(name, '.')], name[strings.LastIndexByte(name, '.')+1:]
			if d, ok := m.Dataset(prefix); ok {
				if _, ok := d.Column(last); ok {
					continue
				}
			}
			t.Errorf("%s names %s, which the data model %s does not have", filepath.Base(path), name, m.Name)
		}
		for _, match := range read.FindAllStringSubmatch(search, -1) {
			m, ok := tax.DataModel(match[1])
			if ok && match[2] != "" {
				_, ok = m.Dataset(match[2])
			}
			if !ok && match[1] != "Risk" {
				t.Logf("%s reads %s, which no data model is", filepath.Base(path), match[0])
			}
		}
	}
	t.Logf("%d fields of %d data models are named", len(named), len(tax.DataModels()))
}

// TestOtherDataSources counts the fields that ESCU lists for telemetry that is not of endpoints, and that a search finds in the
// example.
func TestOtherDataSources(t *testing.T) {
	tax := taxonomy.Default()
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "content", "escu", "data_sources"), "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no data sources", err)
	}
	listed, found := 0, 0
	missing := map[string][]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yml")
		if slices.ContainsFunc(families, func(f struct{ name, prefix string }) bool { return strings.HasPrefix(name, f.prefix) }) {
			continue
		}
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
		events := readLog(t, d.Example, source.Label{Source: d.Source, Sourcetype: d.Sourcetype})
		if len(events) == 0 {
			t.Errorf("%s: no event", name)
			continue
		}
		for _, field := range d.Fields {
			if !derivable(field) || strings.HasPrefix(field, "_") || strings.HasPrefix(field, "tag") || field == "eventtype" || strings.HasPrefix(field, "date_") {
				continue
			}
			listed++
			if valueIn(t, tax, events[0], "splunk/"+field).IsNull() {
				missing[d.Sourcetype] = append(missing[d.Sourcetype], field)
			} else {
				found++
			}
		}
	}
	var types []string
	for sourcetype := range missing {
		types = append(types, sourcetype)
	}
	sort.Strings(types)
	for _, sourcetype := range types {
		sort.Strings(missing[sourcetype])
		t.Logf("%s: not %s", sourcetype, strings.Join(slices.Compact(missing[sourcetype]), " "))
	}
	t.Logf("%d of %d fields are found", found, listed)
	if found*100 < listed*95 {
		t.Errorf("%d of %d fields are found; 95 of a hundred are wanted", found, listed)
	}
}
