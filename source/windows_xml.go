package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"goshawk/event"
)

// Windows events as Windows renders them: <Event> elements one after the other, in a root or without, in lines or not. An
// event ends at its end tag, because values hold line breaks.
var _ = register(Format{
	Name:        "windows-xml",
	Doc:         "Windows events as XML, the way Event Viewer, wevtutil, event forwarding and Splunk write them",
	Sniff:       sniffWindowsXML,
	Frame:       frameWindowsXML,
	NewDecoder:  func(Options) Decoder { return &windowsXMLDecoder{} },
	Sourcetypes: []string{"xmlwineventlog", "xmlwineventlog:*", "sysmon:linux"},
})

func sniffWindowsXML(head []byte) Guess {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) < 2 || text[0] != '<' || '0' <= text[1] && text[1] <= '9' {
		return Guess{}
	}
	for at := 0; ; {
		i := eventStart(text[at:])
		if i < 0 {
			return Guess{}
		}
		if at += i; isEventStart(text[at:]) {
			return Guess{95, "XML with <Event> elements that have a <System> part"}
		}
		at += len(eventTag)
	}
}

func frameWindowsXML(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	return framing{cut: cutEvents, resume: eventStart, keep: len(eventTag), code: "xml-event-too-long", name: "event"}.run(in, r, emit, problem)
}

var eventEnd = []byte("</Event>")

// cutEvents returns how many bytes of buf end with the end of an event, or hold nothing of one.
func cutEvents(buf []byte) int {
	for end := len(buf); ; {
		i := bytes.LastIndex(buf[:end], eventEnd)
		if i < 0 && eventStart(buf) < 0 {
			return max(0, len(buf)-len(eventTag))
		}
		if i < 0 {
			return 0
		}
		after := bytes.TrimLeft(buf[i+len(eventEnd):], " \t\r\n")
		if !bytes.HasPrefix(after, []byte("</")) || bytes.HasPrefix(after, []byte("</Events")) {
			return i + len(eventEnd)
		}
		end = i // the end of an element called Event inside of one
	}
}

// windowsXMLDecoder decodes blocks of Windows events.
type windowsXMLDecoder struct {
	reader windowsXMLReader
	event  event.Event
}

func (d *windowsXMLDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	line, counted := b.Line, 0
	lineAt := func(pos int) uint64 {
		line += uint64(bytes.Count(b.Bytes[counted:pos], newline))
		counted = pos
		return line
	}
	report := func(pos int, record uint64, code, reason string, lost bool) {
		if record == 0 {
			record = lineAt(pos)
		}
		problem(Problem{Source: b.Input.Name, Offset: b.Offset + int64(pos), Record: record, Code: code, Reason: reason, Lost: lost})
	}
	for pos := 0; pos < len(b.Bytes); {
		start := eventStart(b.Bytes[pos:])
		between := b.Bytes[pos:]
		if start >= 0 {
			between = between[:start]
		}
		if code, reason := judgeBetween(between); code != "" {
			report(pos, 0, code, reason, false)
		}
		if start < 0 {
			return
		}
		pos += start
		ev := &d.event
		ev.Reset()
		n, odd, err := d.reader.read(b.Bytes[pos:], ev)
		ev.Origin.Source, ev.Origin.Offset = b.Input.Name, b.Offset+int64(pos)
		ev.Raw = bytes.TrimRight(b.Bytes[pos:pos+n], " \t\r\n")
		switch {
		case err != nil:
			report(pos, ev.Origin.Record, "xml-bad-event", err.Error(), true)
		case ev.Marks&event.Truncated != 0:
			report(pos, ev.Origin.Record, "xml-cut", "event is cut off before its end; what stands before the cut is read", false)
		case odd != "":
			report(pos, ev.Origin.Record, "xml-syntax", odd, false)
		}
		if err == nil {
			if ev.Origin.Record == 0 {
				ev.Origin.Record = lineAt(pos)
			}
			if !give(ev) {
				return
			}
		}
		pos += n
	}
}

