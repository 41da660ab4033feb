package compile

import (
	"fmt"
	"slices"
	"sync"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schedule"
)

// Feed is one place where the plan of a rule reads events: the table, what a single event must meet there (nil: nothing), what
// follows beside from the rest of the plan, and what some event must meet if any is to matter (plan.Feed), and the columns that the rest
// reads of it. Of a rule whose plan depends on the time, Some is nothing.
type Feed struct {
	Table   string
	Where   plan.Expr
	Implied plan.Expr
	Some    plan.Expr
	Scan    *plan.Scan
	// Suppressors are asked of the events that meet Where: one that a Suppressor does not keep is no answer, and is counted.
	Suppressors []plan.Suppressor
}

// Moment is when a search runs and which time it is about, in ticks. A bound of 0 is open.
type Moment struct{ Now, Earliest, Latest int64 }

// moments differ in every part of a time, so that what two plans for them have in common does not depend on the time.
var moments = [2]Moment{momentAt("2001-02-03T04:05:06.7"), momentAt("2034-11-29T21:42:53.1")}

func momentAt(text string) Moment {
	now, _, _ := event.ParseTime(text)
	return Moment{Now: now, Earliest: now - 3*event.TicksPerDay, Latest: now}
}

// split sets the feeds and the rest of a rule that has a plan.
func (r *Rule) split() error {
	if r.Relower == nil {
		r.Feeds, r.Rest = feedsAndRest(r.Plan)
		return nil
	}
	for i, m := range moments {
		n := r.Plan
		var err error
		if i > 0 || !r.first {
			if n, err = r.lower(m); err != nil {
				return err
			}
		}
		feeds := feedsOf(plan.Feeds(n))
		if i == 0 {
			r.Feeds = feeds
		} else if r.Feeds, err = common(r.Feeds, feeds); err != nil {
			return err
		}
	}
	r.Rest = unsuppressed(r.Plan)
	return nil
}

// feedsAndRest takes a plan apart. The rest is nil where an event that passed is an answer as it stands: where the plan is a Scan
// of whole records. One of columns makes rows of its events.
func feedsAndRest(n plan.Node) ([]Feed, plan.Node) {
	parts, rest := plan.SplitScans(n)
	if rest == nil && !parts[0].Scan.Rest {
		rest = parts[0].Scan
	}
	return feedsOf(parts), rest
}

func feedsOf(parts []plan.Feed) []Feed {
	feeds := make([]Feed, len(parts))
	for i, f := range parts {
		feeds[i] = Feed{f.Scan.Table, f.Where, f.Implied, f.Some, f.Scan, f.Suppressors}
	}
	return feeds
}

// common returns what the feeds of two plans of one rule ask both.
func common(a, b []Feed) ([]Feed, error) {
	if len(a) != len(b) {
		return nil, otherPlaces(len(a), len(b))
	}
	out := make([]Feed, len(a))
	for i := range a {
		if a[i].Table != b[i].Table || a[i].Scan.Rest != b[i].Scan.Rest {
			return nil, fmt.Errorf("the plan reads %s or %s, by the time of the search", a[i].Table, b[i].Table)
		}
		columns := slices.Clone(a[i].Scan.Out)
		for _, c := range b[i].Scan.Out {
			if !hasColumn(columns, c.Name) {
				columns = append(columns, c)
			}
		}
		out[i] = Feed{Table: a[i].Table, Scan: &plan.Scan{Table: a[i].Table, Out: columns, Rest: a[i].Scan.Rest}}
		out[i].Where, out[i].Implied = both(a[i].Where, b[i].Where), both(a[i].Implied, b[i].Implied)
		out[i].Suppressors = a[i].Suppressors
	}
	return out, nil
}

