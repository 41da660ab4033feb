package source

import (
	"bytes"
	"fmt"

	"goshawk/event"
)

// Lines of key=value pairs, whatever stands between the pairs: nginx and proxies that log so, feeds of appliances.
//
// Class {text}, or {nginx, access} for nginx's own keys. Fields are the pairs under their keys, as texts, quotes taken off; a
// key that comes again makes a list. Where the line has a time, and no pair is called so, timestamp comes first. What an
// unquoted value leaves empty is absent.
var _ = register(Format{
	Name:        "key-value",
	Doc:         "lines of key=value pairs",
	Sniff:       sniffPairs,
	Frame:       frameLines,
	NewDecoder:  func(o Options) Decoder { return &pairsDecoder{names: pairNames{}, clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"nginx:plus:kv", "kv", "zscalernss-*", "fortigate_*", "fgt_*", "stream:ip"},
})

// sniffPairs wants lines that are pairs for the most part, and three of them at least.
func sniffPairs(head []byte) Guess {
	known, lines := 0, 0
	eachHeadLine(head, func(line []byte) {
		lines++
		pairs, size := 0, 0
		eachPair(line, func(key, value []byte, quote byte) bool {
			pairs++
			size += len(key) + len(value) + 2
			return true
		})
		if pairs >= 3 && size*3 >= len(line)*2 {
			known++
		}
	})
	return shareGuess(known, lines, 75, fmt.Sprintf("%d of %d lines are key=value pairs", known, lines))
}

var (
	kvClass    = event.ClassOf(event.Class{Product: "text"})
	nginxClass = event.ClassOf(event.Class{Product: "nginx", Channel: "access"})

	pairNginxVersion = event.NameOf("nginx_version")
)

type pairsDecoder struct {
	names pairNames
	clock syslogClock
	ev    event.Event
}

func (d *pairsDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.clock.arrival = b.Input.ModTime
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 {
			return true
		}
		ev := &d.ev
		ev.Reset()
		ev.Raw = line
		ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		d.read(line)
		if len(ev.Record.Fields) == 0 {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: "kv-no-pairs",
				Reason: "line holds no key=value pair; it is given as a message alone"})
			ev.Class, ev.FreeText = kvClass, true
			ev.Record.Add(syslogMessage, event.TextValue(view(line)))
		}
		return give(ev)
	})
}

// read reads a line into the event.
func (d *pairsDecoder) read(line []byte) {
	ev := &d.ev
	ev.Class = kvClass
	timed := false
	if ticks, ok := findTime(line[:min(len(line), 512)], &d.clock); ok && ticks != 0 {
		ev.Logged, timed = ticks, true
		ev.Record.Add(syslogTimestamp, event.TimeValue(ticks))
	}
	d.names.add(line, &ev.Record, 0)
	for i := range ev.Record.Fields {
		switch ev.Record.Fields[i].Name {
		case pairNginxVersion:
			ev.Class = nginxClass
		case syslogTimestamp:
			if i > 0 && timed { // the line's own
				timed = false
				ev.Record.Fields = append(ev.Record.Fields[:0], ev.Record.Fields[1:]...)
				return
			}
		}
	}
	if timed && len(ev.Record.Fields) == 1 {
		ev.Record.Fields = ev.Record.Fields[:0]
	}
}
