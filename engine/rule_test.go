package engine_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// processTable is the table of processes that were created on Windows.
var processTable = taxonomy.Default().Sigma("process_creation", "windows", "").Table

// planned returns the rule of a plan written as text, with PROCESSES for the scan of the table of processes.
func planned(t testing.TB, d *detection.Detection, text string) *compile.Rule {
	t.Helper()
	rule := compile.Planned(d, readPlan(t, text), nil)
	if rule.Refused {
		t.Fatal(rule.Diagnostics)
	}
	return rule
}

func readPlan(t testing.TB, text string) plan.Node {
	t.Helper()
	for i := 1; strings.Contains(text, "PROCESSES"); i++ {
		n := ""
		if i > 1 {
			n = fmt.Sprintf("#%d", i)
		}
		columns := "[image" + n + " string, line" + n + " string, host" + n + " string, user" + n + " string, at" + n + " datetime]"
		for short, name := range map[string]string{"image": "process.executable", "line": "process.command_line", "host": "host.name", "user": "user.account", "at": "@timestamp"} {
			columns = strings.Replace(columns, short+n+" ", "`"+name+"`"+n+" ", 1)
		}
		text = strings.Replace(text, "PROCESSES", "scan `"+processTable+"` "+columns, 1)
	}
	n, list := plan.Read(&diag.Source{Name: "plan", Text: text})
	if list.Failed() {
		t.Fatal(list)
	}
	return n
}

// started writes processes as a log: how many seconds after midnight of 1 May 2026, host, user and image of each.
func started(t testing.TB, rows ...string) string {
	t.Helper()
	var b strings.Builder
	for _, row := range rows {
		var second int
		var host, user, image string
		if _, err := fmt.Sscan(row, &second, &host, &user, &image); err != nil {
			t.Fatal(err)
		}
		at := event.TimeOf(midnight(t) + int64(second)*event.TicksPerSecond).Format("2006-01-02 15:04:05.000")
		fmt.Fprintf(&b, `{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":%q,"TimeCreated":%q,"Image":"C:\\x\\%s","CommandLine":"%s -x","User":%q}`+"\n", host, at, image, image, user)
	}
	return write(t, "log", b.String())
}

func midnight(t testing.TB) int64 {
	ticks, _, ok := event.ParseTime("2026-05-01T00:00:00Z")
	if !ok {
		t.Fatal("no midnight")
	}
	return ticks
}

const anyWhoami = "PROCESSES\n| filter `process.executable` suffix~ \"\\\\whoami.exe\"\n"

// asFields gives the columns the names that the searches of Splunk's content use.
const asFields = "| project [dest string = `host.name`, user string = `user.account`, process_name string = `process.executable`, _time datetime = `@timestamp`]\n"

func ttp() *detection.Detection {
	return &detection.Detection{
		ID: "0b0e4b1e-0000-4000-8000-000000000001", Title: "Somebody asks who he is", Description: "whoami ran", Language: detection.SPL, Level: detection.Medium,
		Search: diag.NewText(&diag.Source{Name: "s", Text: `search process_name="whoami.exe"`}), Stories: []string{"Discovery"},
		Answer: &detection.Answer{
			Kind: detection.TTP, Finding: true, Risk: true, Title: "%name%", Description: "%description% for $user$",
			Message:       "$process_name$ ran on $dest$ by $user$",
			RiskObjects:   []detection.RiskObject{{Field: "dest", Type: "system", Score: 54}, {Field: "user", Type: "user", Score: 30, Message: "$user$ asked"}},
			ThreatObjects: []detection.ThreatObject{{Field: "process_name", Type: "process_name"}},
			Drilldowns: []detection.Drilldown{{Name: "View for $dest$", Search: `%original_detection_search% | search user = "$user$"`,
				Earliest: "$info_min_time$", Latest: "$info_max_time$"}},
			Annotations: []detection.Annotation{{Name: "mitre_attack", Values: []string{"T1033"}}},
		},
		Schedule: &detection.Schedule{Cron: "0 * * * *", Earliest: "-70m@m", Latest: "-10m@m", Continuous: true},
	}
}

