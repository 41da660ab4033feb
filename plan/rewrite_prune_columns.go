package plan

import (
	"slices"
	"sync"
)

// pruneColumns leaves out the columns that nothing above reads. What the plan gives stays as it is.
func pruneColumns(n Node) Node {
	p := pruners.Get().(*pruner)
	defer p.release()
	p.count(n)
	p.need(n, p.columns(n)...)
	p.of(n).readers = 1
	p.visit(n)
	return p.prune(n)
}

// pruner knows which columns of each node are read.
type pruner struct {
	known   map[Node]*pruned
	numbers map[*Column]int
}

// pruners are those not at work, with room in their tables: every plan is pruned more than once, and there are thousands.
var pruners = sync.Pool{New: func() any {
	return &pruner{known: make(map[Node]*pruned, 16), numbers: make(map[*Column]int, 64)}
}}

// maxRoom bounds the entries of tables that are kept.
const maxRoom = 1 << 10

func (p *pruner) release() {
	if len(p.known) > maxRoom || len(p.numbers) > maxRoom {
		return
	}
	clear(p.known)
	clear(p.numbers)
	pruners.Put(p)
}

// pruned is what is known of a node.
type pruned struct {
	needed  columnSet
	readers int       // places that have not said yet what they read
	done    Node      // what is left of it
	columns []*Column // nil: not asked for
	given   columnSet // its columns, nil: not asked for
}

// columnSet is a set of columns by their numbers.
type columnSet []uint64

func (s columnSet) has(i int) bool { return i/64 < len(s) && s[i/64]>>(i%64)&1 != 0 }

func (s *columnSet) add(i int) {
	for i/64 >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[i/64] |= 1 << (i % 64)
}

func (s columnSet) remove(i int) {
	if i/64 < len(s) {
		s[i/64] &^= 1 << (i % 64)
	}
}

// addBoth adds the columns that are in both of two sets.
func (s *columnSet) addBoth(a, b columnSet) {
	n := min(len(a), len(b))
	for len(*s) < n {
		*s = append(*s, 0)
	}
	for i := range n {
		(*s)[i] |= a[i] & b[i]
	}
}

func (p *pruner) of(n Node) *pruned {
	of := p.known[n]
	if of == nil {
		of = &pruned{}
		p.known[n] = of
	}
	return of
}

func (p *pruner) number(c *Column) int {
	i, known := p.numbers[c]
	if !known {
		i = len(p.numbers)
		p.numbers[c] = i
	}
	return i
}

// columns returns the columns of a node.
func (p *pruner) columns(n Node) []*Column {
	of := p.of(n)
	if of.columns == nil {
		of.columns = columnsOf(n, p.columns)
	}
	return of.columns
}

// given returns the columns of a node as a set, which must not be changed.
func (p *pruner) given(n Node) columnSet {
	if in := passes(n); in != nil {
		return p.given(in)
	}
	of := p.of(n)
	if of.given != nil {
		return of.given
	}
	if in, list := extends(n); in != nil {
		of.given = slices.Clone(p.given(in))
		for _, a := range list {
			for _, c := range p.columns(in) {
				if c.Name == a.Column.Name {
					of.given.remove(p.number(c))
				}
			}
		}
		for _, a := range list {
			of.given.add(p.number(a.Column))
		}
	} else {
		of.given = columnSet{}
		for _, c := range p.columns(n) {
			of.given.add(p.number(c))
		}
	}
	return of.given
}

// reads says whether a column of a node is read.
func (p *pruner) reads(needed columnSet, c *Column) bool {
	i, known := p.numbers[c]
	return known && needed.has(i)
}

func (p *pruner) count(n Node) {
	read := func(in Node) {
		of := p.of(in)
		if of.readers++; of.readers == 1 {
			p.count(in)
		}
	}
	if in := inputOf(n); in != nil {
		read(in)
		return
	}
	for _, in := range n.Inputs() {
		read(in)
	}
}

func (p *pruner) need(n Node, columns ...*Column) {
	of := p.of(n)
	for _, c := range columns {
		of.needed.add(p.number(c))
	}
}

