package eval

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

var coalesce, firstFilled = fn.ByName("coalesce"), fn.ByName("first_filled")

// choosesFirst says whether a call gives the first of its arguments that has something, and those behind the first are only read: then
// nothing is missed if they are not.
func choosesFirst(e *plan.Call) bool {
	if e.Func != coalesce && e.Func != firstFilled || len(e.Args) == 0 {
		return false
	}
	for _, a := range e.Args[1:] {
		switch a.(type) {
		case *plan.Ref, *plan.Field, *plan.Literal, *plan.Param:
		default:
			return false
		}
	}
	return true
}

// choice gives the first value that is not null; filled says that it must not be an empty text either.
func choice(args []valueFunc, filled bool) valueFunc {
	return func(f *frame) event.Value {
		for _, a := range args {
			v := a(f)
			if v.IsNull() || filled && v.IsEmpty() {
				continue
			}
			if f.over() {
				return event.NullValue()
			}
			f.makes(v)
			return v
		}
		return event.NullValue()
	}
}
