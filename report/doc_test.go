package report_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"goshawk/report"
)

// What docs/output.md says about formats, columns and keys must be so.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	names, sentences := report.Formats()
	for i, name := range names {
		if !strings.Contains(doc, "| `"+name+"` |") || sentences[i] == "" {
			t.Errorf("format %s is not documented", name)
		}
	}
	list, r, o := sample(t)
	for _, format := range []string{"csv", "timesketch"} {
		head, _, _ := strings.Cut(write(t, format, list, r, o), "\r\n")
		if !strings.Contains(doc, "`"+head+"`") {
			t.Errorf("%s: the columns %s are not documented", format, head)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(write(t, "ndjson", list, r, o)), "\n") {
		var keys map[string]any
		if err := json.Unmarshal([]byte(line), &keys); err != nil {
			t.Fatal(err)
		}
		for key := range keys {
			if !strings.Contains(doc, "`"+key+"`") {
				t.Errorf("ndjson: the key %s is not documented", key)
			}
		}
	}
}
