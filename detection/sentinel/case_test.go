package sentinel_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/sentinel"
	"goshawk/diag"
)

// options know the techniques that the cases name.
var options = sentinel.Options{
	Tactics: func(technique string) []string {
		return map[string][]string{"T1003": {"credential-access"}, "T1070": {"stealth"}, "T1208": {"credential-access"}, "T1059.001": {"execution"}, "T1490": {"impact"}}[technique]
	},
	Current: func(technique string) string {
		if technique == "T1208" {
			return "T1558.003"
		}
		return technique
	},
}

// TestCases reads the folders of files under testdata.
func TestCases(t *testing.T) {
	casetest.Run(t, "testdata", func(t *testing.T, files fstest.MapFS, remark string) (facts []string, list diag.List) {
		packs, err := sentinel.LoadFS(files, "", options)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packs {
			facts = append(facts, describe(p)...)
			for _, f := range p.Files {
				list = append(list, f.Diagnostics...)
			}
		}
		return facts, list
	})
}

const second = 10_000_000

// describe says what a pack holds, one fact a line.
func describe(p *sentinel.Pack) []string {
	var lines []string
	say := func(format string, args ...any) {
		lines = append(lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	for _, d := range p.Detections {
		describeDetection(d, func(format string, args ...any) { say(d.Name+": "+format, args...) })
		if p.DiagnosticsOf(d).Failed() {
			say("%s: refused", d.Name)
		}
	}
	for _, f := range p.Functions {
		say("function %s %v %q version %s, schema %s %s, calls %v", f.Name, f.Aliases, f.Description, f.Version, f.Schema, f.SchemaVersion, f.Parsers)
		say("function %s = %q", f.Name, f.Query.String)
		for _, param := range f.Params {
			given := "must be given"
			if param.Default != nil {
				given = "= " + param.Default.String
			}
			say("function %s takes %s: %s %s", f.Name, param.Name, param.Type, given)
		}
	}
	for _, w := range p.Watchlists {
		say("watchlist %s %q by %s: key %q, %v %q", w.Alias, w.Name, w.Provider, w.Key, w.Columns, w.Rows)
		if w.Missing != "" {
			say("watchlist %s: missing: %s", w.Alias, w.Missing)
		}
	}
	for _, s := range p.SummaryRules {
		say("summary %s %q into %s: bin %ds, delay %ds, by %s: %q", s.ID, s.Name, s.Table, s.Bin/second, s.Delay/second, s.TimeColumn, s.Query.String)
	}
	for _, a := range p.AutomationRules {
		say("automation %s %q order %d, enabled %v, %s %s", a.ID, a.Name, a.Order, a.Enabled, a.On, a.When)
		for _, c := range a.Condition {
			say("automation %s if %s", a.Name, condition(c))
		}
		for _, x := range a.Actions {
			say("automation %s does %d %s %s%s%s%s%s%s%v%s%s%s", a.Name, x.Order, x.Type, x.Status, x.Severity, x.Owner, x.Classification, x.Reason, x.Comment, x.Labels, x.Title, x.Description, x.Playbook)
		}
	}
	return lines
}

func condition(c detection.Condition) string {
	text := strings.TrimSpace(fmt.Sprintf("%s %s %s %s %q", c.Type, c.Property, c.Change, c.Operator, c.Values))
	for _, inner := range c.Inner {
		text += " {" + condition(inner) + "}"
	}
	return text
}

func describeDetection(d *detection.Detection, say func(format string, args ...any)) {
	a := d.Alert
	say("%s %s %q %s %s", d.ID, d.Type, d.Title, d.Level, d.Status)
	say("version %s by %s: %s", a.Version, d.Author, d.Description)
	say("tactics %v, techniques %v, tags %v", a.Tactics, a.Techniques, d.Tags)
	say("trigger %s %d, per result %v, suppressed %ds", a.Trigger.Operator, a.Trigger.Threshold, a.PerResult, a.Suppression/second)
	if s := d.Schedule; s != nil {
		say("each %ds over %ds, %ds late, from %d, clock %q, disabled %v", s.Every/second, s.Period/second, s.Delay/second, s.Start/second, s.Clock, s.Disabled)
	} else {
		say("without a schedule")
	}
	for _, c := range a.Connectors {
		say("connector %s %q", c.ID, c.DataTypes)
	}
	for _, s := range a.Schemas {
		say("schema %s %s", s.Name, s.Version)
	}
	// at shows the author's words at the place of a column.
	at := func(c detection.Column) string {
		return fmt.Sprintf("%s at %s", c.Name, d.Query.Text[c.Place.Start:c.Place.End])
	}
	for _, m := range a.Entities {
		var fields []string
		for _, f := range m.Fields {
			fields = append(fields, f.Identifier+"="+at(f.Column))
		}
		say("entity %s %s", m.Type, strings.Join(fields, ", "))
	}
	a.Columns(func(what string, c detection.Column) { say("%s: %s", what, at(c)) })
	for _, c := range a.CustomDetails {
		say("detail %s=%s", c.Name, c.Column.Name)
	}
	say("name %q, description %q", a.Override.Name, a.Override.Description)
	for _, x := range a.Override.Properties {
		say("property %s=%s", x.Name, x.Column.Name)
	}
	g := a.Incident.Grouping
	say("incident %v, grouped %v by %s %v %v %v within %ds, reopened %v", a.Incident.Create, g.Enabled, g.Method, g.Entities, g.Details, g.Custom, g.LookBack/second, g.Reopen)
	for _, r := range d.Related {
		say("%s of %s", r.Type, r.ID)
	}
	if a.Placeholders != nil {
		say("to be filled in %v", a.Placeholders)
	}
	if d.Search != nil {
		say("search %q", d.Search.String)
	}
}
