package exec

import (
	"cmp"
	"errors"
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
)

// correlate asks of every event of a group what lies in the span of time that ends with it. Rows wait until nothing can come before
// them: until the input ends or, in a run that follows a stream, until the watermark has passed them. Then they are taken in their
// order, and each is in the window of its group for as long as later events can look back on it. A batch and a stream differ in
// nothing but when that is done.
type correlate struct {
	run    *Run
	to     port
	is     *correlation
	labour labour

	waiting  []*arrived
	earliest int64 // of those that wait
	kind     event.Kind
	seq      int64
	passed   int64 // rows that happened before this time come too late
	begun    bool  // there is such a time
	late     int64

	groups map[string]*correlated
	window []*happened // of all groups, in order
	gone   int         // how many of these have left
	key    []byte
	out    []Builder
	from   []*Trail
	rows   int
	held   int64 // bytes
	enough bool
}

// correlation is a plan.Correlate made ready.
type correlation struct {
	time, arrival, rank *expr
	by, keeps           []*expr
	within              int64
	aggs                []correlateAgg
	chains              [][]*expr
	when                *eval.Program
	width               int
}

type correlateAgg struct {
	fn    *fn.Aggregate
	args  []*expr
	where *expr
}

// arrived is a row that came in.
type arrived struct {
	time    int64
	arrival event.Value
	rank    event.Value
	seq     int64
	group   *correlated
	by      []event.Value
	keeps   []event.Value
	args    [][]event.Value // for each aggregate, nil where the row does not count
	steps   [][]bool        // for each chain, the steps that it meets
	trail   *Trail
	size    int64
}

// happened is an event of a group in its window.
type happened struct {
	time  int64
	group *correlated
	args  [][]event.Value
	trail *Trail
	size  int64
}

// correlated is one group.
type correlated struct {
	key    string
	users  int // rows that wait and events in the window
	events []*happened
	gone   int
	states []fn.Careful // for each aggregate; nil: it is computed from nothing
	size   int64        // of the states
	chains []chain
}

// chain holds, for each step and each length, the latest beginning of a chain of that length whose last event meets that step.
type chain struct {
	begins [][]int64
	known  [][]bool
}

func (c *compiler) correlate(n *plan.Correlate) maker {
	s := c.scope(n.Input)
	optional := func(e plan.Expr) *expr {
		if e == nil {
			return nil
		}
		return c.expr(n, s, e)
	}
	if n.Within < -1 {
		c.fail(n, "a span is below -1")
	}
	is := &correlation{time: c.expr(n, s, n.Time), arrival: optional(n.Arrival), rank: optional(n.Rank), within: n.Within, width: c.scope(n).width}
	for _, a := range n.By {
		is.by = append(is.by, c.expr(n, s, a.Value))
	}
	for _, a := range n.Keeps {
		is.keeps = append(is.keeps, c.expr(n, s, a.Value))
	}
	for _, a := range n.Aggs {
		if a.Func == nil || a.Func.Ranking || a.Distinct || len(a.Order) > 0 {
			c.fail(n, "an aggregate is missing, or is none that takes every event once in the order of time")
			return nil
		}
		is.aggs = append(is.aggs, correlateAgg{a.Func, c.exprs(n, s, a.Args), optional(a.Where)})
	}
	for _, chain := range n.Chains {
		is.chains = append(is.chains, c.exprs(n, s, chain.Steps))
	}
	if n.When == nil {
		c.fail(n, "the condition is missing")
		return nil
	}
	when, err := eval.Compile(n.When, c.scope(n).slot)
	if err != nil {
		c.fail(n, "%v", err)
		return nil
	}
	is.when = when
	return func(r *Run, to port) operator {
		o := &correlate{run: r, to: to, is: is, labour: r.labour(), groups: map[string]*correlated{}, out: make([]Builder, is.width)}
		r.correlates = append(r.correlates, o)
		return o
	}
}

func (o *correlate) grow(bytes int64) error {
	o.held += bytes
	return o.run.meter.grow(bytes, "correlation")
}

func (o *correlate) shrink(bytes int64) {
	o.held -= bytes
	o.run.meter.shrink(bytes)
}

func (o *correlate) wanted(int) bool { return !o.enough && o.to.wanted() }

