package taxonomy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/taxonomy"
)

// viewExample is a worked example of a view of Splunk or of a data model: a record, and what a search must find in it.
type viewExample struct {
	Name     string
	Class    struct{ Product, Channel, Provider, ID, Source, Sourcetype string }
	Record   yaml.Node
	Fields   map[string]yaml.Node            // of a search
	Datasets map[string]map[string]yaml.Node // all datasets that it is an event of ("Endpoint.Processes"), and some of their fields
}

func TestViewExamples(t *testing.T) {
	for _, pattern := range []string{"views/splunk/*.yaml", "views/cim/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var view struct{ Examples []viewExample }
			if err := yaml.Unmarshal(text, &view); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
				if len(view.Examples) == 0 && strings.Contains(pattern, "splunk") {
					t.Error("the view has no worked example")
				}
				for _, e := range view.Examples {
					t.Run(e.Name, func(t *testing.T) { checkViewExample(t, e) })
				}
			})
		}
	}
}

func checkViewExample(t *testing.T, e viewExample) {
	tax := taxonomy.Default()
	ev := &event.Event{
		Class:  event.ClassOf(event.Class(e.Class)),
		Record: *valueOf(resolved(&e.Record)).Object(),
	}
	if _, in := tax.Route("splunk", ev.Class); !in {
		t.Error("a search does not see the record")
	}
	all := evaluate(t, tax.Source(ev.Class, "splunk/*"), &ev.Record).Object()
	for field, want := range e.Fields {
		got := valueIn(t, tax, ev, "splunk/"+field)
		if !sameValue(got, &want) && !(want.Tag == "!!null" && got.Kind() == event.Object) {
			t.Errorf("%s is %s, want %s", field, got.AppendJSON(nil), valueOf(&want).AppendJSON(nil))
		}
		if among := all.Get(field); !sameValue(among, &want) && !strings.HasPrefix(field, "_") {
			t.Errorf("among all fields %s is %s, want %s", field, among.AppendJSON(nil), valueOf(&want).AppendJSON(nil))
		}
	}
	for name, fields := range e.Datasets {
		model, dataset, _ := strings.Cut(name, ".")
		m, ok := tax.DataModel(model)
		if !ok {
			t.Errorf("no data model %s", model)
			continue
		}
		d, ok := m.Dataset(dataset)
		if !ok {
			t.Errorf("no dataset %s", name)
			continue
		}
		for field, want := range fields {
			column, ok := d.Column(d.Lineage + "." + field)
			if !ok {
				t.Errorf("%s has no field %s", name, field)
			} else if got := valueIn(t, tax, ev, column); !sameValue(got, &want) {
				t.Errorf("%s of %s is %s, want %s", field, name, got.AppendJSON(nil), valueOf(&want).AppendJSON(nil))
			}
		}
	}
	if e.Datasets == nil {
		return
	}
	var want []string
	for name := range e.Datasets {
		want = append(want, name)
	}
	slices.Sort(want)
	if got := datasetsOf(t, tax, ev); !slices.Equal(got, want) {
		t.Errorf("the record is an event of %q, want %q", got, want)
	}
}

// resolved returns what an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// datasetsOf returns the datasets that a record is an event of.
func datasetsOf(t testing.TB, tax *taxonomy.Taxonomy, ev *event.Event) []string {
	t.Helper()
	var names []string
	for _, m := range tax.DataModels() {
		for _, d := range m.Datasets() {
			when, in := tax.Route(d.Table, ev.Class)
			if in && (when == nil || evaluate(t, when, &ev.Record).Bool()) {
				names = append(names, m.Name+"."+d.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}
