package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
)

// When a run ends, the rows of one side of a join are all there before those of the other are asked for. Rows of the other whose key
// the first side does not have give nothing, and where the key follows from columns of a Scan they are left out before anything is
// done with them: before they are expanded, grouped and sorted, whole groups at a time.

// reduction is a key of one side of a join, as an expression over the columns of the Scan that the side reads.
type reduction struct {
	join int // the number of the join among the nodes
	side int
	key  int
	x    *expr
}

// reducible are the kinds of join of which rows of a side give nothing and change nothing if they have no partner.
var reducible = map[int][]plan.JoinKind{
	fromLeft:  {plan.Inner, plan.LeftSemi, plan.RightOuter, plan.RightSemi, plan.RightAnti},
	fromRight: {plan.Inner, plan.LeftOuter, plan.LeftSemi, plan.LeftAnti, plan.RightSemi},
}

// reduce notes how a side of a join can be reduced, which reads one Scan, the leaf of this number.
func (c *compiler) reduce(n *plan.Join, number, side, leaf int) {
	if !slices.Contains(reducible[side], n.Kind) {
		return
	}
	in := n.Left
	if side == fromRight {
		in = n.Right
	}
	for i, k := range n.Keys {
		key := k.Left
		if side == fromRight {
			key = k.Right
		}
		scan, e := scannedKey(in, key)
		if e == nil {
			continue
		}
		if c.q.reductions == nil {
			c.q.reductions = make(map[int][]reduction)
		}
		if x := c.expr(scan, c.scope(scan), e); x != nil {
			c.q.reductions[leaf] = append(c.q.reductions[leaf], reduction{number, side, i, x})
		}
	}
}

// scannedKey returns an expression over the columns of a node as one over the columns of the Scan below it; nil if it may not be told of a row
// of the Scan whether the rows that are made of it have this value, and nothing else depends on the row. That holds where the columns of
// the Scan that the expression reads are texts or Null: it only hands them on.
func scannedKey(n plan.Node, e plan.Expr) (*plan.Scan, plan.Expr) {
	for e != nil && handsTextOn(e) {
		if fails(n) {
			break
		}
		switch node := n.(type) {
		case *plan.Scan:
			if !readsOnly(e, node.Out) {
				return nil, nil
			}
			return node, e
		case *plan.Filter:
			if node.Why != "" { // what it drops is counted
				return nil, nil
			}
			n = node.Input
		case *plan.Sort:
			if node.Limit >= 0 {
				return nil, nil
			}
			n = node.Input
		case *plan.Project:
			e = replacedBy(e, func(c *plan.Column) plan.Expr { return assignedTo(node.Out, c, node.Extend) })
			n = node.Input
		case *plan.Expand:
			if len(node.Lists) != 1 || node.Limit == 0 {
				return nil, nil
			}
			e = replacedBy(e, func(c *plan.Column) plan.Expr { return assignedTo(node.Lists, c, true) })
			n = node.Input
		case *plan.Aggregate:
			e = replacedBy(e, func(c *plan.Column) plan.Expr { return groupedBy(node, c) })
			n = node.Input
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// handsTextOn says whether an expression of texts and Nulls is one of them.
func handsTextOn(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Ref:
		return true
	case *plan.Literal:
		return e.Value.Kind() == event.Text || e.Value.IsNull()
	case *plan.Call:
		switch e.Func.Name {
		case "coalesce", "to_text", "spl_text":
			return !slices.ContainsFunc(e.Args, func(a plan.Expr) bool { return !handsTextOn(a) })
		}
	}
	return false
}

// fails says whether an expression of the node may have no whole answer, which ends a run.
func fails(n plan.Node) bool {
	found := false
	plan.Exprs(n, func(e plan.Expr) {
		plan.WalkExpr(e, func(e plan.Expr) bool {
			call, ok := e.(*plan.Call)
			found = found || ok && call.Func.Fails != nil
			return !found
		})
	})
	return found
}

func readsOnly(e plan.Expr, columns []*plan.Column) bool {
	only, some := true, false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if ref, ok := e.(*plan.Ref); ok {
			only, some = only && slices.Contains(columns, ref.Column), true
		}
		return only
	})
	return only && some
}

