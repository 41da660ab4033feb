package source

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// The JSON of evtx_dump, and of others that write the XML of an event down as objects: {"Event":{"System":…,"EventData":…}}.
//
// An attribute lies under #attributes beside #text, or in an object called Element_attributes beside the element, or
// is called @Name, or has no mark at all. A name that occurs again gets _1, _2 … behind it, and becomes one name again. Data
// without a name is a list, a text, or either of them under #text. GUIDs get back the braces that the tool drops; an
// element that is null is there and empty. The tool trims texts, which nobody can undo.
var _ = registerShape(jsonShape{
	name: "evtx_dump",
	doc:  "Windows events in the form of evtx_dump",
	certainty: func(o *jsonObject) int {
		if fields := o.object(keyEvent); fields != nil && fieldOf(fields, nameSystem).Object() != nil {
			return 100
		}
		if system := o.object(keySystem); system != nil && !fieldOf(system, winEventID).IsAbsent() {
			return 97
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		sections := o.object(keyEvent)
		if sections == nil {
			sections = o.fields
		}
		w := &s.win
		w.begin()
		s.leaves = s.leaves[:0]
		for _, f := range sections {
			switch r := f.Value.Object(); {
			case f.Name == nameSystem && r != nil:
				s.dumpSystem(r.Fields)
			case f.Name == nameEventData && r != nil:
				s.dumpData(r.Fields)
			case f.Name == nameUserData && r != nil:
				s.dumpUserData(r.Fields)
			case f.Name == nameRenderingInfo && r != nil:
				s.dumpRendering(r.Fields)
			case f.Name == nameMessage:
				w.rendered[renderedMessage] = f.Value
			case r != nil && !isAttributes(f.Name.Text):
				for _, l := range s.flat.run(r.Fields) {
					w.data = append(w.data, event.Field{Name: event.NameOf(f.Name.Text + "." + l.Name.Text), Value: l.Value})
				}
			}
		}
		if len(s.leaves) > 0 {
			for i, name := range leafNames(s.leaves) {
				w.data = append(w.data, event.Field{Name: name, Value: s.leaves[i].value})
			}
		}
		return s.windowsEvent(ev)
	},
})

var (
	keyEvent  = keyOf("Event")
	keySystem = keyOf("System")

	nameSystem        = event.NameOf("System")
	nameEventData     = event.NameOf("EventData")
	nameUserData      = event.NameOf("UserData")
	nameRenderingInfo = event.NameOf("RenderingInfo")
	nameMessage       = event.NameOf("Message")
	nameText          = event.NameOf("#text")
	nameValue         = event.NameOf("Value")
	nameAttributes    = event.NameOf("#attributes")
	nameAtName        = event.NameOf("@Name")
	nameName          = event.NameOf("Name")
)

// systemPlaces are the places of System's fields by element, or element and attribute.
var systemPlaces = func() map[string]int {
	places := make(map[string]int)
	for i, name := range systemNames {
		places[name.Text] = i
	}
	places["Security_UserId"] = atUserID
	return places
}()

func isAttributes(name string) bool {
	return name == "#attributes" || strings.HasSuffix(name, "_attributes") || strings.HasPrefix(name, "@xmlns") || name == "xmlns"
}

func (s *shaper) dumpSystem(elements []event.Field) {
	w := &s.win
	put := func(element, attribute string, v event.Value) {
		name := element
		if attribute != "" {
			name += "_" + strings.TrimPrefix(attribute, "@")
		}
		if at, known := systemPlaces[name]; known {
			w.set(at, withBraces(v, false))
		}
	}
	for _, f := range elements {
		element := strings.TrimSuffix(f.Name.Text, "_attributes")
		r := f.Value.Object()
		if r == nil {
			put(element, "", f.Value)
			continue
		}
		for _, part := range r.Fields {
			switch {
			case part.Name == nameText || part.Name == nameValue:
				put(element, "", part.Value)
			case part.Name == nameAttributes && part.Value.Object() != nil:
				for _, a := range part.Value.Object().Fields {
					put(element, a.Name.Text, a.Value)
				}
			default:
				put(element, part.Name.Text, part.Value)
			}
		}
	}
}

// dumpValue returns the text of an element and, where it has one, the name that its attributes give it.
func dumpValue(v event.Value) (value event.Value, label string) {
	r := v.Object()
	if r == nil {
		if v.IsNull() {
			return event.TextValue(""), ""
		}
		return withBraces(v, true), ""
	}
	value = event.TextValue("")
	for _, part := range r.Fields {
		switch part.Name {
		case nameText:
			value, _ = dumpValue(part.Value)
		case nameAtName, nameName:
			label = part.Value.Text()
		case nameAttributes:
			if a := part.Value.Object(); a != nil {
				label = fieldOf(a.Fields, nameName).Text()
			}
		}
	}
	return value, label
}

// isDumpText says whether an object is no more than a text and attributes.
func isDumpText(r *event.Record) bool {
	for _, part := range r.Fields {
		if part.Name != nameText && part.Name != nameAttributes && part.Name.Text[:min(1, len(part.Name.Text))] != "@" {
			return false
		}
	}
	return true
}

func (s *shaper) dumpData(items []event.Field) {
	w := &s.win
	for i, f := range items {
		if isAttributes(f.Name.Text) || f.Name == nameAtName {
			continue
		}
		name := repeatedName(items, i)
		v := f.Value
		if r := v.Object(); r != nil && !isDumpText(r) {
			for _, l := range s.flat.run(r.Fields) {
				if !isAttributes(l.Name.Text) {
					value, _ := dumpValue(l.Value)
					w.data = append(w.data, event.Field{Name: event.NameOf(name.Text + "." + l.Name.Text), Value: value})
				}
			}
			continue
		}
		if r := v.Object(); r != nil {
			if inner := fieldOf(r.Fields, nameText); inner.Kind() == event.List {
				v = inner
			}
		}
		if v.Kind() != event.List {
			v, label := dumpValue(v)
			w.data = append(w.data, event.Field{Name: labelled(name, label), Value: v})
			continue
		}
		for _, e := range v.List() {
			value, label := dumpValue(e)
			w.data = append(w.data, event.Field{Name: labelled(name, label), Value: value})
		}
	}
}

func labelled(name *event.Name, label string) *event.Name {
	if label != "" {
		return event.NameOf(label)
	}
	return name
}

// repeatedName returns the name of an item without the number that tells it from earlier ones of its name.
func repeatedName(items []event.Field, i int) *event.Name {
	name := items[i].Name
	at := strings.LastIndexByte(name.Text, '_')
	if at <= 0 {
		return name
	}
	n, err := strconv.Atoi(name.Text[at+1:])
	if err != nil || n < 1 || n > i {
		return name
	}
	base := name.Text[:at]
	before := base
	if n > 1 {
		before = base + "_" + strconv.Itoa(n-1)
	}
	for _, f := range items[:i] {
		if f.Name.Text == before {
			return event.NameOf(base)
		}
	}
	return name
}

// dumpUserData lists the leaves below the provider's element.
func (s *shaper) dumpUserData(children []event.Field) {
	for _, f := range children {
		if r := f.Value.Object(); r != nil && !isAttributes(f.Name.Text) {
			s.dumpLeaves("", 0, r.Fields)
		} else if r == nil && !f.Value.IsNull() && !isAttributes(f.Name.Text) {
			s.leaf(f.Name.Text, 0, f.Value)
		}
	}
}

func (s *shaper) leaf(path string, last int, v event.Value) {
	v, _ = dumpValue(v)
	s.leaves = append(s.leaves, leaf{path: path, last: last, value: v})
}

func (s *shaper) dumpLeaves(path string, last int, children []event.Field) {
	below := func(step string) (string, int) {
		if path == "" {
			return step, 0
		}
		return path + "." + step, len(path) + 1
	}
	for i, f := range children {
		name := repeatedName(children, i).Text
		switch r := f.Value.Object(); {
		case isAttributes(name):
			element := strings.TrimSuffix(strings.TrimPrefix(name, "#attributes"), "_attributes")
			if r == nil {
				continue
			}
			for _, a := range r.Fields {
				if strings.HasPrefix(a.Name.Text, "xmlns") {
					continue
				}
				step, at := a.Name.Text, 0
				if element != "" {
					at, step = len(element)+1, element+"."+step
				}
				full, start := below(step)
				s.leaf(full, start+at, a.Value)
			}
		case name == "#text":
			if path != "" {
				s.leaf(path, last, f.Value)
			}
		case r != nil:
			full, start := below(name)
			s.dumpLeaves(full, start, r.Fields)
		case f.Value.Kind() == event.List:
			full, start := below(name)
			for _, e := range f.Value.List() {
				if r := e.Object(); r != nil {
					s.dumpLeaves(full, start, r.Fields)
				} else {
					s.leaf(full, start, e)
				}
			}
		default:
			full, start := below(strings.TrimPrefix(name, "@"))
			s.leaf(full, start, f.Value)
		}
	}
}

func (s *shaper) dumpRendering(parts []event.Field) {
	w := &s.win
	for _, f := range parts {
		v := f.Value
		if r := v.Object(); r != nil && len(r.Fields) > 0 { // Keywords: {Keyword: …}
			v = r.Fields[0].Value
		}
		switch f.Name.Text {
		case "Message":
			w.rendered[renderedMessage] = v
		case "Level":
			w.rendered[renderedLevel] = v
		case "Task":
			w.rendered[renderedTask] = v
		case "Opcode":
			w.rendered[renderedOpcode] = v
		case "Keywords":
			w.rendered[renderedKeywords] = v
		case "Provider":
			w.rendered[renderedProvider] = v
		}
	}
}
