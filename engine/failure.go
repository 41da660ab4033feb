package engine

import (
	"errors"

	"goshawk/compile"
	"goshawk/diag"
)

// RuleFailure is a rule whose answer is not whole, and why.
type RuleFailure struct {
	Rule        *compile.Rule
	Diagnostics diag.List // of the first time that it failed
	Findings    int64     // what it found all the same
	// Slots counts the searches that failed; Slot is the time of the first. Both are 0 where the schedule was not replayed.
	Slots int64
	Slot  int64
}

// complain returns an error as complaints about a rule.
func complain(rule *compile.Rule, err error) diag.List {
	var one diag.Diagnostic
	var list diag.List
	switch {
	case errors.As(err, &list):
		list = append(diag.List(nil), list...)
	case errors.As(err, &one):
		list = diag.List{one}
	default:
		list = diag.List{{Code: "rule-failed", Message: err.Error()}}
	}
	for i := range list {
		if d := &list[i]; d.Source == nil {
			d.Source, d.Span = rule.Detection.Query, rule.Detection.Span
		}
	}
	return list
}

// fail notes that a rule has failed, at a slot or as a whole.
func (r *run) fail(rr *ruleRun, err error, slot int64) {
	if r.context != nil && r.context.Err() != nil {
		return // it was called off
	}
	if rr.failure == nil {
		rr.failure = &RuleFailure{Rule: rr.rule, Diagnostics: complain(rr.rule, err), Slot: slot}
	}
	if slot != 0 {
		rr.failure.Slots++
		return
	}
	rr.over = true
	rr.run, rr.stored, rr.waiting = nil, nil, nil
	r.memory -= rr.memory
	rr.memory = 0
}
