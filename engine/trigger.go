package engine

import (
	"goshawk/detection"
	"goshawk/finding"
)

// alerts are what the runs of a rule of Sentinel's have raised so far.
type alerts struct {
	raised map[string]bool // by id: a later run that finds the same adds nothing
	last   bool            // the last run raised one
	// quietUntil is the time before which the rule is not run, after a run that alerted.
	quietUntil int64
}

// runsMatter says whether it matters to the answer which rows one run of a rule sees together. Otherwise each row is an alert.
func runsMatter(a *detection.Alert) bool {
	return a != nil && (oneAlert(a) || a.Suppression > 0 || a.Trigger != detection.Trigger{} && !(a.Trigger.Operator == "gt" && a.Trigger.Threshold == 0))
}

// oneAlert says whether all rows of a run are one alert. Each row of a custom detection is one by itself.
func oneAlert(a *detection.Alert) bool {
	return !a.PerResult && (a.Kind == detection.Scheduled || a.Kind == detection.NRT)
}

// present is the time that a search takes for now: in a run of Sentinel's the end of its window, as if nothing were late.
func (rr *ruleRun) present(s search) int64 {
	if rr.rule.Detection.Alert != nil && rr.slots != nil {
		return s.to
	}
	return s.at
}

// trigger decides what becomes of the rows of one run of a rule of Sentinel: whether their number is an alert, and whether each is one
// or all are. before is how many findings there were in front of them. All rows of the run count, also those that an earlier run of an
// overlapping window has seen; what was raised before is not raised again.
func (r *run) trigger(rr *ruleRun, before int, s search) {
	a := rr.rule.Detection.Alert
	if a == nil {
		return
	}
	made := rr.ready[before:]
	if rr.alerts.last = a.Trigger.Met(len(made)); !rr.alerts.last {
		rr.untriggered += int64(len(made))
		rr.ready = rr.ready[:before]
		return
	}
	if rr.slots == nil {
		return // all of the data at once is nobody's run
	}
	switch {
	case len(made) == 0:
		made = []*finding.Finding{finding.Silence(rr.rule.Detection, s.at, s.from, s.to)}
	case oneAlert(a):
		made = []*finding.Finding{finding.OneAlert(made)}
	}
	rr.ready = rr.ready[:before]
	for _, f := range made {
		if rr.alerts.raised[f.ID] {
			continue
		}
		if rr.alerts.raised == nil {
			rr.alerts.raised = map[string]bool{}
		}
		rr.alerts.raised[f.ID] = true
		rr.ready = append(rr.ready, f)
	}
	rr.alerts.suppress(a, s.at)
}

// suppress notes that a run has alerted.
func (x *alerts) suppress(a *detection.Alert, at int64) {
	if a.Suppression > 0 {
		x.quietUntil = at + a.Suppression
	}
}

// again notes a run that is left out, since it would say what the last one said.
func (x *alerts) again(a *detection.Alert, at int64) {
	if a != nil && x.last {
		x.suppress(a, at)
	}
}

// speaksOfSilence says whether a rule alerts on a run without rows.
func (rr *ruleRun) speaksOfSilence() bool {
	a := rr.rule.Detection.Alert
	return a != nil && rr.slots != nil && a.Trigger.OnSilence()
}
