package plan

// Children returns the expressions that an expression is made of, in order; nil for a leaf.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Match:
		return []Expr{e.Subject}
	case *Compare:
		return []Expr{e.Left, e.Right}
	case *And:
		return e.List
	case *Or:
		return e.List
	case *Not:
		return []Expr{e.X}
	case *Has:
		return []Expr{e.X}
	case *IsNull:
		return []Expr{e.X}
	case *Call:
		return e.Args
	case *Case:
		list := make([]Expr, 0, 2*len(e.Arms)+1)
		for _, arm := range e.Arms {
			list = append(list, arm.When, arm.Then)
		}
		if e.Else != nil {
			list = append(list, e.Else)
		}
		return list
	case *Lambda:
		return []Expr{e.Body}
	}
	return nil
}

// WithChildren returns an expression like e over other children, which must be as many as Children gives; e itself where
// they are the same.
func WithChildren(e Expr, children []Expr) Expr {
	same := true
	for i, old := range Children(e) {
		same = same && old == children[i]
	}
	if same {
		return e
	}
	switch e := e.(type) {
	case *Match:
		c := *e
		c.Subject = children[0]
		return &c
	case *Compare:
		c := *e
		c.Left, c.Right = children[0], children[1]
		return &c
	case *And:
		return &And{e.Marked, children}
	case *Or:
		return &Or{e.Marked, children}
	case *Not:
		return &Not{e.Marked, children[0]}
	case *Has:
		return &Has{e.Marked, children[0]}
	case *IsNull:
		return &IsNull{e.Marked, children[0]}
	case *Call:
		return &Call{e.Marked, e.Func, children}
	case *Case:
		c := &Case{Marked: e.Marked, Arms: make([]Arm, len(e.Arms))}
		for i := range c.Arms {
			c.Arms[i] = Arm{children[2*i], children[2*i+1]}
		}
		if e.Else != nil {
			c.Else = children[len(children)-1]
		}
		return c
	case *Lambda:
		return &Lambda{e.Marked, e.Params, children[0]}
	}
	return e
}

// WalkExpr gives the expression and those below it, each before its children, to visit, which returns false to leave out
// what lies below.
func WalkExpr(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, child := range Children(e) {
		WalkExpr(child, visit)
	}
}

// TransformExpr returns the expression with each part of it, children first, replaced by what change returns for it. Parts
// that stay as they are are shared.
func TransformExpr(e Expr, change func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	old := Children(e)
	children := make([]Expr, len(old))
	for i, child := range old {
		children[i] = TransformExpr(child, change)
	}
	return change(WithChildren(e, children))
}

// Leaves gives the conditions that a truth is put together from by And, Or and Not, from left to right; negated says whether
// an odd number of Nots stands above the leaf.
func Leaves(e Expr, visit func(leaf Expr, negated bool)) { leaves(e, false, visit) }

func leaves(e Expr, negated bool, visit func(Expr, bool)) {
	switch e := e.(type) {
	case nil:
	case *And:
		for _, x := range e.List {
			leaves(x, negated, visit)
		}
	case *Or:
		for _, x := range e.List {
			leaves(x, negated, visit)
		}
	case *Not:
		leaves(e.X, !negated, visit)
	default:
		visit(e, negated)
	}
}

// Walk gives the node and those below it, each before its inputs, to visit, which returns false to leave out what lies
// below. A node with several places in the plan is visited at each.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, in := range n.Inputs() {
		Walk(in, visit)
	}
}

// Transform returns the plan with each node of it, inputs first, replaced by what change returns for it. Nodes that stay as
// they are are shared, and one with several places is changed once.
func Transform(n Node, change func(Node) Node) Node {
	done := map[Node]Node{}
	var transform func(Node) Node
	transform = func(n Node) Node {
		if n == nil {
			return nil
		}
		if out, ok := done[n]; ok {
			return out
		}
		old := n.Inputs()
		inputs := make([]Node, len(old))
		for i, in := range old {
			inputs[i] = transform(in)
		}
		out := change(WithInputs(n, inputs))
		done[n] = out
		return out
	}
	return transform(n)
}

