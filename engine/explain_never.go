package engine

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// neverIn returns the marks of the clauses of a condition over the rows of a plan that ask only for what records of a class never have.
func (x *Explainer) neverIn(where plan.Expr, rows plan.Node, class *event.Class) map[*plan.Mark]bool {
	if where == nil {
		return nil
	}
	never := map[*plan.Mark]bool{}
	plan.WalkExpr(where, func(e plan.Expr) bool {
		switch e.(type) {
		case *plan.And, *plan.Or:
			return true
		}
		m := e.Mark()
		if _, not := e.(*plan.Not); not && m == nil {
			return true
		}
		if m != nil && x.lacks(e, rows, class) {
			never[m] = true
		}
		return false
	})
	return never
}

// lacks says whether an expression reads something, and nothing that records of a class can have.
func (x *Explainer) lacks(e plan.Expr, rows plan.Node, class *event.Class) bool {
	reads, has := false, false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Ref:
			reads = true
			has = has || !x.columnLacks(e.Column, rows, class)
		case *plan.Field:
			reads = true
			has = has || !x.fieldLacks(e.Name, class)
		case *plan.Fields, *plan.Everything:
			has = true
		}
		return !has
	})
	return reads && !has
}

// columnLacks says whether a column of the rows of a plan is made of nothing but what records of a class never have.
func (x *Explainer) columnLacks(c *plan.Column, rows plan.Node, class *event.Class) bool {
	switch n := rows.(type) {
	case *plan.Scan:
		return slices.Contains(n.Out, c) && x.scannedLacks(c.Name, class)
	case *plan.Filter, *plan.Sort, *plan.Limit:
		return x.columnLacks(c, n.Inputs()[0], class)
	case *plan.Project:
		for _, a := range n.Out {
			if a.Column != c {
				continue
			}
			if ref, ok := a.Value.(*plan.Ref); ok {
				return x.columnLacks(ref.Column, n.Input, class)
			}
			return a.Value != nil && x.lacks(a.Value, n.Input, class)
		}
		return slices.Contains(n.Input.Columns(), c) && x.columnLacks(c, n.Input, class)
	}
	return false
}

// scannedLacks says whether records of a class never have a column of a Scan.
func (x *Explainer) scannedLacks(column string, class *event.Class) bool {
	switch column {
	case "@timestamp", "event.original", "log.file.path", "log.record", "log.offset", "*": // those of the carrier, and all that there is
		return false
	}
	if plan.CarrierFirst(column) || strings.HasSuffix(column, "/*") {
		return false
	}
	if !x.taxonomy.Has(class, column) {
		return true
	}
	switch source := x.taxonomy.Source(class, column).(type) {
	case *plan.Field:
		return x.fieldLacks(source.Name, class)
	case *plan.Literal: // what a data model says where records have nothing
		return strings.HasPrefix(column, "cim/") && source.Value.Text() == "unknown"
	}
	return false
}

// fieldLacks says whether records of a class are known never to have a field of this name.
func (x *Explainer) fieldLacks(name string, class *event.Class) bool {
	fields, known := x.taxonomy.NativeFields(class)
	return known && !slices.ContainsFunc(fields, func(f string) bool {
		return strings.EqualFold(f, name) || strings.EqualFold(strings.ReplaceAll(f, " ", ""), name)
	})
}
