package exec

import (
	"goshawk/event"
	"goshawk/plan"
)

// call gives a function of several columns a kernel that computes its arguments column by column.
func (s *scope) call(x *expr, e *plan.Call) error {
	if e.Func.Eval == nil || e.Func.Fails != nil || len(x.slots) < 2 && !x.rest {
		return nil
	}
	args := make([]*expr, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = s.compile(a); err != nil {
			return err
		}
	}
	kernel, strict := e.Func.Eval, e.Func.Strict
	x.vector = func(b *Batch) Vector {
		columns := make([]Vector, len(args))
		for i, a := range args {
			columns[i] = a.value(b)
		}
		values, out, held := make([]event.Value, len(args)), Builder{}, purse{most: x.most}
	rows:
		for r := range b.Len {
			for i, c := range columns {
				values[i] = c.At(r)
				if strict && values[i].IsNull() {
					out.Append(event.NullValue())
					continue rows
				}
			}
			out.Append(held.own(kernel(values)))
		}
		return out.Finish()
	}
	return nil
}
