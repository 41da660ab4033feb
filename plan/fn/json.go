package fn

import (
	"encoding/json"
	"io"
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "parse_json", Doc: "The value that a text of JSON spells, numbers exact; a list or object as it is; Null where it is no JSON.",
	Params: []Param{required("text", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch args[0].Kind() {
		case event.List, event.Object:
			return args[0]
		}
		v, ok := ParseJSON(args[0].Text())
		if !ok {
			return null
		}
		return v
	},
	Examples: []Example{
		example(object("a", list(whole(1), float(2.5), null), "b", yes), text(`{"a":[1,2.5,null],"b":true}`)), example(null, text("{")), example(null, text("{} x")),
		example(decimal("18446744073709551615"), text("18446744073709551615")),
	},
})

var _ = define(Func{
	Name: "to_json", Doc: "The value as a text of JSON.",
	Params: []Param{required("value", "any")}, Result: "string",
	Eval:     func(args []event.Value) event.Value { return text(string(args[0].AppendJSON(nil))) },
	Examples: []Example{example(text(`["a",1]`), list(text("a"), whole(1))), example(text("null"), null), example(text(`"x"`), text("x"))},
})

// maxJSONDepth bounds how deep lists and objects may be nested.
const maxJSONDepth = 256

// ParseJSON reads one value of JSON. Of a name that occurs repeatedly in an object the last value stays.
func ParseJSON(s string) (event.Value, bool) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	v, ok := readJSON(d, 0)
	if !ok {
		return event.Value{}, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}

func readJSON(d *json.Decoder, depth int) (event.Value, bool) {
	t, err := d.Token()
	if err != nil || depth > maxJSONDepth {
		return event.Value{}, false
	}
	switch t := t.(type) {
	case nil:
		return null, true
	case bool:
		return boolean(t), true
	case string:
		return text(t), true
	case json.Number:
		return event.Number(t.String())
	case json.Delim:
		if t == '[' {
			return readList(d, depth)
		}
		return readObject(d, depth)
	}
	return event.Value{}, false
}

func readList(d *json.Decoder, depth int) (event.Value, bool) {
	out := []event.Value{}
	for d.More() {
		v, ok := readJSON(d, depth+1)
		if !ok {
			return event.Value{}, false
		}
		out = append(out, v)
	}
	_, err := d.Token()
	return list(out...), err == nil
}

func readObject(d *json.Decoder, depth int) (event.Value, bool) {
	out := &event.Record{}
	places := map[string]int{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return event.Value{}, false
		}
		v, ok := readJSON(d, depth+1)
		if !ok {
			return event.Value{}, false
		}
		if i, again := places[name.(string)]; again {
			out.Fields[i].Value = v
			continue
		}
		places[name.(string)] = len(out.Fields)
		out.Set(name.(string), v)
	}
	_, err := d.Token()
	return event.ObjectValue(out), err == nil
}
