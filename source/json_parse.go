package source

import (
	"fmt"

	"goshawk/event"
)

const (
	jsonMaxDepth  = 64      // objects and lists inside each other
	jsonMaxFields = 1 << 14 // fields and elements of one record, at all depths
	jsonMaxNumber = 1 << 10 // characters of a number
	jsonMaxNames  = 1 << 14 // names that a parser keeps at hand
)

// jsonParser reads JSON values out of a block without copying them: texts stay in the block, escaped as they are, nested
// values lie in an arena, names come from a table. What it returns is valid until the next record begins.
//
// It is strict about structure and tolerant inside texts: control characters, escapes that JSON does not know and bytes
// that are no UTF-8 are kept, the first two noted. The zero value is ready for begin.
type jsonParser struct {
	b     []byte
	pos   int
	names jsonNames
	arena event.Arena

	fields []event.Field // of the objects that are open, the outermost first
	values []event.Value // of the lists that are open
	room   int           // fields and elements that the record may still have

	fault jsonFault
	notes []jsonFault // what is odd about the record, each kind once
}

// jsonFault is something wrong with a text.
type jsonFault struct {
	pos    int
	code   string
	reason string
	cut    bool // the text ends, or another record begins, before the value does
}

// begin makes b the text.
func (p *jsonParser) begin(b []byte) { p.b, p.pos = b, 0 }

// object reads the object at pos, whose fields it returns in its order, and steps behind it. If it reports false, fault says why;
// where that is a cut, the fields are those before it.
func (p *jsonParser) object() ([]event.Field, bool) {
	p.arena.Reset()
	p.fields, p.values, p.notes = p.fields[:0], p.values[:0], p.notes[:0]
	p.room, p.fault = jsonMaxFields, jsonFault{}
	_, ok := p.members(1)
	return p.fields, ok
}

func (p *jsonParser) fail(pos int, code, reason string) bool {
	p.fault = jsonFault{pos: pos, code: code, reason: reason}
	if pos >= len(p.b) {
		p.fault.code, p.fault.reason, p.fault.cut = "json-truncated", "the text ends before the value does", true
	}
	return false
}

func (p *jsonParser) note(pos int, code, reason string) {
	for i := range p.notes {
		if p.notes[i].code == code {
			return
		}
	}
	p.notes = append(p.notes, jsonFault{pos: pos, code: code, reason: reason})
}

// blanks steps over white space and returns the byte behind it; 0 at the end.
func (p *jsonParser) blanks() byte {
	for p.pos < len(p.b) {
		c := p.b[p.pos]
		if c > ' ' || !isBlank(c) {
			return c
		}
		p.pos++
	}
	return 0
}

// members reads an object's braces and what is between them. The fields stay behind base in p.fields.
func (p *jsonParser) members(depth int) (base int, ok bool) {
	base = len(p.fields)
	p.pos++
	if p.blanks() == '}' {
		p.pos++
		return base, true
	}
	var (
		seen  uint64         // a bit for each name; a clear one says that the name is new
		index map[string]int // where names are, once there are many
	)
	for {
		at := p.pos
		if p.blanks() != '"' {
			return base, p.wanted("a field name")
		}
		raw, escaped, ok := p.text()
		if !ok {
			return base, false
		}
		if p.blanks() != ':' {
			return base, p.wanted("a colon")
		}
		p.pos++
		name := p.names.of(raw, escaped)
		slot := -1
		if bit := uint64(1) << (name.ID & 63); seen&bit == 0 {
			seen |= bit
		} else {
			slot, index = p.before(base, name, index)
		}
		if slot >= 0 {
			p.note(at, "json-duplicate-name", fmt.Sprintf("the name %.80q occurs twice; the last value holds", name.Text))
		}
		if slot < 0 {
			if p.room--; p.room < 0 {
				return base, p.fail(at, "json-too-many-fields", fmt.Sprintf("the record has more than %d fields", jsonMaxFields))
			}
		}
		v, ok := p.value(depth)
		switch {
		case !ok && (!p.fault.cut || v.IsAbsent()):
		case slot >= 0:
			p.fields[slot].Value = v
		default:
			p.fields = append(p.fields, event.Field{Name: name, Value: v})
		}
		if !ok {
			return base, false
		}
		switch p.blanks() {
		case ',':
			comma := p.pos
			p.pos++
			if p.blanks() == '}' {
				return base, p.fail(comma, "json-syntax", "a comma stands before the end of an object")
			}
		case '}':
			p.pos++
			return base, true
		default:
			return base, p.wanted("a comma or the end of the object")
		}
	}
}

