// Package casetest runs the cases of those who read content: archives of files with what is right to say of them.
//
// In go the folder of the cases and a reader of file systems; every line of the section "holds" must be among the facts that the reader
// tells ("not " before one that must not), and "diagnostics" must be all of the diagnostics. Both are written by hand.
package casetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
)

// Reader reads the files of a case and returns what there is to say of them, one fact a line, and what is wrong with them. The remark
// is what stands at the head of the case; words in it can be switches.
type Reader func(t *testing.T, files fstest.MapFS, remark string) (facts []string, diagnostics diag.List)

// Run runs the cases of a folder. A remark "crlf" gives the files line breaks of Windows.
func Run(t *testing.T, folder string, read Reader) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			run(t, txtar.Parse(text), read)
		})
	}
}

func run(t *testing.T, archive *txtar.Archive, read Reader) {
	t.Helper()
	remark := string(archive.Comment)
	files := fstest.MapFS{}
	var holds, diagnostics string
	authored := false
	for _, f := range archive.Files {
		data := string(f.Data)
		switch f.Name {
		case "holds":
			holds, authored = data, true
			continue
		case "diagnostics":
			diagnostics, authored = data, true
			continue
		}
		if strings.Contains(remark, "crlf") {
			data = strings.ReplaceAll(data, "\n", "\r\n")
		}
		files[f.Name] = &fstest.MapFile{Data: []byte(data)}
	}
	if !authored {
		t.Fatal("the case says nothing of what is right")
	}
	facts, list := read(t, files, remark)
	var complaints []string
	for _, d := range list {
		complaints = append(complaints, d.Error())
		Place(t, d)
	}
	if got, want := strings.Join(complaints, "\n"), strings.TrimSpace(diagnostics); got != want {
		t.Errorf("diagnostics, got:\n%s\nwant:\n%s", got, want)
	}
	known := map[string]bool{}
	for _, fact := range facts {
		known[fact] = true
	}
	for line := range strings.Lines(strings.TrimSpace(holds)) {
		line = strings.TrimRight(line, "\r\n")
		fact, not := strings.CutPrefix(line, "not ")
		if line != "" && known[fact] == not {
			t.Errorf("%q is not so", line)
		}
	}
	if t.Failed() {
		t.Logf("it holds\n%s", strings.Join(facts, "\n"))
	}
}

// Place complains about a diagnostic without code, message or a place in its source.
func Place(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	if d.Code == "" || d.Message == "" || d.Source == nil || d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(d.Source.Text) {
		t.Errorf("diagnostic without code, message or place: %+v", d)
	}
}
