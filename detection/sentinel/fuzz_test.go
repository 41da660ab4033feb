package sentinel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/sentinel"
	"goshawk/diag"
)

// seeds adds the files of the cases with an ending.
func seeds(f *testing.F, ending string) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if strings.HasSuffix(file.Name, ending) {
				f.Add(string(file.Data))
			}
		}
	}
}

// whole reads a content of one file and checks that every place in what comes of it lies in the file, and that no question is lost.
func whole(t *testing.T, role detection.Role, path, text string) *sentinel.Pack {
	source := &diag.Source{Name: path, Text: text}
	c := &detection.Content{Language: detection.KQL, FS: fstest.MapFS{}, Parts: []detection.Part{{Source: source, Path: path, Role: role}}}
	p := sentinel.Read(c, options)
	within := func(what string, text *diag.Text) {
		for i := 0; i < len(text.String); i += max(len(text.String)/50, 1) {
			place := text.Place(diag.Span{Start: i, End: i + 1})
			if place.Source != source || place.Span.Start < 0 || place.Span.End < place.Span.Start || place.Span.End > len(source.Text) {
				t.Errorf("byte %d of a %s at %+v", i, what, place.Span)
			}
		}
	}
	for _, f := range p.Files {
		for _, d := range f.Diagnostics {
			casetest.Place(t, d)
		}
		for _, d := range f.Detections {
			if d.Search != nil {
				within("query", d.Search)
			} else if !p.DiagnosticsOf(d).Failed() {
				t.Error("a detection without a query is not refused")
			}
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) || d.Alert == nil || d.Title == "" {
				t.Errorf("detection %+v", d)
			}
			d.Alert.Columns(func(what string, c detection.Column) {
				if c.Place.Start < 0 || c.Place.End < c.Place.Start || c.Place.End > len(text) {
					t.Errorf("column of %s at %v", what, c.Place)
				}
			})
		}
	}
	for _, f := range p.Functions {
		within("function", f.Query)
		for _, param := range f.Params {
			if param.Default != nil {
				within("default", param.Default)
			}
		}
	}
	return p
}

func FuzzYAML(f *testing.F) {
	seeds(f, ".yaml")
	f.Fuzz(func(t *testing.T, text string) {
		for _, role := range []detection.Role{detection.RoleAnalyticRule, detection.RoleHunt, detection.RoleCustomDetection, detection.RoleFunction, detection.RoleSummaryRule, detection.RoleWatchlist, detection.RoleAutomationRule} {
			p := whole(t, role, "a/b.yaml", text)
			if role.Asks() && len(p.Files[0].Detections) == 0 {
				t.Error("the detection is lost")
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	seeds(f, ".json")
	f.Fuzz(func(t *testing.T, text string) {
		p := whole(t, detection.RoleExport, "a/b.json", text)
		if len(p.Files[0].Detections) == 0 {
			t.Error("the detection is lost")
		}
		whole(t, detection.RoleParts, "a/b.json", text)
	})
}

// Queries of a file lie behind each other, and nothing but remarks and blanks lies between them.
func FuzzQueries(f *testing.F) {
	seeds(f, ".kql")
	seeds(f, ".csl")
	f.Add("\ufeffT\r\n\r\nU // x\r\n\r\n// y")
	f.Fuzz(func(t *testing.T, text string) {
		p := whole(t, detection.RoleQuery, "a/b.kql", text)
		end := 0
		for _, d := range p.Detections {
			if d.Search == nil {
				continue
			}
			if d.Span.Start < end {
				t.Errorf("query at %v begins before %d", d.Span, end)
			}
			for _, row := range strings.Split(strings.TrimPrefix(text[end:d.Span.Start], "\ufeff"), "\n") {
				if row = strings.TrimSpace(row); row != "" && !strings.HasPrefix(row, "//") {
					t.Errorf("%q is lost", row)
				}
			}
			end = d.Span.End
		}
	})
}