// replacedBy returns an expression with others in the place of its columns; nil if one of them has none.
func replacedBy(e plan.Expr, by func(*plan.Column) plan.Expr) plan.Expr {
	complete := true
	e = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return e
		}
		if with := by(ref.Column); with != nil {
			return with
		}
		complete = false
		return e
	})
	if !complete {
		return nil
	}
	return e
}

// assignedTo returns what is assigned to a column; the column itself where nothing is and it may come from below, else nil.
func assignedTo(list []plan.Assign, c *plan.Column, below bool) plan.Expr {
	for _, a := range list {
		if a.Column == c {
			return a.Value
		}
	}
	if below {
		return &plan.Ref{Column: c}
	}
	return nil
}

// groupedBy returns what the rows of a group have in common that a column of the group shows: a value that they are grouped by, or the
// first of values whose texts they are grouped by.
func groupedBy(n *plan.Aggregate, c *plan.Column) plan.Expr {
	if by := assignedTo(n.By, c, false); by != nil {
		return by
	}
	for _, a := range n.Aggs {
		if a.Column != c || a.Func.Name != "first" || len(a.Args) != 1 || a.Distinct || a.Where != nil || len(a.Order) > 0 {
			continue
		}
		for _, by := range n.By {
			if call, ok := by.Value.(*plan.Call); ok && call.Func.Name == "to_text" && plan.Same(call.Args[0], a.Args[0]) {
				return a.Args[0]
			}
		}
	}
	return nil
}

// reduced returns those of the rows, all that the leaf is given, that can have partners in the joins above. Only the columns that keys are
// made of are looked at, so that the others need only be made of what stays.
func (r *Run) reduced(i int, g Gathered) (out Gathered) {
	list := r.query.reductions[i]
	if len(list) == 0 || r.query.options.Watch != nil || r.inlets[i].stat.In > 0 {
		return g
	}
	whole := g
	defer func() {
		switch p := recover().(type) {
		case nil:
		case overflow, incomplete:
			out = whole
		default:
			panic(p)
		}
	}()
	for _, one := range list {
		known := r.joins[one.join].known(one.side, one.key)
		if known == nil || len(g.Lines) == 0 {
			continue
		}
		b := g.part(one.x.slots)
		if slices.ContainsFunc(one.x.slots, func(slot int) bool { return !textual(b.Cols[slot]) }) {
			continue
		}
		numbers := make([]int32, b.Len)
		known.number(one.x.value(b), nullsDrop, false, numbers)
		if rows := having(identity(b.Len), numbers); len(rows) < b.Len {
			g = g.pick(rows)
		}
	}
	return g
}

// textual says whether all values of a vector are texts or Null.
func textual(v Vector) bool {
	switch v := v.(type) {
	case *Texts, *Words:
		return true
	case *Same:
		return v.val.Kind() == event.Text || v.val.IsNull()
	}
	return false
}

// known returns the values of a key that the other side of a join has; nil while not all of its rows are there.
func (o *join) known(side, key int) *interner {
	if side == fromLeft {
		if !o.right || o.keys.columns == nil {
			return nil
		}
		return &o.keys.columns[key]
	}
	if !o.left || o.right {
		return nil
	}
	if o.lefts == nil {
		o.lefts = make([]interner, len(o.leftKeys))
		var numbers []int32
		for _, b := range o.waiting.batches {
			numbers = append(numbers[:0], make([]int32, b.Len)...)
			for k, v := range valuesOf(o.leftKeys, b) {
				o.lefts[k].number(v, nullsDrop, true, numbers)
			}
		}
	}
	return &o.lefts[key]
}

// order returns the leaves in the order in which a run that ends had best be fed: of a join the side first that has fewer rows, so that
// the other can be reduced.
func (r *Run) order(rows func(leaf int) int) []int {
	leaf := 0
	var of func(n plan.Node) (order []int, most int)
	of = func(n plan.Node) (order []int, most int) {
		inputs := n.Inputs()
		if len(inputs) == 0 {
			leaf++
			return []int{leaf - 1}, rows(leaf - 1)
		}
		_, joins := n.(*plan.Join)
		for i, in := range inputs {
			part, n := of(in)
			if joins && i == 1 && n <= most {
				order = append(part, order...)
			} else {
				order = append(order, part...)
			}
			most += n
		}
		return order, most
	}
	order, _ := of(r.query.node)
	return order
}
