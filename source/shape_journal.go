package source

import (
	"strings"

	"goshawk/event"
)

// The systemd journal's JSON: a syslog record in the form of syslog.go, followed by the journal's own fields; a MESSAGE that is
// a record of its own (Sysmon for Linux, audit) is read as that. A MESSAGE that is no UTF-8 is a list of its bytes.
var _ = registerShape(jsonShape{
	name: "journal",
	doc:  "entries of the systemd journal",
	certainty: func(o *jsonObject) int {
		if !o.has(keyJournalMessage) {
			return 0
		}
		switch {
		case o.has(keyRealtime):
			return 99
		case o.any(keyJournalHost, keyIdentifier, keyTransport, keyPriority):
			return 90
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		message := o.get(keyJournalMessage)
		if bytes := message.List(); bytes != nil {
			text := make([]byte, len(bytes))
			for i, b := range bytes {
				text[i] = byte(b.Int())
			}
			message = event.TextValue(string(text))
		}
		if ticks, ok := ticksOf(o.get(keyRealtime), nil); ok {
			ev.Logged = ticks
		}
		program := o.first(keyIdentifier, keyComm)
		if message.Kind() == event.Text && s.carried(message.Text(), program.Text(), ev) {
			return true
		}
		when := event.Value{}
		if ev.Logged != 0 {
			when = event.TimeValue(ev.Logged)
		}
		s.syslog(ev, syslogParts{when: when, host: o.get(keyJournalHost), program: program,
			pid: o.first(keySyslogPID, keyPID), facility: syslogWord(o.get(keyFacilityNumber), syslogFacilities),
			severity: syslogWord(o.get(keyPriority), syslogSeverities), message: message})
		for _, f := range o.fields {
			switch keyOfName(f.Name) {
			case keyJournalMessage, keyRealtime, keyJournalHost, keyIdentifier, keySyslogPID, keyFacilityNumber, keyPriority:
				continue
			}
			if strings.HasPrefix(f.Name.Text, "__") {
				continue
			}
			ev.Record.Fields = append(ev.Record.Fields, f)
		}
		return true
	},
})

var (
	keyJournalMessage = keyOf("MESSAGE")
	keyRealtime       = keyOf("__REALTIME_TIMESTAMP")
	keyJournalHost    = keyOf("_HOSTNAME")
	keyIdentifier     = keyOf("SYSLOG_IDENTIFIER")
	keyTransport      = keyOf("_TRANSPORT")
	keyPriority       = keyOf("PRIORITY")
	keyComm           = keyOf("_COMM")
	keyPID            = keyOf("_PID")
	keySyslogPID      = keyOf("SYSLOG_PID")
	keyFacilityNumber = keyOf("SYSLOG_FACILITY")
)

// syslogWord returns the word for a number, as other syslog records have it.
func syslogWord(v event.Value, words []string) event.Value {
	if n, ok := digits(v.Text()); ok && int(n) < len(words) {
		return event.TextValue(words[n])
	}
	return v
}
