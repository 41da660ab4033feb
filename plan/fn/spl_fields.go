package fn

import (
	"strings"

	"goshawk/event"
)

// Objects that hold the fields of a row which nobody could name before the search ran.

// splWild matches a name with one in which * stands for any characters, and returns what each of them stands for.
func splWild(pattern, name string) (parts []string, ok bool) {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return nil, pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return nil, false
	}
	name = name[len(head):]
	if !strings.Contains(tail, "*") {
		if len(name) < len(tail) || !strings.HasSuffix(name, tail) {
			return nil, false
		}
		return []string{name[:len(name)-len(tail)]}, true
	}
	for i := 0; i <= len(name); i++ {
		if rest, ok := splWild(tail, name[i:]); ok {
			return append([]string{name[:i]}, rest...), true
		}
	}
	return nil, false
}

func splMatchesAny(patterns []event.Value, name string) bool {
	for _, p := range patterns {
		if _, ok := splWild(p.Text(), name); ok {
			return true
		}
	}
	return false
}

// splSelect returns the fields of an object that a function wants.
func splSelect(v event.Value, want func(name string) bool) event.Value {
	r := v.Object()
	if r == nil {
		return null
	}
	out := &event.Record{}
	for _, f := range r.Fields {
		if want(f.Name.Text) {
			out.Fields = append(out.Fields, f)
		}
	}
	return event.ObjectValue(out)
}

var _ = define(Func{
	Name: "spl_keep_fields", Doc: "The object with those fields whose names match one of the names, in which * stands for any characters.",
	Params: []Param{required("object", "dynamic"), variadic("names", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return splSelect(args[0], func(name string) bool { return splMatchesAny(args[1:], name) })
	},
	Examples: []Example{example(object("a1", whole(1)), object("a1", whole(1), "b", whole(2)), text("a*")), example(object(), object("b", whole(2)))},
})

var _ = define(Func{
	Name: "spl_drop_fields", Doc: "The object without those fields whose names match one of the names, in which * stands for any characters; fields that begin with _ go only where the name does so too.",
	Params: []Param{required("object", "dynamic"), variadic("names", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return splSelect(args[0], func(name string) bool {
			for _, p := range args[1:] {
				if _, ok := splWild(p.Text(), name); ok && (name == "" || name[0] != '_' || strings.HasPrefix(p.Text(), "_")) {
					return false
				}
			}
			return true
		})
	},
	Examples: []Example{
		example(object("b", whole(2)), object("a1", whole(1), "b", whole(2)), text("a*")),
		example(object("_x", whole(1)), object("_x", whole(1), "b", whole(2)), text("*")),
	},
})

var _ = define(Func{
	Name: "spl_rename_fields", Doc: "The object with those fields that match a name with * under the new name, in which * stands for what it stood for; a field of that name before is gone. Fields that begin with _ match only a name that does so too.",
	Params: []Param{required("object", "dynamic"), required("old", "string"), required("new", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		out := &event.Record{}
		for _, f := range r.Fields {
			internal := strings.HasPrefix(f.Name.Text, "_") && !strings.HasPrefix(args[1].Text(), "_")
			if parts, ok := splWild(args[1].Text(), f.Name.Text); ok && !internal {
				name := args[2].Text()
				for _, part := range parts {
					name = strings.Replace(name, "*", part, 1)
				}
				setField(out, name, f.Value)
			} else if out.Get(f.Name.Text).IsAbsent() {
				out.Fields = append(out.Fields, f)
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("x", whole(1), "b", whole(2)), object("a.x", whole(1), "b", whole(2)), text("a.*"), text("*")),
		example(object("b", whole(1)), object("a.b", whole(1), "b", whole(2)), text("a.*"), text("*")),
		example(object("x_a", whole(1), "_b", whole(2)), object("a", whole(1), "_b", whole(2)), text("*"), text("x_*")),
	},
})

var _ = define(Func{
	Name: "spl_is_true", Doc: `Whether a value, taken as a condition, is true or, if false is wanted, false: the truth values, the texts "true" and "false", and numbers, of which 0 is false. Null is neither.`,
	Params: []Param{required("value", "any"), required("want", "bool")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		is, known := false, false
		switch v := args[0]; v.Kind() {
		case event.Bool:
			is, known = v.Bool(), true
		case event.Null:
		default:
			switch strings.ToLower(v.Text()) {
			case "true", "t":
				is, known = true, true
			case "false", "f":
				known = true
			default:
				if n, ok := splFloat(v); ok {
					is, known = n != 0, true
				}
			}
		}
		return boolean(known && is == args[1].Bool())
	},
	Examples: []Example{
		example(boolean(true), boolean(true), boolean(true)), example(boolean(true), text("false"), boolean(false)),
		example(boolean(false), null, boolean(false)), example(boolean(true), text("1"), boolean(true)),
	},
})
