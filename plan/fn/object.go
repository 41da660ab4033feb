package fn

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
)

// Objects.

var _ = define(Func{
	Name: "object", Doc: "The object of names and values, given by turns.",
	Params: []Param{variadic("names_and_values", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{Fields: make([]event.Field, 0, len(args)/2)}
		for i := 0; i+1 < len(args); i += 2 {
			setField(out, args[i].Text(), args[i+1])
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{example(object("a", whole(1), "b", null), text("a"), whole(1), text("b"), null), example(object())},
})

// setField gives a field its value, in the place of an earlier one of the name.
func setField(r *event.Record, name string, v event.Value) {
	known := event.NameOf(name)
	for i := range r.Fields {
		if sameName(r.Fields[i].Name, known) {
			r.Fields[i].Value = v
			return
		}
	}
	r.Add(known, v)
}

var _ = define(Func{
	Name: "get", Doc: `The value below an object or list at a path such as a.b[0]["c d"], lists before a name fanning out; absent where there is none.`,
	Params: []Param{required("value", "dynamic"), required("path", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		steps, ok := parsePath(args[1].Text())
		if !ok {
			return event.Value{}
		}
		return follow(args[0], steps)
	},
	Examples: []Example{
		example(whole(1), object("a", object("b", list(whole(1)))), text("a.b[0]")), example(event.Value{}, object("a", whole(1)), text("b")),
		example(texts("x", "y"), object("l", list(object("n", text("x")), object("n", text("y")))), text("l.n")),
		example(whole(2), object("c d", whole(2)), text(`["c d"]`)), example(whole(3), object("a.b", whole(3)), text("a.b")),
	},
})

// parsePath reads a path: names parted by dots, [n] for an element, ["name"] for a name with other characters.
func parsePath(path string) (steps []any, ok bool) {
	for path != "" {
		switch {
		case path[0] == '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, false
			}
			inside := path[1:end]
			if n := len(inside); n > 1 && (inside[0] == '"' || inside[0] == '\'') && inside[n-1] == inside[0] {
				steps = append(steps, inside[1:n-1])
			} else if i, err := strconv.Atoi(inside); err == nil {
				steps = append(steps, i)
			} else {
				return nil, false
			}
			path = path[end+1:]
		case path[0] == '.':
			path = path[1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, path[:end])
			path = path[end:]
		}
	}
	return steps, true
}

func follow(v event.Value, steps []any) event.Value {
	if len(steps) == 0 {
		return v
	}
	switch step := steps[0].(type) {
	case int:
		of := v.List()
		if step < 0 {
			step += len(of)
		}
		if step < 0 || step >= len(of) {
			return event.Value{}
		}
		return follow(of[step], steps[1:])
	case string:
		switch v.Kind() {
		case event.Object:
			if found := v.Object().Get(step); !found.IsAbsent() {
				return follow(found, steps[1:])
			}
			return dotted(v.Object(), step, steps[1:])
		case event.List:
			var all []event.Value
			for _, e := range v.List() {
				if found := follow(e, steps); !found.IsAbsent() {
					all = append(all, itemsOf(found)...)
				}
			}
			if all != nil {
				return list(all...)
			}
		}
	}
	return event.Value{}
}

// dotted tries names with dots in them.
func dotted(r *event.Record, name string, steps []any) event.Value {
	for i, step := range steps {
		part, isName := step.(string)
		if !isName {
			break
		}
		name += "." + part
		if found := r.Get(name); !found.IsAbsent() {
			return follow(found, steps[i+1:])
		}
	}
	return event.Value{}
}

var _ = define(Func{
	Name: "get_field", Doc: "The value of the field of exactly this name; absent where the object has none.",
	Params: []Param{required("object", "dynamic"), required("name", "string")}, Result: "any", Strict: true, Within: HeldByFirst,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return event.Value{}
		}
		return args[0].Object().Get(args[1].Text())
	},
	Examples: []Example{example(whole(1), object("a.b", whole(1)), text("a.b")), example(event.Value{}, text("x"), text("a"))},
})

var _ = define(Func{
	Name: "keys", Doc: "The names of an object's fields, in their order; Null for a value that is no object.",
	Params: []Param{required("object", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		names := []event.Value{}
		for _, f := range args[0].Object().Fields {
			names = append(names, text(f.Name.Text))
		}
		return list(distinct(names)...)
	},
	Examples: []Example{example(texts("b", "a"), object("b", whole(1), "a", null)), example(null, list())},
})

var _ = define(Func{
	Name: "has_key", Doc: "Whether an object has a field of this name.",
	Params: []Param{required("object", "dynamic"), required("name", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return boolean(args[0].Kind() == event.Object && !args[0].Object().Get(args[1].Text()).IsAbsent())
	},
	Examples: []Example{example(yes, object("a", null), text("a")), example(no, object(), text("a"))},
})

var _ = define(Func{
	Name: "set_field", Doc: "The object with a field of this name and value, in the place of one that it had.",
	Params: []Param{required("object", "dynamic"), required("name", "string"), required("value", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{}
		if args[0].Kind() == event.Object {
			out.Fields = slices.Clone(args[0].Object().Fields)
		}
		v := args[2]
		if v.IsAbsent() { // the field is there, and null
			v = null
		}
		setField(out, args[1].Text(), v)
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", whole(2)), object("a", whole(1)), text("a"), whole(2)), example(object("a", null), null, text("a"), null), example(object("a", null), object("a", whole(1)), text("a"), event.Value{}),
	},
})

var _ = define(Func{
	Name: "remove_fields", Doc: "The object without the fields of the names in a list.",
	Params: []Param{required("object", "dynamic"), required("names", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		out := &event.Record{}
		unwanted := itemsOf(args[1])
		for _, f := range args[0].Object().Fields {
			if !slices.ContainsFunc(unwanted, func(v event.Value) bool { return v.Kind() == event.Text && v.Text() == f.Name.Text }) {
				out.Fields = append(out.Fields, f)
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{example(object("b", whole(2)), object("a", whole(1), "b", whole(2)), texts("a"))},
})

// givesValue says whether a record has a value under a name: what Get gives for it is not absent.
func givesValue(r *event.Record, name *event.Name) bool {
	met := 0
	for i := range r.Fields {
		if f := &r.Fields[i]; sameName(f.Name, name) {
			if met++; met > 1 || !f.Value.IsAbsent() {
				return true
			}
		}
	}
	return false
}

// sameName says whether two names are one. Those that the table of names has room for differ if they are not the same there.
func sameName(a, b *event.Name) bool {
	if a == b {
		return true
	}
	return (a.ID == 0 || b.ID == 0) && a.Text == b.Text
}

var _ = define(Func{
	Name: "has_fields_beside", Doc: "Whether an object has a field whose name is not in a list of names, which must be in ascending order, byte by byte.",
	Params: []Param{required("object", "dynamic"), required("names", "dynamic")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		names := itemsOf(args[1])
		for _, f := range args[0].Object().Fields {
			if _, known := slices.BinarySearchFunc(names, f.Name.Text, func(v event.Value, name string) int { return strings.Compare(v.Text(), name) }); !known {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, object("a", whole(1), "b", whole(2)), texts("a", "c")), example(no, object("a", whole(1), "c", null), texts("a", "b", "c")), example(no, object(), texts()), example(null, text("a"), texts("a")),
	},
})

var _ = define(Func{
	Name: "merge", Doc: "The fields of all objects in one; of a name that several have, the value of the first; what is no object is left out.",
	Params: []Param{variadic("objects", "dynamic")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{}
		for _, v := range args {
			if v.Kind() != event.Object {
				continue
			}
			for _, f := range v.Object().Fields {
				if !givesValue(out, f.Name) {
					out.Fields = append(out.Fields, f)
				}
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{example(object("a", whole(1), "b", whole(2)), object("a", whole(1)), null, object("a", whole(9), "b", whole(2)))},
})

var _ = define(Func{
	Name: "parse_pairs", Doc: `The object of the pairs in a text such as SHA1=…,MD5=…, parted by separators, name and value by another; values may stand in double quotes; Null where there is none.`,
	Params: []Param{required("text", "string"), optional("between_pairs", "string"), optional("between_name_and_value", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		pairs := parsePairs(args[0].Text(), textAt(args, 1, ","), textAt(args, 2, "="))
		if len(pairs.Fields) == 0 {
			return null
		}
		return event.ObjectValue(pairs)
	},
	Examples: []Example{
		example(object("SHA1", text("ab"), "MD5", text("cd")), text("SHA1=ab, MD5=cd")), example(null, text("none")),
		example(object("user", text("jo x"), "uid", text("0")), text(`user="jo x" uid=0`), text(" ")),
	},
})

func parsePairs(s, between, assign string) *event.Record {
	out := &event.Record{}
	for s != "" && between != "" && assign != "" {
		s = strings.TrimLeft(s, " ")
		end := strings.Index(s, between)
		if i := strings.Index(s, assign+`"`); i >= 0 && (end < 0 || i < end) {
			value := s[i+len(assign)+1:]
			if quote := strings.IndexByte(value, '"'); quote >= 0 {
				addPair(out, s[:i], value[:quote])
				s = strings.TrimPrefix(strings.TrimLeft(value[quote+1:], " "), between)
				continue
			}
		}
		pair := s
		s = ""
		if end >= 0 {
			pair, s = pair[:end], pair[end+len(between):]
		}
		if name, value, ok := strings.Cut(pair, assign); ok {
			addPair(out, name, strings.TrimSpace(value))
		}
	}
	return out
}

func addPair(r *event.Record, name, value string) {
	if name = strings.TrimSpace(name); name != "" {
		r.Set(name, text(value))
	}
}

var _ = define(Func{
	Name: "hash_of", Doc: "The value of a name, without regard to case, in a text such as SHA1=…,MD5=…; Null where it is not there.",
	Params: []Param{required("text", "string"), required("name", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		for pair := range strings.SplitSeq(args[0].Text(), ",") {
			name, value, ok := strings.Cut(pair, "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), args[1].Text()) {
				return text(strings.TrimSpace(value))
			}
		}
		return null
	},
	Examples: []Example{example(text("cd"), text("SHA1=ab,MD5=cd"), text("md5")), example(null, text("SHA1=ab"), text("MD5")), example(null, null, text("MD5"))},
})
