package kql

import (
	"goshawk/plan"
	"goshawk/schema"
)

// Sketches of the service are the values themselves here: hll is the set of them, tdigest the list.

// gathering registers an aggregate that makes an array of the values, or of the elements of arrays.
func gathering(name, kernel, prefix, doc, takes string, aliases ...string) *aggregate {
	return defineAggregate(aggregate{
		name: name, aliases: aliases, doc: doc, takes: takes, gives: "dynamic", prefix: prefix,
		bind: func(b *binder, c *context, x *call, args []value) []assigned {
			if name == "tdigest" && len(args) > 1 {
				b.errorf(x.span(), "refused", "", "tdigest with weights is not computed")
				return nil
			}
			v := b.add(c, kernel, schema.Dynamic, nil, args[0].exact())
			if name == "tdigest_merge" {
				v.expr = apply("list_flatten", v.exact())
			}
			return []assigned{{aggregateName(prefix, x), v}}
		},
	})
}

var (
	_ = gathering("hll", "make_set", "hll", "the different values, to be counted later", "value:scalar, accuracy:integer?")
	_ = gathering("hll_merge", "make_flat_set", "hll_merge", "the different values of several hll", "hll:dynamic")
	_ = gathering("tdigest", "make_list", "tdigest", "the values, for percentiles later", "value:scalar, weight:integer?")
	_ = gathering("tdigest_merge", "make_list", "merge_tdigests", "the values of several tdigest", "digest:dynamic", "merge_tdigest")
)

// digestShare binds percentile_tdigest(digest, number [, typeof(t)]).
var _ = defineFunction(function{
	name: "percentile_tdigest", doc: "the value below which a share of those in a digest lies",
	raw: func(b *binder, c *context, x *call) value {
		x, t, ok := b.typed(x, 2, schema.Dynamic)
		if !ok {
			return wrong()
		}
		args, ok := b.arguments(c, x, []parameter{{name: "digest", types: []schema.Type{schema.Dynamic}}, {name: "percent", types: []schema.Type{schema.Real}}})
		if !ok {
			return wrong()
		}
		return value{expr: apply("kql_percentile_tdigest", args[0].exact(), args[1].exact()), typ: schema.Dynamic}.to(t)
	},
})

var _ = defineFunction(function{
	name: "percentiles_array_tdigest", aliases: []string{"percentile_array_tdigest"}, doc: "values below which shares of those in a digest lie", takes: "digest:dynamic, percent:dynamic|number, more:number…?", gives: "dynamic", prefix: "percentile_tdigest",
	bind: func(b *binder, c *context, at *call, args []value) value {
		shares := make([]plan.Expr, len(args)-1)
		for i, a := range args[1:] {
			shares[i] = a.exact()
		}
		return made(schema.Dynamic, "kql_percentile_tdigest", args[0].exact(), apply("list_concat", shares...))
	},
})

func init() {
	defineAll([]function{
		{name: "rank_tdigest", doc: "how many values in a digest are not greater", takes: "digest:dynamic, value:scalar", gives: "real", kernel: "kql_rank_tdigest", naming: nameNone},
		{name: "percentrank_tdigest", doc: "how many percent of the values in a digest are not greater", takes: "digest:dynamic, value:scalar", gives: "real", kernel: "kql_percentrank_tdigest", naming: nameNone},
		{name: "tdigest_merge", aliases: []string{"merge_tdigest"}, doc: "the values of several tdigest", takes: "digest:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_array_concat", naming: nameNone},
		{name: "hll_merge", doc: "the different values of several hll", takes: "hll:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_set_union", naming: nameNone},
		{name: "dcount_hll", doc: "the number of values in an hll", takes: "hll:dynamic", gives: "long", kernel: "kql_array_length"},
	})
}
