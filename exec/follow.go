package exec

import (
	"context"
	"fmt"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// Following is a run of a query over a stream that has no end: rows come as they happen, roughly, and what is found is given as soon
// as it is final. It gives the same rows as Query.Run over the same events, those that come too late left out of both.
//
// Time is the caller's: Advance says how far it has come. The watermark stays behind it by the lateness that is allowed, and what
// happened before the watermark is final: until then a row that comes late is placed by its own time, and completes what it completes
// there and later. Rows that happened before the watermark are not looked at any more, but counted (Late). What no later row can look
// back on is forgotten, so that a Following holds the rows of a span of time and no more; if these are too many, it fails with the
// error of the bound that was hit. It must not be used by several goroutines at a time.
type Following struct {
	run      *Run
	lateness int64
}

// Follow begins a run over a stream, with the lateness, in ticks, that is allowed of a row. The error says which part of the plan
// cannot be answered before a stream ends. Emit receives the results, with the watermark, in the order of their times.
func (q *Query) Follow(ctx context.Context, lateness int64, emit func(*Batch) error) (*Following, error) {
	if lateness < 0 {
		return nil, fmt.Errorf("follow: a lateness of %d ticks", lateness)
	}
	if err := Follows(q.node); err != nil {
		return nil, err
	}
	r := q.start(ctx, emit, true)
	return &Following{run: r, lateness: lateness}, r.err
}

// Follows says whether a plan can follow a stream: whether all of it looks at single rows or back over a span of time. The error says
// what does not.
func Follows(n plan.Node) error {
	var wrong error
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Scan, *plan.Values, *plan.Filter, *plan.Project, *plan.Union, *plan.Expand, *plan.Lookup:
		case *plan.Correlate:
			if n.Within < 0 {
				wrong = cannotFollow("a correlation that looks back without bound")
			}
		default:
			wrong = cannotFollow("its " + plan.Operator(n))
		}
		return wrong == nil
	})
	return wrong
}

func cannotFollow(what string) error {
	return diag.Diagnostic{Code: CodeFollow, Message: "the plan cannot follow a stream because of " + what, Hint: "run it over a period instead"}
}

// Push offers an event, which is lent, to all Scans. An event that several of them take is one event if it has an Arrival.
func (f *Following) Push(ev *event.Event, resolver plan.Resolver) error {
	for i, l := range f.run.query.leaves {
		if l.scan == nil {
			continue
		}
		if err := f.run.push(i, ev, resolver); err != nil && f.run.err != nil {
			return err
		}
	}
	return nil
}

// Offer gives a batch of rows to the Scan of this number in Query.Scans.
func (f *Following) Offer(scan int, b *Batch) error { return f.run.Offer(scan, b) }

// Advance says that time has come so far, in ticks. What happened more than the lateness before that is final then.
func (f *Following) Advance(to int64) (err error) {
	r := f.run
	defer r.caught(&err)
	if err := r.Flush(); err != nil {
		return err
	}
	for i := len(r.correlates) - 1; i >= 0; i-- { // those that others read from come behind them
		if err := r.correlates[i].advance(to - f.lateness); err != nil {
			return r.fail(err)
		}
	}
	return r.err
}

// Late returns the number of rows that came too late to be looked at. An event that is a row of several Scans counts for each.
func (f *Following) Late() int64 {
	n := int64(0)
	for _, c := range f.run.correlates {
		n += c.late
	}
	return n
}

// Memory returns the number of bytes that the operators hold now.
func (f *Following) Memory() int64 { return f.run.Memory() }

// Finish ends the stream: everything that came is final.
func (f *Following) Finish() (*Summary, error) { return f.run.Finish() }
