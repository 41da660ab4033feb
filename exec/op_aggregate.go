package exec

import (
	"slices"

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
	groups   []Builder // for each By, the value of each group's first row
	tallies  []tally   // of the aggregates
	trails   []*Trail
	n        int
	counted  int64 // bytes of groups and trails
	held     int64 // bytes that the meter knows of
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

func (c *compiler) aggregate(n *plan.Aggregate) maker {
	s := c.scope(n.Input)
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
		o := &aggregate{run: r, to: to, by: by, aggs: aggs, nulls: nulls, groups: make([]Builder, len(by)),
			watching: r.query.options.tracks()}
		for i := range aggs {
			o.tallies = append(o.tallies, aggs[i].newTally())
		}
		return o
	}
}

func (o *aggregate) push(_ int, b *Batch) error {
	numbers, err := o.number(b)
	if err != nil {
		return err
	}
	grouped := identity(b.Len)
	if slices.Contains(numbers, unnumbered) {
		grouped = having(grouped, numbers)
	}
	for i := range o.aggs {
		o.gather(i, numbers, grouped, b)
	}
	if o.watching {
		o.follow(numbers, b)
	}
	return o.account()
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
		o.n++
	}
	o.begin(o.n)
	return numbers, nil
}

// begin makes the states of groups up to so many.
func (o *aggregate) begin(groups int) {
	o.n = groups
	for _, t := range o.tallies {
		t.begin(groups)
	}
	for o.watching && len(o.trails) < groups {
		o.trails = append(o.trails, &Trail{})
	}
}

// having returns those of the rows that have a number.
func having(rows, numbers []int32) []int32 {
	out := make([]int32, 0, len(rows))
	for _, r := range rows {
		if numbers[r] >= 0 {
			out = append(out, r)
		}
	}
	return out
}

// gather adds the rows of a batch that have a group to one aggregate.
func (o *aggregate) gather(i int, numbers, grouped []int32, b *Batch) {
	a, t := &o.aggs[i], o.tallies[i]
	args := valuesOf(a.args, b)
	if a.where != nil {
		grouped = having(a.where.holds(b), numbers)
	}
	if s, ok := t.(*stateTally); ok {
		s.orders = s.orders[:0]
		for _, k := range a.order {
			s.orders = append(s.orders, k.value.value(b))
		}
	}
	t.add(numbers, grouped, args)
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

// account counts the memory that was taken up since it was last called.
func (o *aggregate) account() error {
	o.counted += o.keys.grown()
	bytes := o.counted
	for _, t := range o.tallies {
		bytes += t.bytes()
	}
	grown := bytes - o.held
	o.held = bytes
	return o.run.meter.grow(grown, "aggregate")
}

func (o *aggregate) finish(int) error {
	if len(o.by) == 0 {
		o.begin(1)
	}
	for _, t := range o.tallies {
		t.settle()
	}
	first := make([]Vector, len(o.by))
	for i := range o.groups {
		first[i] = o.groups[i].Finish()
	}
	o.keys = keys{}
	err := o.to.emitAll(func(emit func(*Batch) error) error {
		size := o.run.query.options.BatchSize
		for from := 0; from < o.n; from += size {
			if err := o.give(first, from, min(from+size, o.n), emit); err != nil {
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
			v := owned(o.tallies[i].take(g))
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

func (o *aggregate) wanted(int) bool { return o.to.wanted() }