func (o *correlate) push(_ int, b *Batch) error {
	if o.enough {
		return ErrEnough
	}
	optional := func(x *expr) Vector {
		if x == nil {
			return &Same{event.NullValue(), b.Len}
		}
		return x.value(b)
	}
	times, arrivals, ranks := o.is.time.value(b), optional(o.is.arrival), optional(o.is.rank)
	by, keeps := valuesOf(o.is.by, b), valuesOf(o.is.keeps, b)
	counted := make([]func(row int) []event.Value, len(o.is.aggs))
	for i, a := range o.is.aggs {
		counted[i] = a.counted(b)
	}
	steps := make([][][]eval.Verdict, len(o.is.chains))
	for i, list := range o.is.chains {
		for _, x := range list {
			out := make([]eval.Verdict, b.Len)
			x.truths(b, identity(b.Len), out)
			steps[i] = append(steps[i], out)
		}
	}
	grown := int64(0)
	for r := range b.Len {
		time, ok, err := o.timeOf(times.At(r))
		if err != nil {
			return err
		}
		if !ok || slices.ContainsFunc(by, func(v Vector) bool { return v.IsNull(r) }) {
			continue
		}
		if o.begun && time < o.passed {
			o.late++
			continue
		}
		row := &arrived{time: time, arrival: arrivals.At(r), rank: ranks.At(r), seq: o.seq, by: at(by, r), keeps: at(keeps, r), trail: b.trail(r)}
		o.seq++
		if k := row.arrival.Kind(); k != event.Int && k != event.Null {
			return complaint(CodeTime, "it is a number of the event", "a correlation meets a %s as the arrival of an event", k)
		}
		row.size = 200 + trailsSize([]*Trail{row.trail}) + row.trail.restSize()
		for i := range counted {
			args := counted[i](r)
			row.args = append(row.args, args)
			row.size += 24 + valuesSize(args)
		}
		for _, list := range steps {
			met := make([]bool, len(list))
			for j := range list {
				met[j] = list[j][r] == eval.True
			}
			row.steps = append(row.steps, met)
			row.size += 24 + int64(len(met))
		}
		row.size += valuesSize(row.by) + valuesSize(row.keeps)
		if err := o.join(row); err != nil {
			return err
		}
		if len(o.waiting) == 0 || time < o.earliest {
			o.earliest = time
		}
		o.waiting = append(o.waiting, row)
		grown += row.size
	}
	return o.grow(grown)
}

// counted returns what gives the arguments of a row, nil where it does not count.
func (a *correlateAgg) counted(b *Batch) func(row int) []event.Value {
	args := valuesOf(a.args, b)
	var meets []eval.Verdict
	if a.where != nil {
		meets = make([]eval.Verdict, b.Len)
		a.where.truths(b, identity(b.Len), meets)
	}
	return func(r int) []event.Value {
		if meets != nil && meets[r] != eval.True || slices.ContainsFunc(args, func(v Vector) bool { return v.IsNull(r) }) {
			return nil
		}
		return at(args, r)
	}
}

// at returns the values of a row, which are never nil.
func at(list []Vector, row int) []event.Value {
	out := make([]event.Value, len(list))
	for i, v := range list {
		out[i] = v.At(row)
	}
	return out
}

func valuesSize(list []event.Value) int64 {
	n := int64(0)
	for _, v := range list {
		n += valueSize + sizeOf(v)
	}
	return n
}

// timeOf returns the time of a row; false if it has none.
func (o *correlate) timeOf(v event.Value) (int64, bool, error) {
	if v.IsNull() {
		return 0, false, nil
	}
	k := v.Kind()
	if o.kind == event.Null {
		o.kind = k
	}
	if k != o.kind || k != event.Time && k != event.Duration && k != event.Int {
		return 0, false, complaint(CodeTime, "convert it first, or leave such rows out", "a correlation meets a %s as its time", k)
	}
	return v.Int(), true, nil
}

// join puts a row into its group.
func (o *correlate) join(row *arrived) error {
	o.key = o.key[:0]
	for _, v := range row.by {
		o.key = fn.AppendKey(o.key, v)
	}
	g := o.groups[string(o.key)]
	if g == nil {
		g = &correlated{key: string(o.key), states: make([]fn.Careful, len(o.is.aggs)), chains: make([]chain, len(o.is.chains))}
		for i, a := range o.is.aggs {
			g.states[i] = a.fn.Follow(len(a.args))
		}
		for i, steps := range o.is.chains {
			g.chains[i] = newChain(len(steps))
		}
		o.groups[g.key] = g
		if most := o.run.query.options.MaxGroups; most >= 0 && int64(len(o.groups)) > most {
			return complaint(CodeGroups, "group by something coarser or allow more groups", "a correlation has more than %d groups", most)
		}
		if err := o.grow(o.groupSize(g)); err != nil {
			return err
		}
	}
	g.users++
	row.group = g
	return nil
}

