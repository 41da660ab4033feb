package source

import (
	"bytes"
	"fmt"

	"goshawk/event"
)

// What Splunk writes about itself: its audit trail, and the logs of its processes.
//
//	Audit:[timestamp=01-25-2023 22:08:54.818, user=admin, action=search, info=granted …]
//	01-25-2023 22:08:54.818 +0000 WARN  Component - key=value …
//
// Class {splunk, audittrail}, or {splunk, splunkd, component}. Fields are the pairs under their keys; for the logs of processes
// log_level, component and message come first. A search in the audit trail is quoted, and may hold anything. Its access logs
// are those of a web server.
var _ = register(Format{
	Name:        "splunkd",
	Doc:         "Splunk's logs about itself: its audit trail, and the logs of its processes",
	Sniff:       sniffSplunkd,
	Frame:       frameLines,
	NewDecoder:  func(o Options) Decoder { return &splunkdDecoder{names: pairNames{}, clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"audittrail", "splunkd", "splunkd_ui_access"},
})

func sniffSplunkd(head []byte) Guess {
	found, lines := 0, 0
	eachHeadLine(head, func(line []byte) {
		lines++
		if bytes.HasPrefix(line, splunkAuditMark) {
			found++
		} else if _, _, _, _, ok := splunkdHead(line, nil); ok {
			found++
		}
	})
	return shareGuess(found, lines, 93, fmt.Sprintf("%d of %d lines are of Splunk's own logs", found, lines))
}

var (
	splunkAuditMark  = []byte("Audit:[timestamp=")
	splunkAuditClass = event.ClassOf(event.Class{Product: "splunk", Channel: "audittrail"})

	splunkLevel     = event.NameOf("log_level")
	splunkComponent = event.NameOf("component")
)

// splunkdHead reads the time, the level and the component that a line begins with.
func splunkdHead(line []byte, clock *syslogClock) (ticks int64, level, component, message []byte, ok bool) {
	if len(line) < 40 || line[2] != '-' {
		return
	}
	n, ticks := monthFirstTime(line, clock)
	if n < 29 || line[n] != ' ' {
		return
	}
	level, rest, _ := bytes.Cut(bytes.TrimLeft(line[n:], " "), []byte(" "))
	switch string(level) {
	case "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "CRIT":
	default:
		return ticks, nil, nil, nil, false
	}
	component, message, ok = bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	return ticks, level, component, bytes.TrimPrefix(message, []byte("- ")), ok && len(component) > 0
}

type splunkdDecoder struct {
	names pairNames
	clock syslogClock
	ev    event.Event
}

func (d *splunkdDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.clock.arrival = b.Input.ModTime
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 {
			return true
		}
		ev := &d.ev
		ev.Reset()
		ev.Raw, ev.FreeText = line, true
		ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if bytes.HasPrefix(line, splunkAuditMark) {
			ev.Class = splunkAuditClass
			inside := line[len("Audit:["):]
			if _, ticks := monthFirstTime(inside[len("timestamp="):], &d.clock); ticks != 0 {
				ev.Logged = ticks
			}
			// The time holds a blank, so it is no pair like the others.
			if stamp, rest, ok := bytes.Cut(inside[len("timestamp="):], []byte(",")); ok {
				ev.Record.Add(syslogTimestamp, event.TextValue(view(stamp)))
				inside = rest
			}
			d.names.add(inside, &ev.Record, len(ev.Record.Fields))
			return give(ev)
		}
		ticks, level, component, message, ok := splunkdHead(line, &d.clock)
		if !ok {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: "splunkd-syntax",
				Reason: "line does not begin with a time, a level and a component; it is given as a message alone"})
			ev.Class = textClass
			ev.Record.Add(syslogMessage, event.TextValue(view(line)))
			d.names.add(line, &ev.Record, 1)
			return give(ev)
		}
		ev.Class = event.ClassOf(event.Class{Product: "splunk", Channel: "splunkd", ID: view(component)})
		ev.Logged = ticks
		ev.Record.Add(splunkLevel, event.TextValue(view(level)))
		ev.Record.Add(splunkComponent, event.TextValue(view(component)))
		ev.Record.Add(syslogMessage, event.TextValue(view(message)))
		d.names.add(message, &ev.Record, len(ev.Record.Fields))
		return give(ev)
	})
}