// judgeBetween says what is wrong with text between two events; nothing if it is white space or markup that means nothing.
func judgeBetween(text []byte) (code, reason string) {
	for {
		text = bytes.TrimLeft(text, " \t\r\n")
		switch {
		case len(text) == 0:
			return "", ""
		case bytes.HasPrefix(text, []byte("<!DOCTYPE")):
			return "xml-doctype", "document type declaration is not read, and its entities mean nothing"
		case bytes.HasPrefix(text, []byte("<Events")), bytes.HasPrefix(text, []byte("</Events")):
			i := bytes.IndexByte(text, '>')
			if i < 0 {
				return "", ""
			}
			text = text[i+1:]
		case bytes.HasPrefix(text, []byte("<!--")), bytes.HasPrefix(text, []byte("<?")):
			n := markedLength(text)
			if n < 0 {
				return "", ""
			}
			text = text[n:]
		case bytes.HasPrefix(text, []byte("\ufeff")):
			text = text[3:]
		default:
			return "xml-between", fmt.Sprintf("%d bytes between events are not read", len(text))
		}
	}
}

// windowsXMLReader reads single events; it keeps what it learned about their names. The zero value is ready.
type windowsXMLReader struct {
	xmlScanner
	classes classTable
	nodes   map[string]*xmlNode
	last    *xmlNode // what was met last, and what the data and System of an event begin with

	start, systemStart xmlNode

	tree   xmlTree
	leaves []leaf
	pretty bool // the event is indented: white space with a line break is no value
	broken string
}

// xmlNode is a name that was met, and the one that followed it last time: events of a kind have their fields in the same
// order, so that most names are found by one comparison.
type xmlNode struct {
	key  string
	name *event.Name
	kind systemKind
	next *xmlNode

	open, end string // the tags of an element of System
}

// add appends a field and returns it, to be given its value.
func add(r *event.Record, name *event.Name) *event.Value {
	n := len(r.Fields)
	if n < cap(r.Fields) {
		r.Fields = r.Fields[:n+1]
	} else {
		r.Fields = append(r.Fields, event.Field{})
	}
	f := &r.Fields[n]
	f.Name = name
	return &f.Value
}

// maxNodes bounds the table of names.
const maxNodes = 8192

// readers holds readers for those who read one event now and then.
var readers = sync.Pool{New: func() any { return new(windowsXMLReader) }}

var (
	errNoEvent = errors.New("holds no Windows event with an event id")
	errDataEnd = errors.New("XML with the data of an event breaks off")
)

// readWindowsXML reads the Windows event that raw holds into ev: its fields, its class, its record number. The values are
// views of raw, which must outlive them. What is cut off or no longer XML is read up to there and marked; it is an error if
// there is no event id before.
func readWindowsXML(raw []byte, ev *event.Event) error {
	start := eventStart(raw)
	if start < 0 {
		return errNoEvent
	}
	x := readers.Get().(*windowsXMLReader)
	defer readers.Put(x)
	_, _, err := x.read(raw[start:], ev)
	return err
}

// readEventDataXML adds the fields of an EventData or UserData element that stands by itself, as in a column of a table. Its
// items may be called Param, and stand in a wrapper or without any. The values are views of raw. What can be read is added
// even where the error says that the text breaks off.
func readEventDataXML(raw []byte, r *event.Record) error {
	x := readers.Get().(*windowsXMLReader)
	defer readers.Put(x)
	return x.readData(raw, r)
}

