package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
)

// sentinelRule compiles an analytic rule of the given keys and query.
func sentinelRule(t *testing.T, keys, query string) *compile.Rule {
	t.Helper()
	text := "id: 0b0e4b1e-0000-4000-8000-000000000002\nname: Somebody asks who he is\ndescription: whoami\nseverity: Medium\ntactics: [Discovery]\nrelevantTechniques: [T1033]\nversion: 1.0.0\n"
	for _, key := range strings.Split(keys, ";") {
		text += strings.TrimSpace(key) + "\n"
	}
	text += "query: |\n  " + strings.ReplaceAll(strings.TrimSpace(query), "\n", "\n  ") + "\n" +
		"entityMappings:\n  - entityType: Host\n    fieldMappings:\n      - identifier: HostName\n        columnName: DeviceName\n"
	files, err := detection.FindIn(fstest.MapFS{"rule.yaml": &fstest.MapFile{Data: []byte(text)}}, "test:")
	if err != nil || len(files) != 1 {
		t.Fatal(len(files), err)
	}
	rules := compile.Files(files, compile.Options{}).Rules
	if len(rules) != 1 || rules[0].Refused {
		t.Fatalf("%d rules: %v", len(rules), rules[0].Diagnostics)
	}
	return rules[0]
}

const (
	whoamis = "DeviceProcessEvents\n| where FileName =~ 'whoami.exe'\n| project TimeGenerated, DeviceName, AccountName"
	perHost = "DeviceProcessEvents\n| where FileName =~ 'whoami.exe'\n| summarize n = count() by DeviceName"
	nothing = "DeviceProcessEvents\n| where FileName =~ 'nobody.exe'\n| project TimeGenerated, DeviceName"
	hourly  = "kind: Scheduled; queryFrequency: 1h; queryPeriod: 1h; triggerOperator: gt; triggerThreshold: 0"
	each    = "; eventGroupingSettings: {aggregationKind: AlertPerResult}"
)

// clock is a time of 1 May 2026 as hours and minutes.
func clock(t *testing.T, ticks int64) string {
	t.Helper()
	return event.TimeOf(ticks).Format("15:04")
}

// at is a process at a time of 1 May 2026 that is written 15:04:05.
func at(when, host, image string) string {
	var h, m, s int
	fmt.Sscanf(when, "%d:%d:%d", &h, &m, &s)
	return fmt.Sprintf("%d %s eve %s", h*3600+m*60+s, host, image)
}

