package taxonomy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

var update = flag.Bool("update", false, "write docs/taxonomy.md anew")

// The table in the documentation is what the taxonomy says.
func TestDocumentation(t *testing.T) {
	path := filepath.Join("..", "docs", "taxonomy.md")
	want := document(taxonomy.Default())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the maps say; go test ./taxonomy -run Documentation -update writes it anew", path)
	}
}

func document(tax *taxonomy.Taxonomy) string {
	var b strings.Builder
	fmt.Fprint(&b, `# Log sources, fields and columns

This page is written by `+"`go test ./taxonomy -run Documentation -update`"+` from the files in taxonomy/maps and
taxonomy/views. It says which records a log source means, what a field of a Sigma rule means, which canonical columns there
are, what a Splunk search sees of records, what its data models are, and which records are rows of the tables of KQL.

## Which records a log source means

A rule sees a record if the record's log source has all that the rule states. In a class, * stands for any text and a part
that is left out is not restricted.

| category | product | service | records |
|---|---|---|---|
`)
	for _, k := range tax.KnownLogSources() {
		feeds := "no source feeds it"
		if k.Doc != "" {
			feeds += ": " + k.Doc
		}
		if len(k.Feeds) > 0 {
			lines := make([]string, len(k.Feeds))
			for i, f := range k.Feeds {
				lines[i] = feedText(f)
			}
			feeds = strings.Join(lines, "<br>")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(k.Category), cell(k.Product), cell(k.Service), feeds)
	}
	fmt.Fprint(&b, `
## What a field of a Sigma rule means

Fields that stand in no table are the record's own, under the names that its producer gave them.

| category or service | field → column |
|---|---|
`)
	type group struct{ name, fields string }
	var groups []group
	seen := map[string]bool{}
	for _, k := range tax.KnownLogSources() {
		name := k.Category
		if name == "" {
			name = strings.Trim(k.Product+" "+k.Service, " ")
		}
		v := tax.Sigma(k.Category, "", "")
		if k.Category == "" {
			v = tax.Sigma("", k.Product, k.Service)
			if len(v.Fields()) == len(tax.Sigma("", k.Product, "").Fields()) && k.Service != "" {
				continue // nothing beyond its product
			}
		}
		if seen[name] || len(v.Fields()) == 0 {
			continue
		}
		seen[name] = true
		var fields []string
		for _, f := range v.Fields() {
			column, _, _ := v.Column(f)
			fields = append(fields, fmt.Sprintf("%s → `%s`", f, column))
		}
		groups = append(groups, group{name, strings.Join(fields, " · ")})
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i].name < groups[j].name })
	for _, g := range groups {
		fmt.Fprintf(&b, "| %s | %s |\n", g.name, g.fields)
	}
	fmt.Fprint(&b, `
## Canonical columns

Names are those of the Elastic Common Schema, except where a column is marked as our own.

| column | type | | what it holds |
|---|---|---|---|
`)
	for _, c := range schema.Columns() {
		own := ""
		if c.Own {
			own = "own"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, c.Type, own, c.Doc)
	}
	documentSearches(&b, tax)
	documentTables(&b, tax)
	return b.String()
}

func cell(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func feedText(f taxonomy.Feed) string {
	var parts []string
	for _, list := range [][]string{f.Product, f.Channel, f.Provider, f.ID} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ", "))
		}
	}
	text := f.Title + " (" + strings.Join(parts, "; ") + ")"
	if f.When != nil {
		if when := plan.ExprString(f.When); len(when) < 100 {
			text += " if `" + strings.ReplaceAll(when, "|", `\|`) + "`"
		} else {
			text += " under a condition"
		}
	}
	return text
}
