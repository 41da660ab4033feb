package fn

import (
	"slices"

	"goshawk/event"
)

// SPL's functions of JSON. They take and give texts; those whose first argument must be JSON give Null where it is none.

// splJSON returns the JSON that a single value is.
func splJSON(v event.Value) (*jsonNode, bool) {
	one, ok := splOnly(v)
	if !ok {
		return nil, false
	}
	if one.Kind() != event.Text {
		n := jsonOf(one)
		return n, n.kind != '"'
	}
	return readJSONText(one.Text())
}

func jsonText(n *jsonNode) event.Value { return text(string(n.append(nil))) }

var jsonParam = required("json", "any")

var _ = define(Func{
	Name: "spl_json", Doc: "The value if it is JSON, else Null.", Params: []Param{jsonParam}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if _, ok := splJSON(args[0]); !ok {
			return null
		}
		return args[0]
	},
	Examples: []Example{example(text(`{"a": 1}`), text(`{"a": 1}`)), example(null, text("{a}"))},
})

var _ = define(Func{
	Name: "spl_json_valid", Doc: "Whether a value is JSON.", Params: []Param{jsonParam}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		_, ok := splJSON(args[0])
		return boolean(ok)
	},
	Examples: []Example{example(yes, text(`[1,{"a":null}]`)), example(no, text(`{"a":1`)), example(no, text("a")), example(yes, whole(5)), example(no, text("{'a':1}"))},
})

var _ = define(Func{
	Name: "spl_json_object", Doc: "JSON for the object of names and values, given by turns; a multivalue is an array, a text that is JSON for an array or an object is that.",
	Params: []Param{variadic("names_and_values", "any")}, Result: "any",
	Eval: func(args []event.Value) event.Value {
		n := &jsonNode{kind: '{'}
		for i := 0; i+1 < len(args); i += 2 {
			if args[i].IsNull() {
				return null
			}
			n.set(splText(args[i]), jsonOf(args[i+1]))
		}
		return jsonText(n)
	},
	Examples: []Example{
		example(text(`{"a":1,"b":["x","y"],"c":null}`), text("a"), whole(1), text("b"), texts("x", "y"), text("c"), null), example(text("{}")), example(text(`{"k":[1,{"z":2}]}`), text("k"), text(`[1, {"z": 2}]`)),
		example(text(`{"s":"5"}`), text("s"), text("5")),
	},
})

var _ = define(Func{
	Name: "spl_json_array", Doc: "JSON for the array of the values.", Params: []Param{variadic("values", "any")}, Result: "any",
	Eval: func(args []event.Value) event.Value {
		n := &jsonNode{kind: '['}
		for _, v := range args {
			n.items = append(n.items, jsonOf(v))
		}
		return jsonText(n)
	},
	Examples: []Example{example(text(`["a",1,null,["b","c"]]`), text("a"), whole(1), null, texts("b", "c")), example(text("[]"))},
})