// read reads the event at the beginning of b. It returns how many bytes belong to it, and what was odd about them.
func (x *windowsXMLReader) read(b []byte, ev *event.Event) (n int, odd string, err error) {
	x.reset(b)
	x.pretty = false
	whole := x.event(&ev.Record)
	switch {
	case x.state == xmlCut:
		ev.Marks |= event.Truncated
	case !whole:
		ev.Marks |= event.Damaged
		odd = fmt.Sprintf("event is not XML at byte %d; what stands before is read", x.pos)
		x.pos = eventLength(b, x.pos)
	case x.broken != "":
		ev.Marks |= event.Damaged
		odd = x.broken
	}
	if !finishWindows(ev, &x.classes) {
		return x.pos, odd, errNoEvent
	}
	return x.pos, odd, nil
}

// eventLength returns where a broken event ends, looking from pos: behind the next end tag or before the next start tag.
func eventLength(b []byte, pos int) int {
	end := bytes.Index(b[pos:], eventEnd)
	start := eventStart(b[pos:])
	switch {
	case end < 0 && start < 0:
		return len(b)
	case end < 0, 0 <= start && start < end:
		return max(pos+start, len(eventTag))
	}
	return pos + end + len(eventEnd)
}

func (x *windowsXMLReader) reset(b []byte) {
	x.b, x.pos, x.state, x.broken = b, 0, xmlFine, ""
	x.last = &x.start
	x.leaves = x.leaves[:0]
}

// child moves to the next tag. It reports false at the end tag of the element called name, which it steps behind, or where
// reading stops.
func (x *windowsXMLReader) child(name string) bool {
	for {
		start := x.pos
		x.text()
		if x.state != xmlFine {
			return false
		}
		if gap := x.b[start:x.pos]; len(gap) > 0 && gap[0] == '\n' || len(gap) > 1 && gap[0] == '\r' {
			x.pretty = true
		}
		if !x.isCloser() {
			return true
		}
		closed := x.closing()
		if closed == nil || string(closed) == name {
			return false
		}
		x.broken = "end tag without a start tag is passed over"
	}
}

// event reads the element at pos, and says whether it came to its end.
func (x *windowsXMLReader) event(r *event.Record) bool {
	if !x.open() {
		return false
	}
	for _, a := range x.attrs {
		r.Set("Event_"+string(a.name), xmlText(a.value, false))
	}
	if x.empty {
		return true
	}
	for x.child("Event") {
		if isEventStart(x.b[x.pos:]) {
			return x.fail(x.pos, xmlCut)
		}
		if !x.open() {
			return false
		}
		x.last = &x.start
		var ok bool
		switch string(x.name) {
		case "System":
			x.last = &x.systemStart
			ok = x.empty || x.system(r)
		case "EventData":
			ok = x.data(r)
		default:
			ok = x.section(string(x.name), r)
		}
		if !ok {
			return false
		}
	}
	return x.state == xmlFine
}

// system reads the rest of a System element.
func (x *windowsXMLReader) system(r *event.Record) bool {
	for x.flatSystem(r); x.child("System"); x.flatSystem(r) {
		if isEventStart(x.b[x.pos:]) {
			return x.fail(x.pos, xmlCut)
		}
		if !x.open() {
			return false
		}
		if x.empty {
			x.systemAttributes(r)
			continue
		}
		text, marked := x.text()
		if x.state != xmlFine {
			return false // half a number is no number
		}
		if !x.isCloser() {
			x.systemAttributes(r)
			x.tree.begin("_", string(x.name))
			if !x.subtree(r, nil) {
				return false
			}
			continue
		}
		if text = bytes.Trim(text, " \t\r\n"); len(text) > 0 {
			x.systemField(r, nil, text, marked)
		}
		x.systemAttributes(r)
		if closed := x.closing(); closed == nil {
			return false
		} else if string(closed) != string(x.name) {
			x.broken = "end tag does not fit its start tag"
		}
	}
	return x.state == xmlFine
}

