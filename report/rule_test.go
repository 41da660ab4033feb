package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/packs"
	"goshawk/report"
)

// builtinRule returns the page of a built-in rule, with tests as if they had been run.
func builtinRule(t testing.TB, id string) *report.Rule {
	t.Helper()
	files, err := detection.FindIn(packs.Core, "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range compile.Files(files, compile.Options{}).Rules {
		if r.Detection.ID == id {
			v := report.RuleOf(r)
			v.Tests = []report.RuleTest{
				{Kind: "validation", Status: "pass"},
				{Kind: "unit", Name: "one", Status: "pass", Rows: 2, Passed: "2026-05-12T08:00:00Z", Data: []report.RuleTestData{{Path: "a/b.log", URL: "https://example.org/a/b.log", Source: "s", Sourcetype: "t"}}},
				{Kind: "integration", Name: "one", Status: "fail", Reason: "no row makes a finding"},
			}
			return v
		}
	}
	t.Fatalf("there is no built-in rule %s", id)
	return nil
}

const (
	remoteAt = "4be54858-432f-11ec-8209-3e22fbd008af"
	linuxAt  = "d2d642d7-b393-43fe-bae4-e81ed5915c4b"
	huntAt   = "3f9b6a52-6c1d-4e0b-9d27-51b0a8c4f7e6"
)

// Everything that the page of a published detection shows must be on ours, in every format.
func TestRulePageIsWhole(t *testing.T) {
	v := builtinRule(t, remoteAt)
	var html bytes.Buffer
	if err := report.RulesHTML(&html, []*report.Rule{v}, report.RuleOptions{}); err != nil {
		t.Fatal(err)
	}
	space := regexp.MustCompile(`\s+`)
	pages := map[string]string{
		"text": space.ReplaceAllString(v.Text(report.RuleOptions{Width: 120}), " "), "md": strings.ReplaceAll(v.Markdown(), `\$`, "$"), "html": visible(t, html.String()), "json": string(v.JSON()),
	}
	for _, want := range []string{
		remoteAt, "2024-09-30", "Mauricio Velazco, Splunk", "production", "TTP", "T1053.002", "Scheduled Task/Job: At", "Privilege Escalation",
		"Somebody ran at.exe against another Windows machine", "security_content_ctime(firstTime)", "fillnull_value=null", "rename Processes.* as *",
		"scheduled_task_creation_on_remote_endpoint_using_at_filter", "Sysmon EventID 1", "Windows Event Log Security 4688", "CrowdStrike ProcessRollup2",
		"Splunk Add-on for Sysmon", "XmlWinEventLog:Security", "Active Directory Lateral Movement", "Living Off The Land", "Scheduled Tasks",
		"0 * * * *", "-70m@m", "-10m@m", "auto", "%name%", "%description%", "A Windows Scheduled Task was created on a remote endpoint from $dest$", "90", "60", "54",
		"system", "endpoint", "Collect process creation with full command lines", "Administrators and old scripts", "windows-server/administration/windows-commands/at",
		"View risk events for the last 7 days for $dest$", "$info_min_time$", "DE.CM", "CIS 10", "Exploitation", "2026-05-12T08:00:00Z", "no row makes a finding", "a/b.log",
		"cim/Endpoint.Processes", "firstTime", "lastTime",
	} {
		for format, page := range pages {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %q", format, want)
			}
		}
	}
	var object map[string]any
	if err := json.Unmarshal(v.JSON(), &object); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"macros", "data_sources", "stories", "configuration", "risk", "annotations", "drilldowns", "tests", "engine", "source", "plan", "diagnostics"} {
		if object[key] == nil {
			t.Errorf("json: there is no %s", key)
		}
	}
}

