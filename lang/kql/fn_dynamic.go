package kql

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

func init() {
	defineAll([]function{
		{name: "array_length", aliases: []string{"arraylength"}, doc: "the number of elements", takes: "array:dynamic", gives: "long", kernel: "kql_array_length", naming: nameNone},
		{name: "array_concat", doc: "arrays one behind the other", takes: "array:dynamic, more:dynamic…?", gives: "dynamic", kernel: "kql_array_concat", naming: nameNone},
		{name: "array_slice", doc: "a part of an array", takes: "array:dynamic, from:long, to:long", gives: "dynamic", kernel: "kql_array_slice", naming: nameNone},
		{name: "array_index_of", doc: "where an array holds a value", takes: "array:dynamic, value:scalar, start:long?, length:long?, occurrence:long?", gives: "long", kernel: "kql_array_index_of", naming: nameNone},
		{name: "array_reverse", doc: "the elements backwards", takes: "array:dynamic", gives: "dynamic", kernel: "kql_array_reverse", naming: nameNone},
		{name: "array_sum", doc: "the sum of the elements", takes: "array:dynamic", gives: "real", kernel: "kql_array_sum", naming: nameNone},
		{name: "array_split", doc: "the parts of an array", takes: "array:dynamic, at:integer|dynamic", gives: "dynamic", kernel: "kql_array_split", naming: nameNone},
		{name: "array_iff", aliases: []string{"array_iif"}, doc: "elements of one of two arrays", takes: "conditions:dynamic, then:scalar, otherwise:scalar", gives: "dynamic", kernel: "kql_array_iff", naming: nameNone},
		{name: "array_rotate_left", doc: "the elements moved round to the left", takes: "array:dynamic, by:long", gives: "dynamic", kernel: "kql_array_rotate_left", naming: nameNone},
		{name: "array_rotate_right", doc: "the elements moved round to the right", takes: "array:dynamic, by:long", gives: "dynamic", kernel: "kql_array_rotate_right", naming: nameNone},
		{name: "array_shift_left", doc: "the elements moved to the left", takes: "array:dynamic, by:long, fill:scalar?", gives: "dynamic", kernel: "kql_array_shift_left", naming: nameNone},
		{name: "array_shift_right", doc: "the elements moved to the right", takes: "array:dynamic, by:long, fill:scalar?", gives: "dynamic", kernel: "kql_array_shift_right", naming: nameNone},
		{name: "zip", doc: "arrays side by side", takes: "array:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_zip", naming: nameNone},
		{name: "repeat", doc: "an array of one value", takes: "value:scalar, times:long", gives: "dynamic", kernel: "kql_repeat"},
		{name: "range", doc: "an array of values that grow by steps", takes: "from:ordered, to:ordered, step:ordered?", gives: "dynamic", kernel: "kql_range", naming: nameNone},
		{name: "bag_keys", doc: "the names in a bag", takes: "bag:dynamic", gives: "dynamic", kernel: "keys", naming: nameNone},
		{name: "bag_has_key", doc: "whether a bag has a name", takes: "bag:dynamic, key:string", gives: "bool", kernel: "kql_bag_has_key", naming: nameNone},
		{name: "bag_merge", doc: "one bag of several", takes: "bag:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_bag_merge", naming: nameNone},
		{name: "bag_remove_keys", doc: "a bag without some names", takes: "bag:dynamic, keys:dynamic", gives: "dynamic", kernel: "kql_bag_remove_keys", naming: nameNone},
		{name: "bag_set_key", doc: "a bag with another value", takes: "bag:dynamic, key:string, value:scalar", gives: "dynamic", kernel: "kql_bag_set_key", naming: nameNone},
		{name: "bag_zip", doc: "a bag of an array of names and one of values", takes: "keys:dynamic, values:dynamic", gives: "dynamic", kernel: "kql_bag_zip", naming: nameNone},
		{name: "set_has_element", doc: "whether a set has an element", takes: "set:dynamic, value:scalar", gives: "bool", kernel: "kql_set_has_element", naming: nameNone},
		{name: "set_union", doc: "what is in one of several sets", takes: "set:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_set_union", naming: nameNone},
		{name: "set_intersect", doc: "what is in all of several sets", takes: "set:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_set_intersect", naming: nameNone},
		{name: "set_difference", doc: "what is in the first set alone", takes: "set:dynamic, more:dynamic…", gives: "dynamic", kernel: "kql_set_difference", naming: nameNone},
		{name: "set_equals", doc: "whether two sets are equal", takes: "a:dynamic, b:dynamic", gives: "bool", kernel: "kql_set_equals", naming: nameNone},
		{name: "treepath", doc: "the paths in a value", takes: "value:dynamic", gives: "dynamic", kernel: "kql_treepath", prefix: "tree"},
		{name: "jaccard_index", doc: "how alike two sets are", takes: "a:dynamic, b:dynamic", gives: "real", kernel: "kql_jaccard_index", naming: nameNone},
	})
}

// bagOf makes a bag of names and values by turns.
func bagOf(pairs []plan.Expr) value { return made(schema.Dynamic, "kql_bag_pack", pairs...) }

