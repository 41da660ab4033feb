package taxonomy_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/taxonomy"
)

// tableExample is a worked example of a view of tables: a record, and every table that it is a row of with some of its columns.
type tableExample struct {
	Name   string
	Class  struct{ Product, Channel, Provider, ID, Source, Sourcetype string }
	Record yaml.Node
	Tables map[string]map[string]yaml.Node
}

func TestTableViewExamples(t *testing.T) {
	for _, kind := range []string{"sentinel", "asim"} {
		files, err := filepath.Glob("views/" + kind + "/*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("no views of %s: %v", kind, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var view struct {
				Records  yaml.Node
				Examples []tableExample
			}
			if err := yaml.Unmarshal(text, &view); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
				if len(view.Examples) == 0 && !view.Records.IsZero() {
					t.Error("the view has no worked example")
				}
				for _, e := range view.Examples {
					t.Run(e.Name, func(t *testing.T) { checkTableExample(t, kind, e) })
				}
			})
		}
	}
}

func checkTableExample(t *testing.T, kind string, e tableExample) {
	tax := taxonomy.Default()
	class, record := event.ClassOf(event.Class(e.Class)), valueOf(resolved(&e.Record)).Object()
	if got, want := tablesOf(t, tax, kind, class, record), slices.Sorted(maps.Keys(e.Tables)); !slices.Equal(got, want) {
		t.Errorf("the record is a row of %q, want %q", got, want)
	}
	for name, columns := range e.Tables {
		table, ok := tableOf(tax, kind, name)
		if !ok {
			t.Errorf("no table %s", name)
			continue
		}
		for column, want := range columns {
			c, ok := table.Column(column)
			if !ok {
				t.Errorf("%s has no column %s", name, column)
				continue
			}
			got := evaluate(t, tax.Source(class, c.Column), record)
			if !sameCell(got, &want) {
				t.Errorf("%s of %s is %s, want %s", column, name, got.AppendJSON(nil), valueOf(&want).AppendJSON(nil))
			}
		}
		checkTypes(t, tax, table, class, record)
	}
}

// sameCell compares by text, null meaning no value or an empty text.
func sameCell(got event.Value, want *yaml.Node) bool {
	if want.Kind == yaml.ScalarNode && want.Tag == "!!null" {
		return got.IsNull() || got.Kind() == event.Text && got.Text() == ""
	}
	if want.Kind == yaml.MappingNode {
		return string(got.AppendJSON(nil)) == string(valueOf(want).AppendJSON(nil))
	}
	return sameValue(got, want)
}

// checkTypes checks every column of a row against its type.
func checkTypes(t testing.TB, tax *taxonomy.Taxonomy, table *taxonomy.LogTable, class *event.Class, record *event.Record) {
	t.Helper()
	for _, c := range table.Columns {
		got := evaluate(t, tax.Source(class, c.Column), record)
		switch want := c.Type.Kind(); {
		case want == event.Null || got.Kind() == want:
		case !got.IsNull():
			t.Errorf("%s of %s is a %v, want a %v", c.Name, table.Name, got.Kind(), want)
		case want == event.Text && c.Type.String() == "string":
			t.Errorf("%s of %s is a text and null", c.Name, table.Name)
		}
	}
}

func tableOf(tax *taxonomy.Taxonomy, kind, name string) (*taxonomy.LogTable, bool) {
	if kind == "asim" {
		return tax.AsimSchema(name)
	}
	return tax.LogTable(name)
}

// tablesOf returns the tables that a record is a row of.
func tablesOf(t testing.TB, tax *taxonomy.Taxonomy, kind string, class *event.Class, record *event.Record) []string {
	t.Helper()
	all := tax.LogTables()
	if kind == "asim" {
		all = tax.AsimSchemas()
	}
	var names []string
	for _, name := range all {
		when, in := tax.Route(kind+"/"+name, class)
		if in && (when == nil || evaluate(t, when, record).Bool()) {
			names = append(names, name)
		}
	}
	return names
}
