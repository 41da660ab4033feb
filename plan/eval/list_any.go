package eval

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

var listAny, toList = fn.ByName("list_any"), fn.ByName("to_list")

// anyOf returns what a call of list_any is about and the condition on its elements; false for any other expression.
func anyOf(e plan.Expr) (of plan.Expr, condition *plan.Lambda, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || call.Func != listAny || len(call.Args) != 2 {
		return nil, nil, false
	}
	condition, ok = call.Args[1].(*plan.Lambda)
	return call.Args[0], condition, ok && len(condition.Params) == 1
}

// anyElement compiles a call of list_any without a list of a value that is none: conditions on what may be a list, and hardly ever is,
// are asked of very many events.
func (c *compiler) anyElement(of plan.Expr, condition *plan.Lambda) truthFunc {
	onNull := Unknown
	if call, ok := of.(*plan.Call); ok && call.Func == toList && len(call.Args) == 1 {
		of, onNull = call.Args[0], False
	}
	value, depth := c.value(of), len(c.params)
	c.params = append(c.params[:depth:depth], condition.Params...)
	holds := c.truth(condition.Body)
	c.params = c.params[:depth]
	return func(f *frame) Verdict {
		switch v := value(f); v.Kind() {
		case event.Null:
			return onNull
		case event.List:
			for _, element := range v.List() {
				if f.with(depth, element, holds) == True {
					return True
				}
			}
			return False
		default:
			return verdict(f.with(depth, v, holds) == True)
		}
	}
}

// with returns the truth of a condition where the parameter of a depth is a value; False where functions have made more than they may.
func (f *frame) with(depth int, v event.Value, condition truthFunc) Verdict {
	if f.made += callCost; f.over() {
		return False
	}
	for len(f.params) <= depth {
		f.params = append(f.params, event.Value{})
	}
	f.params[depth] = v
	return condition(f)
}
