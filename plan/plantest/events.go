package plantest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"goshawk/event"
)

// addEvents reads the events of a case, one JSON object a line.
func (w *world) addEvents(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		ev, err := readEvent([]byte(line))
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if ev.Origin.Source == "" {
			ev.Origin = event.Origin{Source: "events.jsonl", Record: uint64(number), Offset: -1}
		}
		ev.Arrival = int64(number)
		w.events = append(w.events, ev)
	}
	return nil
}

func readEvent(line []byte) (*event.Event, error) {
	r, err := Object(line)
	if err != nil {
		return nil, err
	}
	ev := &event.Event{}
	var class event.Class
	for _, f := range r.Fields {
		switch f.Name.Text {
		case "class":
			err = texts(f.Value, map[string]*string{
				"product": &class.Product, "channel": &class.Channel, "provider": &class.Provider, "id": &class.ID})
		case "fields":
			r := f.Value.Object()
			if r == nil {
				return nil, fmt.Errorf("fields must be an object")
			}
			ev.Record = *r
		case "raw":
			ev.Raw = []byte(f.Value.Text())
		case "free_text":
			ev.FreeText = f.Value.Bool()
		case "logged":
			ticks, _, ok := event.ParseTime(f.Value.Text())
			if !ok {
				return nil, fmt.Errorf("logged must be a time")
			}
			ev.Logged = ticks
		default:
			err = fmt.Errorf("an event has no key %q", f.Name.Text)
		}
		if err != nil {
			return nil, err
		}
	}
	ev.Class = event.ClassOf(class)
	return ev, nil
}

func texts(v event.Value, into map[string]*string) error {
	if v.Kind() != event.Object {
		return fmt.Errorf("class must be an object")
	}
	for _, f := range v.Object().Fields {
		p := into[f.Name.Text]
		if p == nil {
			return fmt.Errorf("a class has no key %q", f.Name.Text)
		}
		*p = f.Value.Text()
	}
	return nil
}

// Object reads the JSON object of an event as a record, with its numbers exact and its keys in order. A key that stands in it repeatedly is a repeated
// field.
func Object(data []byte) (*event.Record, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := decode(d)
	if err != nil {
		return nil, err
	}
	if v.Object() == nil {
		return nil, fmt.Errorf("an event must be an object, which %s is not", data)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the event")
	}
	return v.Object(), nil
}

// decode reads one JSON value with its numbers exact and its keys in order. A key that stands in an object repeatedly is a
// repeated field.
func decode(d *json.Decoder) (event.Value, error) {
	token, err := d.Token()
	if err != nil {
		return event.Value{}, err
	}
	switch t := token.(type) {
	case nil:
		return event.NullValue(), nil
	case bool:
		return event.BoolValue(t), nil
	case string:
		return event.TextValue(t), nil
	case json.Number:
		v, ok := event.Number(t.String())
		if !ok {
			return event.Value{}, fmt.Errorf("%s is no number", t)
		}
		return v, nil
	case json.Delim:
		if t == '[' {
			list := []event.Value{}
			for d.More() {
				v, err := decode(d)
				if err != nil {
					return event.Value{}, err
				}
				list = append(list, v)
			}
			_, err := d.Token()
			return event.ListValue(list...), err
		}
		r := &event.Record{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return event.Value{}, err
			}
			v, err := decode(d)
			if err != nil {
				return event.Value{}, err
			}
			r.Set(name.(string), v)
		}
		_, err := d.Token()
		return event.ObjectValue(r), err
	}
	return event.Value{}, fmt.Errorf("unexpected %v", token)
}