func (o *correlate) groupSize(g *correlated) int64 {
	n := 200 + int64(len(g.key)) + 160*int64(len(o.is.aggs))
	for _, steps := range o.is.chains {
		n += int64(9*len(steps)*len(steps) + 48*len(steps))
	}
	return n
}

// leave takes rows or events out of a group, which is forgotten when none is left.
func (o *correlate) leave(g *correlated, n int) {
	if g.users -= n; g.users == 0 {
		delete(o.groups, g.key)
		o.shrink(o.groupSize(g) + g.size)
	}
}

func (o *correlate) finish(int) error {
	if err := o.take(o.waiting); err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	o.waiting, o.window, o.groups = nil, nil, nil
	o.shrink(o.held)
	return o.to.finish()
}

// advance says that no row will come any more that happened before a time, and takes those that did.
func (o *correlate) advance(to int64) error {
	if o.begun && to <= o.passed {
		return nil
	}
	o.passed, o.begun = to, true
	if len(o.waiting) > 0 && o.earliest < to {
		due, still := []*arrived(nil), o.waiting[:0]
		for _, row := range o.waiting {
			if row.time < to {
				due = append(due, row)
				continue
			}
			if len(still) == 0 || row.time < o.earliest {
				o.earliest = row.time
			}
			still = append(still, row)
		}
		clear(o.waiting[len(still):])
		o.waiting = still
		if err := o.take(due); err != nil && !errors.Is(err, ErrEnough) {
			return err
		}
	}
	if o.is.within >= 0 { // no event before that time can look back further
		return o.evict(to)
	}
	return nil
}

// take looks at rows before which nothing can come any more.
func (o *correlate) take(rows []*arrived) error {
	slices.SortFunc(rows, func(a, b *arrived) int {
		return cmp.Or(cmp.Compare(a.time, b.time), orderNullsFirst(a.arrival, b.arrival), orderNullsFirst(a.rank, b.rank), cmp.Compare(a.seq, b.seq))
	})
	for i := 0; i < len(rows) && !o.enough; {
		j := i + 1
		for j < len(rows) && rows[i].sameEvent(rows[j]) {
			j++
		}
		if err := o.evict(rows[i].time); err != nil {
			return err
		}
		if err := o.event(rows[i:j]); err != nil {
			return err
		}
		clear(rows[i:j])
		if i/1024 != j/1024 {
			if err := o.run.poll(); err != nil {
				return err
			}
		}
		i = j
	}
	return o.flush()
}

func orderNullsFirst(a, b event.Value) int {
	switch {
	case a.IsNull() || b.IsNull():
		return cmp.Compare(truth(!a.IsNull()), truth(!b.IsNull()))
	case a.Kind() == event.Int && b.Kind() == event.Int:
		return cmp.Compare(a.Int(), b.Int())
	}
	return fn.Order(a, b)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *arrived) sameEvent(b *arrived) bool {
	return a.time == b.time && !a.arrival.IsNull() && !b.arrival.IsNull() && a.arrival.Int() == b.arrival.Int()
}

// evict takes out of all windows what an event of a time cannot look back on.
func (o *correlate) evict(time int64) error {
	if o.is.within < 0 {
		return nil
	}
	for ; o.gone < len(o.window); o.gone++ {
		e := o.window[o.gone]
		if e.time >= time || uint64(time)-uint64(e.time) <= uint64(o.is.within) {
			break
		}
		o.window[o.gone] = nil
		g := e.group
		g.events[g.gone] = nil
		g.gone++
		for i, args := range e.args {
			if s := g.states[i]; s != nil && args != nil {
				s.Remove(args)
			}
		}
		g.events, g.gone = compacted(g.events, g.gone)
		if err := o.weigh(g); err != nil {
			return err
		}
		o.shrink(e.size)
		o.leave(g, 1)
	}
	o.window, o.gone = compacted(o.window, o.gone)
	return nil
}

