package exec

import "goshawk/plan"

// limit passes so many rows on after skipping others.
type limit struct {
	through
	skip, left int64
}

func (c *compiler) limit(n *plan.Limit) maker {
	return func(_ *Run, to port) operator { return &limit{through{to}, max(n.Skip, 0), max(n.Count, 0)} }
}

func (o *limit) push(_ int, b *Batch) error {
	if o.left == 0 {
		return ErrEnough
	}
	if o.skip >= int64(b.Len) {
		o.skip -= int64(b.Len)
		return nil
	}
	from := int(o.skip)
	to := from + int(min(int64(b.Len-from), o.left))
	o.skip = 0
	o.left -= int64(to - from)
	if err := o.to.emit(b.slice(from, to)); err != nil {
		return err
	}
	if o.left == 0 {
		return ErrEnough
	}
	return nil
}

func (o *limit) wanted(int) bool { return o.left != 0 && o.to.wanted() }
