package source

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"goshawk/event"
)

// Syslog text: the files of rsyslog and syslog-ng, and what arrives over the network; RFC 3164 and RFC 5424, mixed as they
// come, with the variants that relays and network devices make of them.
//
// What a message carries decides what the event is: a Windows or Sysmon for Linux event as XML, an audit record (joined
// with its others as in a file of auditd), CEF, LEEF, an event of Snare, a JSON object of a known shape. Anything else is
// a syslog event: Class {syslog, program in lower case}, and the fields, those that there are,
//
//	timestamp, host, program, pid, facility, severity, msgid, structured_data (an object of objects), message
//
// and the key=value pairs that the message holds, save those that would repeat one of these names.
//
// A time without a year is placed before the time at which the file was last written; one without a zone is in the zone
// of the options, or UTC.
var _ = register(Format{
	Name:        "syslog",
	Doc:         "syslog messages (RFC 3164, RFC 5424), with events of Sysmon for Linux, audit records, CEF, LEEF or JSON inside",
	Sniff:       sniffSyslog,
	Frame:       frameAudit,
	NewDecoder:  newLineDecoder,
	Sourcetypes: []string{"syslog", "linux_secure", "linux_messages_syslog", "cisco:*"},
})

func sniffSyslog(head []byte) Guess {
	heads, lines := 0, 0
	var modern, old int
	eachHeadLine(head, func(line []byte) {
		lines++
		message, _ := nextSyslogFrame(line)
		h, ok := parseSyslogHead(message, nil)
		switch {
		case !ok:
			return
		case h.priority >= 0 && h.tagged && h.data == nil && bytes.Contains(line[:min(len(line), 8)], []byte(">1 ")):
			modern++
		case h.priority >= 0 || h.host != "" && (h.tagged || isPayload(h.message)):
			old++
		default:
			return
		}
		heads++
	})
	return shareGuess(heads, lines, 90, fmt.Sprintf("%d of %d lines begin as syslog messages do (%d as in RFC 5424)", heads, lines, modern))
}

// The fields of a syslog event.
var (
	syslogTimestamp  = event.NameOf("timestamp")
	syslogHost       = event.NameOf("host")
	syslogProgram    = event.NameOf("program")
	syslogPid        = event.NameOf("pid")
	syslogFacility   = event.NameOf("facility")
	syslogSeverity   = event.NameOf("severity")
	syslogMsgid      = event.NameOf("msgid")
	syslogStructured = event.NameOf("structured_data")
	syslogMessage    = event.NameOf("message")
)

// syslogFacilities and syslogSeverities are the words of the syslog API, by number.
var (
	syslogFacilities = strings.Fields(`kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock
		local0 local1 local2 local3 local4 local5 local6 local7`)
	syslogSeverities = strings.Fields("emerg alert crit err warning notice info debug")
)

// syslogReader reads syslog messages; it keeps what it learned about names. The zero value is ready.
type syslogReader struct {
	names   auditNames
	pairs   pairNames
	classes map[string]*event.Class
	windows windowsXMLReader
	shaper  shaper
}

// syslogReaders holds readers for those who read one message now and then.
var syslogReaders = sync.Pool{New: func() any { return new(syslogReader) }}

// readSyslogLine reads one syslog message, head and all, into ev, all but its Origin. The values are views of line, which must
// outlive them, or lent until the next event is read. A line without a head is an event with a message only, and an error.
func readSyslogLine(line []byte, in *Input, ev *event.Event) (err error) {
	r := syslogReaders.Get().(*syslogReader)
	defer syslogReaders.Put(r)
	r.read(line, in, in.Options, ev, func(code, reason string, lost bool) {
		if err == nil {
			err = errors.New(reason)
		}
	})
	if r.shaper.depth > 0 || r.shaper.parsed > 0 { // its values live in the reader
		ev.Record = ev.Record.Clone()
	}
	return err
}

