package engine

import (
	"context"
	"slices"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/taxonomy"
)

// pipeline is the plan of a rule as its author wrote it, ready to follow an event through it.
type pipeline struct {
	plan   plan.Node
	stages []compile.Stage
	query  *exec.Query
	whole  *exec.Query  // remembers which events rows are made of
	target *event.Event // the one that is followed
	path   *path        // where it has come so far
	world  *taxonomy.Taxonomy
}

// path is the way of one event through a plan.
type path struct {
	stats map[plan.Node]exec.Stat
	rows  map[plan.Node][]pathRow // the first of those that leave a node and that the event is part of
	out   bool                    // it is part of a row of the result
}

// pathRow is a row that an event is part of.
type pathRow struct {
	values []event.Value
	rest   exec.Rest
	events int // that it is made of
}

// maxPathRows is how many rows are looked at behind each node.
const maxPathRows = 4

// maxPathEvents is how many events of a row are told apart: from so many on, an event that went into it by two ways counts twice.
const maxPathEvents = 1000

func newPipeline(n plan.Node, stages []compile.Stage, t *taxonomy.Taxonomy) (*pipeline, error) {
	p := &pipeline{plan: n, stages: stages, world: t}
	var err error
	p.query, err = exec.Compile(n, exec.Options{
		Evidence: maxPathEvents,
		Watch:    func(ev *event.Event) bool { return ev == p.target },
		Tap:      func(n plan.Node, b *exec.Batch) { p.path.note(n, b) },
	})
	return p, err
}

// note keeps the first rows that leave a node.
func (p *path) note(n plan.Node, b *exec.Batch) {
	for i, t := range b.From {
		if len(p.rows[n]) == maxPathRows {
			return
		}
		if t == nil || !t.Watched() {
			continue
		}
		row := pathRow{events: eventsOf(t)}
		for c := range b.Cols {
			row.values = append(row.values, b.Value(c, i))
		}
		if b.Rest != nil {
			row.rest = b.Rest[i]
		}
		p.rows[n] = append(p.rows[n], row)
	}
}

// eventsOf returns how many events a row is made of.
func eventsOf(t *exec.Trail) int {
	if len(t.Evidence) == 1 {
		return 1 + t.More
	}
	seen := map[eventKey]bool{}
	for _, e := range t.Evidence {
		seen[factKey(e.Fact)] = true
	}
	return len(seen) + t.More
}

// follow runs the plan over events, which hold the target, and says how far that came.
func (p *pipeline) follow(ctx context.Context, target *event.Event, events []*event.Event) (*path, error) {
	p.target, p.path = target, &path{rows: map[plan.Node][]pathRow{}}
	out := p.path
	summary, err := p.query.Run(ctx, p.source(events), func(b *exec.Batch) error {
		for _, t := range b.From {
			out.out = out.out || t != nil && t.Watched()
		}
		return nil
	})
	p.target = nil
	if err != nil {
		return nil, complaintOf(err)
	}
	out.stats = map[plan.Node]exec.Stat{}
	for _, s := range summary.Stats {
		have := out.stats[s.Node] // a node that stands in two places
		s.In, s.Out, s.WatchedIn, s.WatchedOut = s.In+have.In, s.Out+have.Out, s.WatchedIn+have.WatchedIn, s.WatchedOut+have.WatchedOut
		out.stats[s.Node] = s
	}
	return out, nil
}

// source gives events to every Scan.
func (p *pipeline) source(events []*event.Event) *exec.EventSource {
	return &exec.EventSource{Resolver: p.world, Each: func(ctx context.Context, give func(*event.Event) error) error {
		for i, ev := range events {
			if i%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := give(ev); err != nil {
				return err
			}
		}
		return nil
	}}
}

// found returns the events that rows of the result are made of.
func (p *pipeline) found(ctx context.Context, events []*event.Event) (map[eventKey]bool, error) {
	if p.whole == nil {
		var err error
		if p.whole, err = exec.Compile(p.plan, exec.Options{Evidence: max(len(events), 1) * 8}); err != nil {
			return nil, complaintOf(err)
		}
	}
	found := map[eventKey]bool{}
	var last *exec.Trail
	_, err := p.whole.Run(ctx, p.source(events), func(b *exec.Batch) error {
		for _, t := range b.From {
			if t == nil || t == last {
				continue
			}
			last = t
			for _, e := range t.Evidence {
				found[factKey(e.Fact)] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, complaintOf(err)
	}
	return found, nil
}

// explain says what a condition of a filter saw in the row that came to it; nil if it is decided whatever the row.
func (p *path) explain(x *Explainer, f *plan.Filter, where plan.Expr, class *event.Class) []ExplainLine {
	rows := p.rows[f.Input]
	if len(rows) == 0 {
		return nil
	}
	columns := f.Input.Columns()
	program, err := eval.Compile(where, func(c *plan.Column) int { return slices.Index(columns, c) })
	if err != nil {
		return nil // exec has compiled it already
	}
	never := x.neverIn(where, f.Input, class)
	var best *eval.Explanation
	for _, r := range rows {
		e := program.Explain(&eval.Row{Columns: r.values, Record: r.rest.Record, Raw: r.rest.Raw, FreeText: r.rest.FreeText})
		if e.Verdict == eval.True || best == nil { // of several rows one that passed
			best = e
		}
		if e.Verdict == eval.True {
			break
		}
	}
	if best = pruned(best); best == nil {
		return nil
	}
	return lines(nil, best, 0, never)
}

// eventKey tells the events of a log apart.
type eventKey struct {
	class  *event.Class
	origin event.Origin
	logged int64
	marks  event.Marks
}

func keyOf(ev *event.Event) eventKey { return eventKey{ev.Class, ev.Origin, ev.Logged, ev.Marks} }

func factKey(f *exec.Fact) eventKey { return eventKey{f.Class, f.Origin, f.Logged, f.Marks} }

// keptEvents are the events that the verdict on others may depend on.
type keptEvents struct {
	list  []*event.Event
	by    map[eventKey]*event.Event
	bytes int64
}

func (k *keptEvents) add(ev *event.Event) {
	if k.by == nil {
		k.by = map[eventKey]*event.Event{}
	}
	k.list = append(k.list, ev)
	k.by[keyOf(ev)] = ev
	k.bytes += int64(len(ev.Raw)) + 512 + 64*int64(len(ev.Record.Fields))
}
