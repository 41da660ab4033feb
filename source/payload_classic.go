package source

import (
	"bytes"
	"io"
	"strings"
	"time"

	"goshawk/event"
)

// Windows events as the text that Splunk's WinEventLog input makes of them: a line with the time, lines of Key=value, and
// from Message= on the rendered message, which runs to the next event. payload_message.go gets the event's fields out of
// the message. The time has no zone: it is in the zone of the options, or UTC.
var _ = register(Format{
	Name:  "windows-text",
	Doc:   "Windows events as text: a time, Key=value lines, and the rendered message (Splunk's WinEventLog)",
	Sniff: sniffClassicText,
	Frame: func(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
		return classicFraming.run(in, r, emit, problem)
	},
	NewDecoder:  func(o Options) Decoder { return &classicDecoder{zone: o.Zone} },
	Sourcetypes: []string{"wineventlog", "wineventlog:*", "msexchange:management", "iis:configuration:operational"},
})

func sniffClassicText(head []byte) Guess {
	text := bytes.TrimLeft(head, " \t\r\n")
	if !isClassicText(text) {
		return Guess{}
	}
	if bytes.Contains(text, []byte("\nLogName=")) && bytes.Contains(text, []byte("\nEventCode=")) {
		return Guess{98, "begins with a time and the lines LogName= and EventCode="}
	}
	return Guess{70, "begins with a time and Key=value lines"}
}

// classicFraming cuts between events: before a line that is a time and is followed by a line Key=value.
var classicFraming = framing{
	cut: func(buf []byte) int {
		for end := len(buf); ; {
			i := bytes.LastIndexByte(buf[:end], '\n')
			if i <= 0 {
				return 0
			}
			if isClassicText(buf[i+1:]) {
				return i + 1
			}
			end = i
		}
	},
	resume: func(buf []byte) int {
		for i := 0; ; {
			n := bytes.IndexByte(buf[i:], '\n')
			if n < 0 {
				return -1
			}
			if i += n + 1; isClassicText(buf[i:]) {
				return i
			}
		}
	},
	keep: 128,
	code: "windows-text-too-long",
	name: "event",
}

// isClassicText says whether text begins with a time that fills a line, and LogName, EventCode or SourceName on the next.
func isClassicText(text []byte) bool {
	line, rest, _ := bytes.Cut(text[:min(len(text), 96)], newline)
	if _, ok := classicTime(view(line), nil); !ok {
		return false
	}
	key, _, ok := bytes.Cut(rest, []byte{'='})
	if !ok {
		return false
	}
	switch string(key) {
	case "LogName", "EventCode", "SourceName", "EventType", "ComputerName", "Category", "CategoryString", "RecordNumber", "Type":
		return true
	}
	return false
}

// classicTime reads 03/29/2021 02:10:10 PM, with or without a fraction, or the same with 24 hours.
func classicTime(text string, zone *time.Location) (ticks int64, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) < 19 || len(text) > 32 || text[2] != '/' || text[5] != '/' {
		return 0, false
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{"01/02/2006 03:04:05 PM", "01/02/2006 03:04:05.999999999 PM", "01/02/2006 15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return event.TicksOf(t), true
		}
	}
	return 0, false
}

type classicDecoder struct {
	zone *time.Location
	ev   event.Event
}

func (d *classicDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	rest, offset, line := b.Bytes, b.Offset, b.Line
	for len(rest) > 0 {
		n := 0
		for { // to the line before the next event
			i := bytes.IndexByte(rest[n:], '\n')
			if i < 0 {
				n = len(rest)
				break
			}
			if n += i + 1; isClassicText(rest[n:]) {
				break
			}
		}
		text := rest[:n:n]
		if len(bytes.TrimSpace(text)) > 0 {
			d.ev.Reset()
			d.ev.Origin = event.Origin{Source: b.Input.Name, Offset: offset}
			d.ev.Raw = bytes.TrimRight(text, "\r\n")
			if !isClassicText(text) || !readClassicText(d.ev.Raw, d.zone, &d.ev) {
				problem(Problem{Source: b.Input.Name, Offset: offset, Record: line, Code: "windows-text-syntax", Lost: true,
					Reason: "text does not begin with a time and an EventCode as an event does"})
			} else {
				if d.ev.Origin.Record == 0 {
					d.ev.Origin.Record = line
				}
				if !give(&d.ev) {
					return
				}
			}
		}
		offset += int64(n)
		line += uint64(bytes.Count(text, newline))
		rest = rest[n:]
	}
}

// classicProviders are the names that Windows shows for providers which have others.
var classicProviders = map[string]string{
	"Microsoft Windows security auditing.":      "Microsoft-Windows-Security-Auditing",
	"Microsoft Windows security auditing":       "Microsoft-Windows-Security-Auditing",
	"Microsoft-Windows-Service Control Manager": "Service Control Manager",
}

// readClassicText reads one event. It reports false if there is no event id.
func readClassicText(text []byte, zone *time.Location, ev *event.Event) bool {
	var s shaper
	w := &s.win
	head, body, _ := strings.Cut(view(text), "\n")
	if ticks, ok := classicTime(head, zone); ok {
		w.set(atSystemTime, event.TimeValue(ticks))
	}
	message, found := "", false
	for body != "" && !found {
		var line string
		line, body, _ = strings.Cut(body, "\n")
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r"), "=")
		if !ok {
			continue
		}
		v := event.TextValue(value)
		switch key {
		case "LogName":
			w.set(atChannel, v)
		case "SourceName":
			if name := classicProviders[value]; name != "" {
				v = event.TextValue(name)
			}
			w.set(atProviderName, v)
		case "EventCode":
			w.set(atEventID, v)
		case "ComputerName":
			w.set(atComputer, v)
		case "RecordNumber":
			w.set(atEventRecordID, v)
		case "Sid":
			if strings.HasPrefix(value, "S-1-") {
				w.set(atUserID, v)
			}
		case "Type":
			w.rendered[renderedLevel] = v
			w.set(atLevel, levelOf(value))
		case "TaskCategory", "CategoryString":
			w.rendered[renderedTask] = v
		case "OpCode":
			w.rendered[renderedOpcode] = v
		case "Keywords":
			w.rendered[renderedKeywords] = v
		case "Message":
			found = true
			message = line[len("Message="):]
			if body != "" {
				message += "\n" + body
			}
		}
	}
	if message != "" {
		w.rendered[renderedMessage] = event.TextValue(message)
	}
	channel := usualChannel(w.system[atChannel].Text())
	if channel == "Security" {
		w.system[atLevel] = event.IntValue(0)
	}
	id, ok := digits(strings.TrimSpace(w.system[atEventID].Text()))
	if !ok {
		return false
	}
	w.data = messageFields(w.data, channel, id, strings.ReplaceAll(message, "\r\n", "\n"))
	ev.Logged = w.system[atSystemTime].Int()
	return s.windowsEvent(ev)
}
