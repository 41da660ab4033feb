package finding_test

import (
	"fmt"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

const minute = 60 * event.TicksPerSecond

// ruled makes a detection whose alerts are grouped.
func ruled(g detection.Grouping) *detection.Detection {
	if g.LookBack == 0 {
		g.LookBack = 60 * minute
	}
	g.Enabled = true
	return &detection.Detection{ID: "r", Title: "R", Alert: &detection.Alert{Incident: detection.IncidentConfiguration{Create: true, Grouping: g}}}
}

// alert is one at a minute, with entities.
func alert(d *detection.Detection, at int64, entities ...finding.Entity) *finding.RuleAlert {
	return &finding.RuleAlert{Time: event.UnixEpoch + at*minute, Detection: d, Alert: &finding.SentinelAlert{Title: "R", Level: detection.Low, Entities: entities}}
}

// numbers adds alerts and returns the incidents that they went into; 0 is none.
func numbers(g *finding.Grouper, alerts ...*finding.RuleAlert) string {
	var list []string
	for _, a := range alerts {
		n := 0
		if in := g.Add(a); in != nil {
			n = in.Number
		}
		list = append(list, fmt.Sprint(n))
	}
	return strings.Join(list, " ")
}

// TestGrouping puts alerts into incidents as "Group related alerts into incidents" describes.
func TestGrouping(t *testing.T) {
	pc1, pc2, ann := entity("Host", "HostName", "pc1"), entity("Host", "HostName", "pc2"), entity("Account", "Name", "ann")
	for _, c := range []struct {
		name     string
		grouping detection.Grouping
		alerts   func(d *detection.Detection) []*finding.RuleAlert
		want     string
	}{
		{"all entities", detection.Grouping{Method: detection.AllEntities}, func(d *detection.Detection) []*finding.RuleAlert {
			return []*finding.RuleAlert{alert(d, 0, pc1, ann), alert(d, 1, pc1), alert(d, 2, ann, pc1), alert(d, 3, pc2, ann), alert(d, 4), alert(d, 5), alert(d, 6, pc1)}
		}, "1 2 1 3 4 4 2"},
		{"any alert", detection.Grouping{Method: detection.AnyAlert}, func(d *detection.Detection) []*finding.RuleAlert {
			return []*finding.RuleAlert{alert(d, 0, pc1), alert(d, 1), alert(ruled(detection.Grouping{Method: detection.AnyAlert}), 2), alert(d, 3, pc2)}
		}, "1 1 2 1"},
		{"selected", detection.Grouping{Method: detection.Selected, Entities: []string{"Host"}}, func(d *detection.Detection) []*finding.RuleAlert {
			return []*finding.RuleAlert{alert(d, 0, pc1, ann), alert(d, 1, pc1), alert(d, 2, pc2), alert(d, 3, ann)}
		}, "1 1 2 3"},
		{"details", detection.Grouping{Method: detection.Selected, Details: []string{"DisplayName", "Severity"}, Custom: []string{"Line"}}, func(d *detection.Detection) []*finding.RuleAlert {
			list := []*finding.RuleAlert{alert(d, 0), alert(d, 1), alert(d, 2), alert(d, 3), alert(d, 4)}
			list[1].Alert.Title = "S"
			list[2].Alert.Level = detection.High
			list[3].Alert.Details = []finding.AlertDetail{{Name: "Line", Values: []string{"x"}}}
			return list
		}, "1 2 3 4 1"},
		{"the look-back counts from the last alert", detection.Grouping{Method: detection.AnyAlert}, func(d *detection.Detection) []*finding.RuleAlert {
			return []*finding.RuleAlert{alert(d, 0), alert(d, 50), alert(d, 110), alert(d, 171)}
		}, "1 1 1 2"},
	} {
		d := ruled(c.grouping)
		g := &finding.Grouper{}
		if got := numbers(g, c.alerts(d)...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		for _, in := range g.Incidents() {
			if len(in.Why) != len(in.Alerts) || in.Status != finding.IncidentNew {
				t.Errorf("%s: %+v", c.name, in)
			}
		}
	}
}

// TestGroupingBounds holds what ends an incident: 150 alerts, and that somebody closed it.
func TestGroupingBounds(t *testing.T) {
	d := ruled(detection.Grouping{Method: detection.AnyAlert})
	g := &finding.Grouper{}
	for i := range int64(151) {
		g.Add(alert(d, i/10))
	}
	if list := g.Incidents(); len(list) != 2 || len(list[0].Alerts) != 150 || !strings.Contains(list[1].Why[0], "150 alerts already") {
		t.Errorf("%d incidents", len(list))
	}
	g = &finding.Grouper{}
	in := g.Add(alert(d, 0))
	in.Status = finding.IncidentClosed
	if got := numbers(g, alert(d, 1)); got != "2" {
		t.Errorf("an alert went into the closed incident %s", got)
	}
	d.Alert.Incident.Grouping.Reopen = true
	g.Incidents()[1].Status = finding.IncidentClosed
	high := alert(d, 2)
	high.Alert.Level, high.Alert.Tactics = detection.High, []string{"Impact"}
	if got := numbers(g, high); got != "2" || g.Incidents()[1].Status != finding.IncidentActive || g.Incidents()[1].Reopened != 1 || g.Incidents()[1].Level != detection.High || join(g.Incidents()[1].Tactics) != "Impact" {
		t.Errorf("%s %+v", got, g.Incidents()[1])
	}
	d.Alert.Incident.Grouping.Enabled = false
	if got := numbers(g, alert(d, 3), alert(d, 4)); got != "3 4" {
		t.Error(got)
	}
	d.Alert.Incident.Create = false
	if got := numbers(g, alert(d, 5)); got != "0" {
		t.Error(got)
	}
}

// TestAutomate applies automation rules as "Automate threat response with automation rules" describes their conditions.
func TestAutomate(t *testing.T) {
	property := func(name, operator string, values ...string) detection.Condition {
		return detection.Condition{Type: "Property", Property: name, Operator: operator, Values: values}
	}
	changed := func(name, how, operator string, values ...string) detection.Condition {
		return detection.Condition{Type: "PropertyChanged", Property: name, Change: how, Operator: operator, Values: values}
	}
	or := func(inner ...detection.Condition) detection.Condition {
		return detection.Condition{Type: "Boolean", Operator: "Or", Inner: inner}
	}
	closing := []detection.Action{{Type: "ModifyProperties", Status: "Closed", Severity: "High", Labels: []string{"lab"}, Owner: "o"}, {Type: "RunPlaybook"}, {Type: "AddIncidentTask", Title: "look"}}
	update := finding.IncidentChange{Updated: true, Was: map[string]string{"IncidentStatus": "Active"}, Added: []string{"Alerts"}}
	for _, c := range []struct {
		name       string
		conditions []detection.Condition
		change     finding.IncidentChange
		want       bool
	}{
		{"without conditions", nil, finding.IncidentChange{}, true},
		{"several values are an or", []detection.Condition{property("HostName", "StartsWith", "lab", "PC")}, finding.IncidentChange{}, true},
		{"conditions are an and", []detection.Condition{property("HostName", "Equals", "pc1"), property("AccountName", "Equals", "bob")}, finding.IncidentChange{}, false},
		{"none of them", []detection.Condition{property("HostName", "NotContains", "lab", "pc")}, finding.IncidentChange{}, false},
		{"not one that is absent", []detection.Condition{property("Url", "NotEquals", "x")}, finding.IncidentChange{}, true},
		{"own properties", []detection.Condition{property("IncidentTitle", "EndsWith", "r"), property("IncidentSeverity", "Equals", "low"), property("IncidentRelatedAnalyticRuleIds", "Contains", "r"), property("IPAddress", "Equals", "10.0.0.1"),
			property("IncidentCustomDetailsKey", "Equals", "Line"), property("IncidentCustomDetailsValue", "Contains", "vss"), property("AzureResourceSubscriptionId", "Equals", "s1")}, finding.IncidentChange{}, true},
		{"unknown properties", []detection.Condition{property("IncidentColour", "NotEquals", "red")}, finding.IncidentChange{}, false},
		{"or", []detection.Condition{or(property("HostName", "Equals", "x"), property("HostName", "Equals", "pc1"))}, finding.IncidentChange{}, true},
		{"and within or", []detection.Condition{or(detection.Condition{Type: "Boolean", Operator: "And", Inner: []detection.Condition{property("HostName", "Equals", "pc1"), property("HostName", "Equals", "x")}})}, finding.IncidentChange{}, false},
		{"changed from", []detection.Condition{changed("IncidentStatus", "ChangedFrom", "Equals", "Active")}, update, true},
		{"changed to", []detection.Condition{changed("IncidentStatus", "ChangedTo", "Equals", "New")}, update, true},
		{"changed to another", []detection.Condition{changed("IncidentStatus", "ChangedTo", "Equals", "Closed")}, update, false},
		{"changed at all", []detection.Condition{changed("IncidentStatus", "", "")}, update, true},
		{"not changed", []detection.Condition{changed("IncidentOwner", "", "")}, update, false},
		{"alerts were added", []detection.Condition{{Type: "PropertyArrayChanged", Property: "Alerts", Change: "Added"}}, update, true},
		{"tactics were not", []detection.Condition{{Type: "PropertyArrayChanged", Property: "Tactics", Change: "Added"}}, update, false},
		{"any detail", []detection.Condition{{Type: "PropertyArray", Property: "CustomDetails", Inner: []detection.Condition{property("IncidentCustomDetailsKey", "Equals", "Line"), property("IncidentCustomDetailsValue", "Equals", "vssadmin")}}}, finding.IncidentChange{}, true},
		{"all values", []detection.Condition{{Type: "PropertyArray", Property: "CustomDetailValues", Every: true, Inner: []detection.Condition{property("IncidentCustomDetailsValue", "Equals", "vssadmin")}}}, finding.IncidentChange{}, false},
	} {
		d := ruled(detection.Grouping{})
		a := alert(d, 0, entity("Host", "HostName", "pc1"), entity("IP", "Address", "10.0.0.1"), entity("AzureResource", "ResourceId", "/subscriptions/s1/x"))
		a.Alert.Details = []finding.AlertDetail{{Name: "Line", Values: []string{"vssadmin", "other"}}}
		in := (&finding.Grouper{}).Add(a)
		rule := &detection.AutomationRule{Enabled: true, On: "Incidents", When: "Created", Condition: c.conditions, Actions: closing}
		if c.change.Updated {
			rule.When = "Updated"
		}
		steps := finding.Automate([]*detection.AutomationRule{rule}, in, c.change, 1)
		if (len(steps) == 1) != c.want {
			t.Errorf("%s: applies: %v", c.name, !c.want)
			continue
		}
		if c.want && (in.Status != "Closed" || in.Level != detection.High || join(in.Labels) != "lab" || in.Owner != "o" || len(in.Tasks) != 1 || len(steps[0].Left) != 1 || len(steps[0].Actions) != 2) {
			t.Errorf("%s: %+v %+v", c.name, in, steps)
		}
	}
	// the order counts, and each sees what the ones before did; those that are off or over do nothing
	in := (&finding.Grouper{}).Add(alert(ruled(detection.Grouping{}), 0))
	set := func(order int, status string, conditions ...detection.Condition) *detection.AutomationRule {
		return &detection.AutomationRule{Order: order, Enabled: true, On: "Incidents", When: "Created", Condition: conditions, Actions: []detection.Action{{Type: "ModifyProperties", Status: status}}}
	}
	off, over, alerts := set(4, "Off"), set(5, "Over"), set(6, "Alerts")
	off.Enabled, over.Expires, alerts.On = false, 1, "Alerts"
	steps := finding.Automate([]*detection.AutomationRule{off, over, alerts, set(2, "Closed", property("IncidentStatus", "Equals", "Active")), set(1, "Active")}, in, finding.IncidentChange{}, 1)
	if len(steps) != 2 || in.Status != "Closed" {
		t.Errorf("%d steps, %s", len(steps), in.Status)
	}
}
