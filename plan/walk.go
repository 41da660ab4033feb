package plan

import (
	"slices"
	"sync"
)

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

// childOf returns the child of an expression that has one, without making a list of it; nil for any other.
func childOf(e Expr) Expr {
	switch e := e.(type) {
	case *Match:
		return e.Subject
	case *Not:
		return e.X
	case *Has:
		return e.X
	case *IsNull:
		return e.X
	case *Lambda:
		return e.Body
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
	if child := childOf(e); child != nil {
		WalkExpr(child, visit)
		return
	}
	switch e := e.(type) { // of these Children makes a list
	case *Compare:
		WalkExpr(e.Left, visit)
		WalkExpr(e.Right, visit)
		return
	case *Case:
		for _, arm := range e.Arms {
			WalkExpr(arm.When, visit)
			WalkExpr(arm.Then, visit)
		}
		WalkExpr(e.Else, visit)
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
	if child := childOf(e); child != nil {
		if x := TransformExpr(child, change); x != child {
			e = WithChildren(e, []Expr{x})
		}
		return change(e)
	}
	if c, ok := e.(*Compare); ok {
		left, right := TransformExpr(c.Left, change), TransformExpr(c.Right, change)
		if left != c.Left || right != c.Right {
			e = &Compare{c.Marked, c.Op, left, right}
		}
		return change(e)
	}
	old := Children(e)
	children := old
	for i, child := range old {
		x := TransformExpr(child, change)
		children = replaced(children, old, i, x, x != child)
	}
	if same(children, old) {
		return change(e)
	}
	return change(WithChildren(e, children))
}

// replaced returns a list that began as the old one, with another element in a place if that changed. The old list stays as
// it is.
func replaced[T any](list, old []T, i int, with T, changed bool) []T {
	if !changed {
		return list
	}
	if same(list, old) {
		list = slices.Clone(old)
	}
	list[i] = with
	return list
}

// same says whether two lists are one in memory.
func same[T any](a, b []T) bool { return len(a) == 0 || &a[0] == &b[0] }

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
	if in := inputOf(n); in != nil {
		Walk(in, visit)
		return
	}
	for _, in := range n.Inputs() {
		Walk(in, visit)
	}
}

// anyNode says whether something is true of the node or of one below it.
func anyNode(n Node, is func(Node) bool) bool {
	found := false
	Walk(n, func(n Node) bool {
		found = found || is(n)
		return !found
	})
	return found
}

// inputOf returns the input of a node that has one, without making a list of it; nil for any other.
func inputOf(n Node) Node {
	switch n := n.(type) {
	case *Filter:
		return n.Input
	case *Project:
		return n.Input
	case *Aggregate:
		return n.Input
	case *Window:
		return n.Input
	case *Sort:
		return n.Input
	case *Limit:
		return n.Input
	case *Expand:
		return n.Input
	case *Lookup:
		return n.Input
	case *Sequence:
		return n.Input
	case *Correlate:
		return n.Input
	case *Trace:
		return n.Input
	}
	return nil
}

// Transform returns the plan with each node of it, inputs first, replaced by what change returns for it. Nodes that stay as
// they are are shared, and one with several places is changed once.
func Transform(n Node, change func(Node) Node) Node {
	if n == nil {
		return nil
	}
	t := transformers.Get().(*transformer)
	defer t.release()
	t.change = change
	return t.node(n)
}

type transformer struct {
	change func(Node) Node
	shares bool          // done is used: below a node with several inputs; above, no node has several places
	done   map[Node]Node // its room is used again
}

// transformers are those not at work: a plan is transformed many times until it comes to rest.
var transformers = sync.Pool{New: func() any { return &transformer{done: map[Node]Node{}} }}

// maxDone bounds the nodes whose room is kept.
const maxDone = 1 << 10

func (t *transformer) release() {
	if len(t.done) > maxDone {
		return
	}
	clear(t.done)
	t.change, t.shares = nil, false
	transformers.Put(t)
}

func (t *transformer) node(n Node) Node {
	if n == nil {
		return nil
	}
	if t.shares {
		if out, ok := t.done[n]; ok {
			return out
		}
	}
	out := t.change(t.inputs(n))
	if t.shares {
		t.done[n] = out
	}
	return out
}

// inputs returns the node over its changed inputs.
func (t *transformer) inputs(n Node) Node {
	if in := inputOf(n); in != nil {
		return withInput(n, t.node(in))
	}
	old := n.Inputs()
	t.shares = t.shares || len(old) > 1
	inputs := old
	for i, in := range old {
		x := t.node(in)
		inputs = replaced(inputs, old, i, x, x != in)
	}
	if same(inputs, old) {
		return n
	}
	return WithInputs(n, inputs)
}

// WithInputs returns a node like n over other inputs, which must be as many; n itself where they are the same.
func WithInputs(n Node, inputs []Node) Node {
	if slices.Equal(n.Inputs(), inputs) {
		return n
	}
	switch n := n.(type) {
	case *Join:
		c := *n
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *Union:
		c := *n
		c.Ins = inputs
		return &c
	}
	return withInput(n, inputs[0])
}

// withInput returns a node that has one input over another one; n itself where it is the same.
func withInput(n, in Node) Node {
	if inputOf(n) == in {
		return n
	}
	switch n := n.(type) {
	case *Filter:
		c := *n
		c.Input = in
		return &c
	case *Project:
		c := *n
		c.Input = in
		return &c
	case *Aggregate:
		c := *n
		c.Input = in
		return &c
	case *Window:
		c := *n
		c.Input = in
		return &c
	case *Sort:
		c := *n
		c.Input = in
		return &c
	case *Limit:
		c := *n
		c.Input = in
		return &c
	case *Expand:
		c := *n
		c.Input = in
		return &c
	case *Lookup:
		c := *n
		c.Input = in
		return &c
	case *Sequence:
		c := *n
		c.Input = in
		return &c
	case *Correlate:
		c := *n
		c.Input = in
		return &c
	case *Trace:
		c := *n
		c.Input = in
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
	switch n := n.(type) {
	case *Filter:
		if where := t.one(n.Where); t.changed {
			c := *n
			c.Where = where
			return &c
		}
	case *Project:
		if out := t.assigns(n.Out); t.changed {
			c := *n
			c.Out = out
			return &c
		}
	case *Aggregate:
		aggs := t.aggs(n.Aggs)
		if by := t.assigns(n.By); t.changed {
			c := *n
			c.Aggs, c.By = aggs, by
			return &c
		}
	case *Window:
		out := append([]WindowFunc(nil), n.Out...)
		for i, f := range n.Out {
			out[i].Args = t.list(f.Args)
		}
		if partition, order := t.list(n.PartitionBy), t.keys(n.OrderBy); t.changed {
			c := *n
			c.Out, c.PartitionBy, c.OrderBy = out, partition, order
			return &c
		}
	case *Sort:
		if keys := t.keys(n.Keys); t.changed {
			c := *n
			c.Keys = keys
			return &c
		}
	case *Join:
		keys := append([]JoinKey(nil), n.Keys...)
		for i, k := range n.Keys {
			keys[i] = JoinKey{t.one(k.Left), t.one(k.Right)}
		}
		if on, out := t.one(n.On), t.assigns(n.Out); t.changed {
			c := *n
			c.Keys, c.On, c.Out = keys, on, out
			return &c
		}
	case *Expand:
		if lists := t.assigns(n.Lists); t.changed {
			c := *n
			c.Lists = lists
			return &c
		}
	case *Lookup:
		keys := append([]LookupKey(nil), n.Keys...)
		for i, k := range n.Keys {
			keys[i].Value = t.one(k.Value)
		}
		if t.changed {
			c := *n
			c.Keys = keys
			return &c
		}
	case *Sequence:
		time, by := t.one(n.Time), t.list(n.By)
		steps := append([]Step(nil), n.Steps...)
		for i, s := range n.Steps {
			steps[i].When, steps[i].Keeps = t.one(s.When), t.assigns(s.Keeps)
		}
		if t.changed {
			c := *n
			c.Time, c.By, c.Steps = time, by, steps
			return &c
		}
	case *Trace:
		c := *n
		c.By = t.list(n.By)
		c.Steps = slices.Clone(n.Steps)
		for i, s := range n.Steps {
			c.Steps[i].When, c.Steps[i].Set, c.Steps[i].Keep = t.one(s.When), t.list(s.Set), slices.Clone(s.Keep)
			for j, m := range s.Keep {
				c.Steps[i].Keep[j].Value = t.one(m.Value)
			}
		}
		if t.changed {
			return &c
		}
	case *Correlate:
		c := *n
		c.Time, c.Arrival, c.Rank = t.one(n.Time), t.one(n.Arrival), t.one(n.Rank)
		c.By, c.Aggs, c.Keeps = t.assigns(n.By), t.aggs(n.Aggs), t.assigns(n.Keeps)
		c.Chains = slices.Clone(n.Chains)
		for i, chain := range n.Chains {
			c.Chains[i].Steps = t.list(chain.Steps)
		}
		c.When = t.one(n.When)
		if t.changed {
			return &c
		}
	}
	return n
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

// A list of which nothing changes stays the one it is.
func (t *exprChanger) list(list []Expr) []Expr {
	out := slices.Clip(list)
	for i, e := range list {
		x := t.one(e)
		out = replaced(out, list, i, x, x != e)
	}
	return out
}

func (t *exprChanger) assigns(list []Assign) []Assign {
	out := slices.Clip(list)
	for i, a := range list {
		x := t.one(a.Value)
		out = replaced(out, list, i, Assign{a.Column, x}, x != a.Value)
	}
	return out
}

func (t *exprChanger) aggs(list []Agg) []Agg {
	out := slices.Clip(list)
	for i, a := range list {
		part := exprChanger{change: t.change}
		a.Args, a.Where, a.Order = part.list(a.Args), part.one(a.Where), part.keys(a.Order)
		out = replaced(out, list, i, a, part.changed)
		t.changed = t.changed || part.changed
	}
	return out
}

func (t *exprChanger) keys(list []Key) []Key {
	out := slices.Clip(list)
	for i, k := range list {
		x := k
		x.Value = t.one(k.Value)
		out = replaced(out, list, i, x, x.Value != k.Value)
	}
	return out
}
