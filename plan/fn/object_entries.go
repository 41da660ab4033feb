package fn

import (
	"goshawk/event"
)

var _ = define(Func{
	Name: "entries", Doc: "The list of an object's fields, in their order, each as an object of its name and its value; a name that occurs repeatedly has the list of its values; Null for a value that is no object.",
	Params: []Param{required("object", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		out := make([]event.Value, 0, len(r.Fields))
		seen := make(map[string]bool, len(r.Fields))
		for _, f := range r.Fields {
			if name := f.Name.Text; !seen[name] {
				seen[name] = true
				entry := &event.Record{}
				entry.Set("name", text(name))
				entry.Set("value", r.Get(name))
				out = append(out, event.ObjectValue(entry))
			}
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(object("name", text("b"), "value", whole(1)), object("name", text("a"), "value", null)), object("b", whole(1), "a", null)),
		example(list(object("name", text("a"), "value", texts("x", "y"))), object("a", text("x"), "a", text("y"))),
		example(list(), object()), example(null, text("a")),
	},
})
