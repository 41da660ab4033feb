package fn

import (
	"regexp"
	"strconv"
	"strings"

	"goshawk/event"
)

// Names and values in a text: extract (kv), makemv, multikv.

// autoPair is name=value as extract finds it unless told otherwise.
var autoPair = regexp.MustCompile(`([A-Za-z_][\w.\-:\[\]{}]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;"']+))`)

var _ = define(Func{
	Name: "spl_extract", Doc: "The object of the pairs of names and values in a text: name=value anywhere, values in quotes or up to a blank, comma or semicolon; or, between any of the characters that part pairs, split at any of those that part name and value. With clean, characters of a name that are no letter, digit or _ become _; with several, a name that comes again has all its values, otherwise its first. Null where there is none.",
	Params: []Param{required("text", "any"), optional("between_pairs", "string"), optional("between_name_and_value", "string"), optional("clean", "bool"), optional("several", "bool")},
	Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		between, assign := textAt(args, 1, ""), textAt(args, 2, "")
		clean := len(args) < 4 || args[3].Bool()
		several := len(args) > 4 && args[4].Bool()
		f := &flatFields{}
		add := func(name, value string) {
			name = strings.TrimSpace(name)
			if clean {
				name = cleanName(name)
			}
			if name != "" && value != "" && (several || f.values[name] == nil) {
				f.add(name, text(value))
			}
		}
		for _, v := range splItems(args[0]) {
			s := splText(v)
			if between == "" && assign == "" {
				for _, m := range autoPair.FindAllStringSubmatch(s, maxFlat) {
					add(m[1], strings.ReplaceAll(m[2], `\"`, `"`)+m[3]+m[4])
				}
				continue
			}
			if assign == "" {
				assign = "="
			}
			for _, pair := range cutQuoted(s, between) {
				if i := strings.IndexAny(pair, assign); i > 0 {
					add(pair[:i], bare(pair[i+1:]))
				}
			}
		}
		return f.object()
	},
	Examples: []Example{
		example(object("user", text("jo x"), "uid", text("0"), "a_b", text("1")), text(`user="jo x" uid=0, a-b=1 nothing`)), example(object("a", text("1"), "b", text("x y")), text(`a:1|b:"x y"|c`), text("|"), text(":")),
		example(object("a", texts("1", "2")), text("a=1 a=2"), empty, empty, yes, yes), example(object("a", text("1")), text("a=1 a=2")), example(null, text("nothing here")), example(object("a-b", text("1")), text("a-b=1"), empty, empty, no),
	},
})

func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	return strings.TrimLeft(name, "_0123456789")
}

// bare returns a value without the blanks and quotes around it.
func bare(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		return s[1 : n-1]
	}
	return s
}

// cutQuoted cuts a text at any of some characters, outside double quotes.
func cutQuoted(s, at string) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(at, s[i]) >= 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

var _ = splFunction("spl_makemv", "The parts of a text between the places where another text stands, as a multivalue; empty ones only if so asked for.", "any",
	[]Param{required("text", "any"), required("by", "string"), optional("empty", "bool")},
	func(v event.Value, rest []event.Value) event.Value {
		var out []event.Value
		for _, part := range splItems(funcs["spl_split"].Eval([]event.Value{v, rest[0]})) {
			if splText(part) != "" || len(rest) > 1 && rest[1].Bool() {
				out = append(out, part)
			}
		}
		return splMulti(out)
	},
	example(texts("a", "b"), text("a,,b"), text(",")), example(texts("a", "", "b"), text("a,,b"), text(","), yes), example(text("a"), text("a"), text(" ")), example(null, text(","), text(",")))

