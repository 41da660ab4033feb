package fn

import (
	"goshawk/event"
)

var _ = define(Func{
	Name: "nulls_as_text",
	Doc: "The value with the text null in place of each null that is there, at any depth, as searches see the nulls of JSON. What is " +
		"absent stays absent.",
	Params: []Param{{Name: "value", Type: "any"}},
	Result: "any",
	Eval: func(args []event.Value) event.Value {
		v, _ := nullsAsText(args[0])
		return v
	},
	Examples: []Example{
		{Args: []event.Value{event.NullValue()}, Want: event.TextValue("null")},
		{Args: []event.Value{{}}, Want: event.Value{}},
		{Args: []event.Value{event.TextValue("")}, Want: event.TextValue("")},
		{Args: []event.Value{event.IntValue(0)}, Want: event.IntValue(0)},
		{
			Args: []event.Value{event.ListValue(event.NullValue(), event.TextValue("a"))},
			Want: event.ListValue(event.TextValue("null"), event.TextValue("a")),
		},
		example(object("a", text("null"), "b", object("c", texts("null"))), object("a", null, "b", object("c", list(null)))),
	},
})

// nullsAsText also says whether the value holds a null, so that one without is not copied.
func nullsAsText(v event.Value) (_ event.Value, changed bool) {
	switch v.Kind() {
	case event.Null:
		if v.IsAbsent() {
			return v, false
		}
		return event.TextValue("null"), true
	case event.List:
		var out []event.Value
		for i, e := range v.List() {
			spelled, is := nullsAsText(e)
			if is && out == nil {
				out = append(make([]event.Value, 0, len(v.List())), v.List()[:i]...)
			}
			if out != nil {
				out = append(out, spelled)
			}
		}
		if out != nil {
			return event.ListValue(out...), true
		}
	case event.Object:
		var out []event.Field
		fields := v.Object().Fields
		for i := range fields {
			spelled, is := nullsAsText(fields[i].Value)
			if is && out == nil {
				out = append(make([]event.Field, 0, len(fields)), fields[:i]...)
			}
			if out != nil {
				out = append(out, event.Field{Name: fields[i].Name, Value: spelled})
			}
		}
		if out != nil {
			return event.ObjectValue(&event.Record{Fields: out}), true
		}
	}
	return v, false
}
