package yamltext_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/shared"
	"goshawk/internal/yamltext"
)

var limits = yamltext.Limits{Text: 8 << 20, Document: 1 << 20, Nodes: 100_000, Depth: 64}

// scalars calls visit with every scalar of a text.
func scalars(t testing.TB, src *diag.Source, visit func(p *yamltext.Places, n *yaml.Node)) (problems []yamltext.Problem) {
	places := yamltext.New(src)
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			visit(places, n)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	places.Documents(limits, walk, func(p yamltext.Problem) { problems = append(problems, p) })
	return problems
}

// hold checks the place of every byte of a scalar: it is the byte of the file, or an escape or a line break stands there.
func hold(t testing.TB, src *diag.Source, p *yamltext.Places, n *yaml.Node) bool {
	text := p.Text(n)
	if text.String != n.Value {
		t.Errorf("%s: line %d: text %q, value %q", src.Name, n.Line, text.String, n.Value)
		return false
	}
	span := p.Span(n)
	for i := range len(text.String) {
		place := text.Place(diag.Span{Start: i, End: i + 1})
		got := src.Text[place.Span.Start:place.Span.End]
		blank := strings.IndexByte(" \t\r\n", text.String[i]) >= 0
		switch {
		case got == text.String[i:i+1]:
		case n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(got, `\`):
		case n.Style&yaml.SingleQuotedStyle != 0 && got == "''":
		case blank && strings.TrimSpace(got) == "":
		default:
			t.Errorf("%s: line %d: byte %d of %q comes from %q", src.Name, n.Line, i, text.String, got)
			return false
		}
		if place.Source != src || !blank && (place.Span.Start < span.Start || place.Span.End > span.End) {
			t.Errorf("%s: line %d: byte %d of %q is at %v, the scalar at %v", src.Name, n.Line, i, text.String, place.Span, span)
			return false
		}
	}
	return true
}

// TestScalars writes one text in many ways; the character looked for must be found at its place in each.
func TestScalars(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                "a: one !two\n",
		"plain, folded":        "a: one\n  !two\nb: c\n",
		"plain, empty line":    "a: one\n\n\n  !two\nb: c\n",
		"plain, blanks":        "a: one   \n     !two   three  \nb: c\n",
		"plain in a flow":      "a: [one\n  !two, c]\n",
		"plain, comment":       "a: one !two # three\nb: c\n",
		"single":               "a: 'it''s !two '' '\n",
		"single, folded":       "a: 'one  \n\n   !two\n  '\n",
		"double":               "a: \"\\x41\\u00e9\\U0001F600\\t\\\"\\\\ !two\"\n",
		"double, folded":       "a: \"one \n   !two\"\n",
		"double, continued":    "a: \"one \\\n   \\ !two\\\n\n  three\"\n",
		"literal":              "a: |\n  one\n    more\n\n  !two\nb: c\n",
		"literal, kept":        "a: |+\n  one\n  !two\n\n\nb: c\n",
		"literal, stripped":    "a: |-\n  one\n  !two\n\n\nb: c\n",
		"literal, indicator":   "a: |2\n    one\n   !two\nb: c\n",
		"literal, blank first": "a: |\n\n  \n  one\n  !two\nb: c\n",
		"literal at the end":   "a: |\n  one\n  !two",
		"literal, tabs":        "a: |\n  one\n  \t!two\n",
		"folded":               "a: >\n  one\n  !two\n\n  three\n    four\n  five\n\n\n   six\nb: c\n",
		"folded, stripped":     "a: >-\n  one\n  !two\nb: c\n",
		"folded, comment":      "a: >- # !why\n  one\n  !two\n# end\nb: c\n",
		"anchor":               "a: &x\n  'one !two'\nb: *x\n",
		"tag":                  "a: !!str one !two\n",
		"not ASCII":            "é: \"ünd !two\"\n",
		"crlf":                 "a: |\r\n  one\r\n  !two\r\nb: 'x\r\n\r\n  y'\r\n",
		"mark":                 "\ufeffa: one !two\n",
		"second document":      "a: b\n---\na: 'one\n  !two'\n",
		"long line":            "a: \"" + strings.Repeat("é", 2000) + " !two\"\n",
	} {
		src := &diag.Source{Name: name, Text: text}
		found := 0
		problems := scalars(t, src, func(p *yamltext.Places, n *yaml.Node) {
			hold(t, src, p, n)
			if at := strings.IndexByte(n.Value, '!'); at >= 0 {
				found++
				if place := p.Text(n).Place(diag.Span{Start: at, End: at + 4}); src.Text[place.Span.Start:place.Span.End] != "!two" {
					t.Errorf("%s: the place is %q", name, src.Text[place.Span.Start:place.Span.End])
				}
			}
		})
		if len(problems) > 0 || found == 0 {
			t.Errorf("%s: problems %v, found %d", name, problems, found)
		}
	}
}

// TestPublished holds the place of every byte of everything published that is YAML.
func TestPublished(t *testing.T) {
	bytes := 0
	err := filepath.WalkDir(shared.Dir(t, "content"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yml") && !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		src := &diag.Source{Name: path, Text: string(text)}
		scalars(t, src, func(p *yamltext.Places, n *yaml.Node) {
			if len(n.Value) < 50_000 && hold(t, src, p, n) {
				bytes += len(n.Value)
			}
		})
		return nil
	})
	if err != nil || bytes == 0 {
		t.Fatal(err, bytes)
	}
	t.Logf("%d bytes", bytes)
}

func TestProblems(t *testing.T) {
	small := yamltext.Limits{Text: 1000, Document: 500, Nodes: 20, Depth: 5}
	for _, c := range []struct{ text, what, at string }{
		{"a: [b\nc: d\n", "yaml", "a: [b"},
		{"a: b\n\tc: d\n", "yaml", "\tc: d"},
		{"a: *nobody\n", "yaml", "*nobody"},
		{"a: !!python/object x\n", "tag", ""},
		{"# nothing\n---\n...\n", "empty", ""},
		{"\xff\xfea\x00", "yaml", ""},
		{strings.Repeat("a", 1001), "too-large", ""},
		{"a: " + strings.Repeat("b", 600), "too-large", ""},
		{"a: [" + strings.Repeat("b, ", 30) + "]", "too-large", ""},
		{"a: [[[[[[[b]]]]]]]", "too-deep", ""},
	} {
		src := &diag.Source{Name: "p.yml", Text: c.text}
		var got []yamltext.Problem
		yamltext.New(src).Documents(small, func(*yaml.Node) {}, func(p yamltext.Problem) { got = append(got, p) })
		if len(got) != 1 || got[0].What != c.what || c.at != "" && src.Text[got[0].Span.Start:got[0].Span.End] != c.at {
			t.Errorf("%.40q: %+v", c.text, got)
		}
	}
}

// TestHostileScalars reads scalars of a megabyte that a careless reader would need an hour for.
func TestHostileScalars(t *testing.T) {
	for name, text := range map[string]string{
		"escapes":      `a: "` + strings.Repeat(`\t`, 400_000) + `"`,
		"quotes":       `a: '` + strings.Repeat(`''`, 400_000) + `'`,
		"breaks":       "a: |\n" + strings.Repeat(" x\n\n", 200_000),
		"folded lines": "a: >\n" + strings.Repeat(" x\n\n  y\n", 90_000),
		"empty lines":  "a: |+\n x\n" + strings.Repeat("\n", 900_000),
	} {
		src := &diag.Source{Name: name, Text: text}
		start := time.Now()
		problems := scalars(t, src, func(p *yamltext.Places, n *yaml.Node) {
			if got := p.Text(n); got.String != n.Value {
				t.Errorf("%s: read as %d bytes, not %d", name, len(got.String), len(n.Value))
			}
		})
		if took := time.Since(start); took > 20*time.Second || len(problems) > 0 {
			t.Errorf("%s: %v, %v", name, took, problems)
		}
	}
}

func TestPairs(t *testing.T) {
	src := &diag.Source{Text: "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n  b: 4\n  [c]: 5\n  d: 6\n"}
	places := yamltext.New(src)
	var names, problems []string
	places.Documents(limits, func(root *yaml.Node) {
		complain := func(p yamltext.Problem) {
			problems = append(problems, p.What+" "+src.Text[p.Span.Start:p.Span.End])
		}
		for _, e := range places.Pairs(places.Pairs(root, complain)[1].Value, complain) {
			whole := places.Whole(e)
			names = append(names, e.Key.Value+"="+e.Value.Value+" "+src.Text[whole.Start:whole.End])
		}
	}, func(p yamltext.Problem) { t.Error(p) })
	if got := strings.Join(names, "; "); got != "b=3 b: 3; d=6 d: 6; a=1 a: 1" {
		t.Error(got)
	}
	if got := strings.Join(problems, "; "); got != "key ; duplicate-key b" {
		t.Error(got)
	}
}

func FuzzScalars(f *testing.F) {
	for _, seed := range []string{"a: |2\n    x\n   y\n", "a: 'x\n\n  y'", "- \"\\x41 \\\n  b\"", "a: >+\n\n  b\n   c\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "f.yml", Text: text}
		for _, p := range scalars(t, src, func(p *yamltext.Places, n *yaml.Node) {
			text := p.Text(n)
			if text.String != n.Value {
				t.Errorf("%q is read as %q", n.Value, text.String)
			}
			for i := range len(text.String) {
				if s := text.Place(diag.Span{Start: i, End: i + 1}).Span; s.Start < 0 || s.End < s.Start || s.End > len(src.Text) {
					t.Errorf("byte %d at %v of %d", i, s, len(src.Text))
				}
			}
		}) {
			if p.Span.Start < 0 || p.Span.End < p.Span.Start || p.Span.End > len(src.Text) {
				t.Errorf("%+v outside the text", p)
			}
		}
	})
}
