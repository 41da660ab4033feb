package source

import (
	"bytes"
	"strings"
	"time"

	"goshawk/event"
)

// payload reads a message that is an event of another kind. It reports false if it is not, and may then have left fields.
func (s *syslogReader) payload(h *syslogHead, o Options, ev *event.Event, report func(code, reason string, lost bool)) bool {
	m := h.message
	if len(m) < 5 {
		return false
	}
	switch m[0] {
	case '<':
		return s.xml(m, ev, report)
	case '0', '1':
		if paloAltoStart(m) != 0 {
			return false
		}
		if ev.Record.Fields = ev.Record.Fields[:0]; h.host != "" {
			ev.Record.Add(paloAltoHost, event.TextValue(h.host))
		}
		readPaloAlto(m, &syslogClock{zone: o.Zone}, ev)
		return true
	case 'C', 'L':
		if !isCEF(m) {
			return false
		}
		s.head(h, ev)
		return s.cef(m, ev)
	case 'M':
		return s.snare(h, o, ev)
	case '[', 'a', 't', 'n':
		if !auditMention(m) {
			return false
		}
		a, ok := auditInMessage(m)
		if !ok {
			return false
		}
		if a.node == "" {
			a.node = h.host
		}
		if s.names == nil {
			s.names = auditNames{}
		}
		ev.Marks |= readAuditRecord(&a, &ev.Record, s.names)
		ev.Class, ev.FreeText, ev.Logged, ev.Origin.Record = auditClass(a.name), true, a.ticks, a.serial
		return true
	}
	return false
}

// xml reads an event of Sysmon for Linux, or of Windows.
func (s *syslogReader) xml(m []byte, ev *event.Event, report func(code, reason string, lost bool)) bool {
	if !isEventStart(m) {
		return false
	}
	if bytes.Contains(m, []byte("#01")) {
		m = unescapeRsyslog(m)
	}
	record := ev.Origin.Record
	ev.Origin.Record = 0
	_, odd, err := s.windows.read(m, ev)
	switch {
	case err != nil:
		ev.Marks |= event.Damaged
		ev.Origin.Record = record
		report("syslog-bad-event", "message begins as a Windows event does, but "+err.Error(), false)
		return false
	case ev.Marks&event.Truncated != 0:
		report("syslog-cut", "event is cut off before its end; what stands before the cut is read", false)
	case odd != "":
		report("syslog-bad-event", odd, false)
	}
	if ev.Origin.Record == 0 {
		ev.Origin.Record = record
	}
	return true
}

// unescapeRsyslog puts the white space back that rsyslog writes as #011, #012 and #015.
func unescapeRsyslog(m []byte) []byte {
	out := make([]byte, 0, len(m))
	for i := 0; i < len(m); i++ {
		if m[i] == '#' && i+3 < len(m) && m[i+1] == '0' && m[i+2] == '1' {
			switch m[i+3] {
			case '1':
				out = append(out, '\t')
				i += 3
				continue
			case '2':
				out = append(out, '\n')
				i += 3
				continue
			case '5':
				out = append(out, '\r')
				i += 3
				continue
			}
		}
		out = append(out, m[i])
	}
	return out
}

// object reads a message that is a JSON object, behind "@cee:" or not. One of a known shape is the event; the members of
// any other are added to the fields of the syslog event, save those that would repeat a name. It reports false if the
// message is no object.
func (s *syslogReader) object(m []byte, o Options, ev *event.Event) bool {
	m = bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(m, " "), []byte("@cee:")), " ")
	if len(m) < 2 || m[0] != '{' || m[len(m)-1] != '}' {
		return false
	}
	s.shaper.reset()
	s.shaper.zone = o.Zone
	fields, ok := s.shaper.parse(view(m))
	if !ok {
		return false
	}
	inner := event.Event{Raw: ev.Raw, Logged: ev.Logged, Origin: ev.Origin, Marks: ev.Marks}
	if s.shaper.unwrap(fields, &inner) && inner.Class != nil && inner.Class.Product != "json" {
		*ev = inner
		return true
	}
	have := len(ev.Record.Fields)
	for _, f := range inner.Record.Fields {
		if auditFieldOf(&event.Record{Fields: ev.Record.Fields[:have]}, 0, f.Name).IsAbsent() {
			ev.Record.Add(f.Name, f.Value)
		}
	}
	return true
}

var snareMark = []byte("MSWinEventLog")

// The columns of Snare's lines, after the mark and the criticality.
const (
	snareChannel = iota
	snareCounter
	snareTime
	snareEventID
	snareSource
	snareUser
	snareSidType
	snareEventType
	snareComputer
	snareCategory
	snareData
	snareMessage
	snareColumns
)

// snare reads a Windows event of Snare: columns between tabs, or #011 where syslog escaped them. Its fields are those of a
// rendered event: the message has the parameters in words.
func (s *syslogReader) snare(h *syslogHead, o Options, ev *event.Event) bool {
	if !bytes.HasPrefix(h.message, snareMark) {
		return false
	}
	m := view(h.message)
	if !strings.Contains(m, "\t") {
		m = strings.ReplaceAll(m, "#011", "\t")
	}
	columns := strings.SplitN(m, "\t", 2+snareColumns+1)
	if len(columns) < 2+snareComputer+1 {
		return false
	}
	columns = columns[2:]
	for len(columns) < snareColumns {
		columns = append(columns, "")
	}
	id, ok := digits(columns[snareEventID])
	if !ok {
		return false
	}
	r := &ev.Record
	text := func(name *event.Name, text string) {
		if text != "" && text != "N/A" && text != "None" {
			r.Add(name, event.TextValue(text))
		}
	}
	text(winProviderName, columns[snareSource])
	r.Add(winEventID, event.IntValue(id))
	text(event.NameOf("Category"), columns[snareCategory])
	text(event.NameOf("EventType"), columns[snareEventType])
	if t, err := time.ParseInLocation("Mon Jan _2 15:04:05 2006", columns[snareTime], (&syslogClock{zone: o.Zone}).location()); err == nil {
		r.Add(winSystemTime, event.TimeValue(event.TicksOf(t)))
		ev.Logged = event.TicksOf(t)
	}
	text(winChannel, columns[snareChannel])
	text(winComputer, columns[snareComputer])
	text(event.NameOf("User"), columns[snareUser])
	text(event.NameOf("SidType"), columns[snareSidType])
	text(winData, columns[snareData])
	text(event.NameOf("RenderingInfo.Message"), columns[snareMessage])
	ev.FreeText = true
	return finishWindows(ev, &s.windows.classes)
}
