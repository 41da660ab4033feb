package spl_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"goshawk/lang/spl"
)

var update = flag.Bool("update", false, "rewrite docs/spl.md")

// TestDocs compares the tables of docs/spl.md with what is defined.
func TestDocs(t *testing.T) {
	const path = "../../docs/spl.md"
	const begin, end = "<!-- generated: go test ./lang/spl -run TestDocs -update -->\n", "<!-- end of generated part -->\n"
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
	section := func(title string, names []string, docs map[string]string) {
		fmt.Fprintf(&b, "\n## %s (%d)\n\n| name | what it does |\n|---|---|\n", title, len(names))
		for _, name := range names {
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.ReplaceAll(docs[name], "|", "\\|"))
		}
	}
	names, docs := spl.Commands()
	section("Commands", names, docs)
	names, docs = spl.Functions()
	section("Functions of eval and where", names, docs)
	names, docs = spl.Aggregates()
	section("Aggregates", names, docs)
	names, docs = spl.Refused()
	section("Refused", names, docs)
	if want := head + begin + b.String() + "\n" + end + tail; want != string(text) {
		if !*update {
			t.Fatalf("%s is not what is defined; run go test ./lang/spl -run TestDocs -update", path)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
