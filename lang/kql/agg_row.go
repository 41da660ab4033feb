package kql

import (
	"math"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Aggregates that give columns of one row of a group.

var nan = event.FloatValue(math.NaN())

// extremeRow is arg_max and arg_min: the columns of the row with the greatest or least value of an expression.
func extremeRow(word, legacy, prefix string) *aggregate {
	return defineAggregate(aggregate{
		name: word, aliases: []string{legacy}, doc: "columns of the row in which an expression has its " + prefix,
		raw: func(b *binder, c *context, x *call) []assigned {
			if len(x.args) == 0 {
				b.errorf(x.span(), "argument-count", "KS119", "%s takes an expression and columns", word)
				return nil
			}
			by := b.expr(c, x.args[0].value)
			if by.bad {
				return nil
			}
			old := x.fn.text == legacy
			first := defaultName(x.args[0].value)
			switch given := x.args[0].name; {
			case given != nil:
				first = given.text
			case old:
				first = prefix + "_" + argumentName(x.args[0].value)
			case first == "":
				first = prefix + "_"
			}
			list := []assigned{{first, by}}
			for i, a := range x.args[1:] {
				if _, all := a.value.(*star); all {
					for _, col := range c.in.visible() {
						if n, ok := bare(x.args[0].value).(*name); (!ok || n.text != col.name) && !c.aggs.groups(col) {
							list = append(list, assigned{col.name, col.value()})
						}
					}
					if c.in.star != nil {
						list = append(list, assigned{"*", value{expr: &plan.Ref{Column: c.in.star}, typ: schema.Dynamic}})
					}
					continue
				}
				v := b.expr(c, a.value)
				if v.bad {
					return nil
				}
				text := defaultName(a.value)
				switch {
				case a.name != nil:
					text = a.name.text
				case text == "":
					text = prefix + "_" + argumentName(x.args[0].value) + "_arg" + itoa(i+1)
				case old:
					text = list[0].name + "_" + text
				}
				list = append(list, assigned{text, v})
			}
			return b.rowOf(c, "kql_"+word, list)
		},
	})
}

var (
	_ = extremeRow("arg_max", "argmax", "max")
	_ = extremeRow("arg_min", "argmin", "min")
)

// rowOf computes an aggregate that gives the values of one row as a list, and takes the list apart.
func (b *binder) rowOf(c *context, kernel string, list []assigned) []assigned {
	args := make([]plan.Expr, len(list))
	for i, a := range list {
		args[i] = a.v.exact()
	}
	row := b.add(c, kernel, schema.Dynamic, nil, args...)
	out := make([]assigned, len(list))
	for i, a := range list {
		var e plan.Expr = apply("element", row.exact(), &plan.Literal{Value: event.IntValue(int64(i)), Type: schema.Long})
		if a.v.typ == schema.String {
			e = apply("coalesce", e, emptyOf(schema.String))
		}
		out[i] = assigned{a.name, value{expr: e, typ: a.v.typ}}
	}
	return out
}

var _ = defineAggregate(aggregate{
	name: "take_any", aliases: []string{"any"}, doc: "values of some row, of a single column one that is there",
	raw: func(b *binder, c *context, x *call) []assigned {
		var list []assigned
		for i, a := range x.args {
			if _, all := a.value.(*star); all {
				for _, col := range c.in.visible() {
					if !c.aggs.groups(col) {
						list = append(list, assigned{col.name, col.value()})
					}
				}
				continue
			}
			v := b.expr(c, a.value)
			if v.bad {
				return nil
			}
			text := defaultName(a.value)
			switch {
			case text == "" && x.fn.text == "any":
				text = "arg" + itoa(i)
			case text == "":
				text = "any_arg" + itoa(i)
			}
			if x.fn.text == "any" && len(x.args) == 1 {
				text = aggregateName("any", x)
			}
			list = append(list, assigned{text, v})
		}
		switch len(list) {
		case 0:
			b.errorf(x.span(), "argument-count", "KS119", "take_any takes columns")
			return nil
		case 1:
			return []assigned{{list[0].name, b.add(c, "kql_take_any_filled", list[0].v.typ, nil, list[0].v.exact())}}
		}
		return b.rowOf(c, "kql_take_any", list)
	},
})
