package engine

import (
	"slices"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// A rule may have named suppressors: filters that say why, such as exclusions, on the events that it reads or on its rows. What they drop
// is counted. What is dropped, a match, is what would have been a finding, for a rule that answers event by event; for a rule that gathers
// events, it is an event that would have gone in. So the numbers do not depend on where in the plan a suppressor stands, and a match that
// several of them drop is one, which each of them has suppressed.

// Suppression is what one suppressor of one rule did.
type Suppression struct {
	Why     string // what the filter says of itself: "exclusion ex-0007"
	Rule    *compile.Rule
	Matches int64
	// First and Last are the earliest and latest times of what it suppressed, in ticks; 0 if there is none.
	First, Last int64
}

// Suppressed is a match that is no finding.
type Suppressed struct {
	By   []string // the suppressors, as they say why
	Rule *compile.Rule
	// Finding is the finding that a rule of single events would have made. Of a rule that gathers events it stands for the event, or for
	// the row that was dropped.
	Finding *finding.Finding
}

// leftOut is a match on its way to the report.
type leftOut struct {
	rule    int
	by      []string
	matches int64
	first   int64 // times of the events
	last    int64
	finding *finding.Finding // nil where nobody wants it
}

// prepareSuppressions lists what can suppress something, so that what suppresses nothing is in the report as well.
func (r *run) prepareSuppressions(rr *ruleRun) {
	add := func(why string) {
		if !slices.ContainsFunc(rr.suppressions, func(s *Suppression) bool { return s.Why == why }) {
			rr.suppressions = append(rr.suppressions, &Suppression{Why: why, Rule: rr.rule})
		}
	}
	for _, f := range rr.rule.Feeds {
		for _, s := range f.Suppressors {
			add(s.Why)
		}
	}
	if rr.rule.Rest != nil {
		plan.Walk(rr.rule.Rest, func(n plan.Node) bool {
			if f, ok := n.(*plan.Filter); ok && f.Why != "" {
				rr.sieves = true
				add(f.Why)
			}
			return true
		})
	}
	if len(rr.suppressions) > 0 {
		rr.made.leave, rr.wanted = rr.leave, r.scan.Suppressed != nil
	}
}

// suppress counts matches that are no findings, and hands them out.
func (r *run) suppress(list []leftOut) error {
	for _, l := range list {
		rr := r.rules[l.rule]
		r.report.SuppressedMatches += l.matches
		for _, s := range rr.suppressions {
			if slices.Contains(l.by, s.Why) {
				s.Matches += l.matches
				s.First, s.Last = joinSpans(s.First, s.Last, l.first, l.last)
			}
		}
		if r.scan.Suppressed != nil && l.finding != nil {
			if err := r.scan.Suppressed(&Suppressed{By: l.by, Rule: rr.rule, Finding: l.finding}); err != nil {
				return err
			}
		}
	}
	return nil
}

// suppressor is a compiled condition that an event must meet to stay.
type suppressor struct {
	why  string
	keep *eval.Program
}

// suppressedBy returns what suppresses an event that a feed let pass; nil if nothing does.
func (w *worker) suppressedBy(id int, ev *event.Event, row *eval.Row) []string {
	key := ruleOfClass{id, ev.Class}
	list, ok := w.suppressors[key]
	if !ok {
		for _, s := range w.run.feeds[id].Suppressors {
			list = append(list, suppressor{s.Why, native(s.Keep, w.run.scan.Taxonomy, ev.Class)})
		}
		w.suppressors[key] = list
	}
	var by []string
	for _, s := range list {
		if s.keep == nil || s.keep.True(row) || row.Overflow || row.Failed != "" { // what cannot be decided is found
			row.Overflow, row.Failed = false, ""
			continue
		}
		if !slices.Contains(by, s.why) {
			by = append(by, s.why)
		}
	}
	return by
}

// leftBy returns what suppressed the event that a row of a rule was made of.
func leftBy(t *exec.Trail) []string {
	if t == nil {
		return nil
	}
	for _, e := range t.Evidence {
		n := e.Note.(*note)
		for i := range n.left {
			if n.left[i].feed == e.Feed() {
				return n.left[i].by
			}
		}
	}
	return nil
}

// leftRow says that rows of a feed that are made of an event are suppressed.
type leftRow struct {
	feed *feed
	by   []string
}

// leave notes a row that is no finding.
func (rr *ruleRun) leave(by []string, matches int64, f *finding.Finding) {
	l := leftOut{rule: rr.index, by: by, matches: matches}
	for _, e := range f.Evidence {
		l.first, l.last = joinSpans(l.first, l.last, e.Time, e.Time)
	}
	if l.first == 0 {
		l.first, l.last = f.Time, f.Time
	}
	if rr.wanted {
		l.finding = f
	} else if n := len(rr.left); n > 0 && slices.Equal(rr.left[n-1].by, by) { // a number is all that is kept
		last := &rr.left[n-1]
		last.matches += matches
		last.first, last.last = joinSpans(last.first, last.last, l.first, l.last)
		return
	}
	rr.left = append(rr.left, l)
}

// takeLeft returns what the rule has left out since it was asked before.
func (rr *ruleRun) takeLeft() []leftOut {
	list := rr.left
	rr.left = nil
	return list
}

// optionsOf returns the options of the searches of a rule.
func (r *run) optionsOf(rr *ruleRun) exec.Options {
	o := r.queryOptions()
	if rr.sieves {
		o.Dropped = func(f *plan.Filter, why []string, b *exec.Batch, row int) {
			var left maker
			left.reads(f.Columns(), f.Open())
			x := finding.OfRow(rr.rule.Detection, left.rowOf(b, row, rr.made.search))
			if rr.made.seen != nil {
				key := "left " + x.ID
				if rr.made.seen[key] {
					return
				}
				rr.made.seen[key] = true
			}
			matches := int64(1)
			if t := b.From; t != nil && t[row] != nil && !rr.rule.Single {
				matches = int64(max(1, len(t[row].Evidence)+t[row].More))
			}
			rr.leave(why, matches, x)
		}
	}
	return o
}
