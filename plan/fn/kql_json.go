package fn

import (
	"strconv"
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "kql_parse_json", Doc: "The value that a text of JSON spells; a text that is no JSON as it is, Null of an empty one, a value that is no text as it is.",
	Params: []Param{required("text", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Text {
			return args[0]
		}
		s := args[0].Text()
		if s == "" {
			return null
		}
		if v, ok := ParseJSON(s); ok {
			return v
		}
		return text(s)
	},
	Examples: []Example{
		example(object("k", list(whole(1), whole(2))), text(`{"k": [1, 2]}`)), example(null, empty), example(text("not json"), text("not json")), example(whole(12), text("12")), example(list(), text("[]")),
		example(object("a", whole(1)), object("a", whole(1))), example(null, text("null")), example(text("x"), text(`"x"`)), example(float(118), text("118.0")),
	},
})

// kqlMember returns the member of a bag, or the element of an array, from the end where the index is negative.
func kqlMember(v, key event.Value) event.Value {
	switch {
	case v.Kind() == event.Object && key.Kind() == event.Text:
		if found := v.Object().Get(key.Text()); !found.IsAbsent() {
			return found
		}
	case v.Kind() == event.List:
		i, ok := wholeNumber(key)
		of := v.List()
		if i < 0 {
			i += int64(len(of))
		}
		if ok && i >= 0 && i < int64(len(of)) {
			return of[i]
		}
	}
	return null
}

