package compile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
)

// TestCases compiles the folders of files under testdata. The section "diagnostics" must be all that is said of their detections, each
// line with its place and the author's words there, and "functions" all that is said of their functions; "related" says which detections
// name each other. All were written by hand.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := fstest.MapFS{}, map[string]string{}
			for _, f := range txtar.Parse(text).Files {
				switch f.Name {
				case "diagnostics", "functions", "related":
					want[f.Name] = strings.TrimSpace(string(f.Data))
				default:
					fsys[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			if len(want) == 0 {
				t.Fatal("the case says nothing of what is right")
			}
			files, err := detection.FindIn(fsys, "")
			if err != nil {
				t.Fatal(err)
			}
			set := compile.Files(files, compile.Options{})
			got := map[string][]string{}
			for _, r := range set.Rules {
				got["diagnostics"] = append(got["diagnostics"], said(t, r.Diagnostics)...)
				for _, one := range r.Detection.Related {
					other := "?"
					if one.Other != nil {
						other = one.Other.Path
					}
					got["related"] = append(got["related"], fmt.Sprintf("%s: %s %s", r.Detection.Path, one.Type, other))
				}
			}
			for _, f := range set.Functions() {
				status := "bound"
				if f.Refused {
					status = "refused"
				}
				got["functions"] = append(append(got["functions"], fmt.Sprintf("%s %s, %d columns", f.Function.Name, status, len(f.Query.Columns))), said(t, f.Diagnostics)...)
			}
			for _, section := range []string{"diagnostics", "functions", "related"} {
				if _, asked := want[section]; !asked && section != "diagnostics" {
					continue
				}
				if diff := cmp.Diff(want[section], strings.Join(got[section], "\n")); diff != "" {
					t.Errorf("%s, -want +got:\n%s", section, diff)
				}
			}
		})
	}
}

// said returns complaints with the author's words.
func said(t *testing.T, list diag.List) []string {
	t.Helper()
	var lines []string
	for _, d := range list {
		if d.Source == nil || d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(d.Source.Text) {
			t.Errorf("a complaint without a place: %+v", d)
			continue
		}
		line := d.Error()
		if words := d.Source.Text[d.Span.Start:d.Span.End]; words != "" && !strings.Contains(words, "\n") {
			line += " ← " + words
		}
		lines = append(lines, line)
	}
	return lines
}