// both returns the conditions that two conditions have in common; nil if there are none.
func both(a, b plan.Expr) plan.Expr {
	asked := conditions(b)
	var kept []plan.Expr
	for _, e := range conjuncts(a) {
		if slices.Contains(asked, plan.ExprString(e)) {
			kept = append(kept, e)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return &plan.And{List: kept}
}

func otherPlaces(a, b int) error {
	return fmt.Errorf("the plan reads events in %d places or in %d, by the time of the search", a, b)
}

func hasColumn(columns []*plan.Column, name string) bool {
	return slices.ContainsFunc(columns, func(c *plan.Column) bool { return c.Name == name })
}

func conjuncts(e plan.Expr) []plan.Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case *plan.And:
		return e.List
	}
	return []plan.Expr{e}
}

// conditions returns the texts of the conditions that must all hold.
func conditions(e plan.Expr) []string {
	var list []string
	for _, e := range conjuncts(e) {
		list = append(list, plan.ExprString(e))
	}
	return list
}

// lower returns the whole plan for a moment, checked and rewritten.
func (r *Rule) lower(m Moment) (plan.Node, error) {
	n, err := r.Relower(m)
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, fmt.Errorf("there is no plan for a search at %s", event.FormatTime(m.Now))
	}
	if list := plan.Check(n); list.Failed() {
		return nil, list
	}
	return r.ready(n)
}

// At returns the plan that remains to be run over the events that passed the feeds, for a search at a moment. Feed i is for
// Scan i of the plan in the order of plan.Walk, whose columns have the names of columns of the feed's Scan, but may be fewer
// and in another order. A rule whose plan does not depend on the time has one such plan: Rest.
func (r *Rule) At(m Moment) (plan.Node, error) {
	if r.Relower == nil {
		return r.Rest, nil
	}
	n, err := r.lower(m)
	if err != nil {
		return nil, err
	}
	feeds := feedsOf(plan.Feeds(n))
	if len(feeds) != len(r.Feeds) {
		return nil, otherPlaces(len(r.Feeds), len(feeds))
	}
	for i, f := range feeds {
		asked := append(conditions(f.Where), conditions(f.Implied)...)
		for _, text := range append(conditions(r.Feeds[i].Where), conditions(r.Feeds[i].Implied)...) {
			if !slices.Contains(asked, text) {
				return nil, fmt.Errorf("at %s the plan does not ask for %s, as it does at other times", event.FormatTime(m.Now), text)
			}
		}
		for _, c := range f.Scan.Out {
			if !hasColumn(r.Feeds[i].Scan.Out, c.Name) {
				return nil, fmt.Errorf("at %s the plan reads %s, as it does not at other times", event.FormatTime(m.Now), c.Name)
			}
		}
	}
	return unsuppressed(n), nil
}

// Schedule returns when the rule runs by itself; nil if its author does not say.
func (r *Rule) Schedule() (*schedule.Schedule, error) {
	s := r.Detection.Schedule
	if s != nil && s.Every != 0 {
		return schedule.Every(schedule.Interval{Frequency: s.Every, Period: s.Period, Delay: s.Delay, Start: s.Start})
	}
	if s == nil || s.Cron == "" {
		return nil, nil
	}
	return scheduleOf([3]string{s.Cron, s.Earliest, s.Latest})
}

// schedules are the last ones that were read: most detections of a content run at the same times.
var schedules struct {
	sync.Mutex
	read map[[3]string]*schedule.Schedule
}

// mostSchedules bounds those that are kept.
const mostSchedules = 256

// scheduleOf reads a schedule from what New takes.
func scheduleOf(text [3]string) (*schedule.Schedule, error) {
	schedules.Lock()
	defer schedules.Unlock()
	if s := schedules.read[text]; s != nil {
		return s, nil
	}
	s, err := schedule.New(text[0], text[1], text[2])
	if err != nil {
		return nil, err
	}
	if schedules.read == nil || len(schedules.read) >= mostSchedules {
		schedules.read = map[[3]string]*schedule.Schedule{}
	}
	schedules.read[text] = s
	return s, nil
}

// Planned returns the rule of a detection whose plan is there already, whoever made it. It is refused if the plan is not sound.
func Planned(d *detection.Detection, n plan.Node, relower func(Moment) (plan.Node, error)) *Rule {
	r := &Rule{Detection: d, Plan: n, Relower: relower}
	r.finish()
	return r
}
