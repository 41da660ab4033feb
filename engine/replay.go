package engine

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/schedule"
)

// storedFeed is the rows of a feed that wait for the end of the input, in the order of the input.
type storedFeed struct {
	clock   detection.Clock // of the rule
	batches []*exec.Batch
	rows    []storedRow
	byTime  []timedRow // the rows that have a time, in the order of their times; one that has two is there twice
}

// storedRow says where a row stands, and the times of which one must lie in a window.
type storedRow struct {
	batch, row  int32
	time, other int64
}

// timedRow is a row by its number, and a time of it.
type timedRow struct {
	time int64
	row  int32
}

func (s *storedFeed) add(b *exec.Batch) {
	for i := range b.Len {
		n := noteOf(b, i)
		one, other := clocked(s.clock, n.time, n.arrived)
		s.rows = append(s.rows, storedRow{int32(len(s.batches)), int32(i), one, other})
	}
	s.batches = append(s.batches, b)
}

// sort puts the rows in the order of their times, and returns how many have none.
func (s *storedFeed) sort() (untimed int64) {
	for i, r := range s.rows {
		if r.time == 0 && r.other == 0 {
			untimed++
			continue
		}
		for _, t := range [2]int64{r.time, r.other} {
			if t != 0 {
				s.byTime = append(s.byTime, timedRow{t, int32(i)})
			}
		}
	}
	slices.SortStableFunc(s.byTime, func(a, b timedRow) int { return cmp.Compare(a.time, b.time) })
	return untimed
}

// from returns the place in byTime of the first row at or behind a time.
func (s *storedFeed) from(ticks int64) int {
	return sort.Search(len(s.byTime), func(i int) bool { return s.byTime[i].time >= ticks })
}