// compacted returns a list without its first elements, once these are many.
func compacted[T any](list []T, gone int) ([]T, int) {
	if gone < 32 || 2*gone < len(list) {
		return list, gone
	}
	n := copy(list, list[gone:])
	clear(list[n:])
	if n < cap(list)/4 {
		return append(make([]T, 0, 2*n), list[:n]...), 0
	}
	return list[:n], 0
}

// weigh counts what the states of a group hold.
func (o *correlate) weigh(g *correlated) error {
	size := int64(0)
	for _, s := range g.states {
		if sized, ok := s.(fn.Sizer); ok {
			size += sized.Size()
		}
	}
	before := g.size
	g.size = size
	return o.grow(size - before)
}

// event looks at the rows of one event, group by group in the order of their first rows.
func (o *correlate) event(rows []*arrived) error {
	for i, first := range rows {
		g := first.group
		if slices.ContainsFunc(rows[:i], func(r *arrived) bool { return r.group == g }) {
			continue
		}
		mine := rows[i : i+1]
		if slices.ContainsFunc(rows[i+1:], func(r *arrived) bool { return r.group == g }) {
			mine = slices.DeleteFunc(slices.Clone(rows[i:]), func(r *arrived) bool { return r.group != g })
		}
		if err := o.happen(g, mine); err != nil {
			return err
		}
	}
	return nil
}

