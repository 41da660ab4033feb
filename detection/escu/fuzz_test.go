package escu_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/escu"
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

// whole reads a content of one file and checks that every place in what comes of it lies in the file.
func whole(t *testing.T, role detection.Role, path, text string) *escu.Pack {
	source := &diag.Source{Name: path, Text: text}
	c := &detection.Content{FS: fstest.MapFS{}, Parts: []detection.Part{{Source: source, Path: path, Role: role}}}
	p := escu.Read(c, escu.Options{Tactics: tactics, Threads: 1})
	within := func(what string, text *diag.Text) {
		for i := 0; i < len(text.String); i += max(len(text.String)/50, 1) {
			place := text.Place(diag.Span{Start: i, End: i + 1})
			if place.Source == nil || place.Span.Start < 0 || place.Span.End < place.Span.Start || place.Span.End > len(place.Source.Text) {
				t.Errorf("byte %d of a %s at %+v", i, what, place.Span)
			}
		}
	}
	for _, f := range p.Files {
		for _, d := range f.Diagnostics {
			if d.Code == "" || d.Source == nil || d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(d.Source.Text) {
				t.Errorf("%+v", d)
			}
		}
		for _, d := range f.Detections {
			if d.Search != nil {
				within("search", d.Search)
			} else if !p.DiagnosticsOf(d).Failed() {
				t.Error("a detection without a search is not refused")
			}
			if d.Span.Start < 0 || d.Span.End > len(text) {
				t.Errorf("detection at %v", d.Span)
			}
		}
	}
	for _, m := range p.Macros {
		within("macro", m.Definition)
	}
	return p
}

func FuzzDetection(f *testing.F) {
	seeds(f, ".yml")
	f.Fuzz(func(t *testing.T, text string) {
		for _, role := range []detection.Role{detection.RoleDetection, detection.RoleBaseline, detection.RoleMacro, detection.RoleLookup, detection.RoleStory, detection.RoleDataSource, detection.RoleDeployment} {
			p := whole(t, role, "a/b.yml", text)
			if role.Asks() && len(p.Files[0].Detections) == 0 {
				t.Error("the detection is lost")
			}
		}
	})
}

func FuzzConf(f *testing.F) {
	seeds(f, ".conf")
	f.Add("[a]\r\nb = c \\\r\n d\r\n\\\n")
	f.Fuzz(func(t *testing.T, text string) {
		source := &diag.Source{Name: "x.conf", Text: text}
		stanzas, _ := escu.ParseConf(source)
		end := 0
		for _, s := range stanzas {
			if s.Span.Start < end || s.Span.End < s.Span.Start || s.Span.End > len(text) || s.Head.Start < s.Span.Start || s.Head.End > s.Span.End {
				t.Errorf("stanza at %v, head at %v, behind %d", s.Span, s.Head, end)
			}
			end = s.Span.End
			for _, x := range s.Settings {
				if x.Key == "" || x.Place.Start < s.Span.Start || x.Place.End > s.Span.End || text[x.Place.Start:x.Place.End] != x.Key {
					t.Errorf("setting %q at %v of %v", x.Key, x.Place, s.Span)
				}
				for i := range min(len(x.Value.String), 200) { // every byte is the file's own
					place := x.Value.Place(diag.Span{Start: i, End: i + 1}).Span
					if text[place.Start:place.End] != x.Value.String[i:i+1] {
						t.Errorf("byte %d of %q is %q", i, x.Value.String, text[place.Start:place.End])
					}
				}
			}
		}
		for _, role := range []detection.Role{detection.RoleSearches, detection.RoleMacros, detection.RoleTransforms} {
			whole(t, role, "default/x.conf", text)
		}
	})
}

func FuzzTable(f *testing.F) {
	seeds(f, ".csv")
	f.Add("\ufeffa,\"b\n\"\"\n1")
	f.Fuzz(func(t *testing.T, text string) {
		source := &diag.Source{Name: "t.csv", Text: text}
		columns, rows, list := escu.ParseTable(source)
		for _, row := range rows {
			if len(row) != len(columns) {
				t.Errorf("row %q under %q", row, columns)
			}
		}
		for _, d := range list {
			casetest.Place(t, d)
		}
	})
}
