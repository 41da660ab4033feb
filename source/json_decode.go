package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"goshawk/event"
)

// jsonDecoder decodes blocks of JSON values.
type jsonDecoder struct {
	shaper
	parser jsonParser
	top    jsonObject
	ev     event.Event
}

func (d *jsonDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	var (
		pos, counted = 0, 0
		line         = b.Line
		levels       = 0 // brackets to close around the values at hand
		first, comma = true, false
	)
	report := func(at int, code, reason string, lost bool) {
		at = min(at, len(b.Bytes))
		problem(Problem{Source: b.Input.Name, Offset: b.Offset + int64(at), Code: code, Reason: reason, Lost: lost,
			Record: line + uint64(bytes.Count(b.Bytes[counted:max(at, counted)], newline))})
	}
	d.parser.begin(b.Bytes)
	for {
		pos += jsonGap(b.Bytes[pos:])
		if pos >= len(b.Bytes) {
			if levels > 0 && !b.Cut {
				report(pos, "json-truncated", "the list of records does not end", false)
			}
			return
		}
		c := b.Bytes[pos]
		switch {
		case c == ',':
			if levels == 0 || first || comma {
				report(pos, "json-stray-comma", "a comma stands where a value is expected", false)
			}
			comma = true
			pos++
			continue
		case c == ']' && levels > 0:
			if comma {
				report(pos, "json-stray-comma", "a comma stands before the end of the list", false)
			}
			n := jsonClosing(b.Bytes[pos:], levels)
			if n < 0 {
				report(pos, "json-truncated", "the envelope of the records does not end", false)
				n = len(b.Bytes) - pos
			}
			pos, levels, first, comma = pos+n, 0, true, false
			continue
		}
		if n, deep := jsonContainer(b.Bytes[pos:]); n > 0 && levels == 0 {
			pos, levels, first, comma = pos+n, deep, true, false
			continue
		}
		if levels > 0 && !first && !comma {
			report(pos, "json-missing-comma", "no comma stands between two values", false)
		}
		first, comma = false, false
		line += uint64(bytes.Count(b.Bytes[counted:pos], newline))
		counted = pos
		next, more := d.record(&b, pos, line, give, report)
		if !more {
			return
		}
		pos = next
	}
}

// record decodes the value at pos. It returns where to go on, and whether to.
func (d *jsonDecoder) record(b *Block, pos int, line uint64, give func(*event.Event) bool, report func(int, string, string, bool)) (int, bool) {
	if b.Bytes[pos] != '{' {
		n := jsonLength(b.Bytes[pos:])
		if n <= 0 {
			n = jsonNext(b.Bytes[pos:])
		}
		report(pos, "json-no-object", fmt.Sprintf("a record is an object, not %.20q", b.Bytes[pos:pos+n]), true)
		return pos + n, true
	}
	d.parser.pos = pos
	fields, ok := d.parser.object()
	end := d.parser.pos
	for _, n := range d.parser.notes {
		report(n.pos, n.code, n.reason, false)
	}
	d.ev.Reset()
	d.ev.Origin = event.Origin{Source: b.Input.Name, Offset: b.Offset + int64(pos)}
	if !ok {
		fault := d.parser.fault
		end = pos + jsonNext(b.Bytes[pos:])
		lost := !fault.cut || len(fields) == 0
		report(fault.pos, fault.code, fault.reason, lost)
		if lost {
			return end, true
		}
		d.ev.Marks |= event.Truncated
		end = max(end, min(fault.pos, len(b.Bytes)))
	}
	d.ev.Raw = b.Bytes[pos:end:end]
	if !ok {
		d.ev.Raw = bytes.TrimRight(d.ev.Raw, " \t\r\n")
	}
	d.reset()
	d.top.load(fields)
	d.read(&d.top, &d.ev)
	if d.ev.Origin.Record == 0 {
		d.ev.Origin.Record = line
	}
	for i := range d.before {
		if !give(&d.before[i]) {
			return end, false
		}
	}
	return end, give(&d.ev)
}

