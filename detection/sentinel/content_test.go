package sentinel_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/internal/shared"
)

// expected is what was found out about a published file by other means: PyYAML and Microsoft's parser.
type expected struct {
	Path string
	YAML bool
	What string
	Name string
	Kind string
}

// TestPublishedContent reads published files and compares what each is, its name and its kind with what is known of it. Nothing is
// lost, nothing is refused, and what is no valid YAML is said to be mended.
func TestPublishedContent(t *testing.T) {
	root := shared.Dir(t, "content", "sentinel")
	packs, skipped, err := sentinel.Load([]string{root}, sentinel.Options{})
	if err != nil || len(packs) != 1 || len(skipped) > 0 {
		t.Fatalf("%d packs, skipped %v, %v", len(packs), skipped, err)
	}
	p := packs[0]
	files := map[string]*sentinel.File{}
	for _, f := range p.Files {
		files[f.Path] = f
		for _, d := range f.Diagnostics {
			casetest.Place(t, d)
			if d.Severity == diag.Error {
				t.Errorf("published content is refused: %v", d.Error())
			}
		}
	}
	functions := map[string]*sentinel.Function{}
	for _, f := range p.Functions {
		functions[f.Path] = f
	}
	roles := map[string]detection.Role{"analytic": detection.RoleAnalyticRule, "hunting": detection.RoleHunt, "asim parser": detection.RoleFunction, "xdr custom detection": detection.RoleCustomDetection}
	in, err := os.Open(filepath.Join(root, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var want expected
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		f := files[want.Path]
		if f == nil {
			t.Errorf("%s is lost", want.Path)
			continue
		}
		delete(files, want.Path)
		if f.Role != roles[want.What] {
			t.Errorf("%s is taken for a %s, not a %s", want.Path, f.Role, want.What)
		}
		mended := false
		for _, d := range f.Diagnostics {
			mended = mended || strings.HasPrefix(d.Code, "sentinel-yaml")
		}
		if mended == want.YAML {
			t.Errorf("%s: valid YAML %v, mended %v", want.Path, want.YAML, mended)
		}
		if f.Role == detection.RoleFunction {
			if fn := functions[f.Source.Name]; fn == nil || fn.Name != want.Name {
				t.Errorf("%s: function %+v, want %s", want.Path, fn, want.Name)
			}
			continue
		}
		if len(f.Detections) != 1 {
			t.Errorf("%s holds %d detections", want.Path, len(f.Detections))
			continue
		}
		d := f.Detections[0]
		if want.Name != "" && d.Title != want.Name {
			t.Errorf("%s is called %q, not %q", want.Path, d.Title, want.Name)
		}
		if want.Kind != "" && !strings.EqualFold(string(d.Alert.Kind), want.Kind) {
			t.Errorf("%s is of kind %s, not %s", want.Path, d.Alert.Kind, want.Kind)
		}
		if d.ID == "" || d.Name == "" || d.Search == nil || d.Search.String == "" || (d.Schedule == nil) != (d.Alert.Kind == detection.HuntingQuery) || strings.HasPrefix(d.Description, "'") {
			t.Errorf("%s lacks something: %+v", want.Path, d)
		}
	}
	if len(files) > 0 {
		t.Errorf("nobody knows of %v", files)
	}
	t.Log(p.Summary())
}

// TestPlaces holds the place of every byte of every query against the file, and that of every column.
func TestPlaces(t *testing.T) {
	packs, _, err := sentinel.Load([]string{shared.Dir(t, "content", "sentinel")}, sentinel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	check := func(source *diag.Source, text *diag.Text) {
		for i := range len(text.String) {
			place := text.Place(diag.Span{Start: i, End: i + 1})
			if place.Source != source || source.Text[place.Span.Start:place.Span.End] != text.String[i:i+1] && text.String[i] != '\n' {
				t.Fatalf("%s: byte %d of a query, %q, is at %v, %q", source.Name, i, text.String[i:i+1], place.Span, source.Text[place.Span.Start:place.Span.End])
			}
		}
	}
	for _, d := range packs[0].Detections {
		check(d.Query, d.Search)
		d.Alert.Columns(func(what string, c detection.Column) {
			if at := d.Query.Text[c.Place.Start:c.Place.End]; !strings.Contains(at, c.Name) {
				t.Errorf("%s: the column %s of the %s is said to be at %q", d.Path, c.Name, what, at)
			}
		})
	}
	for _, f := range packs[0].Functions {
		check(packs[0].File(sourceOf(packs[0], f.Path)).Source, f.Query)
	}
}

func sourceOf(p *sentinel.Pack, name string) *diag.Source {
	for _, f := range p.Files {
		if f.Source.Name == name {
			return f.Source
		}
	}
	return nil
}

// TestMixedFolder reads a folder that holds published rules of all languages: each file is of one content of its own language, and
// Sentinel's are those that are found when they are read alone.
func TestMixedFolder(t *testing.T) {
	files, _, err := detection.Find([]string{shared.Dir(t, "content")})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[detection.Language]int{}
	for _, f := range files {
		counts[f.Language]++
		if (f.Content != nil) != (f.Language != detection.Sigma) || f.Content != nil && f.Content.Language != f.Language {
			t.Errorf("%s, of %s, is in the content %+v", f.Source.Name, f.Language, f.Content)
		}
	}
	alone, _, err := detection.Find([]string{shared.Dir(t, "content", "sentinel")})
	if err != nil {
		t.Fatal(err)
	}
	if counts[detection.KQL] != len(alone) || counts[detection.SPL] == 0 || counts[detection.Sigma] == 0 {
		t.Errorf("%v, of which %d are Sentinel's", counts, len(alone))
	}
}

// TestXDRTwin compares a rule with the custom detection that was made of it: the same question, under the same name.
func TestXDRTwin(t *testing.T) {
	packs, _, err := sentinel.Load([]string{shared.Dir(t, "content", "sentinel")}, sentinel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	byTitle := map[string]*detection.Detection{}
	twins := 0
	for _, d := range packs[0].Detections {
		other := byTitle[d.Title]
		if byTitle[d.Title] = d; other == nil || d.Alert.Kind != detection.CustomDetection {
			continue
		}
		twins++
		if d.Level != other.Level || strings.Join(d.Alert.Techniques, " ") != strings.Join(other.Alert.Techniques, " ") || strings.Join(d.Alert.Tactics, " ") != strings.Join(other.Alert.Tactics, " ") ||
			d.Alert.Frequency != other.Alert.Frequency || d.Description != other.Description {
			t.Errorf("%s differs from %s: %+v %+v", d.Path, other.Path, d, other)
		}
	}
	if twins == 0 {
		t.Skip("no custom detection lies beside its rule")
	}
}
