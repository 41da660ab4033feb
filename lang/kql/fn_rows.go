package kql

import (
	"goshawk/plan"
	"goshawk/schema"
)

// Functions of the rows before and behind, which need rows in an order: behind sort, top, range or serialize.

// inOrder returns the rows that a row function looks at; nil after a complaint.
func (b *binder) inOrder(c *context, at *call) *relation {
	if c.in == nil {
		b.errorf(at.span(), "row-order", "", "%s stands in expressions over rows only", at.fn.text)
		return nil
	}
	if !c.in.order {
		b.errorf(at.span(), "row-order", "", "%s needs rows in an order", at.fn.text).Hint = "sort them before, or write `| serialize` if their order is what it should be"
		return nil
	}
	return c.in
}

// overRows computes a ranking function of the catalogue for each row.
func (b *binder) overRows(r *relation, kernel string, t schema.Type, backwards bool, args ...plan.Expr) value {
	w := &plan.Window{Input: r.node, Frame: plan.Frame{Preceding: -1}}
	for _, g := range r.group {
		w.PartitionBy = append(w.PartitionBy, &plan.Ref{Column: g})
	}
	if backwards {
		number := b.temp("row", schema.Long)
		first := *w
		first.Out = []plan.WindowFunc{{Column: number, Func: aggregateNamed("row_number")}}
		w.Input = &first
		w.OrderBy = []plan.Key{{Value: &plan.Ref{Column: number}, Descending: true}}
	}
	out := b.temp(kernel, t)
	w.Out = []plan.WindowFunc{{Column: out, Func: aggregateNamed(kernel), Args: args}}
	r.node = w
	return value{expr: &plan.Ref{Column: out}, typ: t}
}

// neighbour is prev and next: the value of a row so many rows away, or a default.
func neighbour(name, doc string, backwards bool) *function {
	return defineFunction(function{
		name: name, doc: doc, takes: "value:scalar, offset:long?, default:scalar?", naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			r := b.inOrder(c, at)
			if r == nil {
				return wrong()
			}
			t := args[0].typ
			offset, otherwise := whole(1), plan.Expr(emptyOf(t))
			if len(args) > 1 {
				offset = args[1].exact()
			}
			if len(args) > 2 {
				if otherwise = args[2].cast(t).exact(); isNullLiteral(args[2]) {
					otherwise = emptyOf(t)
				}
			}
			v := b.overRows(r, "lag", t, backwards, args[0].exact(), offset, otherwise)
			v.path = args[0].path
			return v
		},
	})
}

var (
	_ = neighbour("prev", "the value of a row before", false)
	_ = neighbour("next", "the value of a row behind", true)
)

var _ = defineFunction(function{
	name: "row_number", doc: "the number of the row, counted anew where a condition holds", takes: "start:long?, restart:bool?", gives: "long", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		r := b.inOrder(c, at)
		if r == nil {
			return wrong()
		}
		var restart []plan.Expr
		if len(args) > 1 {
			restart = append(restart, args[1].condition())
		}
		v := b.overRows(r, "row_number", schema.Long, false, restart...)
		if len(args) > 0 {
			if k, ok := args[0].constant(); !ok || k.Int() != 1 {
				v.expr = apply("subtract", apply("add", v.exact(), args[0].exact()), whole(1))
			}
		}
		return v
	},
})

// running registers a function of a value of the row and those before; its type is that of the value or a given one.
func running(name, doc, takes, gives, kernel string) *function {
	return defineFunction(function{
		name: name, doc: doc, takes: takes, gives: gives, naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			r := b.inOrder(c, at)
			if r == nil {
				return wrong()
			}
			f := functions[at.fn.text]
			t := f.result
			if f.same >= 0 {
				t = args[f.same].typ
			}
			exprs := make([]plan.Expr, len(args))
			for i, a := range args {
				if exprs[i] = a.exact(); a.typ == schema.Bool && i > 0 {
					exprs[i] = a.condition()
				}
			}
			return b.overRows(r, kernel, t, false, exprs...)
		},
	})
}

var (
	_ = running("row_cumsum", "the sum up to the row", "value:number, restart:bool?", "value", "kql_row_cumsum")
	_ = running("row_rank_dense", "the rank of the row, without gaps", "value:scalar, restart:bool?", "long", "kql_row_rank_dense")
	_ = running("row_rank_min", "the rank of the row, with gaps", "value:scalar, restart:bool?", "long", "kql_row_rank_min")
	_ = running("row_rank", "the rank of the row, without gaps", "value:scalar, restart:bool?", "long", "kql_row_rank_dense")
	_ = running("row_window_session", "the time of the first row of the row's session", "time:datetime, from_first:timespan, from_last:timespan, restart:bool?", "time", "kql_row_window_session")
)
