package taxonomy_test

import (
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// example is a worked example of a map: a record, and what it must look like.
type example struct {
	Name       string
	Class      struct{ Product, Channel, Provider, ID string }
	Record     yaml.Node
	Columns    map[string]yaml.Node
	LogSources []struct{ Category, Product, Service string } `yaml:"logsources"`
}

func (e example) class() *event.Class {
	return event.ClassOf(event.Class{Product: e.Class.Product, Channel: e.Class.Channel, Provider: e.Class.Provider, ID: e.Class.ID})
}

func TestExamples(t *testing.T) {
	files, err := filepath.Glob("maps/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no maps: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var m struct{ Examples []example }
		if err := yaml.Unmarshal(text, &m); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			if len(m.Examples) == 0 {
				t.Error("the map has no worked example")
			}
			for _, e := range m.Examples {
				t.Run(e.Name, func(t *testing.T) { checkExample(t, e) })
			}
		})
	}
}

func checkExample(t *testing.T, e example) {
	tax, class, record := taxonomy.Default(), e.class(), valueOf(&e.Record).Object()
	for column, want := range e.Columns {
		got := evaluate(t, tax.Source(class, column), record)
		if !sameValue(got, &want) {
			t.Errorf("%s is %s, want %s", column, got.AppendJSON(nil), valueOf(&want).AppendJSON(nil))
		}
		if c, _ := schema.ColumnByName(column); c.Type == schema.Datetime && got.Kind() != event.Time && !got.IsNull() {
			t.Errorf("%s is a %v", column, got.Kind())
		}
	}
	var got, want []string
	for _, l := range tax.LogSources(class) {
		if l.When != nil && !evaluate(t, l.When, record).Bool() {
			continue
		}
		if !slices.Contains(got, l.String()) {
			got = append(got, l.String())
		}
	}
	for _, l := range e.LogSources {
		want = append(want, taxonomy.LogSource{Category: l.Category, Product: l.Product, Service: l.Service}.String())
	}
	sort.Strings(got)
	sort.Strings(want)
	if !slices.Equal(got, want) {
		t.Errorf("the record is of %v, want %v", got, want)
	}
}

// evaluate returns what an expression over Fields gives for a record; the absent value for no expression.
func evaluate(t testing.TB, e plan.Expr, record *event.Record) event.Value {
	t.Helper()
	if e == nil {
		return event.Value{}
	}
	p, err := eval.Compile(e, func(*plan.Column) int { return -1 })
	if err != nil {
		t.Fatalf("%s: %v", plan.ExprString(e), err)
	}
	return p.Value(&eval.Row{Record: record})
}

// valueOf turns what an example says into a value.
func valueOf(n *yaml.Node) event.Value {
	switch n.Kind {
	case yaml.MappingNode:
		r := &event.Record{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			r.Set(n.Content[i].Value, valueOf(n.Content[i+1]))
		}
		return event.ObjectValue(r)
	case yaml.SequenceNode:
		list := make([]event.Value, len(n.Content))
		for i, item := range n.Content {
			list[i] = valueOf(item)
		}
		return event.ListValue(list...)
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!null":
			return event.NullValue()
		case "!!bool":
			return event.BoolValue(n.Value == "true")
		case "!!timestamp": // as an example's record has it where a source types it
			if ticks, _, ok := event.ParseTime(n.Value); ok {
				return event.TimeValue(ticks)
			}
		case "!!int", "!!float":
			if v, ok := event.Number(n.Value); ok {
				return v
			}
		}
	}
	return event.TextValue(n.Value)
}

// sameValue compares by text, lists element by element; null means no value.
func sameValue(got event.Value, want *yaml.Node) bool {
	switch {
	case want.Kind == yaml.ScalarNode && want.Tag == "!!null":
		return got.IsNull()
	case want.Kind == yaml.SequenceNode:
		list := got.List()
		if len(list) != len(want.Content) {
			return false
		}
		for i, e := range list {
			if !sameValue(e, want.Content[i]) {
				return false
			}
		}
		return true
	}
	return !got.IsNull() && got.Kind() != event.List && got.Text() == want.Value
}