// needExpr notes what an expression reads of a node.
func (p *pruner) needExpr(n Node, e Expr) {
	WalkExpr(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Ref:
			p.need(n, e.Column)
		case *Everything:
			if !n.Open() {
				p.need(n, p.columns(n)...)
			}
		}
		return true
	})
}

// visit passes on what is read of a node to its inputs, once all its readers have spoken.
func (p *pruner) visit(n Node) {
	of := p.of(n)
	if of.readers--; of.readers > 0 {
		return
	}
	needed := of.needed
	switch n := n.(type) {
	case *Filter, *Sort, *Limit:
		in := inputOf(n)
		p.pass(in, needed)
		Exprs(n, func(e Expr) { p.needExpr(in, e) })
	case *Project:
		if n.Extend {
			p.pass(n.Input, needed)
			p.needPlaces(n.Input, n.Out, needed)
		}
		for _, a := range p.keptAssigns(n.Out, needed, !n.Extend) {
			p.needExpr(n.Input, a.Value)
		}
	case *Aggregate:
		kept := *n
		kept.Aggs = p.keptAggs(n, needed)
		Exprs(&kept, func(e Expr) { p.needExpr(n.Input, e) })
	case *Window:
		p.pass(n.Input, needed)
		if kept := p.keptFuncs(n, needed); len(kept) > 0 {
			c := *n
			c.Out = kept
			Exprs(&c, func(e Expr) { p.needExpr(n.Input, e) })
		}
	case *Lookup:
		p.pass(n.Input, needed)
		p.needPlaces(n.Input, n.assigned(), needed)
		if len(p.keptOuts(n, needed)) > 0 {
			Exprs(n, func(e Expr) { p.needExpr(n.Input, e) })
		}
	case *Expand:
		p.pass(n.Input, needed)
		p.needPlaces(n.Input, n.Lists, needed)
		Exprs(n, func(e Expr) { p.needExpr(n.Input, e) })
	case *Trace:
		p.pass(n.Input, needed)
		Exprs(n, func(e Expr) { p.needExpr(n.Input, e) })
	case *Sequence, *Correlate:
		in := inputOf(n)
		Exprs(n, func(e Expr) { p.needExpr(in, e) })
	case *Join:
		p.needJoin(n, needed)
	case *Union:
		kept := p.keptPlaces(n.Out, needed)
		for i, from := range n.From {
			for _, j := range kept {
				if from[j] != nil {
					p.need(n.Ins[i], from[j])
				}
			}
		}
	}
	if in := inputOf(n); in != nil {
		p.visit(in)
		return
	}
	for _, in := range n.Inputs() {
		p.visit(in)
	}
}

func (p *pruner) pass(in Node, needed columnSet) {
	p.of(in).needed.addBoth(needed, p.given(in))
}

// needPlaces notes the columns that assignments replace: the new ones stand in their places.
func (p *pruner) needPlaces(in Node, list []Assign, needed columnSet) {
	for _, a := range list {
		if !p.reads(needed, a.Column) {
			continue
		}
		for _, c := range p.columns(in) {
			if a.Column.Name == c.Name {
				p.need(in, c)
			}
		}
	}
}

func (p *pruner) needJoin(n *Join, needed columnSet) {
	for _, k := range n.Keys {
		p.needExpr(n.Left, k.Left)
		p.needExpr(n.Right, k.Right)
	}
	both := func(e Expr) {
		p.needExpr(n.Left, e)
		p.needExpr(n.Right, e)
	}
	both(n.On)
	for _, a := range p.keptAssigns(n.Out, needed, true) {
		both(a.Value)
	}
}

// prune returns the node without what nobody reads. A relation keeps at least one column.
func (p *pruner) prune(n Node) Node {
	of := p.of(n)
	if of.done != nil {
		return of.done
	}
	old := n.Inputs()
	inputs := old
	for i, in := range old {
		out := p.prune(in)
		inputs = replaced(inputs, old, i, out, out != in)
	}
	narrowed := n
	if !same(inputs, old) {
		narrowed = WithInputs(n, inputs)
	}
	of.done = p.narrow(narrowed, of.needed)
	return of.done
}

