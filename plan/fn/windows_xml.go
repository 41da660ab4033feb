package fn

import (
	"strconv"
	"strings"
	"unicode/utf8"

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

// windowsXML is text being written.
type windowsXML struct {
	text    []byte
	element string // of UserData that holds the fields; empty where they are EventData
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
				x.write(" ", a.name, "='")
				x.value(v)
				x.write("'")
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
	for _, f := range r.Fields {
		name := f.Name.Text
		if isElementPath(name) || f.Value.IsAbsent() {
			continue
		}
		values := itemsOf(f.Value)
		if windowsSystemFields[name] {
			values = values[min(1, len(values)):]
		}
		for _, v := range values {
			x.write("<Data")
			if name != "Data" {
				x.write(" Name='")
				x.value(text(name))
				x.write("'")
			}
			x.write(">")
			x.value(v)
			x.write("</Data>")
		}
	}
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
	switch v.Kind() {
	case event.Time:
		x.text = event.TimeOf(v.Int()).AppendFormat(x.text, "2006-01-02T15:04:05.0000000Z")
		return
	case event.Bool:
		x.text = strconv.AppendBool(x.text, v.Bool())
		return
	}
	for _, c := range v.Text() {
		switch {
		case c == '&':
			x.write("&amp;")
		case c == '<':
			x.write("&lt;")
		case c == '>':
			x.write("&gt;")
		case c == '\'':
			x.write("&apos;")
		case c == '\r':
			x.write("&#xD;")
		case c < 0x20 && c != '\n' && c != '\t', c == 0xfffe, c == 0xffff:
			x.write("\ufffd") // XML has no way to write it
		default:
			x.text = utf8.AppendRune(x.text, c)
		}
	}
}
