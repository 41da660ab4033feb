package compile_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// A stanza must say to a reader of savedsearches.conf what the translation is: its search, title, severity and schedule.
func TestSavedSearch(t *testing.T) {
	rule := `title: At [scheduled]
id: 7d3f7f4a-5a1c-4f57-9a0e-0d2f5c5f9a11
status: test
description: |
    First line with a path C:\
    second line
tags: [attack.persistence, attack.t1053.002]
logsource: {category: process_creation, product: windows}
detection:
    selection:
        Image|endswith: '\at.exe'
        CommandLine|contains|all: ['\\\\srv', '"x"', ' now', ' and a text that is long enough for a second line of the search']
    condition: selection
level: high
`
	set := compile.Files([]detection.File{{Language: detection.Sigma, Source: &diag.Source{Name: "rule.yml", Text: rule}}}, compile.Options{})
	for _, name := range []string{"spl", "spl-cim"} {
		target, ok := taxonomy.Default().Target(name)
		if !ok {
			t.Fatalf("there is no target %s", name)
		}
		translation := compile.Translate(set.Rules[0], target, compile.TranslateOptions{})
		if translation.Refused {
			t.Fatal(translation.Losses)
		}
		stanza := translation.SavedSearch()
		packs, err := escu.LoadFS(fstest.MapFS{"default/savedsearches.conf": {Data: []byte(stanza)}}, "app:", escu.Options{})
		if err != nil || len(packs) != 1 || len(packs[0].Detections) != 1 {
			t.Fatalf("%s: the stanza is not one detection: %v\n%s", name, err, stanza)
		}
		d := packs[0].Detections[0]
		oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
		if got, want := oneLine(d.Search.String), oneLine(translation.Text); got != want {
			t.Errorf("%s: the search is\n%s\nwant\n%s", name, got, want)
		}
		if d.Answer == nil || !d.Answer.Finding || d.Answer.Severity != "high" || d.Answer.Title != "At (scheduled)" || d.Answer.SecurityDomain != "endpoint" {
			t.Errorf("%s: the finding is %+v", name, d.Answer)
		}
		if d.Schedule == nil || d.Schedule.Cron != "0 * * * *" || d.Schedule.Earliest != "-70m@m" || d.Schedule.Latest != "-10m@m" {
			t.Errorf("%s: the schedule is %+v", name, d.Schedule)
		}
		if !strings.Contains(stanza, `action.correlationsearch.annotations = {"mitre_attack":["T1053.002"]}`) {
			t.Errorf("%s: the technique is not in\n%s", name, stanza)
		}
	}
}
