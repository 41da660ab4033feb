package plan

// pruneColumns leaves out the columns that nothing above reads. What the plan gives stays as it is.
func pruneColumns(n Node) Node {
	p := pruner{needed: map[Node]map[*Column]bool{}, readers: map[Node]int{}, done: map[Node]Node{}, columns: columnsKnown{}}
	p.count(n)
	p.need(n, p.columns.of(n)...)
	p.readers[n] = 1
	p.visit(n)
	return p.prune(n)
}

// pruner knows which columns of each node are read.
type pruner struct {
	needed  map[Node]map[*Column]bool
	readers map[Node]int // places that have not said yet what they read
	done    map[Node]Node
	columns columnsKnown
}

func (p *pruner) count(n Node) {
	for _, in := range n.Inputs() {
		if p.readers[in]++; p.readers[in] == 1 {
			p.count(in)
		}
	}
}

func (p *pruner) need(n Node, columns ...*Column) {
	needed := p.needed[n]
	if needed == nil {
		needed = make(map[*Column]bool, len(columns))
		p.needed[n] = needed
	}
	for _, c := range columns {
		needed[c] = true
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
				p.need(n, p.columns.of(n)...)
			}
		}
		return true
	})
}

// visit passes on what is read of a node to its inputs, once all its readers have spoken.
func (p *pruner) visit(n Node) {
	if p.readers[n]--; p.readers[n] > 0 {
		return
	}
	needed := p.needed[n]
	switch n := n.(type) {
	case *Filter, *Sort, *Limit:
		if in := n.Inputs()[0]; p.readers[in] == 1 && p.needed[in] == nil {
			p.needed[in] = needed // which is not asked again for n
		} else {
			p.pass(in, needed)
		}
		Exprs(n, func(e Expr) { p.needExpr(n.Inputs()[0], e) })
	case *Project:
		if n.Extend {
			p.pass(n.Input, needed)
			p.needPlaces(n.Input, n.Out, needed)
		}
		for _, a := range keptAssigns(n.Out, needed, !n.Extend) {
			p.needExpr(n.Input, a.Value)
		}
	case *Aggregate, *Sequence:
		Exprs(n, func(e Expr) { p.needExpr(n.Inputs()[0], e) })
	case *Window, *Expand, *Lookup:
		p.pass(n.Inputs()[0], needed)
		switch n := n.(type) {
		case *Expand:
			p.needPlaces(n.Input, n.Lists, needed)
		case *Lookup:
			p.needPlaces(n.Input, n.assigned(), needed)
		}
		Exprs(n, func(e Expr) { p.needExpr(n.Inputs()[0], e) })
	case *Join:
		p.needJoin(n, needed)
	case *Union:
		kept := keptPlaces(n.Out, needed)
		for i, from := range n.From {
			for _, j := range kept {
				if from[j] != nil {
					p.need(n.Ins[i], from[j])
				}
			}
		}
	}
	for _, in := range n.Inputs() {
		p.visit(in)
	}
}

func (p *pruner) pass(in Node, needed map[*Column]bool) {
	if p.needed[in] == nil {
		p.needed[in] = make(map[*Column]bool, len(needed))
	}
	below := p.needed[in]
	for _, c := range p.columns.of(in) {
		if needed[c] {
			below[c] = true
		}
	}
}

// needPlaces notes the columns that assignments replace: the new ones stand in their places.
func (p *pruner) needPlaces(in Node, list []Assign, needed map[*Column]bool) {
	for _, c := range p.columns.of(in) {
		for _, a := range list {
			if a.Column.Name == c.Name && needed[a.Column] {
				p.need(in, c)
			}
		}
	}
}

func (p *pruner) needJoin(n *Join, needed map[*Column]bool) {
	for _, k := range n.Keys {
		p.needExpr(n.Left, k.Left)
		p.needExpr(n.Right, k.Right)
	}
	both := func(e Expr) {
		p.needExpr(n.Left, e)
		p.needExpr(n.Right, e)
	}
	both(n.On)
	for _, a := range keptAssigns(n.Out, needed, true) {
		both(a.Value)
	}
}

// prune returns the node without what nobody reads. A relation keeps at least one column.
func (p *pruner) prune(n Node) Node {
	if out, ok := p.done[n]; ok {
		return out
	}
	old := n.Inputs()
	inputs := make([]Node, len(old))
	for i, in := range old {
		inputs[i] = p.prune(in)
	}
	out := p.narrow(WithInputs(n, inputs), p.needed[n])
	p.done[n] = out
	return out
}

func (p *pruner) narrow(n Node, needed map[*Column]bool) Node {
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
		var kept []Agg
		for _, a := range n.Aggs {
			if needed[a.Column] || len(n.By) == 0 && len(kept) == 0 {
				kept = append(kept, a)
			}
		}
		if len(kept) < len(n.Aggs) {
			return &Aggregate{Input: n.Input, By: n.By, Aggs: kept, DropNull: n.DropNull}
		}
	case *Window:
		var kept []WindowFunc
		for _, f := range n.Out {
			if needed[f.Column] {
				kept = append(kept, f)
			}
		}
		if len(kept) == 0 {
			return n.Input
		}
		if len(kept) < len(n.Out) {
			c := *n
			c.Out = kept
			return &c
		}
	case *Lookup:
		var kept []LookupOut
		for _, o := range n.Out {
			if needed[o.Column] {
				kept = append(kept, o)
			}
		}
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
		if n.Index != nil && !needed[n.Index] {
			c := *n
			c.Index = nil
			return &c
		}
	}
	return n
}

// keptPlaces returns the places of the columns that are read, of the first one where none is.
func keptPlaces(list []*Column, needed map[*Column]bool) []int {
	var out []int
	for i, c := range list {
		if needed[c] {
			out = append(out, i)
		}
	}
	if len(out) == 0 && len(list) > 0 {
		out = []int{0}
	}
	return out
}

func keptAssigns(list []Assign, needed map[*Column]bool, one bool) []Assign {
	var out []Assign
	for _, a := range list {
		if needed[a.Column] {
			out = append(out, a)
		}
	}
	if len(out) == 0 && one && len(list) > 0 {
		out = list[:1]
	}
	return out
}

func narrowUnion(n *Union, needed map[*Column]bool) Node {
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
