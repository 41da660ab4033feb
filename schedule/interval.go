package schedule

import (
	"fmt"

	"goshawk/event"
)

// Interval is a schedule of fixed steps, as Microsoft Sentinel has them; all of it is in ticks. A run at T looks at what lies from
// T-Delay-Period, inside, to T-Delay, outside. Windows overlap where Period is longer than Frequency; where it is shorter, what lies
// between them is never looked at.
//
// A rule of kind Scheduled waits five minutes for late rows ("Create a custom analytics rule", on query scheduling and the alert
// threshold). One of kind NRT runs each minute over what arrived in one minute, two minutes ago ("Detect threats quickly with
// near-real-time (NRT) analytics rules"); its times are those of arrival.
type Interval struct {
	Frequency int64 // between two runs
	Period    int64 // how far back each looks
	Delay     int64 // how long before the run its window ends
	// Start is a time of a run; the others lie whole multiples of the frequency before and behind it, so that a replay of older data
	// has slots as well. 0: 1970-01-01.
	Start int64
}

// Every returns the schedule of an interval.
func Every(i Interval) (*Schedule, error) {
	switch {
	case i.Frequency < event.TicksPerSecond:
		return nil, fmt.Errorf("a schedule runs each second at most, not each %d ticks", i.Frequency)
	case i.Period <= 0:
		return nil, fmt.Errorf("a window of %d ticks holds nothing", i.Period)
	case i.Frequency > reach, i.Period > reach, i.Delay > reach, i.Delay < 0:
		return nil, fmt.Errorf("the frequency, the window or the delay of a schedule is too long")
	}
	if i.Start == 0 {
		i.Start = event.UnixEpoch
	}
	return &Schedule{interval: &i, earliest: &Modifier{}, latest: &Modifier{}}, nil
}

// Interval returns the steps of a schedule that has fixed ones.
func (s *Schedule) Interval() (Interval, bool) {
	if s.interval == nil {
		return Interval{}, false
	}
	return *s.interval, true
}

// next returns the first slot later than a time; false if there is none.
func (i *Interval) next(after int64) (Slot, bool) {
	if after >= lastTime-reach {
		return Slot{}, false
	}
	after = max(after, -i.Frequency)
	steps := (after - i.Start) / i.Frequency
	if (after-i.Start)%i.Frequency < 0 { // division goes towards 0
		steps--
	}
	at := i.Start + (steps+1)*i.Frequency
	return Slot{At: at, From: max(at-i.Delay-i.Period, 0), To: max(at-i.Delay, 0)}, true
}
