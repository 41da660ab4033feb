package finding_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

// deskFinding is an alert as a scan gives it.
func deskFinding(d *detection.Detection, n int, at int64, entities ...finding.Entity) *finding.Finding {
	return &finding.Finding{ID: fmt.Sprintf("f%d", n), Time: at, Detection: d, Alert: &finding.SentinelAlert{Title: d.Title, Level: detection.Low, Entities: entities},
		Evidence: []finding.Evidence{{Source: "log", Record: uint64(n)}}}
}

// scheduled makes a detection whose alerts are grouped one that raises alerts.
func scheduled(id string, g detection.Grouping) *detection.Detection {
	d := ruled(g)
	d.ID, d.Title, d.Alert.Kind = id, id, detection.Scheduled
	return d
}

// naive puts alerts into incidents by looking at every earlier one, as the service describes it.
func naive(alerts []*finding.RuleAlert) map[string]int {
	type incident struct {
		detection *detection.Detection
		first     *finding.RuleAlert
		last      int64
		count     int
	}
	var list []*incident
	of := map[string]int{}
next:
	for _, a := range alerts {
		g := a.Detection.Alert.Incident.Grouping
		for i := len(list) - 1; i >= 0; i-- {
			in := list[i]
			if in.detection != a.Detection || a.Time-in.last > g.LookBack || !alike(g, in.first.Alert, a.Alert) {
				continue
			}
			if in.count >= 150 {
				break
			}
			in.last, in.count = a.Time, in.count+1
			of[a.ID] = i + 1
			continue next
		}
		list = append(list, &incident{a.Detection, a, a.Time, 1})
		of[a.ID] = len(list)
	}
	return of
}

// alike says whether two alerts agree in their entities, as far as a grouping looks at them.
func alike(g detection.Grouping, a, b *finding.SentinelAlert) bool {
	counts := func(kind string) bool {
		return g.Method == detection.AllEntities || g.Method == detection.Selected && strings.Contains(strings.Join(g.Entities, " "), kind)
	}
	within := func(some, all []finding.Entity) bool {
		for i := range some {
			found := !counts(some[i].Type)
			for j := range all {
				found = found || some[i].Same(&all[j])
			}
			if !found {
				return false
			}
		}
		return true
	}
	return within(a.Entities, b.Entities) && within(b.Entities, a.Entities)
}

// TestDeskGroupsAsDescribed compares the index by entities with looking at every incident, on random alerts, and holds that the order in which
// alerts of different times come in does not matter.
func TestDeskGroupsAsDescribed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rules := []*detection.Detection{
		scheduled("all", detection.Grouping{Method: detection.AllEntities, LookBack: 30 * minute}),
		scheduled("any", detection.Grouping{Method: detection.AnyAlert, LookBack: 3 * minute}),
		scheduled("hosts", detection.Grouping{Method: detection.Selected, Entities: []string{"Host"}, LookBack: 20 * minute}),
	}
	for round := range 50 {
		var list []*finding.Finding
		var alerts []*finding.RuleAlert
		at := int64(event.UnixEpoch + event.TicksPerDay)
		for n := range 400 {
			at += 1 + random.Int64N(minute)
			var entities []finding.Entity
			if random.IntN(4) > 0 {
				entities = append(entities, entity("Host", "HostName", fmt.Sprintf("pc%d", random.IntN(4))))
			}
			if random.IntN(3) == 0 { // known by more than one name
				e := entity("Account", "Name", fmt.Sprintf("u%d", random.IntN(3)))
				e.Identifiers = append(e.Identifiers, finding.Identifier{Name: "AadUserId", Value: fmt.Sprint(random.IntN(3))}, finding.Identifier{Name: "UPNSuffix", Value: "x"})
				entities = append(entities, e)
			}
			f := deskFinding(rules[random.IntN(len(rules))], n, at, entities...)
			list, alerts = append(list, f), append(alerts, finding.RuleAlertOf(f))
		}
		want := naive(alerts)
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		desk := &finding.Desk{}
		for _, f := range list {
			desk.Take(f)
		}
		got := map[string]int{}
		for _, in := range desk.Incidents() {
			for _, a := range in.Alerts {
				got[a.ID] = in.Number
			}
		}
		for id, number := range want {
			if got[id] != number {
				t.Fatalf("round %d: %s is in incident %d, want %d", round, id, got[id], number)
			}
		}
	}
}

