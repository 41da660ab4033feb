package exec

import (
	"slices"

	"goshawk/plan"
)

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
	where := c.expr(n, c.scope(n.Input), n.Where)
	if n.Why != "" && c.q.options.Dropped != nil {
		return c.sieve(n, where)
	}
	return func(_ *Run, to port) operator { return &filter{through{to}, where} }
}

func (o *filter) push(_ int, b *Batch) error {
	rows := o.where.holds(b)
	if len(rows) < b.Len {
		b = b.pick(rows)
	}
	return o.to.emit(b)
}

// sieve is a filter that tells of what it drops.
type sieve struct {
	filter
	node    *plan.Filter
	behind  []reason
	dropped func(f *plan.Filter, why []string, b *Batch, row int)
}

// reason is a filter right behind a sieve that is one too.
type reason struct {
	why   string
	where *expr
}

// sieve makes a filter that has a reason of its own. Those behind it have been met before it: their conditions are over the same columns.
func (c *compiler) sieve(n *plan.Filter, where *expr) maker {
	var behind []reason
	for f := c.behind[n]; f != nil; f = c.behind[f] {
		behind = append(behind, reason{f.Why, c.expr(f, c.scope(n.Input), f.Where)})
	}
	return func(_ *Run, to port) operator {
		return &sieve{filter{through{to}, where}, n, behind, c.q.options.Dropped}
	}
}

// follow notes that a filter with a reason stands right behind another.
func (c *compiler) follow(n plan.Node) {
	f, ok := n.(*plan.Filter)
	if !ok || f.Why == "" {
		return
	}
	if below, ok := f.Input.(*plan.Filter); ok && below.Why != "" {
		if c.behind == nil {
			c.behind = map[*plan.Filter]*plan.Filter{}
		}
		c.behind[below] = f
	}
}

func (o *sieve) push(_ int, b *Batch) error {
	rows := o.where.holds(b)
	if len(rows) == b.Len {
		return o.to.emit(b)
	}
	var gone []int32
	next := 0
	for row := range int32(b.Len) {
		if next < len(rows) && rows[next] == row {
			next++
			continue
		}
		gone = append(gone, row)
	}
	lost := b.pick(gone)
	why := make([][]string, lost.Len)
	for i := range why {
		why[i] = []string{o.node.Why}
	}
	for _, r := range o.behind {
		kept := r.where.holds(lost)
		for i, next := 0, 0; i < lost.Len; i++ {
			if next < len(kept) && int(kept[next]) == i {
				next++
			} else if !slices.Contains(why[i], r.why) {
				why[i] = append(why[i], r.why)
			}
		}
	}
	for i := range why {
		o.dropped(o.node, why[i], lost, i)
	}
	return o.to.emit(b.pick(rows))
}
