package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"goshawk/event"
)

// Lines that begin with a time and are nothing better known: the last resort for logs of programs.
//
// Class {text}; fields timestamp, where the first bytes of the line hold one, message, the line, and the key=value pairs that
// it holds, under their keys.
var textFormat = register(Format{
	Name:       "text",
	Doc:        "lines of any log, most of which begin with a time",
	Sniff:      sniffText,
	Frame:      frameLines,
	NewDecoder: func(o Options) Decoder { return &textDecoder{names: pairNames{}, clock: syslogClock{zone: o.Zone}} },
})

func sniffText(head []byte) Guess {
	timed, lines, odd := 0, 0, 0
	eachHeadLine(head, func(line []byte) {
		lines++
		if _, ok := leadingTime(line, nil); ok {
			timed++
		}
		for _, c := range line {
			if c < ' ' && c != '\t' && c != 0x1b {
				odd++
			}
		}
	})
	if timed*2 <= lines || odd > lines || !utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) && odd > 0 {
		return Guess{}
	}
	return Guess{10 + 10*timed/lines, fmt.Sprintf("%d of %d lines begin with a time", timed, lines)}
}

var textClass = event.ClassOf(event.Class{Product: "text"})

type textDecoder struct {
	names pairNames
	clock syslogClock
	ev    event.Event
}

func (d *textDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.clock.arrival = b.Input.ModTime
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 {
			return true
		}
		ev := &d.ev
		ev.Reset()
		ev.Class, ev.Raw, ev.FreeText = textClass, line, true
		ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if ticks, ok := findTime(line[:min(len(line), timeLookahead)], &d.clock); ok && ticks != 0 {
			ev.Logged = ticks
			ev.Record.Add(syslogTimestamp, event.TimeValue(ticks))
		}
		ev.Record.Add(syslogMessage, event.TextValue(view(line)))
		d.names.add(line, &ev.Record, len(ev.Record.Fields))
		return give(ev)
	})
}

// leadingTime reads the time that a line begins with, in brackets or not: as in syslog, ISO, year/month/day, month/day/year,
// day/month/year as web servers write it, or seconds since 1970. The ticks are 0 where the clock cannot complete it.
func leadingTime(line []byte, clock *syslogClock) (ticks int64, ok bool) {
	line = bytes.TrimLeft(line, " \t[(")
	if len(line) < 10 {
		return 0, false
	}
	if n, ticks := anyTime(line, clock); n > 0 {
		return ticks, true
	}
	n := 0
	for n < 10 && '0' <= line[n] && line[n] <= '9' {
		n++
	}
	if n == 10 && line[0] == '1' && (len(line) == n || line[n] == '.' || line[n] == ' ' || line[n] == '\t' || line[n] == ',') {
		end := n
		for end < len(line) && end < n+10 && (line[end] == '.' || '0' <= line[end] && line[end] <= '9') {
			end++
		}
		return auditTime(view(line[:end]))
	}
	return 0, false
}
