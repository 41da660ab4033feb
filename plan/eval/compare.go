package eval

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Compare is the meaning of plan.Compare for two values: Unknown where one is Null or their kinds do not compare; on a List
// as the left side True where it is true of an element, else Unknown where it is so of one, else False.
func Compare(op plan.CompareOp, left, right event.Value) Verdict {
	if left.Kind() == event.List {
		greatest := False
		for _, e := range left.List() {
			if v := Compare(op, e, right); v > greatest {
				if v == True {
					return True
				}
				greatest = v
			}
		}
		return greatest
	}
	order, ok := fn.Compare(left, right)
	if !ok {
		return incomparable(op, left, right)
	}
	if left.Kind() == event.Object && op != plan.Equal && op != plan.NotEqual {
		return Unknown
	}
	switch op {
	case plan.Equal:
		return verdict(order == 0)
	case plan.NotEqual:
		return verdict(order != 0)
	case plan.Less:
		return verdict(order < 0)
	case plan.LessEqual:
		return verdict(order <= 0)
	case plan.Greater:
		return verdict(order > 0)
	case plan.GreaterEqual:
		return verdict(order >= 0)
	}
	return Unknown
}

// incomparable decides what has no order: a NaN differs from every number and is neither less nor greater.
func incomparable(op plan.CompareOp, left, right event.Value) Verdict {
	number := func(v event.Value) bool {
		return v.Kind() == event.Int || v.Kind() == event.Float || v.Kind() == event.Decimal
	}
	if number(left) && number(right) {
		return verdict(op == plan.NotEqual)
	}
	return Unknown
}
