package engine

import (
	"maps"
	"slices"
	"sync"

	"goshawk/detection"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
)

// answer lets the rules that need all of the input speak: first summary rules, since others read their rows, and baselines, which fill
// tables for others; then those that look at events, then the incident rules, then the rules that look at risk; and at last what the
// alerts of Sentinel's rules amount to.
func (r *run) answer() error {
	if err := r.summarise(); err != nil {
		return err
	}
	r.fillTables()
	if err := r.conclude(func(rr *ruleRun) bool { return !rr.risk }); err != nil {
		return err
	}
	raising := r.raise()
	defer raising.end()
	if err := r.incidents(); err != nil {
		return err
	}
	if err := r.raised(raising); err != nil {
		return err
	}
	if err := r.conclude(func(rr *ruleRun) bool { return rr.risk }); err != nil {
		return err
	}
	return r.sentinelIncidents()
}

// conclude ends the runs of rules, several at a time, and hands their findings out in the order of the rules.
func (r *run) conclude(of func(*ruleRun) bool) error {
	var list []*ruleRun
	for _, rr := range r.rules {
		if rr.rows && !rr.over && of(rr) {
			list = append(list, rr)
		}
	}
	results := make([]chan conclusion, len(list))
	for i := range results {
		results[i] = make(chan conclusion, 1)
	}
	var next sync.Mutex
	i := 0
	var busy sync.WaitGroup
	defer busy.Wait()
	for range min(r.threads(), len(list)) {
		busy.Go(func() {
			for {
				next.Lock()
				mine := i
				i++
				next.Unlock()
				if mine >= len(list) {
					return
				}
				results[mine] <- r.end(list[mine])
			}
		})
	}
	for i, rr := range list {
		c := <-results[i]
		for _, failed := range c.failed {
			r.fail(rr, failed.err, failed.slot)
		}
		r.report.Slots += c.slots
		r.report.Unseen += c.unseen
		ready := rr.ready
		rr.ready = nil
		if err := r.suppress(rr.takeLeft()); err != nil {
			return err
		}
		r.report.Untriggered += rr.untriggered
		r.report.Strayed += rr.strayed
		if rr.counted && !rr.kept && !rr.rule.Detection.Alert.Trigger.Met(len(ready)) {
			r.report.Untriggered += int64(len(ready))
			ready = nil
		}
		if a := rr.rule.Detection.Answer; a != nil && a.Throttle != nil {
			var dropped int
			ready, dropped = throttle(ready, a.Throttle)
			r.report.Throttled += int64(dropped)
		}
		for _, f := range ready {
			if err := r.deliver(f); err != nil {
				return err
			}
		}
		rr.given += int64(len(ready))
		rr.over = true
	}
	return nil
}

// conclusion is what the end of a rule's run has to tell beside findings.
type conclusion struct {
	slots, unseen int64
	failed        []failedSearch
}

type failedSearch struct {
	slot int64
	err  error
}

// end asks a rule for what it has not said yet.
func (r *run) end(rr *ruleRun) conclusion {
	var c conclusion
	switch {
	case rr.kept:
		rr.store()
		r.replay(rr, &c)
	case rr.run != nil || r.hasEnough(rr) || answersNothing(rr.rule.Rest):
		err := r.start(rr)
		if err == nil {
			_, err = rr.run.FinishWith(func(number int) int { return r.waiting(rr, number) }, func(number int) exec.Gathered { return r.gathered(rr, number) })
		}
		if err != nil {
			c.failed = append(c.failed, failedSearch{err: err})
		}
	}
	rr.run, rr.stored, rr.waiting, rr.made = nil, nil, nil, maker{correlation: rr.made.correlation}
	return c
}

// hasEnough says whether something can come of the rows that wait.
func (r *run) hasEnough(rr *ruleRun) bool {
	if len(rr.missing) > 0 {
		return false
	}
	for number, g := range rr.waiting {
		if g.rows > 0 && !r.feeds[rr.first+number].idle {
			return true
		}
	}
	return false
}

