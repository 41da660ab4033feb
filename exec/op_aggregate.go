package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// aggregate groups rows and computes aggregates of each group.
type aggregate struct {
	run      *Run
	to       port
	by       []*expr
	aggs     []aggExpr
	nulls    nullKeys
	keys     keys
	groups   []Builder  // for each By, the value of each group's first row
	states   []fn.State // of all groups, one after the other
	sizes    []int64    // of the states that tell
	seen     map[string]bool
	ordered  [][]orderedRow // of the aggregates that depend on an order, for each group and aggregate
	trails   []*Trail
	n        int
	scratch  []byte
	counted  int64 // bytes that were taken up since the last account
	held     int64
	watching bool
}

// aggExpr is one aggregate made ready.
type aggExpr struct {
	fn       *fn.Aggregate
	args     []*expr
	distinct bool
	where    *expr // nil: all rows
	order    []sortKey
}

// orderedRow is a row that waits until all rows of its group are there.
type orderedRow struct{ keys, args []event.Value }

const stateSize = 96 // bytes of a state that does not tell

func (c *compiler) aggregate(n *plan.Aggregate) maker {
	s := scopeOf(n.Input.Columns())
	var by []*expr
	for _, a := range n.By {
		by = append(by, c.expr(n, s, a.Value))
	}
	var aggs []aggExpr
	for _, a := range n.Aggs {
		if a.Func == nil {
			c.fail(n, "an aggregate has no function")
			return nil
		}
		if a.Func.Ranking {
			c.fail(n, "%s is for windows only", a.Func.Name)
		}
		x := aggExpr{fn: a.Func, args: c.exprs(n, s, a.Args), distinct: a.Distinct, order: c.sortKeys(n, s, a.Order)}
		if a.Where != nil {
			x.where = c.expr(n, s, a.Where)
		}
		aggs = append(aggs, x)
	}
	nulls := nullsGroup
	if n.DropNull {
		nulls = nullsDrop
	}
	return func(r *Run, to port) operator {
		return &aggregate{run: r, to: to, by: by, aggs: aggs, nulls: nulls, groups: make([]Builder, len(by)),
			seen: make(map[string]bool), watching: r.query.options.tracks()}
	}
}

func (o *aggregate) push(_ int, b *Batch) error {
	numbers, err := o.number(b)
	if err != nil {
		return err
	}
	for i := range o.aggs {
		o.gather(i, numbers, b)
	}
	if o.watching {
		o.follow(numbers, b)
	}
	return o.account(numbers)
}

// number returns the group of each row, -1 for those of none, and begins new groups.
func (o *aggregate) number(b *Batch) ([]int32, error) {
	if len(o.by) == 0 {
		o.begin(1)
		return make([]int32, b.Len), nil
	}
	columns := valuesOf(o.by, b)
	numbers := o.keys.number(columns, b.Len, o.nulls, true)
	for r, g := range numbers {
		if int(g) != o.n {
			continue
		}
		if most := o.run.query.options.MaxGroups; most >= 0 && int64(o.n) >= most {
			return nil, complaint(CodeGroups, "group by something coarser or allow more groups",
				"the query has more than %d groups", most)
		}
		for i, c := range columns {
			v := c.At(r)
			o.groups[i].Append(v)
			o.counted += valueSize + sizeOf(v)
		}
		o.begin(o.n + 1)
	}
	return numbers, nil
}

// begin makes the states of groups up to so many.
func (o *aggregate) begin(groups int) {
	for ; o.n < groups; o.n++ {
		for i := range o.aggs {
			o.states = append(o.states, o.aggs[i].fn.New())
			o.counted += stateSize
		}
		if o.watching {
			o.trails = append(o.trails, &Trail{})
		}
	}
}

// gather adds the rows of a batch to the states of one aggregate.
func (o *aggregate) gather(i int, numbers []int32, b *Batch) {
	a := &o.aggs[i]
	args := valuesOf(a.args, b)
	rows := identity(b.Len)
	if a.where != nil {
		rows = a.where.holds(b)
	}
	var orders []Vector
	for _, k := range a.order {
		orders = append(orders, k.value.value(b))
	}
	values := make([]event.Value, len(args))
	for _, r := range rows {
		g := int(numbers[r])
		if g < 0 {
			continue
		}
		for j, v := range args {
			values[j] = v.At(int(r))
		}
		at := g*len(o.aggs) + i
		switch {
		case len(orders) > 0:
			o.wait(at, orders, values, int(r))
		case !a.distinct || o.isNew(at, values):
			o.states[at].Add(values)
		}
	}
}

