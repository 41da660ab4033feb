package fn

import (
	"regexp"
	"strconv"
	"strings"

	"goshawk/event"
)

// The operators parse and parse-kv. A pattern of parse is an array: a text is what must stand there, null is a *, and an array
// of one text is a column of that type, such as ["long"].

// kqlColumn returns the type of a column in a pattern; false for what is none.
func kqlColumn(item event.Value) (string, bool) {
	if item.Kind() != event.List || len(item.List()) == 0 {
		return "", false
	}
	return item.List()[0].Text(), true
}

// kqlConvert reads what stands in the place of a column of a type.
func kqlConvert(s, to string) event.Value {
	if to == "string" {
		return text(s)
	}
	f := ByName("kql_to" + to)
	if to == "dynamic" {
		f = ByName("kql_parse_json")
	}
	if f == nil {
		return null
	}
	return f.Eval([]event.Value{text(strings.TrimSpace(s))})
}

// maxTypedText bounds the text in which a value is looked for that a * follows.
const maxTypedText = 64

// kqlParse meets a text with a pattern: what must stand there is taken at the first place where it does.
func kqlParse(s string, pattern []event.Value, relaxed bool) ([]event.Value, bool) {
	out := []event.Value{}
	column, skip := "", false // what stands since the last text of the pattern
	take := func(between string) bool {
		if column == "" {
			return skip || between == ""
		}
		v := kqlConvert(between, column)
		if skip && v.IsNull() { // the longest beginning that is such a value
			for end := min(len(between), maxTypedText); end > 0 && v.IsNull(); end-- {
				v = kqlConvert(between[:end], column)
			}
		}
		out = append(out, v)
		column = ""
		return relaxed || !v.IsNull()
	}
	for i, item := range pattern {
		if of, ok := kqlColumn(item); ok {
			column, skip = of, false
			continue
		}
		if item.IsNull() {
			skip = true
			continue
		}
		literal, at := item.Text(), 0
		switch {
		case column == "" && !skip:
			if !strings.HasPrefix(s, literal) {
				return nil, false
			}
		case i == len(pattern)-1:
			if at = len(s) - len(literal); !strings.HasSuffix(s, literal) {
				return nil, false
			}
		default:
			if at = strings.Index(s, literal); at < 0 {
				return nil, false
			}
		}
		if !take(s[:at]) {
			return nil, false
		}
		s, skip = s[at+len(literal):], false
	}
	return out, take(s)
}

// KQLParsed returns the texts around a column of a pattern of kql_parse, counted from 0: its value is what stands in the text that is
// parsed between a place where the one stands and the next where the other does. It reports false for a column of another type than
// string, and where something else stands beside it.
func KQLParsed(pattern event.Value, column int64) (before, after string, ok bool) {
	items := pattern.List()
	for i, item := range items {
		of, isColumn := kqlColumn(item)
		if !isColumn {
			continue
		}
		if column--; column >= 0 {
			continue
		}
		if of != "string" || i == 0 || i+2 >= len(items) || items[i-1].Kind() != event.Text || items[i+1].Kind() != event.Text {
			return "", "", false
		}
		return items[i-1].Text(), items[i+1].Text(), true
	}
	return "", "", false
}

