package engine

import (
	"slices"
	"sync"

	"goshawk/compile"
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
	// slots, if not nil, restrict the events to those that lie in the window of a slot.
	slots *schedule.Schedule
	// why gives the predicate over the values of a row; for feeds of rows, nil if nothing is asked.
	why func() *eval.Program
}

// note is what the rows that an event goes into remember of it.
type note struct {
	time       int64
	host, user string
	place      finding.Order
}

// rowNote is what a row of a feed remembers of its event: its values, so that it can be told why it passed.
type rowNote struct {
	*note
	feed   *feed
	values []event.Value
	rest   exec.Rest
}

// ask prepares the predicate of the feed for rows, whose values stand in the order of Scan.Out.
func (f *feed) ask() {
	if f.Where == nil {
		return
	}
	f.why = sync.OnceValue(func() *eval.Program {
		p, err := eval.Compile(f.Where, func(c *plan.Column) int { return slices.Index(f.Scan.Out, c) })
		if err != nil {
			return nil // the set has refused it as well
		}
		return p
	})
}

// reasons returns the clauses that the event of a row met.
func (n *rowNote) reasons() []finding.Reason {
	if n.feed.why == nil || n.feed.why() == nil {
		return nil
	}
	return reasons(n.feed.why(), &eval.Row{Columns: n.values, Record: n.rest.Record, Raw: n.rest.Raw, FreeText: n.rest.FreeText})
}

// addRow adds an event to the rows of a feed.
func (w *worker) addRow(id int, ev *event.Event, seen *note, o *outcome) {
	f := w.run.feeds[id]
	r := w.rows[id]
	if r == nil {
		rows, err := w.share.Rows(f.Scan, w.run.rowOptions())
		if err != nil {
			o.broken = append(o.broken, broken{f.rule, err})
			return
		}
		r = &feedRows{rows: rows}
		w.rows[id] = r
	}
	before := r.rows.Len()
	if err := r.rows.Add(ev); err != nil {
		o.broken = append(o.broken, broken{f.rule, err})
		return
	}
	if r.rows.Len() == before {
		return
	}
	if before == 0 {
		w.touched = append(w.touched, id)
	}
	r.notes = append(r.notes, rowNote{note: seen, feed: f})
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
		r, f := w.rows[id], w.run.feeds[id]
		lines := r.rows.Lines()
		for i := range r.notes {
			n := &r.notes[i]
			n.rest = lines.Rest(i)
			if f.why != nil {
				n.values = lines.Row(i)
			}
			lines.Trail(i).Evidence[0].Note = n
		}
		r.notes = nil
		o.rows = append(o.rows, feedLines{id, lines})
	}
	w.touched = w.touched[:0]
}

// noteOf returns what a row of a batch that a worker made remembers.
func noteOf(b *exec.Batch, row int) *rowNote { return b.From[row].Evidence[0].Note.(*rowNote) }

// window is a span of time; to is outside.
type window struct{ from, to int64 }

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
