package engine

import (
	"strings"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

// SentinelOptions say what is made of the alerts of Sentinel's rules.
type SentinelOptions struct {
	// Incidents puts them into incidents, as their rules say, which are findings behind all others.
	Incidents bool
	// Automation are the rules that are applied to incidents and alerts, by the time of the events.
	Automation []*detection.AutomationRule
	// MaxAlerts bounds the alerts that are kept; 0: 250,000.
	MaxAlerts int
}

// SentinelReport is what came of alerts.
type SentinelReport struct {
	Alerts    int64 // that were put into incidents
	Incidents int64
	Closed    int64 // of them, by automation rules
	Steps     int64 // how often an automation rule applied
	Playbooks int64 // actions of theirs that were not taken, playbooks above all
	Lost      int64 // alerts that were not kept
}

// sentinelRun is what a scan keeps of Sentinel's content.
type sentinelRun struct {
	desk   *finding.Desk  // of alerts that become incidents; nil: of none
	summed []*event.Class // the kinds of record that rows of summary rules are
	// summedUntil is the latest time of such a row.
	summedUntil int64
}

// alerted keeps an alert for the incidents, and says in its notes which automation rules would have run something for it.
func (r *run) alerted(f *finding.Finding) {
	if r.desk == nil {
		r.desk = &finding.Desk{Rules: r.scan.Sentinel.Automation, MaxAlerts: r.scan.Sentinel.MaxAlerts}
	}
	if f.Incident != nil {
		return
	}
	a := r.desk.Take(f)
	if a == nil {
		return
	}
	for _, s := range finding.AlertSteps(r.scan.Sentinel.Automation, a) {
		r.report.Sentinel.Steps++
		r.report.Sentinel.Playbooks += int64(len(s.Left))
		f.Notes = append(f.Notes, strings.TrimSuffix("the automation rule "+s.Name()+" applies; not run: "+s.NotDone(), "; not run: "))
	}
}

// sentinelIncidents hands out what the alerts amount to.
func (r *run) sentinelIncidents() error {
	if r.desk == nil {
		return nil
	}
	out := &r.report.Sentinel
	out.Alerts, out.Lost = int64(r.desk.Alerts()), r.desk.Lost
	var detections finding.IncidentDetections
	for _, in := range r.desk.Incidents() {
		out.Incidents++
		if in.Status == finding.IncidentClosed {
			out.Closed++
		}
		out.Steps += int64(len(in.Steps) + in.MoreSteps)
		for i := range in.Steps {
			out.Playbooks += int64(len(in.Steps[i].Left))
		}
		if err := r.deliver(detections.Finding(in)); err != nil {
			return err
		}
	}
	return nil
}
