package kql_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"goshawk/lang/kql"
)

var update = flag.Bool("update", false, "rewrite docs/kql.md")

// TestDocs compares the tables of docs/kql.md with what is defined.
func TestDocs(t *testing.T) {
	const path = "../../docs/kql.md"
	const begin, end = "<!-- generated: go test ./lang/kql -run TestDocs -update -->\n", "<!-- end of generated part -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	if !ok {
		t.Fatalf("%s has no line %s", path, begin)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s has no line %s", path, end)
	}
	var b strings.Builder
	var reasons []string // in order of appearance
	refused := map[string][]string{}
	count := 0
	section := func(title, kind string, items []kql.Item) {
		var rows strings.Builder
		run := 0
		for _, item := range items {
			name := "`" + item.Name + "`"
			for _, a := range item.Aliases {
				name += ", `" + a + "`"
			}
			if item.Refused != "" {
				count++
				if refused[item.Refused] == nil {
					reasons = append(reasons, item.Refused)
				}
				if kind == "function" || kind == "aggregate" {
					name = "`" + item.Name + "()`"
				}
				refused[item.Refused] = append(refused[item.Refused], name)
				continue
			}
			run++
			if item.Doc == "" {
				t.Errorf("%s %s says nothing of itself", kind, item.Name)
			}
			fmt.Fprintf(&rows, "| %s | %s |\n", name, strings.ReplaceAll(item.Doc, "|", "\\|"))
		}
		fmt.Fprintf(&b, "\n## %s (%d)\n\n| name | what it does |\n|---|---|\n%s", title, run, &rows)
	}
	section("Operators", "operator", kql.Operators())
	section("Plugins of evaluate", "plugin", kql.Plugins())
	section("Aggregates", "aggregate", kql.Aggregates())
	section("Functions", "function", kql.Functions())
	fmt.Fprintf(&b, "\nFunctions that give rows: `%s`.\n", strings.Join(kql.TableFunctions(), "`, `"))
	fmt.Fprintf(&b, "\n## Refused (%d)\n\nEach is known, and refused with its place and the reason.\n\n| why | what |\n|---|---|\n", count)
	for _, reason := range reasons {
		fmt.Fprintf(&b, "| %s | %s |\n", reason, strings.Join(refused[reason], ", "))
	}
	if want := head + begin + b.String() + "\n" + end + tail; want != string(text) {
		if !*update {
			t.Fatalf("%s is not what is defined; run go test ./lang/kql -run TestDocs -update", path)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