// happen puts an event into the window of its group, and gives a row if the condition is met then.
func (o *correlate) happen(g *correlated, rows []*arrived) error {
	e := &happened{time: rows[0].time, group: g, args: make([][]event.Value, len(o.is.aggs))}
	trails := make([]*Trail, len(rows))
	for i, r := range rows {
		trails[i] = r.trail
		e.size += r.size
		for a, args := range r.args {
			if e.args[a] == nil {
				e.args[a] = args
			}
		}
	}
	e.trail = o.joined(trails)
	g.events = append(g.events, e)
	o.window = append(o.window, e)
	o.leave(g, len(rows)-1)
	for i, args := range e.args {
		if s := g.states[i]; s != nil && args != nil {
			s.Add(args)
		}
	}
	if err := o.weigh(g); err != nil {
		return err
	}
	values := make([]event.Value, 0, o.is.width)
	values = append(values, rows[0].by...)
	for k := range o.is.keeps {
		kept := event.NullValue()
		for i := 0; i < len(rows) && kept.IsNull(); i++ {
			kept = rows[i].keeps[k]
		}
		values = append(values, kept)
	}
	for i := range o.is.aggs {
		v, err := o.result(g, i)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	for i := range g.chains {
		met := make([]bool, len(o.is.chains[i]))
		for _, r := range rows {
			for s, yes := range r.steps[i] {
				met[s] = met[s] || yes
			}
		}
		values = append(values, event.IntValue(g.chains[i].extend(met, e.time, o.is.within)))
	}
	row := eval.Row{Columns: values}
	if meets := o.is.when.True(&row); row.Overflow {
		return overflow{eval.MaxMade}.complaint()
	} else if row.Failed != "" {
		return complaint(CodeIncomplete, "leave out what has no whole answer", "%s", row.Failed)
	} else if !meets {
		return nil
	}
	for i, v := range values {
		o.out[i].Append(owned(v))
	}
	if o.run.query.options.tracks() {
		trail, err := o.trail(g)
		if err != nil {
			return err
		}
		o.from = append(o.from, trail)
	}
	if o.rows++; o.rows >= o.run.query.options.BatchSize {
		return o.flush()
	}
	return nil
}

// result returns an aggregate over the window of a group.
func (o *correlate) result(g *correlated, i int) (event.Value, error) {
	if s := g.states[i]; s != nil && s.Sure() {
		return s.Result(), nil
	}
	events := g.events[g.gone:]
	if err := o.labour.add(len(events), "events of correlation windows"); err != nil {
		return event.Value{}, err
	}
	s := o.is.aggs[i].fn.New()
	for _, e := range events {
		if e.args[i] != nil {
			s.Add(e.args[i])
		}
	}
	return s.Result(), nil
}

// flush sends the rows on their way that were found.
func (o *correlate) flush() error {
	if o.rows == 0 {
		return nil
	}
	b := &Batch{Len: o.rows, Cols: make([]Vector, len(o.out)), From: o.from}
	for i := range o.out {
		b.Cols[i] = o.out[i].Finish()
	}
	o.rows, o.from = 0, nil
	err := o.to.emit(b)
	o.enough = errors.Is(err, ErrEnough)
	return err
}

func newChain(steps int) chain {
	c := chain{begins: make([][]int64, steps), known: make([][]bool, steps)}
	for i := range steps {
		c.begins[i], c.known[i] = make([]int64, steps), make([]bool, steps)
	}
	return c
}

// extend takes the next event, which meets some steps, and returns the length of the longest chain within a span that ends with it.
func (c *chain) extend(met []bool, time, within int64) int64 {
	longest := 0
	for step := len(met) - 1; step >= 0; step-- { // an event is one link only: what it makes of a step must not be seen by a later one
		if !met[step] {
			continue
		}
		for length := step; length >= 0; length-- {
			begin, known := time, length == 0
			for before := 0; length > 0 && before < step; before++ {
				if c.known[before][length-1] && (!known || c.begins[before][length-1] > begin) {
					begin, known = c.begins[before][length-1], true
				}
			}
			if !known || within >= 0 && uint64(time)-uint64(begin) > uint64(within) {
				continue
			}
			c.begins[step][length], c.known[step][length] = begin, true
			longest = max(longest, length+1)
		}
	}
	return int64(longest)
}

// evidenceOfWindow bounds the events that are listed for one row: everybody in a busy group sees nearly the same ones.
const evidenceOfWindow = 32

func (o *correlate) evidence() int { return min(o.run.query.options.Evidence, evidenceOfWindow) }

// eventKey tells events apart: several Scans may each have a Fact of one.
type eventKey struct {
	origin event.Origin
	fact   *Fact // of an event that does not know where it stood
}

func keyOf(e Evidence) eventKey {
	if e.Origin.Source == "" {
		return eventKey{fact: e.Fact}
	}
	return eventKey{origin: e.Origin}
}

// joined returns where the rows of one event come from. The last piece of evidence is the event itself, as it is of each of the rows.
func (o *correlate) joined(trails []*Trail) *Trail {
	if len(trails) == 1 {
		return trails[0]
	}
	out := &Trail{}
	for _, t := range trails {
		if t != nil {
			out.More, out.watched = out.More+t.More, out.watched || t.watched
			out.Evidence = append(out.Evidence, t.Evidence...)
		}
	}
	seen := make(map[eventKey]bool, len(out.Evidence))
	kept := len(out.Evidence)
	for i := kept - 1; i >= 0; i-- {
		if e := out.Evidence[i]; !seen[keyOf(e)] {
			seen[keyOf(e)] = true
			kept--
			out.Evidence[kept] = e
		}
	}
	out.Evidence = out.Evidence[kept:]
	if over := len(out.Evidence) - o.evidence(); over > 0 {
		out.More += over
		out.Evidence = out.Evidence[over:]
	}
	return out
}

// trail returns where a row comes from: the events in the window, the last of them if they are many, in their order.
func (o *correlate) trail(g *correlated) (*Trail, error) {
	limit, events := o.evidence(), g.events[g.gone:]
	out := &Trail{}
	seen := make(map[eventKey]bool, limit)
	i := len(events) - 1
	for ; i >= 0 && len(out.Evidence) < limit; i-- {
		t := events[i].trail
		if t == nil {
			continue
		}
		out.More += t.More
		for j := len(t.Evidence) - 1; j >= 0; j-- {
			if e := t.Evidence[j]; seen[keyOf(e)] {
				continue
			} else if seen[keyOf(e)] = true; len(out.Evidence) < limit {
				out.Evidence = append(out.Evidence, e)
			} else {
				out.More++
			}
		}
	}
	slices.Reverse(out.Evidence)
	if err := o.labour.add(i+1, "events of correlation windows"); err != nil {
		return nil, err
	}
	for ; i >= 0; i-- {
		if t := events[i].trail; t != nil {
			out.More += t.More
			for _, e := range t.Evidence {
				if !seen[keyOf(e)] {
					out.More++
				}
			}
		}
	}
	if o.run.query.options.Watch != nil {
		out.watched = slices.ContainsFunc(events, func(e *happened) bool { return e.trail != nil && e.trail.watched })
	}
	return out, nil
}

// restSize returns the bytes of the records that the evidence of a trail keeps.
func (t *Trail) restSize() int64 {
	n := int64(0)
	if t != nil && len(t.Evidence) == 1 {
		n = restsSize([]Rest{t.Evidence[0].rest})
	}
	return n
}
