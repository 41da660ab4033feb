package engine

import (
	"goshawk/detection"
	"goshawk/event"
	"goshawk/plan/eval"
	"goshawk/schedule"
	"goshawk/stream"
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
	arrived := int64(0)
	if p := x.class(ev.Class).ingested; p != nil {
		row := &eval.Row{}
		stream.Lend(row, ev)
		if v := p.Value(row); v.Kind() == event.Time {
			arrived = v.Int()
		}
	}
	if out.Ingested = arrived != 0 && ticks != 0; out.Ingested {
		out.Lag = arrived - ticks
	}
	when := ticks
	if out.Schedule.Clock == detection.ArrivalTime && arrived != 0 {
		when, out.ByArrival = arrived, true
	}
	if when == 0 {
		out.Untimed = true
		return out
	}
	x.schedule.Each(when, when, func(slot schedule.Slot) int64 {
		if slot.From <= when && when < slot.To {
			if out.Count++; len(out.Slots) < maxSlots {
				out.Slots = append(out.Slots, slot)
			}
			if out.Last = slot; arrived > slot.At {
				out.Late++
			}
		}
		if out.Count == maxCounted {
			return when + 1<<60
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
