package plan

import (
	"slices"
	"sync"
)

// pruneColumns leaves out the columns that nothing above reads. What the plan gives stays as it is.
func pruneColumns(n Node) Node {
	p := pruners.Get().(*pruner)
	defer p.release()
	top := p.enter(n)
	for _, c := range n.Columns() {
		top.needed.add(c)
	}
	top.visit()
	return top.prune()
}

// pruner knows which columns of each node are read.
type pruner struct {
	all    []*pruned        // with room for more
	used   int              // of all
	shared map[Node]*pruned // those below a node with several inputs; above, no node has several places
}

// pruners are those not at work, with the room that they had: every plan is pruned more than once, and there are thousands.
var pruners = sync.Pool{New: func() any { return &pruner{} }}

// maxRoom bounds the nodes whose room is kept.
const maxRoom = 1 << 10

func (p *pruner) release() {
	if p.used > maxRoom {
		return
	}
	for _, of := range p.all[:p.used] {
		clear(of.needed.list)
		*of = pruned{needed: columnSet{list: of.needed.list[:0]}, inputs: of.inputs[:0]}
	}
	p.used, p.shared = 0, nil
	pruners.Put(p)
}

// pruned is what is known of a node.
type pruned struct {
	node    Node
	inputs  []*pruned
	needed  columnSet
	readers int  // places that have not said yet what they read
	done    Node // what is left of it
}

// enter notes a node and those below it, at one more place where it is read.
func (p *pruner) enter(n Node) *pruned {
	of := p.shared[n]
	if of != nil {
		of.readers++
		return of
	}
	if p.used == len(p.all) {
		p.all = append(p.all, &pruned{})
	}
	of = p.all[p.used]
	p.used++
	of.node, of.readers = n, 1
	if p.shared != nil {
		p.shared[n] = of
	}
	if in := inputOf(n); in != nil {
		of.inputs = append(of.inputs, p.enter(in))
		return of
	}
	list := n.Inputs()
	if len(list) > 1 && p.shared == nil {
		p.shared = map[Node]*pruned{}
	}
	for _, in := range list {
		of.inputs = append(of.inputs, p.enter(in))
	}
	return of
}

// needExpr notes what an expression reads of a node.
func needExpr(of *pruned, e Expr) {
	WalkExpr(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Ref:
			of.needed.add(e.Column)
		case *Everything:
			if !of.node.Open() {
				for _, c := range of.node.Columns() {
					of.needed.add(c)
				}
			}
		}
		return true
	})
}

// visit passes on what is read of a node to its inputs, once all its readers have spoken.
func (of *pruned) visit() {
	if of.readers--; of.readers > 0 {
		return
	}
	needed := &of.needed
	var in *pruned
	if len(of.inputs) == 1 {
		in = of.inputs[0]
	}
	read := func(e Expr) { needExpr(in, e) }
	switch n := of.node.(type) {
	case *Filter, *Sort, *Limit:
		of.handDown(in)
		Exprs(n, read)
	case *Project:
		if n.Extend {
			pass(in, needed, func(c *Column) bool { return assigns(n.Out, c) })
			needPlaces(in, n.Out, needed)
		}
		for _, a := range keptAssigns(n.Out, needed, !n.Extend) {
			read(a.Value)
		}
	case *Aggregate:
		kept := *n
		kept.Aggs = keptAggs(n, needed)
		Exprs(&kept, read)
	case *Window:
		pass(in, needed, func(c *Column) bool {
			return slices.ContainsFunc(n.Out, func(f WindowFunc) bool { return f.Column == c })
		})
		if kept := keptFuncs(n, needed); len(kept) > 0 {
			c := *n
			c.Out = kept
			Exprs(&c, read)
		}
	case *Lookup:
		list := n.assigned()
		pass(in, needed, func(c *Column) bool { return assigns(list, c) })
		needPlaces(in, list, needed)
		if len(keptOuts(n, needed)) > 0 {
			Exprs(n, read)
		}
	case *Expand:
		of.expand(n, in)
	case *Trace:
		pass(in, needed, func(c *Column) bool { return c == n.Match || slices.Contains(n.Out, c) })
		Exprs(n, read)
	case *Sequence, *Correlate:
		Exprs(n, read)
	case *Join:
		needJoin(n, of)
	case *Union:
		kept := keptPlaces(n.Out, needed)
		for i, from := range n.From {
			for _, j := range kept {
				if from[j] != nil {
					of.inputs[i].needed.add(from[j])
				}
			}
		}
	}
	for _, in := range of.inputs {
		in.visit()
	}
}

// handDown notes that an input is read for all that is read of a node which makes no columns and keeps its rows whole: nobody asks for the
// node's own set again, and so an input without other readers is given it.
func (of *pruned) handDown(in *pruned) {
	if in.readers > 1 || len(in.needed.list) > 0 {
		pass(in, &of.needed, nil)
		return
	}
	in.needed, of.needed = of.needed, in.needed
}

// expand notes what an Expand reads of its input. Searches that group by many fields have one for each, and so what is read of such a chain
// goes down it as one set.
func (of *pruned) expand(n *Expand, in *pruned) {
	read := func(e Expr) { needExpr(in, e) }
	if n.Index != nil { // which is given only where it is read
		pass(in, &of.needed, func(c *Column) bool { return c == n.Index || assigns(n.Lists, c) })
		needPlaces(in, n.Lists, &of.needed)
		Exprs(n, read)
		return
	}
	var places []*Column
	for _, a := range n.Lists {
		if of.needed.has(a.Column) {
			if c := named(in.node, a.Column.Name); c != nil {
				places = append(places, c)
			}
		}
	}
	for _, a := range n.Lists {
		of.needed.remove(a.Column)
	}
	of.handDown(in)
	for _, c := range places {
		in.needed.add(c)
	}
	Exprs(n, read)
}