var _ = defineFunction(function{
	name: "bag_pack", aliases: []string{"pack", "pack_dictionary"}, doc: "a bag of names and values", takes: "names_and_values:scalar…?", gives: "dynamic", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		if len(args)%2 == 1 {
			b.errorf(at.span(), "argument-count", "KS121", "%s takes names and values by turns", at.fn.text)
			return wrong()
		}
		exprs := make([]plan.Expr, len(args))
		for i, a := range args {
			if exprs[i] = a.exact(); i%2 == 0 {
				exprs[i] = a.to(schema.String).exact()
			}
		}
		return bagOf(exprs)
	},
})

var _ = defineFunction(function{
	name: "pack_array", doc: "an array of values", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		var exprs []plan.Expr
		for _, a := range x.args {
			if _, all := a.value.(*star); all && c.in != nil {
				for _, col := range c.in.visible() {
					exprs = append(exprs, col.value().exact())
				}
				continue
			}
			v := b.expr(c, a.value)
			if v.bad {
				return wrong()
			}
			exprs = append(exprs, v.exact())
		}
		return made(schema.Dynamic, "list", exprs...)
	},
})

var _ = defineFunction(function{
	name: "pack_all", doc: "a bag of all columns of the row", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		if c.in == nil {
			b.errorf(x.span(), "star", "", "there are no columns here")
			return wrong()
		}
		filled := false
		switch len(x.args) {
		case 0:
		case 1:
			k, ok := b.constant(&context{scope: c.scope}, x.args[0].value, schema.Bool)
			if !ok {
				return wrong()
			}
			filled = k.Bool()
		default:
			b.errorf(x.span(), "argument-count", "KS119", "pack_all takes at most 1 argument, not %d", len(x.args))
			return wrong()
		}
		var exprs []plan.Expr
		for _, col := range c.in.visible() {
			exprs = append(exprs, textValue(col.name).exact(), col.value().exact())
		}
		v := bagOf(exprs)
		if c.in.star != nil {
			v = made(schema.Dynamic, "kql_bag_merge", &plan.Ref{Column: c.in.star}, v.exact())
		}
		if filled {
			v = made(schema.Dynamic, "kql_bag_filled", v.exact())
		}
		return v
	},
})

var _ = defineFunction(function{
	name: "bag_pack_columns", doc: "a bag of columns by their names", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		var exprs []plan.Expr
		for _, a := range x.args {
			n, ok := bare(a.value).(*name)
			if !ok {
				b.errorf(a.value.span(), "column-wanted", "KS108", "a column is wanted here")
				return wrong()
			}
			v := b.name(c, n)
			if v.bad {
				return v
			}
			exprs = append(exprs, textValue(n.text).exact(), v.exact())
		}
		return bagOf(exprs)
	},
})

var _ = defineFunction(function{
	name: "extract_json", aliases: []string{"extractjson"}, doc: "the value at a path of JSON", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		x, t, ok := b.typed(x, 2, schema.String)
		if !ok {
			return wrong()
		}
		args, ok := b.arguments(c, x, []parameter{{name: "path", types: []schema.Type{schema.String}}, {name: "text"}})
		if !ok {
			return wrong()
		}
		if k, constant := args[0].constant(); constant && !strings.HasPrefix(k.Text(), "$") {
			b.errorf(x.args[0].value.span(), "json-path", "", "a path begins with $, such as $.a.b[0]")
			return wrong()
		}
		return value{expr: apply("kql_extract_json", args[0].exact(), args[1].exact()), typ: schema.Dynamic}.to(t)
	},
})

// sorting binds array_sort_asc and array_sort_desc, which sort several arrays by the first of them.
func sorting(name string) *function {
	return defineFunction(function{
		name: name, doc: "arrays sorted by the first of them", takes: "array:dynamic, more:scalar…?", gives: "dynamic", naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			nullsLast := boolLiteral(true)
			arrays := args
			if last := args[len(args)-1]; last.typ == schema.Bool && len(args) > 1 {
				nullsLast, arrays = last.exact(), args[:len(args)-1]
			}
			exprs := make([]plan.Expr, len(arrays))
			for i, a := range arrays {
				if !a.open() {
					b.errorf(at.args[i].value.span(), "type", "KS107", "%s takes arrays, not a %s", name, a.typ)
					return wrong()
				}
				exprs[i] = a.exact()
			}
			sorted := apply("kql_"+name, apply("list", exprs...), nullsLast)
			var parts []assigned
			for i := range arrays {
				text := defaultName(at.args[i].value)
				if text == "" {
					text = "array" + itoa(i)
				}
				parts = append(parts, assigned{text + "_sorted", made(schema.Dynamic, "element", sorted, whole(int64(i)))})
			}
			return several(parts)
		},
	})
}

// several is the value of a function that gives several columns.
func several(parts []assigned) value {
	v := parts[0].v
	v.parts = parts
	return v
}

var (
	_ = sorting("array_sort_asc")
	_ = sorting("array_sort_desc")
)
