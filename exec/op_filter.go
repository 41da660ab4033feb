package exec

import "goshawk/plan"

// through is the part of an operator that passes the end of its only input on, and wants rows as long as its reader does.
type through struct{ to port }

func (o *through) finish(int) error { return o.to.finish() }
func (o *through) wanted(int) bool  { return o.to.wanted() }

// filter keeps the rows for which a condition is true.
type filter struct {
	through
	where *expr
}

func (c *compiler) filter(n *plan.Filter) maker {
	where := c.expr(n, scopeOf(n.Input.Columns()), n.Where)
	return func(_ *Run, to port) operator { return &filter{through{to}, where} }
}

func (o *filter) push(_ int, b *Batch) error {
	rows := o.where.holds(b)
	if len(rows) < b.Len {
		b = b.pick(rows)
	}
	return o.to.emit(b)
}
