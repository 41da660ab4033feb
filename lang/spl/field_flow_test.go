package spl_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/lang/spl"
)

var complainedOf = regexp.MustCompile(`(?:the field|has no field|no field here matches) ([^\s,]+)`)

// TestFieldFlow compares the fields that a search is told cannot exist with those that a person says cannot.
func TestFieldFlow(t *testing.T) {
	text, err := os.ReadFile("testdata/field_flow.txt")
	if err != nil {
		t.Fatal(err)
	}
	env, err := environment(nil)
	if err != nil {
		t.Fatal(err)
	}
	truth, searches := "", 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "# Truth:") {
			truth = line
		}
		if line == "" || line[0] == '#' {
			continue
		}
		query, names, ok := strings.Cut(line, "=>")
		if !ok || truth == "" {
			t.Errorf("%s: no => in the line or no # Truth: above it", line)
			continue
		}
		searches++
		_, complaints := spl.Read(diag.NewText(&diag.Source{Name: "query", Text: strings.TrimSpace(query)}), env)
		var got []string
		for _, d := range complaints {
			m := complainedOf.FindStringSubmatch(d.Message)
			if m == nil {
				t.Errorf("%s: another complaint: %v", query, d)
				continue
			}
			got = append(got, m[1])
		}
		if want := strings.Fields(names); !slices.Equal(got, want) {
			t.Errorf("%s: complained of %v, want %v (%s)", query, got, want, truth)
		}
	}
	if searches == 0 {
		t.Error("no searches")
	}
}
