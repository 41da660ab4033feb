package fn

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"goshawk/event"
)

// Windows events as XML, from the fields that sources make of them: those of System are called Element or
// Element_Attribute, what has a dot is a path below UserData or, if it begins with the name of one, below another section, and
// the rest is EventData. Where a name of System occurs again, the second value is no longer System's.

// windowsAttribute is an attribute of an element of System, and the field that holds it.
type windowsAttribute struct{ name, field string }

// windowsSystem are the elements of System in the order of the schema of events: the field of their text, if they have any,
// and their attributes.
var windowsSystem = []struct {
	element    string
	text       bool
	attributes []windowsAttribute
}{
	{"Provider", false, []windowsAttribute{{"Name", "Provider_Name"}, {"Guid", "Provider_Guid"}, {"EventSourceName", "Provider_EventSourceName"}}},
	{"EventID", true, []windowsAttribute{{"Qualifiers", "EventID_Qualifiers"}}},
	{"Version", true, nil},
	{"Level", true, nil},
	{"Task", true, nil},
	{"Opcode", true, nil},
	{"Keywords", true, nil},
	{"TimeCreated", false, []windowsAttribute{{"SystemTime", "TimeCreated_SystemTime"}}},
	{"EventRecordID", true, nil},
	{"Correlation", false, []windowsAttribute{{"ActivityID", "Correlation_ActivityID"}, {"RelatedActivityID", "Correlation_RelatedActivityID"}}},
	{"Execution", false, []windowsAttribute{
		{"ProcessID", "Execution_ProcessID"}, {"ThreadID", "Execution_ThreadID"}, {"ProcessorID", "Execution_ProcessorID"},
		{"SessionID", "Execution_SessionID"}, {"KernelTime", "Execution_KernelTime"}, {"UserTime", "Execution_UserTime"},
		{"ProcessorTime", "Execution_ProcessorTime"},
	}},
	{"Channel", true, nil},
	{"Computer", true, nil},
	{"Security", false, []windowsAttribute{{"UserID", "Security_UserID"}}},
}

// windowsSystemFields are the names of all fields of System.
var windowsSystemFields = func() map[string]bool {
	names := map[string]bool{}
	for _, e := range windowsSystem {
		if e.text {
			names[e.element] = true
		}
		for _, a := range e.attributes {
			names[a.field] = true
		}
	}
	return names
}()

// windowsSections are the sections beside System, EventData and UserData, with what their fields' names begin with.
var windowsSections = []string{"RenderingInfo", "DebugData", "ProcessingErrorData"}

// windowsSectionOf returns the section that a path begins with, and the rest of the path.
func windowsSectionOf(path string) (section, below string) {
	for _, name := range windowsSections {
		if rest, ok := strings.CutPrefix(path, name+"."); ok {
			return name, rest
		}
	}
	return "", path
}

