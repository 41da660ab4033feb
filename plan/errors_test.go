package plan_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/plan"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestErrors runs pairs of a wrong plan and what is said about it: line:column, code, message, and the hint in brackets.
// Complaints of Check have no place.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			text, want := archive.Files[i], archive.Files[i+1]
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+strings.ReplaceAll(text.Name, " ", "_"), func(t *testing.T) {
				src := &diag.Source{Name: text.Name, Text: string(text.Data)}
				n, list := plan.Read(src)
				inside(t, src, list)
				if len(list) == 0 {
					list = plan.Check(n)
				}
				if diff := cmp.Diff(strings.TrimSpace(string(want.Data)), strings.TrimSpace(render(list))); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

func render(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		if d.Source != nil {
			p := d.Position()
			fmt.Fprintf(&b, "%d:%d ", p.Line, p.Column)
		}
		if d.Severity != diag.Error {
			b.WriteString(d.Severity.String() + " ")
		}
		b.WriteString(d.Code + ": " + d.Message)
		if d.Hint != "" {
			b.WriteString(" (" + d.Hint + ")")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
