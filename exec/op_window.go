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
	labour    labour
}

// windowExpr is one window function made ready.
type windowExpr struct {
	fn   *fn.Aggregate
	args []*expr
}

func (c *compiler) window(n *plan.Window) maker {
	s := c.scope(n.Input)
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
		return &window{run: r, to: to, columns: s.width, partition: partition, order: order, frame: n.Frame, out: out, labour: r.labour()}
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
		made := valueSize * int64(b.Len)
		if err := o.run.meter.grow(made, "window"); err != nil {
			return err
		}
		results := make([]event.Value, b.Len)
		for _, rows := range partitions {
			p := &windowPart{run: o.run, fn: f.fn, args: args, rows: rows, frame: o.frame, plain: o.run.query.options.plainWindows, results: results, labour: &o.labour}
			if o.frame.ByTime {
				if p.times, err = timesOf(times, rows, o.order[0].descending); err != nil {
					return err
				}
			}
			if err := p.compute(); err != nil {
				return err
			}
			made += p.held
		}
		var column Builder
		for _, v := range results {
			column.Append(v)
		}
		v := column.Finish()
		o.run.meter.shrink(made)
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
	plain   bool          // gather every frame from nothing; for tests
	results []event.Value // by row
	values  []event.Value // the arguments of one row
	labour  *labour
	held    int64 // bytes of the results
}

func (p *windowPart) compute() error {
	p.values = make([]event.Value, len(p.args))
	switch {
	case p.fn.Ranking:
		p.frame = plan.Frame{Preceding: -1}
		p.times = nil
	case p.frame.Preceding == -1 && p.frame.Following == -1 && !p.frame.ExcludeCurrent:
		s := p.fn.New()
		if err := p.gather(s, 0, len(p.rows)); err != nil {
			return err
		}
		v := owned(s.Result())
		for _, r := range p.rows {
			p.results[r] = v
		}
		return p.hold(v)
	case p.frame.ExcludeCurrent && p.frame.Following != 0 || p.plain:
		return p.each()
	}
	return p.slide()
}

// each gathers the frame of every row from nothing.
func (p *windowPart) each() error {
	for i, r := range p.rows {
		from, to := p.bounds(i)
		s := p.fn.New()
		if !p.frame.ExcludeCurrent || i < from || i >= to {
			i = to
		}
		err := p.gather(s, from, i)
		if err == nil && i < to {
			err = p.gather(s, i+1, to)
		}
		if err == nil {
			err = p.put(r, owned(s.Result()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// slide goes from frame to frame, both ends of which only ever move forward: rows that come in are added, and those that
// leave taken back where the function can do that exactly; where it cannot, such a frame is gathered from nothing.
func (p *windowPart) slide() error {
	var s fn.State
	var slider fn.Slider
	if p.leaves() && p.fn.Slide != nil {
		if slider = p.fn.Slide(len(p.rows), p.row); slider != nil {
			s = slider
		}
	}
	if s == nil {
		s = p.fn.New()
	}
	from, to := 0, 0 // what is in
	for i, r := range p.rows {
		first, last := p.bounds(i)
		if p.frame.ExcludeCurrent {
			last = max(i, first)
		}
		if i > 0 && first == from && last == to {
			p.results[r] = p.results[p.rows[i-1]]
			continue
		}
		switch {
		case first == from:
		case slider != nil:
			for ; from < min(first, to); from++ {
				slider.Remove(p.row(from))
			}
			from, to = first, max(first, to)
		default:
			s, from, to = p.fn.New(), first, first
		}
		if err := p.gather(s, to, last); err != nil {
			return err
		}
		to = last
		if err := p.put(r, owned(s.Result())); err != nil {
			return err
		}
	}
	return nil
}

// leaves says whether a row may leave the frame that was in it before.
func (p *windowPart) leaves() bool {
	return p.frame.Preceding != -1 || p.times != nil && p.times[0].known != p.times[len(p.times)-1].known
}

// gather adds the rows from one place up to before another.
func (p *windowPart) gather(s fn.State, from, to int) error {
	const step = 1 << 14
	for ; from < to; from += step {
		end := min(from+step, to)
		for i := from; i < end; i++ {
			s.Add(p.row(i))
		}
		if err := p.labour.add(end-from, "rows of window frames"); err != nil {
			return err
		}
		if end < to {
			if err := p.run.poll(); err != nil {
				return err
			}
		}
	}
	return nil
}

// put notes the result of a row.
func (p *windowPart) put(r int32, v event.Value) error {
	p.results[r] = v
	return p.hold(v)
}

// hold counts the memory of a result.
func (p *windowPart) hold(v event.Value) error {
	size := shellSize(v)
	if size == 0 {
		return nil
	}
	p.held += size
	return p.run.meter.grow(size, "window")
}

// row returns the arguments of the row at a place; they are valid until the next call.
func (p *windowPart) row(i int) []event.Value {
	for k, v := range p.args {
		p.values[k] = v.At(int(p.rows[i]))
	}
	return p.values
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
