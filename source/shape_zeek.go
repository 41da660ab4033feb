package source

import "goshawk/event"

// Zeek's logs as JSON, dots in the names as they are. The log is what _path says, or else what only one log's columns say.
var _ = registerShape(jsonShape{
	name: "zeek",
	doc:  "Zeek logs as JSON",
	certainty: func(o *jsonObject) int {
		if !o.has(keyTS) {
			return 0
		}
		switch {
		case o.has(keyZeekPath) && o.any(keyUID, keyOrigHost, keyFUID, keyZeekWrite):
			return 98
		case o.has(keyUID, keyOrigHost, keyRespHost):
			return 96
		case o.has(keyZeekPath):
			return 85
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		log := o.text(keyZeekPath)
		if log == "" {
			for _, l := range zeekLogs {
				if o.has(l.columns...) {
					log = l.log
					break
				}
			}
		}
		ev.Class = s.class("zeek", log, "")
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		if ticks, ok := ticksOf(o.get(keyTS), nil); ok {
			ev.Logged = ticks
		}
		return true
	},
})

var (
	keyTS        = keyOf("ts")
	keyUID       = keyOf("uid")
	keyFUID      = keyOf("fuid")
	keyOrigHost  = keyOf("id.orig_h")
	keyRespHost  = keyOf("id.resp_h")
	keyZeekPath  = keyOf("_path")
	keyZeekWrite = keyOf("_write_ts")
)

// zeekLogs tells logs by columns that no earlier one in the list has.
var zeekLogs = []struct {
	log     string
	columns []jsonKey
}{
	{"conn", keysOf("conn_state")},
	{"dns", keysOf("qtype_name")}, {"dns", keysOf("trans_id", "query")},
	{"http", keysOf("uri", "method")}, {"http", keysOf("trans_depth", "status_code")},
	{"ssl", keysOf("cipher")}, {"ssl", keysOf("established", "resumed")},
	{"ssh", keysOf("auth_attempts")}, {"kerberos", keysOf("request_type")}, {"dce_rpc", keysOf("endpoint", "operation")},
	{"smb_mapping", keysOf("share_type")}, {"smb_files", keysOf("action", "name")}, {"ntlm", keysOf("server_nb_computer_name")},
	{"rdp", keysOf("security_protocol")}, {"rdp", keysOf("cookie", "result")}, {"smtp", keysOf("helo")}, {"ftp", keysOf("command", "arg")},
	{"weird", keysOf("name", "notice")}, {"notice", keysOf("note")}, {"dhcp", keysOf("uids")},
}
