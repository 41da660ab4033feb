package sentinel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
)

func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestFill fills the range of a hunt in: the places of what stands around it stay, and what is not of the range as well.
func TestFill(t *testing.T) {
	source := &diag.Source{Name: "q", Text: `T | where a > datetime({{StartTimeISO}}) and b < "{{ EndTimeISO }}" and c == "{{Other}}" | take x`}
	text := sentinel.Fill(diag.NewText(source), "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z")
	if want := `T | where a > datetime(2024-05-01T00:00:00Z) and b < "2024-05-02T00:00:00Z" and c == "{{Other}}" | take x`; text.String != want {
		t.Errorf("got  %s\nwant %s", text.String, want)
	}
	for word, want := range map[string]string{"take x": "take x", "2024-05-02": "{{ EndTimeISO }}", "T | where": "T | where", "{{Other}}": "{{Other}}"} {
		at := strings.Index(text.String, word)
		place := text.Place(diag.Span{Start: at, End: at + len(word)})
		if got := source.Text[place.Span.Start:place.Span.End]; got != want {
			t.Errorf("%s is at %q, want %q", word, got, want)
		}
	}
	if plain := diag.NewText(source); sentinel.Fill(plain, "", "") == plain {
		t.Error("nothing was filled in")
	}
	if plain := diag.NewText(&diag.Source{Text: "T"}); sentinel.Fill(plain, "a", "b") != plain {
		t.Error("a text without placeholders is another one")
	}
}

// TestLookUp looks names up: the user's own go first, then those of the pack, then those beside it.
func TestLookUp(t *testing.T) {
	root := lay(t, map[string]string{
		"one/hunt.kql":       "f",
		"one/f.yaml":         "FunctionAlias: f\nFunctionQuery: one\n",
		"two/hunt.kql":       "g",
		"two/f.yaml":         "FunctionAlias: f\nFunctionQuery: two\n",
		"two/g.yaml":         "FunctionAlias: g\nFunctionQuery: two\n",
		"mine/f.yaml":        "FunctionAlias: f\nFunctionQuery: mine\n",
		"mine/Watchlist.csv": "a,b\n1,2\n",
	})
	packs, _, err := sentinel.Load([]string{filepath.Join(root, "one"), filepath.Join(root, "two")}, sentinel.Options{})
	if err != nil || len(packs) != 2 {
		t.Fatal(packs, err)
	}
	expect := func(p *sentinel.Pack, name, want string) {
		t.Helper()
		f, ok := p.Function(name)
		if got := ""; ok != (want != "") || ok && f.Query.String != want {
			t.Errorf("%s is %v %q, want %q", name, ok, got, want)
		}
	}
	expect(packs[0], "f", "one")
	expect(packs[0], "g", "two")
	expect(packs[1], "f", "two")
	expect(packs[0], "F", "")
	mine, _, err := sentinel.LoadParts(filepath.Join(root, "mine"), sentinel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	packs[0].Override(mine)
	expect(packs[0], "f", "mine")
	expect(packs[1], "f", "two")
	if got := strings.Join(packs[0].FunctionNames(), " "); got != "f g" {
		t.Error(got)
	}
	w, ok := packs[0].Watchlist("WATCHLIST")
	if !ok || w.Key != "a" || strings.Join(packs[0].WatchlistAliases(), " ") != "Watchlist" {
		t.Errorf("%v %+v %v", ok, w, packs[0].WatchlistAliases())
	}
}

// TestSolution names one rule of a solution: its parsers and watchlists come with it, its other rules do not.
func TestSolution(t *testing.T) {
	root := lay(t, map[string]string{
		"Solutions/A/Analytic Rules/x/a.yaml": "id: 00000000-0000-4000-8000-000000000001\nname: A\nkind: NRT\nseverity: Low\nquery: P\n",
		"Solutions/A/Analytic Rules/b.yaml":   "id: 00000000-0000-4000-8000-000000000002\nname: B\nkind: NRT\nseverity: Low\nquery: P\n",
		"Solutions/A/Parsers/p.yaml":          "FunctionAlias: P\nFunctionQuery: T\n",
		"Solutions/A/Watchlists/w.yaml":       "watchlistAlias: www\nitemsSearchKey: a\n",
		"Solutions/A/Watchlists/www.csv":      "a\n1\n",
		"Solutions/A/Workbooks/w.json":        "{}",
		"Solutions/B/Parsers/q.yaml":          "FunctionAlias: Q\nFunctionQuery: T\n",
	})
	for path, want := range map[string]string{"Solutions/A/Analytic Rules/x/a.yaml": "A", "Solutions/A/Analytic Rules/x": "A", "Solutions/A/Analytic Rules": "B A", "Solutions/A": "B A", "Solutions": "B A", ".": "B A"} {
		packs, skipped, err := sentinel.Load([]string{filepath.Join(root, filepath.FromSlash(path))}, sentinel.Options{})
		if err != nil || len(packs) != 1 || len(skipped) > 0 {
			t.Errorf("%s: %d packs, skipped %v, %v", path, len(packs), skipped, err)
			continue
		}
		var titles []string
		for _, d := range packs[0].Detections {
			titles = append(titles, d.Title)
		}
		_, p := packs[0].Function("P")
		_, q := packs[0].Function("Q")
		w, ok := packs[0].Watchlist("www")
		if got := strings.Join(titles, " "); got != want || !p || q != (path == "Solutions" || path == ".") || !ok || len(w.Rows) != 1 {
			t.Errorf("%s: detections %s, parser %v, other parser %v, watchlist %+v", path, got, p, q, w)
		}
	}
	// a folder and a rule in it are one content, each rule once
	packs, _, err := sentinel.Load([]string{root, filepath.Join(root, "Solutions", "A", "Analytic Rules", "b.yaml")}, sentinel.Options{})
	if err != nil || len(packs) != 1 || len(packs[0].Detections) != 2 {
		t.Errorf("%d packs, %v", len(packs), err)
	}
}

// TestParts refuses what holds no detection where one is asked for.
func TestParts(t *testing.T) {
	root := lay(t, map[string]string{"p.yaml": "FunctionAlias: P\nFunctionQuery: T\n", "x.json": `{"a": 1}`, "f.json": `{"resources": [{"type": "savedSearches", "properties": {"functionAlias": "f", "query": "T"}}]}`})
	for name, reason := range map[string]string{"p.yaml": "it holds what detections refer to (function)", "x.json": "JSON without rules", "f.json": "(parts)"} {
		if _, _, err := detection.Find([]string{filepath.Join(root, name)}); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, skipped, err := sentinel.LoadParts(root, sentinel.Options{})
	if err != nil || len(skipped) > 0 || len(p.Functions) != 2 || len(p.Detections) > 0 {
		t.Errorf("%+v %v %v", p, skipped, err)
	}
}
