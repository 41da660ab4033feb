package source

import (
	"bytes"
	"strings"

	"goshawk/event"
)

// ReadPayload fills ev from a text that a carrier wraps: a cell called _raw, the MESSAGE of a journal entry, the body of a
// request. It may be a Windows event as XML or as the text that Splunk makes of it, an audit record, a JSON object of a
// known shape, or a syslog line; hint is the carrier's word for it (a sourcetype, a program), which helps where the text
// alone does not decide. It reports false, with ev's record empty, if it is none of these.
//
// ev keeps views of raw, which must not be changed while ev is in use.
func ReadPayload(raw []byte, hint string, ev *event.Event) bool {
	s := new(shaper)
	if fields, ok := s.parse(view(raw)); ok {
		o := new(jsonObject)
		o.load(fields)
		shape, certainty := s.shape(o)
		if shape == shapePlain || certainty < 80 {
			return false
		}
		ev.Raw = raw
		s.read(o, ev)
		return true
	}
	return readLinePayload(raw, hint, ev)
}

// payload is ReadPayload for a carrier that is an object itself. Any JSON object inside of it counts.
func (s *shaper) payload(text, hint string, ev *event.Event) bool {
	if fields, ok := s.parse(text); ok {
		ev.Raw = bytesOf(text)
		return s.unwrap(fields, ev)
	}
	return readLinePayload(bytesOf(text), hint, ev)
}

// carried fills ev from the message of a record that has a form of its own, where the message is a Windows event or an audit
// record.
func (s *shaper) carried(message, program string, ev *event.Event) bool {
	start := strings.TrimLeft(message, " \t\r\n")
	if !isEventStart(bytesOf(start)) && !auditMention(bytesOf(start[:min(len(start), 256)])) {
		return false
	}
	return readLinePayload(bytesOf(message), program, ev)
}

// readLinePayload is ReadPayload for texts that are no JSON.
func readLinePayload(raw []byte, hint string, ev *event.Event) bool {
	text := bytes.TrimLeft(raw, " \t\r\n")
	before := *ev
	ev.Raw = raw
	switch {
	case len(text) == 0:
	case isEventStart(text):
		record := ev.Origin.Record
		ev.Origin.Record = 0
		if readWindowsXML(text, ev) == nil {
			if ev.Origin.Record == 0 {
				ev.Origin.Record = record
			}
			return true
		}
	case isClassicText(text):
		if readClassicText(text, nil, ev) {
			return true
		}
	default:
		if h, ok := findAuditRecord(text); ok {
			ev.Marks |= readAuditRecord(&h, &ev.Record, auditNames{})
			ev.Class, ev.FreeText, ev.Logged, ev.Origin.Record = auditClass(h.name), true, h.ticks, h.serial
			return true
		}
		if h, ok := parseSyslogHead(text, nil); ok && (h.priority >= 0 || h.host != "" && h.tagged || hint == "syslog") || isCEF(text) {
			in := &Input{}
			if ev.Logged != 0 {
				in.ModTime = event.TimeOf(ev.Logged) // which tells the year
			}
			if readSyslogLine(text, in, ev) == nil {
				return true
			}
		}
	}
	fields := ev.Record.Fields[:0]
	*ev = before
	ev.Record.Fields = fields
	return false
}