var _ = define(Func{
	Name: "kql_parse", Doc: "What stands in a text in the places of a pattern's columns, as an array; Null where the text does not meet the pattern, or, unless relaxed, where a value is not of its column's type.",
	Params: []Param{required("text", "string"), required("pattern", "dynamic"), optional("relaxed", "bool")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		out, ok := kqlParse(args[0].Text(), args[1].List(), len(args) > 2 && args[2].Bool())
		if !ok {
			return null
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(text("bob"), whole(22)), text("user=bob port=22 end"), list(text("user="), texts("string"), text(" port="), texts("int"), text(" end"))),
		example(null, text("user=amy port=x end"), list(text("user="), texts("string"), text(" port="), texts("int"), text(" end"))),
		example(list(text("amy"), null), text("user=amy port=x end"), list(text("user="), texts("string"), text(" port="), texts("int"), text(" end")), yes),
		example(null, text("nothing"), list(text("user="), texts("string")), yes),
		example(list(text("two"), whole(3)), text("<a>1</a><b>two</b><c>3</c>"), list(null, text("<b>"), texts("string"), text("</b>"), null, text("<c>"), texts("long"), text("</c>"), null)),
		example(texts("a", "b,c"), text("a,b,c"), list(texts("string"), text(","), texts("string"))),
		example(list(whole(27), whole(20), instant("2016-02-17T08:40:01Z")), text("totalSlices=27, sliceNumber=20, releaseTime=02/17/2016 08:40:01, x"),
			list(null, text("totalSlices="), texts("long"), null, text("sliceNumber="), texts("long"), null, text("releaseTime="), texts("datetime"), text(","), null)),
		example(null, text("a=1 trailing"), list(text("a="), texts("string"), text("1"))), example(texts("1)"), text("(1))"), list(text("("), texts("string"), text(")"))),
	},
})

// kqlPatterns are the expressions of columns in a pattern of expressions.
var kqlPatterns = map[string]string{
	"string": `.*`, "int": `-?\d+`, "long": `-?\d+`, "real": `-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`, "decimal": `-?\d+(?:\.\d+)?`,
}

// kqlParseExpression returns the expression of a pattern of expressions. Columns are groups with names of their own, for the
// author's expressions may have groups.
func kqlParseExpression(pattern []event.Value, flags string) (re *regexp.Regexp, types []string) {
	source := "^"
	if flags != "" {
		source = "(?" + flags + ")^"
	}
	for _, item := range pattern {
		of, isColumn := kqlColumn(item)
		switch {
		case isColumn:
			e, ok := kqlPatterns[of]
			if !ok {
				e = ".*?"
			}
			source += "(?P<kql_" + strconv.Itoa(len(types)) + ">" + e + ")"
			types = append(types, of)
		case item.IsNull():
			source += ".*?"
		default:
			source += "(?:" + KQLRegexp(item.Text()) + ")"
		}
	}
	return expression(source + "$"), types
}