// before returns where a field of the open object is that has this name; -1 if none has. An object of many fields gets an
// index, which knows those from base on.
func (p *jsonParser) before(base int, name *event.Name, index map[string]int) (int, map[string]int) {
	if len(p.fields)-base > 128 {
		if index == nil {
			index = make(map[string]int)
		}
		for i := base + len(index); i < len(p.fields); i++ {
			index[p.fields[i].Name.Text] = i
		}
		if i, there := index[name.Text]; there {
			return i, index
		}
		return -1, index
	}
	for i := base; i < len(p.fields); i++ {
		if n := p.fields[i].Name; n == name || name.ID == 0 && n.Text == name.Text {
			return i, index
		}
	}
	return -1, index
}

// wanted fails because something else stands at pos. A brace that begins a line there is the next record: this one was cut.
func (p *jsonParser) wanted(what string) bool {
	p.blanks()
	if p.pos >= len(p.b) {
		return p.fail(p.pos, "", "")
	}
	if c := p.b[p.pos]; c == '{' && p.pos > 0 && p.b[p.pos-1] == '\n' {
		p.fail(p.pos, "json-truncated", "the next record begins before this one ends")
		p.fault.cut = true
		return false
	}
	return p.fail(p.pos, "json-syntax", fmt.Sprintf("%s is expected, not %q", what, p.glimpse()))
}

// glimpse returns the character at pos.
func (p *jsonParser) glimpse() string {
	for _, r := range string(p.b[p.pos:min(p.pos+4, len(p.b))]) {
		return string(r)
	}
	return ""
}

// value reads the value at pos. Where it fails because of a cut, it may return what there is of the value.
func (p *jsonParser) value(depth int) (event.Value, bool) {
	switch c := p.blanks(); c {
	case '"':
		raw, escaped, ok := p.text()
		if !ok && (!p.fault.cut || raw == "") {
			return event.Value{}, false
		}
		if escaped {
			return event.EncodedValue(jsonText, raw), ok
		}
		return event.TextValue(raw), ok
	case '{':
		if depth == jsonMaxDepth {
			return event.Value{}, p.fail(p.pos, "json-too-deep", fmt.Sprintf("values are nested more than %d deep", jsonMaxDepth))
		}
		base, ok := p.members(depth + 1)
		if !ok && !p.fault.cut {
			return event.Value{}, false
		}
		v := p.arena.Object(p.fields[base:])
		p.fields = p.fields[:base]
		return v, ok
	case '[':
		if depth == jsonMaxDepth {
			return event.Value{}, p.fail(p.pos, "json-too-deep", fmt.Sprintf("values are nested more than %d deep", jsonMaxDepth))
		}
		base, ok := p.elements(depth + 1)
		if !ok && !p.fault.cut {
			return event.Value{}, false
		}
		v := p.arena.List(p.values[base:])
		p.values = p.values[:base]
		return v, ok
	case 't':
		return event.BoolValue(true), p.word("true")
	case 'f':
		return event.BoolValue(false), p.word("false")
	case 'n':
		return event.NullValue(), p.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	case 'N', 'I':
		return event.Value{}, p.fail(p.pos, "json-syntax", "NaN and Infinity are no JSON")
	}
	return event.Value{}, p.wanted("a value")
}

func (p *jsonParser) elements(depth int) (base int, ok bool) {
	base = len(p.values)
	p.pos++
	if p.blanks() == ']' {
		p.pos++
		return base, true
	}
	for {
		if p.room--; p.room < 0 {
			return base, p.fail(p.pos, "json-too-many-fields", fmt.Sprintf("the record has more than %d fields", jsonMaxFields))
		}
		v, ok := p.value(depth)
		if ok || p.fault.cut && !v.IsAbsent() {
			p.values = append(p.values, v)
		}
		if !ok {
			return base, false
		}
		switch p.blanks() {
		case ',':
			comma := p.pos
			p.pos++
			if p.blanks() == ']' {
				return base, p.fail(comma, "json-syntax", "a comma stands before the end of a list")
			}
		case ']':
			p.pos++
			return base, true
		default:
			return base, p.wanted("a comma or the end of the list")
		}
	}
}

func (p *jsonParser) word(word string) bool {
	rest := p.b[p.pos:min(p.pos+len(word), len(p.b))]
	if string(rest) == word {
		p.pos += len(word)
		return true
	}
	if len(rest) < len(word) && string(rest) == word[:len(rest)] {
		return p.fail(len(p.b), "", "")
	}
	return p.fail(p.pos, "json-syntax", fmt.Sprintf("%s is expected, not %.*q", word, len(word), rest))
}

