package exec

import (
	"slices"

	"goshawk/plan"
)

// sortRows orders all rows; with a limit it keeps no more than a few times as many as it must give.
type sortRows struct {
	run     *Run
	to      port
	keys    []sortKey
	columns int
	limit   int64
	rows    store
}

func (c *compiler) sort(n *plan.Sort) maker {
	s := c.scope(n.Input)
	list := c.sortKeys(n, s, n.Keys)
	return func(r *Run, to port) operator {
		return &sortRows{run: r, to: to, keys: list, columns: s.width, limit: n.Limit}
	}
}

func (o *sortRows) push(_ int, b *Batch) error {
	if o.limit == 0 {
		return ErrEnough
	}
	if err := o.rows.add(&o.run.meter, b, "sort"); err != nil {
		return err
	}
	if o.limit > 0 && int64(o.rows.n) > 2*o.limit+4*int64(o.run.query.options.BatchSize) {
		kept, err := o.sorted()
		if err != nil {
			return err
		}
		o.run.meter.shrink(o.rows.bytes)
		o.rows = store{}
		return o.rows.add(&o.run.meter, kept, "sort")
	}
	return nil
}

// sorted returns the rows in order, as many as are wanted, in one batch. The store is empty afterwards; its memory stays
// counted.
func (o *sortRows) sorted() (*Batch, error) {
	b, rows, err := o.order()
	if err != nil {
		return nil, err
	}
	return b.pick(rows), nil
}

func (o *sortRows) order() (*Batch, []int32, error) {
	b, err := o.rows.take(&o.run.meter, o.columns, "sort")
	if err != nil {
		return nil, nil, err
	}
	rows := countTo(b.Len)
	if err := o.run.poll(); err != nil {
		return nil, nil, err
	}
	if len(rows) > 1 {
		slices.SortStableFunc(rows, rowOrder(b, o.keys))
	}
	if o.limit >= 0 {
		rows = rows[:min(int64(len(rows)), o.limit)]
	}
	return b, rows, nil
}

func (o *sortRows) finish(int) error {
	if o.rows.n == 0 {
		return o.to.finish()
	}
	b, rows, err := o.order()
	if err != nil {
		return err
	}
	err = o.to.emitAll(func(emit func(*Batch) error) error {
		return emitRows(b, rows, o.run.query.options.BatchSize, emit)
	})
	o.run.meter.shrink(o.rows.bytes)
	return err
}

func (o *sortRows) wanted(int) bool { return o.limit != 0 && o.to.wanted() }