// TestSentinelSchedules: what the schedule and the trigger of an analytic rule make of some processes. A run at T looks at what lies
// from T-5m-period, inside, to T-5m, outside ("Create a custom analytics rule from scratch"). Each finding is told as its window, the
// number of its rows and of its events.
func TestSentinelSchedules(t *testing.T) {
	log := []string{
		at("09:54:59", "ws1", "whoami.exe"), at("09:55:00", "ws1", "whoami.exe"), at("10:10:00", "ws2", "whoami.exe"), at("10:20:00", "ws2", "cmd.exe"),
		at("10:54:59", "ws2", "whoami.exe"), at("10:55:00", "ws3", "whoami.exe"), at("14:30:00", "ws1", "whoami.exe"),
	}
	for _, c := range []struct {
		name, keys, query string
		want              []string
		slots             int64
		untriggered       int64
	}{
		{"one alert of a run", hourly, whoamis, []string{"08:55-09:55 1 1", "09:55-10:55 3 3", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 4, 0},
		{"an alert of each row", hourly + each, whoamis, []string{"1", "1", "1", "1", "1", "1"}, 0, 0},
		{"an alert of each group", hourly + each, perHost, []string{"08:55-09:55 1 1", "09:55-10:55 1 1", "09:55-10:55 1 2", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 4, 0},
		{"groups in one alert", hourly, perHost, []string{"08:55-09:55 1 1", "09:55-10:55 2 3", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 4, 0},
		{"a threshold", strings.Replace(hourly, "Threshold: 0", "Threshold: 2", 1), whoamis, []string{"09:55-10:55 3 3"}, 4, 3},
		{"a threshold, each row", strings.Replace(hourly, "Threshold: 0", "Threshold: 2", 1) + each, whoamis, []string{"09:55-10:55 1 1", "09:55-10:55 1 1", "09:55-10:55 1 1"}, 4, 3},
		{"a threshold over windows that overlap", "kind: Scheduled; queryFrequency: 30m; queryPeriod: 1h; triggerOperator: gt; triggerThreshold: 3" + each, whoamis,
			nil, 6, 11}, // 08:55-09:55 1, 09:25-10:25 3, 09:55-10:55 3, 10:25-11:25 2, 10:55-11:55 1, 13:55-14:55 1; 14:25-15:25 has the row of the one before
		{"windows that overlap", "kind: Scheduled; queryFrequency: 30m; queryPeriod: 1h; triggerOperator: gt; triggerThreshold: 1", whoamis,
			[]string{"09:25-10:25 3 3", "09:55-10:55 3 3", "10:25-11:25 2 2"}, 6, 3},
		{"equal", strings.Replace(hourly, "gt; triggerThreshold: 0", "eq; triggerThreshold: 1", 1), whoamis, []string{"08:55-09:55 1 1", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 0, 3},
		{"suppression", hourly + "; suppressionEnabled: true; suppressionDuration: 2h", whoamis, []string{"08:55-09:55 1 1", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 3, 0},
		{"the query looks less far back", strings.Replace(hourly, "Period: 1h", "Period: 1d", 1), strings.Replace(whoamis, "| where", "| where TimeGenerated > ago(1h)\n| where", 1),
			[]string{"08:55-09:55 1 1", "09:55-10:55 3 3", "10:55-11:55 1 1", "13:55-14:55 1 1"}, 4, 0},
		{"near real time", "kind: NRT", whoamis, []string{"09:54-09:55 1 1", "09:55-09:56 1 1", "10:10-10:11 1 1", "10:54-10:55 1 1", "10:55-10:56 1 1", "14:30-14:31 1 1"}, 6, 0},
	} {
		rules := []*compile.Rule{sentinelRule(t, c.keys, c.query)}
		for _, threads := range []int{1, 3} {
			found, report := scan(t, engine.Scan{Paths: []string{started(t, log...)}, Rules: rules, AsScheduled: true, Threads: threads})
			var got []string
			for _, f := range found {
				if f.Alert == nil || f.Title != "Somebody asks who he is" || f.Host == "" || len(f.Alert.Entities) == 0 {
					t.Errorf("%s: %+v", c.name, f)
				}
				if f.From == 0 {
					got = append(got, fmt.Sprint(len(f.Evidence)))
					continue
				}
				got = append(got, fmt.Sprintf("%s-%s %d %d", clock(t, f.From), clock(t, f.To), max(f.Rows, 1), len(f.Evidence)))
			}
			if !slices.Equal(got, c.want) || c.slots > 0 && report.Slots != c.slots || report.Untriggered != c.untriggered || len(report.Failed) > 0 {
				t.Errorf("%s: %q in %d slots, %d rows untriggered; want %q in %d, %d", c.name, got, report.Slots, report.Untriggered, c.want, c.slots, c.untriggered)
			}
		}
	}
}

// TestSilenceAlerts: a rule that alerts on too few rows speaks of each window of the data without any, and of none beside it.
func TestSilenceAlerts(t *testing.T) {
	rule := sentinelRule(t, strings.Replace(hourly, "gt; triggerThreshold: 0", "lt; triggerThreshold: 1", 1), whoamis)
	path := started(t, at("09:00:00", "ws1", "whoami.exe"), at("10:00:00", "ws1", "cmd.exe"), at("11:50:00", "ws1", "whoami.exe"))
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{rule}, AsScheduled: true})
	var got []string
	ids := map[string]bool{}
	for _, f := range found {
		got = append(got, clock(t, f.From)+"-"+clock(t, f.To))
		ids[f.ID] = true
		if len(f.Evidence) > 0 || f.Alert == nil {
			t.Errorf("%+v", f)
		}
	}
	if want := []string{"09:55-10:55"}; !slices.Equal(got, want) || len(ids) != len(got) || report.Slots != 3 {
		t.Errorf("silence in %q, want %q; %d slots", got, want, report.Slots)
	}
	quiet := sentinelRule(t, hourly, nothing)
	if found, _ := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{quiet}, AsScheduled: true}); len(found) != 0 {
		t.Errorf("%d findings of nothing", len(found))
	}
}

// TestNowOfRun: now() and ago() in a run count from the end of its window.
func TestNowOfRun(t *testing.T) {
	rule := sentinelRule(t, strings.Replace(hourly, "Period: 1h", "Period: 3h", 1)+each,
		"DeviceProcessEvents\n| where FileName =~ 'whoami.exe'\n| where TimeGenerated between (ago(2h) .. ago(1h))\n| extend now_ = now()\n| project TimeGenerated, DeviceName, now_")
	path := started(t, at("09:30:00", "ws1", "whoami.exe"), at("12:10:00", "ws2", "whoami.exe"))
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{rule}, AsScheduled: true})
	var got []string
	for _, f := range found {
		now, _, _ := event.ParseTime(f.Fields.Get("now_").Text())
		got = append(got, f.Host+" "+clock(t, now)+" "+clock(t, f.To))
	}
	if want := []string{"ws1 10:55 10:55", "ws2 13:55 13:55"}; !slices.Equal(got, want) || len(report.Failed) > 0 {
		t.Errorf("%q, want %q; %v", got, want, report.Failed)
	}
}

