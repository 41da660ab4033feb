package report

import (
	"slices"

	"goshawk/detection"
	"goshawk/event"
)

// steps are the lengths of time that one bar of a timeline may stand for, in seconds; each divides the next, so that bars
// can be joined. A day begins at midnight UTC and a week on Monday, for the ticks began on one.
var steps = []int64{1, 5, 15, 60, 5 * 60, 15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, day, 7 * day, 28 * day, 364 * day, 3640 * day}

const day = 86_400

const (
	// maxBars is how many bars a timeline may have between its ends.
	maxBars = 120
	// maxBuckets bounds the bars in memory. It must be more than maxBars, so that what is shown does not depend on the order
	// in which findings come.
	maxBuckets = 4096
)

// timeline counts findings over time by level. Its zero value is ready.
type timeline struct {
	step    int // index into steps
	buckets map[int64]*[levelCount]int
}

// bar is one bar of a timeline.
type bar struct {
	start  int64 // ticks
	levels [levelCount]int
}

func (b bar) total() int {
	n := 0
	for _, count := range b.levels {
		n += count
	}
	return n
}

func (t *timeline) add(ticks int64, level detection.Level) {
	if ticks == 0 {
		return
	}
	if t.buckets == nil {
		t.buckets = map[int64]*[levelCount]int{}
	}
	key := ticks / (steps[t.step] * event.TicksPerSecond)
	if t.buckets[key] == nil {
		t.buckets[key] = new([levelCount]int)
	}
	t.buckets[key][level]++
	for len(t.buckets) > maxBuckets && t.step+1 < len(steps) {
		t.widen()
	}
}

// widen goes over to the next step.
func (t *timeline) widen() {
	factor := steps[t.step+1] / steps[t.step]
	joined := map[int64]*[levelCount]int{}
	for key, levels := range t.buckets {
		into := joined[key/factor]
		if into == nil {
			into = new([levelCount]int)
			joined[key/factor] = into
		}
		for i, n := range levels {
			into[i] += n
		}
	}
	t.step++
	t.buckets = joined
}

// bars returns the bars that are not empty, in order; the seconds that each stands for; and how many there are between first
// and last, the empty ones included.
func (t *timeline) bars() (bars []bar, step int64, places int) {
	if len(t.buckets) == 0 {
		return nil, 0, 0
	}
	for {
		bars = bars[:0]
		width := steps[t.step] * event.TicksPerSecond
		for key, levels := range t.buckets {
			bars = append(bars, bar{key * width, *levels})
		}
		slices.SortFunc(bars, func(a, b bar) int { return int((a.start - b.start) / width) })
		between := (bars[len(bars)-1].start-bars[0].start)/width + 1
		if between <= maxBars || t.step+1 == len(steps) {
			return bars, steps[t.step], int(between)
		}
		t.widen()
	}
}

// stepName says in words how long a bar is.
func stepName(seconds int64) string {
	for _, unit := range []struct {
		seconds int64
		name    string
	}{{day, "day"}, {3600, "hour"}, {60, "minute"}} {
		if seconds%unit.seconds == 0 {
			return plural(seconds/unit.seconds, unit.name)
		}
	}
	return plural(seconds, "second")
}
