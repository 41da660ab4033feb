package report_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
)

// incidentOf is an incident in which a text stands wherever a log, a rule or an automation rule can put one.
func incidentOf(text string) *finding.Finding {
	d := &detection.Detection{ID: text, Title: text, Description: text, Language: detection.KQL, Level: detection.Low, Path: text, Query: &diag.Source{Name: text, Text: text},
		Alert: &detection.Alert{Kind: detection.Scheduled, Incident: detection.IncidentConfiguration{Create: true, Grouping: detection.Grouping{Enabled: true, Method: detection.AnyAlert, LookBack: event.TicksPerDay}}}}
	rule := func(when string, actions ...detection.Action) *detection.AutomationRule {
		return &detection.AutomationRule{ID: text, Name: text, Enabled: true, On: "Incidents", When: when, Actions: actions}
	}
	desk := &finding.Desk{Rules: []*detection.AutomationRule{
		rule("Created", detection.Action{Type: "ModifyProperties", Status: text, Owner: text, Classification: text, Reason: text, Comment: text, Labels: []string{text}},
			detection.Action{Type: "AddIncidentTask", Title: text, Description: text}, detection.Action{Type: "RunPlaybook", Playbook: text}),
		rule("Updated", detection.Action{Type: text}),
	}}
	for i := range int64(2) {
		desk.Take(&finding.Finding{ID: text, Time: event.UnixEpoch + i + 1, Detection: d, Host: text, User: text, Evidence: []finding.Evidence{{Source: text, Record: 1}},
			Alert: &finding.SentinelAlert{Title: text, Description: text + "!", Level: detection.High, Tactics: []string{text}, Techniques: []string{text},
				Entities: []finding.Entity{{Type: text, Identifiers: []finding.Identifier{{Name: text, Value: text}}}}, Details: []finding.AlertDetail{{Name: text, Values: []string{text, "x"}}}}})
	}
	var l finding.IncidentDetections
	return l.Finding(desk.Incidents()[0])
}

// TestHostileIncident: an incident can be shown in every format, whatever stands in it.
func TestHostileIncident(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		list := []*finding.Finding{incidentOf(text)}
		r := &engine.Report{Findings: 1, Sentinel: engine.SentinelReport{Alerts: 2, Incidents: 1, Steps: 3, Playbooks: 2, Lost: 1}}
		for _, format := range []string{"ndjson", "json"} {
			var any any
			if err := json.Unmarshal([]byte(write(t, format, list, r, report.Options{})), &any); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
		for _, format := range []string{"csv", "timesketch"} {
			rows, err := csv.NewReader(strings.NewReader(write(t, format, list, r, report.Options{}))).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Errorf("%s: %d rows, %v", format, len(rows), err)
			}
		}
		inert(t, write(t, "table", list, r, report.Options{Width: 100}), "\n")
		checkPage(t, write(t, "html", list, r, report.Options{}))
	})
}

// TestIncidentJSON holds the shape that other programs rely on.
func TestIncidentJSON(t *testing.T) {
	var got struct {
		Kind     string
		Rows     *int
		Rule     struct{ Title, Language, Level string }
		Severity string
		Incident struct {
			Number                                         int
			Status, Owner, Classification, Reason, Comment string
			Labels                                         []string
			Alerts                                         []struct{ ID, Time, Title, Why string }
			Tasks                                          []struct{ Title, Description string }
			Automation                                     []struct {
				Rule, ID, When, Time, Did string
				NotRun                    string `json:"not_run"`
				Order                     int
			}
		}
	}
	if err := json.Unmarshal(incidentOf("x").AppendJSON(nil), &got); err != nil {
		t.Fatal(err)
	}
	in := got.Incident
	if got.Kind != "Incident" || got.Rows != nil || got.Rule.Title != "Incident: x" || got.Rule.Language != "incident" || got.Rule.Level != "high" || got.Severity != "high" {
		t.Errorf("%+v", got)
	}
	if in.Number != 1 || in.Status != "x" || in.Owner != "x" || in.Comment != "x" || len(in.Labels) != 1 || len(in.Alerts) != 2 || in.Alerts[1].Time == "" || len(in.Tasks) != 1 || len(in.Automation) != 3 {
		t.Errorf("%+v", in)
	}
	if step := in.Automation[0]; step.When != "Created" || step.NotRun != "playbook x" || !strings.Contains(step.Did, "labels x; task x") {
		t.Errorf("%+v", step)
	}
}

// TestTalkOfIncidents: the summary says what came of alerts and of summary rules, and what nobody asked for.
func TestTalkOfIncidents(t *testing.T) {
	said := talk(&engine.Report{Summaries: engine.SummaryReport{Rules: 2, Bins: 5, Rows: 1, Untimed: 1},
		Sentinel: engine.SentinelReport{Alerts: 1, Incidents: 1, Lost: 2}}, report.TalkOptions{Automation: 3})
	for _, want := range []string{
		"1 row of 2 summary rules, for 5 spans of time; 1 event without a time is in none\n", "1 incident of 1 alert\n", "2 alerts were too many, and are in no incident\n",
		"3 automation rules not applied (--incidents)\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
}