var _ = define(Func{
	Name: "kql_index", Doc: "The member of a bag by its name, or the element of an array by its index, which counts from the end where it is negative; Null where there is none.",
	Params: []Param{required("value", "dynamic"), required("key", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value { return kqlMember(args[0], args[1]) },
	Examples: []Example{
		example(whole(7), object("b", whole(7)), text("b")), example(whole(10), list(whole(10), whole(20)), whole(0)), example(whole(20), list(whole(10), whole(20)), whole(-1)),
		example(null, list(whole(10)), whole(5)), example(null, object("b", whole(7)), text("B")), example(null, text("x"), text("b")), example(null, list(whole(1)), text("0")), example(null, object("0", whole(1)), whole(0)),
	},
})

var _ = define(Func{
	Name: "kql_expand", Doc: "The values that a dynamic value expands to: the elements of an array, a bag for each member of a bag, or the array of its name and value, any other value alone, null included.",
	Params: []Param{required("value", "dynamic"), required("arrays", "bool")}, Result: "dynamic", Within: HeldByFirst,
	Eval: func(args []event.Value) event.Value {
		switch v := args[0]; v.Kind() {
		case event.List:
			return v
		case event.Object:
			out := []event.Value{}
			for _, f := range kqlFields(v.Object(), false) {
				if args[1].Bool() {
					out = append(out, list(text(f.Name.Text), f.Value))
				} else {
					out = append(out, object(f.Name.Text, f.Value))
				}
			}
			return list(out...)
		}
		return list(args[0])
	},
	Examples: []Example{
		example(texts("a", "b"), texts("a", "b"), no), example(list(object("p", text("a")), object("q", text("b"))), object("p", text("a"), "q", text("b")), no),
		example(list(texts("p", "a")), object("p", text("a")), yes), example(list(null), null, no), example(list(), object(), no), example(list(whole(5)), whole(5), no), example(list(), list(), yes),
	},
})

var _ = define(Func{
	Name: "kql_cast", Doc: "A dynamic value as a value of a type without reading texts as numbers: its text for string, a number as another one where it fits; Null where it is of another type.",
	Params: []Param{required("value", "dynamic"), required("type", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v := args[0]
		of := func(ok bool, to string) event.Value {
			if !ok {
				return null
			}
			return ByName(to).Eval(args[:1])
		}
		switch args[1].Text() {
		case "string":
			return of(true, "kql_tostring")
		case "int":
			return of(isNumber(v), "kql_toint")
		case "long":
			return of(isNumber(v), "kql_tolong")
		case "real":
			return of(isNumber(v), "kql_toreal")
		case "decimal":
			return of(isNumber(v), "kql_todecimal")
		case "bool":
			return of(v.Kind() == event.Bool, "kql_tobool")
		case "datetime":
			return of(v.Kind() == event.Text || v.Kind() == event.Time, "kql_todatetime")
		case "timespan":
			return of(v.Kind() == event.Text || v.Kind() == event.Duration, "kql_totimespan")
		case "guid":
			return of(true, "kql_toguid")
		}
		return v
	},
	Examples: []Example{
		example(text("1"), text("1"), text("string")), example(text("1"), whole(1), text("string")), example(null, text("1"), text("long")), example(whole(2), float(2.5), text("long")), example(float(2), whole(2), text("real")),
		example(instant("2024-01-01"), text("2024-01-01T00:00:00Z"), text("datetime")), example(list(), list(), text("dynamic")), example(null, whole(1), text("bool")),
	},
})

// kqlPath reads a path of JSON such as $.a['b c'][0]. Steps are event Values: texts and whole numbers.
func kqlPath(path string) (steps []event.Value, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(path), "$")
	for ok && rest != "" {
		switch {
		case strings.HasPrefix(rest, "['") || strings.HasPrefix(rest, `["`):
			quote := rest[1:2]
			name, behind, closed := strings.Cut(rest[2:], quote+"]")
			steps, rest, ok = append(steps, text(name)), behind, closed
		case rest[0] == '[':
			inside, behind, closed := strings.Cut(rest[1:], "]")
			i, err := strconv.ParseInt(strings.TrimSpace(inside), 10, 64)
			steps, rest, ok = append(steps, whole(i)), behind, closed && err == nil
		case rest[0] == '.':
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end > 0 {
				steps = append(steps, text(rest[:end]))
			}
			ok = end > 0 || strings.HasPrefix(rest, "[")
			rest = rest[end:]
		default:
			ok = false
		}
	}
	return steps, ok
}

// kqlKeySteps reads the key that a function of bags is given: a path where it begins with $, else the name of a member.
func kqlKeySteps(key string) ([]event.Value, bool) {
	if strings.HasPrefix(key, "$") {
		return kqlPath(key)
	}
	return []event.Value{text(key)}, true
}

var _ = define(Func{
	Name: "kql_extract_json", Doc: "The value at a path such as $.a['b c'][0] of a text of JSON; Null where there is none or the text is no JSON.",
	Params: []Param{required("path", "string"), required("text", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		steps, ok := kqlPath(args[0].Text())
		v := args[1]
		if v.Kind() == event.Text && ok {
			v, ok = ParseJSON(v.Text())
		}
		if !ok {
			return null
		}
		for _, step := range steps {
			v = kqlMember(v, step)
		}
		return v
	},
	Examples: []Example{
		example(text("John"), text("$.name"), text(`{"name": "John", "age": 30}`)), example(whole(2), text("$.a['b c'][1]"), text(`{"a":{"b c":[1,2]}}`)), example(null, text("$.x"), text(`{"a":1}`)),
		example(null, text("$.x"), text("{")), example(list(whole(1)), text("$"), text("[1]")), example(null, text("a"), text(`{"a":1}`)),
	},
})

var _ = define(Func{
	Name: "kql_treepath", Doc: "The paths of all members of a bag, of an array the first element standing for all, as an array of texts; Null where the value is no bag.",
	Params: []Param{required("bag", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		seen := map[string]bool{}
		out := []event.Value{}
		var walk func(v event.Value, path string)
		walk = func(v event.Value, path string) {
			if path != "" && !seen[path] {
				seen[path] = true
				out = append(out, text(path))
			}
			switch v.Kind() {
			case event.Object:
				for _, f := range kqlFields(v.Object(), false) {
					walk(f.Value, path+"['"+f.Name.Text+"']")
				}
			case event.List:
				for _, e := range v.List() {
					walk(e, path+"[0]")
				}
			}
		}
		walk(args[0], "")
		return list(out...)
	},
	Examples: []Example{
		example(texts("['a']", "['c']"), object("a", text("b"), "c", whole(123))), example(texts("['prop1']", "['prop1'][0]", "['prop2']"), object("prop1", list(whole(1), whole(2)), "prop2", text("value2"))),
		example(texts("['l']", "['l'][0]", "['l'][0]['x']"), object("l", list(whole(100), text("abcde"), object("x", text("y"))))), example(null, list()),
	},
})
