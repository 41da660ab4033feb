package compile_test

import (
	"errors"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
)

func TestReference(t *testing.T) {
	rule := func(id, name, title, file string) *compile.Rule {
		return &compile.Rule{Detection: &detection.Detection{ID: id, Name: name, Title: title, Path: file}}
	}
	a := rule("d2d642d7-0000-4000-8000-000000000001", "", "Job At", "a.yml")
	b := rule("d2d642d7-0000-4000-8000-000000000002", "", "Twin", "b.yml")
	c := rule("aaaaaaaa-0000-4000-8000-000000000003", "job_at", "Twin", "c.yml")
	d := rule("", "Job At", "Named as another is titled", "d.yml")
	none := rule("", "", "", "e.yml")
	rules := []*compile.Rule{a, b, c, d, none}
	for _, test := range []struct {
		reference string
		means     *compile.Rule
		says      string
	}{
		{"D2D642D7-0000-4000-8000-000000000001", a, ""},
		{"aaaaaaaa", c, ""},
		{"AAAAAAAA-0000", c, ""},
		{"JOB_AT", c, ""},
		{"job at", d, ""}, // a name goes before a title
		{"d2d642d7", nil, "2 rules are called \"d2d642d7\"; name one by its id or file:\n  d2d642d7-0000-4000-8000-000000000001  Job At  a.yml\n  d2d642d7-0000-4000-8000-000000000002  Twin  b.yml"},
		{"twin", nil, "2 rules are called \"twin\"; name one by its id or file:\n  d2d642d7-0000-4000-8000-000000000002  Twin  b.yml\n  aaaaaaaa-0000-4000-8000-000000000003  Twin  c.yml"},
		{"aaaaaaa", nil, `no rule has the id, name or title "aaaaaaa"`}, // too short
		{"job_att", nil, `no rule has the id, name or title "job_att"; did you mean "job_at"?`},
		{"", nil, `no rule has the id, name or title ""`},
	} {
		got, err := compile.One(rules, test.reference)
		if got != test.means {
			t.Errorf("%q means %+v", test.reference, got)
		}
		var reference *detection.ReferenceError
		if test.says != "" && (!errors.As(err, &reference) || err.Error() != test.says) {
			t.Errorf("%q: got %v\nwant %s", test.reference, err, test.says)
		}
		scope := detection.ExclusionScope{Rules: []string{test.reference}}
		for _, r := range compile.Named(rules, test.reference) {
			if !scope.Holds(r.Detection) {
				t.Errorf("%q means %s, and a scope that names it does not hold it", test.reference, r.Detection.Path)
			}
		}
	}
	if _, err := compile.One([]*compile.Rule{b, b}, "Twin"); !strings.Contains(err.Error(), "; give each an id of its own, or name one by its file:") {
		t.Errorf("of one id: %v", err)
	}
	many := make([]*compile.Rule, 12)
	for i := range many {
		many[i] = b
	}
	if _, err := compile.One(many, "Twin"); strings.Count(err.Error(), "\n  ") != 11 || !strings.HasSuffix(err.Error(), "\n  … 2 more") {
		t.Errorf("of twelve: %v", err)
	}
}
