package fn

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"

	"goshawk/event"
)

// Texts with parts, as Kusto takes them apart.

// kqlURL is the form of a URL that RFC 3986 gives in its appendix B, the authority taken apart as well.
var kqlURL = regexp.MustCompile(`^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::([^/?#]*))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$`)

func kqlQuery(s string) event.Value {
	out := &event.Record{}
	for pair := range strings.SplitSeq(s, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			setField(out, kqlUnescapeURL(name), text(kqlUnescapeURL(value)))
		}
	}
	return event.ObjectValue(out)
}

var _ = define(Func{
	Name: "kql_parse_url", Doc: "The parts of a URL as a bag: Scheme, Host, Port, Path, Username, Password, Query Parameters and Fragment, empty where it has none.",
	Params: []Param{required("url", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		part := kqlURL.FindStringSubmatch(args[0].Text())
		if part == nil { // a line break
			return null
		}
		user, password, _ := strings.Cut(part[2], ":")
		return object("Scheme", text(part[1]), "Host", text(part[3]), "Port", text(part[4]), "Path", text(part[5]), "Username", text(user), "Password", text(password),
			"Query Parameters", kqlQuery(part[6]), "Fragment", text(part[7]))
	},
	Examples: []Example{
		example(object("Scheme", text("scheme"), "Host", text("host"), "Port", text("1234"), "Path", text("/this/is/a/path"), "Username", text("username"), "Password", text("password"),
			"Query Parameters", object("k1", text("v1"), "k2", text("v2")), "Fragment", text("fragment")), text("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment")),
		example(object("Scheme", empty, "Host", empty, "Port", empty, "Path", text("bing.com/a"), "Username", empty, "Password", empty, "Query Parameters", object(), "Fragment", empty), text("bing.com/a")),
		example(object("Scheme", text("http"), "Host", text("[::1]"), "Port", text("80"), "Path", empty, "Username", empty, "Password", empty, "Query Parameters", object(), "Fragment", empty), text("http://[::1]:80")),
	},
})

var _ = define(Func{
	Name: "kql_parse_urlquery", Doc: "The parameters of the query of a URL as the bag Query Parameters in a bag.",
	Params: []Param{required("query", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		if _, behind, ok := strings.Cut(s, "?"); ok {
			s = behind
		}
		return object("Query Parameters", kqlQuery(s))
	},
	Examples: []Example{
		example(object("Query Parameters", object("k1", text("v1"), "k2", text("v2"))), text("k1=v1&k2=v2")), example(object("Query Parameters", object("a", text("b c"))), text("https://x/?a=b%20c")),
		example(object("Query Parameters", object()), empty),
	},
})

var _ = define(Func{
	Name: "kql_parse_path", Doc: "The parts of a file's path as a bag: Scheme, RootPath, DirectoryPath, DirectoryName, Filename, Extension and AlternateDataStreamName, empty where it has none.",
	Params: []Param{required("path", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		scheme, root, directory, name, extension, stream := "", "", "", "", "", ""
		path := args[0].Text()
		if before, behind, ok := strings.Cut(path, "://"); ok && !strings.ContainsAny(before, `/\:`) {
			scheme, path = before, behind
		}
		drive := strings.TrimPrefix(path, `\\?\`)
		if len(drive) >= 2 && isAlphanumeric(drive[0]) && drive[1] == ':' && (len(drive) == 2 || drive[2] == '\\' || drive[2] == '/') {
			root = path[:len(path)-len(drive)] + drive[:min(3, len(drive))]
		}
		name = path
		if i := strings.LastIndexAny(path, `/\`); i >= 0 {
			directory, name = path[:i], path[i+1:]
		}
		if before, behind, ok := strings.Cut(name, ":"); ok {
			name, stream = before, behind
		}
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			extension = name[i+1:]
		}
		return object("Scheme", text(scheme), "RootPath", text(root), "DirectoryPath", text(directory), "DirectoryName", text(directory[strings.LastIndexAny(directory, `/\`)+1:]),
			"Filename", text(name), "Extension", text(extension), "AlternateDataStreamName", text(stream))
	},
	Examples: []Example{
		example(kqlPathParts("", `C:\`, `C:\temp`, "temp", "file.txt", "txt", ""), text(`C:\temp\file.txt`)), example(kqlPathParts("", "", "temp", "temp", "file.txt", "txt", ""), text(`temp\file.txt`)),
		example(kqlPathParts("file", "C:/", "C:/temp", "temp", "file.txt", "txt", "some.exe"), text("file://C:/temp/file.txt:some.exe")),
		example(kqlPathParts("", "", `\\shared\users\temp`, "temp", "file.txt.gz", "gz", ""), text(`\\shared\users\temp\file.txt.gz`)),
		example(kqlPathParts("", "", "/usr/lib/temp", "temp", "file.txt", "txt", ""), text("/usr/lib/temp/file.txt")), example(kqlPathParts("", "", "", "", "cmd", "", ""), text("cmd")),
	},
})

func kqlPathParts(parts ...string) event.Value {
	out := &event.Record{}
	for i, name := range []string{"Scheme", "RootPath", "DirectoryPath", "DirectoryName", "Filename", "Extension", "AlternateDataStreamName"} {
		out.Set(name, text(parts[i]))
	}
	return event.ObjectValue(out)
}

var _ = define(Func{
	Name: "kql_parse_command_line", Doc: "The arguments of a command line as Windows takes it apart (CommandLineToArgvW), as an array of texts; Null for an empty one.",
	Params: []Param{required("command_line", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		line := args[0].Text()
		if strings.Trim(line, " \t") == "" {
			return null
		}
		first, rest := kqlProgram(line)
		return texts(append([]string{first}, kqlArguments(rest)...)...)
	},
	Examples: []Example{
		example(texts("echo", "hello world!", "x"), text(`echo "hello world!" x`)), example(texts(`C:\Program Files\a.exe`, "/c", `say "hi"`), text(`"C:\Program Files\a.exe" /c "say \"hi\""`)),
		example(texts("a", `\\b`, `c\`, "d e"), text(`a \\b c\ "d e"`)), example(texts("a", `b\`, ""), text(`a "b\\" ""`)), example(texts("a", `x"y z`), text(`a "x""y z"`)), example(null, text(" ")),
	},
})

// kqlProgram cuts the first argument off, in which a backslash means nothing.
func kqlProgram(line string) (program, rest string) {
	if behind, quoted := strings.CutPrefix(line, `"`); quoted {
		program, rest, _ = strings.Cut(behind, `"`)
		return program, rest
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, ""
}

// kqlArguments takes the rest of a command line apart: quotes keep blanks, 2n backslashes before a quote are n and the quote
// counts, 2n+1 are n and a quote as it is, and two quotes inside of quotes are one.
func kqlArguments(s string) []string {
	var out []string
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return out
		}
		var arg strings.Builder
		quoted, i := false, 0
		for ; i < len(s) && (quoted || s[i] != ' ' && s[i] != '\t'); i++ {
			backslashes := 0
			for i < len(s) && s[i] == '\\' {
				backslashes++
				i++
			}
			if i == len(s) || s[i] != '"' {
				arg.WriteString(strings.Repeat(`\`, backslashes))
				if i == len(s) || !quoted && (s[i] == ' ' || s[i] == '\t') {
					i--
					continue
				}
				arg.WriteByte(s[i])
				continue
			}
			arg.WriteString(strings.Repeat(`\`, backslashes/2))
			switch {
			case backslashes%2 == 1:
				arg.WriteByte('"')
			case quoted && i+1 < len(s) && s[i+1] == '"':
				arg.WriteByte('"')
				i++
			default:
				quoted = !quoted
			}
		}
		out = append(out, arg.String())
		s = s[i:]
	}
}

// maxKQLXML is how many bytes of XML Kusto reads.
const maxKQLXML = 1 << 20

var _ = define(Func{
	Name: "kql_parse_xml", Doc: "A text of XML as a bag: an element by its name, what occurs repeatedly as an array, attributes as @name, text beside them or beside elements as #text; Null where it is no XML or longer than 1 MiB.",
	Params: []Param{required("text", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		if len(s) > maxKQLXML {
			return null
		}
		d := xml.NewDecoder(strings.NewReader(s))
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is a text already
		root := &event.Record{}
		for {
			t, err := d.RawToken()
			if err == io.EOF && len(root.Fields) == 1 {
				return event.ObjectValue(root)
			}
			if err != nil {
				return null
			}
			switch t := t.(type) {
			case xml.StartElement:
				v, ok := kqlElement(d, t, 0)
				if !ok || len(root.Fields) > 0 {
					return null
				}
				root.Set(kqlXMLName(t.Name), v)
			case xml.EndElement:
				return null
			case xml.CharData:
				if strings.TrimSpace(string(t)) != "" {
					return null
				}
			}
		}
	},
	Examples: []Example{
		example(object("r", object("d", object("@n", text("k"), "#text", text("v")))), text(`<r><d n="k">v</d></r>`)), example(null, text("<bad")), example(object("e", null), text("<e/>")),
		example(object("e", text("text")), text("<e>text</e>")), example(object("e", object("@name", text("value"))), text(`<e name="value" />`)),
		example(object("e", object("a", texts("x", "y"))), text("<e> <a>x</a> <a>y</a> </e>")), example(object("e", object("a", text("y"), "#text", text("x"))), text("<e> x <a>y</a> </e>")),
		example(null, text("<a/><b/>")), example(null, text("<a></b>")), example(null, text("plain")), example(object("v", text("118.0")), text(`<?xml version="1.0" encoding="utf-16"?><v>118.0</v>`)),
	},
})

func kqlXMLName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// kqlElement reads the rest of an element. Where an element has neither attributes nor elements its value is its text.
func kqlElement(d *xml.Decoder, start xml.StartElement, depth int) (event.Value, bool) {
	out := &event.Record{}
	var inside strings.Builder
	if depth > maxJSONDepth {
		return null, false
	}
	for _, a := range start.Attr {
		kqlAddMember(out, "@"+kqlXMLName(a.Name), text(a.Value))
	}
	for {
		t, err := d.RawToken()
		if err != nil {
			return null, false
		}
		switch t := t.(type) {
		case xml.StartElement:
			v, ok := kqlElement(d, t, depth+1)
			if !ok {
				return null, false
			}
			kqlAddMember(out, kqlXMLName(t.Name), v)
		case xml.EndElement:
			if t.Name != start.Name {
				return null, false
			}
			characters := strings.TrimSpace(inside.String())
			switch {
			case len(out.Fields) == 0 && characters == "":
				return null, true
			case len(out.Fields) == 0:
				return text(characters), true
			case characters != "":
				out.Set("#text", text(characters))
			}
			return event.ObjectValue(out), true
		case xml.CharData:
			inside.Write(t)
		}
	}
}

// kqlAddMember adds a member; the values of a name that occurs repeatedly become an array.
func kqlAddMember(r *event.Record, name string, v event.Value) {
	for i := range r.Fields {
		if f := &r.Fields[i]; f.Name.Text == name {
			of := []event.Value{f.Value}
			if f.Value.Kind() == event.List {
				of = f.Value.List()
			}
			f.Value = list(append(of, v)...)
			return
		}
	}
	r.Set(name, v)
}
