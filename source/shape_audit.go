package source

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// Laurel's JSON: one object for each audit event, with the records as objects under their types, decoded. It gives what the
// same lines of auditd would: an event for each record, then the joined one; see auditd.go.
var _ = registerShape(jsonShape{
	name: "laurel",
	doc:  "audit events in the form of Laurel",
	certainty: func(o *jsonObject) int {
		if o.any(keySyscall, keyExecve, keyProctitle, keyUserCmd, keyPath) && laurelStamp(o) != "" {
			return 98
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		stamp := laurelStamp(o)
		ticks, _ := auditTime(stamp[:strings.IndexByte(stamp, ':')])
		serial, _ := strconv.ParseUint(stamp[strings.IndexByte(stamp, ':')+1:], 10, 64)
		var records []auditRecord
		add := func(kind string, v event.Value) {
			number, name := auditTypeOf(kind)
			r := v.Object()
			if r == nil || number == 0 {
				return
			}
			rec := auditRecord{auditHead: auditHead{node: o.text(keyNode), name: name, number: number, stamp: "audit(" + stamp + ")", ticks: ticks, serial: serial}}
			rec.fields.Fields = append(auditHeadFields(&rec.auditHead), laurelFields(name, r.Fields)...)
			records = append(records, rec)
		}
		for _, f := range o.fields {
			if list := f.Value.List(); list != nil {
				for _, e := range list {
					add(f.Name.Text, e)
				}
				continue
			}
			add(f.Name.Text, f.Value)
		}
		if len(records) == 0 {
			return false
		}
		for i := range records {
			r := &records[i]
			s.before = append(s.before, event.Event{Class: auditClass(r.name), Record: r.fields, Raw: ev.Raw, Logged: ticks,
				Marks: ev.Marks, Origin: event.Origin{Source: ev.Origin.Source, Record: serial, Offset: ev.Origin.Offset}})
		}
		ev.Marks |= event.Derived
		ev.Logged, ev.Origin.Record = ticks, serial
		joinAudit(records, ev)
		return true
	},
})

// A single audit record as an object: {"type":"PATH","msg":"audit(…)",…}.
var _ = registerShape(jsonShape{
	name: "audit-record",
	doc:  "audit records as objects",
	certainty: func(o *jsonObject) int {
		if o.has(keyTypeLower, keyMsg) && strings.HasPrefix(o.text(keyMsg), "audit(") {
			return 98
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		stamp := strings.TrimSuffix(strings.TrimPrefix(o.text(keyMsg), "audit("), ")")
		seconds, number, ok := strings.Cut(stamp, ":")
		ticks, valid := auditTime(seconds)
		serial, known := digits(number)
		if !ok || !valid || !known {
			return false
		}
		_, name := auditTypeOf(o.text(keyTypeLower))
		head := auditHead{node: o.text(keyNodeLower), name: name, stamp: o.text(keyMsg), ticks: ticks, serial: uint64(serial)}
		ev.Record.Fields = append(ev.Record.Fields[:0], auditHeadFields(&head)...)
		for _, f := range o.fields {
			switch keyOfName(f.Name) {
			case keyTypeLower, keyMsg, keyNodeLower:
			default:
				if !f.Value.IsNull() {
					ev.Record.Fields = append(ev.Record.Fields, f)
				}
			}
		}
		ev.Class, ev.Logged, ev.Origin.Record = auditClass(name), ticks, uint64(serial)
		return true
	},
})

// auditHeadFields are the fields with which every record begins; see auditd_fields.go.
func auditHeadFields(h *auditHead) []event.Field {
	fields := []event.Field{{Name: auditFieldType, Value: event.TextValue(h.name)}}
	if h.node != "" {
		fields = append(fields, event.Field{Name: auditFieldNode, Value: event.TextValue(h.node)})
	}
	return append(fields,
		event.Field{Name: auditFieldMsg, Value: event.TextValue(h.stamp)},
		event.Field{Name: auditFieldTime, Value: event.TimeValue(h.ticks)},
		event.Field{Name: auditFieldSerial, Value: event.TextValue(strconv.FormatUint(h.serial, 10))})
}

// laurelStamp returns the ID of an audit event, 1626611363.720:348501; empty if the object has none.
func laurelStamp(o *jsonObject) string {
	id := o.text(keyIDCapital)
	seconds, serial, ok := strings.Cut(id, ":")
	_, valid := auditTime(seconds)
	if _, number := digits(serial); !ok || !valid || !number {
		return ""
	}
	return id
}

// laurelFields are the fields of a record as auditd's line has them: arguments by number, the title in one text, hexadecimal
// without 0x, numbers as texts.
func laurelFields(record string, fields []event.Field) []event.Field {
	var out []event.Field
	for _, f := range fields {
		switch l := f.Value.List(); {
		case f.Value.IsNull():
		case f.Name == nameARGV && record == "PROCTITLE":
			var title []byte
			for i, e := range l {
				if i > 0 {
					title = append(title, ' ')
				}
				title = e.AppendText(title)
			}
			out = append(out, event.Field{Name: auditFieldTitle, Value: event.TextValue(string(title))})
		case f.Name == nameARGV:
			for i, e := range l {
				v := event.TextValue(e.Text())
				if record == "SYSCALL" {
					v = event.TextValue(strings.TrimPrefix(e.Text(), "0x"))
				}
				out = append(out, event.Field{Name: event.NameOf("a" + strconv.Itoa(i)), Value: v})
			}
		case f.Name == auditFieldArch:
			out = append(out, event.Field{Name: f.Name, Value: event.TextValue(strings.TrimPrefix(f.Value.Text(), "0x"))})
		case f.Value.Kind() == event.Int:
			out = append(out, event.Field{Name: f.Name, Value: event.TextValue(f.Value.Text())})
		default:
			out = append(out, f)
		}
	}
	return out
}

var (
	keySyscall   = keyOf("SYSCALL")
	keyExecve    = keyOf("EXECVE")
	keyProctitle = keyOf("PROCTITLE")
	keyUserCmd   = keyOf("USER_CMD")
	keyPath      = keyOf("PATH")
	keyIDCapital = keyOf("ID")
	keyNode      = keyOf("NODE")
	keyNodeLower = keyOf("node")
	keyTypeLower = keyOf("type")
	keyMsg       = keyOf("msg")

	nameARGV = event.NameOf("ARGV")
)
