package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Functions whose result or meaning depends on more than the values of their arguments.

var _ = defineFunction(function{
	name: "isempty", doc: "whether a value is an empty text or null", takes: "value:scalar", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value { return b.isEmpty(at, args[0]) },
})

var _ = defineFunction(function{
	name: "isnotempty", aliases: []string{"notempty"}, doc: "whether a value is neither an empty text nor null", takes: "value:scalar", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return denied(b.mark(columnOf(at), at.span()), b.isEmpty(at, args[0]))
	},
})

// isEmpty says whether the text of a value is empty.
func (b *binder) isEmpty(at *call, v value) value {
	marked := b.mark(columnOf(at), at.span())
	if k, ok := v.constant(); ok {
		return value{expr: boolLiteral(k.IsNull() || k.Text() == ""), typ: schema.Bool}
	}
	switch {
	case v.typ == schema.String:
		return value{expr: &plan.Match{Marked: marked, Subject: v.exact(), Op: plan.Equals, Patterns: []plan.Pattern{{}}}, typ: schema.Bool}
	case v.open():
		return value{expr: &plan.Match{Marked: marked, Subject: v.to(schema.String).exact(), Op: plan.Equals, Patterns: []plan.Pattern{{}}}, typ: schema.Bool}
	}
	return value{expr: &plan.IsNull{Marked: marked, X: v.exact()}, typ: schema.Bool}
}

var _ = defineFunction(function{
	name: "isnull", doc: "whether a value is null, which a text never is", takes: "value:scalar", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value { return b.isNull(at, args[0]) },
})

var _ = defineFunction(function{
	name: "isnotnull", aliases: []string{"notnull"}, doc: "whether a value is not null", takes: "value:scalar", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return denied(b.mark(columnOf(at), at.span()), b.isNull(at, args[0]))
	},
})

func (b *binder) isNull(at *call, v value) value {
	k, ok := v.constant()
	switch {
	case v.typ == schema.String:
		return value{expr: boolLiteral(false), typ: schema.Bool}
	case ok:
		return value{expr: boolLiteral(k.IsNull()), typ: schema.Bool}
	}
	return value{expr: &plan.IsNull{Marked: b.mark(columnOf(at), at.span()), X: v.exact()}, typ: schema.Bool}
}

var _ = defineFunction(function{
	name: "coalesce", doc: "the first value that is neither null nor an empty text", takes: "value:scalar, more:scalar…", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		t := args[0]
		for _, v := range args[1:] {
			t = value{typ: common(t, v)}
		}
		e := &plan.Case{}
		for _, v := range args[:len(args)-1] {
			there := not(b.isNull(at, v))
			if t.typ == schema.String {
				there = not(b.isEmpty(at, v.to(schema.String)))
			}
			e.Arms = append(e.Arms, plan.Arm{When: there.exact(), Then: v.cast(t.typ).exact()})
		}
		e.Else = args[len(args)-1].cast(t.typ).exact()
		return value{expr: plan.RewriteExpr(e), typ: t.typ}
	},
})

// extreme binds max_of and min_of, which ignore nulls.
func extreme(name, kernel, doc string) *function {
	return defineFunction(function{
		name: name, doc: doc, takes: "value:scalar, more:scalar…?", naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			t := args[0]
			for _, v := range args[1:] {
				t = value{typ: common(t, v)}
			}
			exprs := make([]plan.Expr, len(args))
			for i, v := range args {
				exprs[i] = v.cast(t.typ).exact()
			}
			return made(t.typ, kernel, exprs...)
		},
	})
}

var (
	_ = extreme("max_of", "greatest", "the greatest of some values")
	_ = extreme("min_of", "least", "the least of some values")
)

// rounding binds bin and floor: the greatest multiple of a size that is not above a value.
func rounding(name string, aliases ...string) *function {
	return defineFunction(function{
		name: name, aliases: aliases, doc: "the value rounded down to a multiple of a size", takes: "value:ordered, size:ordered?", naming: nameFirst,
		bind: func(b *binder, c *context, at *call, args []value) value {
			t := args[0].typ
			if args[0].open() && len(args) > 1 {
				t = args[1].typ
				if t == schema.Timespan {
					t = schema.Datetime
				}
				args[0] = args[0].to(t)
			}
			size := literalValue(event.IntValue(1), schema.Long)
			if len(args) > 1 {
				size = args[1]
			}
			if numeric(t) && size.typ == schema.Real && t != schema.Real {
				t = schema.Real
				args[0] = args[0].to(t)
			} else if t == schema.Real {
				size = size.cast(schema.Real)
			}
			return made(t, "bin", args[0].exact(), size.exact())
		},
	})
}

var (
	_ = rounding("bin", "bin_auto")
	_ = rounding("floor")
)

var _ = defineFunction(function{
	name: "bin_at", doc: "the value rounded down to a multiple of a size, counted from a point", takes: "value:ordered, size:ordered, point:ordered", gives: "value", kernel: "bin_at", naming: nameFirst,
})

var _ = defineFunction(function{
	name: "column_ifexists", aliases: []string{"columnifexists"}, doc: "the column of a name, or a default where there is none", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		if len(x.args) != 2 {
			b.errorf(x.span(), "argument-count", "KS119", "column_ifexists takes 2 arguments, not %d", len(x.args))
			return wrong()
		}
		var text string
		if n, ok := bare(x.args[0].value).(*name); ok && c.scope.find(n.text) == nil {
			text = n.text
		} else {
			k, ok := b.constant(&context{scope: c.scope}, x.args[0].value, schema.String)
			if !ok {
				return wrong()
			}
			text = k.Text()
		}
		if c.in != nil {
			if col := c.in.find(text); col != nil {
				v := col.value()
				if other := b.expr(c, x.args[1].value); numeric(v.typ) && numeric(other.typ) {
					return v.cast(wider(v.typ, other.typ))
				}
				return v
			}
			if c.in.star != nil {
				other := b.expr(c, x.args[1].value)
				v := b.name(c, &name{at: x.at, text: text})
				return value{expr: apply("if_null", v.exact(), other.exact()), typ: schema.Any}
			}
		}
		return b.expr(c, x.args[1].value)
	},
})

var _ = defineFunction(function{
	name: "ingestion_time", doc: "when the row came in", gives: "datetime", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value { return b.ingestionTime(c, x) },
})

// ingestionTime returns the column of each table that says when a row arrived.
func (b *binder) ingestionTime(c *context, x *call) value {
	if c.in != nil {
		if col := c.in.find("$ingestion"); col != nil {
			at := col.value()
			if logged := c.in.find("TimeGenerated"); logged != nil && logged.typ == schema.Datetime { // who read it from a file says no more than when it happened
				at.expr = apply("coalesce", at.exact(), logged.value().exact())
			}
			return at
		}
	}
	return literalValue(event.NullValue(), schema.Datetime)
}
