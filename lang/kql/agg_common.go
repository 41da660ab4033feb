package kql

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// conditional is an aggregate over the rows for which a condition holds, with the condition behind so many arguments.
func conditional(name, of string, at int, aliases ...string) *aggregate {
	return defineAggregate(aggregate{
		name: name, aliases: aliases, doc: of + " over the rows for which a condition is true",
		raw: func(b *binder, c *context, x *call) []assigned {
			if len(x.args) <= at {
				b.errorf(x.span(), "argument-count", "KS119", "%s takes the arguments of %s with a condition behind the first %d", name, of, at)
				return nil
			}
			inner := *c
			inner.aggs = nil
			where := b.expr(&inner, x.args[at].value)
			if where.bad {
				return nil
			}
			condition := b.mustBool(where, x.args[at].value.span())
			y := *x
			y.args = append(slices.Clone(x.args[:at]), x.args[at+1:]...)
			called := *x.fn
			called.text = of
			y.fn = &called
			before := len(c.aggs.aggs)
			c.aggs.inside = false
			list := b.aggregates(c, aggregates[of], &y)
			for i := before; i < len(c.aggs.aggs); i++ {
				c.aggs.aggs[i].Where = condition
			}
			if len(list) == 1 {
				switch prefix := aggregates[of].prefix; {
				case of == "take_any" && x.fn.text == "take_anyif": // as take_any names it
				case of == "covariance" || of == "covariancep":
					list[0].name = name + strings.TrimPrefix(list[0].name, of)
				case prefix != "":
					list[0].name = aggregateName(prefix, x)
				default:
					list[0].name = aggregateName(x.fn.text, x)
				}
			}
			return list
		},
	})
}

var _ = defineAggregate(aggregate{
	name: "count", doc: "the number of rows", takes: "value:scalar?", gives: "long",
	bind: func(b *binder, c *context, x *call, args []value) []assigned {
		return []assigned{{aggregateName("count", x), b.add(c, "count", schema.Long, nil)}}
	},
})

var _ = defineAggregate(aggregate{
	name: "countif", doc: "the number of rows for which a condition is true", takes: "condition:scalar", gives: "long",
	bind: func(b *binder, c *context, x *call, args []value) []assigned {
		where := b.mustBool(args[0], x.args[0].value.span())
		return []assigned{{aggregateName("countif", x), b.add(c, "count", schema.Long, where)}}
	},
})

var (
	_ = conditional("sumif", "sum", 1)
	_ = conditional("avgif", "avg", 1)
	_ = conditional("minif", "min", 1)
	_ = conditional("maxif", "max", 1)
	_ = conditional("dcountif", "dcount", 1)
	_ = conditional("count_distinctif", "count_distinct", 1)
	_ = conditional("stdevif", "stdev", 1)
	_ = conditional("varianceif", "variance", 1)
	_ = conditional("make_set_if", "make_set", 1)
	_ = conditional("make_list_if", "make_list", 1)
	_ = conditional("make_bag_if", "make_bag", 1)
	_ = conditional("stdevpif", "stdevp", 1)
	_ = conditional("variancepif", "variancep", 1)
	_ = conditional("covarianceif", "covariance", 2)
	_ = conditional("covariancepif", "covariancep", 2)
	_ = conditional("hll_if", "hll", 1)
	_ = conditional("take_anyif", "take_any", 1, "anyif")
)

// zero is an aggregate that is 0 of no values.
func zero(name, kernel, takes, gives, doc string, aliases ...string) *aggregate {
	return defineAggregate(aggregate{
		name: name, aliases: aliases, doc: doc, takes: takes, gives: gives,
		bind: func(b *binder, c *context, x *call, args []value) []assigned {
			a := aggregates[name]
			t := a.result
			if a.same >= 0 {
				if t = args[a.same].typ; t == schema.Int {
					t = schema.Long
				}
			}
			v := b.add(c, kernel, t, nil, args[0].exact())
			var none event.Value
			switch t {
			case schema.Real:
				none = event.FloatValue(0)
			case schema.Timespan:
				none = event.DurationValue(0)
			case schema.Decimal:
				none = event.DecimalValue("0")
			default:
				none = event.IntValue(0)
			}
			if kernel == "sum" && t == schema.Long { // beyond 64 bits is an error
				v.expr = apply("kql_whole_sum", v.exact())
			} else {
				v.expr = apply("coalesce", v.exact(), &plan.Literal{Value: none, Type: t})
			}
			return []assigned{{aggregateName(name, x), v}}
		},
	})
}

