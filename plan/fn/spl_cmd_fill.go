package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_fill_fields", Doc: "The object with a value for each field of another object that it lacks or has as null, but for those that begin with _.",
	Params: []Param{required("object", "dynamic"), required("fields", "dynamic"), required("value", "any")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		out := &event.Record{}
		if r := args[0].Object(); r != nil {
			out.Fields = append(out.Fields, r.Fields...)
		}
		if wanted := args[1].Object(); wanted != nil {
			for _, f := range wanted.Fields {
				if !strings.HasPrefix(f.Name.Text, "_") && out.Get(f.Name.Text).IsNull() {
					setField(out, f.Name.Text, args[2])
				}
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", whole(1), "b", text("0")), object("a", whole(1)), object("a", text("x"), "b", text("y"), "_c", text("z")), text("0")),
		example(object("a", text("0")), object("a", null), object("a", whole(1)), text("0")), example(object("a", text("0")), null, object("a", whole(1)), text("0")),
	},
})

// lastFields keeps the last value that each field had.
type lastFields struct {
	record event.Record
	at     map[string]int
	size   int64
}

func (s *lastFields) Add(args []event.Value) {
	r := args[0].Object()
	if r == nil {
		return
	}
	if s.at == nil {
		s.at = map[string]int{}
	}
	for _, f := range r.Fields {
		v := f.Value
		i, known := s.at[f.Name.Text]
		if !known {
			i = len(s.record.Fields)
			s.at[f.Name.Text] = i
			s.record.Add(f.Name, v.Clone())
			s.size += valueSize + footprint(v)
		} else if !v.IsNull() {
			s.size += footprint(v) - footprint(s.record.Fields[i].Value)
			s.record.Fields[i].Value = v.Clone()
		}
	}
}

func (s *lastFields) Result() event.Value {
	return event.ObjectValue(&event.Record{Fields: append([]event.Field(nil), s.record.Fields...)})
}

func (s *lastFields) Size() int64 { return s.size }

var _ = defineAggregate(Aggregate{
	Name: "spl_last_fields", Doc: "One object with the last value that is not null of each field of all objects; what is no object is left out.",
	Params: []Param{required("object", "dynamic")}, Result: "dynamic",
	New:      func() State { return new(lastFields) },
	Examples: []AggregateExample{aggregated(object("a", whole(2), "b", whole(1)), rows(object("a", whole(1), "b", whole(1)), object("a", whole(2), "b", null), null))},
})