// So must what a rule of Sentinel says.
func TestSentinelRulePageIsWhole(t *testing.T) {
	source := &diag.Source{Name: "rule.yaml", Text: "x"}
	column := func(name string) detection.Column { return detection.Column{Name: name} }
	severity := column("Gravity")
	d := &detection.Detection{ID: "i", Title: "A rule", Language: detection.KQL, Level: detection.High, Query: source, Alert: &detection.Alert{
		Kind: detection.Scheduled, Version: "1.2.3", Frequency: 36_000_000_000, Period: 14 * 864_000_000_000, Trigger: detection.Trigger{Operator: "gt", Threshold: 4},
		PerResult: true, Suppression: 3_000_000_000, Entities: []detection.EntityMapping{{Type: "Host", Fields: []detection.EntityField{{Identifier: "HostName", Column: column("Computer")}}}},
		EntityColumns: []detection.Column{column("Entities")}, CustomDetails: []detection.CustomDetail{{Name: "Tries", Column: column("Failures")}},
		Override: detection.Override{Name: "Many {{Failures}}", Description: "About {{Computer}}", SeverityColumn: &severity, Properties: []detection.DynamicProperty{{Name: "AlertLink", Column: column("Link")}}},
		Incident: detection.IncidentConfiguration{Create: true, Grouping: detection.Grouping{Enabled: true, Reopen: true, LookBack: 180_000_000_000, Method: detection.Selected,
			Entities: []string{"Account"}, Details: []string{"DisplayName"}, Custom: []string{"Tries"}}},
		Tactics: []string{"CredentialAccess"}, Connectors: []detection.Connector{{ID: "SecurityEvents", DataTypes: []string{"SecurityEvent"}}},
		Schemas: []detection.AlertSchema{{Name: "ProcessEvent", Version: "0.1.4"}}, RecommendedActions: "Ask them.", Placeholders: []string{"StartTimeISO"},
	}, Related: []detection.Relation{{ID: "other", Type: "derived"}}}
	v := report.RuleOf(&compile.Rule{Detection: d, Refused: true})
	var html bytes.Buffer
	if err := report.RulesHTML(&html, []*report.Rule{v}, report.RuleOptions{}); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"text": v.Text(report.RuleOptions{Width: 120}), "md": v.Markdown(), "html": visible(t, html.String()), "json": string(v.JSON())}
	for _, want := range []string{"1.2.3", "1h", "14d", "5m", "5h", "4", "HostName", "Computer", "Entities", "Tries", "Failures", "Many {{Failures}}", "About {{Computer}}", "Gravity", "AlertLink",
		"Link", "DisplayName", "CredentialAccess", "SecurityEvents", "SecurityEvent", "ProcessEvent", "0.1.4", "Ask them.", "StartTimeISO", "other", "derived"} {
		for format, page := range pages {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %q", format, want)
			}
		}
	}
}

func TestRulePageGolden(t *testing.T) {
	for _, test := range []struct{ file, id string }{{"rule.spl", remoteAt}, {"rule.sigma", linuxAt}, {"rule.kql", huntAt}} {
		v := builtinRule(t, test.id)
		if v.Query != nil { // so has the taxonomy, and the language
			v.Query.Tables, v.Query.Columns, v.Query.Operators, v.Engine.Output = []report.RuleTable{{Name: "ProcessEvent (ASIM)", Fed: true, Sources: []string{"sysmon"}}, {Name: "AWSCloudTrail"}}, nil, []string{"where"}, []string{"DvcHostname", "ActorUsername"}
		}
		v.Engine.Feeds, v.Plan = nil, "" // which the taxonomy and the planner may change
		v.Engine.Mode, v.Engine.Reason = "per-event", "as the sample says"
		var html bytes.Buffer
		if err := report.RulesHTML(&html, []*report.Rule{v}, report.RuleOptions{Version: "0.1.0"}); err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{".txt": v.Text(report.RuleOptions{Width: 100}), ".md": v.Markdown(), ".html": html.String()} {
			path := filepath.Join("testdata", test.file+name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run the test with -update)", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s: -want +got\n%s", path, diff)
			}
		}
	}
}

// visible returns the text of a page, and fails where the page is not well-formed or loads something.
func visible(t *testing.T, page string) string {
	t.Helper()
	var text strings.Builder
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			for _, a := range token.Attr {
				name := strings.ToLower(a.Name.Local)
				switch {
				case name == "href" && !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "https://") && !strings.HasPrefix(a.Value, "http://"):
					t.Errorf("a link leads to %.80q", a.Value)
				case name == "src" || strings.HasPrefix(name, "on") || name == "style":
					t.Errorf("<%s %s=%.80q>", token.Name.Local, name, a.Value)
				}
			}
			if token.Name.Local == "script" || token.Name.Local == "img" || token.Name.Local == "iframe" {
				t.Errorf("the page has a <%s>", token.Name.Local)
			}
		}
	}
}

