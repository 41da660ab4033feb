package diag_test

import (
	"strings"
	"testing"

	"goshawk/diag"
)

func TestPosition(t *testing.T) {
	src := &diag.Source{Name: "a.yml", Text: "title: é\nlevel: hihg\n"}
	for _, c := range []struct{ offset, line, column int }{{0, 1, 1}, {9, 1, 9}, {10, 2, 1}, {17, 2, 8}, {-5, 1, 1}, {999, 3, 1}} {
		got := src.Position(c.offset)
		if got != (diag.Position{Line: c.line, Column: c.column}) {
			t.Errorf("offset %d is at %v, want %d:%d", c.offset, got, c.line, c.column)
		}
		if c.offset >= 0 && c.offset < len(src.Text) && src.Offset(got.Line, got.Column) != c.offset {
			t.Errorf("%v is at offset %d, want %d", got, src.Offset(got.Line, got.Column), c.offset)
		}
	}
}

func TestRender(t *testing.T) {
	src := &diag.Source{Name: "a.yml", Text: "title: x\nlevel: hihg\n"}
	var list diag.List
	list.Errorf(src, diag.Span{Start: 16, End: 20}, "sigma-level", "unknown level %q", "hihg").Hint = "did you mean high?"
	want := `a.yml:2:8: error: unknown level "hihg" [sigma-level]
    2 | level: hihg
      |        ^^^^
      hint: did you mean high?
`
	if got := list[0].Render(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if got, want := list.Error(), `a.yml:2:8: error: unknown level "hihg" [sigma-level]; did you mean high?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !list.Failed() {
		t.Error("a list with an error has not failed")
	}
}

// A span may lie anywhere, in a line of any length, and rendering must neither fail nor show what acts on a terminal.
func FuzzRender(f *testing.F) {
	f.Add("a\nb\tc\r\n", 2, 3)
	f.Add(strings.Repeat("long ", 200)+"\x1b[31m\u202e", 900, 1000)
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		d := diag.Diagnostic{Code: "c", Source: &diag.Source{Name: "n", Text: text}, Span: diag.Span{Start: start, End: end}, Message: text, Hint: text}
		if shown := d.Render(); strings.ContainsAny(shown, "\x1b\r\u202e\x00") {
			t.Errorf("%q", shown)
		}
	})
}

func TestNearest(t *testing.T) {
	names := []string{"contains", "startswith", "endswith", "cidr"}
	for name, want := range map[string]string{"containz": "contains", "starstwith": "startswith", "cdir": "cidr", "xyzzy": "", "": ""} {
		if got := diag.Nearest(name, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

// TestSpells builds texts whose bytes are known before their places are: they must be those that are put together.
func TestSpells(t *testing.T) {
	source := &diag.Source{Name: "a", Text: "it''s here"}
	build := func(b *diag.TextBuilder) *diag.Text {
		b.AddExact(source, diag.Span{Start: 0, End: 2})
		b.Add("'", source, diag.Span{Start: 2, End: 4})
		b.AddExact(source, diag.Span{Start: 4, End: 6})
		b.AddExact(source, diag.Span{Start: 6, End: 10})
		return b.Text()
	}
	var known diag.TextBuilder
	known.Spells("it's here", 3)
	got, want := build(&known), build(&diag.TextBuilder{})
	if got.String != want.String || known.Len() != len(want.String) {
		t.Fatalf("%q of %d bytes, want %q", got.String, known.Len(), want.String)
	}
	for from := range len(want.String) {
		for to := from; to <= len(want.String); to++ {
			if got, want := got.Place(diag.Span{Start: from, End: to}), want.Place(diag.Span{Start: from, End: to}); got != want {
				t.Errorf("%d to %d: %v, want %v", from, to, got, want)
			}
		}
	}
}
