package suite_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/detection/suite"
	"goshawk/diag"
)

var update = flag.Bool("update", false, "write what is said into the cases")

// TestCases reads the suites of testdata/cases and compares what is complained about.
func TestCases(t *testing.T) {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, want := string(archive.Files[0].Data), archive.Files[1].Data
			_, list := suite.Read(&diag.Source{Name: "x.tests.yml", Text: text})
			var got strings.Builder
			for _, d := range list {
				at := d.Source.Position(d.Span.Start)
				fmt.Fprintf(&got, "%d:%d %s %s\n", at.Line, at.Column, d.Code, d.Message)
				if d.Hint != "" {
					fmt.Fprintf(&got, "  %s\n", d.Hint)
				}
			}
			if *update {
				archive.Files[1].Data = []byte(got.String())
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

// TestIs tells suites from rules by what stands at their top.
func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"rule: x\ntests:\n  - name: y\n":            true,
		"hunt:\n  name: x\n":                        true,
		"scenarios:\n- name: y\n":                   true,
		"title: x\ndetection:\n  a: b\ntests: []\n": false,
		"name: x\nsearch: y\ntests:\n- name: z\n":   false,
		"  tests: below\n":                          false,
		"":                                          false,
	} {
		if got := suite.Is(text); got != want {
			t.Errorf("Is(%q) is %v", text, got)
		}
	}
}

// FuzzRead: no text breaks the reader, and every complaint has a place inside the text.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, list := suite.Read(&diag.Source{Name: "x", Text: text})
		for _, d := range list {
			if d.Code == "" || d.Message == "" || d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) {
				t.Errorf("%+v", d)
			}
		}
	})
}

// TestIsRule tells detections that are called like tests.
func TestIsRule(t *testing.T) {
	for text, want := range map[string]bool{"title: x\ndetection:\n  a: b\n": true, "test:\n- name: x\n": false, "rule: x\n": false, "name: x\nquery: y\n": true} {
		if got := suite.IsRule(text); got != want {
			t.Errorf("IsRule(%q) is %v", text, got)
		}
	}
}
