package source

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// xmlScanner steps through XML text, tag by tag. It reads what event logs hold: elements, attributes in either kind of
// quotes, character references, CDATA; comments, processing instructions and document types are passed over, and no entity
// but the five that XML predefines means anything. Control characters and bytes that are no UTF-8 are left alone.
type xmlScanner struct {
	b     []byte
	pos   int
	state xmlState

	// The start tag that open read.
	name  []byte // without prefix
	attrs []xmlAttr
	empty bool // it closes itself
}

type xmlAttr struct{ name, value []byte }

// xmlState is what kept a scanner from going on.
type xmlState uint8

const (
	xmlFine   xmlState = iota
	xmlCut             // the text ends, or another event begins, inside this one
	xmlBroken          // the text is not XML here
)

// xmlEnds marks the bytes that end a name in a tag.
var xmlEnds = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '/': true, '>': true, '<': true, '=': true, '\'': true, '"': true}

// nameEnd returns where the name that begins at i ends, and where it begins without its prefix.
func nameEnd(b []byte, i int) (begin, end int) {
	begin = i
	for ; i < len(b) && !xmlEnds[b[i]]; i++ {
		if b[i] == ':' {
			begin = i + 1
		}
	}
	return begin, i
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// open reads the start tag at pos and steps behind it. Declarations of name spaces are left out of attrs.
func (x *xmlScanner) open() bool {
	b, start := x.b, x.pos+1
	begin, i := nameEnd(b, start)
	x.name, x.attrs = b[begin:i], x.attrs[:0]
	if i == start && i < len(b) {
		return x.fail(i, xmlBroken)
	}
	for {
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i == len(b) {
			return x.fail(i, xmlCut)
		}
		switch b[i] {
		case '>':
			x.pos, x.empty = i+1, false
			return true
		case '/':
			if i+1 == len(b) {
				return x.fail(i, xmlCut)
			}
			if b[i+1] != '>' {
				return x.fail(i, xmlBroken)
			}
			x.pos, x.empty = i+2, true
			return true
		case '<':
			if isEventStart(b[i:]) {
				return x.fail(i, xmlCut)
			}
			return x.fail(i, xmlBroken)
		}
		var name int
		full := i
		name, i = nameEnd(b, i)
		a := xmlAttr{name: b[name:i]}
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i < len(b) && (b[i] != '=' || len(a.name) == 0) {
			if b[i] == '<' && isEventStart(b[i:]) {
				return x.fail(i, xmlCut)
			}
			return x.fail(i, xmlBroken)
		}
		i++
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i >= len(b) {
			return x.fail(len(b), xmlCut)
		}
		if b[i] != '\'' && b[i] != '"' {
			return x.fail(i, xmlBroken)
		}
		n := bytes.IndexByte(b[i+1:], b[i])
		if n < 0 {
			n = len(b) - i - 1
		}
		a.value = b[i+1 : i+1+n]
		if less := bytes.IndexByte(a.value, '<'); less >= 0 {
			if at := eventStart(a.value[less:]); at >= 0 {
				return x.fail(i+1+less+at, xmlCut)
			}
			return x.fail(i+1+less, xmlBroken)
		}
		if i += n + 2; i > len(b) {
			return x.fail(len(b), xmlCut)
		}
		if b[full] != 'x' || !bytes.HasPrefix(b[full:], []byte("xmlns")) || name == full && len(a.name) > len("xmlns") {
			x.attrs = append(x.attrs, a)
		}
	}
}

func (x *xmlScanner) fail(pos int, state xmlState) bool {
	x.pos, x.state = pos, state
	return false
}

// text reads character data from pos to the tag that ends it, which it leaves unread. It says whether CDATA or comments
// stand in it, so that only decoding makes text of it.
func (x *xmlScanner) text() (text []byte, marked bool) {
	start := x.pos
	for {
		i := bytes.IndexByte(x.b[x.pos:], '<')
		if i < 0 {
			text = x.b[start:]
			x.fail(len(x.b), xmlCut)
			return text, marked
		}
		x.pos += i
		if x.pos+1 < len(x.b) && (x.b[x.pos+1] == '!' || x.b[x.pos+1] == '?') {
			marked = true
			n := markedLength(x.b[x.pos:])
			if n < 0 {
				text = x.b[start:]
				x.fail(len(x.b), xmlCut)
				return text, marked
			}
			x.pos += n
			continue
		}
		return x.b[start:x.pos], marked
	}
}

// closing reads an end tag at pos and returns its name without prefix; nil with the state set if it is none.
func (x *xmlScanner) closing() []byte {
	b := x.b[x.pos:]
	i := bytes.IndexByte(b, '>')
	less := 2
	if i < 0 {
		i = len(b)
	}
	if at := bytes.IndexByte(b[min(less, i):i], '<'); at >= 0 {
		state := xmlBroken
		if isEventStart(b[less+at:]) {
			state = xmlCut
		}
		x.fail(x.pos+less+at, state)
		return nil
	}
	if i == len(b) {
		x.fail(len(x.b), xmlCut)
		return nil
	}
	x.pos += i + 1
	begin, end := nameEnd(b[:i], 2)
	return b[begin:end]
}

// isCloser says whether an end tag stands at pos.
func (x *xmlScanner) isCloser() bool { return x.pos+1 < len(x.b) && x.b[x.pos+1] == '/' }

// markedLength returns the length of the CDATA section, comment, processing instruction or declaration that b begins with;
// -1 if it does not end in b.
func markedLength(b []byte) int {
	end, from := ">", 2
	switch {
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		end, from = "]]>", 9
	case bytes.HasPrefix(b, []byte("<!--")):
		end, from = "-->", 4
	case bytes.HasPrefix(b, []byte("<?")):
		end = "?>"
	case bytes.HasPrefix(b, []byte("<!DOCTYPE")):
		return doctypeLength(b)
	}
	i := bytes.Index(b[min(from, len(b)):], []byte(end))
	if i < 0 {
		return -1
	}
	return from + i + len(end)
}

// doctypeLength returns the length of a document type declaration with its internal subset.
func doctypeLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '[':
			depth++
		case ']':
			depth--
		case '>':
			if depth <= 0 {
				return i + 1
			}
		}
	}
	return -1
}

