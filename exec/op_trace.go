package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// trace goes over the rows of each group and keeps a state for each step.
type trace struct {
	run    *Run
	to     port
	is     *tracing
	rows   store
	labour labour
	held   int64
	row    eval.Row
	found  []traced
}

// tracing is a Trace made ready.
type tracing struct {
	columns int // of the input
	by      []*expr
	reads   []int // the columns of the input that programs read
	steps   []traceStep
	out     int // columns that steps set, whose slots stand behind those of the input
	match   bool
	width   int // of the rows that programs are computed over
}

type traceStep struct {
	give plan.TraceGive
	when *eval.Program
	set  []*eval.Program
	keep []traceMemory
}

type traceMemory struct {
	slot  int
	value *eval.Program
	empty event.Value
}

// traceState is what a step knows: what it and each step before it remember, and the rows that this is of.
type traceState struct {
	kept  [][]event.Value
	rows  []int32
	match int64
	last  *traced // a row that is given once the series has ended
}

// traced is a row of the result.
type traced struct {
	rows  []int32 // of the steps; the last is the row itself
	set   []event.Value
	match int64
}

// traceGroup holds the states of one group, nil where they are empty.
type traceGroup struct {
	states []*traceState
	begun  int64
}

func (c *compiler) trace(n *plan.Trace) maker {
	input := c.scope(n.Input)
	columns := input.columns
	is := &tracing{columns: len(columns), by: c.exprs(n, input, n.By), out: len(n.Out), match: n.Match != nil}
	lists := [][]*plan.Column{columns, n.Out}
	for _, s := range n.Steps {
		memory := make([]*plan.Column, len(s.Keep))
		for i, m := range s.Keep {
			memory[i] = m.Column
		}
		lists = append(lists, memory)
	}
	all := scopeOf(lists...)
	is.width = all.width
	read := map[int]bool{}
	compile := func(e plan.Expr) *eval.Program {
		p, err := eval.Compile(e, all.slot)
		if err != nil {
			c.fail(n, "%v", err)
			return nil
		}
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				read[all.slot(ref.Column)] = true
			}
			return true
		})
		return p
	}
	slot := len(columns) + len(n.Out)
	for _, s := range n.Steps {
		if s.When == nil || len(s.Set) != len(n.Out) {
			c.fail(n, "step %q has no condition, or sets other columns than the result has", s.Name)
			return nil
		}
		step := traceStep{give: s.Give, when: compile(s.When)}
		for _, e := range s.Set {
			step.set = append(step.set, compile(e))
		}
		for _, m := range s.Keep {
			step.keep = append(step.keep, traceMemory{slot, compile(m.Value), m.Empty})
			slot++
		}
		is.steps = append(is.steps, step)
	}
	for i := range columns {
		if read[i] {
			is.reads = append(is.reads, i)
		}
	}
	return func(r *Run, to port) operator {
		return &trace{run: r, to: to, is: is, labour: r.labour(), row: eval.Row{Columns: make([]event.Value, is.width)}}
	}
}

func (o *trace) wanted(int) bool { return o.to.wanted() }

func (o *trace) push(_ int, b *Batch) error { return o.rows.add(&o.run.meter, b, "trace") }

func (o *trace) finish(int) error {
	if o.rows.n == 0 {
		return o.to.finish()
	}
	b, err := o.rows.take(&o.run.meter, o.is.columns, "trace")
	if err != nil {
		return err
	}
	if err := o.follow(b); err != nil {
		return err
	}
	err = o.to.emitAll(func(emit func(*Batch) error) error {
		for part := range slices.Chunk(o.found, o.run.query.options.BatchSize) {
			if err := emit(o.assemble(b, part)); err != nil {
				return err
			}
		}
		return nil
	})
	o.run.meter.shrink(o.rows.bytes + o.held)
	return err
}

func (o *trace) grow(bytes int64) error {
	o.held += bytes
	return o.run.meter.grow(bytes, "trace")
}

// follow takes all rows in their order.
func (o *trace) follow(b *Batch) error {
	var k keys
	numbers := k.number(valuesOf(o.is.by, b), b.Len, nullsGroup, true)
	if most := o.run.query.options.MaxGroups; most >= 0 && int64(k.n) > most {
		return complaint(CodeGroups, "group by something coarser or allow more groups", "a trace has more than %d groups", most)
	}
	if err := o.grow(k.grown() + int64(k.n)*int64(40+8*len(o.is.steps))); err != nil {
		return err
	}
	groups := make([]traceGroup, k.n)
	for r := range b.Len {
		if r%1024 == 1023 {
			if err := o.run.poll(); err != nil {
				return err
			}
		}
		if err := o.labour.add(len(o.is.steps), "rows tested against the steps of a trace"); err != nil {
			return err
		}
		for _, slot := range o.is.reads {
			o.row.Columns[slot] = b.Cols[slot].At(r)
		}
		if b.Rest != nil {
			rest := &b.Rest[r]
			o.row.Record, o.row.Raw, o.row.FreeText = rest.Record, rest.Raw, rest.FreeText
		}
		g := &groups[numbers[r]]
		if g.states == nil {
			g.states = make([]*traceState, len(o.is.steps))
		}
		for step := len(o.is.steps) - 1; step >= 0; step-- {
			if err := o.test(g, step, int32(r)); err != nil {
				return err
			}
		}
	}
	for _, g := range groups {
		for _, s := range g.states {
			if err := o.end(s); err != nil {
				return err
			}
		}
	}
	return o.run.poll()
}