var _ = splFunction("spl_tokens", "What the first group of a Perl-compatible regular expression captured in each of its matches in a text, or the matches of one without groups, as a multivalue; empty ones only if so asked for; the text itself where there is none.", "any",
	[]Param{required("text", "any"), required("expression", "string"), optional("empty", "bool")},
	func(v event.Value, rest []event.Value) event.Value {
		re := perlArgument(rest[0])
		if re == nil {
			return null
		}
		s := splText(v)
		found, ok := re.find(s, maxFlat)
		if !ok {
			return null
		}
		group := min(len(re.names)-1, 1)
		var out []event.Value
		for _, where := range found {
			part, ok := capturedText(s, where, group)
			if ok || len(rest) > 1 && rest[1].Bool() {
				out = append(out, text(part))
			}
		}
		if len(out) == 0 {
			return v
		}
		return splMulti(out)
	},
	example(texts("a", "b"), text("a;b;"), text(`([^;]+);?`)), example(texts("1", "22"), text("1-22"), text(`\d+`)), example(text("x"), text("x"), text(`(\d)`)), example(null, text("x"), text("(")))

var _ = define(Func{
	Name: "spl_multikv", Doc: "The list of the rows of a table in a text, each an object; its header is the line of the given number, the first that is not empty if 0 or not given, and none if -1, when columns are called Column_1 and so on. Columns are parted by tabs, commas or blanks. Null where there is no table.",
	Params: []Param{required("text", "any"), optional("header", "long")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		header, ok := integerAt(args, 1, 0)
		if !ok {
			return null
		}
		var out []event.Value
		for _, v := range splItems(args[0]) {
			out = append(out, tableRows(splText(v), header)...)
		}
		if len(out) == 0 {
			return null
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(object("PID", text("1"), "COMMAND", text("init")), object("PID", text("22"), "COMMAND", text("sshd"))), text("PID COMMAND\n1   init\n22  sshd\n")),
		example(list(object("Column_1", text("a"), "Column_2", text("b"))), text("a\tb"), whole(-1)), example(list(object("a_b", text("x y"), "c", text("2"))), text("title\na b,c\nx y,2"), whole(2)),
		example(null, text("alone")), example(list(object("n", text("1"), "m", text("2 3"))), text("n m\n1 2 3")),
	},
})

func tableRows(s string, header int64) []event.Value {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		lines = append(lines, strings.TrimRight(line, "\r"))
	}
	at := 0
	if header > 0 {
		at = int(min(header-1, int64(len(lines))))
	} else {
		for at < len(lines) && strings.TrimSpace(lines[at]) == "" {
			at++
		}
	}
	if at >= len(lines) {
		return nil
	}
	by := columnMark(lines[at])
	var names []string
	if header < 0 {
		for i := range columns(lines[at], by, 0) {
			names = append(names, "Column_"+strconv.Itoa(i+1))
		}
		at--
	} else {
		for _, name := range columns(lines[at], by, 0) {
			names = append(names, strings.TrimLeft(cleanColumn(name), "_"))
		}
	}
	var out []event.Value
	for _, line := range lines[at+1:] {
		if strings.TrimSpace(line) == "" {
			if len(out) > 0 {
				break
			}
			continue
		}
		r := &event.Record{}
		for i, value := range columns(line, by, len(names)) {
			if i < len(names) && names[i] != "" && value != "" {
				r.Set(names[i], text(value))
			}
		}
		if len(r.Fields) > 0 && len(out) < maxFlat {
			out = append(out, event.ObjectValue(r))
		}
	}
	return out
}

func columnMark(line string) string {
	switch {
	case strings.Contains(line, "\t"):
		return "\t"
	case strings.Contains(line, ","):
		return ","
	}
	return " "
}

// columns cuts a line; at blanks into so many columns at most, the last of which may hold blanks (0: any number).
func columns(line, by string, most int) []string {
	if by == " " {
		parts := strings.Fields(line)
		if most > 0 && len(parts) > most {
			parts = append(parts[:most-1:most-1], strings.Join(parts[most-1:], " "))
		}
		return parts
	}
	parts := strings.Split(line, by)
	for i := range parts {
		parts[i] = bare(parts[i])
	}
	return parts
}

func cleanColumn(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.TrimSpace(name))
}
