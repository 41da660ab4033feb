package exec

import (
	"slices"
	"sort"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// window computes, for each row, functions over the rows around it in its partition.
type window struct {
	run       *Run
	to        port
	columns   int
	partition []*expr
	order     []sortKey
	frame     plan.Frame
	out       []windowExpr
	rows      store
}

// windowExpr is one window function made ready.
type windowExpr struct {
	fn   *fn.Aggregate
	args []*expr
}

func (c *compiler) window(n *plan.Window) maker {
	columns := n.Input.Columns()
	s := scopeOf(columns)
	partition, order := c.exprs(n, s, n.PartitionBy), c.sortKeys(n, s, n.OrderBy)
	if n.Frame.ByTime && len(order) == 0 {
		c.fail(n, "a frame by time needs an order key")
	}
	if n.Frame.Preceding < -1 || n.Frame.Following < -1 {
		c.fail(n, "a frame bound is below -1")
	}
	var out []windowExpr
	for _, f := range n.Out {
		if f.Func == nil {
			c.fail(n, "a window function is missing")
			return nil
		}
		out = append(out, windowExpr{f.Func, c.exprs(n, s, f.Args)})
	}
	return func(r *Run, to port) operator {
		return &window{run: r, to: to, columns: len(columns), partition: partition, order: order, frame: n.Frame, out: out}
	}
}

func (o *window) push(_ int, b *Batch) error { return o.rows.add(&o.run.meter, b, "window") }

func (o *window) finish(int) error {
	if o.rows.n == 0 {
		return o.to.finish()
	}
	b, err := o.rows.take(&o.run.meter, o.columns, "window")
	if err != nil {
		return err
	}
	partitions, err := o.partitions(b)
	if err != nil {
		return err
	}
	var times Vector
	if o.frame.ByTime {
		times = o.order[0].value.value(b)
	}
	columns := slices.Clone(b.Cols)
	held := int64(0)
	for _, f := range o.out {
		args := valuesOf(f.args, b)
		results := make([]event.Value, b.Len)
		for _, rows := range partitions {
			p := &windowPart{run: o.run, fn: f.fn, args: args, rows: rows, frame: o.frame, results: results}
			if o.frame.ByTime {
				if p.times, err = timesOf(times, rows, o.order[0].descending); err != nil {
					return err
				}
			}
			if err := p.compute(); err != nil {
				return err
			}
		}
		var column Builder
		for _, v := range results {
			column.Append(owned(v))
		}
		v := column.Finish()
		held += v.size()
		if err := o.run.meter.grow(v.size(), "window"); err != nil {
			return err
		}
		columns = append(columns, v)
	}
	all := &Batch{Len: b.Len, Cols: columns, Rest: b.Rest, From: b.From}
	err = o.to.emitAll(func(emit func(*Batch) error) error {
		return emitRows(all, countTo(all.Len), o.run.query.options.BatchSize, emit)
	})
	o.run.meter.shrink(held + o.rows.bytes)
	return err
}

// partitions returns the rows of each partition in their order.
func (o *window) partitions(b *Batch) ([][]int32, error) {
	var k keys
	numbers := k.number(valuesOf(o.partition, b), b.Len, nullsGroup, true)
	if most := o.run.query.options.MaxGroups; most >= 0 && int64(k.n) > most {
		return nil, complaint(CodeGroups, "partition by something coarser or allow more groups",
			"a window has more than %d partitions", most)
	}
	if err := o.run.meter.grow(k.grown(), "window"); err != nil {
		return nil, err
	}
	parts := make([][]int32, k.n)
	for r, p := range numbers {
		parts[p] = append(parts[p], int32(r))
	}
	if len(o.order) > 0 {
		order := rowOrder(b, o.order)
		for _, rows := range parts {
			slices.SortStableFunc(rows, order)
		}
	}
	return parts, nil
}

func (o *window) wanted(int) bool { return o.to.wanted() }

// moment is the time of a row; rows without one are of the same time, apart from all others.
type moment struct {
	ticks int64
	known bool
}

// after returns the ticks from an earlier moment to this one.
func (m moment) after(earlier moment) uint64 { return uint64(m.ticks) - uint64(earlier.ticks) }

// timesOf returns the times of rows as numbers that grow in their order.
func timesOf(v Vector, rows []int32, descending bool) ([]moment, error) {
	out := make([]moment, len(rows))
	kind := event.Null
	for i, r := range rows {
		t := v.At(int(r))
		if t.IsNull() {
			continue
		}
		if kind == event.Null {
			kind = t.Kind()
		}
		if k := t.Kind(); k != kind || k != event.Time && k != event.Duration && k != event.Int {
			return nil, complaint(CodeTime, "convert it first, or leave such rows out", "a frame by time meets a %s as its time", k)
		}
		out[i] = moment{t.Int(), true}
		if descending {
			out[i].ticks = ^t.Int()
		}
	}
	return out, nil
}

// windowPart computes one function over one partition.
type windowPart struct {
	run     *Run
	fn      *fn.Aggregate
	args    []Vector
	rows    []int32 // of the partition, in order
	times   []moment
	frame   plan.Frame
	results []event.Value // by row
	values  []event.Value // the arguments of one row
}

func (p *windowPart) compute() error {
	p.values = make([]event.Value, len(p.args))
	switch {
	case p.fn.Ranking:
		p.running(false)
		return nil
	case p.frame.Preceding == -1 && p.frame.Following == -1 && !p.frame.ExcludeCurrent:
		s := p.fn.New()
		for i := range p.rows {
			p.add(s, i)
		}
		v := owned(s.Result())
		for _, r := range p.rows {
			p.results[r] = v
		}
		return nil
	case p.frame.Preceding == -1 && p.frame.Following == 0 && !p.frame.ByTime:
		p.running(p.frame.ExcludeCurrent)
		return nil
	}
	steps := 0
	for i, r := range p.rows {
		from, to := p.bounds(i)
		s := p.fn.New()
		for j := from; j < to; j++ {
			if j != i || !p.frame.ExcludeCurrent {
				p.add(s, j)
			}
		}
		p.results[r] = owned(s.Result())
		if steps += to - from; steps > 1<<16 {
			steps = 0
			if err := p.run.poll(); err != nil {
				return err
			}
		}
	}
	return nil
}

// running adds one row after the other and asks for the result at each.
func (p *windowPart) running(before bool) {
	s := p.fn.New()
	for i, r := range p.rows {
		if before {
			p.results[r] = owned(s.Result())
		}
		p.add(s, i)
		if !before {
			p.results[r] = owned(s.Result())
		}
	}
}

func (p *windowPart) add(s fn.State, i int) {
	for k, v := range p.args {
		p.values[k] = v.At(int(p.rows[i]))
	}
	s.Add(p.values)
}

// bounds returns the frame of the row at place i as a range of places.
func (p *windowPart) bounds(i int) (from, to int) {
	from, to = 0, len(p.rows)
	before, after := p.frame.Preceding, p.frame.Following
	if !p.frame.ByTime {
		if before >= 0 {
			from = int(max(int64(i)-before, 0))
		}
		if after >= 0 {
			to = int(min(int64(i)+after, int64(len(p.rows)-1))) + 1
		}
		return from, to
	}
	// Rows without a time stand together at one end.
	now := p.times[i]
	same := func(j int) bool { return p.times[j].known == now.known }
	first := sort.Search(i, same)
	last := i + sort.Search(len(p.rows)-i, func(j int) bool { return !same(i + j) })
	from, to = first, last
	if before >= 0 && now.known {
		from = first + sort.Search(i-first, func(j int) bool { return now.after(p.times[first+j]) <= uint64(before) })
	}
	switch {
	case after == 0:
		to = i + 1
	case after > 0 && now.known:
		to = i + sort.Search(last-i, func(j int) bool { return p.times[i+j].after(now) > uint64(after) })
	}
	return from, to
}
