package taxonomy_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// sigmaRule is as much of a rule as the taxonomy is about.
type sigmaRule struct {
	path      string
	LogSource struct{ Category, Product, Service string } `yaml:"logsource"`
	Detection map[string]yaml.Node
}

// fields returns the names of the fields that a rule compares.
func (r sigmaRule) fields() []string {
	seen := map[string]bool{}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if name, _, _ := strings.Cut(n.Content[i].Value, "|"); name != "" {
					seen[name] = true
				}
			}
			return
		}
		for _, item := range n.Content {
			walk(item)
		}
	}
	for name, n := range r.Detection {
		if name != "condition" && name != "timeframe" {
			walk(&n)
		}
	}
	list := make([]string, 0, len(seen))
	for name := range seen {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// activeRules reads all rules of the folders that SigmaHQ maintains.
func activeRules(t *testing.T) []sigmaRule {
	t.Helper()
	root := shared.Dir(t, "content", "sigma")
	folders, err := filepath.Glob(filepath.Join(root, "rules*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no rules below %s: %v", root, err)
	}
	var rules []sigmaRule
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".yml" {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			for d := yaml.NewDecoder(f); ; {
				var r sigmaRule
				if err := d.Decode(&r); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				r.path, _ = filepath.Rel(root, path)
				if r.Detection != nil {
					rules = append(rules, r)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rules
}

// Every log source of a published rule must be known; those that nothing feeds are listed.
func TestCorpusLogSources(t *testing.T) {
	tax := taxonomy.Default()
	unfed := map[string]int{}
	fed := 0
	rules := activeRules(t)
	for _, r := range rules {
		l := r.LogSource
		if !tax.KnownLogSource(l.Category, l.Product, l.Service) {
			t.Errorf("%s: unknown log source %q %q %q, nearest is %q", r.path, l.Category, l.Product, l.Service, tax.NearestLogSource(l.Category, l.Product, l.Service))
		}
		if len(tax.Feeds(l.Category, l.Product, l.Service)) > 0 {
			fed++
		} else {
			unfed[taxonomy.LogSource{Category: l.Category, Product: l.Product, Service: l.Service}.String()]++
		}
	}
	t.Logf("%d of %d rules have a source that feeds them", fed, len(rules))
	for _, name := range sorted(unfed) {
		t.Logf("no source feeds %s (%d rules)", name, unfed[name])
	}
}

func sorted(m map[string]int) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

// On Sysmon's records every field of every view must be the native field of that very name, or one that Sysmon does not
// have; and every field that published rules use must be reachable.
func TestSysmonAnswersNatively(t *testing.T) {
	tax := taxonomy.Default()
	used := map[string]map[string]bool{} // category → fields
	for _, r := range activeRules(t) {
		if l := r.LogSource; l.Category != "" && l.Product == "windows" {
			if used[l.Category] == nil {
				used[l.Category] = map[string]bool{}
			}
			for _, f := range r.fields() {
				used[l.Category][f] = true
			}
		}
	}
	ids := []string{"255"}
	for i := 1; i <= 29; i++ {
		ids = append(ids, fmt.Sprint(i))
	}
	checked := 0
	for _, id := range ids {
		class := sysmon(id)
		native, known := tax.NativeFields(class)
		if !known {
			t.Errorf("the fields of Sysmon %s are not known", id)
			continue
		}
		for _, l := range tax.LogSources(class) {
			if l.Category == "" {
				continue
			}
			v := tax.Sigma(l.Category, "windows", "")
			fields := append([]string(nil), v.Fields()...)
			for f := range used[l.Category] {
				fields = append(fields, f)
			}
			for _, field := range fields {
				column, _, mapped := v.Column(field)
				if !mapped || field == "Computer" || field == "Channel" {
					continue
				}
				checked++
				source := tax.Source(class, column)
				has := slices.Contains(native, field)
				f, plain := source.(*plan.Field)
				switch {
				case plain && f.Name == field && f.Find == plan.Exactly:
				case plain && !has && !slices.Contains(native, f.Name): // neither is ever there
				case source == nil && !has:
				default:
					t.Errorf("Sysmon %s, %s: %s means %s, which comes from %v (the record has it: %v)", id, l.Category, field, column, source, has)
				}
			}
		}
	}
	t.Logf("%d fields of categories checked", checked)
}

// thor is the routing table that SigmaHQ's own test program uses.
type thor struct {
	LogSources map[string]struct {
		Category, Product, Service string
		Conditions                 map[string]yaml.Node
		Rewrite                    struct{ Product, Service string }
		FieldMappings              map[string]string
		Sources                    []string
	}
}

// Every entry of SigmaHQ's routing table must lead to the same category or service as ours.
func TestAgainstThor(t *testing.T) {
	text, err := os.ReadFile(shared.Dir(t, "content", "sigma", "tests", "thor.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var table thor
	if err := yaml.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	tax := taxonomy.Default()
	channels := map[string][]string{} // product/service → channels
	for _, e := range table.LogSources {
		for _, source := range e.Sources {
			if channel, ok := strings.CutPrefix(source, "WinEventLog:"); ok {
				channels[e.Product+"/"+e.Service] = append(channels[e.Product+"/"+e.Service], channel)
			}
		}
	}
	routes := 0
	for name, e := range table.LogSources {
		v := tax.Sigma(e.Category, e.Product, e.Service)
		ids := []string{"1"}
		record := &event.Record{}
		for field, value := range e.Conditions {
			if field == "EventID" {
				if value.Kind == yaml.SequenceNode {
					ids = ids[:0]
					for _, item := range value.Content {
						ids = append(ids, item.Value)
					}
				} else {
					ids = []string{value.Value}
				}
			} else {
				record.Set(field, event.TextValue(value.Value))
			}
		}
		through := channels[e.Product+"/"+e.Service]
		if e.Rewrite.Service != "" {
			through = channels[e.Rewrite.Product+"/"+e.Rewrite.Service]
		}
		if strings.HasPrefix(strings.Join(e.Sources, " "), "File:") {
			if !tax.KnownLogSource(e.Category, e.Product, e.Service) {
				t.Errorf("%s: the log source is not known", name)
			}
			continue
		}
		if len(through) == 0 {
			t.Errorf("%s: no channel", name)
		}
		for _, channel := range through {
			for _, id := range ids {
				for _, spelling := range []string{channel, strings.ToLower(channel)} {
					class := event.ClassOf(event.Class{Product: "windows", Channel: spelling, ID: id})
					when, in := tax.Route(v.Table, class)
					if in && when != nil {
						in = evaluate(t, when, record).Bool()
					}
					if !in {
						t.Errorf("%s: %s %s is not a row of %s", name, spelling, id, v.Table)
					}
					routes++
					for field, native := range e.FieldMappings {
						column, _, _ := v.Column(field)
						if f, ok := tax.Source(class, column).(*plan.Field); !ok || f.Name != native {
							t.Errorf("%s: %s comes from %v, want %s", name, field, tax.Source(class, column), native)
						}
					}
				}
			}
		}
	}
	t.Logf("%d entries, %d routes", len(table.LogSources), routes)
}
