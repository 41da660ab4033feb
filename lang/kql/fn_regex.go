package kql

import (
	"goshawk/plan"
	"goshawk/schema"
)

// Functions with a regular expression, which must be a constant and is brought into the plan's syntax here.

// expression returns the expression of an argument in the plan's syntax; ok is false after a complaint.
func (b *binder) expression(at *call, arg int, v value) (plan.Expr, bool) {
	k, ok := v.constant()
	if !ok {
		b.errorf(at.args[arg].value.span(), "not-constant", "KS111", "a constant expression is wanted here")
		return nil, false
	}
	if !b.validRegex(k.Text(), at.args[arg].value.span()) {
		return nil, false
	}
	return apply("kql_regexp", v.exact()), true
}

// matching registers a function whose argument at a place is an expression; kernel takes the arguments in this order.
func matching(name, doc, takes, gives, kernel string, at int, order ...int) *function {
	return defineFunction(function{
		name: name, doc: doc, takes: takes, gives: gives, naming: nameNone,
		bind: func(b *binder, c *context, x *call, args []value) value {
			e, ok := b.expression(x, at, args[at].to(schema.String))
			if !ok {
				return wrong()
			}
			exprs := make([]plan.Expr, len(args))
			for i, v := range args {
				exprs[i] = v.exact()
				if i < 2 {
					exprs[i] = v.to(schema.String).exact()
				}
			}
			exprs[at] = e
			if len(order) > 0 {
				moved := make([]plan.Expr, len(order))
				for to, from := range order {
					moved[to] = exprs[from]
				}
				exprs = moved
			}
			return made(functions[name].result, kernel, exprs...)
		},
	})
}

var (
	_ = matching("trim", "the text without what an expression matches at its ends", "expression:string, text:string", "string", "kql_trim", 0, 1, 0)
	_ = matching("trim_start", "the text without what an expression matches at its beginning", "expression:string, text:string", "string", "kql_trim_start", 0, 1, 0)
	_ = matching("trim_end", "the text without what an expression matches at its end", "expression:string, text:string", "string", "kql_trim_end", 0, 1, 0)
	_ = matching("indexof_regex", "where an expression matches", "text:scalar, expression:scalar, start:long?, length:long?, occurrence:long?", "long", "kql_indexof_regex", 1)
	_ = matching("replace_regex", "the text with what an expression matches replaced", "text:string, expression:string, by:string", "string", "kql_replace_regex", 1)
	_ = matching("replace", "the text with what an expression matches replaced", "expression:string, by:string, text:string", "string", "kql_replace_regex", 0, 2, 0, 1)
)

var _ = defineFunction(function{
	name: "regex_quote", doc: "the expression that matches just the text", takes: "text:scalar", gives: "string", kernel: "kql_regex_quote", naming: nameNone, bind: byKernel,
})

var _ = defineFunction(function{
	name: "extract", doc: "what a group of an expression captures in its first match", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		x, t, ok := b.typed(x, 3, schema.String)
		if !ok {
			return wrong()
		}
		args, ok := b.arguments(c, x, []parameter{{name: "expression", types: []schema.Type{schema.String}}, {name: "group", types: []schema.Type{schema.Long}}, {name: "text", types: []schema.Type{schema.String}}})
		if !ok {
			return wrong()
		}
		e, ok := b.expression(x, 0, args[0])
		if !ok {
			return wrong()
		}
		return made(schema.String, "kql_extract", args[2].exact(), e, args[1].exact()).to(t)
	},
})

// typed takes the typeof(…) at the end of a call's arguments away.
func (b *binder) typed(x *call, at int, otherwise schema.Type) (*call, schema.Type, bool) {
	if len(x.args) <= at {
		return x, otherwise, true
	}
	types, ok := bare(x.args[at].value).(*typeName)
	if !ok || len(types.types) != 1 || len(x.args) > at+1 {
		b.errorf(x.args[at].value.span(), "type-name", "KS107", "typeof(…) is wanted here")
		return x, otherwise, false
	}
	y := *x
	y.args = x.args[:at]
	return &y, types.types[0], true
}

var _ = defineFunction(function{
	name: "extract_all", aliases: []string{"extractall"}, doc: "what the groups of an expression capture in all matches", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		text := []schema.Type{schema.String}
		params := []parameter{{name: "expression", types: text}, {name: "groups", types: []schema.Type{schema.Dynamic}}, {name: "text", types: text}}
		if len(x.args) == 2 {
			params = []parameter{params[0], params[2]}
		}
		args, ok := b.arguments(c, x, params)
		if !ok {
			return wrong()
		}
		e, ok := b.expression(x, 0, args[0])
		if !ok {
			return wrong()
		}
		exprs := []plan.Expr{args[len(args)-1].exact(), e}
		if len(args) == 3 {
			exprs = append(exprs, args[1].exact())
		}
		return made(schema.Dynamic, "kql_extract_all", exprs...)
	},
})

var _ = defineFunction(function{
	name: "countof", doc: "how often a text has another, or an expression matches", takes: "text:string, part:string, kind:string?", gives: "long", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		if len(args) == 3 {
			k, _ := args[2].constant()
			switch k.Text() {
			case "regex":
				return made(schema.Long, "kql_countof_regex", args[0].exact(), apply("kql_regexp", args[1].exact()))
			case "normal":
			default:
				b.errorf(at.args[2].value.span(), "choice", "", "the kind is \"normal\" or \"regex\"")
				return wrong()
			}
		}
		return made(schema.Long, "kql_countof", args[0].exact(), args[1].exact())
	},
})
