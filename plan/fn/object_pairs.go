package fn

import (
	"goshawk/event"
)

var _ = define(Func{
	Name: "named_value",
	Doc: "The value of the field value_field of the first object in a list, or of the object itself, whose field name_field is a name; absent where there is none. " +
		"It reads lists such as [{Name: …, Value: …}].",
	Params: []Param{required("list", "dynamic"), required("name_field", "string"), required("value_field", "string"), required("name", "string")},
	Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		objects := args[0].List()
		if args[0].Kind() == event.Object {
			objects = args[:1]
		}
		nameField, valueField, name := args[1].Text(), args[2].Text(), args[3].Text()
		for _, o := range objects {
			if r := o.Object(); r != nil && r.Get(nameField).Text() == name {
				return r.Get(valueField)
			}
		}
		return event.Value{}
	},
	Examples: []Example{
		example(text("w"), list(object("n", text("a"), "v", text("u")), object("n", text("b"), "v", text("w"))), text("n"), text("v"), text("b")),
		example(text("u"), object("n", text("a"), "v", text("u")), text("n"), text("v"), text("a")),
		example(event.Value{}, list(object("n", text("a"), "v", text("u"))), text("n"), text("v"), text("c")),
		example(event.Value{}, text("a"), text("n"), text("v"), text("a")),
	},
})