func TestRowBecomesFinding(t *testing.T) {
	path := started(t, `10 WS1 CORP\eve whoami.exe`, `20 WS1 CORP\eve cmd.exe`)
	for _, query := range []string{anyWhoami + asFields, anyWhoami + "| aggregate [count long = count(), firstTime datetime = min(`@timestamp`)] by [dest string = `host.name`, user string = `user.account`, process_name string = `process.executable`]"} {
		found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{planned(t, ttp(), query)}, Risk: engine.RiskOptions{NoIncidents: true}})
		if len(found) != 1 || report.Unfilled != 0 || report.RiskEvents != 2 || len(report.Failed) != 0 || len(report.Blind) != 0 {
			t.Fatalf("%d findings, %+v", len(found), report)
		}
		f := found[0]
		at := midnight(t) + 10*event.TicksPerSecond
		if f.Message != `C:\x\whoami.exe ran on WS1 by CORP\eve` || f.Title != "Somebody asks who he is" || f.Details != `whoami ran for CORP\eve` || !f.Notable {
			t.Errorf("%+v", f)
		}
		if f.Time != at || f.Host != "WS1" || f.User != `CORP\eve` {
			t.Errorf("time %s, host %q, user %q", event.FormatTime(f.Time), f.Host, f.User)
		}
		if want := []finding.Risk{{Object: "WS1", Type: "system", Score: 54, Message: f.Message}, {Object: `CORP\eve`, Type: "user", Score: 30, Message: `CORP\eve asked`}}; !reflect.DeepEqual(f.Risk, want) {
			t.Errorf("%+v", f.Risk)
		}
		if want := []finding.Threat{{Object: `C:\x\whoami.exe`, Type: "process_name"}}; !reflect.DeepEqual(f.Threats, want) {
			t.Errorf("%+v", f.Threats)
		}
		if want := []finding.Drilldown{{Name: "View for WS1", Search: `search process_name="whoami.exe" | search user = "CORP\\eve"`, Earliest: "1777593610", Latest: "1777593611"}}; !reflect.DeepEqual(f.Drilldown, want) {
			t.Errorf("%+v", f.Drilldown)
		}
		if want := []finding.Evidence{{Source: path, Record: 1, Time: at}}; !reflect.DeepEqual(f.Evidence, want) || f.More != 0 {
			t.Errorf("%+v and %d more", f.Evidence, f.More)
		}
		if len(f.Why) != 1 || f.Why[0].Value != `C:\x\whoami.exe` || f.Why[0].From != 4 {
			t.Errorf("%+v", f.Why)
		}
	}
}

// manyProcesses are processes of some hosts and users over some days, not in the order of their times.
func manyProcesses(t testing.TB, n int) []string {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	paths := make([]string, 3)
	for i := range paths {
		var rows []string
		for range n / len(paths) {
			image := []string{"whoami.exe", "cmd.exe", "at.exe"}[random.IntN(3)]
			rows = append(rows, fmt.Sprintf("%d WS%d user%d %s", random.IntN(3*86_400), random.IntN(4), random.IntN(5), image))
		}
		paths[i] = started(t, rows...)
	}
	return paths
}

// plans are of every kind: of single events, of groups, of several searches, of all rows.
var plans = map[string]string{
	"per event": anyWhoami + asFields,
	"union": "union [dest string, what string] ( PROCESSES\n| filter `process.executable` suffix~ \"at.exe\"\n| project [d string = `host.name`, w string = \"at\"] ) from [d, w]" +
		"( PROCESSES\n| filter `process.executable`#2 suffix~ \"whoami.exe\"\n| project [d#2 string = `host.name`#2, w#2 string = \"whoami\"] ) from [d#2, w#2]",
	"groups of an hour": anyWhoami + "| aggregate [count long = count(), firstTime datetime = min(`@timestamp`)] by [dest string = `host.name`, hour datetime = bin(add(`@timestamp`, timespan(\"00:10:00\")), timespan(\"01:00:00\"))]\n| filter count > 1",
	"groups":            anyWhoami + "| aggregate [count long = count(), users dynamic = make_set(`user.account`)] by [dest string = `host.name`]",
	"all":               anyWhoami + "| aggregate [count long = count()]",
	"join": "join inner ( PROCESSES\n| filter `process.executable` suffix~ \"at.exe\" ) ( PROCESSES\n| filter `process.executable`#2 suffix~ \"whoami.exe\"\n| aggregate [n long = count()] by [h string = `host.name`#2] )" +
		" on `host.name` == h give [dest string = `host.name`, n, _time datetime = `@timestamp`]",
	"everything": "PROCESSES\n| sort (`@timestamp`) limit 20",
}

func number(i int, d *detection.Detection) *detection.Detection {
	d.ID = fmt.Sprintf("0b0e4b1e-0000-4000-8000-%012d", i)
	return d
}

func rulesOfPlans(t *testing.T, detection func() *detection.Detection) []*compile.Rule {
	var rules []*compile.Rule
	for i, name := range slices.Sorted(maps.Keys(plans)) {
		d := number(i, detection())
		d.Title = name
		rules = append(rules, planned(t, d, plans[name]))
	}
	return rules
}

