package finding_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/finding"
)

const hour = 3600 * event.TicksPerSecond

// tactics knows techniques by what they are called here.
func tactics(technique string) (string, []finding.Tactic) {
	var list []finding.Tactic
	for name := range strings.SplitSeq(strings.TrimPrefix(technique, "T-"), "+") {
		list = append(list, finding.Tactic{ID: "TA-" + name, Slug: name})
	}
	return "Name of " + technique, list
}

var sources = map[string]*detection.Detection{}

// raise adds risk at an hour: "12 rule technique dest 40".
func raise(t testing.TB, l *finding.Ledger, line string) {
	t.Helper()
	var at float64
	var source, technique, object string
	var score int
	if _, err := fmt.Sscan(line, &at, &source, &technique, &object, &score); err != nil {
		t.Fatal(err)
	}
	kind := "system"
	if strings.HasPrefix(object, "@") {
		kind, object = "user", object[1:]
	}
	d := sources[source+technique]
	if d == nil {
		d = &detection.Detection{ID: source, Title: source, Stories: []string{"Story"}, Answer: &detection.Answer{}}
		if technique != "-" {
			d.Answer.Annotations = []detection.Annotation{{Name: "mitre_attack", Values: []string{technique}}}
		}
		sources[source+technique] = d
	}
	f := &finding.Finding{Detection: d, Time: event.UnixEpoch + int64(at*float64(hour)), Host: "WS9", Risk: []finding.Risk{{Object: object, Type: kind, Score: score, Message: "m"}},
		Fields: fields("dest", object, "place", "Berlin|Rome"), Threats: []finding.Threat{{Object: "at.exe", Type: "process"}}, Evidence: []finding.Evidence{{Source: "f", Record: uint64(at * 100)}}}
	f.Identify()
	l.Add(f)
}

