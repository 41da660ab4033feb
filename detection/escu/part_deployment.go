package escu

import (
	"path"
	"strings"

	"goshawk/detection"
)

// Deployment is what detections of a kind have in common: when they run, and what their rows become.
type Deployment struct {
	Name                      string
	Kind                      detection.Kind // empty: for those that name it
	Schedule                  detection.Schedule
	Finding, Risk             bool
	Actions                   bool // it says what rows become
	Title, FindingDescription string
	FindingFields             []string
	Path                      string
}

func (f *File) readDeployment(r *reader) {
	r.document("deployment", func(m *fields) {
		d := &Deployment{Name: m.text("name"), Path: f.Source.Name, Kind: detection.Kind(m.text("type"))}
		m.known("id", "version", "date", "creation_date", "modification_date", "author", "description", "status", "references", "tags")
		if d.Kind != "" {
			r.oneOf(string(d.Kind), m.place("type"), "kind", "escu-kind", kindNames())
		}
		timing := m
		if m.has("scheduling") {
			timing = m.sub("scheduling")
		}
		d.Schedule = timing.schedule()
		if timing != m { // a schedule alone says nothing of what rows become
			timing.done()
			d.actions(m)
		}
		f.deployment = d
	})
}

// actions reads what rows become.
func (d *Deployment) actions(m *fields) {
	d.Actions = true
	actions := m.sub("alert_action")
	if actions == nil {
		return
	}
	if notable := actions.sub("notable"); notable != nil {
		d.Finding = true
		d.Title, d.FindingDescription, d.FindingFields = notable.text("rule_title"), notable.text("rule_description"), notable.texts("nes_fields")
		notable.done()
	}
	if risk := actions.sub("rba"); risk != nil {
		d.Risk = risk.truth("enabled", false)
		risk.done()
	}
	actions.known("email", "slack", "phantom")
	actions.done()
}

// schedule reads when something runs. What is shipped is switched off and, being scheduled, runs every slot.
func (f *fields) schedule() detection.Schedule {
	s := detection.Schedule{Disabled: true, Continuous: true}
	if f == nil {
		return s
	}
	s.Cron, s.Earliest, s.Latest, s.Window = f.text("cron_schedule"), f.text("earliest_time"), f.text("latest_time"), f.text("schedule_window")
	return s
}

// deploymentFor returns what applies to a detection: its own, the one it names, that of its kind in the pack, and what is usual.
func (p *Pack) deploymentFor(d *draft) *Deployment {
	usual := usualDeployment(d.answer.Kind)
	chosen := d.deployment
	if name := strings.TrimSpace(d.schedule.Text); chosen == nil && name != "" {
		if chosen = p.deploymentNamed(name); chosen == nil {
			c := d.r.warnf(d.schedule.at, "escu-unknown-schedule", "unknown schedule %q", name)
			var names []string
			for _, other := range p.Deployments {
				names = append(names, other.Name)
			}
			suggest(c, name, names)
		}
	}
	if chosen == nil {
		for _, other := range p.Deployments {
			if other.Kind == d.answer.Kind && other.Kind != "" {
				chosen = other
				break
			}
		}
	}
	if chosen == nil {
		name := "default_eventbaseddetection"
		if d.answer.Kind == detection.Baseline {
			name = "default_baseline"
		}
		chosen = p.deploymentNamed(name)
	}
	if chosen == nil {
		return usual
	}
	whole := *chosen
	for _, part := range []struct{ own, usual *string }{
		{&whole.Schedule.Cron, &usual.Schedule.Cron}, {&whole.Schedule.Earliest, &usual.Schedule.Earliest},
		{&whole.Schedule.Latest, &usual.Schedule.Latest}, {&whole.Schedule.Window, &usual.Schedule.Window},
	} {
		if *part.own == "" {
			*part.own = *part.usual
		}
	}
	if !whole.Actions {
		whole.Finding, whole.Risk, whole.Title, whole.FindingDescription, whole.FindingFields = usual.Finding, usual.Risk, usual.Title, usual.FindingDescription, usual.FindingFields
	}
	return &whole
}

// deploymentNamed returns the deployment of a name, or of the file of that name; nil if there is none.
func (p *Pack) deploymentNamed(name string) *Deployment {
	for _, d := range p.Deployments {
		if d.Name == name || strings.TrimSuffix(path.Base(strings.ReplaceAll(d.Path, "\\", "/")), path.Ext(d.Path)) == name {
			return d
		}
	}
	return nil
}

// usualDeployment returns what ESCU has for detections of a kind: every hour, over an hour that ended ten minutes ago; baselines once
// a day.
func usualDeployment(kind detection.Kind) *Deployment {
	d := &Deployment{Name: "usual", Kind: kind, Schedule: detection.Schedule{Cron: "0 * * * *", Earliest: "-70m@m", Latest: "-10m@m", Window: "auto", Disabled: true, Continuous: true}}
	switch kind {
	case detection.TTP:
		d.Finding, d.Risk = true, true
	case detection.Anomaly:
		d.Risk = true
	case detection.Correlation:
		d.Finding = true
	case detection.Baseline:
		d.Schedule.Cron, d.Schedule.Earliest = "10 0 * * *", "-1450m@m"
	}
	if d.Finding {
		d.Title, d.FindingDescription, d.FindingFields = defaultTitle, defaultDescription, []string{"user", "dest"}
	}
	return d
}

func kindNames() []string {
	var names []string
	for _, kind := range detection.Kinds() {
		names = append(names, string(kind))
	}
	return names
}
