package engine

import (
	"cmp"
	"context"
	"math"
	"slices"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// SummaryReport is what the summary rules of a scan wrote.
type SummaryReport struct {
	Rules int
	Bins  int64 // spans of time that had something to be summarised
	Rows  int64
	// Untimed are events without a time, which are in no span.
	Untimed int64
}

// withSummaries returns a scan with the summary rules that its rules read, behind them and each behind those that it reads itself; the
// scan as it is if there are none.
func (s *Scan) withSummaries() *Scan {
	var more []*compile.Rule
	for _, r := range s.Rules {
		for _, one := range r.Reads {
			if !slices.Contains(s.Rules, one) && !slices.Contains(more, one) {
				more = append(more, one)
			}
		}
	}
	if more == nil {
		return s
	}
	wider := *s
	wider.Rules = slices.Concat(s.Rules, more)
	return &wider
}

// summarise runs the summary rules, each over all of its spans of time, and shows their rows to the rules that read them. The order of
// the rules of a scan is one in which each comes behind those whose tables it reads.
func (r *run) summarise() error {
	for _, rr := range r.rules {
		if rr.rule.Summary == nil || !rr.rows || rr.over {
			continue
		}
		if r.context.Err() != nil {
			return nil
		}
		c := r.end(rr)
		for _, failed := range c.failed {
			r.fail(rr, failed.err, failed.slot)
		}
		rows := rr.ready
		rr.ready, rr.over = nil, true
		r.account(rr, 0)
		if err := r.suppress(rr.takeLeft()); err != nil {
			return err
		}
		r.report.Summaries.Untimed += c.unseen
		r.report.Summaries.Rules++
		r.report.Summaries.Bins += c.slots
		r.report.Summaries.Rows += int64(len(rows))
		if err := r.append(rr, rows); err != nil {
			return err
		}
	}
	return nil
}

// append shows rows of a summary rule to the rules that read its table, in the order of their times.
func (r *run) append(rr *ruleRun, rows []*finding.Finding) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b *finding.Finding) int { return cmp.Compare(a.To, b.To) })
	s := rr.rule.Summary
	class := taxonomy.SummaryClass(s.Table)
	if !slices.Contains(r.summed, class) {
		r.summed = append(r.summed, class)
	}
	w := r.newWorker()
	w.summary = true
	number := uint64(0)
	err := r.show(w, func(i int) *event.Event {
		if i == len(rows) {
			return nil
		}
		if number++; i > 0 && rows[i].To != rows[i-1].To {
			number = 1
		}
		ran := rows[i].To + s.Rule.Delay
		return &event.Event{Class: class, Record: summaryRow(rr, rows[i], ran), Logged: ran,
			Origin: event.Origin{Source: s.Table, Record: number, Offset: -1}}
	})
	r.summedUntil = max(r.summedUntil, w.latest)
	return err
}

// summaryRow returns a row as its table holds it: what the rule gave, and the columns that the service adds.
func summaryRow(rr *ruleRun, f *finding.Finding, ran int64) event.Record {
	s := rr.rule.Summary
	own := map[string]event.Value{
		"TimeGenerated": event.TimeValue(ran), "_RuleName": event.TextValue(s.Rule.Name), "_BinSize": event.IntValue(s.Rule.Bin / (60 * event.TicksPerSecond)),
		"_BinStartTime": event.TimeValue(f.To - s.Rule.Bin), "Type": event.TextValue(s.Table),
	}
	var row event.Record
	for _, c := range s.Columns {
		v, standard := own[c.Name]
		if !standard {
			v = f.Fields.Get(c.Name)
		}
		switch {
		case !v.IsNull() && !v.IsAbsent():
			row.Set(c.Name, v)
		case c.Type == schema.String: // a text is never null in Kusto
			row.Set(c.Name, event.TextValue(""))
		}
	}
	return row
}

// show asks the rules of events that the scan itself makes, which next gives by their numbers, nil behind the last; what they find
// waits with the rules.
func (r *run) show(w *worker, next func(i int) *event.Event) error {
	var failed error
	w.ask(r.context, next, func(o outcome) bool {
		failed = r.shown(w, o)
		return failed == nil
	})
	return failed
}

// ask asks the rules of events that the scan itself makes, and gives out what comes of so many of them, until give wants no more.
func (w *worker) ask(ctx context.Context, next func(i int) *event.Event, give func(outcome) bool) {
	var o outcome
	place := finding.Order{Input: behindAll}
	for i := range math.MaxInt {
		if i%raisedBlock == raisedBlock-1 {
			w.flush(&o)
			if !give(o) {
				return
			}
			o = outcome{}
		}
		ev := next(i)
		if ev == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		w.event(ev, place, &o)
		place.Event++
	}
	w.flush(&o)
	give(o)
}

// shown offers the rules their rows of events that the scan itself made; what they find waits with them.
func (r *run) shown(w *worker, o outcome) error {
	for _, b := range o.broken {
		r.fail(r.rules[b.rule], b.err, 0)
	}
	r.wake(o.wanted)
	for _, f := range r.offer(o.rows) {
		r.rules[f.rule].ready = append(r.rules[f.rule].ready, f.finding)
	}
	r.report.Unseen += o.unseen
	if w.summary { // the data end where they end; only for whoever reads summaries the present is behind them
		r.report.Outside += o.outside
	}
	return r.suppress(o.left)
}

// endOfSummaries returns the whole second behind what summary rules wrote, for a rule that reads that; 0 for others.
func (r *run) endOfSummaries(rr *ruleRun) int64 {
	if len(rr.rule.Reads) == 0 {
		return 0
	}
	return wholeSecondBehind(r.summedUntil)
}
