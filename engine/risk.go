package engine

import (
	"context"

	"goshawk/event"
	"goshawk/finding"
	"goshawk/taxonomy/attack"
)

// RiskOptions say what is made of the risk that findings raise.
type RiskOptions struct {
	Off     bool // no ledger is kept: neither incidents nor rules that look at risk find anything
	Factors []finding.Factor
	// Hosts counts what machine accounts do, and nobody, for the machine.
	Hosts bool
	// Cap, if more than 0, bounds what one detection adds to the risk of an entity in the eyes of the incident rules: so many
	// times its highest single score.
	Cap float64
	// MaxEvents bounds the risk events that are kept; 0: 1,000,000.
	MaxEvents int
	// NoIncidents leaves the incident rules out.
	NoIncidents bool
}

func (o RiskOptions) ledger() finding.LedgerOptions {
	return finding.LedgerOptions{Factors: o.Factors, Hosts: o.Hosts, Attack: attackOf, MaxEvents: o.MaxEvents}
}

// tacticIDs are the identifiers of ATT&CK's tactics.
var tacticIDs = map[string]string{
	"reconnaissance": "TA0043", "resource-development": "TA0042", "initial-access": "TA0001", "execution": "TA0002",
	"persistence": "TA0003", "privilege-escalation": "TA0004", "stealth": "TA0005", "defense-impairment": "TA0112",
	"credential-access": "TA0006", "discovery": "TA0007", "lateral-movement": "TA0008", "collection": "TA0009",
	"command-and-control": "TA0011", "exfiltration": "TA0010", "impact": "TA0040",
}

// attackOf returns the name and the tactics of a technique.
func attackOf(technique string) (string, []finding.Tactic) {
	name, slugs, _ := attack.Technique(technique)
	var list []finding.Tactic
	for _, slug := range slugs {
		list = append(list, finding.Tactic{ID: tacticIDs[slug], Slug: slug})
	}
	return name, list
}

// incidents hands out what the incident rules say of the risk that was raised.
func (r *run) incidents() error {
	if r.ledger == nil {
		return nil
	}
	r.report.RiskEvents = int64(len(r.ledger.Events()))
	r.report.Ledger = r.ledger
	if r.scan.Risk.NoIncidents {
		return nil
	}
	for _, f := range r.ledger.Incidents(finding.IncidentRules(), finding.IncidentOptions{Cap: r.scan.Risk.Cap}) {
		r.report.Incidents++
		if err := r.deliver(f); err != nil {
			return err
		}
	}
	return nil
}

// riskClass is the kind of record that a risk event is: a result that a search collects.
var riskClass = event.ClassOf(event.Class{Product: "stash"})

// raisedBlock is how many events that a scan makes are matched before the rules get their rows.
const raisedBlock = 1024

// raising is the risk events on their way to the rules that look at risk.
type raising struct {
	worker   *worker
	outcomes chan outcome
	stop     context.CancelFunc
}

// maxRaised bounds the blocks of risk events whose rows wait for the incidents to be handed out.
const maxRaised = 8

// raise begins to show the risk events to the rules that look at risk, as events that have their fields, in a goroutine of its own. The evidence
// of what they find is the findings that raised the risk. It returns nil if no rule looks at any.
func (r *run) raise() *raising {
	wanted := false
	for _, rr := range r.rules {
		wanted = wanted || rr.risk && !rr.over
	}
	if !wanted || r.ledger == nil {
		return nil
	}
	ctx, stop := context.WithCancel(r.context)
	a := &raising{worker: r.newWorker(), outcomes: make(chan outcome, maxRaised), stop: stop}
	a.worker.risk = true
	list := r.ledger.Events()
	go func() {
		defer close(a.outcomes)
		a.worker.ask(ctx, func(i int) *event.Event {
			if i == len(list) {
				return nil
			}
			e := list[i]
			return &event.Event{Class: riskClass, Record: r.ledger.Record(e), Logged: e.Time,
				Origin: event.Origin{Source: "finding " + e.Finding.ID, Offset: -1}}
		}, func(o outcome) bool {
			select {
			case a.outcomes <- o:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	return a
}

// raised offers the rules that look at risk what came of the risk events.
func (r *run) raised(a *raising) error {
	if a == nil {
		return nil
	}
	for o := range a.outcomes {
		if err := r.shown(a.worker, o); err != nil {
			return err
		}
	}
	r.first, r.last = joinSpans(r.first, r.last, a.worker.earliest, a.worker.latest)
	return nil
}

// end stops what is still under way, and waits for it.
func (a *raising) end() {
	if a == nil {
		return
	}
	a.stop()
	for range a.outcomes {
	}
}

// joinSpans returns the span of time that holds two; 0 is no time.
func joinSpans(first, last, otherFirst, otherLast int64) (int64, int64) {
	if first == 0 || otherFirst != 0 && otherFirst < first {
		first = otherFirst
	}
	return first, max(last, otherLast)
}

// span completes the span of the data with what the workers saw.
func (r *run) span(workers []*worker) {
	for _, w := range workers {
		r.first, r.last = joinSpans(r.first, r.last, w.earliest, w.latest)
	}
}
