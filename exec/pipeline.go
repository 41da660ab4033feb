package exec

import (
	"errors"
	"fmt"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// operator is one running node of a plan.
type operator interface {
	// push takes rows of an input. It returns ErrEnough if it wants no more of them.
	push(in int, b *Batch) error
	// finish says that an input has ended.
	finish(in int) error
	// wanted says whether rows of an input can still make a difference.
	wanted(in int) bool
}

// port is where the rows of an operator go: an input of another one.
type port struct {
	op   operator
	in   int
	stat *Stat // of the operator that the rows come from; nil for the result
	into *Stat // of the operator that they go to; nil for the result
	tap  func(n plan.Node, b *Batch)
}

func (p port) emit(b *Batch) error {
	if b.Len == 0 {
		return nil
	}
	watched := int64(0)
	for _, t := range b.From {
		if t != nil && t.watched {
			watched++
		}
	}
	p.stat.Out += int64(b.Len)
	p.stat.WatchedOut += watched
	if p.into != nil {
		p.into.In += int64(b.Len)
		p.into.WatchedIn += watched
	}
	if p.tap != nil && watched > 0 {
		p.tap(p.stat.Node, b)
	}
	return p.op.push(p.in, b)
}

func (p port) finish() error { return p.op.finish(p.in) }
func (p port) wanted() bool  { return p.op.wanted(p.in) }

// emitAll emits batches until no more are wanted, which is no error here, and passes the end on.
func (p port) emitAll(batches func(emit func(*Batch) error) error) error {
	if err := batches(p.emit); err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	return p.finish()
}

// compiler makes the nodes of a plan ready.
type compiler struct {
	q      *Query
	common map[string]bool               // see commonCalls
	sieves map[subject]*eval.Sieve       // see sievesOf
	behind map[*plan.Filter]*plan.Filter // the filter with a reason right behind such a one
	scopes map[plan.Node]*scope          // of the rows that nodes give
	list   diag.List
}

func (c *compiler) fail(n plan.Node, format string, args ...any) {
	c.list.Add(diag.Diagnostic{Code: CodePlan, Message: fmt.Sprintf(format, args...) + fmt.Sprintf(" (%T)", n)})
}

// maker builds an operator of a run whose rows go to a port.
type maker func(r *Run, to port) operator

// node returns what puts the operators of a node and of its inputs together.
func (c *compiler) node(n plan.Node) func(r *Run, to port) {
	if n == nil {
		c.list.Add(diag.Diagnostic{Code: CodePlan, Message: "an operator is missing"})
		return nil
	}
	number := len(c.q.nodes)
	c.q.nodes = append(c.q.nodes, n)
	c.follow(n)
	var inputs []func(r *Run, to port)
	for i, in := range n.Inputs() {
		if join, ok := n.(*plan.Join); ok {
			defer c.reduce(join, number, i, len(c.q.leaves))
		}
		build := c.node(in)
		if build == nil {
			return nil
		}
		inputs = append(inputs, build)
	}
	var make maker
	switch n := n.(type) {
	case *plan.Scan:
		return c.leaf(number, leaf{scan: n})
	case *plan.Values:
		for _, row := range n.Rows {
			if len(row) != len(n.Out) {
				c.fail(n, "a row has %d values for %d columns", len(row), len(n.Out))
			}
		}
		return c.leaf(number, leaf{values: n})
	case *plan.Filter:
		make = c.filter(n)
	case *plan.Project:
		make = c.project(n)
	case *plan.Aggregate:
		make = c.aggregate(n)
	case *plan.Window:
		make = c.window(n)
	case *plan.Sort:
		make = c.sort(n)
	case *plan.Limit:
		make = c.limit(n)
	case *plan.Join:
		make = c.join(n)
	case *plan.Union:
		make = c.union(n)
	case *plan.Expand:
		make = c.expand(n)
	case *plan.Lookup:
		make = c.lookup(n)
	case *plan.Sequence:
		make = c.sequence(n)
	case *plan.Correlate:
		make = c.correlate(n)
	case *plan.Trace:
		make = c.trace(n)
	default:
		c.fail(n, "unknown operator")
		return nil
	}
	if make == nil {
		return nil // it has complained
	}
	return func(r *Run, to port) {
		to.stat, to.tap = &r.stats[number], r.query.options.Tap
		op := make(r, to)
		if o, ok := op.(*join); ok && r.joins != nil {
			r.joins[number] = o
		}
		for i, build := range inputs {
			build(r, port{op: op, in: i, into: &r.stats[number]})
		}
	}
}

func (c *compiler) leaf(number int, l leaf) func(r *Run, to port) {
	c.q.leaves = append(c.q.leaves, l)
	return func(r *Run, to port) {
		to.stat, to.tap = &r.stats[number], r.query.options.Tap
		r.inlets = append(r.inlets, to)
		r.closed = append(r.closed, false)
		r.readers = append(r.readers, nil)
	}
}

// scope returns the scope of the rows that a node gives.
func (c *compiler) scope(n plan.Node) *scope {
	s := c.scopes[n]
	if s != nil {
		return s
	}
	switch n := n.(type) {
	case *plan.Filter:
		s = c.scope(n.Input)
	case *plan.Sort:
		s = c.scope(n.Input)
	case *plan.Limit:
		s = c.scope(n.Input)
	case *plan.Project, *plan.Expand, *plan.Lookup, *plan.Window, *plan.Trace:
		// A node asks the one below for its columns, and so on; so each is asked with those below it already known.
		known := &plan.Values{Out: c.scope(n.Inputs()[0]).columns}
		s = scopeOf(plan.WithInputs(n, []plan.Node{known}).Columns())
	default:
		s = scopeOf(n.Columns())
	}
	if c.scopes == nil {
		c.scopes = make(map[plan.Node]*scope)
	}
	c.scopes[n] = s
	return s
}

// expr compiles an expression; on failure it complains and returns nil.
func (c *compiler) expr(n plan.Node, s *scope, e plan.Expr) *expr {
	s.most, s.memos, s.common, s.sieves = c.q.options.MaxMemory, &c.q.memos, c.common, c.sieves
	x, err := s.compile(e)
	if err != nil {
		c.fail(n, "%v", err)
	}
	return x
}

func (c *compiler) exprs(n plan.Node, s *scope, list []plan.Expr) []*expr {
	out := make([]*expr, len(list))
	for i, e := range list {
		out[i] = c.expr(n, s, e)
	}
	return out
}