// TestDeskBounds: alerts beyond the bound are counted, and what is no alert of an analytic rule is not taken.
func TestDeskBounds(t *testing.T) {
	d := scheduled("r", detection.Grouping{Method: detection.AnyAlert})
	desk := &finding.Desk{MaxAlerts: 3}
	for n := range 5 {
		if desk.Take(deskFinding(d, n, 1)) == nil {
			t.Error("an alert is none")
		}
	}
	if desk.Alerts() != 3 || desk.Lost != 2 || len(desk.Incidents()) != 1 {
		t.Errorf("%d kept, %d lost", desk.Alerts(), desk.Lost)
	}
	hunt, quiet := scheduled("h", detection.Grouping{}), scheduled("q", detection.Grouping{})
	hunt.Alert.Kind, quiet.Alert.Incident.Create = detection.HuntingQuery, false
	desk = &finding.Desk{}
	if desk.Take(deskFinding(hunt, 1, 1)) != nil || desk.Take(&finding.Finding{Detection: &detection.Detection{}}) != nil {
		t.Error("what is no alert was taken for one")
	}
	if desk.Take(deskFinding(quiet, 1, 1)) == nil || desk.Alerts() != 0 {
		t.Error("an alert of a rule that wants no incidents is kept, or none")
	}
}

// TestManyAlertsAreGroupedSoon: what an alert costs does not grow with the incidents that are open.
func TestManyAlertsAreGroupedSoon(t *testing.T) {
	took := func(n int) time.Duration {
		d := scheduled("r", detection.Grouping{Method: detection.AllEntities, LookBack: event.TicksPerDay})
		desk := &finding.Desk{}
		host := entity("Host", "HostName", "pc1")
		for i := range n {
			desk.Take(deskFinding(d, i, int64(i), host, entity("Account", "Name", fmt.Sprint("u", i))))
		}
		start := time.Now()
		if got := len(desk.Incidents()); got != n {
			t.Fatalf("%d incidents of %d alerts", got, n)
		}
		return time.Since(start)
	}
	took(2_000)
	few, many := took(5_000), took(40_000)
	if many > 40*few+time.Second {
		t.Errorf("8 times the alerts take %v instead of %v", many, few)
	}
}

// TestAutomationEnds: rules that undo what each other does run once each for an alert.
func TestAutomationEnds(t *testing.T) {
	set := func(name, status string) *detection.AutomationRule {
		return &detection.AutomationRule{Name: name, Enabled: true, On: "Incidents", When: "Updated",
			Condition: []detection.Condition{{Type: "PropertyChanged", Property: "IncidentStatus"}}, Actions: []detection.Action{{Type: "ModifyProperties", Status: status}}}
	}
	open := &detection.AutomationRule{Name: "open", Enabled: true, On: "Incidents", When: "Created", Actions: []detection.Action{{Type: "ModifyProperties", Status: "Active"}}}
	desk := &finding.Desk{Rules: []*detection.AutomationRule{set("close", "Closed"), set("reopen", "Active"), open}}
	desk.Take(deskFinding(scheduled("r", detection.Grouping{}), 1, 1))
	in := desk.Incidents()[0]
	var steps []string
	for _, s := range in.Steps {
		steps = append(steps, s.Rule.Name+" "+s.When)
	}
	if got := strings.Join(steps, ", "); got != "open Created, close Updated, reopen Updated" || in.Status != "Active" {
		t.Errorf("%s: %s", got, in.Status)
	}
}

// TestIncidentFinding holds what an incident keeps: the same id while it grows, bounded evidence and reasons, and all that its alerts say.
func TestIncidentFinding(t *testing.T) {
	d := scheduled("r", detection.Grouping{Method: detection.AnyAlert})
	incident := func(n int) *finding.Finding {
		desk := &finding.Desk{}
		for i := range n {
			f := deskFinding(d, i, int64(i+1), entity("Host", "HostName", fmt.Sprint("pc", i%3)))
			f.Alert.Details = []finding.AlertDetail{{Name: "Line", Values: []string{fmt.Sprint(i % 2)}}}
			f.Alert.Techniques = []string{fmt.Sprintf("T100%d", i%2)}
			desk.Take(f)
		}
		var l finding.IncidentDetections
		return l.Finding(desk.Incidents()[0])
	}
	one, many := incident(1), incident(140)
	if one.ID != many.ID || one.ID == "" {
		t.Errorf("%s becomes %s", one.ID, many.ID)
	}
	if len(many.Evidence) != 100 || many.More != 40 || len(many.Why) != 101 {
		t.Errorf("%d events and %d more, %d reasons", len(many.Evidence), many.More, len(many.Why))
	}
	if len(many.Alert.Entities) != 3 || len(many.Alert.Details) != 1 || len(many.Alert.Details[0].Values) != 2 || len(many.Alert.Techniques) != 2 {
		t.Errorf("%+v", many.Alert)
	}
	if n := many.Fields.Get("AlertsCount").Int(); n != 140 || many.Time != 1 || many.From != 1 || many.To != 141 || many.Detection.Language != finding.SentinelIncidents || d.Language != "" {
		t.Errorf("%d alerts, %d .. %d", n, many.From, many.To)
	}
}
