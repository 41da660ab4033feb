package engine

import (
	"slices"
	"sync"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/schedule"
)

// feed is one place where a rule reads events. All feeds of all rules are in one stream.Set; this is what is known of each
// beside its predicate.
type feed struct {
	compile.Feed
	rule   int
	number int  // among the feeds of the rule
	off    bool // nobody wants its events
	rows   bool // its events become rows; otherwise each is a finding
	risk   bool // it is of a rule that looks at risk
	tags   bool // a row is the answer for one event: what is suppressed goes through the plan, so that what is counted is what would be found
	// summary says that it reads a table that summary rules fill.
	summary bool
	// idle says that its rows wait for one that meets Some, without which they do not matter. Only the goroutine that merges uses it once
	// the scan has begun.
	idle bool
	// slots, if not nil, restrict the events to those that lie in the window of a slot.
	slots *schedule.Schedule
	clock detection.Clock // which time of an event must lie there
	// why gives the predicate over the values of a row; for feeds of rows, nil if nothing is asked.
	why func() *eval.Program
	// asked gives the slots of a row whose values the predicate reads.
	asked func() []int
}

// note is what the rows that an event goes into remember of it.
type note struct {
	time       int64
	arrived    int64 // when the event was ingested; 0 if nobody knows, or nobody asks
	host, user string
	place      finding.Order
	left       []leftRow // the feeds whose rows of the event are suppressed
}

// asks returns what an event must meet to be a row; nil: nothing.
func (f *feed) asks() plan.Expr {
	switch {
	case f.Implied == nil:
		return f.Where
	case f.Where == nil:
		return f.Implied
	}
	return &plan.And{List: []plan.Expr{f.Where, f.Implied}}
}

// wants returns what some event of the feed must meet if any of them is to matter, and what all must; nil: nothing, or nobody waits for it.
func (f *feed) wants() plan.Expr {
	switch {
	case !f.idle:
		return nil
	case f.asks() == nil:
		return f.Some
	}
	return &plan.And{List: []plan.Expr{f.asks(), f.Some}}
}

// ask prepares the predicate of the feed for rows, whose values stand in the order of Scan.Out.
func (f *feed) ask() {
	if f.Where == nil {
		return
	}
	f.asked = sync.OnceValue(func() []int { return slotsOf(f.Where, f.Scan.Out) })
	f.why = sync.OnceValue(func() *eval.Program {
		p, err := eval.Compile(f.Where, func(c *plan.Column) int { return slices.Index(f.Scan.Out, c) })
		if err != nil {
			return nil // the set has refused it as well
		}
		return p
	})
}

// slotsOf returns where the columns that an expression reads stand in a list.
func slotsOf(e plan.Expr, columns []*plan.Column) []int {
	var slots []int
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Ref:
			if at := slices.Index(columns, e.Column); at >= 0 {
				slots = append(slots, at)
			}
		case *plan.Everything:
			for at := range columns {
				slots = append(slots, at)
			}
		}
		return true
	})
	slices.Sort(slots)
	return slices.Compact(slots)
}

// rowReasons returns the clauses that an event met when it became a row.
func rowReasons(e exec.Evidence) []finding.Reason {
	f := e.Feed().(*feed)
	if f.why == nil || f.why() == nil {
		return nil
	}
	rest := e.Rest()
	return reasons(f.why(), &eval.Row{Columns: e.Row(f.asked()), Record: rest.Record, Raw: rest.Raw, FreeText: rest.FreeText})
}

// addRow adds an event to the rows of a feed.
func (w *worker) addRow(id int, ev *event.Event, o *outcome) {
	f := w.run.feeds[id]
	rows := w.rows[id]
	if rows == nil {
		var err error
		if rows, err = w.share.Rows(f.Scan, w.run.rowOptions(), f); err != nil {
			o.broken = append(o.broken, broken{f.rule, err})
			return
		}
		w.rows[id] = rows
	}
	before := rows.Len()
	if err := rows.Add(ev); err != nil {
		o.broken = append(o.broken, broken{f.rule, err})
		return
	}
	if before == 0 && rows.Len() > 0 {
		w.touched = append(w.touched, id)
	}
}

// rowOptions are those of the rows that workers make: the trail of each is its event.
func (r *run) rowOptions() exec.Options {
	o := exec.Options{Evidence: 1}
	if r.query != nil {
		o.Watch, o.KeepEvents = r.query.options.Watch, false
	}
	return o
}

// flush gives the rows of a block away, feed by feed.
func (w *worker) flush(o *outcome) {
	slices.Sort(w.touched)
	for _, id := range w.touched {
		o.rows = append(o.rows, feedLines{id, w.rows[id].Lines()})
	}
	w.touched = w.touched[:0]
}

// noteOf returns what a row of a batch that a worker made remembers.
func noteOf(b *exec.Batch, row int) *note { return b.From[row].Evidence[0].Note.(*note) }

// window is a span of time; to is outside.
type window struct{ from, to int64 }

// sees says whether the window of some slot of a feed holds an event.
func (w *worker) sees(f *feed, happened, arrived int64) bool {
	one, other := clocked(f.clock, happened, arrived)
	return w.covers(f.slots, one) || w.covers(f.slots, other)
}

// covers says whether the window of some slot holds a time.
func (w *worker) covers(s *schedule.Schedule, ticks int64) bool {
	if ticks == 0 {
		return false
	}
	if last := w.covered[s]; last.from <= ticks && ticks < last.to {
		return true
	}
	covered := false
	s.Each(ticks, ticks, func(slot schedule.Slot) int64 {
		if slot.From <= ticks && ticks < slot.To {
			w.covered[s], covered = window{slot.From, slot.To}, true
		}
		return ticks
	})
	return covered
}
