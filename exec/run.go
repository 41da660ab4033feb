package exec

import (
	"context"
	"errors"

	"goshawk/event"
	"goshawk/plan"
)

// Start begins a run that is fed from outside.
func (q *Query) Start(ctx context.Context, emit func(*Batch) error) *Run {
	return q.start(ctx, emit, false)
}

func (q *Query) start(ctx context.Context, emit func(*Batch) error, follows bool) *Run {
	r := &Run{query: q, ctx: ctx, meter: meter{max: q.options.MaxMemory}, follows: follows}
	r.stats = make([]Stat, len(q.nodes))
	for i, n := range q.nodes {
		r.stats[i].Node = n
	}
	if len(q.reductions) > 0 {
		r.joins = make(map[int]*join)
	}
	q.build(r, port{op: &result{run: r, emit: emit}})
	for i, l := range q.leaves {
		if l.values != nil {
			r.fail(r.values(i, l.values))
		}
	}
	return r
}

// Run is one run of a query. It must not be used by several goroutines at a time.
type Run struct {
	query   *Query
	ctx     context.Context
	meter   meter
	stats   []Stat
	inlets  []port // for each leaf, where its rows go
	closed  []bool
	readers []*Rows       // for each leaf, what turns pushed events into rows
	joins   map[int]*join // by their numbers among the nodes
	rows    int64
	err     error

	follows    bool         // a stream: unions give rows as they come
	correlates []*correlate // those that others read from come behind them
}

// ErrEnough is what an emit function returns that wants no more rows. It ends a run early, but is no failure.
var ErrEnough = errors.New("no more rows are wanted")

// Push feeds an event to the only Scan of the plan; see PushTo.
func (r *Run) Push(ev *event.Event, resolver plan.Resolver) error { return r.PushTo(0, ev, resolver) }

// PushTo feeds an event to the Scan of this number in Query.Scans. The event is lent. Events of several Scans may come in any
// order; the answer is that of Query.Run over the same events. The resolver must be the same at each call.
func (r *Run) PushTo(scan int, ev *event.Event, resolver plan.Resolver) error {
	if err := r.push(r.query.scanLeaf(scan), ev, resolver); err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	return nil
}

func (r *Run) push(i int, ev *event.Event, resolver plan.Resolver) error {
	if r.err != nil {
		return r.err
	}
	if r.closed[i] {
		return ErrEnough
	}
	if r.readers[i] == nil {
		rows, err := NewRows(r.query.leaves[i].scan, resolver, r.query.options)
		if err != nil {
			return r.fail(err)
		}
		r.readers[i] = rows
	}
	rows := r.readers[i]
	if err := rows.Add(ev); err != nil {
		return r.fail(err)
	}
	if rows.Len() >= r.query.options.BatchSize {
		return r.drain(i)
	}
	return nil
}

// drain sends the rows on their way that wait at a leaf for a batch to fill.
func (r *Run) drain(i int) error {
	rows := r.readers[i]
	if rows == nil || r.closed[i] || r.err != nil {
		return r.err
	}
	st := r.inlets[i].stat
	st.In += rows.offered
	st.WatchedIn += rows.watched
	rows.offered, rows.watched = 0, 0
	err := r.send(i, rows.Flush())
	if errors.Is(err, ErrEnough) {
		r.close(i)
	}
	return err
}

// Offer feeds a batch to the Scan of this number in Query.Scans.
func (r *Run) Offer(scan int, b *Batch) error {
	i := r.query.scanLeaf(scan)
	if r.err != nil || r.closed[i] {
		return r.err
	}
	if err := r.feed(i, b); err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	return r.err
}

// Flush sends the events on their way that wait for a batch to fill.
func (r *Run) Flush() error {
	for i := range r.readers {
		r.drain(i)
	}
	return r.err
}

// Finish ends all input that is still open and returns what the run has to tell.
func (r *Run) Finish() (*Summary, error) {
	r.Flush()
	for _, i := range r.query.feeding {
		r.close(i)
	}
	for _, x := range r.query.memos {
		x.memo.Store(nil)
	}
	return &Summary{Rows: r.rows, Partial: r.err != nil, Memory: r.meter.peak, Stats: r.stats}, r.err
}