// TestSentinelRuleInOnePass: without schedules a rule is asked of all of the data at once, whatever times its query names, and each row
// is a finding.
func TestSentinelRuleInOnePass(t *testing.T) {
	path := started(t, at("09:30:00", "ws1", "whoami.exe"), at("12:10:00", "ws2", "whoami.exe"))
	for _, c := range []struct {
		keys, query string
		want        int
	}{
		{hourly, whoamis, 2},
		{hourly, strings.Replace(whoamis, "| where", "| where TimeGenerated > ago(1h)\n| where", 1), 2},
		{strings.Replace(hourly, "Threshold: 0", "Threshold: 1", 1), whoamis, 2},
		{strings.Replace(hourly, "Threshold: 0", "Threshold: 2", 1), whoamis, 0},
		{"kind: NRT", whoamis, 2},
	} {
		rule := sentinelRule(t, c.keys, c.query)
		found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{rule}})
		if len(found) != c.want || report.Untriggered != int64(2-c.want) {
			t.Errorf("%s: %d findings, %d rows untriggered; want %d", c.keys, len(found), report.Untriggered, c.want)
		}
	}
}

// TestRunsSaySoOnce: what a run of a window finds that overlaps the one before is not said again, however the runs fall.
func TestRunsSaySoOnce(t *testing.T) {
	var log []string
	for i := range 40 {
		log = append(log, at(fmt.Sprintf("%02d:%02d:00", 8+i/10, i%10*6), fmt.Sprintf("ws%d", i%3), "whoami.exe"))
	}
	rule := sentinelRule(t, "kind: Scheduled; queryFrequency: 10m; queryPeriod: 1h; triggerOperator: gt; triggerThreshold: 0"+each, whoamis)
	one := sentinelRule(t, hourly, whoamis)
	found, _ := scan(t, engine.Scan{Paths: []string{started(t, log...)}, Rules: []*compile.Rule{rule, one}, AsScheduled: true})
	ids := map[string]bool{}
	rows := 0
	for _, f := range found {
		if f.Detection == one.Detection {
			rows += max(f.Rows, 1)
			continue
		}
		if ids[f.ID] {
			t.Errorf("%s is said twice", f.ID)
		}
		ids[f.ID] = true
	}
	if len(ids) != len(log) || rows != len(log) {
		t.Errorf("%d findings and %d rows of %d events", len(ids), rows, len(log))
	}
}
