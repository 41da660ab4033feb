package fn

import (
	"slices"

	"goshawk/event"
)

// Kusto's functions of bags. A key that begins with $ is a path of names, such as $.a.b.

var _ = define(Func{
	Name: "kql_bag_has_key", Doc: "Whether a bag has a member of a name, or one at the end of a path that begins with $; Null where the value is no bag.",
	Params: []Param{required("bag", "dynamic"), required("key", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		steps, ok := kqlKeySteps(args[1].Text())
		if args[0].Kind() != event.Object {
			return null
		}
		v := args[0]
		for _, step := range steps {
			if v.Kind() != event.Object || step.Kind() != event.Text {
				return no
			}
			of := v.Object()
			i := slices.IndexFunc(of.Fields, func(f event.Field) bool { return f.Name.Text == step.Text() })
			if i < 0 {
				return no
			}
			v = of.Get(step.Text())
		}
		return boolean(ok)
	},
	Examples: []Example{
		example(yes, object("key1", whole(123), "key2", text("abc")), text("key2")), example(no, object("key1", whole(123)), text("key2")),
		example(yes, object("key2", object("prop1", text("abc"))), text("$.key2.prop1")), example(no, object("key2", object("prop1", text("abc"))), text("$.key2.prop2")), example(yes, object("a", null), text("a")),
		example(null, list(), text("a")),
	},
})

// kqlChange returns the bag with the member at the end of a path as change makes it; change says whether there is one then.
func kqlChange(v event.Value, steps []event.Value, change func(old event.Value) (event.Value, bool)) event.Value {
	out := &event.Record{}
	name := steps[0].Text()
	if v.Kind() == event.Object {
		out.Fields = kqlFields(v.Object(), false)
	}
	i := slices.IndexFunc(out.Fields, func(f event.Field) bool { return f.Name.Text == name })
	old := event.Value{}
	if i >= 0 {
		old = out.Fields[i].Value
	}
	next, keep := old, true
	if len(steps) == 1 {
		next, keep = change(old)
	} else {
		next = kqlChange(old, steps[1:], change)
	}
	switch {
	case !keep && i >= 0:
		out.Fields = slices.Delete(out.Fields, i, i+1)
	case !keep:
	case i >= 0:
		out.Fields[i].Value = next
	default:
		out.Set(name, next)
	}
	return event.ObjectValue(out)
}

// kqlNames returns the steps of a key where all are names and there is at least one.
func kqlNames(key string) ([]event.Value, bool) {
	steps, ok := kqlKeySteps(key)
	return steps, ok && len(steps) > 0 && !slices.ContainsFunc(steps, func(v event.Value) bool { return v.Kind() != event.Text })
}

var _ = define(Func{
	Name: "kql_bag_set_key", Doc: "The bag with a member of a name, or at the end of a path that begins with $, that has a value; Null where the value is no bag or the path is none of names.",
	Params: []Param{required("bag", "dynamic"), required("key", "string"), required("value", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		steps, ok := kqlNames(args[1].Text())
		if args[0].Kind() != event.Object || !ok {
			return null
		}
		v := args[2]
		if v.IsAbsent() { // the member is there, and null
			v = null
		}
		return kqlChange(args[0], steps, func(event.Value) (event.Value, bool) { return v, true })
	},
	Examples: []Example{
		example(object("key1", whole(1), "key3", whole(3)), object("key1", whole(1)), text("key3"), whole(3)), example(object("key1", whole(1), "key3", whole(3)), object("key1", whole(1), "key3", text("abc")), text("key3"), whole(3)),
		example(object("key1", whole(123), "key2", object("prop1", text("abc"))), object("key1", whole(123)), text("$.key2.prop1"), text("abc")),
		example(object("k", object("a", text("x"), "b", whole(2))), object("k", object("a", whole(1), "b", whole(2))), text("$.k.a"), text("x")), example(null, list(), text("a"), whole(1)),
	},
})

var _ = define(Func{
	Name: "kql_bag_remove_keys", Doc: "The bag without the members of names, or at the ends of paths that begin with $, in an array; Null where the value is no bag.",
	Params: []Param{required("bag", "dynamic"), required("keys", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		out := args[0]
		if out.Kind() != event.Object {
			return null
		}
		for _, key := range args[1].List() {
			steps, ok := kqlNames(key.Text())
			if ok && kqlReaches(out, steps) {
				out = kqlChange(out, steps, func(event.Value) (event.Value, bool) { return null, false })
			}
		}
		return out
	},
	Examples: []Example{
		example(object("y", object("z", text("q"))), object("x", whole(1), "y", object("z", text("q"))), texts("x")), example(object("key1", whole(123)), object("key1", whole(123), "key2", text("abc")), texts("key2", "key4")),
		example(object("key1", whole(123), "key2", object("prop2", text("xyz"))), object("key1", whole(123), "key2", object("prop1", text("abc"), "prop2", text("xyz")), "key3", list()), texts("$.key2.prop1", "key3")),
		example(object("a", whole(1)), object("a", whole(1)), texts("$.a.b")), example(null, text("x"), texts("x")),
	},
})

// kqlReaches says whether all steps but the last lead to a bag.
func kqlReaches(v event.Value, steps []event.Value) bool {
	for _, step := range steps[:len(steps)-1] {
		v = kqlMember(v, step)
	}
	return v.Kind() == event.Object
}

var _ = define(Func{
	Name: "kql_bag_zip", Doc: "The bag of the texts of an array as names and the elements of another as values, null where that is shorter or no array; other names are left out. Null where the first is no array.",
	Params: []Param{required("keys", "dynamic"), required("values", "dynamic")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.List {
			return null
		}
		out := &event.Record{}
		for i, key := range args[0].List() {
			if key.Kind() == event.Text {
				setField(out, key.Text(), kqlMember(args[1], whole(int64(i))))
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", whole(1), "b", text("2"), "c", float(3.4)), texts("a", "b", "c"), list(whole(1), text("2"), float(3.4))), example(object("a", whole(1), "b", null), texts("a", "b"), list(whole(1))),
		example(object("a", whole(1), "b", float(2.5)), list(text("a"), whole(8), text("b")), list(whole(1), text("2"), float(2.5))), example(object("a", null, "b", null), list(text("a"), whole(8), text("b")), whole(1)),
		example(null, text("a"), list(whole(1))),
	},
})

var _ = define(Func{
	Name: "kql_bag_pack", Doc: "The bag of names and values, given by turns; of a name given twice the last value.",
	Params: []Param{variadic("names_and_values", "any")}, Result: "dynamic", Within: HeldByAny,
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{}
		for i := 0; i+1 < len(args); i += 2 {
			v := args[i+1]
			if v.IsNull() { // the member is there, and null
				v = null
			}
			setField(out, args[i].Text(), v)
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("Level", text("Information"), "ProcessID", whole(1234)), text("Level"), text("Information"), text("ProcessID"), whole(1234)), example(object("a", whole(1), "s", empty), text("a"), whole(1), text("s"), empty),
		example(object("a", null), text("a"), event.Value{}), example(object()),
	},
})

var _ = define(Func{
	Name: "kql_bag_filled", Doc: "The bag without the members that are null or an empty text; Null where the value is no bag.",
	Params: []Param{required("bag", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		fields := slices.DeleteFunc(kqlFields(args[0].Object(), false), func(f event.Field) bool {
			return f.Value.IsNull() || f.Value.IsEmpty()
		})
		return event.ObjectValue(&event.Record{Fields: fields})
	},
	Examples: []Example{example(object("a", whole(1)), object("a", whole(1), "s", empty, "n", null)), example(null, list())},
})

var _ = define(Func{
	Name: "kql_bag_merge", Doc: "The members of all bags in one; of a name that several have, the value of the first. What is no bag is left out, Null where none is one.",
	Params: []Param{variadic("bags", "dynamic")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out, any := &event.Record{}, false
		seen := map[string]bool{}
		for _, v := range args {
			if v.Kind() != event.Object {
				continue
			}
			any = true
			for _, f := range kqlFields(v.Object(), false) {
				if !seen[f.Name.Text] {
					seen[f.Name.Text] = true
					out.Fields = append(out.Fields, f)
				}
			}
		}
		if !any {
			return null
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("A1", whole(12), "B1", whole(2), "A2", whole(81)), object("A1", whole(12), "B1", whole(2)), object("A2", whole(81), "A1", whole(1))), example(object("a", whole(1)), null, object("a", whole(1))), example(null, null),
	},
})