// jsonNext returns how much of b, which begins with a broken value, is to be passed over so that nothing behind it is lost: up to
// where its brackets close or to the next line that begins a record, whichever comes first. It looks no further than twice
// as far as it must.
func jsonNext(b []byte) int {
	for size := 256; ; size *= 2 {
		window := b[:min(size, len(b))]
		line := bytes.Index(window, []byte("\n{")) + 1
		if line > 0 {
			window = window[:line]
		}
		if n := jsonLength(window); n > 0 {
			return n
		}
		if line > 0 || len(window) == len(b) {
			return len(window)
		}
	}
}

// jsonKey is a name that shapes ask for at the top of an object.
type jsonKey uint16

const maxJSONKeys = 512

// jsonKeys holds every jsonKey by the ID of its name; other names are 0.
var jsonKeys []jsonKey

var jsonKeyCount jsonKey

// keyOf returns the jsonKey of a name; it is for package variables.
func keyOf(name string) jsonKey {
	id := int(event.NameOf(name).ID)
	if id >= len(jsonKeys) {
		jsonKeys = append(jsonKeys, make([]jsonKey, id+1-len(jsonKeys))...)
	}
	if jsonKeys[id] == 0 {
		if jsonKeyCount++; jsonKeyCount == maxJSONKeys {
			panic("source: maxJSONKeys is too small")
		}
		jsonKeys[id] = jsonKeyCount
	}
	return jsonKeys[id]
}

// keyOfName returns the jsonKey of a Name; 0 if no shape asks for it.
func keyOfName(name *event.Name) jsonKey {
	if int(name.ID) < len(jsonKeys) {
		return jsonKeys[name.ID]
	}
	return 0
}

// jsonObject is an object whose known fields are found without a search.
type jsonObject struct {
	fields []event.Field
	at     [maxJSONKeys]uint16 // by jsonKey: 1 + the place in fields
}

func (o *jsonObject) load(fields []event.Field) {
	o.fields = fields
	clear(o.at[:jsonKeyCount+1])
	for i := range fields {
		o.at[keyOfName(fields[i].Name)] = uint16(i + 1)
	}
}

// has says whether the object has all of these fields.
func (o *jsonObject) has(keys ...jsonKey) bool {
	for _, k := range keys {
		if o.at[k] == 0 {
			return false
		}
	}
	return true
}

// any says whether the object has one of these fields.
func (o *jsonObject) any(keys ...jsonKey) bool {
	for _, k := range keys {
		if o.at[k] != 0 {
			return true
		}
	}
	return false
}

// get returns the value of a field; absent if there is none.
func (o *jsonObject) get(k jsonKey) event.Value {
	if i := o.at[k]; i > 0 {
		return o.fields[i-1].Value
	}
	return event.Value{}
}

// object returns the fields of a field that is an object; nil if it is none.
func (o *jsonObject) object(k jsonKey) []event.Field {
	if r := o.get(k).Object(); r != nil {
		return r.Fields
	}
	return nil
}

// text returns the text of a field; empty if it is no text.
func (o *jsonObject) text(k jsonKey) string {
	if v := o.get(k); v.Kind() == event.Text {
		return v.Text()
	}
	return ""
}

// first returns the value of the first of these fields that is there and not null.
func (o *jsonObject) first(keys ...jsonKey) event.Value {
	for _, k := range keys {
		if v := o.get(k); !v.IsNull() {
			return v
		}
	}
	return event.Value{}
}

// jsonShape is one way in which a producer writes its records down as named values.
type jsonShape struct {
	name string
	doc  string // what is said of a file that holds such: "Windows events as NXLog writes them"
	// certainty says, from the names of the fields and little more, how certain it is that an object has the shape: 0 not at
	// all, 100 beyond doubt.
	certainty func(o *jsonObject) int
	// read fills ev from the object. It reports false, with ev's record empty, where the object has not got the shape after all.
	read func(s *shaper, o *jsonObject, ev *event.Event) bool
}

// jsonShapes holds every shape in the order of names; each file registers its own.
var jsonShapes []*jsonShape

func registerShape(shape jsonShape) *jsonShape {
	jsonShapes = append(jsonShapes, &shape)
	slices.SortFunc(jsonShapes, func(a, b *jsonShape) int { return strings.Compare(a.name, b.name) })
	return &shape
}
