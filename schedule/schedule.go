// Package schedule says when a detection runs and which time it then looks at.
//
// In goes what the author wrote: five fields of cron and two time modifiers such as -70m@m, or an interval; out come slots, and for
// each slot the window of time that it is about. All times are ticks of UTC. There is no clock here: whoever asks says what time
// it is.
package schedule

import (
	"fmt"
	"math"
	"sort"

	"goshawk/event"
)

// Schedule is when a detection runs and over which time. It never changes.
type Schedule struct {
	cron             *Cron
	earliest, latest *Modifier
	interval         *Interval // instead of cron
}

// Slot is one time at which a detection runs, and the window that it is about: From is inside, To is not. A window whose To is
// not later than its From is empty.
type Slot struct{ At, From, To int64 }

// New reads a schedule. An empty earliest is the beginning of all time, an empty latest is the time of the slot.
func New(cron, earliest, latest string) (*Schedule, error) {
	s := &Schedule{}
	var err error
	if s.cron, err = ParseCron(cron); err != nil {
		return nil, err
	}
	if earliest == "" {
		earliest = "0"
	}
	if s.earliest, err = ParseModifier(earliest); err != nil {
		return nil, fmt.Errorf("earliest: %w", err)
	}
	if latest == "" {
		latest = "now"
	}
	if s.latest, err = ParseModifier(latest); err != nil {
		return nil, fmt.Errorf("latest: %w", err)
	}
	return s, nil
}

// Next returns the first slot later than a time; false if there is none.
func (s *Schedule) Next(after int64) (Slot, bool) {
	if s.interval != nil {
		return s.interval.next(after)
	}
	at, ok := s.cron.Next(after)
	if !ok {
		return Slot{}, false
	}
	return Slot{at, s.earliest.Apply(at), s.latest.Apply(at)}, true
}

// Covers says whether the window of some slot holds a time.
func (s *Schedule) Covers(t int64) bool {
	covered := false
	s.Each(t, t, func(slot Slot) int64 {
		covered = covered || slot.From <= t && t < slot.To
		return t
	})
	return covered
}

// Each gives the slots whose windows meet the time from first to last, both inside, in order. visit returns a time: slots
// whose windows end at or before it are left out from then on. Slots that would only look at the same window again, because
// it begins at a fixed time and holds all until last already, are left out as well.
func (s *Schedule) Each(first, last int64, visit func(Slot) (beyond int64)) {
	slot, ok := s.beyond(first)
	for ok && slot.From <= last {
		beyond := visit(slot)
		if s.earliest.fixed && (s.latest.fixed || slot.To > last) {
			return
		}
		next, more := s.Next(slot.At)
		if more && next.To <= beyond {
			next, more = s.beyond(beyond)
		}
		slot, ok = next, more
	}
}

// beyond returns the first slot whose window ends after a time; false if there is none. As slots go forward, so do both ends
// of their windows, so that no earlier slot can hold the time or anything behind it.
func (s *Schedule) beyond(t int64) (Slot, bool) {
	if s.interval != nil {
		return s.interval.next(min(t, lastTime) + s.interval.Delay)
	}
	if s.latest.fixed {
		if s.latest.at <= t {
			return Slot{}, false
		}
		return s.Next(t)
	}
	low, high := max(t-reach, 0), min(t, lastTime-reach)+reach
	low -= low % event.TicksPerSecond // slots are whole seconds
	n := sort.Search(int((high-low)/event.TicksPerSecond), func(i int) bool {
		return s.latest.Apply(low+int64(i)*event.TicksPerSecond) > t
	})
	return s.Next(low + int64(n)*event.TicksPerSecond - 1)
}

const (
	// lastTime is the latest time that slots are computed for.
	lastTime = math.MaxInt64 / 4
	// reach is how far a modifier may lead.
	reach = 100 * 366 * event.TicksPerDay
)
