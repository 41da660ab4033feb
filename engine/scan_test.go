package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/taxonomy"
)

// TestScanOfSharedData scans all there is with all rules: twice with different numbers of workers, and once without the
// index. All must give the same findings in the same order, and every input must be read or skipped with a reason.
func TestScanOfSharedData(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	data := shared.Dir(t, "data")
	rules := load(t, shared.Dir(t, "content", "sigma"))
	one, report := scan(t, engine.Scan{Paths: []string{data}, Rules: rules, Threads: 1})
	if len(one) == 0 || report.Events == 0 {
		t.Fatalf("%d findings in %d events", len(one), report.Events)
	}
	for _, in := range report.Inputs {
		if in.Skipped == (in.Format != "") || in.Why == "" {
			t.Errorf("%s is neither read nor skipped with a reason: %+v", in.Name, in)
		}
	}
	many, _ := scan(t, engine.Scan{Paths: []string{data}, Rules: rules, Threads: 3})
	if !reflect.DeepEqual(lines(one), lines(many)) {
		t.Error("the findings depend on the number of workers")
	}
	if raceEnabled {
		return // without the index, the race detector would need minutes and see nothing new
	}
	plain, _ := scan(t, engine.Scan{Paths: []string{data}, Rules: rules, NoIndex: true})
	if a, b := lines(one), lines(plain); !reflect.DeepEqual(a, b) {
		t.Errorf("%d findings with the index, %d without, or others", len(a), len(b))
	}
}

func lines(list []*finding.Finding) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = string(f.AppendJSON(nil))
	}
	return out
}

// rulesOf compiles the text of a Sigma rule.
func rulesOf(t *testing.T, text string) []*compile.Rule {
	t.Helper()
	set := compile.Files([]detection.File{{Source: &diag.Source{Name: "rule.yml", Text: text}, Language: detection.Sigma}}, compile.Options{})
	for _, r := range set.Rules {
		if r.Refused {
			t.Fatal(r.Diagnostics)
		}
	}
	return set.Rules
}

const whoami = `
title: Who
id: 11111111-2222-4333-8444-555555555555
logsource: {category: process_creation, product: windows}
detection:
  sel:
    Image|endswith: '\whoami.exe'
  condition: sel
`

const processes = `{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-05-01 10:00:00.000","Image":"C:\\x\\WHOAMI.EXE","User":"CORP\\eve"}
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-05-02 10:00:00.000","Image":"C:\\x\\cmd.exe","User":"CORP\\eve"}
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS2","TimeCreated":"2026-05-03 10:00:00.000","Image":"C:\\x\\whoami.exe","User":"CORP\\bob"}
`

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindingSaysWhoWhereAndWhy(t *testing.T) {
	path := write(t, "log", processes)
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: rulesOf(t, whoami)})
	if len(found) != 2 || report.Events != 3 || report.Matched != 2 {
		t.Fatalf("%d findings, report %+v", len(found), report)
	}
	f := found[0]
	want := []finding.Reason{{Clause: `sel: Image|endswith: '\whoami.exe'`, Field: "Image", Value: `C:\x\WHOAMI.EXE`, From: 4, To: 15}}
	if f.Host != "WS1" || f.User != `CORP\eve` || event.FormatTime(f.Time) != "2026-05-01T10:00:00Z" || !reflect.DeepEqual(f.Why, want) {
		t.Errorf("host %q, user %q, time %s, why %+v", f.Host, f.User, event.FormatTime(f.Time), f.Why)
	}
	if e := f.Evidence[0]; e.Source != path || e.Record != 1 {
		t.Errorf("evidence %+v", e)
	}
	again, _ := scan(t, engine.Scan{Paths: []string{path}, Rules: rulesOf(t, whoami)})
	if again[0].ID != f.ID || found[1].ID == f.ID {
		t.Errorf("ids %s, %s and again %s", f.ID, found[1].ID, again[0].ID)
	}
}

func TestFromAndTo(t *testing.T) {
	from, _, _ := event.ParseTime("2026-05-01T10:00:00Z")
	to, _, _ := event.ParseTime("2026-05-03T10:00:00Z")
	found, report := scan(t, engine.Scan{Paths: []string{write(t, "log", processes)}, Rules: rulesOf(t, whoami), From: from, To: to})
	if len(found) != 1 || found[0].Host != "WS1" || report.Outside != 1 {
		t.Errorf("%d findings, %d outside", len(found), report.Outside)
	}
}

func TestBlindRules(t *testing.T) {
	rules := append(rulesOf(t, whoami), rulesOf(t, `
title: Needs a field that is not there
logsource: {category: process_creation, product: windows}
detection: {sel: {OriginalFileName: x.exe}, condition: sel}
`)...)
	rules = append(rules, rulesOf(t, `
title: Of another world
logsource: {product: linux, service: auditd}
detection: {sel: {type: EXECVE}, condition: sel}
`)...)
	_, report := scan(t, engine.Scan{Paths: []string{write(t, "log", processes)}, Rules: rules})
	if len(report.Blind) != 2 || !reflect.DeepEqual(report.Blind[0].Fields, []string{"OriginalFileName"}) || report.Blind[1].Fields != nil {
		t.Errorf("%+v", report.Blind)
	}
}

func TestInterruptedScanKeepsWhatItFound(t *testing.T) {
	path := write(t, "log", strings.Repeat(processes, 20_000))
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	s := engine.Scan{Paths: []string{path}, Rules: rulesOf(t, whoami), Taxonomy: taxonomy.Default(), Finding: func(*finding.Finding) error {
		if n++; n == 100 {
			cancel()
		}
		return nil
	}}
	report, err := s.Run(ctx)
	if err != nil || !report.Interrupted || report.Findings != int64(n) || n < 100 || n >= 40_000 {
		t.Errorf("error %v, %d findings, report %+v", err, n, report)
	}
}

func TestFailingWriterEndsTheScan(t *testing.T) {
	full := errors.New("disk full")
	s := engine.Scan{Paths: []string{write(t, "log", strings.Repeat(processes, 20_000))}, Rules: rulesOf(t, whoami), Taxonomy: taxonomy.Default(),
		Finding: func(*finding.Finding) error { return full }}
	if _, err := s.Run(context.Background()); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}