// WithInputs returns a node like n over other inputs, which must be as many; n itself where they are the same.
func WithInputs(n Node, inputs []Node) Node {
	same := true
	for i, old := range n.Inputs() {
		same = same && old == inputs[i]
	}
	if same {
		return n
	}
	switch n := n.(type) {
	case *Filter:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Project:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Aggregate:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Window:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Sort:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Limit:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Join:
		c := *n
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *Union:
		c := *n
		c.Ins = inputs
		return &c
	case *Expand:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Sequence:
		c := *n
		c.Input = inputs[0]
		return &c
	}
	return n
}

// Exprs gives the expressions that stand in the node itself, in the order of its text.
func Exprs(n Node, visit func(Expr)) {
	TransformExprs(n, func(e Expr) Expr {
		visit(e)
		return e
	})
}

// TransformExprs returns the node with each whole expression that stands in it replaced by what change returns for it; n
// itself where none changes. Missing expressions stay missing.
func TransformExprs(n Node, change func(Expr) Expr) Node {
	t := exprChanger{change: change}
	var out Node
	switch n := n.(type) {
	case *Filter:
		c := *n
		c.Where = t.one(n.Where)
		out = &c
	case *Project:
		c := *n
		c.Out = t.assigns(n.Out)
		out = &c
	case *Aggregate:
		c := *n
		c.Aggs = append([]Agg(nil), n.Aggs...)
		for i, a := range n.Aggs {
			c.Aggs[i].Args, c.Aggs[i].Where, c.Aggs[i].Order = t.list(a.Args), t.one(a.Where), t.keys(a.Order)
		}
		c.By = t.assigns(n.By)
		out = &c
	case *Window:
		c := *n
		c.Out = append([]WindowFunc(nil), n.Out...)
		for i, f := range n.Out {
			c.Out[i].Args = t.list(f.Args)
		}
		c.PartitionBy, c.OrderBy = t.list(n.PartitionBy), t.keys(n.OrderBy)
		out = &c
	case *Sort:
		c := *n
		c.Keys = t.keys(n.Keys)
		out = &c
	case *Join:
		c := *n
		c.Keys = append([]JoinKey(nil), n.Keys...)
		for i, k := range n.Keys {
			c.Keys[i] = JoinKey{t.one(k.Left), t.one(k.Right)}
		}
		c.On, c.Out = t.one(n.On), t.assigns(n.Out)
		out = &c
	case *Expand:
		c := *n
		c.Lists = t.assigns(n.Lists)
		out = &c
	case *Sequence:
		c := *n
		c.Time, c.By = t.one(n.Time), t.list(n.By)
		c.Steps = append([]Step(nil), n.Steps...)
		for i, s := range n.Steps {
			c.Steps[i].When, c.Steps[i].Keeps = t.one(s.When), t.assigns(s.Keeps)
		}
		out = &c
	}
	if !t.changed {
		return n
	}
	return out
}

type exprChanger struct {
	change  func(Expr) Expr
	changed bool
}

func (t *exprChanger) one(e Expr) Expr {
	if e == nil {
		return nil
	}
	out := t.change(e)
	t.changed = t.changed || out != e
	return out
}

func (t *exprChanger) list(list []Expr) []Expr {
	out := append([]Expr(nil), list...)
	for i, e := range list {
		out[i] = t.one(e)
	}
	return out
}

func (t *exprChanger) assigns(list []Assign) []Assign {
	out := append([]Assign(nil), list...)
	for i, a := range list {
		out[i].Value = t.one(a.Value)
	}
	return out
}

func (t *exprChanger) keys(list []Key) []Key {
	out := append([]Key(nil), list...)
	for i, k := range list {
		out[i].Value = t.one(k.Value)
	}
	return out
}