// each gives the rows of a part of byTime as batches, in the order of the input.
func (s *storedFeed) each(from, to int, give func(*exec.Batch) error) error {
	numbers := make([]int32, 0, to-from)
	for _, r := range s.byTime[from:to] {
		numbers = append(numbers, r.row)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	for len(numbers) > 0 {
		in := s.rows[numbers[0]].batch
		var rows []int32
		for len(numbers) > 0 && s.rows[numbers[0]].batch == in {
			rows = append(rows, s.rows[numbers[0]].row)
			numbers = numbers[1:]
		}
		b := s.batches[in]
		if len(rows) < b.Len {
			b = b.Pick(rows)
		}
		if err := give(b); err != nil {
			return err
		}
	}
	return nil
}

// replay asks a rule whose rows were kept: at each of its slots, or once.
func (r *run) replay(rr *ruleRun, c *conclusion) {
	eventless := rr.speaksOfSilence() || rr.matters() && answersNothing(rr.rule.Rest) && (rr.rule.Relower != nil || r.speaksOfNothing(rr))
	if rr.slots == nil {
		r.once(rr, c, eventless)
		return
	}
	first, last := int64(math.MaxInt64), int64(0)
	for _, s := range rr.stored {
		c.unseen += s.sort()
		if n := len(s.byTime); n > 0 {
			first = min(first, s.byTime[0].time)
			last = max(last, s.byTime[n-1].time)
		}
	}
	if eventless && r.first != 0 {
		first, last = min(first, r.first), max(last, r.last)
	}
	if last == 0 {
		return
	}
	if rr.rule.Detection.Alert == nil { // the runs of others count their rows first
		rr.made.seen = map[string]bool{}
	}
	looked := make([][2]int, len(rr.stored)) // the rows of the slot before
	seen := make([]window, 0)                // the windows that held rows, for counting those in none
	started := false
	rr.slots.Each(first, last, func(slot schedule.Slot) int64 {
		if r.context.Err() != nil {
			return math.MaxInt64 / 8
		}
		if slot.At < rr.alerts.quietUntil { // suppressed: the rule is not run
			return 0
		}
		rows, same := 0, started
		parts := make([][2]int, len(rr.stored))
		next := last
		for i, s := range rr.stored {
			parts[i] = [2]int{s.from(slot.From), s.from(slot.To)}
			if parts[i][1] < parts[i][0] {
				parts[i][1] = parts[i][0]
			}
			rows += parts[i][1] - parts[i][0]
			same = same && parts[i] == looked[i]
			if parts[i][1] < len(s.byTime) {
				next = min(next, s.byTime[parts[i][1]].time)
			}
		}
		if rows == 0 && !eventless {
			return next
		}
		if len(seen) > 0 && slot.From <= seen[len(seen)-1].to {
			seen[len(seen)-1].to = max(seen[len(seen)-1].to, slot.To)
		} else {
			seen = append(seen, window{slot.From, slot.To})
		}
		if same && rr.rule.Relower == nil && rows > 0 && rr.strays.alike(window{slot.From, slot.To}) {
			rr.alerts.again(rr.rule.Detection.Alert, slot.At)
			return 0 // the same rows give the same answer
		}
		looked, started = parts, true
		c.slots++
		if err := r.search(rr, search{slot.At, slot.From, slot.To}, parts); err != nil {
			c.failed = append(c.failed, failedSearch{slot.At, err})
		}
		return 0
	})
	for _, s := range rr.stored {
		c.unseen += s.outside(seen)
	}
}

// outside returns how many of the rows that have a time lie in none of some windows.
func (s *storedFeed) outside(windows []window) int64 {
	const timed, inside = 1, 2
	marks := make([]uint8, len(s.rows))
	for _, r := range s.byTime {
		marks[r.row] = timed
	}
	for _, w := range windows {
		for i := s.from(w.from); i < s.from(w.to); i++ {
			marks[s.byTime[i].row] = inside
		}
	}
	n := int64(0)
	for _, m := range marks {
		if m == timed {
			n++
		}
	}
	return n
}

// matters says whether an answer that no event went into is worth a search at every slot: one that calls for somebody or raises
// risk is, a line of a hunter's report is not.
func (rr *ruleRun) matters() bool {
	a := rr.rule.Detection.Answer
	return rr.slots == nil || a == nil || a.Finding || a.Risk
}

// speaksOfNothing says whether a plan that does not depend on the time gives rows where no event came. A failure will show again.
func (r *run) speaksOfNothing(rr *ruleRun) bool {
	q, err := exec.Compile(rr.rule.Rest, r.queryOptions())
	if err != nil {
		return true
	}
	summary, err := q.Start(r.context, func(*exec.Batch) error { return nil }).Finish()
	return err != nil || summary.Rows > 0
}

// once asks a rule of everything, at the end of the data.
func (r *run) once(rr *ruleRun, c *conclusion, eventless bool) {
	rows := 0
	for _, s := range rr.stored {
		rows += len(s.rows)
	}
	if rows == 0 && !eventless {
		return
	}
	s := search{at: r.scan.Now, from: r.scan.From, to: r.scan.To}
	if s.at == 0 {
		s.at = max(r.endOfData(), r.endOfSummaries(rr))
	}
	if err := r.search(rr, s, nil); err != nil {
		c.failed = append(c.failed, failedSearch{err: err})
	}
}

// endOfData returns the whole second behind the last event; 0 if none has a time.
func (r *run) endOfData() int64 { return wholeSecondBehind(r.last) }

// wholeSecondBehind returns 0 for 0, which is no time.
func wholeSecondBehind(ticks int64) int64 {
	if ticks == 0 {
		return 0
	}
	return (ticks/event.TicksPerSecond + 1) * event.TicksPerSecond
}

// search runs a rule over the given parts of its rows in the order of time, or over all of them.
func (r *run) search(rr *ruleRun, s search, parts [][2]int) error {
	q := rr.query
	if q == nil || rr.rule.Relower != nil {
		n, err := rr.rule.At(compile.Moment{Now: rr.present(s), Earliest: s.from, Latest: s.to})
		if err != nil {
			return err
		}
		if q, err = exec.Compile(n, r.optionsOf(rr)); err != nil {
			return err
		}
		rr.query = q
	}
	rr.made.begin(q, s)
	before := len(rr.ready)
	strays := rr.straysOf(q, s)
	run := q.Start(r.context, func(b *exec.Batch) error {
		if b = strays.keep(b); b == nil {
			return nil
		}
		if rr.fill != nil {
			rr.fill.keep(&rr.made, b)
			return nil
		}
		rr.ready = rr.made.add(rr.ready, rr.rule.Detection, b, s)
		return nil
	})
	for i, scan := range q.Scans() {
		have := r.feeds[rr.first+i].Scan.Out
		offer := func(b *exec.Batch) error { return run.Offer(i, inOrder(b, have, scan.Out)) }
		if parts != nil {
			if err := rr.stored[i].each(parts[i][0], parts[i][1], offer); err != nil {
				break
			}
			continue
		}
		for _, b := range rr.stored[i].batches {
			if offer(b) != nil {
				break
			}
		}
	}
	_, err := run.Finish() // it repeats the first error
	if rr.strays = strays; strays != nil {
		rr.strayed += strays.left
	}
	if err == nil {
		r.trigger(rr, before, s)
	}
	return err
}
