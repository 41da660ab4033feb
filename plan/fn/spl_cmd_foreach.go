package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_foreach_fields", Doc: "The list of the fields of an object that match one of the names, in which * stands for any characters, pattern by pattern: each an object of its name, its value, and the parts of its name that the wildcards together and each of them stand for. Fields that begin with _ match only names that do so too.",
	Params: []Param{required("object", "dynamic"), variadic("names", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		var out []event.Value
		seen := map[string]bool{}
		for _, p := range args[1:] {
			pattern := p.Text()
			first, last := strings.IndexByte(pattern, '*'), strings.LastIndexByte(pattern, '*')
			for _, f := range r.Fields {
				name := f.Name.Text
				parts, ok := splWild(pattern, name)
				if !ok || seen[name] || strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
					continue
				}
				seen[name] = true
				texts := []event.Value{empty}
				if first >= 0 {
					texts[0] = text(name[first : len(name)-(len(pattern)-1-last)])
				}
				for _, part := range parts {
					texts = append(texts, text(part))
				}
				out = append(out, object("name", text(name), "value", r.Get(name), "parts", list(texts...)))
			}
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(object("name", text("a1"), "value", whole(5), "parts", texts("1", "1"))), object("a1", whole(5), "b", whole(6), "_a", whole(7)), text("a*")),
		example(list(object("name", text("p_x_q"), "value", whole(1), "parts", texts("x_q", "x", "q"))), object("p_x_q", whole(1)), text("p_*_*")), example(list(), object("a", whole(1))), example(null, text("x"), text("*")),
	},
})

var _ = define(Func{
	Name: "spl_foreach_items", Doc: "The list of the values of a field (multivalue), of the elements of JSON for an array (json_array), or of what of both it is (auto_collections): each an object of its number, from 0, as name, and its value.",
	Params: []Param{required("value", "any"), required("as", "string")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		of := splItems(args[0])
		if as := args[1].Text(); as != "multivalue" && len(of) == 1 {
			n, ok := splJSON(of[0])
			switch {
			case ok && n.kind == '[':
				of = nil
				for _, item := range n.items {
					of = append(of, item.value(null))
				}
			case as == "json_array":
				of = nil
			}
		}
		out := make([]event.Value, len(of))
		for i, v := range of {
			out[i] = object("name", whole(int64(i)), "value", v)
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(object("name", whole(0), "value", text("a")), object("name", whole(1), "value", text("b"))), texts("a", "b"), text("multivalue")),
		example(list(object("name", whole(0), "value", whole(1)), object("name", whole(1), "value", text(`{"x":1}`))), text(`[1,{"x":1}]`), text("json_array")),
		example(list(object("name", whole(0), "value", text("x"))), text("x"), text("auto_collections")), example(list(), text("x"), text("json_array")), example(list(), null, text("multivalue")),
	},
})
