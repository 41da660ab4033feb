package kql

import (
	"maps"
	"slices"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "where", aliases: []string{"filter"}, doc: "keeps the rows for which a condition is true",
	parse: func(p *parser) operation {
		n, ok := p.namedExpr()
		if !ok {
			return nil
		}
		if len(n.names) > 0 { // where a = true: an expression with a name, of which only the value counts
			p.warnf(n.names[0].span(), "assignment", "", "`%s =` gives the condition a name and compares nothing", n.names[0].text).Hint = "equality is written `==`"
		}
		return &whereStage{n.x}
	},
})

type whereStage struct{ x node }

func (w *whereStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	b.clause = "where"
	c := &context{scope: b.scope, in: out}
	x := w.x
	if in.scan {
		b.lookbacks(c, x)
	}
	if in.scan && b.env.AnyTime {
		if x = b.withoutWindow(c, x); x == nil {
			return out
		}
	}
	if in.unique != nil && in.node == plan.Node(in.unique.join) {
		if asked, ok := in.unique.before(b, x, in); ok {
			return asked
		}
	}
	v := b.expr(c, x)
	b.never(v, x.span())
	out.node = &plan.Filter{Input: out.node, Where: b.mustBool(v, x.span())}
	return out
}

// withoutWindow leaves out the conditions that say how far back the query looks, and notes them. It returns nil where nothing is
// left.
func (b *binder) withoutWindow(c *context, x node) node {
	if and, ok := bare(x).(*binary); ok && and.op == "and" {
		l, r := b.withoutWindow(c, and.l), b.withoutWindow(c, and.r)
		switch {
		case l == nil:
			return r
		case r == nil:
			return l
		case l == and.l && r == and.r:
			return x
		}
		return &binary{and.at, and.op, and.opAt, l, r}
	}
	if span, ok := b.lookback(c, x); ok {
		b.query.look(c.in.reads, span)
		return nil
	}
	return x
}

// look notes how far back the query looks in some of the places where it reads; 0 says nothing of that. Of several the shortest counts.
func (q *Query) look(reads []int, span int64) {
	if q.windows == nil {
		q.windows = map[int]int64{}
	}
	for _, read := range reads {
		if before, known := q.windows[read]; span > 0 && (!known || span < before) {
			q.windows[read] = span
		}
	}
	q.Windows = q.Windows[:0]
	for _, read := range slices.Sorted(maps.Keys(q.windows)) {
		q.Windows = append(q.Windows, q.windows[read])
	}
}

// timeColumns are the columns that say when a row was logged or came in.
var timeColumns = map[string]bool{"TimeGenerated": true, "Timestamp": true}

// lookback recognises TimeGenerated > ago(1d), TimeGenerated between (ago(1d) .. now()), ingestion_time() > ago(1h) and
// TimeGenerated <= now(), and returns how far back they reach.
func (b *binder) lookback(c *context, x node) (ticks int64, ok bool) {
	switch x := bare(x).(type) {
	case *binary:
		switch {
		case (x.op == ">" || x.op == ">=") && isTime(x.l):
			return b.past(c, x.r)
		case (x.op == "<" || x.op == "<=") && isTime(x.r):
			return b.past(c, x.l)
		case (x.op == "<" || x.op == "<=") && isTime(x.l) && isNow(c.scope, x.r):
			return 0, true
		}
	case *between:
		if !x.not && isTime(x.x) && isNow(c.scope, x.hi) {
			return b.past(c, x.lo)
		}
	}
	return 0, false
}

func isTime(x node) bool {
	switch x := bare(x).(type) {
	case *name:
		return timeColumns[x.text]
	case *call:
		return x.fn.text == "ingestion_time" && len(x.args) == 0
	}
	return false
}

// isNow recognises now(), or a name that stands for it.
func isNow(s *scope, x node) bool {
	switch x := bare(x).(type) {
	case *call:
		return x.fn.text == "now" && len(x.args) == 0 && s.find("now") == nil
	case *name:
		found := s.find(x.text)
		return found != nil && found.x != nil && !found.using && isNow(found.env, found.x)
	}
	return false
}

// past returns how long ago ago(x) is, now(-x), now() - x, or a name that stands for one of them.
func (b *binder) past(c *context, x node) (int64, bool) {
	switch x := bare(x).(type) {
	case *call:
		if x.fn.text != "ago" && x.fn.text != "now" || len(x.args) != 1 || c.scope.find(x.fn.text) != nil {
			return 0, false
		}
		ticks, ok := b.span(c, x.args[0].value)
		if x.fn.text == "now" {
			ticks = -ticks
		}
		return ticks, ok && ticks > 0
	case *binary:
		if x.op != "-" || !isNow(c.scope, x.l) {
			return 0, false
		}
		ticks, ok := b.span(c, x.r)
		return ticks, ok && ticks > 0
	case *name:
		found := c.scope.find(x.text)
		if found == nil || found.x == nil || found.using {
			return 0, false
		}
		var ticks int64
		var ok bool
		b.inText(found.text, func() { ticks, ok = b.past(&context{scope: found.env}, found.x) })
		return ticks, ok
	}
	return 0, false
}

// span returns a constant timespan in ticks.
func (b *binder) span(c *context, x node) (ticks int64, ok bool) {
	v := b.expr(&context{scope: c.scope}, x)
	k, ok := v.constant()
	return k.Int(), ok && v.typ == schema.Timespan && !k.IsNull()
}
