package source

import (
	"bytes"
	"fmt"
	"strings"

	"goshawk/event"
)

// Logs in the W3C extended format: IIS, web proxies, the Windows firewall. A line #Fields: names the columns, which blanks
// or tabs separate.
//
// Class {w3c, webserver | proxy | firewall | nothing}, as the columns suggest. Fields are what the log calls them, as texts;
// a column that is - is absent. Where there are date and time, timestamp comes first: UTC, unless the log says that it
// writes local time, which is then in the zone of the options.
var _ = register(Format{
	Name:        "w3c",
	Doc:         "W3C extended logs: IIS, web proxies, the Windows firewall",
	Sniff:       sniffW3C,
	Frame:       headedFormat{w3cDirective}.frame,
	NewDecoder:  func(o Options) Decoder { return &w3cDecoder{names: auditNames{}, clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"iis", "ms:iis:*", "mswindows:iis"},
})

func sniffW3C(head []byte) Guess {
	if len(head) == 0 || head[0] != '#' {
		return Guess{}
	}
	fields := Guess{}
	eachHeadLine(head, func(line []byte) {
		if w3cDirective(line) == "#Fields" && fields.Certainty == 0 {
			fields = Guess{95, fmt.Sprintf("describes its columns: %.60s", line)}
		}
	})
	return fields
}

// w3cDirective returns the name of a line that says how to read the others.
func w3cDirective(line []byte) string {
	name, _, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return ""
	}
	switch text := string(bytes.TrimSpace(name)); text {
	case "#Fields", "#Date", "#Time Format", "#Software":
		return text
	}
	return ""
}

type w3cDecoder struct {
	names   auditNames
	clock   syslogClock
	columns []*event.Name
	date    int // the column; -1 if there is none
	time    int
	day     string // of #Date, for logs that write the time only
	local   bool
	class   *event.Class
	ev      event.Event
}

func (d *w3cDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	heading, b := headedBlock(b)
	d.columns, d.date, d.time, d.day, d.local = d.columns[:0], -1, -1, "", false
	for len(heading) > 0 {
		var line []byte
		line, heading, _ = bytes.Cut(heading, newline)
		d.describe(line)
	}
	b.lines(func(line []byte, number uint64, offset int64) bool {
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			return true
		case line[0] == '#':
			d.describe(line)
			return true
		}
		report := func(code, reason string, lost bool) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: code, Reason: reason, Lost: lost})
		}
		if len(d.columns) == 0 {
			report("w3c-no-fields", "line stands before any #Fields", true)
			return true
		}
		d.ev.Reset()
		d.ev.Class, d.ev.Raw = d.class, line
		d.ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if n := d.read(view(line)); n != len(d.columns) {
			report("w3c-columns", fmt.Sprintf("line has %d columns, #Fields has %d", n, len(d.columns)), false)
			d.ev.Marks |= event.Damaged
			if n < len(d.columns) {
				d.ev.Marks |= event.Truncated
			}
		}
		return give(&d.ev)
	})
}

// describe takes a line that describes the others.
func (d *w3cDecoder) describe(line []byte) {
	name := w3cDirective(line)
	_, rest, _ := bytes.Cut(line, []byte(":"))
	switch name {
	case "#Fields":
		d.columns, d.date, d.time = d.columns[:0], -1, -1
		for _, text := range bytes.Fields(rest) {
			if len(d.columns) == maxColumns {
				break
			}
			switch string(text) {
			case "date":
				d.date = len(d.columns)
			case "time":
				d.time = len(d.columns)
			}
			d.columns = append(d.columns, d.names.of(text))
		}
		d.class = event.ClassOf(event.Class{Product: "w3c", Channel: w3cChannel(d.columns)})
	case "#Date":
		d.day, _, _ = strings.Cut(string(bytes.TrimSpace(rest)), " ")
	case "#Time Format":
		d.local = strings.EqualFold(string(bytes.TrimSpace(rest)), "local")
	}
}

// w3cChannel says what kind of program writes such columns.
func w3cChannel(columns []*event.Name) string {
	has := map[string]bool{}
	for _, c := range columns {
		has[c.Folded] = true
	}
	switch {
	case has["r-host"], has["c-uri"], has["sc-filter-result"], has["s-supplier-name"], has["cs-categories"]:
		return "proxy"
	case has["s-sitename"], has["cs-uri-stem"], has["cs-uri-query"], has["cs-uri"]:
		return "webserver"
	case has["src-ip"] && has["dst-ip"] && has["action"]:
		return "firewall"
	}
	return ""
}

// w3cCodec decodes a quoted value, in which quotes are doubled.
var w3cCodec = event.NewCodec("w3c", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '"' && i+1 < len(raw) && raw[i+1] == '"' {
			i++
		}
		dst = append(dst, raw[i])
	}
	return dst
})

// read adds the fields of a line and returns how many columns it has.
func (d *w3cDecoder) read(line string) (n int) {
	date, clock := d.day, ""
	first := len(d.ev.Record.Fields)
	if d.time >= 0 {
		d.ev.Record.Add(syslogTimestamp, event.Value{}) // filled in below
	}
	tabs := strings.Contains(line, "\t")
	for i := 0; ; n++ {
		for i < len(line) && (line[i] == ' ' && !tabs || line[i] == '\t' && !tabs) {
			i++
		}
		if i >= len(line) {
			break
		}
		var v event.Value
		var text string
		if line[i] == '"' {
			text, i, v = w3cQuoted(line, i)
		} else {
			end := i
			for end < len(line) && line[end] != '\t' && (tabs || line[end] != ' ') {
				end++
			}
			text, i = line[i:end], end
			v = event.TextValue(text)
		}
		if tabs && i < len(line) {
			i++
		}
		switch n {
		case d.date:
			date = text
		case d.time:
			clock = text
		}
		if n < len(d.columns) && text != "-" {
			d.ev.Record.Add(d.columns[n], v)
		}
	}
	if d.time < 0 {
		return n
	}
	if ticks, zoned, ok := event.ParseTime(date + " " + clock); ok && date != "" {
		if d.local {
			ticks = d.clock.place(ticks, zoned)
		}
		d.ev.Record.Fields[first].Value = event.TimeValue(ticks)
		d.ev.Logged = ticks
		return n
	}
	d.ev.Record.Fields = append(d.ev.Record.Fields[:first], d.ev.Record.Fields[first+1:]...)
	return n
}

// w3cQuoted reads a quoted value that begins at i.
func w3cQuoted(line string, i int) (text string, next int, v event.Value) {
	i++
	doubled := false
	end := i
	for end < len(line) {
		if line[end] == '"' {
			if end+1 >= len(line) || line[end+1] != '"' {
				break
			}
			doubled = true
			end++
		}
		end++
	}
	text, next = line[i:end], min(end+1, len(line))
	if doubled {
		return text, next, event.EncodedValue(w3cCodec, text)
	}
	return text, next, event.TextValue(text)
}