// read reads a message into ev, all but its Origin, and reports what is odd.
func (s *syslogReader) read(line []byte, in *Input, o Options, ev *event.Event, report func(code, reason string, lost bool)) {
	clock := syslogClock{arrival: in.ModTime, zone: o.Zone}
	h, ok := parseSyslogHead(line, &clock)
	ev.Raw = line
	ev.Logged = h.ticks
	if s.payload(&h, o, ev, report) {
		return
	}
	ev.Record.Fields = ev.Record.Fields[:0]
	ev.FreeText = true
	ev.Class = s.class(h.program)
	if !ok {
		report("syslog-no-head", "line does not begin as a syslog message does; it is given as a message alone", false)
	}
	s.head(&h, ev)
	ev.Record.Add(syslogMessage, event.TextValue(view(h.message)))
	if !s.object(h.message, o, ev) {
		if s.pairs == nil {
			s.pairs = pairNames{}
		}
		s.pairs.add(h.message, &ev.Record, len(ev.Record.Fields))
	}
}

// head adds the fields of a head.
func (s *syslogReader) head(h *syslogHead, ev *event.Event) {
	r := &ev.Record
	if h.ticks != 0 {
		r.Add(syslogTimestamp, event.TimeValue(h.ticks))
	}
	text := func(name *event.Name, text string) {
		if text != "" {
			r.Add(name, event.TextValue(text))
		}
	}
	text(syslogHost, h.host)
	text(syslogProgram, h.program)
	text(syslogPid, h.pid)
	if h.priority >= 0 {
		text(syslogFacility, syslogFacilities[h.priority>>3])
		text(syslogSeverity, syslogSeverities[h.priority&7])
	}
	text(syslogMsgid, h.msgid)
	if len(h.data) > 2 {
		data, whole := s.structured(h.data)
		if len(data.Fields) > 0 {
			ev.Record.Add(syslogStructured, event.ObjectValue(data))
		}
		if !whole {
			ev.Marks |= event.Truncated
		}
	}
}

// class returns the class of a program's messages.
func (s *syslogReader) class(program string) *event.Class {
	c := s.classes[program]
	if c == nil {
		channel := strings.ToLower(program)
		if i := strings.LastIndexByte(channel, '/'); i >= 0 && i+1 < len(channel) {
			channel = channel[i+1:]
		}
		c = event.ClassOf(event.Class{Product: "syslog", Channel: channel})
		if s.classes == nil {
			s.classes = map[string]*event.Class{}
		}
		if len(s.classes) < maxClasses {
			s.classes[strings.Clone(program)] = c
		}
	}
	return c
}

// name returns the name of a field that the text gives.
func (s *syslogReader) name(text []byte) *event.Name {
	if s.names == nil {
		s.names = auditNames{}
	}
	return s.names.of(text)
}

// maxStructured bounds the parameters of structured data that become fields.
const maxStructured = 1024

// structured reads structured data: [id name="value" …][…], with \" \\ \] inside values. It says whether all of it was read.
func (s *syslogReader) structured(b []byte) (_ *event.Record, whole bool) {
	all := &event.Record{}
	count := 0
	for len(b) > 1 && b[0] == '[' {
		b = b[1:]
		n := bytes.IndexAny(b, " ]")
		if n < 0 {
			break
		}
		element := &event.Record{}
		id := b[:n]
		b = b[n:]
		for {
			b = bytes.TrimLeft(b, " ")
			equals := 0
			for equals < len(b) && b[equals] != '=' && b[equals] != ' ' && b[equals] != ']' && b[equals] != '"' {
				equals++
			}
			if equals == 0 || equals+1 >= len(b) || b[equals] != '=' || b[equals+1] != '"' || count == maxStructured {
				break
			}
			key := b[:equals]
			b = b[equals+2:]
			end, escaped := 0, false
			for end < len(b) && b[end] != '"' {
				if b[end] == '\\' && end+1 < len(b) {
					escaped = true
					end++
				}
				end++
			}
			value := b[:min(end, len(b))]
			b = b[min(end+1, len(b)):]
			v := event.TextValue(view(value))
			if escaped {
				v = event.EncodedValue(structuredCodec, view(value))
			}
			element.Add(s.name(key), v)
			count++
		}
		if len(id) > 0 && len(all.Fields) < maxStructured {
			all.Add(s.name(id), event.ObjectValue(element))
		}
		shut := bytes.IndexByte(b, ']')
		if shut < 0 || count == maxStructured {
			break
		}
		b = b[shut+1:]
	}
	return all, len(b) == 0
}

// structuredCodec decodes values of structured data.
var structuredCodec = event.NewCodec("syslog-structured", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && (raw[i+1] == '"' || raw[i+1] == '\\' || raw[i+1] == ']') {
			i++
		}
		dst = append(dst, raw[i])
	}
	return dst
})
