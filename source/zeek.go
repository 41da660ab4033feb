package source

import (
	"bytes"
	"fmt"
	"strings"

	"goshawk/event"
)

// Zeek's own logs: columns between tabs, described by lines that begin with #. Its JSON logs are JSON's.
//
// Class {zeek, the log's path: conn, dns, http …}. Fields are as Zeek names and types them: time is a Time, interval and
// double are numbers, count, int and port are Ints, bool is a Bool, set and vector are Lists, all else is text. What is
// unset is absent.
var _ = register(Format{
	Name:        "zeek",
	Doc:         "Zeek logs in columns, with #fields and #types",
	Sniff:       sniffZeek,
	Frame:       headedFormat{zeekDirective}.frame,
	NewDecoder:  func(Options) Decoder { return &zeekDecoder{names: auditNames{}} },
	Sourcetypes: []string{"bro:*", "zeek:*"},
})

func sniffZeek(head []byte) Guess {
	if !bytes.HasPrefix(head, []byte("#separator ")) && !bytes.HasPrefix(head, []byte("#fields\t")) {
		return Guess{}
	}
	if !bytes.Contains(head, []byte("#fields")) {
		return Guess{60, "begins with #separator, but has no #fields"}
	}
	return Guess{98, "begins with Zeek's #separator or #fields"}
}

// zeekDirective returns the name of a line that says how to read the others.
func zeekDirective(line []byte) string {
	n := bytes.IndexAny(line, "\t ,;|")
	if n < 0 {
		return ""
	}
	switch name := string(line[:n]); name {
	case "#separator", "#set_separator", "#empty_field", "#unset_field", "#path", "#fields", "#types":
		return name
	}
	// Any other separator ends the name just as well.
	for _, name := range []string{"#set_separator", "#empty_field", "#unset_field", "#path", "#fields", "#types"} {
		if bytes.HasPrefix(line, []byte(name)) {
			return name
		}
	}
	return ""
}

// zeekKind is what a column holds.
type zeekKind uint8

const (
	zeekText zeekKind = iota
	zeekTime
	zeekNumber
	zeekBool
)

type zeekColumn struct {
	name *event.Name
	kind zeekKind
	list bool
}

// maxColumns bounds the columns of a table.
const maxColumns = 4096

type zeekDecoder struct {
	names     auditNames
	separator string
	between   string // the elements of a set
	empty     string
	unset     string
	columns   []zeekColumn
	class     *event.Class
	ev        event.Event
	arena     event.Arena
	list      []event.Value
}

func (d *zeekDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	heading, b := headedBlock(b)
	d.separator, d.between, d.empty, d.unset, d.columns = "\t", ",", "(empty)", "-", d.columns[:0]
	d.class = event.ClassOf(event.Class{Product: "zeek"})
	for len(heading) > 0 {
		var line []byte
		line, heading, _ = bytes.Cut(heading, newline)
		d.describe(line)
	}
	b.lines(func(line []byte, number uint64, offset int64) bool {
		switch {
		case len(line) == 0:
			return true
		case line[0] == '#':
			d.describe(line)
			return true
		}
		report := func(code, reason string, lost bool) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: code, Reason: reason, Lost: lost})
		}
		if len(d.columns) == 0 {
			report("zeek-no-fields", "line stands before any #fields", true)
			return true
		}
		d.ev.Reset()
		d.arena.Reset()
		d.ev.Class, d.ev.Raw = d.class, line
		d.ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if n := d.read(view(line)); n != len(d.columns) {
			report("zeek-columns", fmt.Sprintf("line has %d columns, #fields has %d", n, len(d.columns)), false)
			d.ev.Marks |= event.Damaged
			if n < len(d.columns) {
				d.ev.Marks |= event.Truncated
			}
		}
		return give(&d.ev)
	})
}

// describe takes a line that describes the others.
func (d *zeekDecoder) describe(line []byte) {
	name := zeekDirective(line)
	rest := string(line[len(name):])
	if name == "#separator" {
		rest = strings.TrimSpace(rest)
		d.separator = string(appendZeek(nil, rest))
		if d.separator == "" {
			d.separator = "\t"
		}
		return
	}
	rest = strings.TrimPrefix(rest, d.separator)
	switch name {
	case "#set_separator":
		d.between = rest
	case "#empty_field":
		d.empty = rest
	case "#unset_field":
		d.unset = rest
	case "#path":
		d.class = event.ClassOf(event.Class{Product: "zeek", Channel: rest})
	case "#fields":
		d.columns = d.columns[:0]
		for text := range strings.SplitSeq(rest, d.separator) {
			if text == "" {
				text = fmt.Sprintf("column%d", len(d.columns)+1)
			}
			if len(d.columns) < maxColumns {
				d.columns = append(d.columns, zeekColumn{name: d.names.of([]byte(text))})
			}
		}
	case "#types":
		i := 0
		for text := range strings.SplitSeq(rest, d.separator) {
			if i < len(d.columns) {
				c := &d.columns[i]
				c.kind, c.list = zeekKindOf(text)
			}
			i++
		}
	}
}

func zeekKindOf(text string) (kind zeekKind, list bool) {
	for _, wrapper := range []string{"set[", "vector["} {
		if rest, ok := strings.CutPrefix(text, wrapper); ok {
			text, list = strings.TrimSuffix(rest, "]"), true
		}
	}
	switch text {
	case "time":
		return zeekTime, list
	case "interval", "double", "count", "int", "port":
		return zeekNumber, list
	case "bool":
		return zeekBool, list
	}
	return zeekText, list
}

// read adds the fields of a line and returns how many columns it has.
func (d *zeekDecoder) read(line string) (n int) {
	for more := true; more; n++ {
		var text string
		text, line, more = strings.Cut(line, d.separator)
		if n >= len(d.columns) {
			continue
		}
		c := &d.columns[n]
		if text == d.unset {
			continue
		}
		v := d.value(c, text)
		if c.kind == zeekTime && d.ev.Logged == 0 {
			d.ev.Logged = v.Int()
		}
		d.ev.Record.Add(c.name, v)
	}
	return n
}

func (d *zeekDecoder) value(c *zeekColumn, text string) event.Value {
	if !c.list {
		if text == d.empty {
			return event.TextValue("")
		}
		return c.kind.value(text)
	}
	list := d.list[:0]
	if text != d.empty && d.between != "" {
		for element := range strings.SplitSeq(text, d.between) {
			list = append(list, c.kind.value(element))
		}
	}
	d.list = list
	return d.arena.List(list)
}

// value reads a text of the kind; what does not read as such stays text.
func (k zeekKind) value(text string) event.Value {
	switch k {
	case zeekTime:
		if ticks, ok := auditTime(text); ok {
			return event.TimeValue(ticks)
		}
	case zeekNumber:
		if v, ok := event.Number(text); ok {
			return v
		}
	case zeekBool:
		if text == "T" || text == "F" {
			return event.BoolValue(text == "T")
		}
	}
	if strings.Contains(text, `\x`) {
		return event.EncodedValue(zeekCodec, text)
	}
	return event.TextValue(text)
}

// zeekCodec decodes \x09 and \\.
var zeekCodec = event.NewCodec("zeek", appendZeek)

func appendZeek(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			if raw[i+1] == '\\' {
				i++
			} else if raw[i+1] == 'x' && i+3 < len(raw) {
				if digits := strings.ToUpper(raw[i+2 : i+4]); isAuditHex([]byte(digits)) {
					dst = appendAuditHex(dst, digits)
					i += 3
					continue
				}
			}
		}
		dst = append(dst, raw[i])
	}
	return dst
}
