package source

import (
	"bytes"
	"io"
	"strings"

	"goshawk/event"
)

// Changes in Active Directory as Splunk's monitor (admon) writes them: a line with the time, then lines of key=value, some of
// them indented below headings that end in a colon.
//
// Class {admon, the kind of change}. Fields are the pairs under their keys, as texts; an attribute of several values makes a
// list. The time has no zone: it is in the zone of the options, or UTC.
var _ = register(Format{
	Name:  "admon",
	Doc:   "changes in Active Directory as Splunk's monitor writes them (admon)",
	Sniff: sniffAdmon,
	Frame: func(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
		return admonFraming.run(in, r, emit, problem)
	},
	NewDecoder:  func(o Options) Decoder { return &admonDecoder{names: stashNames{}, clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"ActiveDirectory"},
})

func sniffAdmon(head []byte) Guess {
	if isAdmonStart(bytes.TrimLeft(head, " \t\r\n")) {
		return Guess{98, "begins with a time and the line dcName="}
	}
	return Guess{}
}

// isAdmonStart says whether text begins with a time that fills a line, and dcName or admonEventType on the next.
func isAdmonStart(text []byte) bool {
	n, _ := monthFirstTime(text, nil)
	if n == 0 {
		return false
	}
	rest := bytes.TrimLeft(text[n:], " \t\r")
	if len(rest) == 0 || rest[0] != '\n' {
		return false
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return bytes.HasPrefix(rest, []byte("dcName=")) || bytes.HasPrefix(rest, []byte("admonEventType="))
}

var admonFraming = framingBefore(isAdmonStart, 96, "admon-too-long")

type admonDecoder struct {
	names stashNames
	clock syslogClock
	ev    event.Event
}

func (d *admonDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	b.eachFrom(isAdmonStart, func(raw []byte, line uint64, offset int64) bool {
		ev := &d.ev
		ev.Reset()
		ev.Raw = raw
		ev.Origin = event.Origin{Source: b.Input.Name, Record: line, Offset: offset}
		text := bytes.TrimLeft(raw, " \t\r\n")
		if !isAdmonStart(text) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: line, Code: "admon-syntax", Lost: true,
				Reason: "text does not begin with a time and dcName= as a change does"})
			return true
		}
		_, ev.Logged = monthFirstTime(text, &d.clock)
		kind := ""
		_, text, _ = bytes.Cut(text, newline)
		for len(text) > 0 && len(ev.Record.Fields) < jsonMaxFields {
			var line []byte
			line, text, _ = bytes.Cut(text, newline)
			key, value, ok := bytes.Cut(bytes.TrimLeft(line, " \t"), []byte{'='})
			if value = bytes.TrimRight(value, "\r"); !ok || len(key) == 0 || bytes.IndexByte(key, ' ') >= 0 {
				continue
			}
			if string(key) == "admonEventType" {
				kind = strings.Clone(view(value))
			}
			ev.Record.Add(d.names.of(key), event.TextValue(view(value)))
		}
		ev.Class = event.ClassOf(event.Class{Product: "admon", Channel: kind})
		return give(ev)
	})
}
