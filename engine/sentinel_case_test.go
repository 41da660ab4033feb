package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
)

// TestSentinelCases scans the logs of the workspaces in testdata/sentinel. A file of rules is any but these sections: "events" has a line
// for each failed or successful logon of 2 March 2026, as time, event id, host, account and address, with - for what it does not have;
// "incidents", "findings", "notes" and "refused" are what must come of it, written by hand. A remark "as scheduled" replays the schedules.
// The same must come of it whatever the number of workers.
func TestSentinelCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/sentinel/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sentinelCase(t, txtar.Parse(text))
		})
	}
}

func sentinelCase(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	fsys := fstest.MapFS{}
	want := map[string]string{}
	var events string
	for _, f := range archive.Files {
		switch f.Name {
		case "events":
			events = string(f.Data)
		case "incidents", "findings", "notes", "refused":
			want[f.Name] = string(f.Data)
		default:
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	if len(want) == 0 {
		t.Fatal("nothing is vouched for")
	}
	files, err := detection.FindIn(fsys, "")
	if err != nil {
		t.Fatal(err)
	}
	set := compile.Files(files, compile.Options{})
	got := map[string]string{"refused": refusals(set)}
	scan := engine.Scan{Paths: writeLogons(t, events), AsScheduled: strings.Contains(string(archive.Comment), "as scheduled")}
	scan.Sentinel.Incidents = true
	scan.Sentinel.Automation, _ = set.AutomationRules()
	for _, r := range set.Rules {
		if r.Runs() {
			scan.Rules = append(scan.Rules, r)
		}
	}
	var first string
	for threads := 1; threads <= 3; threads++ {
		scan.Threads = threads
		found, _ := scanned(t, scan)
		all := ""
		for _, f := range found {
			all += string(f.AppendJSON(nil)) + "\n"
		}
		if first == "" {
			first = all
		} else if all != first {
			t.Errorf("%d workers find something else:\n%s", threads, cmp.Diff(first, all))
		}
		got["incidents"], got["findings"], got["notes"] = incidentLines(found), findingLines(found), noteLines(found)
	}
	for section, text := range want {
		if diff := cmp.Diff(text, got[section]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", section, diff)
		}
	}
	if _, expected := want["refused"]; !expected && got["refused"] != "" {
		t.Errorf("refused: %s", got["refused"])
	}
}

// writeLogons writes lines of logons as events of Windows into three files, in turn.
func writeLogons(t *testing.T, lines string) []string {
	t.Helper()
	dir := t.TempDir()
	var texts [3]strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		words := append(strings.Fields(line), "-", "-", "-")
		if words[0] == "-" {
			continue
		}
		if len(words[0]) == len("15:04") {
			words[0] += ":00"
		}
		row := map[string]any{"Channel": "Security", "Provider_Name": "Microsoft-Windows-Security-Auditing", "TimeCreated": "2026-03-02T" + words[0] + "Z", "EventRecordID": i + 1}
		if _, err := fmt.Sscan(words[1], new(int)); err != nil {
			t.Fatalf("line %d: %q is no event id", i+1, words[1])
		}
		row["EventID"] = json.Number(words[1])
		for j, name := range []string{"Computer", "TargetUserName", "IpAddress"} {
			if words[2+j] != "-" {
				row[name] = words[2+j]
			}
		}
		text, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		texts[i%3].Write(append(text, '\n'))
	}
	for i := range texts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.jsonl", i)), []byte(texts[i].String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return []string{dir}
}

func scanned(t *testing.T, s engine.Scan) ([]*finding.Finding, *engine.Report) {
	t.Helper()
	found, report := scan(t, s)
	for _, failed := range report.Failed {
		t.Errorf("%s: %v", failed.Rule.Detection.Title, failed.Diagnostics)
	}
	return found, report
}

// timeOfDay writes a time without its day.
func timeOfDay(ticks int64) string {
	if ticks == 0 {
		return "-"
	}
	return strings.TrimSuffix(event.TimeOf(ticks).Format("15:04:05"), ":00")
}

// incidentLines tells incidents: number, status, severity, title and the times of its alerts; below, what people would see of it, and each
// step of an automation rule.
func incidentLines(found []*finding.Finding) string {
	var b strings.Builder
	for _, f := range found {
		in := f.Incident
		if in == nil {
			continue
		}
		fmt.Fprintf(&b, "%d %s %s %s:", in.Number, in.Status, in.Level, in.Title)
		for _, a := range in.Alerts {
			b.WriteString(" " + timeOfDay(a.Time))
		}
		b.WriteByte('\n')
		for _, name := range []string{"Classification", "ClassificationReason", "ClassificationComment", "Owner", "Labels", "Tasks", "Reopened"} {
			if v := f.Fields.Get(name); !v.IsAbsent() {
				fmt.Fprintf(&b, "  %s: %s\n", name, v.Text())
			}
		}
		for i := range in.Steps {
			s := &in.Steps[i]
			fmt.Fprintf(&b, "  %s %s at %s: %s", s.Name(), strings.ToLower(s.When), timeOfDay(s.Time), s.Did())
			if not := s.NotDone(); not != "" {
				b.WriteString(" (not run: " + not + ")")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// findingLines tells all other findings: title, time and fields.
func findingLines(found []*finding.Finding) string {
	var b strings.Builder
	for _, f := range found {
		if f.Incident == nil {
			fmt.Fprintf(&b, "%s %s %s\n", timeOfDay(f.Time), f.Title, f.Fields.AppendJSON(nil))
		}
	}
	return b.String()
}

func noteLines(found []*finding.Finding) string {
	var b strings.Builder
	for _, f := range found {
		for _, note := range f.Notes {
			fmt.Fprintf(&b, "%s %s\n", timeOfDay(f.Time), note)
		}
	}
	return b.String()
}

// refusals tells the errors of rules that cannot run.
func refusals(set *compile.Set) string {
	var b strings.Builder
	for _, r := range set.Rules {
		for _, d := range r.Diagnostics {
			if r.Refused && d.Severity == diag.Error {
				b.WriteString(d.Error() + "\n")
			}
		}
	}
	return b.String()
}

// TestIncidentsDoNotDependOnOrder: the same logons give the same incidents, whatever file and line each stands in, and however many workers
// read them.
func TestIncidentsDoNotDependOnOrder(t *testing.T) {
	text, err := os.ReadFile("testdata/sentinel/automation_updates.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse(text).Files {
		if f.Name == "automation.json" || strings.HasPrefix(f.Name, "rules/") {
			data := strings.ReplaceAll(string(f.Data), "matchingMethod: AnyAlert", "lookbackDuration: PT5M, matchingMethod: Selected, groupByEntities: [Host]")
			fsys[f.Name] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	files, err := detection.FindIn(fsys, "")
	if err != nil {
		t.Fatal(err)
	}
	set := compile.Files(files, compile.Options{})
	random := rand.New(rand.NewPCG(3, 4))
	lines := make([]string, 3000)
	for i := range lines {
		lines[i] = fmt.Sprintf("%02d:%02d:%02d 4625 PC%d u%d", 8+i/1200, i/20%60, i%20*3, random.IntN(4)*random.IntN(4), random.IntN(3))
	}
	want := ""
	for threads := 1; threads <= 4; threads++ {
		s := engine.Scan{Paths: writeLogons(t, strings.Join(lines, "\n")), Rules: set.Loaded(), Threads: threads}
		s.Sentinel.Incidents = true
		s.Sentinel.Automation, _ = set.AutomationRules()
		found, report := scanned(t, s)
		got := incidentLines(found)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers and another order: %s", threads, cmp.Diff(want, got))
		}
		if report.Sentinel.Alerts != int64(len(lines)) || report.Sentinel.Incidents < 10 || report.Sentinel.Steps == 0 {
			t.Errorf("%+v", report.Sentinel)
		}
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
}

// TestWithoutIncidents: nobody who does not ask for incidents gets any, and the findings before them are the same.
func TestWithoutIncidents(t *testing.T) {
	rule := sentinelRule(t, hourly+each, "SecurityEvent\n| where EventID == 4625\n| project TimeGenerated, DeviceName = Computer")
	s := engine.Scan{Paths: writeLogons(t, "08:00 4625 PC1 ann\n08:10 4625 PC1 ann"), Rules: []*compile.Rule{rule}}
	without, report := scanned(t, s)
	if report.Sentinel != (engine.SentinelReport{}) || incidentLines(without) != "" {
		t.Errorf("%+v", report.Sentinel)
	}
	s.Sentinel.Incidents = true
	with, _ := scanned(t, s)
	if len(with) != len(without)+2 || findingLines(with) != findingLines(without) {
		t.Errorf("%d findings, %d without incidents", len(with), len(without))
	}
	s.Sentinel.MaxAlerts = 1
	if _, report = scanned(t, s); report.Sentinel.Lost != 1 || report.Sentinel.Incidents != 1 {
		t.Errorf("%+v", report.Sentinel)
	}
}
