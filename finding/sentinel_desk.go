package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"goshawk/detection"
)

// Desk is where alerts of Sentinel come in: it puts them into incidents, and applies automation rules to each incident when it is opened and
// when it changes. The zero Desk has no automation rules. The same alerts give the same incidents, whatever order they are taken in.
type Desk struct {
	Rules []*detection.AutomationRule
	// MaxAlerts bounds the alerts that are kept; 0: 250,000. Those behind it are counted, in Lost.
	MaxAlerts int
	Lost      int64

	alerts []*RuleAlert
}

// defaultMaxAlerts is some 250 MB of alerts with a few entities each.
const defaultMaxAlerts = 250_000

// Take adds the alert that a finding is, unless its detection wants no incidents, and returns it; nil if it is no alert.
func (d *Desk) Take(f *Finding) *RuleAlert {
	a := RuleAlertOf(f)
	if a == nil || !a.Detection.Alert.Incident.Create {
		return a
	}
	if len(d.alerts) >= cmp.Or(d.MaxAlerts, defaultMaxAlerts) {
		d.Lost++
		return a
	}
	d.alerts = append(d.alerts, a)
	return a
}

// Alerts returns how many alerts are kept.
func (d *Desk) Alerts() int { return len(d.alerts) }

// Incidents returns what the alerts amount to, in the order in which the incidents were opened. The time is that of the alerts: those
// without one come first.
func (d *Desk) Incidents() []*SentinelIncident {
	slices.SortStableFunc(d.alerts, func(a, b *RuleAlert) int { return cmp.Compare(a.Time, b.Time) })
	rules := inOrder(d.Rules)
	var g Grouper
	for _, a := range d.alerts {
		if in, change := g.Put(a); in != nil && len(rules) > 0 {
			in.automate(rules, change, a.Time)
		}
	}
	return g.Incidents()
}

// maxSteps bounds the steps that are kept with an incident.
const maxSteps = 200

// IncidentStep is that an automation rule applied to an incident.
type IncidentStep struct {
	AutomationStep
	Time int64  // ticks, of the alert that led to it
	When string // Created or Updated
}

// automate applies automation rules to an incident that was opened or has changed, and then, as long as they change it, those that wait for
// changes, each of them once: rules for changes run behind those for new incidents ("Automation rules in Microsoft Sentinel", on the
// order in which they run).
func (in *SentinelIncident) automate(rules []*detection.AutomationRule, change IncidentChange, now int64) {
	left := rules
	for {
		before := in.state()
		steps := automate(left, in, change, now)
		if len(steps) == 0 {
			return
		}
		when := "Created"
		if change.Updated {
			when = "Updated"
		}
		for _, s := range steps {
			if len(in.Steps) >= maxSteps {
				in.MoreSteps++
				continue
			}
			in.Steps = append(in.Steps, IncidentStep{s, now, when})
		}
		left = slices.DeleteFunc(slices.Clone(left), func(r *detection.AutomationRule) bool {
			return slices.ContainsFunc(steps, func(s AutomationStep) bool { return s.Rule == r })
		})
		if change = in.since(before, byAutomation); len(change.Was)+len(change.Added) == 0 {
			return
		}
	}
}

// incidentState is what conditions on changes ask about.
type incidentState struct {
	level           detection.Level
	status, owner   string
	labels, tactics int
}

func (in *SentinelIncident) state() incidentState {
	return incidentState{in.Level, in.Status, in.Owner, len(in.Labels), len(in.Tactics)}
}

// since returns what has changed since an incident was in a state.
func (in *SentinelIncident) since(before incidentState, by string) IncidentChange {
	c := IncidentChange{Updated: true, By: by, Was: map[string]string{}}
	if in.Level != before.level {
		c.Was["IncidentSeverity"] = before.level.String()
	}
	if in.Status != before.status {
		c.Was["IncidentStatus"] = before.status
	}
	if in.Owner != before.owner {
		c.Was["IncidentOwner"] = before.owner
	}
	if len(in.Labels) > before.labels {
		c.Added = append(c.Added, "Labels")
	}
	if len(in.Tactics) > before.tactics {
		c.Added = append(c.Added, "Tactics")
	}
	return c
}

// Did says in words what a step did; empty if nothing.
func (s *AutomationStep) Did() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	for _, a := range s.Actions {
		add("status", a.Status)
		add("severity", a.Severity)
		add("classification", strings.Join(strings.Fields(a.Classification+" "+a.Reason), ", "))
		add("comment", a.Comment)
		add("owner", a.Owner)
		add("labels", strings.Join(a.Labels, ", "))
		if a.Type == "AddIncidentTask" {
			add("task", a.Title)
		}
	}
	return strings.Join(parts, "; ")
}

// NotDone says in words what a step would have done in the service; empty if nothing.
func (s *AutomationStep) NotDone() string {
	var parts []string
	for _, a := range s.Left {
		switch {
		case a.Type == "RunPlaybook" && a.Playbook != "":
			parts = append(parts, "playbook "+a.Playbook[strings.LastIndexByte(a.Playbook, '/')+1:])
		case a.Type == "RunPlaybook":
			parts = append(parts, "a playbook")
		case a.Type == "":
			parts = append(parts, "an action of a type that is not known")
		default:
			parts = append(parts, a.Type)
		}
	}
	return strings.Join(parts, ", ")
}

// Name returns what a rule is called.
func (s *AutomationStep) Name() string { return fmt.Sprintf("%q", cmp.Or(s.Rule.Name, s.Rule.ID)) }

// AlertSteps returns the automation rules on alerts that apply to an alert. All that they can do is run playbooks, and nothing is run
// here: whoever shows the alert can say so.
func AlertSteps(rules []*detection.AutomationRule, a *RuleAlert) []AutomationStep {
	in := &SentinelIncident{Detection: a.Detection, Title: a.Alert.Title, Level: a.Alert.Level, Alerts: []*RuleAlert{a}}
	var steps []AutomationStep
	for _, r := range inOrder(rules) {
		if r.On == "Alerts" && r.Enabled && (r.Expires == 0 || r.Expires > a.Time) && in.meets(r, IncidentChange{}) {
			steps = append(steps, AutomationStep{Rule: r, Left: r.Actions})
		}
	}
	return steps
}