// TestSameFindings: whatever the number of threads, with and without the index, in one pass and again.
func TestSameFindings(t *testing.T) {
	paths := manyProcesses(t, 3000)
	rules := rulesOfPlans(t, ttp)
	for _, scheduled := range []bool{false, true} {
		var want []string
		for i, s := range []engine.Scan{{Threads: 1}, {Threads: 2}, {Threads: 3}, {NoIndex: true}, {Threads: 3}} {
			s.Paths, s.Rules, s.AsScheduled = paths, rules, scheduled
			found, report := scan(t, s)
			if len(report.Failed) > 0 {
				t.Fatal(report.Failed[0].Diagnostics)
			}
			if got := lines(found); i == 0 {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("scheduled %v: %d findings in scan %d, %d in the first, or others", scheduled, len(got), i, len(want))
			}
		}
		per := map[string]int{}
		for _, line := range want {
			_, title, _ := strings.Cut(line, `"title":"`)
			title, _, _ = strings.Cut(title, `"`)
			per[title]++
		}
		for name := range plans {
			if per[name] == 0 {
				t.Errorf("scheduled %v: %q finds nothing", scheduled, name)
			}
		}
	}
}

// TestSchedulesFindTheSame: where windows tile time, a row made of events of one window is found in either way, with the same
// id. That is every row of a plan of single events, and of one whose groups lie within a window.
func TestSchedulesFindTheSame(t *testing.T) {
	paths := manyProcesses(t, 2000)
	for _, name := range []string{"per event", "union", "groups of an hour"} {
		rules := []*compile.Rule{planned(t, ttp(), plans[name])}
		quiet := engine.RiskOptions{NoIncidents: true}
		once, _ := scan(t, engine.Scan{Paths: paths, Rules: rules, Risk: quiet})
		slots, report := scan(t, engine.Scan{Paths: paths, Rules: rules, Risk: quiet, AsScheduled: true})
		if a, b := sortedIDs(once), sortedIDs(slots); len(a) == 0 || !slices.Equal(a, b) || report.Unseen != 0 {
			t.Errorf("%s: %d findings in one pass, %d as scheduled, or others; %d unseen", name, len(a), len(b), report.Unseen)
		}
		again, _ := scan(t, engine.Scan{Paths: paths, Rules: rules, Risk: quiet, AsScheduled: true})
		if !slices.Equal(sortedIDs(slots), sortedIDs(again)) {
			t.Errorf("%s: other findings when run again", name)
		}
	}
}

func sortedIDs(list []*finding.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.ID)
	}
	slices.Sort(out)
	return out
}

// TestWindows: what a schedule makes of some processes.
func TestWindows(t *testing.T) {
	hour := func(h float64, rest string) string { return fmt.Sprintf("%d %s", int(h*3600), rest) }
	rows := []string{hour(1.1, "WS1 eve whoami.exe"), hour(1.2, "WS1 bob whoami.exe"), hour(1.2, "WS2 bob whoami.exe"), hour(5.9, "WS1 eve whoami.exe")}
	groups := anyWhoami + "| aggregate [count long = count()] by [dest string = `host.name`]"
	for _, c := range []struct {
		name, plan string
		schedule   detection.Schedule
		want       []string // count of dest in the window
		slots      int64
		unseen     int64
	}{
		{"hours", groups, detection.Schedule{Cron: "0 * * * *", Earliest: "-70m@m", Latest: "-10m@m"}, []string{"2 WS1 00:50-01:50", "1 WS2 00:50-01:50", "1 WS1 05:50-06:50"}, 2, 0},
		{"a day", groups, detection.Schedule{Cron: "0 0 * * *", Earliest: "-1d@d", Latest: "@d"}, []string{"3 WS1 00:00-00:00", "1 WS2 00:00-00:00"}, 1, 0},
		{"overlapping", groups, detection.Schedule{Cron: "0 * * * *", Earliest: "-2h", Latest: "now"}, []string{"2 WS1 00:00-02:00", "1 WS2 00:00-02:00", "1 WS1 04:00-06:00"}, 2, 0},
		{"gaps", groups, detection.Schedule{Cron: "0 */6 * * *", Earliest: "-1h", Latest: "now"}, []string{"1 WS1 05:00-06:00"}, 1, 3},
		{"gaps, single events", anyWhoami + asFields, detection.Schedule{Cron: "0 */6 * * *", Earliest: "-1h", Latest: "now"}, []string{" WS1 00:00-00:00"}, 0, 3},
		{"nothing counts", "PROCESSES\n| filter `process.executable` suffix~ \"at.exe\"\n| aggregate [count long = count()]", detection.Schedule{Cron: "0 */3 * * *", Earliest: "-3h", Latest: "now"},
			[]string{"0  00:00-03:00", "0  03:00-06:00"}, 2, 0},
		{"never", groups, detection.Schedule{}, []string{"3 WS1 00:00-00:00", "1 WS2 00:00-00:00"}, 0, 0},
	} {
		d := &detection.Detection{ID: "1", Language: detection.SPL, Schedule: &c.schedule}
		found, report := scan(t, engine.Scan{Paths: []string{started(t, rows...)}, Rules: []*compile.Rule{planned(t, d, c.plan)}, AsScheduled: true})
		var got []string
		for _, f := range found {
			from, to := "00:00", "00:00"
			if f.From != 0 {
				from, to = event.TimeOf(f.From).Format("15:04"), event.TimeOf(f.To).Format("15:04")
			}
			got = append(got, fmt.Sprintf("%s %s %s-%s", f.Fields.Get("count").Text(), f.Fields.Get("dest").Text(), from, to))
		}
		if !slices.Equal(got, c.want) || report.Slots != c.slots || report.Unseen != c.unseen {
			t.Errorf("%s: %q in %d slots, %d unseen; want %q in %d, %d", c.name, got, report.Slots, report.Unseen, c.want, c.slots, c.unseen)
		}
	}
}