// FinishWith ends a run as Finish does, after the last rows of each Scan, counted as in Query.Scans; rows says how many there are. It
// asks for them in the order in which operators have the least to do, and not at all where rows of a Scan make no difference by then:
// those of one side of a join whose other side has none.
func (r *Run) FinishWith(rows func(scan int) int, last func(scan int) Gathered) (*Summary, error) {
	r.Flush()
	numbers := make(map[int]int) // of the Scans, by their leaves
	for i, l := range r.query.leaves {
		if l.scan != nil {
			numbers[i] = len(numbers)
		}
	}
	feeding := r.query.feeding
	if len(r.query.reductions) > 0 {
		feeding = r.order(func(leaf int) int {
			if scan, isScan := numbers[leaf]; isScan {
				return rows(scan)
			}
			return 0
		})
	}
	for _, i := range feeding {
		scan, isScan := numbers[i]
		if isScan && !r.closed[i] && r.err == nil && r.inlets[i].wanted() {
			r.feedLast(i, last(scan)) // Finish repeats its error
		}
		r.close(i)
	}
	return r.Finish()
}

// feedLast feeds what may be all rows of a leaf.
func (r *Run) feedLast(i int, g Gathered) error {
	all := int64(0)
	for _, l := range g.Lines {
		all += int64(l.Len)
	}
	b := r.reduced(i, g).Batch()
	r.inlets[i].stat.In += all
	return r.send(i, b)
}

// Memory returns the number of bytes that the operators hold now.
func (r *Run) Memory() int64 { return r.meter.used }

// Wanted says whether more rows of any Scan can still make a difference.
func (r *Run) Wanted() bool {
	for i, to := range r.inlets {
		if r.query.leaves[i].scan != nil && !r.closed[i] && to.wanted() {
			return r.err == nil
		}
	}
	return false
}

// feed sends a batch of a Source on its way.
func (r *Run) feed(i int, b *Batch) error {
	r.inlets[i].stat.In += int64(b.Len)
	return r.send(i, b)
}

func (r *Run) send(i int, b *Batch) (err error) {
	defer r.caught(&err)
	if r.err != nil {
		return r.err
	}
	if err := r.ctx.Err(); err != nil {
		return r.fail(err)
	}
	size := r.query.options.BatchSize
	for from := 0; from < b.Len; from += size {
		err := r.inlets[i].emit(b.slice(from, min(from+size, b.Len)))
		if errors.Is(err, ErrEnough) {
			return err
		}
		if err != nil {
			return r.fail(err)
		}
	}
	return nil
}

// close ends the rows of a leaf.
func (r *Run) close(i int) {
	if r.closed[i] {
		return
	}
	r.closed[i] = true
	if r.err == nil {
		var err error
		defer r.caught(&err)
		err = r.inlets[i].finish()
		r.fail(err)
	}
}

// values feeds the rows of a Values node.
func (r *Run) values(i int, n *plan.Values) error {
	err := batches(n, r.query.options.BatchSize, r.query.options.tracks(), func(b *Batch) error { return r.feed(i, b) })
	if err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	r.close(i)
	return r.err
}

// fail notes the first error of the run, and returns it.
func (r *Run) fail(err error) error {
	if err != nil && r.err == nil {
		r.err = err
	}
	return r.err
}

// poll reports that the run was called off; operators that work long ask now and then.
func (r *Run) poll() error { return r.ctx.Err() }

// result is where the rows of the whole plan arrive.
type result struct {
	run  *Run
	emit func(*Batch) error
}

func (o *result) push(_ int, b *Batch) error {
	most := o.run.query.options.MaxRows
	if most > 0 && o.run.rows+int64(b.Len) > most {
		if room := int(most - o.run.rows); room > 0 {
			o.run.rows += int64(room)
			if err := o.emit(b.slice(0, room)); err != nil {
				return err
			}
		}
		return complaint(CodeRows, "narrow the query or allow it more rows", "the query gives more than %d rows", most)
	}
	o.run.rows += int64(b.Len)
	return o.emit(b)
}

func (o *result) finish(int) error { return nil }
func (o *result) wanted(int) bool  { return true }
