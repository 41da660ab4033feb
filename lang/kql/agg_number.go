package kql

import (
	"goshawk/schema"
)

// bitsOfAll registers an aggregate of the bits of all values; its column is called as what it is of.
func bitsOfAll(name, doc string) *aggregate {
	return defineAggregate(aggregate{
		name: name, doc: doc, takes: "value:integer", gives: "value",
		bind: func(b *binder, c *context, x *call, args []value) []assigned {
			return []assigned{{defaultName(x.args[0].value), b.add(c, "kql_"+name, args[0].typ, nil, args[0].exact())}}
		},
	})
}

var (
	_ = bitsOfAll("binary_all_and", "the bits that all values have")
	_ = bitsOfAll("binary_all_or", "the bits that a value has")
	_ = bitsOfAll("binary_all_xor", "the bits that an odd number of values has")
)

// covariance registers a covariance, of a sample or of all.
func covariance(name, kernel, doc string) *aggregate {
	return defineAggregate(aggregate{
		name: name, doc: doc, takes: "x:real, y:real", gives: "real",
		bind: func(b *binder, c *context, x *call, args []value) []assigned {
			return []assigned{{joined(aggregateName(name, x), argumentName(x.args[1].value)), b.add(c, kernel, schema.Real, nil, args[0].exact(), args[1].exact())}}
		},
	})
}

var (
	_ = covariance("covariance", "kql_covariance", "how two columns vary together, as a sample")
	_ = covariance("covariancep", "kql_covariance_all", "how two columns vary together, all of them")
)

var _ = defineAggregate(aggregate{
	name: "buildschema", doc: "the shape of all values", takes: "value:dynamic", gives: "dynamic", kernel: "kql_buildschema", prefix: "schema_",
})