var (
	_ = zero("sum", "sum", "value:ordered", "value", "the sum of values")
	_ = zero("stdev", "stdev", "value:real", "real", "the standard deviation of a sample")
	_ = zero("stdevp", "stdev_all", "value:real", "real", "the standard deviation of all")
	_ = zero("variance", "variance", "value:real", "real", "the variance of a sample")
	_ = zero("variancep", "variance_all", "value:real", "real", "the variance of all")
)

var _ = defineAggregate(aggregate{
	name: "avg", doc: "the average of values", takes: "value:ordered", gives: "real",
	bind: func(b *binder, c *context, x *call, args []value) []assigned {
		t := schema.Real
		switch args[0].typ {
		case schema.Timespan, schema.Datetime, schema.Decimal:
			t = args[0].typ
		}
		v := b.add(c, "avg", t, nil, args[0].exact())
		if t == schema.Real {
			v.expr = apply("coalesce", v.exact(), &plan.Literal{Value: nan, Type: schema.Real})
		}
		return []assigned{{aggregateName("avg", x), v}}
	},
})

// least and greatest of the values of any type that has an order.
func extremum(name, doc string) *aggregate {
	return defineAggregate(aggregate{name: name, doc: doc, takes: "value:scalar", gives: "value", kernel: name})
}

var (
	_ = extremum("min", "the least value")
	_ = extremum("max", "the greatest value")
)

// distinct counts are exact here, where the service estimates them.
func distinctCount(name string) *aggregate {
	return defineAggregate(aggregate{
		name: name, doc: "the number of different values", takes: "value:scalar, accuracy:scalar?", gives: "long",
		bind: func(b *binder, c *context, x *call, args []value) []assigned {
			return []assigned{{aggregateName(name, x), b.add(c, "dcount", schema.Long, nil, args[0].exact())}}
		},
	})
}

var (
	_ = distinctCount("dcount")
	_ = distinctCount("count_distinct")
)

// gathered is an aggregate that makes an array, of at most so many values.
func gathered(name, kernel, prefix, doc string, aliases ...string) *aggregate {
	return defineAggregate(aggregate{
		name: name, aliases: aliases, doc: doc, prefix: prefix,
		raw: func(b *binder, c *context, x *call) []assigned {
			most := event.IntValue(1_048_576)
			if x.fn.text == "makeset" || x.fn.text == "makelist" {
				most = event.IntValue(128)
			}
			if len(x.args) == 0 || len(x.args) > 2 {
				b.errorf(x.span(), "argument-count", "KS119", "%s takes 1 to 2 arguments, not %d", x.fn.text, len(x.args))
				return nil
			}
			v := b.expr(c, x.args[0].value)
			if v.bad {
				return nil
			}
			if len(x.args) == 2 {
				k, ok := b.constant(&context{scope: c.scope}, x.args[1].value, schema.Long)
				if !ok {
					return nil
				}
				most = k
			}
			out := b.add(c, kernel, schema.Dynamic, nil, v.exact(), &plan.Literal{Value: most, Type: schema.Long})
			out.expr = apply("coalesce", out.exact(), &plan.Literal{Value: event.ListValue(), Type: schema.Dynamic})
			return []assigned{{aggregateName(prefix, x), out}}
		},
	})
}

var (
	_ = gathered("make_set", "make_flat_set", "set", "an array of the different values", "makeset")
	_ = gathered("make_list", "make_list", "list", "an array of the values", "makelist")
	_ = gathered("make_list_with_nulls", "make_list_with_nulls", "list", "an array of the values, nulls included")
)

var _ = defineAggregate(aggregate{
	name: "make_bag", aliases: []string{"make_dictionary"}, doc: "one bag of all bags", takes: "bag:dynamic, most:long?", gives: "dynamic",
	bind: func(b *binder, c *context, x *call, args []value) []assigned {
		v := b.add(c, "make_bag", schema.Dynamic, nil, args[0].exact())
		return []assigned{{aggregateName("bag", x), v}}
	},
	prefix: "bag",
})