// TestTimeDependentPlans: a plan that asks for the last hour is asked for the hour before each slot, or before the end of the
// data.
func TestTimeDependentPlans(t *testing.T) {
	lower := func(m compile.Moment) (plan.Node, error) {
		return readPlan(t, anyWhoami+fmt.Sprintf("| filter `@timestamp` >= datetime(%q)\n", event.FormatTime(m.Now-3600*event.TicksPerSecond))+
			"| aggregate [count long = count()] by [dest string = `host.name`]"), nil
	}
	rule := func(d *detection.Detection) *compile.Rule {
		n, _ := lower(compile.Moment{Now: midnight(t)})
		r := compile.Planned(d, n, lower)
		if r.Refused {
			t.Fatal(r.Diagnostics)
		}
		if text := plan.ExprString(r.Feeds[0].Where); strings.Contains(text, "timestamp") || !strings.Contains(text, "whoami") {
			t.Fatalf("events are asked %s", text)
		}
		return r
	}
	path := started(t, "100 WS1 eve whoami.exe", "4000 WS1 eve whoami.exe", "4100 WS1 eve whoami.exe", "7500 WS2 eve cmd.exe")
	counts := func(s engine.Scan) string {
		s.Paths = []string{path}
		found, report := scan(t, s)
		if len(report.Failed) > 0 {
			t.Fatal(report.Failed[0].Diagnostics)
		}
		var list []string
		for _, f := range found {
			list = append(list, f.Fields.Get("count").Text())
		}
		return strings.Join(list, " ")
	}
	if got := counts(engine.Scan{Rules: []*compile.Rule{rule(&detection.Detection{ID: "1"})}}); got != "2" {
		t.Errorf("before the end of the data: %s", got)
	}
	if got := counts(engine.Scan{Rules: []*compile.Rule{rule(&detection.Detection{ID: "1"})}, Now: midnight(t) + 3600*event.TicksPerSecond}); got != "3" {
		t.Errorf("before one o'clock: %s", got)
	}
	d := &detection.Detection{ID: "1", Schedule: &detection.Schedule{Cron: "0 * * * *", Earliest: "-4h", Latest: "now"}}
	if got := counts(engine.Scan{Rules: []*compile.Rule{rule(d)}, AsScheduled: true}); got != "1 2" {
		t.Errorf("before each slot: %s", got)
	}
}

func TestThrottling(t *testing.T) {
	d := ttp()
	d.Answer.Throttle = &detection.Throttle{Fields: []string{"dest"}, Period: 3600 * event.TicksPerSecond}
	rules := []*compile.Rule{planned(t, d, anyWhoami+asFields)}
	path := started(t, "5000 WS1 eve whoami.exe", "100 WS1 eve whoami.exe", "200 WS2 eve whoami.exe", "3699 WS1 eve whoami.exe", "3700 WS1 bob whoami.exe")
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: rules, Risk: engine.RiskOptions{NoIncidents: true}})
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprint((f.Time-midnight(t))/event.TicksPerSecond))
	}
	if strings.Join(got, " ") != "100 200 3700" || report.Throttled != 2 {
		t.Errorf("findings at %v, %d throttled", got, report.Throttled)
	}
}

