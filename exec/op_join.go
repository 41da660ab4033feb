package exec

import (
	"errors"
	"slices"

	"goshawk/event"
	"goshawk/plan"
)

// join combines the rows of two inputs. It keeps the right side, and lets the left side pass along it.
type join struct {
	*joinPlan
	run     *Run
	to      port
	waiting store // of the left, until the right has ended
	left    bool  // the left has ended
	right   bool  // the right has ended
	enough  bool
	labour  labour
	names   *restFilter // nil: closed

	rows    store // of the right
	all     *Batch
	keys    keys
	first   []int32 // for each key, its first row of the right, -1 for none
	next    []int32 // for each row of the right, the next of the same key, -1 for none
	matched []bool  // of each row of the right, where the kind asks

	lefts []interner // the keys of the left, one by one; nil: nobody asked
}

// joinPlan is what all runs of a join share.
type joinPlan struct {
	kind                  plan.JoinKind
	leftWidth, rightWidth int
	leftKeys, rightKeys   []*expr
	on                    *expr // nil: always
	out                   []*expr
	firstRight            bool
	rest                  *restNames // nil: closed
	rests                 bool       // the result or its expressions read the rests
	columns               []bool     // of both sides, those that on or out read
}

const (
	fromLeft  = 0
	fromRight = 1
)

func (c *compiler) join(n *plan.Join) maker {
	leftScope, rightScope := c.scope(n.Left), c.scope(n.Right)
	left, right := leftScope.columns, rightScope.columns
	both := scopeOf(left, right)
	p := &joinPlan{kind: n.Kind, leftWidth: len(left), rightWidth: len(right), firstRight: n.FirstRight}
	for _, k := range n.Keys {
		p.leftKeys = append(p.leftKeys, c.expr(n, leftScope, k.Left))
		p.rightKeys = append(p.rightKeys, c.expr(n, rightScope, k.Right))
	}
	p.columns = make([]bool, len(left)+len(right))
	use := func(x *expr) *expr {
		if x != nil {
			for _, slot := range x.slots {
				p.columns[slot] = true
			}
		}
		return x
	}
	if n.On != nil {
		p.on = use(c.expr(n, both, n.On))
	}
	for _, a := range n.Out {
		x := use(c.expr(n, both, a.Value))
		p.out = append(p.out, x)
		p.rests = p.rests || x != nil && x.rest
	}
	if n.Open() {
		p.rest, p.rests = namesOf(n.Rest), true
	}
	return func(r *Run, to port) operator {
		o := &join{joinPlan: p, run: r, to: to, labour: r.labour()}
		if p.rest != nil {
			o.names = p.rest.filter()
		}
		return o
	}
}

func (o *join) push(in int, b *Batch) error {
	switch {
	case in == fromRight:
		return o.rows.add(&o.run.meter, b, "join")
	case o.enough:
		return ErrEnough
	case !o.right:
		return o.waiting.add(&o.run.meter, b, "join")
	}
	return o.probe(b)
}

func (o *join) finish(in int) error {
	if in == fromLeft {
		o.left = true
	} else {
		if err := o.prepare(); err != nil {
			return err
		}
	}
	if !o.left || !o.right {
		return nil
	}
	if !o.enough {
		if err := o.remaining(); err != nil && !errors.Is(err, ErrEnough) {
			return err
		}
	}
	o.run.meter.shrink(o.rows.bytes)
	return o.to.finish()
}

// prepare puts the right side in order once it is complete, and lets the left rows pass that wait.
func (o *join) prepare() error {
	o.right = true
	var err error
	if o.all, err = o.rows.take(&o.run.meter, o.rightWidth, "join"); err != nil {
		return err
	}
	numbers := o.keys.number(valuesOf(o.rightKeys, o.all), o.all.Len, nullsDrop, true)
	o.next = make([]int32, o.all.Len)
	o.first = make([]int32, o.keys.n)
	last := make([]int32, o.keys.n)
	for k := range o.first {
		o.first[k] = -1
	}
	for r, k := range numbers {
		o.next[r] = -1
		switch {
		case k < 0:
			continue
		case o.first[k] < 0:
			o.first[k] = int32(r)
		default:
			o.next[last[k]] = int32(r)
		}
		last[k] = int32(r)
	}
	if o.marks() {
		o.matched = make([]bool, o.all.Len)
	}
	held := o.keys.grown() + int64(8*len(o.first)+4*len(o.next)+len(o.matched))
	o.rows.bytes += held
	if err := o.run.meter.grow(held, "join"); err != nil {
		return err
	}
	for _, b := range o.waiting.batches {
		if err := o.probe(b); err != nil && !o.enough {
			return err
		}
		if o.enough {
			break
		}
	}
	o.run.meter.shrink(o.waiting.bytes)
	o.waiting = store{}
	return nil
}

