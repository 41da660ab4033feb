package yamltext

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"goshawk/internal/shared"
)

// everydayTexts are read here or left to the library: what is read must be what the library reads.
var everydayTexts = []string{
	"a: b\n", "---\na: b\n", "# c\n\n---\n# d\na: b # e\n", "- a\n- b: c\n  d: e\n-\n- - f\n  - g\n-\n  h: i\n", "a:\n- b\n- c\nd:\n  - e\nf:\ng: ~\n",
	"a: b\n  c\n\n  d\ne: f\n", "a: b\n  # c\n  d\n", "a: b #c\nd: e#f\n", "a: b: c\n", "a:\n  b\n  c\n", "a:\n  b: c\n   d: e\n", "a: 'b\n\n  c''d'\n'e f': g\n\"h\\n\": i\n",
	"a: \"b \\\n  c\"\n", "a: \"\\x41\\u0041 b\n   c \\t\"\n", "a: |\n  b\n   c\n\n  d\n\n\ne: |-\n  f\n\ng: |+\n  h\n\ni: j\n", "a: >\n  b\n  c\n\n  d\n   e\n  f\n\n\n  g\nh: i\n",
	"a: >-\n   b\n\n    c\n\n   d\n", "a: |\n\n  b\nc: d\n", "a: |\n     \n  b\nc: d\n", "a: |\n    \n  \n    b\n  c\n", "a: |\nb: c\n", "a: |+\n\nb: c\n", "a: |\n  b\n\n", "a: |+\n  b\n\n",
	"a: |2\n   b\n", "a: | # b\n  c\n", "a: |#b\n  c\n", "- |\n b\n- >\n  c\n  d\n", "a: [b, 'c, d', \"e\"]\nf: []\n", "a: [b, c,]\n", "a: [b: c]\n", "a: [b, [c]]\n", "a: [b,\n  c]\n", "a: [b]: c\n",
	"a: {}\n", "a: &b c\nd: *b\n", "a: !!str b\n", "a:\tb\n", "a: b\r\n", "a: b\n...\n", "a: b\n--- c\n", "? a\n: b\n", "a: ?b\n", "a: :b\n", "a: -b\n-c: d\n", "a: - b\n", "<<: a\n", "1: 2\n",
	"a: 2020-01-02\nb: 1.5\nc: 0x1f\nd: true\ne: null\nf: .inf\ng: -1\nh: 1_000\ni: yes\n",
	"a: 2026-03-28\nb: 2026-03-31\nc: 2026-02-30\nd: 2026-13-01\ne: 0000-00-00\nf: 2026-3-28\ng: 2026-03-28T01:02:03Z\nh: 20260-3-28\n", "a: 0\nb: 00\nc: 0123\nd: 99\ne: 999999999999999999\nf: 99999999999999999999\n",
	"a: 0b1a2c3d-0e4f-5a6b-7c8d-9e0f1a2b3c4d\nb: 12345678-1234-1234-1234-123456789012\nc: 1-2-3\nd: 1e-5\ne: 1e-5-2\nf: 0b-1\ng: 0b-1-1\nh: -1-2\ni: n-o-\nj: 1234-5-\n", "ä: ö ü\n  ß\ny: 'é' # ñ\n", "a: \u0085b\n", "a: b\n c: d\n", "  a: b\n", " - a\n", "a\n", "'a'\n", "|\n a\n", "a:\n b:\n  c:\n d: e\n",
	"- a: b\n c: d\n", "- a\nb: c\n", "a: b\n- c\n", "a:\n  - b\n - c\n", "a:\n - b\n  c\n", "a: 'b' c\n", "'a' : b\n", "a : b\n", "a: 'b'#c\n", "a:b\n", "a:\n  |\n  b\n", "a: b\\c\n", "a: ]\n", "a: b]\n", "a: b, c\n",
	"a: @b\n", "a: %b\n", "%a: b\n", "a: b", "", "\n", "#\n", "a: 'b\n---\n c'\n", "a: |\n  b\n# c\nd: e\n", "a: |\n  b\n # c\nd: e\n", "a:\n\n  b\n", "- \n- a\n", "-\n\n\n-\n", "a: \"\\/\\'\\q\"\n", "a: ''\nb: \"\"\n", "a: 'b ''\n  c '\n",
}

func TestEverydayIsWhatTheLibraryReads(t *testing.T) {
	for _, text := range everydayTexts {
		compareEveryday(t, text)
	}
	if !readEveryday(everydayTexts[1], 0, true, false, func(*yaml.Node) {}) {
		t.Error("nothing is read here")
	}
}

// TestEverydayContent reads all the content there is, most of which must not need the library.
func TestEverydayContent(t *testing.T) {
	files, read := 0, 0
	err := filepath.WalkDir(shared.Dir(t, "content"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		if compareEveryday(t, string(text)) {
			read++
		}
		return err
	})
	if err != nil || read*10 < files*9 {
		t.Errorf("%d of %d files are read without the library; %v", read, files, err)
	}
}

func FuzzEveryday(f *testing.F) {
	for _, text := range everydayTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { compareEveryday(t, text) })
}

// compareEveryday says whether a text is read without the library, which must give the same.
func compareEveryday(t *testing.T, text string) bool {
	t.Helper()
	var got *yaml.Node
	if !readEveryday(text, 0, isASCII(text), false, func(root *yaml.Node) { got = root }) {
		return false
	}
	again := readEveryday(text, 0, isASCII(text), true, func(root *yaml.Node) { sameNodes(t, text, root, got) })
	if !again {
		t.Errorf("%q: it is read only where its nodes are kept", text)
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var want, more yaml.Node
	if err := decoder.Decode(&want); err != nil {
		t.Errorf("%q: the library refuses it: %v", text, err)
		return true
	}
	sameNodes(t, text, got, want.Content[0])
	if err := decoder.Decode(&more); err == nil {
		t.Errorf("%q: the library reads another document", text)
	}
	return true
}

func sameNodes(t *testing.T, text string, got, want *yaml.Node) {
	t.Helper()
	if got.Kind != want.Kind || got.Style != want.Style || got.Tag != want.Tag || got.Value != want.Value || got.Line != want.Line || got.Column != want.Column ||
		got.Anchor != want.Anchor || got.Alias != want.Alias || len(got.Content) != len(want.Content) {
		t.Errorf("%q: %+v, want %+v", text, *got, *want)
		return
	}
	for i := range got.Content {
		sameNodes(t, text, got.Content[i], want.Content[i])
	}
}
