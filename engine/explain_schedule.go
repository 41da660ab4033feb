package engine

import (
	"goshawk/detection"
	"goshawk/event"
	"goshawk/schedule"
)

// ExplainSchedule says which runs of a rule's schedule see an event.
type ExplainSchedule struct {
	Schedule *detection.Schedule
	Untimed  bool // the event has no time, so that no window holds it
	// Slots are the first runs whose windows hold the event, at most maxSlots; Count is how many there are.
	Slots []schedule.Slot
	Count int64
	Last  schedule.Slot
	// Lag is how long after it happened the record was ingested, in ticks, if Ingested; Late is how many of the runs came before that.
	Lag      int64
	Ingested bool
	Late     int64
	// ByArrival says that the windows are about the time at which records were ingested.
	ByArrival bool
}

const (
	maxSlots = 3
	// maxCounted bounds the runs that are looked at for one event.
	maxCounted = 10_000
)

// scheduled says which runs see an event; nil if the rule has no schedule.
func (x *Explainer) scheduled(ev *event.Event, ticks int64) *ExplainSchedule {
	if x.schedule == nil {
		return nil
	}
	out := &ExplainSchedule{Schedule: x.rule.Detection.Schedule}
	arrived := x.arrivedOf(ev)
	if out.Ingested = arrived != 0 && ticks != 0; out.Ingested {
		out.Lag = arrived - ticks
	}
	when, other := clocked(out.Schedule.Clock, ticks, arrived)
	out.ByArrival = out.Schedule.Clock == detection.ArrivalTime && arrived != 0
	if when == 0 {
		when, other = other, 0
	}
	if when == 0 {
		out.Untimed = true
		return out
	}
	first, last := joinSpans(when, when, other, other)
	x.schedule.Each(first, last, func(slot schedule.Slot) int64 {
		if seen := (window{slot.From, slot.To}); seen.holds(when) || other != 0 && seen.holds(other) {
			if out.Count++; len(out.Slots) < maxSlots {
				out.Slots = append(out.Slots, slot)
			}
			if out.Last = slot; arrived > slot.At {
				out.Late++
			}
		}
		if out.Count == maxCounted {
			return last + 1<<60
		}
		return 0
	})
	return out
}

// SlotAt returns the first run of the rule at a time or later; false if it has no schedule or there is none.
func (x *Explainer) SlotAt(ticks int64) (schedule.Slot, bool) {
	if x.schedule == nil {
		return schedule.Slot{}, false
	}
	return x.schedule.Next(ticks - 1)
}

// Scheduled says whether the rule has a schedule.
func (x *Explainer) Scheduled() bool { return x.schedule != nil }
