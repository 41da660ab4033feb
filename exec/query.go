package exec

import (
	"context"
	"errors"

	"goshawk/event"
	"goshawk/plan"
)

// Query is a plan made ready to run. It never changes and may be run any number of times, by several goroutines at a time.
type Query struct {
	node    plan.Node
	options Options
	build   func(r *Run, to port) // puts the operators of one run together
	nodes   []plan.Node           // in order, each before its inputs
	leaves  []leaf                // the Scans and Values in the order of the plan
	feeding []int                 // the leaves in the order in which they had best be fed
	memos   []*expr               // that may remember the words of batches until a run ends
	// reductions are, by leaf, what its rows must have in common with those of other leaves if any are to come of them.
	reductions map[int][]reduction
}

// leaf is a node that reads nothing.
type leaf struct {
	scan   *plan.Scan // nil for Values
	values *plan.Values
}

// Source gives the rows of a Scan.
type Source interface {
	// Scan emits the rows of a Scan in batches whose columns are those of scan.Out. It must stop at the first error that
	// emit returns and return it, and must give up when the context ends.
	Scan(ctx context.Context, scan *plan.Scan, emit func(*Batch) error) error
}

// Compile makes a plan ready to run. The error is a diag.List about a plan that plan.Check would not pass.
func Compile(node plan.Node, o Options) (*Query, error) {
	q := &Query{node: node, options: o.withDefaults()}
	c := &compiler{q: q, common: commonCalls(node), sieves: sievesOf(node)}
	q.build = c.node(node)
	if c.list.Failed() {
		return nil, c.list
	}
	q.feeding = feedingOrder(node, new(int))
	return q, nil
}

// Columns returns the columns of the result.
func (q *Query) Columns() []*plan.Column { return q.node.Columns() }

// Open says whether the rows of the result carry a rest beside the columns.
func (q *Query) Open() bool { return q.node.Open() }

// Scans returns the Scans of the plan in the order of the plan; one that the plan holds twice is there twice.
func (q *Query) Scans() []*plan.Scan {
	var out []*plan.Scan
	for _, l := range q.leaves {
		if l.scan != nil {
			out = append(out, l.scan)
		}
	}
	return out
}

// Run runs the query over what the source gives, and emits the result. On an error, that of a bound included, the rows
// emitted so far are only a part of the answer. The Summary is there in either case.
func (q *Query) Run(ctx context.Context, src Source, emit func(*Batch) error) (*Summary, error) {
	r := q.Start(ctx, emit)
	for _, i := range q.feeding {
		l, to := q.leaves[i], r.inlets[i]
		if r.err != nil {
			break
		}
		if l.scan == nil || !to.wanted() {
			r.close(i)
			continue
		}
		var err error
		if events, ok := src.(*EventSource); ok {
			err = events.Each(ctx, func(ev *event.Event) error { return r.push(i, ev, events.Resolver) })
		} else {
			err = src.Scan(ctx, l.scan, func(b *Batch) error { return r.feed(i, b) })
		}
		if err != nil && !errors.Is(err, ErrEnough) {
			r.fail(err)
		}
		r.drain(i)
		r.close(i)
	}
	return r.Finish()
}

// Summary is what a run has to tell beside its rows.
type Summary struct {
	Rows    int64
	Partial bool // the run ended in an error: the rows are only a part of the answer
	Memory  int64
	Stats   []Stat // of each operator, each before its inputs
}

// Stat counts the rows of one operator.
type Stat struct {
	Node    plan.Node
	In, Out int64 // of a Scan, In are the events that it was offered
	// WatchedIn and WatchedOut count the rows that a watched event was part of.
	WatchedIn, WatchedOut int64
}

// Stopped returns the first operator, counted from the Scans upwards, that took in rows of watched events and gave none out
// again; nil if there is none. It is the stage that dropped them.
func (s *Summary) Stopped() *Stat {
	for i := len(s.Stats) - 1; i >= 0; i-- {
		if st := &s.Stats[i]; st.WatchedIn > 0 && st.WatchedOut == 0 {
			return st
		}
	}
	return nil
}

func (q *Query) scanLeaf(scan int) int {
	for i, l := range q.leaves {
		if l.scan != nil {
			if scan == 0 {
				return i
			}
			scan--
		}
	}
	panic("exec: the query has no such Scan")
}

// feedingOrder returns the leaves in the order in which operators need to keep the least: the right side of a join first.
func feedingOrder(n plan.Node, next *int) []int {
	inputs := n.Inputs()
	if len(inputs) == 0 {
		*next++
		return []int{*next - 1}
	}
	parts := make([][]int, len(inputs))
	for i, in := range inputs {
		parts[i] = feedingOrder(in, next)
	}
	if _, ok := n.(*plan.Join); ok {
		return append(parts[1], parts[0]...)
	}
	var out []int
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}
