package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_from_json", Doc: "The object of the members of a text of JSON for an object, under their names with a prefix: an array of single values as several values, other arrays and objects as JSON, nulls left out; Null for what is no object.",
	Params: []Param{required("json", "any"), optional("prefix", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '{' {
			return null
		}
		prefix := textAt(args, 1, "")
		r := &event.Record{}
		for i, item := range n.items {
			if v := memberValue(item); !v.IsNull() {
				setField(r, prefix+n.names[i], v)
			}
		}
		return event.ObjectValue(r)
	},
	Examples: []Example{
		example(object("a", whole(1), "b", texts("x", "y"), "c", text(`{"d":[1]}`), "e", text(`[{"f":1}]`), "t", text("true")), text(`{"a":1,"b":["x","y"],"c":{"d": [1]},"e":[{"f":1}],"t":true,"n":null}`)),
		example(object("p_a", text("x")), text(`{"a":"x"}`), text("p_")), example(null, text("[1]")), example(null, text("no")),
	},
})

func memberValue(n *jsonNode) event.Value {
	if n.kind != '[' {
		return n.value(null)
	}
	var out []event.Value
	for _, item := range n.items {
		if item.kind == '[' || item.kind == '{' {
			return n.value(null)
		}
		if v := item.value(null); !v.IsNull() {
			out = append(out, v)
		}
	}
	return splMulti(out)
}

var _ = define(Func{
	Name: "spl_row_json", Doc: "The fields of an object as one JSON object: as auto each value as what it is or spells, as none as what it is, as bool, num, str or json as such or not at all. Names, in which * stands for any characters, and how each becomes JSON follow by turns, and then only those fields are in it; without them all, those that begin with _ if so asked for. Null is left out unless asked for.",
	Params: []Param{required("object", "dynamic"), required("otherwise", "string"), required("nulls", "bool"), required("internal", "bool"), variadic("names_and_types", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		out := &jsonNode{kind: '{'}
		for _, f := range r.Fields {
			as := ""
			if len(args) == 4 && (args[3].Bool() || !strings.HasPrefix(f.Name.Text, "_")) {
				as = args[1].Text()
			}
			for i := 4; i+1 < len(args) && as == ""; i += 2 {
				if _, ok := splWild(args[i].Text(), f.Name.Text); ok {
					as = args[i+1].Text()
				}
			}
			if as == "" {
				continue
			}
			n := jsonAs(f.Value, as)
			if n == nil && args[2].Bool() {
				n = &jsonNode{kind: 'n', raw: "null"}
			}
			if n != nil {
				out.set(f.Name.Text, n)
			}
		}
		return jsonText(out)
	},
	Examples: []Example{
		example(text(`{"a":"1","b":2}`), object("a", text("1"), "b", whole(2), "c", null, "_d", text("x")), text("none"), no, no),
		example(text(`{"a":1,"b":true,"c":{"x":1},"d":["p","q"]}`), object("a", text("1"), "b", text("true"), "c", text(`{"x":1}`), "d", texts("p", "q")), text("auto"), no, no),
		example(text(`{"a1":"1","a2":null}`), object("a1", whole(1), "b", whole(2), "a2", null), text("none"), yes, no, text("a*"), text("str")),
		example(text(`{"n":1.50}`), object("n", text("1.50"), "m", text("x")), text("num"), no, no), example(null, text("x"), text("none"), no, no),
	},
})

// jsonAs returns the JSON of a field in some form, nil where it has none.
func jsonAs(v event.Value, as string) *jsonNode {
	if v.Kind() == event.List {
		n := &jsonNode{kind: '['}
		for _, e := range splItems(v) {
			if item := jsonAs(e, as); item != nil {
				n.items = append(n.items, item)
			}
		}
		return n
	}
	if v.IsNull() {
		return nil
	}
	s := splText(v)
	switch as {
	case "str":
		return &jsonNode{kind: '"', text: s}
	case "bool":
		return jsonTruth(s)
	case "num":
		return jsonNumber(s)
	case "json":
		if n, ok := readJSONText(s); ok {
			return n
		}
		return nil
	case "auto":
		if n := jsonNumber(s); n != nil {
			return n
		}
		if n := jsonTruth(s); n != nil {
			return n
		}
		if n := jsonContainer(v); n != nil {
			return n
		}
		return &jsonNode{kind: '"', text: s}
	}
	if v.Kind() == event.Text {
		return &jsonNode{kind: '"', text: s}
	}
	return jsonOf(v)
}

func jsonTruth(s string) *jsonNode {
	switch s = strings.ToLower(s); s {
	case "true", "false":
		return &jsonNode{kind: s[0], raw: s}
	}
	return nil
}

// jsonNumber returns a number as it is spelled, where that is JSON.
func jsonNumber(s string) *jsonNode {
	if n, ok := readJSONText(s); ok && n.kind == '0' {
		return n
	}
	return nil
}
