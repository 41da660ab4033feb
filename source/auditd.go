package source

import (
	"bytes"
	"fmt"

	"goshawk/event"
)

// Linux audit records, as auditd writes them to its file, as its dispatcher or the kernel hand them to syslog, raw or
// enriched.
//
// Each record is an event of its own: Class {auditd, record, SYSCALL}, fields as auditd_fields.go says, Raw the line, and
// Origin.Record the serial. Behind the last record of an audit event comes the joined event, which auditd_join.go
// describes; it is marked Derived.
var _ = register(Format{
	Name:  "auditd",
	Doc:   "Linux audit records, from the file of auditd, from its dispatcher, or from the kernel's messages",
	Sniff: sniffAuditd,
	Frame: frameAudit,
	NewDecoder: func(o Options) Decoder {
		d := newLineDecoder(o)
		d.(*lineDecoder).strict = true
		return d
	},
	Sourcetypes: []string{"linux:audit", "auditd"},
})

func sniffAuditd(head []byte) Guess {
	records, lines := 0, 0
	var first auditHead
	eachHeadLine(head, func(line []byte) {
		lines++
		if h, ok := findAuditRecord(line); ok {
			if records++; records == 1 {
				first = h
			}
		}
	})
	return shareGuess(records, lines, 96, fmt.Sprintf("%d of %d lines are audit records, the first of type %s", records, lines, first.name))
}

// headLines is how many lines of a stream's beginning are looked at to find out what it is.
const headLines = 64

// eachHeadLine calls each for the lines of a stream's beginning that hold anything, but not for a last one that may be cut.
func eachHeadLine(head []byte, each func(line []byte)) {
	for n := 0; n < headLines && len(head) > 0; {
		line, rest, whole := bytes.Cut(head, newline)
		if !whole && n > 0 {
			return
		}
		head = rest
		if line = bytes.TrimRight(line, "\r"); len(bytes.TrimSpace(line)) > 0 {
			n++
			each(line)
		}
	}
}

// shareGuess is the guess of a format that knows some of the first lines: best where it knows all, less where it knows most,
// none where it knows hardly any.
func shareGuess(known, lines, best int, why string) Guess {
	if known == 0 || known*10 < lines {
		return Guess{}
	}
	return Guess{Certainty: best * (lines + 3*known) / (4 * lines), Why: why}
}

// lineDecoder decodes blocks of frameAudit: lines that are syslog messages, audit records, or both.
type lineDecoder struct {
	options Options
	strict  bool // a line that is neither a record nor a syslog message is lost
	lines   []placedLine
	records []auditRecord
	names   auditNames
	classes map[string]*event.Class
	ev      event.Event
	joined  event.Event
	joiner  auditJoiner
	syslog  syslogReader
}

func newLineDecoder(o Options) Decoder {
	return &lineDecoder{options: o, names: auditNames{}, classes: map[string]*event.Class{}}
}

func (d *lineDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	for rest := b.Bytes; ; {
		var kind byte
		var ok bool
		kind, d.lines, rest, ok = nextItem(rest, d.lines[:0])
		if !ok {
			return
		}
		if kind == lineItem {
			if !d.line(&d.lines[0], &b, give, problem) {
				return
			}
			continue
		}
		if !d.event(kind, &b, give, problem) {
			return
		}
	}
}

// class returns the class of records of a type.
func (d *lineDecoder) class(name string) *event.Class {
	c := d.classes[name]
	if c == nil {
		c = auditClass(name)
		if len(d.classes) < 1<<12 {
			d.classes[c.ID] = c
		}
	}
	return c
}

// event decodes the records of an audit event.
func (d *lineDecoder) event(kind byte, b *Block, give func(*event.Event) bool, problem func(Problem)) bool {
	for len(d.records) < len(d.lines) {
		d.records = append(d.records, auditRecord{})
	}
	records := d.records[:0]
	for i := range d.lines {
		l := &d.lines[i]
		h, _ := findAuditRecord(l.text)
		records = records[:len(records)+1]
		r := &records[len(records)-1]
		r.auditHead = h
		clear(r.fields.Fields)
		r.fields.Fields = r.fields.Fields[:0]
		r.marks = readAuditRecord(&h, &r.fields, d.names)
		if l.cut {
			r.marks |= event.Truncated
		}
		if r.marks&event.Truncated != 0 {
			problem(Problem{Source: b.Input.Name, Offset: l.offset, Record: l.number, Code: "auditd-cut",
				Reason: "record is cut off or has too many fields; what stands before is read"})
		}
		if kind != auditItem {
			r.marks |= event.Fragment
		}
		d.ev = event.Event{
			Class: d.class(h.name), Record: r.fields, Raw: l.text, FreeText: true, Logged: h.ticks, Marks: r.marks,
			Origin: event.Origin{Source: b.Input.Name, Record: h.serial, Offset: l.offset},
		}
		more := give(&d.ev)
		r.fields = d.ev.Record
		if !more {
			return false
		}
	}
	if kind == endItem {
		return true
	}
	ev := &d.joined
	ev.Reset()
	ev.Logged, ev.Marks = records[0].ticks, event.Derived
	ev.Origin = event.Origin{Source: b.Input.Name, Record: records[0].serial, Offset: d.lines[0].offset}
	d.joiner.event(records, ev)
	more := give(ev)
	if len(d.records) > 1<<10 { // one long event is no reason to keep its memory
		d.records, d.joiner, d.joined = nil, auditJoiner{}, event.Event{}
	}
	return more
}

// line decodes a line that is no audit record by itself.
func (d *lineDecoder) line(l *placedLine, b *Block, give func(*event.Event) bool, problem func(Problem)) bool {
	report := func(code, reason string, lost bool) {
		problem(Problem{Source: b.Input.Name, Offset: l.offset, Record: l.number, Code: code, Reason: reason, Lost: lost})
	}
	if d.strict {
		if _, ok := parseSyslogHead(l.text, nil); !ok {
			report("auditd-syntax", "line is neither an audit record nor a syslog message", true)
			return true
		}
	}
	for rest := l.text; len(rest) > 0; {
		var message []byte
		message, rest = nextSyslogFrame(rest)
		ev := &d.ev
		ev.Reset()
		ev.Origin = event.Origin{Source: b.Input.Name, Record: l.number, Offset: l.offset + int64(len(l.text)-len(rest)-len(message))}
		if l.cut {
			ev.Marks |= event.Truncated
		}
		d.syslog.read(message, b.Input, d.options, ev, report)
		if !give(ev) {
			return false
		}
	}
	return true
}