// TestFailuresAreReported: a rule that needs too much, alone or as the largest of all, says so; others go on.
func TestFailuresAreReported(t *testing.T) {
	paths := manyProcesses(t, 3000)
	big := planned(t, number(1, ttp()), "PROCESSES\n| sort (`@timestamp`)")
	small := planned(t, number(2, ttp()), plans["groups"])
	for name, c := range map[string]struct {
		limits engine.Limits
		code   string
	}{
		"of a rule":    {engine.Limits{RuleMemory: 100_000}, "exec-memory"},
		"of all rules": {engine.Limits{Memory: 100_000}, "rule-memory-total"},
		"rows":         {engine.Limits{RuleRows: 50}, "exec-rows"},
	} {
		for _, threads := range []int{1, 3} {
			found, report := scan(t, engine.Scan{Paths: paths, Rules: []*compile.Rule{big, small}, Limits: c.limits, Threads: threads, Risk: engine.RiskOptions{NoIncidents: true}})
			if len(report.Failed) != 1 || report.Failed[0].Rule != big || report.Failed[0].Diagnostics[0].Code != c.code {
				t.Fatalf("%s: %+v", name, report.Failed)
			}
			own := 0
			for _, f := range found {
				if f.Detection == big.Detection {
					own++
				}
			}
			if int64(own) != report.Failed[0].Findings || len(found)-own != 4 {
				t.Errorf("%s: %d findings of the rule that failed, %d reported, %d of the other", name, own, report.Failed[0].Findings, len(found)-own)
			}
		}
	}
}

// TestEvidenceIsBounded: of many events some are listed, and the others counted.
func TestEvidenceIsBounded(t *testing.T) {
	paths := manyProcesses(t, 3000)
	found, _ := scan(t, engine.Scan{Paths: paths, Rules: []*compile.Rule{planned(t, ttp(), plans["all"])}, Risk: engine.RiskOptions{NoIncidents: true}, Limits: engine.Limits{Evidence: 7}})
	if len(found) != 1 || len(found[0].Evidence) != 7 || fmt.Sprint(found[0].More+7) != found[0].Fields.Get("count").Text() {
		t.Errorf("%d findings, %+v", len(found), found[0])
	}
}

// TestNoEvents: a plan that counts all rows answers also when there are none; one that groups them does not, and is blind.
func TestNoEvents(t *testing.T) {
	path := write(t, "log", `{"some":"thing"}`+"\n")
	rules := []*compile.Rule{planned(t, number(1, ttp()), plans["all"]), planned(t, number(2, ttp()), plans["groups"])}
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: rules})
	if len(found) != 1 || found[0].Fields.Get("count").Text() != "0" || len(found[0].Evidence) != 0 || report.Unfilled != 1 {
		t.Errorf("%d findings, %+v", len(found), report)
	}
	if len(report.Blind) != 1 || report.Blind[0].Rule != rules[1] {
		t.Errorf("%+v", report.Blind)
	}
}

// TestKindsOfAnswers: what hunts, and what fills tables.
func TestKindsOfAnswers(t *testing.T) {
	path := started(t, "10 WS1 eve whoami.exe")
	hunting, baseline := ttp(), number(2, ttp())
	hunting.Answer.Kind, hunting.Answer.Finding, hunting.Answer.Risk = detection.Hunting, false, false
	baseline.Answer.Kind = detection.Baseline
	found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{planned(t, hunting, anyWhoami+asFields), planned(t, baseline, anyWhoami+asFields)}})
	if len(found) != 1 || found[0].Notable || found[0].Risk != nil || report.RiskEvents != 0 || len(report.Blind) != 0 {
		t.Errorf("%d findings, %+v", len(found), report)
	}
}

// TestFeedsWithoutRows: of a plan that reads in several places, what it gives where some of them have no rows. A query, which runs
// the plan from the first row on, says what is right.
func TestFeedsWithoutRows(t *testing.T) {
	path := started(t, "10 WS1 eve whoami.exe", "20 WS2 eve whoami.exe", "30 WS2 eve at.exe")
	side := func(i int, image string) string {
		n := []string{"", "#2"}[i]
		return fmt.Sprintf("( PROCESSES\n| filter `process.executable`%s suffix~ \"%s\" )", n, image)
	}
	for _, kind := range []string{"inner", "left", "right", "full", "left semi", "left anti", "right semi", "right anti"} {
		for _, images := range [][2]string{{"whoami.exe", "at.exe"}, {"whoami.exe", "none.exe"}, {"none.exe", "whoami.exe"}, {"none.exe", "none.exe"}} {
			give := "[a string = `host.name`, b string = `host.name`#2]"
			switch {
			case strings.HasPrefix(kind, "left "):
				give = "[a string = `host.name`]"
			case strings.HasPrefix(kind, "right "):
				give = "[b string = `host.name`#2]"
			}
			text := "join " + kind + " " + side(0, images[0]) + " " + side(1, images[1]) + " on `host.name` == `host.name`#2 give " + give
			for _, more := range []string{"", "\n| aggregate [n long = count()]"} {
				want, _ := rowsOfQuery(t, engine.Query{Node: readPlan(t, text+more), Paths: []string{path}})
				found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{planned(t, &detection.Detection{ID: "1"}, text+more)}})
				if len(found) != len(want) || len(report.Failed) > 0 {
					t.Errorf("%s of %v%s: %d findings, want %q", kind, images, more, len(found), want)
				}
			}
		}
	}
}