// eventStart returns where the first start tag of an event begins in b; -1 if none does.
func eventStart(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], eventTag)
		if i < 0 {
			return -1
		}
		at += i
		if end := at + len(eventTag); end == len(b) || isBlank(b[end]) || b[end] == '>' || b[end] == '/' {
			return at
		}
		at += len(eventTag)
	}
}

var (
	eventTag  = []byte("<Event")
	systemTag = []byte("<System")
)

// isEventStart says whether b begins with the start tag of an event that goes on with its System part: an element called
// Event elsewhere is data.
func isEventStart(b []byte) bool {
	if !bytes.HasPrefix(b, eventTag) || eventStart(b[:min(len(b), len(eventTag)+1)]) != 0 {
		return false
	}
	i := bytes.IndexByte(b, '>')
	if i < 0 {
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(b[i+1:min(len(b), i+256)], " \t\r\n"), systemTag)
}

// xmlCodec decodes character data: references, CDATA sections, and nothing for comments and processing instructions.
var xmlCodec = event.NewCodec("xml", appendXMLText)

func appendXMLText(dst []byte, raw string) []byte {
	for {
		i := strings.IndexAny(raw, "&<")
		if i < 0 {
			return append(dst, raw...)
		}
		dst, raw = append(dst, raw[:i]...), raw[i:]
		if raw[0] == '&' {
			dst, raw = appendReference(dst, raw)
			continue
		}
		n := -1
		if len(raw) > 1 && (raw[1] == '!' || raw[1] == '?') {
			n = markedLength(bytesOf(raw))
		}
		switch body, cdata := strings.CutPrefix(raw, "<![CDATA["); {
		case cdata && n < 0:
			return append(dst, body...)
		case cdata:
			dst, raw = append(dst, raw[9:n-3]...), raw[n:]
		case n >= 0:
			raw = raw[n:]
		default:
			dst, raw = append(dst, '<'), raw[1:]
		}
	}
}

// appendReference adds what the reference that raw begins with stands for, and returns the rest. What is no reference that
// XML knows by itself stays as it is.
func appendReference(dst []byte, raw string) ([]byte, string) {
	end := strings.IndexByte(raw[:min(len(raw), 12)], ';')
	if end > 1 {
		switch name := raw[1:end]; name {
		case "amp":
			return append(dst, '&'), raw[end+1:]
		case "lt":
			return append(dst, '<'), raw[end+1:]
		case "gt":
			return append(dst, '>'), raw[end+1:]
		case "quot":
			return append(dst, '"'), raw[end+1:]
		case "apos":
			return append(dst, '\''), raw[end+1:]
		default:
			if r, ok := characterReference(name); ok {
				return utf8.AppendRune(dst, r), raw[end+1:]
			}
		}
	}
	return append(dst, '&'), raw[1:]
}

func characterReference(name string) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	base, text := rune(10), name[1:]
	if text[0] == 'x' {
		base, text = 16, text[1:]
	}
	var r rune
	for i := 0; i < len(text); i++ {
		d := rune(text[i]|0x20) - 'a' + 10
		if c := text[i]; '0' <= c && c <= '9' {
			d = rune(c - '0')
		} else if d < 10 {
			return 0, false
		}
		if d >= base {
			return 0, false
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, text != "" && utf8.ValidRune(r)
}

// xmlText returns the value of character data.
func xmlText(text []byte, marked bool) event.Value {
	if marked || bytes.IndexByte(text, '&') >= 0 {
		return event.EncodedValue(xmlCodec, view(text))
	}
	return event.TextValue(view(text))
}

// plainXML returns character data decoded; it copies only where there is something to decode.
func plainXML(text []byte) string {
	if bytes.IndexByte(text, '&') < 0 {
		return view(text)
	}
	return string(appendXMLText(nil, view(text)))
}
