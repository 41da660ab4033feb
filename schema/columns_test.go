package schema_test

import (
	"strings"
	"testing"

	"goshawk/schema"
)

func TestColumns(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range schema.Columns() {
		if seen[c.Name] {
			t.Errorf("%s is defined twice", c.Name)
		}
		seen[c.Name] = true
		if !strings.HasSuffix(c.Doc, ".") && !strings.HasSuffix(c.Doc, "…") || strings.Contains(c.Doc, "\n") {
			t.Errorf("%s: the sentence is not whole: %q", c.Name, c.Doc)
		}
		if found, ok := schema.ColumnByName(c.Name); !ok || found != c {
			t.Errorf("%s is found as %+v, %v", c.Name, found, ok)
		}
	}
	if _, ok := schema.ColumnByName("no.such.column"); ok {
		t.Error("an unknown column is known")
	}
}