// TestFeedsThatWaitForSome: rows of groups in none of which a text can be found make no difference, whenever the first that has it comes,
// however little may be held, and beside what another place reads.
func TestFeedsThatWaitForSome(t *testing.T) {
	grouped := "PROCESSES\n| aggregate [all dynamic = values(`process.executable`), n long = count()] by [dest string = `host.name`]\n| filter all contains~ \"whoami\""
	for name, text := range map[string]string{
		"alone":  grouped,
		"joined": "join left (" + grouped + ") (PROCESSES\n| filter `process.executable`#2 suffix~ \"at.exe\") on dest == `host.name`#2 give [dest string = dest, all dynamic = all, other string = `process.executable`#2]",
		"beside": "union [dest string]\n(" + grouped + ") from [dest]\n(PROCESSES\n| filter `process.executable`#2 suffix~ \"at.exe\") from [`host.name`#2]",
	} {
		for _, last := range []string{"whoami.exe", "where.exe"} {
			var rows []string
			for i := range 3000 {
				rows = append(rows, fmt.Sprintf("%d WS%d eve %s", i, i%7, []string{"cmd.exe", "at.exe"}[i%2]))
			}
			path := started(t, append(rows, "4000 WS3 eve "+last)...)
			rule := planned(t, &detection.Detection{ID: "1"}, text)
			if rule.Feeds[0].Some == nil {
				t.Fatalf("%s: the rule waits for nothing", name)
			}
			plain := *rule
			plain.Feeds = slices.Clone(rule.Feeds)
			plain.Feeds[0].Some = nil
			for _, limits := range []engine.Limits{{}, {RuleMemory: 900_000}, {Memory: 900_000}} {
				want, plainReport := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{&plain}, Limits: limits})
				if none := last == "where.exe" && name != "beside"; none != (len(want) == 0) || len(plainReport.Failed) > 0 {
					t.Errorf("%s, %s, %+v: %d findings show nothing; %+v", name, last, limits, len(want), plainReport.Failed)
				}
				got, report := scan(t, engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{rule}, Limits: limits})
				if len(report.Failed) > 0 || len(report.Blind) > 0 || !reflect.DeepEqual(lines(got), lines(want)) {
					t.Errorf("%s, %s, %+v: %d findings, want %d; %+v", name, last, limits, len(got), len(want), report.Failed)
				}
			}
		}
	}
}

// TestRowsThatWaitFailNoRule: rows that are gathered for a batch are not what a rule, or all of them, may be said to need.
func TestRowsThatWaitFailNoRule(t *testing.T) {
	paths := manyProcesses(t, 900)
	var rules []*compile.Rule
	for i := range 40 {
		rules = append(rules, planned(t, number(i, ttp()), "PROCESSES\n| aggregate [count long = count()] by [dest string = `host.name`]"))
	}
	want, _ := scan(t, engine.Scan{Paths: paths, Rules: rules, Risk: engine.RiskOptions{NoIncidents: true}})
	for name, limits := range map[string]engine.Limits{"of a rule": {RuleMemory: 60_000}, "of all rules": {Memory: 1_500_000}} {
		got, report := scan(t, engine.Scan{Paths: paths, Rules: rules, Limits: limits, Risk: engine.RiskOptions{NoIncidents: true}})
		if len(report.Failed) > 0 || len(got) != len(want) || len(want) != 4*len(rules) {
			t.Errorf("%s: %d findings, want %d; failed: %+v", name, len(got), len(want), report.Failed)
		}
	}
}

func TestAlikeRowsAreTold(t *testing.T) {
	path := started(t, "10 WS1 eve whoami.exe")
	d := &detection.Detection{ID: "1", Language: detection.SPL}
	rules := []*compile.Rule{planned(t, d, anyWhoami+"| project [dest string = `host.name`, l string = \"a\"]\n| expand [x dynamic = split(\"1,1\", \",\")]")}
	found, _ := scan(t, engine.Scan{Paths: []string{path}, Rules: rules})
	if len(found) != 2 || found[0].ID == found[1].ID {
		t.Errorf("%d findings: %v", len(found), sortedIDs(found))
	}
}