// text reads the string at pos and returns its inside as it is written, and whether it holds escapes. Where the text is
// cut, raw is what there is of it.
func (p *jsonParser) text() (raw string, escaped, ok bool) {
	b := p.b
	start := p.pos + 1
	i := start
	for {
		i += jsonPlain(b, i)
		if i >= len(b) {
			return view(b[min(start, len(b)):]), escaped, p.fail(len(b), "", "")
		}
		switch c := b[i]; {
		case c == '"':
			p.pos = i + 1
			return view(b[start:i]), escaped, true
		case c == '\\':
			escaped = true
			if i+1 >= len(b) {
				return view(b[start:i]), escaped, p.fail(len(b), "", "")
			}
			if e := b[i+1]; jsonEscapes[e] == 0 {
				if _, ok := jsonUnit(view(b[i:min(i+6, len(b))])); !ok && i+6 <= len(b) {
					p.note(i, "json-escape", fmt.Sprintf("JSON knows no escape %q; it is kept as it is", b[i:i+2]))
				}
			}
			if b[i+1] < 0x20 {
				i-- // the byte behind the backslash is looked at by itself
			}
			i += 2
		case c == '\n' && jsonNextLine(b[i+1:]):
			p.pos = i
			p.fail(i, "json-truncated", "the next record begins before this one ends")
			p.fault.cut = true
			return view(b[start:i]), escaped, false
		default:
			p.note(i, "json-control-character", fmt.Sprintf("a text holds the control character %#02x as it is", c))
			i++
		}
	}
}

// jsonNextLine says whether b begins with another record.
func jsonNextLine(b []byte) bool {
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	for _, c := range b[1:] {
		if !isBlank(c) {
			return c == '"' || c == '}'
		}
	}
	return false
}

// number reads the number at pos.
func (p *jsonParser) number() (event.Value, bool) {
	b, start := p.b, p.pos
	i := start
	negative := b[i] == '-'
	if negative {
		i++
	}
	first, n := i, int64(0)
	for i < len(b) && b[i]-'0' <= 9 {
		if i-first < 18 {
			n = n*10 + int64(b[i]-'0')
		}
		i++
	}
	whole := i - first
	if i < len(b) && (b[i] == '.' || b[i]|0x20 == 'e') {
		return p.longNumber(i)
	}
	switch {
	case i >= len(b):
		return event.Value{}, p.fail(i, "", "") // it may go on where the text was cut
	case whole == 0:
		return event.Value{}, p.fail(start, "json-syntax", "a minus sign stands alone")
	case whole > 1 && b[first] == '0':
		return event.Value{}, p.fail(start, "json-syntax", "a number begins with a zero")
	case whole > 18:
		return p.longNumber(i)
	}
	p.pos = i
	if negative {
		n = -n
	}
	return event.IntValue(n), true
}

// longNumber reads the number at pos, which has a fraction, an exponent or many digits from i on.
func (p *jsonParser) longNumber(i int) (event.Value, bool) {
	b, start := p.b, p.pos
	first := start
	if b[first] == '-' {
		first++
	}
	if i == first || i > first+1 && b[first] == '0' {
		return event.Value{}, p.fail(start, "json-syntax", "a number begins with a zero or without a digit")
	}
	run := func() bool {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	valid := true
	if i < len(b) && b[i] == '.' {
		i++
		valid = run()
	}
	if valid && i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		valid = run()
	}
	switch {
	case i >= len(b):
		return event.Value{}, p.fail(i, "", "")
	case !valid:
		return event.Value{}, p.fail(start, "json-syntax", "a number lacks digits")
	case i-start > jsonMaxNumber:
		return event.Value{}, p.fail(start, "json-long-number", fmt.Sprintf("a number has more than %d characters", jsonMaxNumber))
	}
	v, _ := event.Number(view(b[start:i]))
	p.pos = i
	return v, true
}

// jsonNames gives the Name of a text without a look at the shared table. Records of a kind have their names in an order, so
// each remembers which one came after it the last time.
type jsonNames struct {
	known map[string]*jsonName
	last  *jsonName
	none  jsonName
	own   []byte
}

type jsonName struct {
	name *event.Name
	next *jsonName
}

// of returns the Name of a name as JSON spells it.
func (t *jsonNames) of(raw string, escaped bool) *event.Name {
	last := t.last
	if last == nil {
		last = &t.none
	}
	if next := last.next; next != nil && !escaped && next.name.Text == raw {
		t.last = next
		return next.name
	}
	if escaped {
		t.own = appendJSONText(t.own[:0], raw)
		raw = view(t.own)
	}
	known := t.known[raw]
	if known == nil {
		name := event.NameOf(raw)
		if name.ID == 0 || len(t.known) >= jsonMaxNames {
			return name
		}
		if t.known == nil {
			t.known = make(map[string]*jsonName)
		}
		known = &jsonName{name: name}
		t.known[name.Text] = known
	}
	last.next, t.last = known, known
	return known.name
}