// hostileRule puts a text into every place that an author can fill.
func hostileRule(text string) *report.Rule {
	source := &diag.Source{Name: text, Text: text}
	d := &detection.Detection{
		ID: text, Name: text, Title: text, Language: detection.SPL, Status: text, Description: text, Author: text, License: text, Date: text, Modified: text,
		References: []string{text, "https://example.org/" + text}, Tags: []string{text, "attack.t1053"}, FalsePositives: []string{text, text}, Fields: []string{text}, DataSource: text,
		Answer: &detection.Answer{Kind: detection.TTP, Finding: true, Risk: true, Title: text, Description: text, Message: text, FindingFields: []string{text},
			RiskObjects: []detection.RiskObject{{Field: text, Type: text, Score: 1, Message: text + "2"}}, ThreatObjects: []detection.ThreatObject{{Field: text, Type: text}},
			Drilldowns: []detection.Drilldown{{Name: text, Search: text, Earliest: text, Latest: text}}, Throttle: &detection.Throttle{Fields: []string{text}, Period: 1},
			Severity: text, SecurityDomain: text, Annotations: []detection.Annotation{{Name: "nist", Values: []string{text}}}},
		Schedule: &detection.Schedule{Cron: text, Earliest: text, Latest: text, Window: text}, Type: text, Stories: []string{text}, DataSources: []string{text},
		RequiredFields: []string{text}, CVE: []string{text}, AtomicGUIDs: []string{text}, Products: []string{text}, Baselines: []string{text}, AssetType: text,
		HowToImplement: text, ManualTest: text, KnownFalsePositives: text, Deprecated: text, Path: text, Query: source, Span: diag.Span{End: len(text)},
	}
	search := diag.NewText(source)
	d.Search = search
	r := &compile.Rule{Detection: d, Refused: true}
	r.Diagnostics.Errorf(source, diag.Span{End: len(text)}, text, "%s", text).Hint = text
	v := report.RuleOf(r)
	v.Macros = []report.RuleMacro{{Name: text, Arguments: []string{text}, Definition: text, Description: text, Path: text}, {Name: text, Slot: true, Filled: true}}
	v.Lookups = []report.RuleLookup{{Name: text, Description: text, Kind: text, Columns: []string{text}, Missing: text, Path: text}}
	v.Alert = &report.RuleAlert{Kind: text, Version: text, Frequency: text, Period: text, Start: text, Suppression: text, Trigger: report.RuleTrigger{Operator: text},
		Entities: []report.RuleEntityMapping{{Type: text, Fields: []report.RuleEntityField{{Identifier: text, Column: text}}}}, EntityColumns: []string{text},
		CustomDetails: []report.RuleDetail{{Name: text, Column: text}}, Tactics: []string{text}, Connectors: []report.RuleConnector{{ID: text, DataTypes: []string{text}}},
		Override: &report.RuleOverride{Name: text, Description: text, SeverityColumn: text, TacticsColumn: text, Properties: []report.RuleDetail{{Name: text, Column: text}}},
		Incident: report.RuleIncident{Create: true, Grouping: true, LookBack: text, Method: text, Entities: []string{text}, Details: []string{text}, Custom: []string{text}},
		Schemas:  []report.RuleSchema{{Name: text, Version: text}}, RecommendedActions: text, Placeholders: []string{text}}
	v.Query = &report.RuleQuery{Tables: []report.RuleTable{{Name: text, Sources: []string{text}}}, Operators: []string{text}, Columns: []report.RuleColumn{{Name: text, Type: text}},
		LooksBack: []string{text}, Render: text}
	v.Related = []report.RuleRelation{{ID: text, Type: text, Title: text}}
	v.Tests = []report.RuleTest{{Kind: text, Name: text, Status: text, Reason: text, Passed: text, Data: []report.RuleTestData{{Path: text, URL: text, Source: text, Sourcetype: text}}}}
	v.Logs = &report.RuleLogs{Records: 1, Blind: text, Fields: []string{text}}
	v.Engine.Feeds = []report.RuleFeed{{Table: text, Columns: []string{text}, Where: text}}
	v.Engine.Output, v.Engine.Writes, v.Engine.Runs, v.Plan = []string{text}, []string{text}, true, text
	return v
}

func TestHostileRulePage(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		v := hostileRule(text)
		for _, width := range []int{0, 1, 80, 200} {
			colored := v.Text(report.RuleOptions{Width: width, Color: true})
			plain := v.Text(report.RuleOptions{Width: width})
			if got := ownColors.ReplaceAllString(colored, ""); got != plain {
				t.Errorf("colours change the text")
			}
			inert(t, plain, "\n\t")
		}
		inert(t, v.Markdown(), "\n\t")
		line := string(v.JSON())
		inert(t, line, "")
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %.200s", line)
		}
		var object struct{ Title string }
		if err := json.Unmarshal([]byte(line), &object); err != nil || utf8.ValidString(text) && text != "" && object.Title != text {
			t.Errorf("%v: the title is %.80q", err, object.Title)
		}
		var html bytes.Buffer
		if err := report.RulesHTML(&html, []*report.Rule{v, v}, report.RuleOptions{Version: text}); err != nil {
			t.Fatal(err)
		}
		inert(t, html.String(), "\n\t")
		visible(t, html.String())
	})
}

// What is markup of Markdown in an author's text must not act.
func TestMarkdownIsInert(t *testing.T) {
	r := &compile.Rule{Refused: true, Detection: &detection.Detection{Title: "# a [b](c) <b>*d*</b> `e` | f_g _h_ ![i](j) &lt; &", Description: "# head\n\n- point\n\n1. number\n\n```\ncode\n```\n\n> quote\n\n<script>x</script>"}}
	got := report.RuleOf(r).Markdown()
	for _, want := range []string{
		"# # a \\[b\\](c) \\<b\\>\\*d\\*\\</b\\> \\`e\\` \\| f_g \\_h\\_ !\\[i\\](j) \\&lt; &\n", "\n\\# head\n", "\n\\- point\n", "\n1\\. number\n", "\n\\`\\`\\` code \\`\\`\\`\n", "\n\\> quote\n", "\\<script\\>x",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
