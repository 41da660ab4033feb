package report

import "goshawk/engine"

// talkSentinel says what summary rules wrote, and what alerts and automation rules amount to.
func talkSentinel(say func(label, text string), r *engine.Report, o TalkOptions) {
	if s := r.Summaries; s.Rules > 0 {
		text := plural(s.Rows, "row") + " of " + plural(s.Rules, "summary rule") + ", for " + manyOf(s.Bins, "span", "spans") + " of time"
		if s.Untimed > 0 {
			text += "; " + manyOf(s.Untimed, "event without a time is", "events without a time are") + " in none"
		}
		say("summaries", text)
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
			text += ", " + manyOf(s.Playbooks, "action", "actions") + " (playbooks) not taken"
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
