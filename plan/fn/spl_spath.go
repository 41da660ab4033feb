package fn

import (
	"encoding/xml"
	"strings"

	"goshawk/event"
)

// spath: the values of JSON and XML under flat names. In JSON a.b is a member of a member and a{} each element of an array; in
// XML a.b is an element in an element and a.b{@c} its attribute.

// flatFields gathers values under names, in the order of their first places.
type flatFields struct {
	names  []string
	values map[string][]event.Value
	size   int
}

const maxFlat = 1 << 16 // values of one text

func (f *flatFields) add(name string, v event.Value) {
	if f.size++; f.size > maxFlat || name == "" {
		return
	}
	if f.values == nil {
		f.values = map[string][]event.Value{}
	}
	if f.values[name] == nil {
		f.names = append(f.names, name)
	}
	f.values[name] = append(f.values[name], v)
}

func (f *flatFields) object() event.Value {
	if len(f.names) == 0 {
		return null
	}
	r := &event.Record{}
	for _, name := range f.names {
		r.Set(name, splMulti(f.values[name]))
	}
	return event.ObjectValue(r)
}

func (f *flatFields) addJSON(name string, n *jsonNode) {
	switch n.kind {
	case '{':
		for i, member := range n.names {
			f.addJSON(joinPath(name, member), n.items[i])
		}
	case '[':
		for _, item := range n.items {
			f.addJSON(name+"{}", item)
		}
	default:
		f.add(name, n.value(text("null")))
	}
}

func joinPath(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

var _ = define(Func{
	Name: "spl_spath", Doc: "The object of all values of a text of JSON or XML under flat names such as a.b, a{}.b and a.b{@c}, repeated ones as lists, JSON's null as the text null; of several values all together; Null for what is neither.",
	Params: splTextParam, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		f := &flatFields{}
		for _, v := range splItems(args[0]) {
			s := strings.TrimLeft(splText(v), " \t\r\n\ufeff")
			switch {
			case s == "":
			case s[0] == '{' || s[0] == '[':
				if n, ok := readJSONText(s); ok {
					f.addJSON("", n)
				}
			case s[0] == '<':
				for _, root := range readXML(s) {
					f.addXML(root.name, root)
				}
			}
		}
		return f.object()
	},
	Examples: []Example{
		example(object("a.b", whole(1), "l{}", texts("x", "y"), "o{}.n", list(whole(1), whole(2)), "z", text("null"), "t", text("true")), text(`{"a":{"b":1},"l":["x","y"],"o":[{"n":1},{"n":2}],"z":null,"t":true,"e":[]}`)),
		example(object("{}.a", text("1.50")), text(`[{"a":1.50}]`)), example(null, text("no")), example(null, text("{")),
		example(object("e.s{@n}", text("p"), "e.s.d", texts("1", "a&b")), text(`<e><s n="p"><d>1</d><d>a&amp;b</d></s></e>`)),
	},
})

