package fn

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "flatten",
	Doc: "The object of all single values at any depth of an object, each under its path: steps parted by dots, {} behind a list, the values of one path as a list. " +
		"With true, a list at the top is several values of its name, without {}. A record that is no object gives an empty one.",
	Params: []Param{required("object", "dynamic"), optional("top_lists_are_values", "bool")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		f := flattener{out: &event.Record{}}
		if args[0].Kind() == event.Object {
			top := len(args) > 1 && args[1].Bool()
			for _, field := range args[0].Object().Fields {
				if list := field.Value.List(); top && list != nil {
					for _, e := range list {
						f.addNamed(field.Name, e)
					}
					continue
				}
				f.addNamed(field.Name, field.Value)
			}
		}
		return event.ObjectValue(f.out)
	},
	Examples: []Example{
		example(object("a", whole(1), "b.c", whole(2), "d{}", texts("x", "y")),
			object("a", whole(1), "b", object("c", whole(2)), "d", texts("x", "y"))),
		example(object("l{}.n", texts("x", "y"), "l{}.m", whole(1)), object("l", list(object("n", text("x"), "m", whole(1)), object("n", text("y"))))),
		example(object("d", texts("x", "y")), object("d", texts("x", "y")), yes), example(object(), null), example(object("a", null), object("a", null)),
	},
})

// flattener gathers values under their paths.
type flattener struct {
	out *event.Record
	at  map[string]int // path → place in out, once there are many
}

// fewPaths is how many paths are looked through one by one.
const fewPaths = 64

// addNamed adds what stands under a name of the object.
func (f *flattener) addNamed(name *event.Name, v event.Value) {
	if v.Kind() == event.Object || v.Kind() == event.List {
		f.add(name.Text, v)
		return
	}
	f.addSingle(name, v)
}

func (f *flattener) add(path string, v event.Value) {
	switch v.Kind() {
	case event.Object:
		for _, field := range v.Object().Fields {
			f.add(path+"."+field.Name.Text, field.Value)
		}
	case event.List:
		for _, e := range v.List() {
			f.add(path+"{}", e)
		}
	default:
		f.addSingle(event.NameOf(path), v)
	}
}

// place returns where in out a path stands; -1: nowhere.
func (f *flattener) place(path *event.Name) int {
	if f.at == nil {
		if len(f.out.Fields) <= fewPaths {
			return slices.IndexFunc(f.out.Fields, func(have event.Field) bool { return sameName(have.Name, path) })
		}
		f.at = make(map[string]int, 2*len(f.out.Fields))
		for i, have := range f.out.Fields {
			f.at[have.Name.Text] = i
		}
	}
	if i, known := f.at[path.Text]; known {
		return i
	}
	return -1
}

func (f *flattener) addSingle(path *event.Name, v event.Value) {
	i := f.place(path)
	if i < 0 {
		if f.at != nil {
			f.at[path.Text] = len(f.out.Fields)
		}
		f.out.Add(path, v)
		return
	}
	switch before := f.out.Fields[i].Value; {
	case v.IsNull():
	case before.IsNull():
		f.out.Fields[i].Value = v
	default:
		f.out.Fields[i].Value = list(append(append([]event.Value(nil), itemsOf(before)...), v)...)
	}
}

var _ = define(Func{
	Name: "without_nulls", Doc: "The object without the fields that are null, and with false also without those that are an empty text.",
	Params: []Param{required("object", "dynamic"), optional("keep_empty_texts", "bool")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		keep := len(args) < 2 || args[1].Bool()
		out := &event.Record{}
		for _, f := range args[0].Object().Fields {
			if f.Value.IsNull() || !keep && f.Value.IsEmpty() {
				continue
			}
			out.Fields = append(out.Fields, f)
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("a", whole(1), "c", empty), object("a", whole(1), "b", null, "c", empty)),
		example(object("a", whole(1)), object("a", whole(1), "c", empty), no), example(null, text("a")),
	},
})

var _ = define(Func{
	Name: "numbered", Doc: "The values of the fields of an object that are called by a prefix and a number, in the order of the numbers: a0, a1, a10.",
	Params: []Param{required("object", "dynamic"), required("prefix", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		type place struct {
			number uint64
			value  event.Value
		}
		var places []place
		for _, f := range args[0].Object().Fields {
			digits, ok := strings.CutPrefix(f.Name.Text, args[1].Text())
			if number, err := strconv.ParseUint(digits, 10, 31); ok && err == nil && !f.Value.IsNull() {
				places = append(places, place{number, f.Value})
			}
		}
		sort.SliceStable(places, func(i, j int) bool { return places[i].number < places[j].number })
		values := []event.Value{}
		for _, p := range places {
			values = append(values, itemsOf(p.value)...)
		}
		return list(values...)
	},
	Examples: []Example{
		example(texts("ls", "-l", "x"), object("a10", text("x"), "a0", text("ls"), "argc", text("3"), "a1", text("-l")), text("a")),
		example(list(), object("argc", text("0")), text("a")),
	},
})
