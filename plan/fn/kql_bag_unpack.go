package fn

import (
	"slices"

	"goshawk/event"
)

// kqlUnpacked returns the members of a bag under their names with a prefix. clash is a member that has the name of a column.
func kqlUnpacked(args []event.Value) (out *event.Record, clash string) {
	out = &event.Record{}
	bag := args[0].Object()
	if bag == nil {
		return out, ""
	}
	prefix, how := args[1].Text(), args[2].Text()
	in := func(list event.Value, name string) bool {
		return slices.ContainsFunc(list.List(), func(v event.Value) bool { return v.Text() == name })
	}
	for _, f := range bag.Fields {
		name := prefix + f.Name.Text
		if in(args[4], f.Name.Text) {
			continue
		}
		if in(args[3], name) {
			switch how {
			case "keep_source":
				continue
			case "error":
				clash = name
			}
		}
		out.Set(name, f.Value)
	}
	return out, clash
}

var _ = define(Func{
	Name: "kql_bag_unpack", Doc: "The members of a bag as an object, with a prefix before their names, some left out; those that have the name of a column stay out (keep_source), replace it (replace_source) or are an error.",
	Params: []Param{required("bag", "any"), required("prefix", "string"), required("conflict", "string"), required("taken", "dynamic"), required("ignored", "dynamic")}, Result: "dynamic",
	Fails: func(args []event.Value) string {
		if _, clash := kqlUnpacked(args); clash != "" {
			return "a bag has the member " + clash + ", which is a column already"
		}
		return ""
	},
	Eval: func(args []event.Value) event.Value {
		out, _ := kqlUnpacked(args)
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("p_a", whole(1)), object("a", whole(1), "b", whole(2)), text("p_"), text("error"), texts("b"), texts("b")),
		example(object(), object("a", whole(1)), empty, text("keep_source"), texts("a"), list()), example(object("a", whole(1)), object("a", whole(1)), empty, text("replace_source"), texts("a"), list()),
		example(object(), null, empty, text("error"), list(), list()),
	},
})
