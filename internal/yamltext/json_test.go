package yamltext_test

import (
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

var jsonLimits = yamltext.Limits{Text: 1 << 20, Document: 1 << 20, Nodes: 100, Depth: 5}

// leaves calls visit with the scalars of a tree.
func leaves(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for _, child := range n.Content {
		leaves(child, visit)
	}
}

// TestJSON reads JSON as a tree whose scalars know where they stand, escapes, remarks and lines of any kind included.
func TestJSON(t *testing.T) {
	source := &diag.Source{Name: "x.json", Text: "\ufeff{ // é \"no\": 1\r\n\t\"é\": \"a\\n\\u00e9\\ud83d\\ude00\\/b\", /* \"\n */ \"list\" : [1, -2.5e3,\n true, null, {}, []],\"u\":\"//x\"}\n"}
	p := yamltext.New(source)
	var said []string
	p.JSON(jsonLimits, func(root *yaml.Node) {
		leaves(root, func(n *yaml.Node) {
			at := p.Span(n)
			said = append(said, n.ShortTag()+" "+n.Value+" at "+source.Text[at.Start:at.End])
			text := p.Text(n)
			if text.String != n.Value {
				t.Errorf("%q decodes as %q", n.Value, text.String)
			}
		})
		if list := p.Pairs(root, func(yamltext.Problem) { t.Error("a problem") }); len(list) != 3 {
			t.Errorf("%d entries", len(list))
		}
	}, func(p yamltext.Problem) { t.Errorf("%+v", p) })
	want := `!!str é at "é"
!!str a
é😀/b at "a\n\u00e9\ud83d\ude00\/b"
!!str list at "list"
!!int 1 at 1
!!float -2.5e3 at -2.5e3
!!bool true at true
!!null null at null
!!str u at "u"
!!str //x at "//x"`
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJSONProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "empty 1:1",
		" // only this":                        "empty 1:1",
		"{\"a\": 1,\n }":                       "json 2:2",
		"{\"a\": 1":                            "json 1:8",
		"[1] 2":                                "json 1:5",
		"{\"a\": tru}":                         "json 1:10",
		"[[[[[[[1]]]]]]]":                      "too-deep 1:7",
		"[" + strings.Repeat("1,", 100) + "1]": "too-large 1:200",
		strings.Repeat(" ", 1<<20) + "1":       "too-large 1:1",
	} {
		source := &diag.Source{Text: text}
		got := ""
		yamltext.New(source).JSON(jsonLimits, func(*yaml.Node) { got = "read" }, func(p yamltext.Problem) {
			at := source.Position(p.Span.Start)
			got = p.What + " " + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column)
		})
		if got != want {
			t.Errorf("%.40q: %s, want %s", text, got, want)
		}
	}
}

// TestMended reads a text as another one: places are those of the first.
func TestMended(t *testing.T) {
	source := &diag.Source{Text: "a: |\n    x\n  y\nb: é\nc: [d]\n"}
	p := yamltext.NewMended(source, "a: |\n     \n   \nb: é\nc: [d]\n")
	p.Documents(jsonLimits, func(root *yaml.Node) {
		for _, e := range p.Pairs(root, func(yamltext.Problem) {}) {
			if e.Key.Value == "a" {
				e.Value.Value = "  x\ny\n"
				text := p.Text(e.Value)
				at := text.Place(diag.Span{Start: 4, End: 5}).Span
				if text.String != e.Value.Value || source.Text[at.Start:at.End] != "y" {
					t.Errorf("%q at %v", text.String, at)
				}
			}
			leaves(e.Value, func(n *yaml.Node) {
				if at := p.Span(n); e.Key.Value != "a" && source.Text[at.Start:at.End] != n.Value {
					t.Errorf("%s at %q", n.Value, source.Text[at.Start:at.End])
				}
			})
		}
	}, func(p yamltext.Problem) { t.Errorf("%+v", p) })
}