func (p *pruner) narrow(n Node, needed columnSet) Node {
	switch n := n.(type) {
	case *Scan:
		if kept := p.keptPlaces(n.Out, needed); len(kept) < len(n.Out) {
			out := &Scan{Table: n.Table, Rest: n.Rest}
			for _, i := range kept {
				out.Out = append(out.Out, n.Out[i])
			}
			return out
		}
	case *Project:
		kept := p.keptAssigns(n.Out, needed, !n.Extend)
		if n.Extend && len(kept) == 0 && len(n.Rest.Except) == 0 && len(n.Rest.Only) == 0 && n.Open() == n.Input.Open() {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			return &Project{Input: n.Input, Extend: n.Extend, Out: kept, Rest: n.Rest}
		}
	case *Aggregate:
		if kept := p.keptAggs(n, needed); len(kept) < len(n.Aggs) {
			return &Aggregate{Input: n.Input, By: n.By, Aggs: kept, DropNull: n.DropNull}
		}
	case *Window:
		kept := p.keptFuncs(n, needed)
		if len(kept) == 0 {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Lookup:
		kept := p.keptOuts(n, needed)
		if len(kept) == 0 {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Join:
		if kept := p.keptAssigns(n.Out, needed, true); len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Union:
		return p.narrowUnion(n, needed)
	case *Expand:
		if n.Index != nil && !p.reads(needed, n.Index) {
			c := *n
			c.Index = nil
			return &c
		}
	}
	return n
}

// keptAggs returns the aggregates that are read; of one without groups the first one where none is.
func (p *pruner) keptAggs(n *Aggregate, needed columnSet) []Agg {
	return keptOf(n.Aggs, func(a Agg, kept int) bool { return p.reads(needed, a.Column) || len(n.By) == 0 && kept == 0 })
}

func (p *pruner) keptFuncs(n *Window, needed columnSet) []WindowFunc {
	return keptOf(n.Out, func(f WindowFunc, _ int) bool { return p.reads(needed, f.Column) })
}

func (p *pruner) keptOuts(n *Lookup, needed columnSet) []LookupOut {
	return keptOf(n.Out, func(o LookupOut, _ int) bool { return p.reads(needed, o.Column) })
}

// keptOf returns the elements that are to be kept, each told how many were kept before it; the list itself where all are.
func keptOf[T any](list []T, keep func(one T, kept int) bool) []T {
	all := 0
	for all < len(list) && keep(list[all], all) {
		all++
	}
	if all == len(list) {
		return list
	}
	out := slices.Clone(list[:all])
	for _, one := range list[all+1:] {
		if keep(one, len(out)) {
			out = append(out, one)
		}
	}
	return out
}

// keptPlaces returns the places of the columns that are read, of the first one where none is.
func (p *pruner) keptPlaces(list []*Column, needed columnSet) []int {
	out := make([]int, 0, len(list))
	for i, c := range list {
		if p.reads(needed, c) {
			out = append(out, i)
		}
	}
	if len(out) == 0 && len(list) > 0 {
		out = []int{0}
	}
	return out
}

func (p *pruner) keptAssigns(list []Assign, needed columnSet, one bool) []Assign {
	read := 0
	for read < len(list) && p.reads(needed, list[read].Column) {
		read++
	}
	if read == len(list) {
		return list
	}
	out := slices.Clone(list[:read])
	for _, a := range list[read:] {
		if p.reads(needed, a.Column) {
			out = append(out, a)
		}
	}
	if len(out) == 0 && one && len(list) > 0 {
		out = list[:1]
	}
	return out
}

func (p *pruner) narrowUnion(n *Union, needed columnSet) Node {
	kept := p.keptPlaces(n.Out, needed)
	if len(kept) == len(n.Out) {
		return n
	}
	out := &Union{Ins: n.Ins, Rest: n.Rest, From: make([][]*Column, len(n.From))}
	for _, j := range kept {
		out.Out = append(out.Out, n.Out[j])
		for i := range n.From {
			out.From[i] = append(out.From[i], n.From[i][j])
		}
	}
	return out
}
