package engine

import (
	"slices"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/schema"
)

// clocked returns the times of an event of which one must lie in a window, in ticks; 0 is none. Where nobody knows when an event arrived,
// that was when it happened.
func clocked(clock detection.Clock, happened, arrived int64) (one, other int64) {
	switch {
	case clock == detection.EventTime || arrived == 0 || arrived == happened:
		return happened, 0
	case clock == detection.ArrivalTime:
		return arrived, 0
	}
	return happened, arrived
}

// resultTimes are the columns of rows that say when they were, for each kind of rule that runs over a window, the surest first. Of
// analytic rules it is TimeGenerated alone; custom detections must give Timestamp, or else TimeGenerated. Rules of kind NRT see each row
// once, whatever its time.
func resultTimes(a *detection.Alert) []string {
	switch {
	case a == nil:
		return nil
	case a.Kind == detection.Scheduled:
		return []string{"TimeGenerated"}
	case a.Kind == detection.CustomDetection:
		return []string{"Timestamp", "TimeGenerated"}
	}
	return nil
}

// resultTime returns the number of the column that says when rows were; -1 if none does.
func resultTime(a *detection.Alert, columns []*plan.Column) int {
	for _, name := range resultTimes(a) {
		for i, c := range columns {
			if c.Name == name {
				return i
			}
		}
	}
	return -1
}

// strays keeps the rows of one run whose own time lies in its window: a run of Sentinel's does not count what lies outside, whatever the
// table reads gave. A row that does not say its time has that of its run.
type strays struct {
	column      int
	clock       detection.Clock
	window      window
	first, last int64 // of the rows that were kept; last is 0 if none said its time
	left        int64 // rows that were left out
}

// straysOf returns what keeps the rows of a run; nil if all of them count.
func (rr *ruleRun) straysOf(q *exec.Query, s search) *strays {
	if rr.slots == nil {
		return nil
	}
	column := resultTime(rr.rule.Detection.Alert, q.Columns())
	if column < 0 {
		return nil
	}
	return &strays{column: column, clock: rr.clock(), window: window{s.from, s.to}}
}

// keep returns the rows of a batch that count; nil if none does.
func (x *strays) keep(b *exec.Batch) *exec.Batch {
	if x == nil {
		return b
	}
	rows := make([]int32, 0, b.Len)
	for i := range b.Len {
		v := b.Value(x.column, i)
		if v.Kind() == event.Time {
			t := v.Int()
			if !x.window.holds(t) && !x.late(b, i, t) {
				continue
			}
			if x.last == 0 || t < x.first {
				x.first = t
			}
			x.last = max(x.last, t)
		}
		rows = append(rows, int32(i))
	}
	x.left += int64(b.Len - len(rows))
	switch len(rows) {
	case 0:
		return nil
	case b.Len:
		return b
	}
	return b.Pick(rows)
}

// late says whether a row has the time of an event that it was made of, which is in the window since it arrived then.
func (x *strays) late(b *exec.Batch, row int, ticks int64) bool {
	if x.clock != detection.EitherTime || b.From == nil || b.From[row] == nil {
		return false
	}
	for _, e := range b.From[row].Evidence {
		if n := e.Note.(*note); n.time == ticks && x.window.holds(n.arrived) {
			return true
		}
	}
	return false
}

// alike says whether a run over the same rows with another window has the same answer.
func (x *strays) alike(w window) bool {
	return x == nil || x.left == 0 && (x.last == 0 || w.holds(x.first) && w.holds(x.last))
}

func (w window) holds(ticks int64) bool { return w.from <= ticks && ticks < w.to }

// windowed puts a stage behind a pipeline that leaves out the rows whose own time lies outside the window of the run in question, as the run
// does. Where the time of arrival counts as well, what a row says does not decide.
func (x *Explainer) windowed(n plan.Node, stages []compile.Stage) (plan.Node, []compile.Stage) {
	d := x.rule.Detection
	at := resultTime(d.Alert, n.Columns())
	if x.At == nil || d.Schedule == nil || d.Schedule.Clock != detection.EventTime || at < 0 || n.Columns()[at].Type != schema.Datetime {
		return n, stages
	}
	column := &plan.Ref{Column: n.Columns()[at]}
	literal := func(ticks int64) plan.Expr {
		return &plan.Literal{Value: event.TimeValue(ticks), Type: schema.Datetime}
	}
	inside := &plan.And{List: []plan.Expr{
		&plan.Compare{Op: plan.GreaterEqual, Left: column, Right: literal(x.At.From)}, &plan.Compare{Op: plan.Less, Left: column, Right: literal(x.At.To)}}}
	kept := &plan.Filter{Input: n, Where: &plan.Or{List: []plan.Expr{&plan.IsNull{X: column}, inside}}}
	return kept, append(slices.Clone(stages), compile.Stage{Text: "the time of a row lies in the window of its run", Node: kept})
}

// clock is which time of an event decides whether it lies in the windows of a rule.
func (rr *ruleRun) clock() detection.Clock {
	if s := rr.rule.Detection.Schedule; s != nil {
		return s.Clock
	}
	return detection.EventTime
}

// ownTime says whether the rows of a rule have another time than the events that they are made of, so that it matters in which run a row
// is found.
func ownTime(r *compile.Rule) bool {
	if r.Rest == nil {
		return false
	}
	columns := r.Rest.Columns()
	at := resultTime(r.Detection.Alert, columns)
	return at >= 0 && !passed(r.Rest, columns[at])
}

// passed says whether a column is the time of the events as a Scan gives it.
func passed(n plan.Node, c *plan.Column) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return c.Name == "@timestamp"
	case *plan.Filter:
		return passed(n.Input, c)
	case *plan.Sort:
		return passed(n.Input, c)
	case *plan.Limit:
		return passed(n.Input, c)
	case *plan.Project:
		for _, a := range n.Out {
			if a.Column == c {
				ref, ok := a.Value.(*plan.Ref)
				return ok && passed(n.Input, ref.Column)
			}
		}
		return n.Extend && passed(n.Input, c)
	}
	return false
}
