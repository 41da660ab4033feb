package exec

import (
	"errors"

	"goshawk/event"
	"goshawk/plan"
)

// union gives the rows of its inputs one after the other; what comes too early waits, unless the run follows a stream, in which no
// input ends and nothing asks for their order.
type union struct {
	run     *Run
	to      port
	from    [][]int // for each input and column of the result, the input's column, -1 for none
	open    bool
	current int // the input whose rows pass
	ended   []bool
	waiting []store
	enough  bool
}

func (c *compiler) union(n *plan.Union) maker {
	if len(n.Ins) == 0 {
		c.fail(n, "it has no inputs")
		return nil
	}
	from := make([][]int, len(n.Ins))
	if len(n.From) != len(n.Ins) {
		c.fail(n, "it says of %d inputs where columns come from, and has %d", len(n.From), len(n.Ins))
		return nil
	}
	for i, in := range n.Ins {
		s := c.scope(in)
		if len(n.From[i]) != len(n.Out) {
			c.fail(n, "input %d says where %d columns come from, there are %d", i, len(n.From[i]), len(n.Out))
			return nil
		}
		for _, column := range n.From[i] {
			slot := -1
			if column != nil {
				if slot = s.slot(column); slot < 0 {
					c.fail(n, "input %d has no column %q", i, column.Name)
				}
			}
			from[i] = append(from[i], slot)
		}
	}
	return func(r *Run, to port) operator {
		return &union{run: r, to: to, from: from, open: n.Rest, ended: make([]bool, len(from)), waiting: make([]store, len(from))}
	}
}

func (o *union) push(in int, b *Batch) error {
	if o.enough {
		return ErrEnough
	}
	if in != o.current && !o.run.follows {
		return o.waiting[in].add(&o.run.meter, b, "union")
	}
	return o.pass(in, b)
}

func (o *union) pass(in int, b *Batch) error {
	out := &Batch{Len: b.Len, Cols: make([]Vector, len(o.from[in])), From: b.From}
	for i, slot := range o.from[in] {
		if slot < 0 {
			out.Cols[i] = &Same{event.Value{}, b.Len}
		} else {
			out.Cols[i] = b.Cols[slot]
		}
	}
	if o.open {
		if out.Rest = b.Rest; out.Rest == nil {
			out.Rest = make([]Rest, b.Len)
		}
	}
	err := o.to.emit(out)
	o.enough = errors.Is(err, ErrEnough)
	return err
}

func (o *union) finish(in int) error {
	o.ended[in] = true
	for o.current < len(o.ended) && o.ended[o.current] {
		o.current++
		if o.current == len(o.ended) {
			break
		}
		w := &o.waiting[o.current]
		for _, b := range w.batches {
			if o.enough {
				break
			}
			if err := o.pass(o.current, b); err != nil && !o.enough {
				return err
			}
		}
		o.run.meter.shrink(w.bytes)
		*w = store{}
	}
	if o.current == len(o.ended) {
		return o.to.finish()
	}
	return nil
}

func (o *union) wanted(int) bool { return !o.enough && o.to.wanted() }