var _ = define(Func{
	Name: "kql_parse_regex", Doc: "What stands in a text in the places of the columns of a pattern whose texts are regular expressions, as an array, flags being those of the expressions; Null where the text does not meet the pattern or a value is not of its column's type.",
	Params: []Param{required("text", "string"), required("pattern", "dynamic"), optional("flags", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re, types := kqlParseExpression(args[1].List(), textAt(args, 2, ""))
		if re == nil {
			return null
		}
		where := re.FindStringSubmatchIndex(s)
		if where == nil {
			return null
		}
		out := make([]event.Value, len(types))
		for i, to := range types {
			v := captured(s, where, re.SubexpIndex("kql_"+strconv.Itoa(i)))
			if out[i] = kqlConvert(v.Text(), to); out[i].IsNull() {
				return null
			}
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(whole(17), text("zed")), text("id: 17 name: zed"), list(text(`id:\s+`), texts("int"), text(" name: "), texts("string")), text("i")),
		example(list(whole(5), text("q")), text("ID:  5 name: q"), list(text(`id:\s+`), texts("int"), text(" name: "), texts("string")), text("i")),
		example(list(text("PipelineScheduler"), whole(27)), text("Event (resourceName=PipelineScheduler, totalSlices=27, sliceNumber=22)"),
			list(null, text("RESOURCENAME="), texts("string"), text(","), null, text("totalSlices="), texts("long"), text(","), null), text("i")),
		example(null, text("Event (resourceName=x, totalSlices=27, s)"), list(null, text("RESOURCENAME="), texts("string"), text(","), null)), example(null, text("a"), list(text("("))),
	},
})

// kqlPairs reads pairs of keys and values.
type kqlPairs struct {
	rest     string
	pair, kv string
	quotes   []string // the opening and the closing character of each kind
	escapes  string
	greedy   bool
}

// quoted reads a text in quotes where one stands.
func (p *kqlPairs) quoted() (string, bool) {
	for _, q := range p.quotes {
		if q == "" || !strings.HasPrefix(p.rest, q[:1]) {
			continue
		}
		end := q[len(q)-1]
		var out strings.Builder
		for i := 1; i < len(p.rest); i++ {
			switch c := p.rest[i]; {
			case strings.IndexByte(p.escapes, c) >= 0 && i+1 < len(p.rest):
				i++
				out.WriteByte(p.rest[i])
			case c == end:
				p.rest = p.rest[i+1:]
				return out.String(), true
			default:
				out.WriteByte(c)
			}
		}
	}
	return "", false
}

// next reads the next pair; more is false at the end.
func (p *kqlPairs) next() (key, value string, more bool) {
	for p.rest != "" {
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		key, quoted := p.quoted()
		at := strings.Index(p.rest, p.kv)
		if at < 0 {
			return "", "", false
		}
		if end := strings.Index(p.rest[:at], p.pair); end >= 0 { // no value
			p.rest = p.rest[end+len(p.pair):]
			continue
		}
		if !quoted {
			key = p.rest[:at]
		}
		p.rest = strings.TrimLeft(p.rest[at+len(p.kv):], strings.ReplaceAll(" \t", p.pair, ""))
		value, quoted := p.quoted()
		end := strings.Index(p.rest, p.pair)
		if p.greedy && !quoted { // up to the pair delimiter before the next key
			end = -1
			if next := strings.Index(p.rest, p.kv); next >= 0 {
				end = strings.LastIndex(strings.TrimRight(p.rest[:next], " \t"), p.pair)
			}
		}
		if end < 0 {
			end = len(p.rest)
		}
		if !quoted {
			value = strings.TrimSpace(p.rest[:end])
		}
		p.rest = p.rest[min(end+len(p.pair), len(p.rest)):]
		return strings.TrimSpace(key), value, true
	}
	return "", "", false
}

// word reads the next run of letters and digits, or text in quotes.
func (p *kqlPairs) word() (string, bool) {
	for p.rest != "" {
		if s, ok := p.quoted(); ok {
			return s, true
		}
		end := strings.IndexFunc(p.rest, func(r rune) bool { return !KQLTermRune(r) })
		if end < 0 {
			end = len(p.rest)
		}
		word := p.rest[:end]
		p.rest = p.rest[end:]
		if word != "" {
			return word, true
		}
		p.rest = p.rest[offsetOf(p.rest, 1):]
	}
	return "", false
}

// kqlPicked gives the values of keys, the first of each, from pairs.
func kqlPicked(keys []event.Value, next func(wanted map[string]int) (key, value string, more bool)) event.Value {
	out := make([]event.Value, len(keys))
	wanted := make(map[string]int, len(keys))
	for i, k := range keys {
		out[i] = null
		wanted[k.Text()] = i
	}
	for {
		key, value, more := next(wanted)
		if !more {
			return list(out...)
		}
		if i, ok := wanted[key]; ok {
			out[i] = text(value)
			delete(wanted, key)
		}
	}
}

var _ = define(Func{
	Name: "kql_parse_kv", Doc: "The values of keys in a text of pairs, as an array of texts, null where there is none: delimiters of pairs and of key and value, any characters but letters and digits where they are empty; kinds of quotes and escape characters as arrays of texts; greedy values go on to the next key.",
	Params: []Param{
		required("text", "string"), required("keys", "dynamic"), required("pair_delimiter", "string"), required("kv_delimiter", "string"), optional("quotes", "dynamic"), optional("escapes", "dynamic"), optional("greedy", "bool"),
	},
	Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		p := &kqlPairs{rest: args[0].Text(), pair: args[2].Text(), kv: args[3].Text(), greedy: len(args) > 6 && args[6].Bool()}
		if len(args) > 4 {
			for _, v := range args[4].List() {
				p.quotes = append(p.quotes, v.Text())
			}
		}
		if len(args) > 5 {
			for _, v := range args[5].List() {
				p.escapes += v.Text()
			}
		}
		if p.pair != "" && p.kv != "" {
			return kqlPicked(args[1].List(), func(map[string]int) (string, string, bool) { return p.next() })
		}
		return kqlPicked(args[1].List(), func(wanted map[string]int) (key, value string, more bool) {
			for {
				key, more := p.word()
				if !more {
					return "", "", false
				}
				if _, ok := wanted[key]; ok {
					value, more := p.word()
					return key, value, more
				}
			}
		})
	},
	Examples: []Example{
		example(list(text("1"), text("two"), text("3"), null), text("a=1;b=two;c = 3"), texts("a", "b", "c", "z"), text(";"), text("=")), example(texts("1"), text("k:1,k:2"), texts("k"), text(","), text(":")),
		example(texts("The service is up", "458745723", "Node001"), text("ThreadId:458745723, Machine:Node001, Text: The service is up, Level: Info"), texts("Text", "ThreadId", "Machine"), text(","), text(":")),
		example(texts("2021-01-01T10:00:54", "10.1.1.123", "connection aborted"), text(`src=10.1.1.123 bytes=125 failure="connection aborted" "event time"=2021-01-01T10:00:54`), texts("event time", "src", "failure"), text(" "), text("="), texts(`"`)),
		example(texts("2021-01-01 10:00:54", "connection aborted"), text("src=1 failure=(connection aborted) (event time)=(2021-01-01 10:00:54)"), texts("event time", "failure"), text(" "), text("="), texts("()")),
		example(texts(`the remote host sent "bye!"`, "2021"), text(`src=10 failure="the remote host sent \"bye!\"" time=2021`), texts("failure", "time"), text(" "), text("="), texts(`"`), texts(`\`)),
		example(texts("John", "555", "New"), text("name=John Doe phone=555 5555 city=New York"), texts("name", "phone", "city"), text(" "), text("=")),
		example(texts("John Doe", "555 5555", "New York"), text("name=John Doe phone=555 5555 city=New York"), texts("name", "phone", "city"), text(" "), text("="), list(), list(), yes),
		example(texts("Started", "458745723", "Node001"), text("2021-01-01T10:00:34 [INFO] ThreadId:458745723, Machine:Node001, Text: Started"), texts("Text", "ThreadId", "Machine"), empty, empty),
		example(texts("The service ' is up", "Node001"), text(`ThreadId:1, Machine:Node001, Text: 'The service \' is up'`), texts("Text", "Machine"), empty, empty, texts("'"), texts(`\`)),
	},
})

var _ = define(Func{
	Name: "kql_parse_kv_regex", Doc: "The values of keys in a text, as an array of texts, null where there is none: the second group of a match of an expression whose first group is the key.",
	Params: []Param{required("text", "string"), required("keys", "dynamic"), required("expression", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[2].Text())
		if re == nil || re.NumSubexp() != 2 {
			return null
		}
		matches := re.FindAllStringSubmatchIndex(s, -1)
		return kqlPicked(args[1].List(), func(map[string]int) (key, value string, more bool) {
			if len(matches) == 0 {
				return "", "", false
			}
			where := matches[0]
			matches = matches[1:]
			return captured(s, where, 1).Text(), captured(s, where, 2).Text(), true
		})
	},
	Examples: []Example{
		example(texts("x", "y"), text("<Data Name='A'>x</Data><Data Name='B'>{y}</Data>"), texts("A", "B"), text(`<Data Name='(\w+)'>{?([^<]*?)}?</Data>`)),
		example(list(text("https://hostname.com/?h=1234"), null), text(`["request url: https://hostname.com/?h=1234", "advertiser id: 24"]`), texts("request url", "x"), text(`"([\w ]+)\s*:\s*([^"]*)"`)), example(null, text("a"), texts("a"), text("a")),
	},
})
