package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// sequence finds rows that follow each other within a span of time.
type sequence struct {
	run     *Run
	to      port
	columns int
	by      []*expr
	time    *expr
	within  int64
	ordered bool
	steps   []stepExpr
	width   int
	rows    store
}

// stepExpr is one step made ready.
type stepExpr struct {
	when  *expr
	keeps []keep
}

// keep is a value that a step keeps, and the column of the result that it goes to.
type keep struct {
	slot  int
	value *expr
}

func (c *compiler) sequence(n *plan.Sequence) maker {
	s, out := c.scope(n.Input), scopeOf(n.Out)
	by, time := c.exprs(n, s, n.By), c.expr(n, s, n.Time)
	if n.Within < -1 {
		c.fail(n, "a span is below -1")
	}
	var steps []stepExpr
	for _, step := range n.Steps {
		x := stepExpr{when: c.expr(n, s, step.When)}
		for _, a := range step.Keeps {
			slot := out.slot(a.Column)
			if slot < 0 {
				c.fail(n, "step %q keeps a column %q that the result does not have", step.Name, a.Column.Name)
			}
			x.keeps = append(x.keeps, keep{slot, c.expr(n, s, a.Value)})
		}
		steps = append(steps, x)
	}
	return func(r *Run, to port) operator {
		return &sequence{run: r, to: to, columns: s.width, by: by, time: time, within: n.Within, ordered: n.Ordered,
			steps: steps, width: len(n.Out)}
	}
}

func (o *sequence) push(_ int, b *Batch) error {
	if len(o.steps) == 0 {
		return ErrEnough
	}
	return o.rows.add(&o.run.meter, b, "sequence")
}

func (o *sequence) finish(int) error {
	if o.rows.n == 0 {
		return o.to.finish()
	}
	b, err := o.rows.take(&o.run.meter, o.columns, "sequence")
	if err != nil {
		return err
	}
	found, err := o.find(b)
	if err != nil {
		return err
	}
	err = o.to.emitAll(func(emit func(*Batch) error) error {
		for part := range slices.Chunk(found, o.run.query.options.BatchSize) {
			if err := emit(o.assemble(b, part)); err != nil {
				return err
			}
		}
		return nil
	})
	o.run.meter.shrink(o.rows.bytes)
	return err
}

// find returns the sequences, each as the rows of its steps, in the order in which they were complete.
func (o *sequence) find(b *Batch) ([][]int32, error) {
	var k keys
	groups := k.number(valuesOf(o.by, b), b.Len, nullsGroup, true)
	if most := o.run.query.options.MaxGroups; most >= 0 && int64(k.n) > most {
		return nil, complaint(CodeGroups, "group by something coarser or allow more groups", "a sequence has more than %d groups", most)
	}
	meets := make([][]eval.Verdict, len(o.steps))
	for i, s := range o.steps {
		meets[i] = make([]eval.Verdict, b.Len)
		s.when.truths(b, identity(b.Len), meets[i])
	}
	rows, times, err := o.timed(b)
	if err != nil {
		return nil, err
	}
	states := make([]tracker, k.n)
	var found [][]int32
	for _, r := range rows {
		t := &states[groups[r]]
		if t.partial == nil {
			t.partial = make([][]int32, len(o.steps))
		}
		met := func(step int) bool { return meets[step][r] == eval.True }
		var complete []int32
		if o.ordered {
			complete = t.follow(r, met, times, o.within)
		} else {
			complete = t.collect(r, met, times, o.within)
		}
		if complete != nil {
			found = append(found, complete)
			if err := o.run.meter.grow(int64(4*len(complete)+24), "sequence"); err != nil {
				return nil, err
			}
		}
	}
	return found, o.run.poll()
}

// timed returns the rows that have a time, in its order, and all times by row.
func (o *sequence) timed(b *Batch) ([]int32, []int64, error) {
	v := o.time.value(b)
	rows := make([]int32, 0, b.Len)
	times := make([]int64, b.Len)
	kind := event.Null
	for r := range b.Len {
		t := v.At(r)
		if t.IsNull() {
			continue
		}
		if kind == event.Null {
			kind = t.Kind()
		}
		if k := t.Kind(); k != kind || k != event.Time && k != event.Duration && k != event.Int {
			return nil, nil, complaint(CodeTime, "convert it first, or leave such rows out", "a sequence meets a %s as its time", k)
		}
		times[r] = t.Int()
		rows = append(rows, int32(r))
	}
	slices.SortStableFunc(rows, func(x, y int32) int {
		switch {
		case times[x] < times[y]:
			return -1
		case times[x] > times[y]:
			return 1
		}
		return 0
	})
	return rows, times, nil
}

// tracker is what a sequence knows of one group.
type tracker struct {
	// partial holds for each step: of an ordered sequence, the rows up to that step with the latest beginning; otherwise the
	// latest row that meets it.
	partial [][]int32
}

func inside(times []int64, from, to int32, within int64) bool {
	return within < 0 || uint64(times[to])-uint64(times[from]) <= uint64(within)
}

// follow takes the next row of an ordered sequence. A row is at most one step of a sequence, so steps are tried from the last
// to the first.
func (t *tracker) follow(r int32, met func(step int) bool, times []int64, within int64) (complete []int32) {
	last := len(t.partial) - 1
	for i := last; i >= 0; i-- {
		if !met(i) {
			continue
		}
		var rows []int32
		if i > 0 {
			rows = t.partial[i-1]
			if rows == nil || !inside(times, rows[0], r, within) {
				continue
			}
		}
		rows = append(slices.Clip(rows), r)
		if i == last {
			complete = rows
		} else {
			t.partial[i] = rows
		}
	}
	return complete
}

// collect takes the next row of a sequence without order. A row may be several of its steps.
func (t *tracker) collect(r int32, met func(step int) bool, times []int64, within int64) []int32 {
	any := false
	for i := range t.partial {
		if met(i) {
			t.partial[i] = []int32{r}
			any = true
		}
	}
	if !any {
		return nil
	}
	rows := make([]int32, len(t.partial))
	for i, p := range t.partial {
		if p == nil || !inside(times, p[0], r, within) {
			return nil
		}
		rows[i] = p[0]
	}
	return rows
}

// assemble returns the result rows of sequences.
func (o *sequence) assemble(b *Batch, found [][]int32) *Batch {
	out := &Batch{Len: len(found), Cols: make([]Vector, o.width)}
	for i, s := range o.steps {
		if len(s.keeps) == 0 {
			continue
		}
		rows := make([]int32, len(found))
		for j, f := range found {
			rows[j] = f[i]
		}
		part := b.pick(rows)
		for _, k := range s.keeps {
			out.Cols[k.slot] = k.value.value(part)
		}
	}
	for i, v := range out.Cols {
		if v == nil {
			out.Cols[i] = &Same{event.Value{}, out.Len}
		}
	}
	if b.From != nil {
		out.From = make([]*Trail, out.Len)
		for j, f := range found {
			var trails []*Trail
			for i, r := range f {
				if !slices.Contains(f[:i], r) {
					trails = append(trails, b.From[r])
				}
			}
			out.From[j] = joinTrails(o.run.query.options.Evidence, trails...)
		}
	}
	return out
}

func (o *sequence) wanted(int) bool { return len(o.steps) > 0 && o.to.wanted() }