// test tests a row against a step, and notes what comes of it.
func (o *trace) test(g *traceGroup, step int, r int32) error {
	if step > 0 && g.states[step-1] != nil {
		before := g.states[step-1]
		if ok, err := o.meets(before, step); err != nil {
			return err
		} else if ok {
			for _, s := range []*traceState{g.states[step], before} { // the series of both steps end
				if err := o.end(s); err != nil {
					return err
				}
			}
			if err := o.forget(g.states[step]); err != nil {
				return err
			}
			g.states[step], g.states[step-1] = before, nil
			return o.take(before, step, r)
		}
	}
	own := g.states[step]
	if own == nil && step > 0 {
		return nil
	}
	if ok, err := o.meets(own, step); err != nil || !ok {
		return err
	}
	if own == nil {
		own = &traceState{match: g.begun}
		g.begun++
		g.states[step] = own
	}
	return o.take(own, step, r)
}

// meets says whether the row meets a step over a state, and leaves the state where programs read it.
func (o *trace) meets(s *traceState, step int) (bool, error) {
	for i := range step + 1 {
		for j, m := range o.is.steps[i].keep {
			if s != nil && i < len(s.kept) {
				o.row.Columns[m.slot] = s.kept[i][j]
			} else {
				o.row.Columns[m.slot] = m.empty
			}
		}
	}
	ok := o.is.steps[step].when.True(&o.row)
	return ok, o.whole()
}

// whole says whether what was computed of the row is all there.
func (o *trace) whole() error {
	if o.row.Overflow {
		return overflow{eval.MaxMade}.complaint()
	}
	if o.row.Failed != "" {
		return complaint(CodeIncomplete, "leave out what has no whole answer", "%s", o.row.Failed)
	}
	return nil
}

// take makes the row the last one that met a step.
func (o *trace) take(s *traceState, step int, r int32) error {
	is := &o.is.steps[step]
	set := make([]event.Value, o.is.out)
	for i, p := range is.set {
		set[i] = owned(p.Value(&o.row))
	}
	for i, v := range set {
		o.row.Columns[o.is.columns+i] = v
	}
	kept := make([]event.Value, len(is.keep))
	for i, m := range is.keep {
		kept[i] = owned(m.value.Value(&o.row))
	}
	if err := o.whole(); err != nil {
		return err
	}
	size := valuesSize(kept)
	if step < len(s.kept) {
		size -= valuesSize(s.kept[step])
		s.kept[step] = kept
	} else {
		s.kept = append(s.kept, kept)
	}
	s.rows = append(slices.Clone(s.rows[:min(step, len(s.rows))]), r)
	if err := o.grow(size); err != nil {
		return err
	}
	found := traced{s.rows, set, s.match}
	switch is.give {
	case plan.GiveAll:
		return o.give(found)
	case plan.GiveLast:
		s.last = &found
	}
	return nil
}

func (o *trace) give(f traced) error {
	o.found = append(o.found, f)
	return o.grow(valuesSize(f.set) + int64(64+4*len(f.rows)))
}

// end gives the row of a series that waited for its end.
func (o *trace) end(s *traceState) error {
	if s == nil || s.last == nil {
		return nil
	}
	f := *s.last
	s.last = nil
	return o.give(f)
}

// forget takes back what a state held.
func (o *trace) forget(s *traceState) error {
	if s == nil {
		return nil
	}
	size := int64(0)
	for _, kept := range s.kept {
		size += valuesSize(kept)
	}
	return o.grow(-size)
}

// assemble returns rows of the result.
func (o *trace) assemble(b *Batch, found []traced) *Batch {
	rows := make([]int32, len(found))
	sets := make([]Builder, o.is.out)
	var matches Builder
	for i, f := range found {
		rows[i] = f.rows[len(f.rows)-1]
		for j, v := range f.set {
			sets[j].Append(v)
		}
		if o.is.match {
			matches.Append(event.IntValue(f.match))
		}
	}
	out := b.pick(rows)
	for i := range sets {
		out.Cols = append(out.Cols, sets[i].Finish())
	}
	if o.is.match {
		out.Cols = append(out.Cols, matches.Finish())
	}
	if b.From != nil {
		for i, f := range found {
			var trails []*Trail
			for j, r := range f.rows {
				if !slices.Contains(f.rows[:j], r) {
					trails = append(trails, b.From[r])
				}
			}
			out.From[i] = joinTrails(o.run.query.options.Evidence, trails...)
		}
	}
	return out
}
