package spl

import (
	"goshawk/plan"
)

var headOptions = []string{"limit", "null", "keeplast"}

var _ = define(spec{
	name: "head", doc: "Keeps the first rows, 10 unless told, or those before a condition is false for the first time.",
	parse: func(a *args) stage {
		s := &headStage{limit: -1}
		for !a.done() {
			if name, v, ok := a.option(headOptions...); ok {
				switch name {
				case "limit":
					s.limit = a.count(v)
				case "null":
					s.null = a.yes(v)
				case "keeplast":
					s.keepLast = a.yes(v)
				}
				continue
			}
			switch c := a.peek(); {
			case c == '(' && s.while == nil:
				inner, ok := a.group()
				if !ok {
					return nil
				}
				s.while = inner.eval()
				inner.rest()
				if s.while == nil {
					return nil
				}
				continue
			case isDigit(c) && s.limit < 0:
				v, _ := a.value()
				s.limit = a.count(v)
				continue
			}
			if !a.unknownOption(headOptions...) {
				break
			}
		}
		a.rest()
		if s.limit < 0 && s.while == nil {
			s.limit = 10
		}
		return s
	},
})

type headStage struct {
	limit          int64 // -1: none
	while          expr
	null, keepLast bool
}

func (s *headStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	if s.while != nil {
		stop := plan.Expr(&plan.Case{Arms: []plan.Arm{{When: l.holds(s.while, out, true), Then: null()}}, Else: intLiteral(1)})
		if s.null {
			stop = &plan.Case{Arms: []plan.Arm{{When: l.holds(s.while, out, false), Then: intLiteral(1)}}}
		}
		stopped := l.over(out, "stopped", "count", plan.Frame{Preceding: -1, ExcludeCurrent: s.keepLast}, nil, stop)
		out.node = &plan.Filter{Input: out.node, Where: &plan.Compare{Op: plan.Equal, Left: stopped, Right: intLiteral(0)}}
	}
	if s.limit >= 0 {
		out.node = &plan.Limit{Input: out.node, Count: s.limit}
	}
	return out
}