// flatSystem reads as many <Element>text</Element> as follow at pos and were expected. Anything else it leaves alone.
func (x *windowsXMLReader) flatSystem(r *event.Record) {
	for {
		n, b := x.last.next, x.b[x.pos:]
		if n == nil || n.open == "" || len(b) < len(n.open) || string(b[:len(n.open)]) != n.open {
			return
		}
		text := b[len(n.open):]
		end := bytes.IndexByte(text, '<')
		if end <= 0 || len(text)-end < len(n.end) || string(text[end:end+len(n.end)]) != n.end || isBlank(text[0]) || isBlank(text[end-1]) {
			return
		}
		x.pos += len(n.open) + end + len(n.end)
		x.last = n
		x.addSystem(r, n, text[:end], false)
	}
}

func (x *windowsXMLReader) systemAttributes(r *event.Record) {
	for _, a := range x.attrs {
		x.systemField(r, a.name, a.value, false)
	}
}

// systemField adds the text of the element that was opened last, or of one of its attributes.
func (x *windowsXMLReader) systemField(r *event.Record, attribute, text []byte, marked bool) {
	x.addSystem(r, x.systemNode(x.name, attribute), text, marked)
}

func (x *windowsXMLReader) addSystem(r *event.Record, node *xmlNode, text []byte, marked bool) {
	v := add(r, node.name)
	switch {
	case marked || bytes.IndexByte(text, '&') >= 0:
		*v = node.kind.value(string(appendXMLText(nil, view(text))))
	case node.kind == systemText:
		*v = event.TextValue(view(text))
	default:
		*v = node.kind.value(view(text))
	}
}

// systemNode returns the name of a field of System.
func (x *windowsXMLReader) systemNode(element, attribute []byte) *xmlNode {
	if n := x.last.next; n != nil && len(n.key) == len(element)+1+len(attribute) && n.key[:len(element)] == string(element) && n.key[len(element)+1:] == string(attribute) {
		x.last = n
		return n
	}
	var scratch [128]byte
	key := append(append(append(scratch[:0], element...), 0), attribute...)
	node := x.node(key, func() *event.Name {
		text := string(element)
		if attribute != nil {
			text += "_" + string(attribute)
		}
		return event.NameOf(usualSystemName(text))
	})
	if attribute == nil && node.open == "" {
		node.open, node.end = "<"+string(element)+">", "</"+string(element)+">"
	}
	return node
}

// usualSystemName mends the one name of System that Sysmon for Linux spells otherwise.
func usualSystemName(name string) string {
	if name == "Security_UserId" {
		return winUserID.Text
	}
	return name
}

// node returns the node of a key that was not the one expected.
func (x *windowsXMLReader) node(key []byte, name func() *event.Name) *xmlNode {
	n := x.nodes[string(key)]
	if n == nil {
		n = &xmlNode{key: string(key), name: name()}
		n.kind = systemKinds[n.name]
		if x.nodes == nil {
			x.nodes = make(map[string]*xmlNode)
		}
		if len(x.nodes) < maxNodes {
			x.nodes[n.key] = n
		}
	}
	x.last.next, x.last = n, n
	return n
}

// dataName returns the name of a Data element.
func (x *windowsXMLReader) dataName(label []byte) *event.Name {
	if n := x.last.next; n != nil && n.key == string(label) {
		x.last = n
		return n.name
	}
	if len(label) == 0 {
		return winData
	}
	return x.node(label, func() *event.Name { return event.NameOf(plainXML(label)) }).name
}

// dataTag begins what nearly every field of an event looks like.
var dataTag, dataEnd = []byte("<Data Name="), []byte("</Data>")

// data reads the rest of an EventData element.
func (x *windowsXMLReader) data(r *event.Record) bool {
	for _, a := range x.attrs {
		r.Set("EventData_"+string(a.name), xmlText(a.value, false))
	}
	return x.empty || x.items("EventData", r)
}

// items reads the children of an EventData element, and the end tag of name.
func (x *windowsXMLReader) items(name string, r *event.Record) bool {
	for {
		if !x.flatItems(r) {
			return false
		}
		if !x.child(name) {
			return x.state == xmlFine
		}
		if !x.item(r) {
			return false
		}
	}
}

