package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// The states of a stage.
const (
	StagePassed     = "passed"
	StageDropped    = "dropped"
	StageNotReached = "not reached"
)

// ExplainStage is one stage of a pipeline, and what became of the event in it.
type ExplainStage struct {
	Number int
	Text   string // the author's words, macros expanded
	State  string
	// Why says what dropped it, where that is no condition.
	Why   string
	Lines []ExplainLine // of its conditions
	// Gathers says that rows of the stage are made of several of those before it; Rows is how many of them the event is part of, Row the
	// first of them, which is made of Events.
	Gathers bool
	Rows    int64
	Row     []ExplainValue
	Events  int
}

// ExplainValue is a value of a row.
type ExplainValue struct{ Name, Value string }

// ExplainAlone is what becomes of an event without others beside it.
type ExplainAlone struct {
	Match bool
	Stage int // the one that drops it; 0 if none does
}

// maxKept bounds the bytes of the events that are kept for rules that gather them.
const maxKept = 1 << 30

// Note takes in an event that the verdict on others may depend on. The event is lent. The error says that they are too many.
func (x *Explainer) Note(ev *event.Event) error {
	ticks := x.ticksOf(ev)
	x.last = max(x.last, ticks)
	if x.rule.Rest == nil || x.outside(ev, ticks) {
		return nil
	}
	if e, _ := x.clauses(ev); !e.Match {
		return nil
	}
	x.kept.add(ev.Clone())
	if x.kept.bytes > maxKept {
		return diag.Diagnostic{Code: "explain-memory", Message: fmt.Sprintf("the events that the rule gathers need more than %d bytes of memory", int64(maxKept)), Hint: "explain a part of the log"}
	}
	return nil
}

// Settle is called when all events have been noted.
func (x *Explainer) Settle(ctx context.Context) error {
	if !x.Gathers() {
		return nil
	}
	p, err := x.pipeline(nothingBars)
	if err != nil {
		return err
	}
	if x.unbarred, err = p.found(ctx, x.kept.list); err != nil {
		return err
	}
	x.found = x.unbarred
	if x.bars() {
		if p, err = x.pipeline(allBar); err == nil {
			x.found, err = p.found(ctx, x.kept.list)
		}
	}
	return err
}

// What of the exclusions and filters is in a pipeline: all, none, or one, by what it says of itself.
const (
	allBar      = "*"
	nothingBars = ""
)

// pipeline returns the plan with some of its exclusions and filters.
func (x *Explainer) pipeline(which string) (*pipeline, error) {
	if p := x.pipelines[which]; p != nil {
		return p, nil
	}
	n, stages, err := x.rule.Staged(x.moment())
	if err != nil {
		return nil, complaintOf(err)
	}
	if which != allBar {
		n, stages = compile.Without(n, stages, func(why string) bool { return why == which })
	}
	n, stages = x.windowed(n, stages)
	p, err := newPipeline(n, stages, x.taxonomy)
	if err != nil {
		return nil, complaintOf(err)
	}
	x.pipelines[which] = p
	return p, nil
}

// moment is when the rule is asked.
func (x *Explainer) moment() compile.Moment {
	if x.At != nil {
		now := x.At.At
		if x.rule.Detection.Alert != nil { // as if nothing were late
			now = x.At.To
		}
		return compile.Moment{Now: now, Earliest: x.At.From, Latest: x.At.To}
	}
	now := x.Now
	if now == 0 && x.last != 0 {
		now = (x.last/event.TicksPerSecond + 1) * event.TicksPerSecond
	}
	return compile.Moment{Now: now}
}

// bars says whether the rule has exclusions or filters.
func (x *Explainer) bars() bool { return len(x.barring()) > 0 }

// barring returns what the exclusions and filters of the rule say of themselves.
func (x *Explainer) barring() []string {
	var list []string
	add := func(why string) {
		if why != "" && !slices.Contains(list, why) {
			list = append(list, why)
		}
	}
	for _, one := range x.rule.Exclusions {
		add(one.Why())
	}
	for _, f := range x.rule.Feeds {
		for _, s := range f.Suppressors {
			add(s.Why)
		}
	}
	if x.rule.Rest != nil {
		plan.Walk(x.rule.Rest, func(n plan.Node) bool {
			if f, ok := n.(*plan.Filter); ok {
				add(f.Why)
			}
			return true
		})
	}
	return list
}

// passes says whether an event is an answer by itself.
func (x *Explainer) passes(ctx context.Context, which string, ev *event.Event) (bool, error) {
	p, err := x.pipeline(which)
	if err != nil {
		return false, err
	}
	way, err := p.follow(ctx, ev, []*event.Event{ev})
	return err == nil && way.out, err
}