// marks says whether the kind of join needs to know which rows of the right were matched.
func (o *join) marks() bool {
	switch o.kind {
	case plan.RightOuter, plan.FullOuter, plan.RightSemi, plan.RightAnti:
		return true
	}
	return false
}

// pairs are candidates in order: rows of the left, each with its rows of the right and then -1, which ends it.
type pairs struct{ left, right []int32 }

func (p *pairs) add(l, r int32) { p.left, p.right = append(p.left, l), append(p.right, r) }

// probe lets a batch of the left pass along the right side.
func (o *join) probe(b *Batch) error {
	err := o.match(b)
	o.enough = errors.Is(err, ErrEnough)
	return err
}

func (o *join) match(b *Batch) error {
	size := o.run.query.options.BatchSize
	one := o.on == nil && (o.firstRight || o.kind == plan.LeftSemi || o.kind == plan.LeftAnti)
	numbers := o.keys.number(valuesOf(o.leftKeys, b), b.Len, nullsDrop, false)
	var p pairs
	m := &matching{join: o, left: b}
	for l := range int32(b.Len) {
		if k := numbers[l]; k >= 0 {
			for r := o.first[k]; r >= 0; r = o.next[r] {
				p.add(l, r)
				if one {
					break
				}
				if len(p.left) >= size {
					if err := m.decide(&p); err != nil {
						return err
					}
				}
			}
		}
		p.add(l, -1)
	}
	if err := m.decide(&p); err != nil {
		return err
	}
	return m.flush()
}

// matching is the state of one batch of the left on its way along the right.
type matching struct {
	*join
	left *Batch
	hit  bool // the row of the left in work was matched
	out  pairs
}

