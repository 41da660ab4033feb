package report

import "goshawk/engine"

// talkSentinel says what summary rules wrote, and what alerts and automation rules amount to.
func talkSentinel(say func(label, text string), r *engine.Report, o TalkOptions) {
	if s := r.Summaries; s.Rules > 0 {
		say("summaries", plural(s.Rows, "row")+" of "+plural(s.Rules, "summary rule")+", for "+manyOf(s.Bins, "span", "spans")+" of time")
	}
	s := r.Sentinel
	if s.Alerts > 0 {
		text := plural(s.Incidents, "incident") + " of " + plural(s.Alerts, "alert")
		if s.Closed > 0 {
			text += ", " + count(s.Closed) + " closed"
		}
		if s.Steps > 0 {
			text += "; automation rules applied " + manyOf(s.Steps, "time", "times")
		}
		if s.Playbooks > 0 {
			text += ", " + manyOf(s.Playbooks, "playbook was", "playbooks were") + " not run"
		}
		say("incidents", text)
	}
	if s.Lost > 0 {
		say("incidents", manyOf(s.Lost, "alert was", "alerts were")+" too many, and are in no incident")
	}
	if o.Automation > 0 {
		say("automation", plural(o.Automation, "automation rule")+" not applied (--incidents)")
	}
}
