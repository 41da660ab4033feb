package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

// unitedRows are the rows of several relations some of which have fields that nobody named. Such a field becomes a column of its own when
// it is asked for, so that the scans below are asked for it alone and need not give an object of all that there is.
type unitedRows struct {
	node   *plan.Union // of Projects
	star   *plan.Column
	parts  []*relation // as they were below the Projects, before their further fields became objects
	fields map[string]plan.Expr
}

// unitedField returns what a field is that only star has, as a column of the union that the rows are of; nil where they cannot be asked.
func (l *lowering) unitedField(r *relation, name string) plan.Expr {
	u := r.united
	if ref, ok := r.star.(*plan.Ref); !ok || u == nil || ref.Column != u.star || !passesAll(r.node, u.node) {
		return nil
	}
	if e, known := u.fields[name]; known {
		return e
	}
	u.fields[name] = nil // unless all parts can be asked
	values := make([]plan.Expr, len(u.parts))
	for i, part := range u.parts {
		if part.events != nil && part.events.dataset != nil && part.events.open {
			return nil
		}
		asked := part.clone()
		if e, ok := l.find(asked, name); ok {
			values[i] = e
		}
		if asked.node != part.node { // it is above what the union reads
			return nil
		}
	}
	c := l.column(name, schema.Any)
	u.node.Out = append(u.node.Out, c)
	for i, e := range values {
		var from *plan.Column
		if e != nil {
			from = l.column(name, schema.Any)
			p := u.node.Ins[i].(*plan.Project)
			p.Out = append(p.Out, plan.Assign{Column: from, Value: e})
		}
		u.node.From[i] = append(u.node.From[i], from)
	}
	u.fields[name] = &plan.Ref{Column: c}
	return u.fields[name]
}

// passesAll says whether rows have all columns of a node below them, also such as it is given later.
func passesAll(n, below plan.Node) bool {
	for n != below {
		switch of := n.(type) {
		case *plan.Filter, *plan.Sort, *plan.Limit, *plan.Expand, *plan.Lookup, *plan.Window:
			n = of.Inputs()[0]
		case *plan.Project:
			if !of.Extend {
				return false
			}
			n = of.Input
		default:
			return false
		}
	}
	return true
}
