package suite_test

import (
	"strings"
	"testing"

	"goshawk/detection/suite"
	"goshawk/diag"
)

const body = `  hypothesis: somebody did # what?
  requires: {category: process_creation}
  queries: d2d642d7
`

func TestConcluded(t *testing.T) {
	note := suite.HuntNote{Date: "2026-11-22", State: suite.HuntRefuted, By: "ana", Text: "no host: not even web-01"}
	for _, test := range []struct {
		name, text string
		note       suite.HuntNote
		want       string // empty: refused
	}{
		{"first", "# ours\nhunt:\n  name: x # a name\n" + body, note,
			"# ours\nhunt:\n  name: x # a name\n  state: refuted\n  notes:\n    - date: 2026-11-22\n      state: refuted\n      by: ana\n      note: 'no host: not even web-01'\n" + body},
		{"another", "hunt:\n  state: active   # since Monday\n  name: x\n" + body + "  notes: # the newest first\n  - date: 2026-11-01\n    state: active # begun\n", note,
			"hunt:\n  state: refuted   # since Monday\n  name: x\n" + body + "  notes: # the newest first\n  - date: 2026-11-22\n    state: refuted\n    by: ana\n    note: 'no host: not even web-01'\n  - date: 2026-11-01\n    state: active # begun\n"},
		{"only a note, of several lines", "hunt:\n    name: x\n" + strings.ReplaceAll(body, "  ", "    "), suite.HuntNote{Date: "2026-11-22", Text: "one\n\ntwo: # three\n"},
			"hunt:\n    name: x\n    notes:\n      - date: 2026-11-22\n        note: |-\n          one\n\n          two: # three\n" + strings.ReplaceAll(body, "  ", "    ")},
		{"a name at the end", "hunt:\n" + body + "  name: x", note,
			"hunt:\n" + body + "  name: x\n  state: refuted\n  notes:\n    - date: 2026-11-22\n      state: refuted\n      by: ana\n      note: 'no host: not even web-01'"},
		{"carriage returns", strings.ReplaceAll("hunt:\n  name: x\n"+body, "\n", "\r\n"), suite.HuntNote{Date: "2026-11-22", State: suite.HuntActive},
			strings.ReplaceAll("hunt:\n  name: x\n  state: active\n  notes:\n    - date: 2026-11-22\n      state: active\n"+body, "\n", "\r\n")},
		{"in braces", "hunt: {name: x, hypothesis: y, requires: {category: process_creation}, queries: d2d642d7}\n", note, ""},
		{"notes in brackets", "hunt:\n  name: x\n" + body + "  notes: [{date: 2026-11-01, note: z}]\n", note, ""},
		{"nothing to note", "hunt:\n  name: x\n" + body, suite.HuntNote{Date: "2026-11-22"}, ""},
		{"no day", "hunt:\n  name: x\n" + body, suite.HuntNote{Date: "today", Text: "x"}, ""},
	} {
		s, list := suite.Read(&diag.Source{Name: "x.hunt.yml", Text: test.text})
		if list.Failed() {
			t.Fatal(test.name, list)
		}
		got, err := suite.Concluded(s, test.note)
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, err, got, test.want)
		}
	}
}

func TestHuntSince(t *testing.T) {
	s, list := suite.Read(&diag.Source{Text: "hunt:\n  name: x\n  state: refuted\n" + body + `  notes:
    - {date: 2026-11-23, note: asked again}
    - {date: 2026-11-22, state: refuted, by: ana}
    - {date: 2026-11-01, state: active}
`})
	if list.Failed() {
		t.Fatal(list)
	}
	if n, ok := s.Hunts[0].Since(); !ok || n.Date != "2026-11-22" || n.By != "ana" || !s.Hunts[0].State.Concluded() {
		t.Errorf("got %+v, %v", n, ok)
	}
}
