package spl

import (
	"sync"

	"goshawk/diag"
	"goshawk/plan"
)

// lowering is the state of reading and lowering one search.
type lowering struct {
	env    Env
	text   *diag.Text
	list   diag.List
	search *Search
	used   map[string]int // names of columns
	// lenient keeps quiet about fields that do not exist: isnull(x) asks just that.
	lenient  bool
	size     int          // of the expressions lowered so far
	bodies   int          // runs of bodies of foreach
	nested   int          // subsearches around the command being lowered
	opened   []string     // saved searches around it
	excluded map[int]bool // the exclusions that were applied
	asked    int          // how deep the subsearch stands whose rows become conditions of a search; 0: there is none
}

// columnNames are those of the columns of searches that were lowered before, cleared.
var columnNames = sync.Pool{New: func() any { return map[string]int{} }}

// maxUsed bounds the names whose room is kept.
const maxUsed = 256

// whole lowers the outermost pipeline.
func (l *lowering) whole(p *pipeline) {
	l.used = columnNames.Get().(map[string]int)
	defer func() {
		if len(l.used) <= maxUsed {
			clear(l.used)
			columnNames.Put(l.used)
		}
		l.used = nil
	}()
	r := l.commands(p.commands, nil, true)
	if r == nil || l.list.Failed() {
		return
	}
	l.lintAlways(p.commands)
	r = l.show(r)
	if len(r.order) > 1 { // an order of its own, not only the newest first
		l.arrange(r)
	}
	out := l.project(r)
	for _, a := range out.Out {
		if a.Column.Name == "*" {
			l.search.Open = true
		} else {
			l.search.Fields = append(l.search.Fields, a.Column.Name)
		}
	}
	l.search.Plan = out
}

// commands lowers the commands of a pipeline. in is nil for a pipeline that begins its own rows.
func (l *lowering) commands(list []*command, in *relation, outermost bool) *relation {
	var before *command
	for _, c := range list {
		if outermost {
			in, before = l.behindSlot(in, before, c), c
		}
		r := c.lower(l, in)
		if r == nil {
			if !l.list.Failed() {
				l.errorf(c.at, "spl-"+c.name, "%s gives no rows", c.name)
			}
			return nil
		}
		in = r
		if outermost {
			l.search.Stages = append(l.search.Stages, Stage{Text: l.text.String[c.span.Start:c.span.End], Span: c.span, Node: r.node})
		}
	}
	if outermost {
		in = l.behindSlot(in, before, nil)
	}
	return in
}

// subsearch lowers a pipeline in square brackets, which begins its own rows.
func (l *lowering) subsearch(p *pipeline) *relation {
	l.nested++
	defer func() { l.nested-- }()
	return l.limited(l.commands(p.commands, nil, false), l.env.Limits.Subsearch)
}

// conditions lowers a subsearch whose rows become conditions of the search around it.
func (l *lowering) conditions(p *pipeline) *relation {
	outer := l.asked
	l.asked = l.nested + 1
	defer func() { l.asked = outer }()
	return l.subsearch(p)
}

// maxExpressions bounds the expressions of a plan: some conditions are written out once for each answer that is asked of them.
const maxExpressions = 1_000_000

// enough says that the plan is as large as it may be, and complains when that happens.
func (l *lowering) enough(at diag.Span) bool {
	if l.size++; l.size == maxExpressions {
		l.errorf(at, "spl-too-large", "the search needs more than %d expressions", maxExpressions)
	}
	return l.size >= maxExpressions
}

// bounds returns the bounds of the search in ticks, and notes that they were asked for.
func (l *lowering) bounds() (earliest, latest int64) {
	l.search.Bounded = true
	return l.env.Earliest, l.env.Latest
}

// mark says where a predicate comes from.
func (l *lowering) mark(clause, field string, span diag.Span) plan.Marked {
	_, at := l.text.Place(span).Outermost()
	return plan.Marked{At: &plan.Mark{Clause: clause, Field: field, Text: clip(l.text.String[span.Start:span.End]), Span: at}}
}

// filter keeps the rows for which a condition holds.
func (l *lowering) filter(in *relation, where plan.Expr) *relation {
	if where == nil {
		return in
	}
	out := in.clone()
	out.node = &plan.Filter{Input: in.node, Where: where}
	return out
}