// stages explains an event by the stages of the rule's pipeline.
func (x *Explainer) stages(ctx context.Context, ev *event.Event, out *Explanation) error {
	p, err := x.pipeline(nothingBars)
	if err != nil {
		return err
	}
	among := []*event.Event{ev}
	if kept := x.kept.by[keyOf(ev)]; kept != nil && x.Gathers() {
		out.Among = true
		ev, among = kept, x.kept.list
	}
	alone, err := p.follow(ctx, ev, []*event.Event{ev})
	if err != nil {
		return err
	}
	way := alone
	if out.Among {
		if way, err = p.follow(ctx, ev, among); err != nil {
			return err
		}
		out.Alone = &ExplainAlone{Match: alone.out, Stage: dropStage(x.staged(p, alone, ev.Class))}
	}
	out.Stages = x.staged(p, way, ev.Class)
	dropped := false
	if x.bars() {
		if dropped, err = x.suppressors(ctx, ev, among, way.out, out); err != nil {
			return err
		}
	}
	out.Verdict = x.verdictOf(way.out, dropped, out.Outside)
	return nil
}

// suppressors says what each exclusion and filter says of an event, and whether they drop it together.
func (x *Explainer) suppressors(ctx context.Context, ev *event.Event, among []*event.Event, holds bool, out *Explanation) (dropped bool, err error) {
	for _, why := range x.barring() {
		p, err := x.pipeline(why)
		if err != nil {
			return false, err
		}
		way, err := p.follow(ctx, ev, among)
		if err != nil {
			return false, err
		}
		one := ExplainSuppressor{Why: why, Drops: holds && !way.out}
		plan.Walk(p.plan, func(n plan.Node) bool {
			f, ok := n.(*plan.Filter)
			if !ok || f.Why == "" || len(way.rows[f.Input]) == 0 {
				return true
			}
			if drops := way.stats[f].WatchedOut < way.stats[f].WatchedIn; !one.Reached || drops && !one.Drops {
				one.Lines = way.explain(x, f, dropsOf(f.Where), ev.Class)
				one.Drops = one.Drops || way.stats[f].WatchedOut == 0
			}
			one.Others = !one.Reached && way.stats[f].WatchedOut > 0 || one.Others && way.stats[f].WatchedOut > 0
			one.Reached = true
			return true
		})
		one.Others = one.Others && one.Drops
		out.Suppressors = append(out.Suppressors, one)
	}
	out.Suppressors = x.named(out.Suppressors)
	if !holds {
		return false, nil
	}
	p, err := x.pipeline(allBar)
	if err != nil {
		return false, err
	}
	way, err := p.follow(ctx, ev, among)
	return err == nil && !way.out, err
}

// dropStage returns the number of the stage that drops an event; 0 if none does.
func dropStage(list []ExplainStage) int {
	for i := len(list) - 1; i >= 0; i-- {
		switch list[i].State {
		case StagePassed:
			return 0
		case StageDropped:
			return list[i].Number
		}
	}
	return 0
}

// staged says what became of an event in each stage.
func (x *Explainer) staged(p *pipeline, way *path, class *event.Class) []ExplainStage {
	var list []ExplainStage
	var before plan.Node
	stages := p.stages
	if last := stages[len(stages)-1]; last.Node != p.plan && !way.out && way.stats[last.Node].WatchedOut > 0 {
		stages = append(slices.Clone(stages), compile.Stage{Text: "the result", Node: p.plan}) // what a language does behind the last stage
	}
	for i, s := range stages {
		one := ExplainStage{Number: i + 1, Text: s.Text}
		own := ownNodes(s.Node, before)
		came := before != nil && way.stats[before].WatchedOut > 0
		for _, n := range own {
			if _, scan := n.(*plan.Scan); scan {
				came = came || way.stats[n].WatchedOut > 0 || before == nil
			}
		}
		stat := way.stats[s.Node]
		switch {
		case stat.WatchedOut > 0:
			one.State = StagePassed
		case came:
			one.State = StageDropped
		default:
			one.State = StageNotReached
		}
		x.detail(&one, own, way, s.Node, class)
		list = append(list, one)
		before = s.Node
	}
	return list
}

// ownNodes returns the nodes of a stage, those that are fed first first.
func ownNodes(n, before plan.Node) []plan.Node {
	var list []plan.Node
	plan.Walk(n, func(n plan.Node) bool {
		if n == before {
			return false
		}
		list = append(list, n)
		return true
	})
	slices.Reverse(list)
	return list
}

