package compile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/diag"
)

var update = flag.Bool("update", false, "rewrite the table of docs/lints.md")

// TestLintsAreDocumented compares the table in docs/lints.md with the lints that there are.
func TestLintsAreDocumented(t *testing.T) {
	path := filepath.Join("..", "docs", "lints.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, set := range diag.LintSets() {
		fmt.Fprintf(&b, "\n### %s\n\n| code | severity | remarks on | why | fixed | pySigma |\n|---|---|---|---|---|---|\n", set)
		for _, l := range compile.Lints() {
			if l.Set != set {
				continue
			}
			fixed, names := "", make([]string, len(l.Validators))
			if l.Fixes {
				fixed = "yes"
			}
			for i, name := range l.Validators {
				names[i] = "`" + name + "`"
			}
			help := l.Help
			for _, p := range l.Params {
				value := fmt.Sprint(p.Number)
				if p.Words != nil {
					value = strings.Join(p.Words, ", ")
				}
				help += fmt.Sprintf(" Parameter `%s`: %s.", p.Name, value)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", l.Code, l.Severity, cell(l.Doc), cell(help), fixed, strings.Join(names, ", "))
		}
	}
	b.WriteByte('\n')
	const begin, end = "<!-- generated: lints -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/lints.md has no place for the lints")
	}
	want := head + begin + b.String() + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("docs/lints.md is out of date; run go test ./compile -run Documented -update")
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