// flatItems reads as many <Data Name='…'>…</Data> as follow at pos. Anything else it leaves alone.
func (x *windowsXMLReader) flatItems(r *event.Record) bool {
	for {
		b := x.b[x.pos:]
		i := 0
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		b = b[i:]
		if !bytes.HasPrefix(b, dataTag) || len(b) < len(dataTag)+2 {
			return true
		}
		label := b[len(dataTag)+1:]
		n := bytes.IndexByte(label, b[len(dataTag)])
		if quote := b[len(dataTag)]; quote != '\'' && quote != '"' || n < 0 || n+1 >= len(label) || label[n+1] != '>' {
			return true
		}
		text := label[n+2:]
		label = label[:n]
		end := bytes.IndexByte(text, '<')
		if end < 0 || !bytes.HasPrefix(text[end:], dataEnd) {
			return true
		}
		if next := x.last.next; (next == nil || next.key != string(label)) && bytes.IndexByte(label, '<') >= 0 {
			return true
		}
		x.pos += i + len(dataTag) + 1 + n + 2 + end + len(dataEnd)
		v := add(r, x.dataName(label))
		if text = x.value(text[:end]); bytes.IndexByte(text, '&') >= 0 {
			*v = event.EncodedValue(xmlCodec, view(text))
		} else {
			*v = event.TextValue(view(text))
		}
	}
}

// value returns the text of an element without the white space that only indents.
func (x *windowsXMLReader) value(text []byte) []byte {
	if x.pretty && len(text) > 0 && (text[0] == '\n' || text[0] == '\r') && len(bytes.TrimLeft(text, " \t\r\n")) == 0 {
		return nil
	}
	return text
}

// item reads the child of EventData at pos, whatever it is.
func (x *windowsXMLReader) item(r *event.Record) bool {
	if isEventStart(x.b[x.pos:]) {
		return x.fail(x.pos, xmlCut)
	}
	if !x.open() {
		return false
	}
	element := x.name
	name := winData
	switch label := x.label(); {
	case len(label) > 0:
		name = x.dataName(label)
	case string(element) != "Data" && string(element) != "Param":
		name = event.NameOf(view(element))
	}
	filled := len(x.attrs) > 0
	for _, a := range x.attrs {
		r.Set(name.Text+"."+string(a.name), xmlText(a.value, false))
	}
	if x.empty {
		if !filled {
			r.Add(name, event.TextValue(""))
		}
		return true
	}
	text, marked := x.text()
	if x.state != xmlFine || isEventStart(x.b[x.pos:]) {
		if text = bytes.TrimRight(text, "\r\n"); len(text) > 0 {
			r.Add(name, xmlText(text, marked))
		}
		return x.fail(x.pos, xmlCut)
	}
	if x.isCloser() {
		if text = x.value(text); len(text) > 0 || !filled {
			r.Add(name, xmlText(text, marked))
		}
		closed := x.closing()
		if closed != nil && string(closed) != string(element) {
			x.broken = "end tag does not fit its start tag"
		}
		return closed != nil
	}
	if text = bytes.Trim(text, " \t\r\n"); len(text) > 0 {
		r.Add(name, xmlText(text, marked))
	}
	x.tree.begin(".", name.Text)
	return x.subtree(r, nil)
}

// label returns the Name of the Data or ComplexData element that was opened last and takes it out of attrs: it is what the
// element is called. It returns nil for other elements.
func (x *windowsXMLReader) label() []byte {
	if string(x.name) != "Data" && string(x.name) != "ComplexData" {
		return nil
	}
	for i, a := range x.attrs {
		if string(a.name) == "Name" {
			x.attrs = append(x.attrs[:i], x.attrs[i+1:]...)
			return a.value
		}
	}
	return nil
}