// TestInterruptedScanDoesNotAnswer: what needs all of the input says nothing of a part of it.
func TestInterruptedScanDoesNotAnswer(t *testing.T) {
	path := started(t, slices.Repeat([]string{"10 WS1 eve whoami.exe"}, 30_000)...)
	ctx, cancel := context.WithCancel(context.Background())
	groups := number(2, ttp())
	groups.Answer = nil
	n := 0
	s := engine.Scan{Paths: []string{path}, Rules: []*compile.Rule{planned(t, &detection.Detection{ID: "1"}, anyWhoami+asFields), planned(t, groups, plans["groups"])}, Taxonomy: taxonomy.Default(),
		Finding: func(f *finding.Finding) error {
			if f.Detection == groups {
				t.Error("a count of a part was given")
			}
			if n++; n == 100 {
				cancel()
			}
			return nil
		}}
	report, err := s.Run(ctx)
	if err != nil || !report.Interrupted || n < 100 || len(report.Failed) > 0 {
		t.Errorf("error %v, %d findings, report %+v", err, n, report)
	}
}

// rowsOfQuery runs a query and returns its rows as text.
func rowsOfQuery(t *testing.T, q engine.Query) ([]string, *engine.QueryResult) {
	t.Helper()
	q.Taxonomy = taxonomy.Default()
	var out []string
	result, err := q.Run(context.Background(), func(b *exec.Batch) error {
		for row := range b.Len {
			var values []string
			for column := range b.Cols {
				values = append(values, b.Value(column, row).Text())
			}
			out = append(out, strings.Join(values, " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, result
}

// TestQuery: the rows of every plan are those that exec gives over the same events, however they are read.
func TestQuery(t *testing.T) {
	paths := manyProcesses(t, 3000)
	for name, text := range plans {
		n := readPlan(t, text)
		want, _ := rowsOfQuery(t, engine.Query{Node: n, Paths: paths, Threads: 1, Stages: true})
		for _, threads := range []int{1, 3} {
			if got, result := rowsOfQuery(t, engine.Query{Node: n, Paths: paths, Threads: threads}); len(want) == 0 || !slices.Equal(got, want) || result.Limited || result.Summary.Rows != int64(len(got)) {
				t.Errorf("%s: %d rows with %d threads, %d without the index, or others", name, len(got), threads, len(want))
			}
		}
		got, result := rowsOfQuery(t, engine.Query{Node: n, Paths: paths, Limit: 1, Stages: true})
		if len(got) != 1 || got[0] != want[0] || result.Limited != (len(want) > 1) {
			t.Errorf("%s: with a limit %q, limited %v", name, got, result.Limited)
		}
	}
}

func TestQueryStages(t *testing.T) {
	path := started(t, "10 WS1 eve whoami.exe", "20 WS1 bob whoami.exe", "30 WS2 bob cmd.exe")
	n := readPlan(t, anyWhoami+"| aggregate [n long = count()] by [host string = `host.name`]\n| filter n > 5")
	for record, want := range map[uint64]string{1: "filter", 3: "filter"} {
		rows, result := rowsOfQuery(t, engine.Query{Node: n, Paths: []string{path}, Watch: func(ev *event.Event) bool { return ev.Origin.Record == record }})
		var counts []string
		for _, st := range result.Summary.Stats {
			counts = append(counts, fmt.Sprintf("%s %d-%d", plan.Operator(st.Node), st.In, st.Out))
		}
		if text := strings.Join(counts, ", "); len(rows) != 0 || text != "filter 1-0, aggregate 2-1, filter 3-2, scan 3-3" {
			t.Errorf("%d rows, %s", len(rows), text)
		}
		stopped := result.Summary.Stopped()
		if stopped == nil || plan.Operator(stopped.Node) != want || (stopped.In == 3) != (record == 3) {
			t.Errorf("record %d was dropped by %+v", record, stopped)
		}
	}
}

func TestQueryEndsEarly(t *testing.T) {
	path := started(t, slices.Repeat([]string{"10 WS1 eve whoami.exe"}, 30_000)...)
	_, all := rowsOfQuery(t, engine.Query{Node: readPlan(t, anyWhoami), Paths: []string{path}, Threads: 1})
	for name, q := range map[string]engine.Query{
		"a limit of the query": {Node: readPlan(t, anyWhoami), Limit: 5},
		"a limit in the plan":  {Node: readPlan(t, anyWhoami+"| limit 5")},
	} {
		q.Paths, q.Threads = []string{path}, 1
		rows, result := rowsOfQuery(t, q)
		if len(rows) != 5 || result.Report.Events >= all.Report.Events {
			t.Errorf("%s: %d rows after %d of %d events", name, len(rows), result.Report.Events, all.Report.Events)
		}
	}
	q := engine.Query{Node: readPlan(t, anyWhoami+"| sort (`@timestamp`)"), Paths: []string{path}, MaxMemory: 1000, Taxonomy: taxonomy.Default()}
	if _, err := q.Run(context.Background(), func(*exec.Batch) error { return nil }); err == nil || !strings.Contains(err.Error(), "exec-memory") {
		t.Errorf("error %v", err)
	}
	full := fmt.Errorf("disk full")
	q = engine.Query{Node: readPlan(t, anyWhoami), Paths: []string{path}, Taxonomy: taxonomy.Default()}
	if _, err := q.Run(context.Background(), func(*exec.Batch) error { return full }); err != full {
		t.Errorf("error %v", err)
	}
}

// correlation counts the risk that a story raised for systems, as the published searches do.
const correlation = "scan `cim/Risk.All_Risk` [`cim/Risk/All_Risk.risk_object` dynamic, `cim/Risk/All_Risk.risk_object_type` dynamic, `cim/Risk/All_Risk.analyticstories` dynamic, `splunk/source` dynamic, " +
	"`cim/Risk/All_Risk.calculated_risk_score` dynamic, `cim/Risk/All_Risk.annotations.mitre_attack.mitre_tactic` dynamic, `@timestamp` datetime]\n" +
	"| filter `cim/Risk/All_Risk.analyticstories` equals~ \"Discovery\" and `cim/Risk/All_Risk.risk_object_type` equals~ \"system\"\n" +
	"| aggregate [source_count long = dcount(`splunk/source`), score any = sum(`cim/Risk/All_Risk.calculated_risk_score`), firstTime datetime = min(`@timestamp`), tactics dynamic = make_set(`cim/Risk/All_Risk.annotations.mitre_attack.mitre_tactic`)] by [risk_object any = `cim/Risk/All_Risk.risk_object`]\n" +
	"| filter source_count >= 2"

// TestRiskIsRaisedAndRead: detections raise risk; the incident rules and searches over the risk see it in the same scan.
func TestRiskIsRaisedAndRead(t *testing.T) {
	other := number(2, ttp())
	other.Title = "Somebody schedules"
	above := &detection.Detection{ID: "c", Title: "Above", Language: detection.SPL, Answer: &detection.Answer{Kind: detection.Correlation, Finding: true, Title: "RBA: %name%", Message: "$risk_object$"},
		Schedule: &detection.Schedule{Cron: "0 * * * *", Earliest: "-70m@m", Latest: "-10m@m"}}
	rules := []*compile.Rule{planned(t, above, correlation), planned(t, ttp(), anyWhoami+asFields),
		planned(t, other, strings.Replace(anyWhoami, "whoami", "at", 1)+asFields)}
	path := started(t, "5000 WS1 eve whoami.exe", "5100 WS1 bob at.exe", "5200 WS2 eve whoami.exe", "9000 WS2 bob at.exe")
	for _, c := range []struct {
		scan engine.Scan
		want []string
	}{
		{engine.Scan{}, []string{"WS1 108 2", "WS2 108 2"}},
		{engine.Scan{AsScheduled: true}, []string{"WS1 108 2"}}, // the risk of WS2 falls into two windows
		{engine.Scan{Risk: engine.RiskOptions{Factors: []finding.Factor{{Add: 1}}}}, []string{"WS1 110 2", "WS2 110 2"}},
		{engine.Scan{Risk: engine.RiskOptions{Off: true}}, nil},
	} {
		for _, threads := range []int{1, 3} {
			c.scan.Paths, c.scan.Rules, c.scan.Threads = []string{path}, rules, threads
			found, report := scan(t, c.scan)
			var got []string
			incidents, last := 0, 0
			for i, f := range found {
				switch {
				case f.Detection == above:
					got = append(got, fmt.Sprintf("%s %s %s", f.Fields.Get("risk_object").Text(), f.Fields.Get("score").Text(), f.Fields.Get("source_count").Text()))
					if len(f.Evidence) != 2 || !strings.HasPrefix(f.Evidence[0].Source, "finding ") || f.Risk != nil || f.Title != "RBA: Above" || f.Time < midnight(t) {
						t.Errorf("%+v", f)
					}
					if len(f.Why) == 0 {
						t.Error("nothing says why")
					}
				case f.Detection.Language == finding.RiskRules:
					incidents++
				default:
					last = i
				}
			}
			if !slices.Equal(got, c.want) || int64(incidents) != report.Incidents || last != 3 {
				t.Errorf("%+v: %q, %d incidents, %d in the report", c.scan.Risk, got, incidents, report.Incidents)
			}
			// 54 for each machine and each detection; eve and bob each 30 for each: nobody but the machines is above 100.
			if wantIncidents := map[bool]int{false: 2, true: 0}[c.scan.Risk.Off]; incidents != wantIncidents {
				t.Errorf("%d incidents", incidents)
			}
			if blind := len(report.Blind); blind != map[bool]int{false: 0, true: 1}[c.scan.Risk.Off] {
				t.Errorf("%d rules are blind", blind)
			}
		}
	}
}
