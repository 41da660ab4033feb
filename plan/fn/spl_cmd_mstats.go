package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_metrics", Doc: "The metrics of an event as an object: its fields metric_name:<name>, or the value in _value under the name in metric_name; of an event with neither, its numbers under their names, without the internal fields and those that are named.",
	Params: []Param{required("object", "dynamic"), variadic("others", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		if r == nil {
			return null
		}
		out := &event.Record{}
		for _, f := range r.Fields {
			if name, ok := strings.CutPrefix(f.Name.Text, "metric_name:"); ok {
				setField(out, name, f.Value)
			}
		}
		if name := r.Get("metric_name"); !name.IsNull() {
			if v := r.Get("_value"); !v.IsNull() {
				setField(out, splText(name), v)
			}
		}
		if len(out.Fields) > 0 {
			return event.ObjectValue(out)
		}
		for _, f := range r.Fields {
			if _, ok := splNumber(f.Value); ok && !strings.HasPrefix(f.Name.Text, "_") && !splNames(args[1:], f.Name.Text) {
				out.Fields = append(out.Fields, f)
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("cpu", whole(1)), object("metric_name:cpu", whole(1), "host", text("a"))),
		example(object("cpu", whole(1)), object("metric_name", text("cpu"), "_value", whole(1), "pid", whole(7))),
		example(object("cpu", text("0.5")), object("cpu", text("0.5"), "pid", whole(7), "host", text("a"), "_time", whole(3)), text("pid")),
	},
})

func splNames(names []event.Value, name string) bool {
	for _, n := range names {
		if n.Text() == name {
			return true
		}
	}
	return false
}
