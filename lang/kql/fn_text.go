package kql

import (
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// byKernel lowers a call to the kernel of its function: what the kernel takes as text is written as Kusto writes it, and a text
// that would be null is empty.
func byKernel(b *binder, c *context, at *call, args []value) value {
	f := functions[at.fn.text]
	k := fn.ByName(f.kernel)
	exprs := make([]plan.Expr, len(args))
	empties := k.Strict
	for i, a := range args {
		if p, ok := fn.ParamAt(k.Params, i); ok && p.Type == "string" && a.typ != schema.String {
			a = a.to(schema.String)
		}
		exprs[i] = a.exact()
	}
	t := f.result
	if f.same >= 0 && f.same < len(args) {
		t = args[f.same].typ
	}
	v := made(t, f.kernel, exprs...)
	if t == schema.String && empties && mayBeNull(args) {
		v.expr = apply("coalesce", v.exact(), emptyOf(t))
	}
	return v
}

// mayBeNull says whether one of some values is neither a text nor a constant.
func mayBeNull(args []value) bool {
	for _, a := range args {
		if k, ok := a.constant(); a.typ != schema.String && (!ok || k.IsNull()) {
			return true
		}
	}
	return false
}

// defineAll enters functions whose kernels do them.
func defineAll(list []function) {
	for _, f := range list {
		if f.bind == nil {
			f.bind = byKernel
		}
		defineFunction(f)
	}
}

func init() {
	defineAll([]function{
		{name: "strlen", doc: "the number of characters", takes: "text:string|dynamic", gives: "long", kernel: "length"},
		{name: "string_size", doc: "the number of bytes", takes: "text:string|dynamic", gives: "long", kernel: "byte_length"},
		{name: "substring", doc: "a part of a text, from a place on, which counts from the end if it is negative", takes: "text:scalar, start:long, length:long?", gives: "string", kernel: "substring", naming: nameNone},
		{name: "tolower", doc: "the text in lower case", takes: "text:scalar", gives: "string", kernel: "lower", naming: nameNone},
		{name: "toupper", doc: "the text in upper case", takes: "text:scalar", gives: "string", kernel: "upper", naming: nameNone},
		{name: "indexof", doc: "where a text holds another", takes: "text:scalar, part:scalar, start:long?, length:long?, occurrence:long?", gives: "long", kernel: "kql_indexof", naming: nameNone},
		{name: "split", doc: "the parts of a text between delimiters", takes: "text:scalar, delimiter:string, index:long?", gives: "dynamic", kernel: "kql_split", naming: nameFirst},
		{name: "replace_string", doc: "the text with a part replaced", takes: "text:string, find:string, by:string", gives: "string", kernel: "replace", naming: nameNone},
		{name: "replace_strings", doc: "the text with several parts replaced", takes: "text:string, find:dynamic, by:dynamic", gives: "string", kernel: "kql_replace_strings", naming: nameNone},
		{name: "translate", doc: "the text with characters replaced by others", takes: "from:string, to:string, text:string", gives: "string", kernel: "kql_translate", naming: nameNone},
		{name: "reverse", doc: "the text backwards", takes: "text:scalar", gives: "string", kernel: "reverse", naming: nameNone},
		{name: "strrep", doc: "the text many times", takes: "value:scalar, times:long, delimiter:scalar?", gives: "string", kernel: "kql_strrep", naming: nameNone},
		{name: "strcmp", doc: "how two texts stand to each other", takes: "a:scalar, b:scalar", gives: "long", kernel: "kql_strcmp", naming: nameNone},
		{name: "isascii", doc: "whether all characters are of ASCII", takes: "text:scalar", gives: "bool", kernel: "kql_isascii", naming: nameNone},
		{name: "isutf8", doc: "whether a text is UTF-8", takes: "text:scalar", gives: "bool", kernel: "kql_isutf8", naming: nameNone},
		{name: "unicode_codepoints_from_string", aliases: []string{"to_utf8"}, doc: "the code points of a text", takes: "text:scalar", gives: "dynamic", kernel: "to_codepoints", naming: nameNone},
		{name: "parse_csv", doc: "the values of the first record of comma-separated values", takes: "text:string|dynamic", gives: "dynamic", kernel: "kql_parse_csv", naming: nameFirst},
		{name: "parse_version", doc: "a number that orders versions", takes: "text:string", gives: "decimal", kernel: "kql_parse_version", naming: nameNone},
		{name: "format_bytes", doc: "a number of bytes for people", takes: "bytes:number, digits:long?, unit:string?", gives: "string", kernel: "kql_format_bytes", naming: nameFirst},
		{name: "strcat_array", aliases: []string{"array_strcat"}, doc: "the elements of an array as one text", takes: "array:dynamic, delimiter:scalar", gives: "string", kernel: "kql_strcat_array", naming: nameNone},
		{name: "has_any_index", doc: "which element of a list a text has", takes: "text:string|dynamic, list:dynamic", gives: "long", kernel: "kql_has_any_index", naming: nameNone},
		{name: "parse_command_line", doc: "the arguments of a command line", takes: "text:scalar, parser:string", gives: "dynamic", naming: nameNone, bind: func(b *binder, c *context, at *call, args []value) value {
			if k, ok := args[1].constant(); !ok || k.Text() != "windows" {
				b.errorf(at.args[1].value.span(), "not-constant", "", "the parser of a command line is \"windows\"")
				return wrong()
			}
			return made(schema.Dynamic, "kql_parse_command_line", args[0].to(schema.String).exact())
		}},
		{name: "parse_url", aliases: []string{"parseurl"}, doc: "the parts of a URL", takes: "url:string", gives: "dynamic", kernel: "kql_parse_url", naming: nameNone},
		{name: "parse_urlquery", aliases: []string{"parseurlquery"}, doc: "the parameters of a URL's query", takes: "query:string", gives: "dynamic", kernel: "kql_parse_urlquery", naming: nameNone},
		{name: "parse_path", doc: "the parts of a path", takes: "path:string", gives: "dynamic", kernel: "kql_parse_path", naming: nameNone},
		{name: "parse_xml", doc: "the value that XML spells", takes: "text:string|dynamic", gives: "dynamic", kernel: "kql_parse_xml", naming: nameFirst},
	})
}

var _ = defineFunction(function{
	name: "strcat", doc: "texts one behind the other", takes: "value:scalar, more:scalar…?", gives: "string", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		exprs := make([]plan.Expr, len(args))
		for i, a := range args {
			exprs[i] = a.to(schema.String).exact()
		}
		return made(schema.String, "concat", exprs...)
	},
})

