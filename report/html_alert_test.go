package report_test

import (
	"bytes"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
)

// The page shows what an alert of Sentinel says: entities, details, and what differs from the rule.
func TestPageShowsAlert(t *testing.T) {
	d := &detection.Detection{ID: "k", Title: "Job Queued", Language: detection.KQL, Level: detection.Low, Path: "k.yaml", Alert: &detection.Alert{
		Kind: detection.Scheduled, Tactics: []string{"Execution"}, Override: detection.Override{SeverityColumn: &detection.Column{Name: "Grade"}, TacticsColumn: &detection.Column{Name: "Tactic"}},
		Entities:      []detection.EntityMapping{{Type: "Host", Fields: []detection.EntityField{{Identifier: "HostName", Column: detection.Column{Name: "Computer"}}}}},
		CustomDetails: []detection.CustomDetail{{Name: "Queue", Column: detection.Column{Name: "Queue"}}},
	}}
	var rows []*finding.Finding
	for _, computer := range []string{"pc-one", "<pc-two>"} {
		var r event.Record
		for _, f := range [][2]string{{"Computer", computer}, {"Grade", "High"}, {"Tactic", "Persistence"}, {"Queue", "a" + computer}} {
			r.Set(f[0], event.TextValue(f[1]))
		}
		rows = append(rows, finding.OfRow(d, finding.Row{Fields: r}))
	}
	list := []*finding.Finding{finding.OneAlert(rows)}
	shown := checkPage(t, write(t, "html", list, &engine.Report{}, report.Options{}))
	for _, want := range []string{"One alert of 2 rows", "Its severity is high.", "Its tactics are Persistence.", "Entities", "HostName", "<pc-two>", "Custom details", "apc-one, a<pc-two>"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	var b bytes.Buffer
	left := &engine.Report{Untriggered: 3, Strayed: 1}
	report.Talk(&b, left, report.TalkOptions{})
	shown = checkPage(t, write(t, "html", nil, left, report.Options{}))
	for want, page := range map[string]string{"untriggered 3 rows left out": "3 rows were left out, for their number", "strayed 1 row left out": "1 row was left out, for the time"} {
		if text := strings.Join(strings.Fields(b.String()), " "); !strings.Contains(text, want) || !strings.Contains(shown, page) {
			t.Errorf("nothing is said of rows that were left out: %q\n%s", want, text)
		}
	}
}
