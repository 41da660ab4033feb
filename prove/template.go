package prove

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"goshawk/detection/suite"
	"goshawk/diag"
)

//go:embed templates/templates.yaml
var templateFiles embed.FS

// Template is an event that tests can write down by what matters about it.
type Template struct {
	Name   string
	Doc    string
	Fields string            // the path of the object that fields go into; empty: the record itself
	Places map[string]string // paths of fields that go elsewhere
	Record *yaml.Node
}

var templates = sync.OnceValue(func() map[string]*Template {
	text, err := templateFiles.ReadFile("templates/templates.yaml")
	if err != nil {
		panic(err)
	}
	read := map[string]*struct {
		Doc    string
		Fields string
		Places map[string]string
		Record yaml.Node
	}{}
	if err := yaml.Unmarshal(text, &read); err != nil {
		panic("prove: templates.yaml: " + err.Error())
	}
	all := map[string]*Template{}
	for name, t := range read {
		all[name] = &Template{Name: name, Doc: t.Doc, Fields: t.Fields, Places: t.Places, Record: &t.Record}
	}
	return all
})

// Templates returns all templates in the order of their names.
func Templates() []*Template {
	var list []*Template
	for _, t := range templates() {
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// object is a JSON object that is being put together, its keys in the order in which they came.
type object struct {
	keys   []string
	values map[string]any // text as JSON spells it, or *object
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) set(path []string, value any) {
	if _, known := o.values[path[0]]; !known {
		o.keys = append(o.keys, path[0])
	}
	if len(path) == 1 {
		o.values[path[0]] = value
		return
	}
	below, is := o.values[path[0]].(*object)
	if !is {
		below = newObject()
		o.values[path[0]] = below
	}
	below.set(path[1:], value)
}

// MarshalJSON writes the object with its keys in order.
func (o *object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, key := range o.keys {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(key)
		value, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// jsonOfNode returns a node of YAML as a value to be written as JSON. Numbers keep their spelling.
func jsonOfNode(n *yaml.Node) (any, error) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		o := newObject()
		return o, fillObject(o, n)
	case yaml.SequenceNode:
		list := []any{}
		for _, e := range n.Content {
			value, err := jsonOfNode(e)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!null":
			return nil, nil
		case "!!bool":
			return strings.EqualFold(n.Value, "true"), nil
		case "!!int", "!!float":
			if json.Valid([]byte(n.Value)) {
				return json.RawMessage(n.Value), nil
			}
		}
		return n.Value, nil
	}
	return nil, fmt.Errorf("an event holds texts, numbers, lists and maps")
}

// fillObject gives an object the entries of a map that it does not have yet: those of the map first, then those that it merges.
func fillObject(o *object, n *yaml.Node) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.SequenceNode { // of several maps to merge
		for _, e := range n.Content {
			if err := fillObject(o, e); err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, known := o.values[key.Value]; known || key.Tag == "!!merge" {
			continue
		}
		value, err := jsonOfNode(n.Content[i+1])
		if err != nil {
			return err
		}
		o.set([]string{key.Value}, value)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			if err := fillObject(o, n.Content[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// record returns the line of a log that an event of a suite stands for; number counts the events of its list from 1.
func record(e *suite.Event, number int) (line string, err error) {
	if e.Object == nil {
		return e.Line.Text, nil
	}
	whole, err := jsonOfNode(e.Object)
	if err != nil {
		return "", err
	}
	if e.Template.Text != "" {
		t := templates()[e.Template.Text]
		if t == nil {
			return "", unknownTemplate(e.Template.Text)
		}
		base, err := jsonOfNode(t.Record)
		if err != nil {
			return "", err
		}
		fillNumber(base, number)
		filled, given := base.(*object), whole.(*object)
		for _, name := range given.keys {
			switch place, elsewhere := t.Places[name]; {
			case name == "template":
			case elsewhere:
				filled.set(strings.Split(place, "."), given.values[name])
			case t.Fields == "":
				filled.set([]string{name}, given.values[name])
			default:
				filled.set(append(strings.Split(t.Fields, "."), name), given.values[name])
			}
		}
		whole = filled
	}
	text, err := json.Marshal(whole)
	return string(text), err
}

func unknownTemplate(name string) error {
	var names []string
	for known := range templates() {
		names = append(names, known)
	}
	sort.Strings(names)
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown template %q; did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown template %q; templates are %s", name, strings.Join(names, ", "))
}

// fillNumber puts the number of the event where the template wants it.
func fillNumber(value any, number int) {
	o, is := value.(*object)
	if !is {
		return
	}
	for key, v := range o.values {
		if v == "{n}" {
			o.values[key] = json.RawMessage(strconv.Itoa(number))
		}
		fillNumber(o.values[key], number)
	}
}
