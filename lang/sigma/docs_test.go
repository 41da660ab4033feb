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
	path := filepath.Join("..", "..", "docs", "sigma.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| modifier | meaning |\n|---|---|\n")
	for _, m := range sigma.Modifiers() {
		names := "`" + m.Name + "`"
		for _, alias := range m.Aliases {
			names += ", `" + alias + "`"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", names, strings.ReplaceAll(m.Doc, "|", `\|`))
	}
	const begin, end = "<!-- generated: modifiers -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/sigma.md has no place for the modifiers")
	}
	want := head + begin + b.String() + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("docs/sigma.md is out of date; run go test ./lang/sigma -run Documented -update")
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