// pass notes that an input is read for what is read of a node, but for the columns that the node makes.
func pass(in *pruned, needed *columnSet, made func(*Column) bool) {
	for _, c := range needed.list {
		if made == nil || !made(c) {
			in.needed.add(c)
		}
	}
}

func assigns(list []Assign, c *Column) bool {
	return slices.ContainsFunc(list, func(a Assign) bool { return a.Column == c })
}

// needPlaces notes the columns that assignments replace: the new ones stand in their places.
func needPlaces(in *pruned, list []Assign, needed *columnSet) {
	for _, a := range list {
		if !needed.has(a.Column) {
			continue
		}
		if c := named(in.node, a.Column.Name); c != nil {
			in.needed.add(c)
		}
	}
}

// named returns the column of a name that a node gives; nil: none.
func named(n Node, name string) *Column {
	for {
		in, list := extends(n)
		for _, a := range list {
			if a.Column.Name == name {
				return a.Column
			}
		}
		if in == nil {
			in = passes(n)
		}
		if in == nil {
			break
		}
		n = in
	}
	for _, c := range n.Columns() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func needJoin(n *Join, of *pruned) {
	left, right := of.inputs[0], of.inputs[1]
	for _, k := range n.Keys {
		needExpr(left, k.Left)
		needExpr(right, k.Right)
	}
	both := func(e Expr) {
		needExpr(left, e)
		needExpr(right, e)
	}
	both(n.On)
	for _, a := range keptAssigns(n.Out, &of.needed, true) {
		both(a.Value)
	}
}

// prune returns the node without what nobody reads. A relation keeps at least one column.
func (of *pruned) prune() Node {
	if of.done != nil {
		return of.done
	}
	if inputOf(of.node) != nil {
		of.done = narrow(withInput(of.node, of.inputs[0].prune()), &of.needed)
		return of.done
	}
	var inputs []Node // nil: as they were
	for i, in := range of.inputs {
		out := in.prune()
		if out != in.node && inputs == nil {
			inputs = slices.Clone(of.node.Inputs())
		}
		if inputs != nil {
			inputs[i] = out
		}
	}
	narrowed := of.node
	if inputs != nil {
		narrowed = WithInputs(of.node, inputs)
	}
	of.done = narrow(narrowed, &of.needed)
	return of.done
}

func narrow(n Node, needed *columnSet) Node {
	switch n := n.(type) {
	case *Scan:
		if kept := keptPlaces(n.Out, needed); len(kept) < len(n.Out) {
			out := &Scan{Table: n.Table, Rest: n.Rest}
			for _, i := range kept {
				out.Out = append(out.Out, n.Out[i])
			}
			return out
		}
	case *Project:
		kept := keptAssigns(n.Out, needed, !n.Extend)
		if n.Extend && len(kept) == 0 && len(n.Rest.Except) == 0 && len(n.Rest.Only) == 0 && n.Open() == n.Input.Open() {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			return &Project{Input: n.Input, Extend: n.Extend, Out: kept, Rest: n.Rest}
		}
	case *Aggregate:
		if kept := keptAggs(n, needed); len(kept) < len(n.Aggs) {
			return &Aggregate{Input: n.Input, By: n.By, Aggs: kept, DropNull: n.DropNull}
		}
	case *Window:
		kept := keptFuncs(n, needed)
		if len(kept) == 0 {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Lookup:
		kept := keptOuts(n, needed)
		if len(kept) == 0 {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Join:
		if kept := keptAssigns(n.Out, needed, true); len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Union:
		return narrowUnion(n, needed)
	case *Expand:
		if n.Index != nil && !needed.has(n.Index) {
			c := *n
			c.Index = nil
			return &c
		}
	}
	return n
}

// keptAggs returns the aggregates that are read; of one without groups the first one where none is.
func keptAggs(n *Aggregate, needed *columnSet) []Agg {
	return keptOf(n.Aggs, func(a Agg, kept int) bool { return needed.has(a.Column) || len(n.By) == 0 && kept == 0 })
}

func keptFuncs(n *Window, needed *columnSet) []WindowFunc {
	return keptOf(n.Out, func(f WindowFunc, _ int) bool { return needed.has(f.Column) })
}

func keptOuts(n *Lookup, needed *columnSet) []LookupOut {
	return keptOf(n.Out, func(o LookupOut, _ int) bool { return needed.has(o.Column) })
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
func keptPlaces(list []*Column, needed *columnSet) []int {
	out := make([]int, 0, len(list))
	for i, c := range list {
		if needed.has(c) {
			out = append(out, i)
		}
	}
	if len(out) == 0 && len(list) > 0 {
		out = []int{0}
	}
	return out
}

func keptAssigns(list []Assign, needed *columnSet, one bool) []Assign {
	read := 0
	for read < len(list) && needed.has(list[read].Column) {
		read++
	}
	if read == len(list) {
		return list
	}
	out := slices.Clone(list[:read])
	for _, a := range list[read:] {
		if needed.has(a.Column) {
			out = append(out, a)
		}
	}
	if len(out) == 0 && one && len(list) > 0 {
		out = list[:1]
	}
	return out
}

func narrowUnion(n *Union, needed *columnSet) Node {
	kept := keptPlaces(n.Out, needed)
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
