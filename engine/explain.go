package engine

import (
	"context"
	"fmt"
	"slices"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/schedule"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// Explainer says what one rule sees in events: of each whether it is an answer, and which stage or clause decides. It must not be used by
// several goroutines at a time.
//
// A rule that does more with events than look at each (Waits) can say so only when it has seen all: whoever explains such a rule gives all
// events to Note, then calls Settle, then Explain.
type Explainer struct {
	// At, if not nil, is a run of the rule's schedule: events outside its window count for nothing, and the present is that of the run.
	At *schedule.Slot
	// Now is the present, in ticks, for rules that depend on it; 0: the end of the events. At goes before it.
	Now int64

	rule      *compile.Rule
	taxonomy  *taxonomy.Taxonomy
	classes   map[*event.Class]*explained
	schedule  *schedule.Schedule
	pipelines map[string]*pipeline // by what of the exclusions is in it
	kept      keptEvents
	last      int64 // the time of the latest event
	found     map[eventKey]bool
	unbarred  map[eventKey]bool // what would be found without exclusions
}

// explained is what an Explainer keeps for a class.
type explained struct {
	feeds    []explainedFeed // those that events of the class can reach
	time     *eval.Program
	ingested *eval.Program
}

type explainedFeed struct {
	number      int // from 1
	when        *eval.Program
	test        *eval.Program
	never       map[*plan.Mark]bool // clauses that ask for what records of the class never have
	suppressors []explainedSuppressor
}

// explainedSuppressor is a condition that an event must meet to stay, and what of it is to be shown.
type explainedSuppressor struct {
	why   string
	keep  *eval.Program
	drops *eval.Program
	never map[*plan.Mark]bool
}

// The verdicts of an Explanation.
const (
	VerdictMatch      = "match"
	VerdictNoMatch    = "no match"
	VerdictSuppressed = "suppressed" // it would be a match, but for an exclusion or a filter
	VerdictForeign    = "foreign"    // the rule does not read such records
)

// Explanation is what a rule sees in one event.
type Explanation struct {
	// Match says that the event is an answer by itself, or, of a rule that does more with events than look at each, that it goes
	// into that. Exclusions are not looked at.
	Match bool
	// Foreign events are not of the rule's log source; LogSources says what they are instead.
	Foreign    bool
	LogSources []string
	Time       string // RFC 3339; empty if the event has none
	Lines      []ExplainLine

	// What follows is set by Explain alone. Verdict is one of the Verdicts: of a rule that gathers events that among all events.
	Verdict string
	// Outside says that the window of the run in question does not hold the event.
	Outside bool
	// Stages are those of the author's pipeline, with what became of the event in each: among all events if Among. Those of a suppressed
	// event are as they are without exclusions.
	Stages []ExplainStage
	Among  bool
	// Alone is what becomes of the event with no other beside it, where that is not what Stages say already; nil otherwise.
	Alone *ExplainAlone
	// Suppressors are the exclusions and filters of the rule.
	Suppressors []ExplainSuppressor
	Schedule    *ExplainSchedule // nil for rules that have none
}

// ExplainLine is one clause, or a group of clauses, with its verdict.
type ExplainLine struct {
	Depth    int
	Text     string // the author's words, or "all of", "one of", "not"
	Verdict  string // "true", "false", "null"
	Leaf     bool
	Field    string
	Value    string
	Absent   bool
	Never    bool // no record of this kind has what the clause asks for
	From, To int  // the part of Value that met the clause; equal where none did
}

// ExplainSuppressor is an exclusion or a filter of the rule, and what it says of an event.
type ExplainSuppressor struct {
	Why       string               // "exclusion ex-0007"
	Exclusion *detection.Exclusion // nil for what is none
	// Drops says that it takes out the event, or the row that the event is part of; Reached that it was asked at all.
	Drops, Reached bool
	// Others says that it drops other events of the row that this one is part of, so that nothing is left of the row.
	Others bool
	Lines  []ExplainLine // of the condition under which it takes something out
}

// NewExplainer returns an Explainer of a rule, which must be loaded.
func NewExplainer(r *compile.Rule, t *taxonomy.Taxonomy) *Explainer {
	x := &Explainer{rule: r, taxonomy: t, classes: map[*event.Class]*explained{}, pipelines: map[string]*pipeline{}}
	x.schedule, _ = r.Schedule() // a rule whose schedule is wrong is not loaded
	return x
}

// Gathers says whether answers of the rule are made of several events.
func (x *Explainer) Gathers() bool { return x.rule.Rest != nil && !x.rule.Single }

// Waits says whether verdicts are known only when all events have been noted.
func (x *Explainer) Waits() bool { return x.Gathers() || x.rule.Relower != nil && x.At == nil }

// Event says what the clauses that the rule asks of single events see in one, which is all there is to most rules.
func (x *Explainer) Event(ev *event.Event) Explanation {
	out, _ := x.clauses(ev)
	return out
}

// clauses explains what is asked of a single event, and says which suppressors of it speak.
func (x *Explainer) clauses(ev *event.Event) (Explanation, []ExplainSuppressor) {
	c := x.class(ev.Class)
	row := &eval.Row{}
	stream.Row(row, ev)
	var out Explanation
	if ticks := x.ticksOf(ev); ticks != 0 {
		out.Time = event.FormatTime(ticks)
	}
	foreign := true
	var said []ExplainSuppressor
	for _, f := range c.feeds {
		if f.when != nil && !f.when.True(row) {
			continue
		}
		foreign = false
		depth := 0
		if len(x.rule.Feeds) > 1 {
			out.Lines = append(out.Lines, ExplainLine{Text: fmt.Sprintf("search %d of %d", f.number, len(x.rule.Feeds))})
			depth = 1
		}
		said = append(said, suppressorsSay(f.suppressors, row)...)
		if f.test == nil {
			out.Match = true
			if depth > 0 {
				out.Lines[len(out.Lines)-1].Verdict = eval.True.String()
			}
			continue
		}
		e := f.test.Explain(row)
		out.Match = out.Match || e.Verdict == eval.True
		if depth > 0 {
			out.Lines[len(out.Lines)-1].Verdict = e.Verdict.String()
		}
		out.Lines = lines(out.Lines, e, depth, f.never)
	}
	if foreign {
		out.Foreign = true
		for _, l := range x.taxonomy.LogSources(ev.Class) {
			out.LogSources = append(out.LogSources, l.String())
		}
		if out.LogSources == nil {
			out.LogSources = []string{"of no log source that rules know"}
		}
	}
	return out, said
}

// suppressorsSay asks suppressors of an event.
func suppressorsSay(list []explainedSuppressor, row *eval.Row) []ExplainSuppressor {
	var out []ExplainSuppressor
	for _, s := range list {
		one := ExplainSuppressor{Why: s.why, Reached: true, Drops: s.keep != nil && !s.keep.True(row)}
		if row.Overflow || row.Failed != "" { // what cannot be decided is found
			row.Overflow, row.Failed, one.Drops = false, "", false
		}
		if s.drops != nil {
			one.Lines = lines(nil, s.drops.Explain(row), 0, s.never)
		}
		out = append(out, one)
	}
	return out
}

// Explain says all there is to say of one event. If the rule Waits, all events must have been noted and Settle been called. The error is
// that of a pipeline that could not be run: a bound, or the end of the context.
func (x *Explainer) Explain(ctx context.Context, ev *event.Event) (*Explanation, error) {
	out, said := x.clauses(ev)
	ticks := x.ticksOf(ev)
	out.Schedule = x.scheduled(ev, ticks)
	if out.Foreign {
		out.Verdict = VerdictForeign
		return &out, nil
	}
	out.Outside = x.outside(ev, ticks)
	if x.rule.Rest == nil {
		out.Suppressors = x.named(said)
		out.Verdict = x.verdictOf(out.Match, slices.ContainsFunc(out.Suppressors, func(s ExplainSuppressor) bool { return s.Drops }), out.Outside)
		return &out, nil
	}
	if err := x.stages(ctx, ev, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// Verdict is that of Explain, without the reasons.
func (x *Explainer) Verdict(ctx context.Context, ev *event.Event) (string, error) {
	out, said := x.clauses(ev)
	switch {
	case out.Foreign:
		return VerdictForeign, nil
	case !out.Match || x.outside(ev, x.ticksOf(ev)):
		return VerdictNoMatch, nil
	case x.rule.Rest == nil:
		return x.verdictOf(true, slices.ContainsFunc(said, func(s ExplainSuppressor) bool { return s.Drops }), false), nil
	case x.Gathers():
		key := keyOf(ev)
		return x.verdictOf(x.unbarred[key], x.unbarred[key] && !x.found[key], false), nil
	}
	free, err := x.passes(ctx, nothingBars, ev)
	if err != nil {
		return "", err
	}
	if !free || !x.bars() {
		return x.verdictOf(free, false, false), nil
	}
	through, err := x.passes(ctx, allBar, ev)
	return x.verdictOf(true, !through, false), err
}

func (x *Explainer) verdictOf(holds, dropped, outside bool) string {
	switch {
	case !holds || outside:
		return VerdictNoMatch
	case dropped:
		return VerdictSuppressed
	}
	return VerdictMatch
}

// named puts the suppressors of several places of a rule together, each once, and says which exclusions they are.
func (x *Explainer) named(list []ExplainSuppressor) []ExplainSuppressor {
	var out []ExplainSuppressor
	for _, s := range list {
		at := slices.IndexFunc(out, func(o ExplainSuppressor) bool { return o.Why == s.Why })
		if at < 0 {
			for _, applied := range x.rule.Exclusions {
				if applied.Why() == s.Why {
					s.Exclusion = applied.Exclusion
				}
			}
			out = append(out, s)
		} else if !out[at].Drops && (s.Drops || !out[at].Reached) {
			s.Exclusion = out[at].Exclusion
			out[at] = s
		}
	}
	return out
}

// ticksOf returns when an event happened; 0 if it does not say.
func (x *Explainer) ticksOf(ev *event.Event) int64 {
	if c := x.class(ev.Class); c.time != nil {
		row := &eval.Row{}
		stream.Lend(row, ev)
		if v := c.time.Value(row); v.Kind() == event.Time {
			return v.Int()
		}
	}
	return ev.Logged
}

// arrivedOf returns when an event was ingested; 0 if it does not say.
func (x *Explainer) arrivedOf(ev *event.Event) int64 {
	p := x.class(ev.Class).ingested
	if p == nil {
		return 0
	}
	row := &eval.Row{}
	stream.Lend(row, ev)
	if v := p.Value(row); v.Kind() == event.Time {
		return v.Int()
	}
	return 0
}

// outside says whether the run in question does not see an event that happened at a time.
func (x *Explainer) outside(ev *event.Event, ticks int64) bool {
	if x.At == nil {
		return false
	}
	clock := detection.EventTime
	if s := x.rule.Detection.Schedule; s != nil {
		clock = s.Clock
	}
	one, other := clocked(clock, ticks, x.arrivedOf(ev))
	seen := window{x.At.From, x.At.To}
	return !(one != 0 && seen.holds(one) || other != 0 && seen.holds(other))
}

func (x *Explainer) class(class *event.Class) *explained {
	if c, ok := x.classes[class]; ok {
		return c
	}
	c := &explained{time: ofEvents(x.taxonomy.Time(class)), ingested: ofEvents(x.taxonomy.Source(class, "event.ingested"))}
	for i, f := range x.rule.Feeds {
		when, in := x.taxonomy.Route(f.Table, class)
		if !in {
			continue
		}
		one := explainedFeed{number: i + 1, when: ofEvents(when), test: native(f.Where, x.taxonomy, class), never: x.neverIn(f.Where, f.Scan, class)}
		for _, s := range f.Suppressors {
			drops := dropsOf(s.Keep)
			one.suppressors = append(one.suppressors, explainedSuppressor{s.Why, native(s.Keep, x.taxonomy, class), native(drops, x.taxonomy, class), x.neverIn(drops, f.Scan, class)})
		}
		c.feeds = append(c.feeds, one)
	}
	x.classes[class] = c
	return c
}

// dropsOf returns the condition that plan.Unless was given.
func dropsOf(keep plan.Expr) plan.Expr {
	not, ok := keep.(*plan.Not)
	if !ok {
		return keep
	}
	if c, ok := not.X.(*plan.Call); ok && c.Func.Name == "coalesce" && len(c.Args) == 2 {
		return c.Args[0]
	}
	return not.X
}

// lines lays the tree of an explanation out as indented lines. Clauses with a mark in never ask for what the record can never have.
func lines(out []ExplainLine, e *eval.Explanation, depth int, never map[*plan.Mark]bool) []ExplainLine {
	line := ExplainLine{Depth: depth, Verdict: e.Verdict.String()}
	parts := e.Parts
	switch e.Expr.(type) {
	case *plan.And:
		line.Text = "all of"
	case *plan.Or:
		line.Text = "one of"
	case *plan.Not:
		line.Text = "not"
		if e.Mark != nil { // its author wrote one condition, which says no
			parts = nil
		}
	}
	if len(parts) == 0 {
		line.Leaf = true
		line.Text = e.Text()
		if m := e.Mark; m != nil {
			line.Text, line.Field = m.Text, m.Field
			if m.Clause != "" {
				line.Text = m.Clause + ": " + m.Text
			}
			line.Never = never[m]
		}
		line.Value, line.Absent = e.Value.Text(), e.Value.IsAbsent()
		if len(e.Hits) > 0 {
			h := e.Hits[0]
			line.Value, line.From, line.To, line.Absent = h.Text, h.From, h.To, false
			if line.Field == "" {
				line.Field = h.Path
			}
		} else if m, ok := e.Expr.(*plan.Match); ok {
			if _, everything := m.Subject.(*plan.Everything); everything {
				line.Leaf = false
			}
		}
	}
	out = append(out, line)
	for _, part := range parts {
		out = lines(out, part, depth+1, never)
	}
	return out
}

// complaintOf says of an error that it is about explaining.
func complaintOf(err error) error {
	return diag.Diagnostic{Code: "explain-unfinished", Message: fmt.Sprintf("the rule could not be run over the events: %v", err), Hint: "explain a part of the log, or one record of a smaller one"}
}