var _ = define(Func{
	Name: "spl_spath_get", Doc: "The values at a path such as a{}.b{0} of a text of JSON, or e.d{2} and e.d{@c} of XML, where elements count from 1; arrays, objects and elements with elements as they are written; Null where there is none.",
	Params: []Param{required("text", "any"), required("path", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		steps, ok := splPath(strings.TrimSpace(splText(args[1])))
		if !ok {
			return null
		}
		var out []event.Value
		for _, v := range splItems(args[0]) {
			s := strings.TrimLeft(splText(v), " \t\r\n\ufeff")
			switch {
			case s == "":
			case s[0] == '{' || s[0] == '[':
				n, ok := readJSONText(s)
				if !ok {
					continue
				}
				for _, found := range n.follow(steps) {
					if found.kind == '{' || found.kind == '[' {
						out = append(out, text(found.raw))
					} else {
						out = append(out, found.value(text("null")))
					}
				}
			case s[0] == '<':
				root := &xmlNode{children: readXML(s)}
				out = append(out, root.follow(steps)...)
			}
		}
		return splMulti(out)
	},
	Examples: []Example{
		example(texts("x", "y"), text(`{"a":[{"b":"x"},{"b":"y"}]}`), text("a{}.b")), example(text("y"), text(`{"a":[{"b":"x"},{"b":"y"}]}`), text("a{1}.b")), example(text(`[1, 2]`), text(`{"a": [1, 2]}`), text("a")),
		example(list(whole(1), whole(2)), text(`{"a": [1, 2]}`), text("a{}")), example(null, text(`{"a":1}`), text("b")), example(text("2"), text(`<e><d c="q">1</d><d>2</d></e>`), text("e.d{2}")),
		example(text("q"), text(`<e><d c="q">1</d><d>2</d></e>`), text("e.d{@c}")), example(texts("1", "2"), text(`<e><d>1</d><d>2</d></e>`), text("e.d")), example(text("<d>1</d>"), text(`<e><d>1</d></e>`), text("e")), example(null, text("no"), text("a")),
	},
})

// xmlNode is an element.
type xmlNode struct {
	name       string
	attributes []xml.Attr
	children   []*xmlNode
	text       strings.Builder
	from, to   int // what stands inside
	raw        string
}

// readXML reads the elements of a text, as far as it can be read.
func readXML(s string) []*xmlNode {
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict = false
	root := &xmlNode{}
	stack := []*xmlNode{root}
	for {
		before := int(d.InputOffset())
		token, err := d.RawToken()
		if err != nil {
			break
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(stack) > maxJSONDepth {
				return root.children
			}
			child := &xmlNode{name: xmlName(token.Name), attributes: append([]xml.Attr(nil), token.Attr...), from: int(d.InputOffset())}
			top.children = append(top.children, child)
			stack = append(stack, child)
		case xml.EndElement:
			for len(stack) > 1 { // an element that is not closed ends where the one around it does
				closed := stack[len(stack)-1]
				closed.to = before
				closed.raw = s[closed.from:max(closed.to, closed.from)]
				stack = stack[:len(stack)-1]
				if closed.name == xmlName(token.Name) {
					break
				}
			}
		case xml.CharData:
			top.text.Write(token)
		}
	}
	return root.children
}

func xmlName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func (n *xmlNode) value() (string, bool) {
	s := strings.TrimSpace(n.text.String())
	return s, s != ""
}

func (f *flatFields) addXML(path string, n *xmlNode) {
	for _, a := range n.attributes {
		f.add(path+"{@"+xmlName(a.Name)+"}", text(a.Value))
	}
	if s, ok := n.value(); ok {
		f.add(path, text(s))
	}
	for _, child := range n.children {
		f.addXML(path+"."+child.name, child)
	}
}

func (n *xmlNode) follow(steps []pathStep) []event.Value {
	if len(steps) == 0 {
		if len(n.children) > 0 {
			return []event.Value{text(n.raw)}
		}
		if s, ok := n.value(); ok {
			return []event.Value{text(s)}
		}
		return nil
	}
	step := steps[0]
	switch step.kind {
	case '@':
		for _, a := range n.attributes {
			if xmlName(a.Name) == step.name && len(steps) == 1 {
				return []event.Value{text(a.Value)}
			}
		}
		return nil
	case 'n':
		rest, index := steps[1:], 0
		if len(rest) > 0 && rest[0].kind == 'i' {
			index, rest = rest[0].index, rest[1:]
		} else if len(rest) > 0 && rest[0].kind == 'a' {
			rest = rest[1:]
		}
		var out []event.Value
		count := 0
		for _, child := range n.children {
			if child.name != step.name {
				continue
			}
			if count++; index == 0 || index == count {
				out = append(out, child.follow(rest)...)
			}
		}
		return out
	}
	return nil
}

var _ = define(Func{
	Name: "spl_xmlkv", Doc: "The object of the elements of a text that hold nothing but text, by their names, repeated ones as lists; Null where there is none.",
	Params: splTextParam, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		f := &flatFields{}
		for _, v := range splItems(args[0]) {
			f.addElements(splText(v))
		}
		return f.object()
	},
	Examples: []Example{
		example(object("Command", text("cmd.exe"), "Arguments", text(`/c "a" & b`)), text(`x <Exec id="1"><Command>cmd.exe</Command><Arguments>/c &quot;a&quot; &amp; b</Arguments></Exec>`)),
		example(object("a", texts("1", "2")), text("<a>1</a><a>2</a>")), example(null, text("none")), example(null, text("<a>1</b>")), example(null, text("<a/><b></b>")),
	},
})

// addElements finds <name …>text</name> anywhere in a text.
func (f *flatFields) addElements(s string) {
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			return
		}
		s = s[open+1:]
		end := strings.IndexAny(s, "<>")
		if end < 0 {
			return
		}
		if s[end] == '<' {
			s = s[end:]
			continue
		}
		tag, rest := s[:end], s[end+1:]
		s = rest
		name := tag
		if blank := strings.IndexAny(tag, " \t\r\n"); blank >= 0 {
			name = tag[:blank]
		}
		if name == "" || strings.IndexByte("/?!", name[0]) >= 0 || strings.HasSuffix(tag, "/") {
			continue
		}
		inside, behind, ok := strings.Cut(rest, "<")
		if ok && strings.HasPrefix(behind, "/"+name+">") && strings.TrimSpace(inside) != "" {
			f.add(name, text(unescapeXML(strings.TrimSpace(inside))))
			s = behind[len(name)+2:]
		}
	}
}

func unescapeXML(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&", "&#xD;", "\r", "&#xA;", "\n", "&#x9;", "\t").Replace(s)
}