// essential returns the Scans, by their numbers in the plan, each of which must have rows if the plan is to have any.
func essential(n plan.Node) map[int]bool {
	next := 0
	var of func(n plan.Node) map[int]bool
	of = func(n plan.Node) map[int]bool {
		if _, ok := n.(*plan.Scan); ok {
			next++
			return map[int]bool{next - 1: true}
		}
		var parts []map[int]bool
		for _, in := range n.Inputs() {
			parts = append(parts, of(in))
		}
		both := func() map[int]bool {
			for i := range parts[1] {
				parts[0][i] = true
			}
			return parts[0]
		}
		either := func() map[int]bool {
			for _, part := range parts[1:] {
				maps.DeleteFunc(parts[0], func(i int, _ bool) bool { return !part[i] })
			}
			return parts[0]
		}
		if len(parts) == 0 { // rows of its own
			return map[int]bool{}
		}
		switch n := n.(type) {
		case *plan.Aggregate:
			if len(n.By) == 0 {
				return map[int]bool{}
			}
		case *plan.Join:
			switch n.Kind {
			case plan.Inner, plan.LeftSemi, plan.RightSemi:
				return both()
			case plan.RightOuter, plan.RightAnti:
				return parts[1]
			case plan.FullOuter:
				return either()
			}
			return parts[0]
		case *plan.Union:
			return either()
		}
		return parts[0]
	}
	return of(n)
}

// answersNothing says whether a plan can give a row although no event came: it counts all rows without grouping them, or holds
// rows of its own.
func answersNothing(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return false
	case *plan.Values:
		return len(n.Rows) > 0
	case *plan.Aggregate:
		return len(n.By) == 0 || answersNothing(n.Input)
	case *plan.Join:
		left, right := answersNothing(n.Left), answersNothing(n.Right)
		switch n.Kind {
		case plan.LeftOuter, plan.LeftAnti:
			return left
		case plan.RightOuter, plan.RightAnti:
			return right
		case plan.FullOuter:
			return left || right
		}
		return left && right
	}
	return slices.ContainsFunc(n.Inputs(), answersNothing)
}

// throttle lets the first finding of each tuple of values pass, in the order of their times, and drops others like it for a
// period.
func throttle(list []*finding.Finding, t *detection.Throttle) (passed []*finding.Finding, dropped int) {
	slices.SortStableFunc(list, func(a, b *finding.Finding) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	until := map[string]int64{}
	for _, f := range list {
		var key []byte
		for _, name := range t.Fields {
			key = append(f.Fields.Get(name).AppendJSON(key), 0)
		}
		if end, met := until[string(key)]; met && f.Time < end {
			dropped++
			continue
		}
		until[string(key)] = f.Time + t.Period
		passed = append(passed, f)
	}
	return passed, dropped
}

// inOrder returns the batch for a Scan whose columns have the names of columns of another, in another order or fewer of them.
func inOrder(b *exec.Batch, have, want []*plan.Column) *exec.Batch {
	order := ordering(have, want)
	if order == nil {
		return b
	}
	out := &exec.Batch{Len: b.Len, Cols: make([]exec.Vector, len(want)), Rest: b.Rest, From: b.From}
	for i, j := range order {
		out.Cols[i] = b.Cols[j]
	}
	return out
}

// ordering returns where the columns that a Scan wants stand among those of another that have their names; nil if both have the same.
func ordering(have, want []*plan.Column) []int {
	if slices.EqualFunc(have, want, func(h, w *plan.Column) bool { return h.Name == w.Name }) {
		return nil
	}
	order := make([]int, len(want))
	for i, c := range want {
		order[i] = slices.IndexFunc(have, func(h *plan.Column) bool { return h.Name == c.Name }) // compile.Rule.At promises that it is there
	}
	return order
}
