package source_test

import (
	"testing"

	"goshawk/event"
	"goshawk/source"
)

func TestReadPayload(t *testing.T) {
	for _, c := range []struct{ raw, hint, class, fields string }{
		{"<Event xmlns='x'><System><Provider Name='P'/><EventID>7</EventID><EventRecordID>3</EventRecordID><Channel>System</Channel></System></Event>",
			"XmlWinEventLog", "windows|System|P|7", `{"Provider_Name":"P","EventID":7,"EventRecordID":3,"Channel":"System"}`},
		{"03/01/2024 10:20:30 AM\nLogName=System\nEventCode=7036\nComputerName=PC1\nMessage=x", "WinEventLog", "windows|System|Service Control Manager|7036",
			`{"Provider_Name":"Service Control Manager","EventID":7036,"TimeCreated_SystemTime":"2024-03-01T10:20:30Z","Channel":"System","Computer":"PC1","RenderingInfo.Message":"x"}`},
		{` {"event_simpleName":"DnsRequest","aid":"1"} `, "crowdstrike:events:sensor", "crowdstrike|||DnsRequest", `{"event_simpleName":"DnsRequest","aid":"1"}`},
		{"type=CWD msg=audit(1709288430.123:99): cwd=\"/\"", "linux:audit", "auditd|record||CWD",
			`{"type":"CWD","msg":"audit(1709288430.123:99)","time":"2024-03-01T10:20:30.123Z","serial":"99","cwd":"/"}`},
		{"<13>1 2024-03-01T10:20:30Z web1 sshd 12 - - Accepted", "syslog", "syslog|sshd||",
			`{"timestamp":"2024-03-01T10:20:30Z","host":"web1","program":"sshd","pid":"12","facility":"user","severity":"notice","message":"Accepted"}`},
		{`{"any":"object"}`, "_json", "", ""},
		{"any text", "syslog", "", ""},
		{"<Event><System><Provider Name='P'/></System></Event>", "", "", ""},
		{"", "", "", ""},
	} {
		ev := event.Event{}
		ok := source.ReadPayload([]byte(c.raw), c.hint, &ev)
		class, fields := "", ""
		if ok {
			class = ev.Class.Product + "|" + ev.Class.Channel + "|" + ev.Class.Provider + "|" + ev.Class.ID
			fields = string(ev.Record.AppendJSON(nil))
		} else if len(ev.Record.Fields) > 0 || ev.Raw != nil || ev.Marks != 0 {
			t.Errorf("%.40q is refused, but leaves %+v", c.raw, ev)
		}
		if class != c.class || fields != c.fields {
			t.Errorf("%.40q:\n%s %s\nwant\n%s %s", c.raw, class, fields, c.class, c.fields)
		}
	}
}
