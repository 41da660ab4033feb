package source

import (
	"bytes"
	"io"
	"strings"

	"goshawk/event"
)

// What Splunk's collect writes into a summary index: the results of a search, risk events and findings above all.
//
//	1642999416, search_name="…", risk_object="host-1", risk_score="80.0", annotations.mitre_attack="T1105", …
//
// The time comes first, as seconds since 1970 or as month/day/year; then pairs between commas, quoted, with quotes and
// backslashes escaped; a value may go on over several lines. Class {stash}; fields are the pairs under their keys, as texts; a
// key that comes again makes a list.
var _ = register(Format{
	Name:  "stash",
	Doc:   "results that Splunk collects in a summary index (risk events, findings): a time and key=\"value\" pairs between commas",
	Sniff: sniffStash,
	Frame: func(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
		return stashFraming.run(in, r, emit, problem)
	},
	NewDecoder:  func(o Options) Decoder { return &stashDecoder{names: stashNames{}, clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"stash", "stash_*"},
})

func sniffStash(head []byte) Guess {
	if _, _, ok := stashStart(bytes.TrimLeft(head, " \t\r\n"), nil); ok {
		return Guess{94, "begins with a time, a comma and a quoted pair"}
	}
	return Guess{}
}

// stashStart reads the time that an event begins with. It says how many bytes it and the comma behind it are; a pair
// whose value is quoted must follow.
func stashStart(b []byte, clock *syslogClock) (n int, ticks int64, ok bool) {
	comma := bytes.IndexByte(b[:min(len(b), 48)], ',')
	if comma < 10 || comma+2 >= len(b) || b[comma+1] != ' ' {
		return 0, 0, false
	}
	if b[2] == '/' {
		if n, ticks = monthFirstTime(b[:comma], clock); n != comma {
			return 0, 0, false
		}
	} else if ticks, ok = auditTime(view(b[:comma])); !ok {
		return 0, 0, false
	}
	n = comma + 2
	equals := bytes.IndexByte(b[n:min(len(b), n+128)], '=')
	if equals <= 0 || n+equals+1 >= len(b) || b[n+equals+1] != '"' || bytes.ContainsAny(b[n:n+equals], " \t\n\",") {
		return 0, 0, false
	}
	return n, ticks, true
}

// isStashStart says whether a line begins an event.
func isStashStart(b []byte) bool {
	if len(b) < 16 || b[0] < '0' || b[0] > '9' {
		return false
	}
	_, _, ok := stashStart(b, nil)
	return ok
}

var stashFraming = framingBefore(isStashStart, 192, "stash-too-long")

var stashClass = event.ClassOf(event.Class{Product: "stash"})

type stashDecoder struct {
	names stashNames
	clock syslogClock
	ev    event.Event
}

func (d *stashDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	b.eachFrom(isStashStart, func(raw []byte, line uint64, offset int64) bool {
		d.ev.Reset()
		d.ev.Class, d.ev.Raw = stashClass, raw
		d.ev.Origin = event.Origin{Source: b.Input.Name, Record: line, Offset: offset}
		if !d.read(raw) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: line, Code: "stash-syntax", Lost: true,
				Reason: "text does not begin with a time and a quoted pair as an event does"})
			return true
		}
		return give(&d.ev)
	})
}

// read reads one event.
func (d *stashDecoder) read(raw []byte) bool {
	n, ticks, ok := stashStart(raw, &d.clock)
	if !ok {
		return false
	}
	d.ev.Logged = ticks
	b := raw[n:]
	for len(d.ev.Record.Fields) < jsonMaxFields {
		b = bytes.TrimLeft(b, " ,\t\r\n")
		equals := bytes.IndexByte(b, '=')
		if equals <= 0 {
			break
		}
		key := b[:equals]
		if i := bytes.LastIndexAny(key, " ,\t\r\n\""); i >= 0 { // something else stood before it
			key = key[i+1:]
		}
		b = b[equals+1:]
		if len(b) == 0 || b[0] != '"' {
			value := b
			if i := bytes.IndexAny(b, ",\n"); i >= 0 {
				value = b[:i]
			}
			b = b[len(value):]
			if len(key) > 0 && len(value) > 0 {
				d.ev.Record.Add(d.names.of(key), event.TextValue(view(bytes.TrimRight(value, "\r"))))
			}
			continue
		}
		end := 1
		for end < len(b) && b[end] != '"' {
			if b[end] == '\\' {
				end++
			}
			end++
		}
		value := b[1:min(end, len(b))]
		if end >= len(b) {
			d.ev.Marks |= event.Truncated
		}
		b = b[min(end+1, len(b)):]
		if len(key) > 0 {
			d.ev.Record.Add(d.names.of(key), quotedValue(value))
		}
	}
	if len(d.ev.Record.Fields) == jsonMaxFields {
		d.ev.Marks |= event.Truncated
	}
	return true
}

// stashNames remembers the names that keys are.
type stashNames map[string]*event.Name

func (t stashNames) of(key []byte) *event.Name {
	if n, ok := t[string(key)]; ok {
		return n
	}
	n := event.NameOf(strings.Clone(view(key)))
	if len(t) < 1<<13 {
		t[n.Text] = n
	}
	return n
}
