package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Functions of the query itself, and those that are not run.

var _ = defineFunction(function{
	name: "assert", doc: "an error with a message unless a constant condition is true", takes: "condition:bool, message:string", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		l, ok := plan.RewriteExpr(args[0].exact()).(*plan.Literal)
		k, isText := args[1].constant()
		switch {
		case !ok || !isText:
			b.errorf(at.span(), "not-constant", "KS111", "assert wants a constant condition and a constant message")
			return wrong()
		case !l.Value.Bool():
			b.errorf(at.span(), "assertion", "", "%s", k.Text())
			return wrong()
		}
		return value{expr: boolLiteral(true), typ: schema.Bool}
	},
})

// sizes are how many bytes the service reckons for a value of a type.
var sizes = map[schema.Type]int64{schema.Bool: 1, schema.Int: 4, schema.Long: 8, schema.Real: 8, schema.Datetime: 8, schema.Timespan: 8, schema.Decimal: 16, schema.Guid: 16}

var _ = defineFunction(function{
	name: "estimate_data_size", doc: "how many bytes the values of columns take", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		var of []value
		for _, a := range x.args {
			if _, all := a.value.(*star); all && c.in != nil {
				for _, col := range c.in.visible() {
					of = append(of, col.value())
				}
				continue
			}
			v := b.expr(c, a.value)
			if v.bad {
				return wrong()
			}
			of = append(of, v)
		}
		total, known := plan.Expr(nil), int64(0)
		for _, v := range of {
			if size, fixed := sizes[v.typ]; fixed {
				known += size
				continue
			}
			size := apply("byte_length", v.to(schema.String).exact())
			if total != nil {
				size = apply("add", total, size)
			}
			total = size
		}
		if total == nil {
			return literalValue(event.IntValue(known), schema.Long)
		}
		return made(schema.Long, "add", total, whole(known))
	},
})

func init() {
	refuse := func(why, gives string, names ...string) {
		for _, name := range names {
			defineFunction(function{name: name, doc: "a function of the service", takes: "any:scalar…?", gives: gives, naming: nameNone, refused: why})
		}
	}
	refuse("there is no user here whom a query could ask for", "string", "current_principal", "current_principal_details", "current_principal_is_member_of")
	refuse("tables have no cursors here", "string", "cursor_current", "current_cursor", "cursor_after", "cursor_before_or_at")
	refuse("tables have no extents here", "string", "extent_id", "extentid", "extent_tags", "row_id", "current_node_id")
	refuse("there is no cluster here", "string", "current_cluster_endpoint", "current_database")
	refuse("nothing is kept between queries", "dynamic", "stored_query_result", "materialized_view")
	refuse("what a table outside holds is given with --external, where externaldata names its address", "dynamic", "external_table")
	refuse("there are no graphs that are kept; make-graph makes one", "dynamic", "graph")
	refuse("which time zones the service knows is a list of its own", "dynamic", "datetime_list_timezones")
}