var _ = define(Func{
	Name: "spl_json_extract", Doc: "The value at a path such as a.b{0}.c of JSON, of a path with {} the array of all, of several paths the array of what they give; without a path the JSON itself; arrays and objects are JSON; Null where there is none.",
	Params: []Param{jsonParam, variadic("paths", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return jsonExtract(args, func(n *jsonNode, path string) *jsonNode {
			steps, ok := splPath(path)
			if !ok {
				return nil
			}
			found := n.follow(steps)
			switch {
			case fans(steps) && len(found) > 0:
				return &jsonNode{kind: '[', items: found}
			case len(found) == 1:
				return found[0]
			}
			return nil
		})
	},
	Examples: []Example{
		example(text("London"), text(`{"cities":[{"name":"London"},{"name":"Perth"}]}`), text("cities{0}.name")), example(text(`["London","Perth"]`), text(`{"cities":[{"name":"London"},{"name":"Perth"}]}`), text("cities{}.name")),
		example(text(`[1,null]`), text(`{"a":1}`), text("a"), text("b")), example(null, text(`{"a":1}`), text("b")), example(text(`{"b":1.50}`), text(`{"a": {"b": 1.50}}`), text("a")), example(text("1.50"), text(`{"a": {"b": 1.50}}`), text("a.b")),
		example(whole(5), text(`{"a.b":5}`), text("a.b")), example(null, text(`{"a":null}`), text("a")), example(text("true"), text(`{"a":true}`), text("a")), example(null, text("x"), text("a")),
	},
})

var _ = define(Func{
	Name: "spl_json_extract_exact", Doc: "The value of a key of JSON for an object, dots and brackets being parts of it; of several keys the array of their values.",
	Params: []Param{jsonParam, variadic("keys", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return jsonExtract(args, func(n *jsonNode, key string) *jsonNode { return n.get(key) })
	},
	Examples: []Example{example(whole(5), text(`{"a.b":5}`), text("a.b")), example(null, text(`{"a":{"b":5}}`), text("a.b"))},
})

func jsonExtract(args []event.Value, find func(n *jsonNode, path string) *jsonNode) event.Value {
	n, ok := splJSON(args[0])
	switch {
	case !ok:
		return null
	case len(args) == 1:
		return n.value(null)
	case len(args) == 2:
		if found := find(n, splText(args[1])); found != nil {
			return found.value(null)
		}
		return null
	}
	all := &jsonNode{kind: '['}
	for _, path := range args[1:] {
		found := find(n, splText(path))
		if found == nil {
			found = jsonOf(null)
		}
		all.items = append(all.items, found)
	}
	return jsonText(all)
}

// change returns the node with the value at the end of a path changed; what is not on the way there is shared. The change sees
// nil where there is nothing, and nothing is put there if it gives nil.
func (n *jsonNode) change(steps []pathStep, to func(*jsonNode) *jsonNode) *jsonNode {
	if len(steps) == 0 {
		return to(n)
	}
	step := steps[0]
	switch {
	case n == nil && step.kind == 'n':
		n = &jsonNode{kind: '{'}
	case n == nil:
		return nil
	}
	out := &jsonNode{kind: n.kind, names: slices.Clone(n.names), items: slices.Clone(n.items)}
	switch {
	case step.kind == 'n' && n.kind == '{':
		item := n.get(step.name).change(steps[1:], to)
		if i := slices.Index(out.names, step.name); item == nil && i >= 0 {
			out.names, out.items = slices.Delete(out.names, i, i+1), slices.Delete(out.items, i, i+1)
		} else if item != nil {
			out.set(step.name, item)
		}
	case (step.kind == 'i' || step.kind == 'a') && n.kind == '[':
		out.items = out.items[:0]
		for i, item := range n.items {
			if step.kind == 'a' || i == step.index || i-len(n.items) == step.index {
				item = item.change(steps[1:], to)
			}
			if item != nil {
				out.items = append(out.items, item)
			}
		}
		if step.kind == 'i' && step.index == len(n.items) {
			if item := (*jsonNode)(nil).change(steps[1:], to); item != nil {
				out.items = append(out.items, item)
			}
		}
	default:
		return n
	}
	return out
}

func jsonChanger(name, doc string, steps func(path string) ([]pathStep, bool), change func(old, value *jsonNode) *jsonNode, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{jsonParam, variadic("paths_and_values", "any")}, Result: "any",
		Eval: func(args []event.Value) event.Value {
			n, ok := splJSON(args[0])
			if !ok {
				return null
			}
			for i := 1; i+1 < len(args); i += 2 {
				path, ok := steps(splText(args[i]))
				if !ok || args[i].IsNull() {
					return null
				}
				value := jsonOf(args[i+1])
				if n = n.change(path, func(old *jsonNode) *jsonNode { return change(old, value) }); n == nil {
					return null
				}
			}
			return jsonText(n)
		},
		Examples: examples,
	})
}

func exactStep(key string) ([]pathStep, bool) { return []pathStep{{kind: 'n', name: key}}, true }