// decide goes through candidates in order and notes the rows that the join gives.
func (m *matching) decide(p *pairs) error {
	if err := m.labour.add(len(p.left), "pairs of a join"); err != nil {
		return err
	}
	holds := m.holds(p)
	for i, l := range p.left {
		r := p.right[i]
		if r >= 0 {
			if !holds[i] || m.hit && m.firstRight {
				continue
			}
			m.hit = true
			if m.matched != nil {
				m.matched[r] = true
			}
			switch m.kind {
			case plan.Inner, plan.LeftOuter, plan.RightOuter, plan.FullOuter:
				m.out.add(l, r)
			}
		} else {
			switch m.kind {
			case plan.LeftOuter, plan.FullOuter, plan.LeftAnti:
				if !m.hit {
					m.out.add(l, -1)
				}
			case plan.LeftSemi:
				if m.hit {
					m.out.add(l, -1)
				}
			}
			m.hit = false
		}
		if len(m.out.left) >= m.run.query.options.BatchSize {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	p.left, p.right = p.left[:0], p.right[:0]
	return m.run.poll()
}

// holds says of which candidates the condition is true.
func (m *matching) holds(p *pairs) []bool {
	out := make([]bool, len(p.left))
	if m.on == nil {
		for i := range out {
			out[i] = true
		}
		return out
	}
	var places []int
	var real pairs
	for i, r := range p.right {
		if r >= 0 {
			places = append(places, i)
			real.add(p.left[i], r)
		}
	}
	for _, i := range m.on.holds(m.combine(m.left, &real, m.on.rest)) {
		out[places[i]] = true
	}
	return out
}

func (m *matching) flush() error {
	if len(m.out.left) == 0 {
		return nil
	}
	err := m.give(m.left, &m.out)
	m.out.left, m.out.right = m.out.left[:0], m.out.right[:0]
	return err
}

// give emits the result rows of pairs, either side of which may be missing.
func (o *join) give(left *Batch, p *pairs) error {
	both := o.combine(left, p, o.rests)
	out := &Batch{Len: both.Len, Cols: valuesOf(o.out, both), From: both.From}
	if o.names != nil {
		out.Rest = o.names.apply(both)
	}
	return o.to.emit(out)
}

// combine returns the rows of pairs with the columns of both sides that are read.
func (o *join) combine(left *Batch, p *pairs, rests bool) *Batch {
	n := len(p.left)
	out := &Batch{Len: n, Cols: make([]Vector, o.leftWidth+o.rightWidth)}
	for i, used := range o.columns {
		switch {
		case !used:
			out.Cols[i] = &Same{event.Value{}, n}
		case i < o.leftWidth && left == nil:
			out.Cols[i] = &Same{event.Value{}, n}
		case i < o.leftWidth:
			out.Cols[i] = left.Cols[i].pick(p.left)
		default:
			out.Cols[i] = o.all.Cols[i-o.leftWidth].pick(p.right)
		}
	}
	if rests {
		out.Rest = make([]Rest, n)
		for i := range n {
			out.Rest[i] = mergeRests(restAt(left, p.left[i]), restAt(o.all, p.right[i]))
		}
	}
	if left != nil && left.From != nil || o.all.From != nil {
		out.From = make([]*Trail, n)
		for i := range n {
			out.From[i] = joinTrails(o.run.query.options.Evidence, trailAt(left, p.left[i]), trailAt(o.all, p.right[i]))
		}
	}
	return out
}

func restAt(b *Batch, r int32) Rest {
	if b == nil || r < 0 {
		return Rest{}
	}
	return b.rest(int(r))
}

func trailAt(b *Batch, r int32) *Trail {
	if b == nil || r < 0 {
		return nil
	}
	return b.trail(int(r))
}

// mergeRests returns the fields of the left and those of the right whose names the left does not have. The text is that of
// the left where there is one.
func mergeRests(l, r Rest) Rest {
	switch {
	case l.Record == nil && l.Raw == nil:
		return r
	case r.Record == nil && r.Raw == nil:
		return l
	}
	out := l
	if out.Raw == nil {
		out.Raw, out.FreeText = r.Raw, r.FreeText
	}
	if l.Record == nil {
		out.Record = r.Record
		return out
	}
	if r.Record == nil {
		return out
	}
	merged := &event.Record{Fields: slices.Clip(l.Record.Fields)}
	for _, f := range r.Record.Fields {
		if !slices.ContainsFunc(l.Record.Fields, func(g event.Field) bool { return g.Name.Text == f.Name.Text }) {
			merged.Fields = append(merged.Fields, f)
		}
	}
	out.Record = merged
	return out
}

// remaining gives the rows of the right that the kind of join gives after those of the left.
func (o *join) remaining() error {
	var want bool
	switch o.kind {
	case plan.RightOuter, plan.FullOuter, plan.RightAnti:
		want = false
	case plan.RightSemi:
		want = true
	default:
		return nil
	}
	var p pairs
	for r, matched := range o.matched {
		if matched == want {
			p.add(-1, int32(r))
		}
		if len(p.left) == o.run.query.options.BatchSize {
			if err := o.give(nil, &p); err != nil {
				return err
			}
			p.left, p.right = p.left[:0], p.right[:0]
		}
	}
	if len(p.left) == 0 {
		return nil
	}
	return o.give(nil, &p)
}

// wanted says of a side that it is not, once the other is known to be empty and the kind needs that one.
func (o *join) wanted(in int) bool {
	if in == fromLeft && o.right && o.all != nil && o.all.Len == 0 {
		switch o.kind {
		case plan.Inner, plan.LeftSemi, plan.RightOuter, plan.RightSemi, plan.RightAnti:
			return false
		}
	}
	if in == fromRight && o.left && o.waiting.n == 0 && !o.right && o.rows.n == 0 {
		switch o.kind {
		case plan.Inner, plan.LeftOuter, plan.LeftSemi, plan.LeftAnti, plan.RightSemi:
			return false
		}
	}
	return !o.enough && o.to.wanted()
}
