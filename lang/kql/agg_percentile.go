package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Percentiles are exact here, by nearest rank, where the service estimates them for many values.

// percentileType is the type of a percentile of values of a type.
func percentileType(t schema.Type) schema.Type {
	switch t {
	case schema.Int:
		return schema.Long
	case schema.Decimal:
		return schema.Real
	}
	return t
}

// shares reads the numbers from 0 to 100 of a call, from an argument on.
func (b *binder) shares(c *context, x *call, from int) ([]event.Value, bool) {
	var out []event.Value
	for _, a := range x.args[from:] {
		k, ok := b.constant(&context{scope: c.scope, base: c.attach()}, a.value, schema.Any)
		if !ok {
			return nil, false
		}
		if k.Kind() == event.List {
			out = append(out, k.List()...)
		} else {
			out = append(out, k)
		}
	}
	for _, k := range out {
		if f := k.Float(); !(f >= 0 && f <= 100) || k.Kind() == event.Text {
			b.errorf(x.span(), "percent", "", "a percentile is a number from 0 to 100, not %s", k.Text())
			return nil, false
		}
	}
	return out, true
}

// percentiles registers a percentile of some kind: with weights the weight stands behind the value; array gives one array.
func percentiles(name string, weights, array bool, aliases ...string) *aggregate {
	return defineAggregate(aggregate{
		name: name, aliases: aliases, doc: "values below which a share of all lies, by nearest rank",
		raw: func(b *binder, c *context, x *call) []assigned {
			first := 1
			if weights {
				first = 2
			}
			if len(x.args) <= first {
				b.errorf(x.span(), "argument-count", "KS119", "%s takes %d arguments and numbers from 0 to 100", x.fn.text, first)
				return nil
			}
			args := make([]plan.Expr, first)
			t := schema.Any
			for i := range args {
				v := b.expr(c, x.args[i].value)
				if v.bad {
					return nil
				}
				if args[i] = v.exact(); i == 0 {
					t = percentileType(v.typ)
				}
			}
			list, ok := b.shares(c, x, first)
			if !ok {
				return nil
			}
			of := argumentName(x.args[0].value)
			kernel := "kql_percentiles"
			if weights {
				kernel = "kql_percentilew"
			}
			if array {
				all := &plan.Literal{Value: event.ListValue(list...), Type: schema.Dynamic}
				return []assigned{{"percentiles_" + of, b.add(c, kernel, schema.Dynamic, nil, append(args, all)...)}}
			}
			var out []assigned
			for _, k := range list {
				share := &plan.Literal{Value: event.FloatValue(k.Float()), Type: schema.Real}
				v := b.add(c, "percentile", t, nil, args[0], share)
				if weights {
					c.aggs.aggs = c.aggs.aggs[:len(c.aggs.aggs)-1]
					v = b.add(c, kernel, t, nil, args[0], args[1], share)
				}
				if t == schema.Real {
					v = value{expr: apply("to_float", v.exact()), typ: t}
				}
				out = append(out, assigned{"percentile_" + of + "_" + numberName(k), v})
			}
			return out
		},
	})
}

var (
	_ = percentiles("percentile", false, false, "percentiles")
	_ = percentiles("percentiles_array", false, true)
	_ = percentiles("percentilew", true, false, "percentilesw")
	_ = percentiles("percentilesw_array", true, true)
)
