package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Conversions never fail: what cannot be converted is null, or an empty text.

func whole(n int64) plan.Expr { return &plan.Literal{Value: event.IntValue(n), Type: schema.Long} }

// conversion registers a function that converts to a type, as the language itself does where it must.
func conversion(name, doc string, t schema.Type, aliases ...string) *function {
	return defineFunction(function{
		name: name, aliases: aliases, doc: doc, takes: "value:scalar", gives: t.String(), naming: nameFirst,
		bind: func(b *binder, c *context, at *call, args []value) value { return args[0].to(t) },
	})
}

var (
	_ = conversion("tostring", "the value as text", schema.String)
	_ = conversion("toint", "the value as a whole number of 32 bits", schema.Int)
	_ = conversion("tolong", "the value as a whole number of 64 bits", schema.Long)
	_ = conversion("todouble", "the value as a real number", schema.Real, "toreal")
	_ = conversion("todecimal", "the value as a decimal number", schema.Decimal)
	_ = conversion("tobool", "the value as a truth", schema.Bool, "toboolean")
	_ = conversion("todatetime", "the time that a text spells", schema.Datetime)
	_ = conversion("totimespan", "the timespan that a text spells", schema.Timespan, "totime")
	_ = conversion("toguid", "the value as a GUID", schema.Guid)
)

var _ = defineFunction(function{
	name: "parse_json", aliases: []string{"todynamic", "parsejson", "toobject"}, doc: "the value that JSON spells", takes: "text:scalar", gives: "dynamic", naming: nameFirst,
	bind: func(b *binder, c *context, at *call, args []value) value {
		if args[0].typ != schema.String && !args[0].open() {
			return args[0].to(schema.Dynamic)
		}
		v := made(schema.Dynamic, "kql_parse_json", args[0].exact())
		v.path = args[0].path
		return v
	},
})

var _ = defineFunction(function{
	name: "dynamic_to_json", doc: "JSON with the keys sorted", takes: "value:scalar", gives: "string", kernel: "kql_dynamic_to_json", naming: nameNone,
})

var _ = defineFunction(function{
	name: "gettype", doc: "the name of the type of a value", takes: "value:scalar", gives: "string", prefix: "type",
	bind: func(b *binder, c *context, at *call, args []value) value {
		if !args[0].open() {
			return textValue(args[0].typ.String())
		}
		return made(schema.String, "kql_gettype", args[0].exact())
	},
})