var (
	_ = jsonChanger("spl_json_set", "The JSON with the values at paths set, given by turns; names that are missing are added.", splPath,
		func(_, value *jsonNode) *jsonNode { return value },
		example(text(`{"a":{"b":2},"c":"x"}`), text(`{"a":{"b":1}}`), text("a.b"), whole(2), text("c"), text("x")), example(text(`[1,9]`), text(`[1,2]`), text("{1}"), whole(9)), example(text(`{"a":[{"b":0},{"b":0}]}`), text(`{"a":[{"b":1},{}]}`), text("a{}.b"), whole(0)),
		example(null, text("x"), text("a"), whole(1)), example(text(`{"x":{"y":1}}`), text("{}"), text("x.y"), whole(1)))
	_ = jsonChanger("spl_json_set_exact", "The JSON with the values of keys set, given by turns, dots and brackets being parts of a key.", exactStep,
		func(_, value *jsonNode) *jsonNode { return value },
		example(text(`{"a.b":1}`), text("{}"), text("a.b"), whole(1)))
	_ = jsonChanger("spl_json_append", "The JSON with values added to the ends of the arrays at paths, given by turns.", splPath,
		func(old, value *jsonNode) *jsonNode { return jsonAdd(old, value) },
		example(text(`{"a":[1,[2,3]]}`), text(`{"a":[1]}`), text("a"), text("[2,3]")), example(text(`{"a":[1]}`), text("{}"), text("a"), whole(1)), example(text(`{"a":1}`), text(`{"a":1}`), text("a"), whole(2)))
	_ = jsonChanger("spl_json_extend", "The JSON with values added to the ends of the arrays at paths, given by turns; the elements of an array one by one.", splPath,
		func(old, value *jsonNode) *jsonNode {
			if value.kind == '[' {
				return jsonAdd(old, value.items...)
			}
			return jsonAdd(old, value)
		},
		example(text(`{"a":[1,2,3]}`), text(`{"a":[1]}`), text("a"), text("[2,3]")), example(text(`{"a":[1,"x"]}`), text(`{"a":[1]}`), text("a"), text("x")))
)

func jsonAdd(old *jsonNode, values ...*jsonNode) *jsonNode {
	switch {
	case old == nil:
		return &jsonNode{kind: '[', items: values}
	case old.kind != '[':
		return old
	}
	return &jsonNode{kind: '[', items: slices.Concat(old.items, values)}
}

var _ = define(Func{
	Name: "spl_json_delete", Doc: "The JSON without what stands at paths.", Params: []Param{jsonParam, variadic("paths", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok {
			return null
		}
		for _, path := range args[1:] {
			steps, ok := splPath(splText(path))
			if !ok {
				return null
			}
			if len(n.follow(steps)) == 0 {
				continue
			}
			if n = n.change(steps, func(*jsonNode) *jsonNode { return nil }); n == nil {
				return null
			}
		}
		return jsonText(n)
	},
	Examples: []Example{example(text(`{"b":{}}`), text(`{"a":1,"b":{"c":2}}`), text("a"), text("b.c")), example(text(`{"l":[2]}`), text(`{"l":[1,2]}`), text("l{0}")), example(text(`{"a":1}`), text(`{"a":1}`), text("x.y"))},
})

var _ = define(Func{
	Name: "spl_json_keys", Doc: "JSON for the array of the keys of an object; Null for what is none.", Params: []Param{jsonParam}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '{' {
			return null
		}
		keys := &jsonNode{kind: '['}
		for _, name := range n.names {
			keys.items = append(keys.items, &jsonNode{kind: '"', text: name})
		}
		return jsonText(keys)
	},
	Examples: []Example{example(text(`["b","a"]`), text(`{"b":1,"a":2}`)), example(null, text("[1]"))},
})

var _ = define(Func{
	Name: "spl_json_entries", Doc: "JSON for the array of the members of an object, each an object with key and value; Null for what is none.", Params: []Param{jsonParam}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value { return objectToArray(args[0], "key", "value") },
	Examples: []Example{
		example(text(`[{"key":"a","value":1}]`), text(`{"a":1}`)), example(null, text("[]")),
	},
})

