package escu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/escu"
	"goshawk/diag"
)

// tactics are those of the techniques that the cases name.
func tactics(technique string) []string {
	return map[string][]string{
		"T1053":     {"execution", "persistence", "privilege-escalation"},
		"T1053.002": {"Execution", "Persistence", "Privilege Escalation"},
		"T1021":     {"lateral-movement"},
		"T1105":     {"command-and-control"},
		"T1486":     {"impact"},
	}[technique]
}

// TestCases reads the folders of files under testdata.
func TestCases(t *testing.T) {
	casetest.Run(t, "testdata", func(t *testing.T, files fstest.MapFS, remark string) (facts []string, list diag.List) {
		packs, err := escu.LoadFS(files, "", escu.Options{Tactics: tactics, UserNames: strings.Contains(remark, "user-names")})
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

// describe says what a pack holds, one fact a line.
func describe(p *escu.Pack) []string {
	var lines []string
	say := func(format string, args ...any) {
		lines = append(lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	for _, d := range append(append([]*detection.Detection{}, p.Detections...), p.Baselines...) {
		describeDetection(d, func(format string, args ...any) { say(d.Name+": "+format, args...) })
		if p.DiagnosticsOf(d).Failed() {
			say("%s: refused", d.Name)
		}
	}
	var keys []string
	for key := range p.Macros {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		m := p.Macros[key]
		slot := ""
		if m.Slot {
			slot = " (slot)"
		}
		say("macro %s %v = %s%s", key, m.Args, m.Definition.String, slot)
		if m.Validation != "" {
			say("macro %s needs %s, else %s", key, m.Validation, m.Message)
		}
	}
	keys = nil
	for key := range p.Lookups {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		l := p.Lookups[key]
		say("lookup %s: %s %v %q", key, l.Kind, l.Columns, l.Rows)
		say("lookup %s: match %v, case %v, min %d, max %d, default %q", key, l.Match, l.CaseSensitive, l.Min, l.Max, l.Default)
		if l.Missing != "" {
			say("lookup %s: missing: %s", key, l.Missing)
		}
		if l.Time != "" {
			say("lookup %s: time %s %s %d %d", key, l.Time, l.TimeFormat, l.MinOffset, l.MaxOffset)
		}
	}
	for name, s := range p.Stories {
		say("story %s: %s %v %v: %s", name, s.UseCase, s.Categories, s.Products, s.Narrative)
	}
	for name, d := range p.DataSources {
		say("data source %s: %s %s %s %v %v %v %v %v", name, d.Source, d.Sourcetype, d.Separator, d.Fields, d.AddOns, d.FieldMappings, d.Conversions, len(d.ExampleLog))
	}
	return lines
}

func describeDetection(d *detection.Detection, say func(format string, args ...any)) {
	a := d.Answer
	say("%s %s %q version %d, %s, of %s %s", d.ID, d.Type, d.Title, d.Version, d.Status, d.Date, d.Modified)
	say("kind %s, finding %v, risk %v, severity %s, level %s, score %d = %d x %d", a.Kind, a.Finding, a.Risk, a.Severity, d.Level, a.RiskScore, a.Impact, a.Confidence)
	say("title %s", a.Title)
	say("description %s", a.Description)
	say("message %s", a.Message)
	say("fields %v", a.FindingFields)
	say("domain %s", a.SecurityDomain)
	for _, o := range a.RiskObjects {
		say("risk %s %s %d %s", o.Field, o.Type, o.Score, o.Message)
	}
	for _, o := range a.ThreatObjects {
		say("threat %s %s", o.Field, o.Type)
	}
	for _, x := range a.Annotations {
		say("annotation %s %s", x.Name, strings.Join(x.Values, "; "))
	}
	for _, x := range a.Drilldowns {
		say("drilldown %s: %s [%s, %s]", x.Name, x.Search, x.Earliest, x.Latest)
	}
	if a.Throttle != nil {
		say("throttle %v %d", a.Throttle.Fields, a.Throttle.Period)
	}
	if s := d.Schedule; s != nil {
		say("schedule %s from %s to %s, window %s, disabled %v, continuous %v", s.Cron, s.Earliest, s.Latest, s.Window, s.Disabled, s.Continuous)
	}
	for _, x := range d.Tests {
		expect := "any"
		if x.Expect != nil {
			expect = fmt.Sprint(*x.Expect)
		}
		say("test %s [%s, %s] expects %s", x.Name, x.Earliest, x.Latest, expect)
		for _, data := range x.Data {
			say("test data %s source %s sourcetype %s host %q index %q", data.Path, data.Source, data.Sourcetype, data.Host, data.Index)
		}
	}
	say("tags %v, cve %v, atomic %v", d.Tags, d.CVE, d.AtomicGUIDs)
	say("stories %v, data sources %v, baselines %v, products %v, asset %s", d.Stories, d.DataSources, d.Baselines, d.Products, d.AssetType)
	if d.Search != nil {
		say("search %q", d.Search.String)
	}
	if d.Deprecated != "" {
		say("deprecated %s", d.Deprecated)
	}
	if d.ManualTest != "" {
		say("manual %s", d.ManualTest)
	}
	if d.License != "" {
		say("license %s", d.License)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