// TestIncidents: when the two rules speak. Each line of want is the hour, the object, the score or the number of tactics, and the
// level.
func TestIncidents(t *testing.T) {
	for _, c := range []struct {
		name    string
		options finding.IncidentOptions
		events  string
		want    string
	}{
		{"not above 100", finding.IncidentOptions{}, "1 a - D 50; 2 b - D 50", ""},
		{"above 100", finding.IncidentOptions{}, "1 a - D 50; 2 b - D 51", "2 D 101 medium"},
		{"of one object", finding.IncidentOptions{}, "1 a - D 50; 2 b - E 51; 3 b - @D 51", ""},
		{"in any case", finding.IncidentOptions{}, "1 a - ws1 60; 2 b - WS1 60", "2 WS1 120 medium"},
		{"of 24 hours", finding.IncidentOptions{}, "1 a - D 60; 25 b - D 60; 25.5 b - D 10", ""},
		{"of less", finding.IncidentOptions{}, "1 a - D 60; 24.9 b - D 60", "24.9 D 120 medium"},
		{"once for the same sources", finding.IncidentOptions{}, "1 a - D 60; 2 b - D 60; 3 a - D 20; 4 b - D 20", "2 D 120 medium"},
		{"again when a source joins", finding.IncidentOptions{}, "1 a - D 60; 2 b - D 60; 3 c - D 5; 4 a - D 5", "2 D 120 medium; 3 D 125 medium"},
		{"again when it is worse", finding.IncidentOptions{}, "1 a - D 60; 2 a - D 60; 3 a - D 130; 4 a - D 250; 5 a - D 90", "2 D 120 medium; 3 D 250 high; 4 D 500 critical"},
		{"again when it slid out and came back soon", finding.IncidentOptions{}, "1 a - D 60; 2 b - D 60; 26 a - D 60; 27 b - D 60", "2 D 120 medium; 27 D 120 medium"},
		{"not when it only slides", finding.IncidentOptions{}, "1 a - D 60; 2 b - D 60; 20 a - D 60; 27 b - D 60", "2 D 120 medium"},
		{"one noisy source", finding.IncidentOptions{Cap: 2}, strings.Repeat("1 a - D 40; ", 9) + "2 b - D 20", ""},
		{"one noisy source among others", finding.IncidentOptions{Cap: 2}, strings.Repeat("1 a - D 40; ", 9) + "2 b - D 21", "2 D 101 medium"},
		{"the cap slides", finding.IncidentOptions{Cap: 1}, "1 a - D 90; 2 a - D 20; 26 b - D 60; 26.5 a - D 30; 27 c - D 20", "27 D 110 medium"},
		{"four sources, three tactics", finding.IncidentOptions{}, "1 a T-x D 1; 2 b T-y D 1; 3 c T-z D 1; 4 d T-x D 1; 5 a T-x D 1", "4 D 3 high"},
		{"two tactics", finding.IncidentOptions{}, "1 a T-x D 1; 2 b T-y D 1; 3 c T-y D 1; 4 d T-x D 1", ""},
		{"three sources", finding.IncidentOptions{}, "1 a T-x+y+z D 1; 2 b T-y D 1; 3 c T-y D 1; 4 c T-x D 1", ""},
		{"sources without a tactic do not count", finding.IncidentOptions{}, "1 a T-x+y D 1; 2 b T-y D 1; 3 c T-z D 1; 4 d - D 1", ""},
		{"within 7 days", finding.IncidentOptions{}, "1 a T-x D 1; 2 b T-y D 1; 3 c T-z D 1; 170 d T-x D 1", ""},
	} {
		l := finding.NewLedger(finding.LedgerOptions{Attack: tactics})
		for line := range strings.SplitSeq(c.events, "; ") {
			raise(t, l, line)
		}
		var got []string
		for _, f := range l.Incidents(finding.IncidentRules(), c.options) {
			value := f.Fields.Get("risk_score").Text()
			if strings.Contains(f.Detection.Title, "tactics") {
				value = f.Fields.Get("mitre_tactic_count").Text()
			}
			at := float64(f.Time-event.UnixEpoch) / float64(hour)
			got = append(got, fmt.Sprintf("%v %s %s %s", math.Round(at*10)/10, f.Fields.Get("risk_object").Text(), value, f.Detection.Level))
			if !f.Notable || len(f.Evidence) == 0 || len(f.Why) < 2 || f.ID == "" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWindowSums compares what the incident rules see, which is counted as time goes on, with sums over the ledger.
func TestWindowSums(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	l := finding.NewLedger(finding.LedgerOptions{Attack: tactics})
	for range 500 {
		raise(t, l, fmt.Sprintf("%d.%d %c - W%d %d", random.IntN(200), random.IntN(10), 'a'+rune(random.IntN(5)), random.IntN(3), 1+random.IntN(40)))
	}
	checked := 0
	rule := finding.IncidentRule{ID: "1", Title: "any", Window: 24 * hour, Judge: func(w *finding.RiskWindow) (detection.Level, finding.Reason, bool) {
		return detection.Low, finding.Reason{}, true
	}}
	for _, f := range l.Incidents([]finding.IncidentRule{rule}, finding.IncidentOptions{}) {
		checked++
		want := l.Sum(f.Fields.Get("risk_object").Text(), "system", f.Time-24*hour+1, f.Time+1)
		if got := f.Fields.Get("risk_score").Text(); got != fmt.Sprint(want) {
			t.Errorf("%s at %s: %s, want %v", f.Fields.Get("risk_object").Text(), event.FormatTime(f.Time), got, want)
		}
	}
	if checked < 10 {
		t.Errorf("%d windows compared", checked)
	}
}

const factorFile = `
- name: people who may do everything
  when: {risk_object_type: user, risk_object: [adm*, root]}
  multiply: 1.5
- name: the capital
  when: {place: rome, source: a}
  add: 10
- name: half
  when: {risk_object: admin}
  multiply: 0.5
`

func TestFactors(t *testing.T) {
	factors, list := finding.ReadFactors(&diag.Source{Name: "f.yml", Text: factorFile})
	if len(list) > 0 || len(factors) != 3 {
		t.Fatal(list)
	}
	l := finding.NewLedger(finding.LedgerOptions{Factors: factors})
	want := []float64{40, 50, 60, 37.5}
	for _, line := range []string{"1 b - D 40", "2 a - D 40", "3 b - @Root 40", "4 a - @admin 40"} {
		raise(t, l, line)
	}
	for i, e := range l.Events() {
		if e.Total != want[i] || e.Score != 40 {
			t.Errorf("%+v, want %v", e, want[i])
		}
	}
	for text, want := range map[string]string{
		"a: 1":                        "risk-factor-list",
		"- [a]":                       "risk-factor-shape",
		"- {name: a}":                 "risk-factor-nothing",
		"- {name: a, ad: 1, add: 1}":  "did you mean `add`?",
		"- {add: much}":               "risk-factor-number",
		"- {multiply: -1}":            "risk-factor-number",
		"- {add: 1, when: [a]}":       "risk-factor-shape",
		"- {add: 1, when: {a: {}}}":   "risk-factor-shape",
		"- {add: 1, when: {a: [[]]}}": "risk-factor-shape",
		"- {":                         "risk-factor-yaml",
	} {
		if got, list := finding.ReadFactors(&diag.Source{Name: "f.yml", Text: text}); got != nil || !strings.Contains(list.Error(), want) {
			t.Errorf("%s: %v, want %s", text, list, want)
		}
	}
	if factors, list := finding.ReadFactors(&diag.Source{}); factors != nil || list != nil {
		t.Error("an empty file is not empty")
	}
}

func TestLedger(t *testing.T) {
	l := finding.NewLedger(finding.LedgerOptions{Attack: tactics, Hosts: true, MaxEvents: 3})
	for _, line := range []string{`2 a T-x+y WS1 5`, `1 b - @CORP\SYSTEM 6`, "3 c - @- 1"} {
		raise(t, l, line)
	}
	if l.Full() != nil {
		t.Error("there is room for three")
	}
	raise(t, l, "4 c - D 1")
	if list := l.Full(); !list.Failed() || list[0].Code != "risk-too-much" {
		t.Errorf("%v", list)
	}
	events := l.Events()
	if len(events) != 3 || events[0].Source != "b" || events[0].Entity != "ws9$" || events[2].Entity != "ws9$" || events[1].Entity != "ws1" {
		t.Fatalf("%+v", events)
	}
	record := l.Record(events[1])
	want := `{"risk_object":"WS1","risk_object_type":"system","risk_score":5,"calculated_risk_score":5,"search_name":"a","source":"a","risk_message":"m",` +
		`"normalized_risk_object":"ws1","threat_object":"at.exe","threat_object_type":"process","analyticstories":"Story","annotations.mitre_attack":"T-x+y","annotations._all":"T-x+y",` +
		`"annotations.mitre_attack.mitre_technique_id":"T-x+y","annotations.mitre_attack.mitre_technique":"Name of T-x+y","annotations.mitre_attack.mitre_tactic_id":["TA-x","TA-y"],"annotations.mitre_attack.mitre_tactic":["x","y"],` +
		`"detection_id":"a","dest":"WS1","place":["Berlin","Rome"]}`
	if got := string(record.AppendJSON(nil)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