var _ = define(Func{
	Name: "windows_xml",
	Doc: "The XML of a Windows event from the object of its fields, as Windows renders it: the whole event, or only what stands inside System, EventData or UserData. " +
		"With the name of an element, the fields are not EventData but lie in that element of UserData. Null for a value that is no object, and for a part that the event has nothing in.",
	Params: []Param{required("event", "dynamic"), optional("part", "string"), optional("user_data_element", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		part := textAt(args, 1, "")
		x := windowsXML{element: textAt(args, 2, "")}
		switch r := args[0].Object(); part {
		case "":
			x.event(r)
		case "System":
			x.system(r)
		case "EventData":
			x.data(r)
		case "UserData":
			x.userData(r)
		}
		if len(x.text) == 0 {
			return null
		}
		return text(string(x.text))
	},
	Examples: []Example{
		example(text("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID Qualifiers='3'>1</EventID>"+
			"<TimeCreated SystemTime='2024-02-03T04:05:06.0000007Z'/></System><EventData><Data Name='A &amp; &apos;b&apos;'>&lt;x&gt;</Data><Data>y</Data><Data>z</Data></EventData></Event>"),
			object("Provider_Name", text("P"), "EventID", whole(1), "EventID_Qualifiers", whole(3), "TimeCreated_SystemTime", instant("2024-02-03T04:05:06.0000007Z"),
				"A & 'b'", text("<x>"), "Data", texts("y", "z"))),
		example(text("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>104</EventID></System>"+
			"<UserData><EventXML><Log><Name>System</Name></Log></EventXML></UserData><RenderingInfo><Message>cleared</Message></RenderingInfo></Event>"),
			object("EventID", whole(104), "Log.Name", text("System"), "RenderingInfo.Message", text("cleared"))),
		example(text("<Data Name='A'></Data>"), object("EventID", whole(1), "A", empty), text("EventData")),
		example(text("<Log><Channel>System</Channel></Log>"), object("Channel", texts("Security", "System")), text("UserData"), text("Log")),
		example(text("<Log><A>1</A></Log>"), object("EventID", whole(1), "A", text("1")), text("UserData"), text("Log")),
		example(null, object("EventID", whole(1)), text("UserData")), example(null, text("x")),
	},
})

var _ = define(Func{
	Name: "windows_data",
	Doc: "What stands inside EventData in the XML of a Windows event, between two texts; values of attributes stand in double quotes, as Log Analytics keeps them. " +
		"With the name of an element, it is what stands inside UserData, where the fields lie in that element. Null where the event has nothing there.",
	Params: []Param{required("event", "dynamic"), required("before", "string"), required("after", "string"), optional("user_data_element", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Object {
			return null
		}
		x := windowsXML{element: textAt(args, 3, ""), double: true, text: make([]byte, 0, 1024)}
		x.write(args[1].Text())
		before := len(x.text)
		if x.element != "" {
			x.userData(args[0].Object())
		} else {
			x.data(args[0].Object())
		}
		if len(x.text) == before {
			return null
		}
		x.write(args[2].Text())
		return text(string(x.text))
	},
	Mentions: func(texts []string) *Func {
		for _, t := range texts {
			if t == "" || strings.ContainsAny(t, windowsMarkup) || strings.Contains(windowsGlue, strings.ToLower(t)) {
				return nil
			}
			for i := range len(t) {
				if t[i] >= utf8.RuneSelf || t[i] < ' ' {
					return nil
				}
			}
		}
		return windowsMentions
	},
	Between: func(before string) *Func {
		name, ok := strings.CutSuffix(before, windowsOpening)
		if !ok || name == "" {
			return nil
		}
		for i := range len(name) {
			if name[i] >= utf8.RuneSelf || !isAlphanumeric(name[i]) {
				return nil
			}
		}
		return windowsBetween
	},
	Examples: []Example{
		example(text(`<E><Data Name="A &quot;">it's &lt;x&gt;</Data></E>`), object("EventID", whole(1), `A "`, text("it's <x>")), text("<E>"), text("</E>")),
		example(text("<U><Log><A>1</A></Log></U>"), object("EventID", whole(1), "A", text("1")), text("<U>"), text("</U>"), text("Log")),
		example(null, object("EventID", whole(1)), text("<E>"), text("</E>")), example(null, text("x"), empty, empty),
	},
})

// windowsMarkup are the characters one of which stands at each end of a name and of a value in what windows_data gives, or is written
// for one that cannot stand there; windowsGlue is all else that it writes itself, but for what it is told to put around.
const (
	windowsMarkup = "<>&;\"'="
	windowsGlue   = "data name /data amp lt gt quot #xd"
)

var windowsMentions = define(Func{
	Name: "windows_data_mentions", Doc: "Whether a field of an event that is EventData, or any if UserData is asked for, has one of some texts of ASCII in its name or value, given in lower case and without regard to case; true of a text that is not ASCII, and where one of the texts around it has one.",
	Params: []Param{required("event", "dynamic"), required("before", "string"), required("after", "string"), optional("more", "any"), optional("texts", "dynamic")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		r, texts := args[0].Object(), args[len(args)-1].List()
		if r == nil {
			return yes
		}
		var scratch [512]byte
		holds := func(b []byte) bool {
			for i, c := range b {
				switch {
				case c >= utf8.RuneSelf:
					return true
				case 'A' <= c && c <= 'Z':
					b[i] = c + 'a' - 'A'
				}
			}
			for _, t := range texts {
				if s, _ := t.Plain(); contains(b, s) {
					return true
				}
			}
			return false
		}
		for _, around := range args[1 : len(args)-1] {
			if holds(around.AppendText(scratch[:0])) {
				return yes
			}
		}
		var one [1]event.Value
		for i := range r.Fields {
			f := &r.Fields[i]
			values := itemsOf(f.Value)
			if len(args) < 5 { // with an element, some of System's fields may be data
				values = windowsData(f, &one)
			}
			if len(values) > 0 && holds(append(scratch[:0], f.Name.Text...)) {
				return yes
			}
			for _, v := range values {
				if holds(appendWindows(scratch[:0], v)) {
					return yes
				}
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, object("A", text("run cmd.EXE now")), text("<E>"), text("</E>"), texts("x", "cmd.exe")), example(no, object("A", text("cmd")), text("<E>"), text("</E>"), texts("x")),
		example(yes, object("Image", whole(1)), empty, empty, texts("image")),
		example(no, object("Channel", text("x"), "TimeCreated_SystemTime", instant("2024-02-03")), empty, empty, texts("x", "2024")), example(yes, object("Channel", text("x")), empty, empty, text("Log"), texts("x")),
		example(yes, object("Time", instant("2024-02-03")), empty, empty, texts("000z")), example(yes, object("Is", yes), empty, empty, texts("tru")), example(yes, object("A", text("\u212a")), empty, empty, texts("x")), example(yes, null, empty, empty, texts("x")),
	},
})

// windowsOpening stands between the name of a value and the value in what windows_data gives.
const windowsOpening = `">`

var windowsBetween = define(Func{
	Name: "windows_data_between", Doc: "The texts that stand in the EventData of windows_data between a text and the next <, as windows_data writes them: one alone, several as an array; Null of none. The text must be letters and digits of ASCII with the end of a name's attribute behind them.",
	Params: []Param{required("event", "dynamic"), required("opening", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := args[0].Object()
		name, ok := strings.CutSuffix(args[1].Text(), windowsOpening)
		if r == nil || !ok {
			return null
		}
		found := null
		var more []event.Value
		x := windowsXML{double: true}
		for i := range r.Fields {
			f := &r.Fields[i]
			if !strings.HasSuffix(f.Name.Text, name) || f.Name.Text == "Data" {
				continue
			}
			var one [1]event.Value
			for _, v := range windowsData(f, &one) {
				if plain, ok := v.Plain(); !ok || !x.plain(plain) {
					x.text = x.text[:0]
					x.value(v)
					v = text(string(x.text))
				}
				if found.IsNull() {
					found = v
				} else if more == nil {
					more = []event.Value{found, v}
				} else {
					more = append(more, v)
				}
			}
		}
		if more != nil {
			return list(more...)
		}
		return found
	},
	Examples: []Example{
		example(text("x &lt;y"), object("EventID", whole(1), "Name", text("x <y"), "Named", text("z")), text(`Name">`)),
		example(texts("1", "2", "3"), object("TheName", texts("1", "2"), "Name", whole(3)), text(`Name">`)),
		example(null, object("A.Name", text("1"), "Computer", text("2")), text(`r">`)), example(null, object("Name", text("1")), text("Name")), example(null, null, text(`Name">`)),
	},
})

// contains says whether bytes hold a text.
func contains(b []byte, s string) bool {
	if s == "" {
		return true
	}
	for at := 0; at+len(s) <= len(b); at++ {
		i := bytes.IndexByte(b[at:len(b)-len(s)+1], s[0])
		if i < 0 {
			return false
		}
		if at += i; string(b[at:at+len(s)]) == s {
			return true
		}
	}
	return false
}

// windowsXML is text being written.
type windowsXML struct {
	text    []byte
	element string // of UserData that holds the fields; empty where they are EventData
	double  bool   // attributes stand in double quotes
}

// quote writes a quote around the value of an attribute.
func (x *windowsXML) quote() {
	if x.double {
		x.text = append(x.text, '"')
	} else {
		x.text = append(x.text, '\'')
	}
}

func (x *windowsXML) event(r *event.Record) {
	x.write("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>")
	x.system(r)
	x.write("</System>")
	x.section("EventData", func() { x.data(r) })
	x.section("UserData", func() { x.userData(r) })
	for _, name := range windowsSections {
		x.section(name, func() { x.paths(r, name) })
	}
	x.write("</Event>")
}

// section writes an element if there is anything in it.
func (x *windowsXML) section(name string, inside func()) {
	before := len(x.text)
	x.write("<", name, ">")
	opened := len(x.text)
	if inside(); len(x.text) == opened {
		x.text = x.text[:before]
		return
	}
	x.write("</", name, ">")
}

// userData writes the provider's element of UserData.
func (x *windowsXML) userData(r *event.Record) {
	element := x.element
	if element == "" {
		element = "EventXML"
	}
	x.section(element, func() { x.paths(r, "") })
}

func (x *windowsXML) system(r *event.Record) {
	for _, e := range windowsSystem {
		value := event.Value{}
		if e.text {
			value = firstValue(r.Get(e.element))
		}
		there := !value.IsNull()
		before := len(x.text)
		x.write("<", e.element)
		for _, a := range e.attributes {
			if v := firstValue(r.Get(a.field)); !v.IsNull() {
				there = true
				x.write(" ", a.name, "=")
				x.quote()
				x.value(v)
				x.quote()
			}
		}
		switch {
		case !there:
			x.text = x.text[:before]
		case e.text:
			x.write(">")
			x.value(value)
			x.write("</", e.element, ">")
		default:
			x.write("/>")
		}
	}
}

// data writes what is neither System's nor a path, unless that lies in UserData.
func (x *windowsXML) data(r *event.Record) {
	if x.element != "" {
		return
	}
	var one [1]event.Value
	for i := range r.Fields {
		for _, v := range windowsData(&r.Fields[i], &one) {
			x.datum(r.Fields[i].Name.Text, v)
		}
	}
}

// windowsData returns the values of a field that are EventData, in one where it has but one.
func windowsData(f *event.Field, one *[1]event.Value) []event.Value {
	name := f.Name.Text
	switch {
	case isElementPath(name) || f.Value.IsAbsent():
		return nil
	case f.Value.Kind() != event.List:
		if f.Value.IsNull() || windowsSystemFields[name] {
			return nil
		}
		one[0] = f.Value
		return one[:]
	}
	values := itemsOf(f.Value)
	if windowsSystemFields[name] {
		values = values[min(1, len(values)):]
	}
	return values
}

// datum writes one value of EventData.
func (x *windowsXML) datum(name string, v event.Value) {
	x.text = append(x.text, "<Data"...)
	if name != "Data" {
		x.text = append(x.text, " Name="...)
		x.quote()
		x.escape(name, x.double)
		x.quote()
	}
	x.text = append(x.text, '>')
	x.value(v)
	x.text = append(x.text, "</Data>"...)
}

// paths writes the fields whose names are paths in a section; without a section those of UserData, among them those that are
// elements by themselves. Neighbours share the elements that they are both below.
func (x *windowsXML) paths(r *event.Record, section string) {
	var open []string
	close := func(keep int) {
		for i := len(open) - 1; i >= keep; i-- {
			x.write("</", open[i], ">")
		}
		open = open[:keep]
	}
	for _, f := range r.Fields {
		name := f.Name.Text
		if !isElementPath(name) && (x.element == "" || section != "" || !isElement(name)) {
			continue
		}
		own, below := windowsSectionOf(name)
		if own != section {
			continue
		}
		values := itemsOf(f.Value)
		if windowsSystemFields[name] {
			values = values[min(1, len(values)):]
		}
		if len(values) == 0 {
			continue
		}
		steps := strings.Split(below, ".")
		folders, last := steps[:len(steps)-1], steps[len(steps)-1]
		same := 0
		for same < len(open) && same < len(folders) && open[same] == folders[same] {
			same++
		}
		close(same)
		for _, step := range folders[same:] {
			x.write("<", step, ">")
			open = append(open, step)
		}
		for _, v := range values {
			x.write("<", last, ">")
			x.value(v)
			x.write("</", last, ">")
		}
	}
	close(0)
}

// firstValue returns the first element of a list, and any other value as it is.
func firstValue(v event.Value) event.Value {
	if v.Kind() != event.List {
		return v
	}
	if len(v.List()) == 0 {
		return null
	}
	return v.List()[0]
}

// isElementPath says whether a name is a path of elements.
func isElementPath(name string) bool {
	if !strings.Contains(name, ".") {
		return false
	}
	for step := range strings.SplitSeq(name, ".") {
		if !isElement(step) {
			return false
		}
	}
	return true
}

// isElement says whether an element can have a name.
func isElement(name string) bool {
	for i, c := range name {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-')) {
			return false
		}
	}
	return name != ""
}

func (x *windowsXML) write(texts ...string) {
	for _, t := range texts {
		x.text = append(x.text, t...)
	}
}

// value writes a value as the text of an element or an attribute.
func (x *windowsXML) value(v event.Value) {
	start := len(x.text)
	x.text = appendWindows(x.text, v)
	if written := x.text[start:]; !x.plain(unsafe.String(unsafe.SliceData(written), len(written))) {
		s := string(written)
		x.text = x.text[:start]
		x.escape(s, false)
	}
}

// appendWindows appends the text of a value as Windows has it.
func appendWindows(b []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Time:
		return event.TimeOf(v.Int()).AppendFormat(b, "2006-01-02T15:04:05.0000000Z")
	case event.Bool:
		return strconv.AppendBool(b, v.Bool())
	}
	return v.AppendText(b)
}

// plain says whether text can be written as it is; what is not ASCII is looked at more closely.
func (x *windowsXML) plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf, c < 0x20, c == '&', c == '<', c == '>', c == '\'' && !x.double:
			return false
		}
	}
	return true
}

// escape writes a text; an attribute in double quotes cannot hold one as it is.
func (x *windowsXML) escape(s string, attribute bool) {
	plain := 0 // where what is written as it is begins
	for i, c := range s {
		by := ""
		switch {
		case c == '&':
			by = "&amp;"
		case c == '<':
			by = "&lt;"
		case c == '>':
			by = "&gt;"
		case c == '\'' && !x.double:
			by = "&apos;"
		case c == '"' && attribute:
			by = "&quot;"
		case c == '\r':
			by = "&#xD;"
		case c < 0x20 && c != '\n' && c != '\t', c == 0xfffe, c == 0xffff, c == utf8.RuneError:
			by = "\ufffd" // XML has no way to write it
		default:
			continue
		}
		x.text = append(x.text, s[plain:i]...)
		x.write(by)
		_, n := utf8.DecodeRuneInString(s[i:])
		plain = i + n
	}
	x.text = append(x.text, s[plain:]...)
}
