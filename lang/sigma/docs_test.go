package sigma_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/lang/sigma"
)

// TestModifiersAreDocumented compares the table in docs/sigma.md with the modifiers that there are.
func TestModifiersAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("| modifier | meaning |\n|---|---|\n")
	for _, m := range sigma.Modifiers() {
		names := "`" + m.Name + "`"
		for _, alias := range m.Aliases {
			names += ", `" + alias + "`"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", names, strings.ReplaceAll(m.Doc, "|", `\|`))
	}
	generated(t, "sigma.md", "modifiers", b.String())
}

// TestTransformationsAreDocumented compares the table in docs/pipelines.md with the transformations that there are.
func TestTransformationsAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("| transformation | what it does |\n|---|---|\n")
	for _, i := range sigma.Transformations() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", i.Name, strings.ReplaceAll(i.Doc, "|", `\|`))
	}
	generated(t, "pipelines.md", "transformations", b.String())
}

// generated compares a section of a document with what it must be, or writes it anew.
func generated(t *testing.T, name, section, text string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	is, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- generated: "+section+" -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(is), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("docs/%s has no place for the %s", name, section)
	}
	want := head + begin + text + end + tail
	if want == string(is) {
		return
	}
	if !*update {
		t.Fatalf("docs/%s is out of date; run go test ./lang/sigma -run Documented -update", name)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
