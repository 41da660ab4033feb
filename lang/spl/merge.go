package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// pairing is two relations of which rows are put side by side, as join and its kin do.
type pairing struct {
	left, right *relation
	node        *plan.Join // Left, Right and Out are filled in by merged
	// overwrite says which value stays where both sides have one: the right's or the left's.
	overwrite bool
	// keys are fields that are equal on both sides; the left's stay.
	keys []string
	// internal says that internal fields of the right, those that begin with _, are left out.
	internal bool
}

// merged puts rows side by side. The left side keeps all its columns, so that a scan there can still be asked for more.
func (l *lowering) merged(p pairing, by string) *relation {
	left, right := p.left, p.right
	if !right.exact() {
		l.everything(left)
	}
	// Of a name that only the rows of one side know, that side is asked as well; a field that was taken away here may come back.
	if right.star != nil {
		for _, name := range append(left.names[:len(left.names):len(left.names)], goneFrom(left)...) {
			if e, ok := l.find(right, name); ok && !right.has(name) {
				right.set(name, e)
			}
		}
	}
	key := map[string]bool{}
	for _, name := range p.keys {
		key[name] = true
	}
	out := left.clone()
	for _, name := range right.names {
		re := right.fields.of(name)
		if key[name] || p.internal && strings.HasPrefix(name, "_") || re == nil {
			continue
		}
		logged := right.logged.of(name)
		if le, ok := l.find(left, name); ok {
			logged = logged && left.logged.of(name)
			if p.overwrite {
				re = apply("coalesce", re, le)
			} else {
				re = apply("coalesce", le, re)
			}
		}
		out.set(name, re)
		if logged {
			out.logged.put(name, true)
		}
	}
	if right.star != nil {
		objects := []plan.Expr{l.others(right)}
		if left.star != nil {
			objects = append(objects, left.star)
			if !p.overwrite {
				objects[0], objects[1] = objects[1], objects[0]
			}
		}
		out.star = apply("merge", objects...)
	}
	node := p.node
	node.Left, node.Right = left.node, right.node
	node.Out = passed(left.node, right.node)
	out.node, out.by = node, by
	out.void = left.void || right.void && len(right.names) == 0
	if out.events != nil {
		out.events.through = append(out.events.through, node)
	}
	return out
}

// goneFrom returns the names of the fields that were taken away from rows, sorted.
func goneFrom(r *relation) []string {
	var list []string
	for _, name := range r.fields.sorted() {
		if r.fields.of(name) == nil {
			list = append(list, name)
		}
	}
	return list
}

// apart returns rows with columns of their own, which no other relation has.
func (l *lowering) apart(r *relation) *relation {
	out := l.close(r)
	for _, c := range out.node.Columns() {
		c.Name = l.column(c.Name, c.Type).Name
	}
	return out
}

// numbered adds a column that counts the rows from 1, in each group of rows that are equal in some expressions.
func (l *lowering) numbered(r *relation, by ...plan.Expr) *plan.Column {
	c := l.column("row", schema.Long)
	r.node = &plan.Window{Input: r.node, PartitionBy: by, Frame: plan.Frame{Preceding: -1, Following: -1},
		Out: []plan.WindowFunc{{Column: c, Func: fn.AggregateByName("row_number")}}}
	return c
}

// atMost keeps the rows whose number is not greater.
func atMost(n plan.Node, number *plan.Column, most int64) plan.Node {
	return &plan.Filter{Input: n, Where: &plan.Compare{Op: plan.LessEqual, Left: &plan.Ref{Column: number}, Right: intLiteral(most)}}
}

// passed returns all columns of two inputs as they are.
func passed(inputs ...plan.Node) []plan.Assign {
	var out []plan.Assign
	for _, n := range inputs {
		for _, c := range n.Columns() {
			out = append(out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
		}
	}
	return out
}
