package stream

import (
	"goshawk/plan"
	"goshawk/plan/fn"
)

var listAny, toList, toText = fn.ByName("list_any"), fn.ByName("to_list"), fn.ByName("to_text")

// ofAny returns the literals of a condition that some element of a value meets another one; it has none where that can be true
// without any, or where they would have to be looked for in a computed value. What is looked for is what a value that is no list
// would need; a list says nothing, so that it counts as a find.
func (s *sketches) ofAny(e plan.Expr) *sketch {
	key := sketchKey{subject: e}
	if known := s.get(key); known != nil {
		return known
	}
	found := &sketch{}
	if call, ok := e.(*plan.Call); ok && call.Func == listAny {
		if body, ok := call.Args[1].(*plan.Lambda); ok && len(body.Params) == 1 {
			items := call.Args[0]
			if call, ok := items.(*plan.Call); ok && call.Func == toList {
				items = call.Args[0]
			}
			a := anyElement{sketches: s, items: items, element: body.Params[0]}
			if n := a.need(body.Body, false); n != nil {
				found = n
			}
		}
	}
	return s.put(key, found)
}

// anyElement finds what a condition on an element of a value needs.
type anyElement struct {
	sketches *sketches
	items    plan.Expr
	element  string
}

// need returns the literals of a condition on the element, nil if it can be true without any. negated asks for those of its opposite.
func (a *anyElement) need(e plan.Expr, negated bool) *sketch {
	switch e := e.(type) {
	case *plan.Not:
		return a.need(e.X, !negated)
	case *plan.And:
		return a.needOf(e.List, negated, negated)
	case *plan.Or:
		return a.needOf(e.List, negated, !negated)
	case *plan.Match:
		if !negated {
			return a.match(e)
		}
	}
	return nil
}

// needOf returns the literals of conditions of which one must hold, or all.
func (a *anyElement) needOf(list []plan.Expr, negated, one bool) *sketch {
	var out *sketch
	for _, x := range list {
		n := a.need(x, negated)
		switch {
		case !one:
			if n != nil && (out == nil || n.cost < out.cost) {
				out = n
			}
		case n == nil:
			return nil
		case out == nil:
			out = n
		default:
			out.literals = append(out.literals, n.literals...)
			out.cost += n.cost
		}
	}
	return out
}

func (a *anyElement) match(m *plan.Match) *sketch {
	if len(m.Patterns) == 0 {
		return nil
	}
	d := drafting{match: m, subject: plan.TransformExpr(m.Subject, func(e plan.Expr) plan.Expr {
		switch e := e.(type) {
		case *plan.Param:
			if e.Name == a.element {
				return a.items
			}
		case *plan.Call:
			if e.Func == toText && e.Args[0] == a.items {
				return a.items
			}
		}
		return e
	})}
	d.origins = a.sketches.originsOf(d.subject)
	found := d.whole()
	if found == nil {
		return nil
	}
	for i := range found.literals {
		l := &found.literals[i]
		if l.from == nil {
			l.from = d.subject
		}
		if _, isField := l.from.(*plan.Field); !isField {
			return nil
		}
		l.pattern, l.derived, l.elements = -1, true, false
	}
	found.cost *= regexpCost
	return found
}
