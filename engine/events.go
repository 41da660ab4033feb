package engine

import (
	"context"

	"goshawk/event"
	"goshawk/finding"
	"goshawk/source"
)

// eventsAtATime is how many of a scan's own events are one block.
const eventsAtATime = 256

// hand gives out the events that a scan was given, as an input of their own before all others.
func (r *run) hand(ctx context.Context, events []*event.Event, seq int, jobs chan<- job, tokens chan<- struct{}) (int, error) {
	if len(events) == 0 {
		return seq, nil
	}
	in := &source.Input{Name: "events", Format: &source.Format{Name: "events"}, Guess: source.Guess{Certainty: 100, Why: "given as events"}}
	index := r.addInput(in)
	for block := 0; len(events) > 0; block++ {
		n := min(len(events), eventsAtATime)
		select {
		case tokens <- struct{}{}:
		case <-ctx.Done():
			return seq, errStopped
		}
		select {
		case jobs <- job{seq: seq, input: index, block: source.Block{Input: in, Index: block}, events: events[:n]}:
			seq++
		case <-ctx.Done():
			return seq, errStopped
		}
		events = events[n:]
	}
	return seq, nil
}

// take asks the rules of events that are no bytes to be decoded.
func (w *worker) take(ctx context.Context, j job, o *outcome) {
	place := finding.Order{Input: j.input, Block: j.block.Index}
	arrival := int64(j.seq) << arrivalBits
	for _, ev := range j.events {
		arrival++
		mine := *ev // others may look at the same event
		mine.Arrival = arrival
		if !w.next(ctx, &mine, &place, o) {
			return
		}
	}
}

// next asks the rules of one event, and says whether to go on.
func (w *worker) next(ctx context.Context, ev *event.Event, place *finding.Order, o *outcome) bool {
	if ev.Marks&event.Derived == 0 {
		o.events++
	}
	if ev.Class != w.last {
		w.count(ev.Class)
	}
	*w.counter++
	w.event(ev, *place, o)
	place.Event++
	return place.Event%64 != 0 || ctx.Err() == nil
}