var _ = define(Func{
	Name: "spl_object_to_array", Doc: "JSON for the array of the members of an object, each an object in which the first name has the key and the second the value; Null for what is no object.",
	Params: []Param{jsonParam, required("key", "any"), required("value", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return objectToArray(args[0], splText(args[1]), splText(args[2]))
	},
	Examples: []Example{example(text(`[{"k":"a","v":[1]}]`), text(`{"a":[1]}`), text("k"), text("v"))},
})

func objectToArray(v event.Value, key, value string) event.Value {
	n, ok := splJSON(v)
	if !ok || n.kind != '{' {
		return null
	}
	out := &jsonNode{kind: '['}
	for i, name := range n.names {
		entry := &jsonNode{kind: '{'}
		entry.set(key, &jsonNode{kind: '"', text: name})
		entry.set(value, n.items[i])
		out.items = append(out.items, entry)
	}
	return jsonText(out)
}

var _ = define(Func{
	Name: "spl_array_to_object", Doc: "JSON for the object of the members that an array of objects lists, of which the first name has the key and the second the value; Null for what is no array.",
	Params: []Param{jsonParam, required("key", "any"), required("value", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '[' {
			return null
		}
		out := &jsonNode{kind: '{'}
		for _, item := range n.items {
			key, value := item.get(splText(args[1])), item.get(splText(args[2]))
			if key == nil || value == nil {
				return null
			}
			out.set(splText(key.value(text("null"))), value)
		}
		return jsonText(out)
	},
	Examples: []Example{example(text(`{"a":1}`), text(`[{"k":"a","v":1}]`), text("k"), text("v")), example(null, text(`[1]`), text("k"), text("v"))},
})

var _ = define(Func{
	Name: "spl_json_has_key_exact", Doc: "Whether JSON for an object has all of the keys.", Params: []Param{jsonParam, variadic("keys", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '{' {
			return null
		}
		for _, key := range args[1:] {
			if n.get(splText(key)) == nil {
				return no
			}
		}
		return yes
	},
	Examples: []Example{example(yes, text(`{"a.b":null}`), text("a.b")), example(no, text(`{"a":1}`), text("a"), text("b")), example(null, text("x"), text("a"))},
})

var _ = define(Func{
	Name: "spl_json_array_to_mv", Doc: "The elements of JSON for an array as a multivalue, texts with their quotes if so asked for; Null for what is no array.",
	Params: []Param{jsonParam, optional("quoted", "bool")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '[' {
			return null
		}
		var out []event.Value
		for _, item := range n.items {
			if item.kind == '"' && len(args) > 1 && args[1].Bool() {
				out = append(out, jsonText(item))
			} else {
				out = append(out, item.value(text("null")))
			}
		}
		return splMulti(out)
	},
	Examples: []Example{
		example(list(text("a"), whole(1), text(`{"b":2}`)), text(`["a",1,{"b":2}]`)), example(texts(`"a"`, `"b"`), text(`["a","b"]`), yes), example(null, text("{}")), example(null, text("[]")),
	},
})

var _ = define(Func{
	Name: "spl_mv_to_json_array", Doc: "JSON for the array of the values of a field: texts, or, if their types are to be found out, what JSON they are.",
	Params: []Param{required("values", "any"), optional("infer", "bool")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n := &jsonNode{kind: '['}
		for _, v := range splItems(args[0]) {
			item := &jsonNode{kind: '"', text: splText(v)}
			if len(args) > 1 && args[1].Bool() {
				if inferred, ok := readJSONText(item.text); ok {
					item = inferred
				}
			}
			n.items = append(n.items, item)
		}
		return jsonText(n)
	},
	Examples: []Example{
		example(text(`["a","1"]`), texts("a", "1")), example(text(`["a",1,true,{"b":2}]`), texts("a", "1", "true", `{"b":2}`), yes), example(text(`["a"]`), text("a")),
	},
})

var _ = define(Func{
	Name: "spl_toarray", Doc: "JSON for an array: one as it is, several values or another value as the array of them.", Params: splParam, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n := jsonOf(args[0])
		if n.kind != '[' {
			n = &jsonNode{kind: '[', items: []*jsonNode{n}}
		}
		return jsonText(n)
	},
	Examples: []Example{example(text(`["a","b"]`), texts("a", "b")), example(text("[1]"), whole(1)), example(text("[1,2]"), text("[1, 2]"))},
})

var _ = define(Func{
	Name: "spl_toobject", Doc: "JSON for an object, without blanks; Null for what is none.", Params: splParam, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splJSON(args[0])
		if !ok || n.kind != '{' {
			return null
		}
		return jsonText(n)
	},
	Examples: []Example{example(text(`{"a":1}`), text(`{"a": 1}`)), example(null, text("[1]"))},
})

var _ = define(Func{
	Name: "spl_tojson", Doc: "The JSON of a field: several values as an array, a text that is JSON for an array or an object as that.", Params: splParam, Result: "any",
	Eval:     func(args []event.Value) event.Value { return jsonText(jsonOf(args[0])) },
	Examples: []Example{example(text(`"a"`), text("a")), example(text(`["a",1]`), list(text("a"), whole(1))), example(text("null"), null), example(text(`{"a":1}`), text(`{"a": 1}`))},
})

var _ = define(Func{
	Name: "spl_tomv", Doc: "The elements of JSON for an array as a multivalue; any other value as it is.", Params: splParam, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if n, ok := splJSON(args[0]); ok && n.kind == '[' {
			return funcs["spl_json_array_to_mv"].Eval(args)
		}
		return args[0]
	},
	Examples: []Example{example(texts("a", "b"), text(`["a","b"]`)), example(text("a"), text("a")), example(texts("a", "b"), texts("a", "b"))},
})