var _ = defineFunction(function{
	name: "strcat_delim", doc: "texts with another between them", takes: "delimiter:scalar, value:scalar, more:scalar…?", gives: "string", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		var exprs []plan.Expr
		for i, a := range args[1:] {
			if i > 0 {
				exprs = append(exprs, args[0].to(schema.String).exact())
			}
			exprs = append(exprs, a.to(schema.String).exact())
		}
		return made(schema.String, "concat", exprs...)
	},
})

var _ = defineFunction(function{
	name: "tohex", doc: "the number in hexadecimal digits", takes: "number:integer, width:long?", gives: "string", naming: nameFirst,
	bind: func(b *binder, c *context, at *call, args []value) value {
		number := args[0].exact()
		if args[0].typ == schema.Int { // 32 bits
			number = apply("bit_and", number, whole(0xffffffff))
		}
		e := apply("int_to_hex", number)
		if len(args) > 1 {
			e = apply("pad_start", e, args[1].exact(), textValue("0").expr)
		}
		return made(schema.String, "coalesce", e, emptyOf(schema.String))
	},
})

var _ = defineFunction(function{
	name: "unicode_codepoints_to_string", aliases: []string{"make_string"}, doc: "the text of code points", takes: "points:scalar…", gives: "string", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		lists := make([]plan.Expr, len(args))
		for i, a := range args {
			lists[i] = a.exact()
		}
		return made(schema.String, "coalesce", apply("from_codepoints", apply("list_concat", lists...)), emptyOf(schema.String))
	},
})

var _ = defineFunction(function{
	name: "parse_user_agent", doc: "what a user agent says of browser, system and device, by ua-parser's expressions", takes: "text:string, look_for:scalar", gives: "dynamic", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		b.notef(at.span(), "user-agents", "browsers and devices are told by the expressions of ua-parser, and those of the service may be of another day")
		return made(schema.Dynamic, "kql_parse_user_agent", args[0].exact(), args[1].exact())
	},
})