// detail says of a stage what its conditions saw, what dropped the event, and which row it went into.
func (x *Explainer) detail(one *ExplainStage, own []plan.Node, way *path, last plan.Node, class *event.Class) {
	if one.State == StageNotReached {
		return
	}
	var trees [][]ExplainLine
	var dropped []plan.Node
	for _, n := range own {
		stat := way.stats[n]
		switch n := n.(type) {
		case *plan.Scan, *plan.Values:
			continue
		case *plan.Filter:
			if stat.WatchedIn > 0 && (one.State == StagePassed || stat.WatchedOut == 0) {
				if tree := way.explain(x, n, n.Where, class); tree != nil {
					trees = append(trees, tree)
				}
			}
		case *plan.Aggregate, *plan.Sequence, *plan.Join, *plan.Window, *plan.Trace:
			one.Gathers = one.Gathers || stat.WatchedIn > 0
		}
		if stat.WatchedIn > 0 && stat.WatchedOut == 0 {
			dropped = append(dropped, n)
		}
	}
	one.Lines = joined(trees)
	if one.State == StageDropped {
		one.Gathers = false
		if len(dropped) == 0 {
			one.Why = x.notRead(own, way)
		} else if _, ok := dropped[0].(*plan.Filter); !ok || len(one.Lines) == 0 {
			one.Why = x.whyDropped(dropped[0], way)
		}
		return
	}
	if rows := way.rows[last]; len(rows) > 0 {
		one.Rows, one.Events = way.stats[last].WatchedOut, rows[0].events
		if one.Gathers || rows[0].events > 1 {
			one.Row = valuesOf(last.Columns(), rows[0].values)
		}
	}
}

// joined puts the conditions of several filters, all of which must hold, into one tree.
func joined(trees [][]ExplainLine) []ExplainLine {
	if len(trees) < 2 {
		return slices.Concat(trees...)
	}
	all := ExplainLine{Text: "all of", Verdict: eval.True.String()}
	var out []ExplainLine
	for _, tree := range trees {
		if tree[0].Verdict != eval.True.String() {
			all.Verdict = tree[0].Verdict
		}
		parts, depth := tree, 1
		if tree[0].Text == "all of" && !tree[0].Leaf {
			parts, depth = tree[1:], 0
		}
		for _, l := range parts {
			l.Depth += depth
			out = append(out, l)
		}
	}
	return append([]ExplainLine{all}, out...)
}

// notRead says why no place of a stage made a row of the event.
func (x *Explainer) notRead(own []plan.Node, way *path) string {
	var tables []string
	for _, n := range own {
		if s, ok := n.(*plan.Scan); ok {
			if way.stats[n].WatchedIn == 0 {
				return "what comes before it in the log is enough"
			}
			if !slices.Contains(tables, s.Table) {
				tables = append(tables, s.Table)
			}
		}
	}
	return "the record is no row of " + strings.Join(tables, ", ")
}

// whyDropped says in words why an operator gives no row for those that came to it.
func (x *Explainer) whyDropped(n plan.Node, way *path) string {
	switch n := n.(type) {
	case *plan.Aggregate:
		return "a value that it groups by is missing: " + strings.Join(nullKeys(n, way), ", ")
	case *plan.Limit:
		return fmt.Sprintf("it is not among the rows that are kept (%d)", n.Count)
	case *plan.Sort:
		return fmt.Sprintf("it is not among the first %d in this order", n.Limit)
	case *plan.Join:
		switch n.Kind {
		case plan.LeftAnti, plan.RightAnti:
			return "a row of the other side goes with it"
		}
		return "no row of the other side goes with it"
	case *plan.Lookup:
		return "the table has no row for it"
	case *plan.Expand:
		return "there is nothing in it to expand"
	case *plan.Trace:
		return "it meets no step of it"
	case *plan.Sequence:
		return "it is part of no such sequence"
	}
	return "no row of it is left"
}

// nullKeys names the keys of an Aggregate that rows of the event do not have.
func nullKeys(n *plan.Aggregate, way *path) []string {
	var names []string
	columns := n.Input.Columns()
	for _, row := range way.rows[n.Input] {
		for _, by := range n.By {
			p, err := eval.Compile(by.Value, func(c *plan.Column) int { return slices.Index(columns, c) })
			if err == nil && p.Value(&eval.Row{Columns: row.values, Record: row.rest.Record, Raw: row.rest.Raw}).IsNull() && !slices.Contains(names, shown(by.Column.Name)) {
				names = append(names, shown(by.Column.Name))
			}
		}
	}
	return names
}

// valuesOf returns what a row holds, under the names that its author knows.
func valuesOf(columns []*plan.Column, values []event.Value) []ExplainValue {
	var list []ExplainValue
	for i, c := range columns {
		if name := shown(c.Name); !values[i].IsNull() && name != "*" && values[i].Text() != "" {
			list = append(list, ExplainValue{name, values[i].Text()})
		}
	}
	return list
}

// shown returns the name of a column as its author knows it: that of a field without the view that it is seen through, and without what
// tells it from others of its name.
func shown(name string) string {
	name = strings.TrimRight(name, "'")
	prefix, rest, ok := strings.Cut(name, "/")
	if !ok {
		return name
	}
	switch prefix {
	case "splunk":
		return rest
	case "cim", "sentinel", "asim":
		_, field, _ := strings.Cut(rest, "/")
		return field
	}
	return name
}

// Plan returns the plan as the author of the rule wrote it, with its exclusions, for the moment of At or Now.
func (x *Explainer) Plan() (plan.Node, error) {
	p, err := x.pipeline(allBar)
	if err != nil {
		return nil, err
	}
	return p.plan, nil
}