// wait keeps a row of an aggregate that depends on an order.
func (o *aggregate) wait(at int, orders []Vector, args []event.Value, r int) {
	for len(o.ordered) <= at {
		o.ordered = append(o.ordered, nil)
	}
	row := orderedRow{keys: make([]event.Value, len(orders)), args: slices.Clone(args)}
	for i, v := range orders {
		row.keys[i] = v.At(r)
		o.counted += valueSize + sizeOf(row.keys[i])
	}
	for _, v := range row.args {
		o.counted += valueSize + sizeOf(v)
	}
	o.ordered[at] = append(o.ordered[at], row)
}

// isNew says whether an aggregate meets these arguments for the first time.
func (o *aggregate) isNew(at int, args []event.Value) bool {
	o.scratch = fn.AppendKey(o.scratch[:0], event.IntValue(int64(at)))
	for _, v := range args {
		o.scratch = fn.AppendKey(o.scratch, v)
	}
	if o.seen[string(o.scratch)] {
		return false
	}
	o.seen[string(o.scratch)] = true
	o.counted += int64(len(o.scratch)) + keyOverhead
	return true
}

// follow adds the evidence of a batch to its groups.
func (o *aggregate) follow(numbers []int32, b *Batch) {
	for r, g := range numbers {
		if g >= 0 {
			t := o.trails[g]
			before := len(t.Evidence)
			t.add(o.run.query.options.Evidence, b.trail(r))
			o.counted += evidenceSize * int64(len(t.Evidence)-before)
		}
	}
}

// account counts the memory that the batch took up.
func (o *aggregate) account(numbers []int32) error {
	for _, g := range numbers {
		if g < 0 {
			continue
		}
		for i := range o.aggs {
			at := int(g)*len(o.aggs) + i
			s, ok := o.states[at].(fn.Sizer)
			if !ok {
				continue
			}
			for len(o.sizes) <= at {
				o.sizes = append(o.sizes, 0)
			}
			size := s.Size()
			o.counted += size - o.sizes[at]
			o.sizes[at] = size
		}
	}
	grown := o.counted + o.keys.grown()
	o.counted = 0
	o.held += grown
	return o.run.meter.grow(grown, "aggregate")
}

func (o *aggregate) finish(int) error {
	if len(o.by) == 0 {
		o.begin(1)
	}
	o.settle()
	keys := make([]Vector, len(o.by))
	for i := range o.groups {
		keys[i] = o.groups[i].Finish()
	}
	o.seen, o.ordered = nil, nil
	err := o.to.emitAll(func(emit func(*Batch) error) error {
		size := o.run.query.options.BatchSize
		for from := 0; from < o.n; from += size {
			if err := o.give(keys, from, min(from+size, o.n), emit); err != nil {
				return err
			}
		}
		return nil
	})
	o.run.meter.shrink(o.held)
	return err
}

// give emits the groups from (inclusive) to to (exclusive), of which nothing is left behind but their keys.
func (o *aggregate) give(keys []Vector, from, to int, emit func(*Batch) error) error {
	out := (&Batch{Len: o.n, Cols: keys, From: o.trails}).slice(from, to)
	out.Cols = slices.Clone(out.Cols)
	held := int64(0)
	defer func() { o.run.meter.shrink(held) }()
	for i := range o.aggs {
		var column Builder
		for g := from; g < to; g++ {
			state := &o.states[g*len(o.aggs)+i]
			v := owned((*state).Result())
			*state = nil
			size := shellSize(v)
			held += size
			if err := o.run.meter.grow(size, "aggregate"); err != nil {
				return err
			}
			column.Append(v)
		}
		out.Cols = append(out.Cols, column.Finish())
	}
	return emit(out)
}

// settle adds the rows that waited for their order.
func (o *aggregate) settle() {
	for at, rows := range o.ordered {
		a := &o.aggs[at%len(o.aggs)]
		slices.SortStableFunc(rows, func(x, y orderedRow) int {
			for i, k := range a.order {
				if order := k.valueOrder(x.keys[i], y.keys[i]); order != 0 {
					return order
				}
			}
			return 0
		})
		for _, row := range rows {
			if !a.distinct || o.isNew(at, row.args) {
				o.states[at].Add(row.args)
			}
		}
	}
}

func (o *aggregate) wanted(int) bool { return o.to.wanted() }
