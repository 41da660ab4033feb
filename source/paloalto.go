package source

import (
	"bytes"
	"fmt"
	"strings"

	"goshawk/event"
)

// Logs of Palo Alto firewalls: columns between commas, quoted where they hold any, behind a syslog head of whatever kind. The
// fourth column says which log it is and so what the others are; none is named in the text.
//
// Class {paloalto, traffic | threat | system | …, subtype}; fields have the names under which searches know the columns:
// generated_time, src_ip, dest_port, rule, app, vendor_action, misc (of a threat: the URL or the file) …, as texts; an empty column is
// absent, and so are columns of reserved meaning. Columns beyond the known ones are extra. A host in the syslog head is
// dvc_host. The time is that at which the log was written; it has no zone, and is in that of the options, or UTC.
var _ = register(Format{
	Name:        "paloalto",
	Doc:         "logs of Palo Alto firewalls as columns, with or without a syslog head",
	Sniff:       sniffPaloAlto,
	Frame:       frameLines,
	NewDecoder:  func(o Options) Decoder { return &paloAltoDecoder{clock: syslogClock{zone: o.Zone}} },
	Sourcetypes: []string{"pan:*", "pan_*"},
})

func sniffPaloAlto(head []byte) Guess {
	found, lines := 0, 0
	eachHeadLine(head, func(line []byte) {
		if lines++; paloAltoStart(line) >= 0 {
			found++
		}
	})
	return shareGuess(found, lines, 96, fmt.Sprintf("%d of %d lines hold the columns of a Palo Alto log", found, lines))
}

const paloAltoHead = "future_use1 receive_time serial_number type log_subtype version generated_time "

const paloAltoSession = paloAltoHead + `src_ip dest_ip src_translated_ip dest_translated_ip rule src_user dest_user app vsys src_zone
	dest_zone src_interface dest_interface log_forwarding_profile future_use3 session_id repeat_count src_port dest_port
	src_translated_port dest_translated_port session_flags transport vendor_action `

const paloAltoGroups = "devicegroup_level1 devicegroup_level2 devicegroup_level3 devicegroup_level4 vsys_name dvc_name "

// paloAltoColumns are the columns of each log.
var paloAltoColumns = func() map[string][]*event.Name {
	lists := map[string]string{
		"TRAFFIC": paloAltoSession + `bytes bytes_out bytes_in packets start_time duration http_category future_use4 sequence_number
			action_flags src_location dest_location future_use5 packets_out packets_in session_end_reason ` + paloAltoGroups + `
			action_source src_vm dest_vm tunnel_id tunnel_monitor_tag tunnel_session_id tunnel_start_time tunnel_type
			sctp_association_id chunks chunks_sent chunks_received rule_uuid http2_connection link_change_count policy_id
			link_switches sdwan_cluster sdwan_device_type sdwan_cluster_type sdwan_site dynusergroup_name`,
		"THREAT": paloAltoSession + `misc threat raw_category severity direction sequence_number action_flags src_location
			dest_location future_use4 content_type pcap_id file_hash cloud_address url_index user_agent file_type xff referrer
			sender subject recipient report_id ` + paloAltoGroups + `future_use5 src_vm dest_vm http_method tunnel_id
			tunnel_monitor_tag tunnel_session_id tunnel_start_time tunnel_type threat_category content_version future_use6
			sctp_association_id payload_protocol_id http_headers url_category_list rule_uuid http2_connection dynusergroup_name`,
		"SYSTEM": paloAltoHead + `vsys event_id object future_use3 future_use4 module severity description sequence_number
			action_flags ` + paloAltoGroups,
		"CONFIG": paloAltoHead + `host_name vsys command admin client result configuration_path before_change_detail
			after_change_detail sequence_number action_flags ` + paloAltoGroups,
		"USERID": paloAltoHead + `vsys src_ip user datasource_name event_id repeat_count timeout_threshold src_port dest_port
			datasource datasource_type sequence_number action_flags ` + paloAltoGroups + `vsys_id factor_type
			factor_completion_time factor_number`,
		"GLOBALPROTECT": paloAltoHead + `vsys event_id stage auth_method tunnel_type src_user src_region machine_name public_ip
			public_ipv6 private_ip private_ipv6 host_id endpoint_serial_number client_version client_os client_os_version
			repeat_count reason error description status location login_duration connect_method error_code portal
			sequence_number action_flags`,
		"HIPMATCH": paloAltoHead + `src_user vsys host_name os src_ip hip_name repeat_count hip_type future_use3 future_use4
			sequence_number action_flags ` + paloAltoGroups,
		"": paloAltoHead,
	}
	columns := map[string][]*event.Name{}
	for log, list := range lists {
		for _, name := range strings.Fields(list) {
			columns[log] = append(columns[log], event.NameOf(name))
		}
	}
	columns["HIP-MATCH"] = columns["HIPMATCH"]
	return columns
}()

var (
	paloAltoHost    = event.NameOf("dvc_host")
	paloAltoExtra   = event.NameOf("extra")
	paloAltoWritten = event.NameOf("generated_time")
	paloAltoRead    = event.NameOf("receive_time")
)

// paloAltoStart returns where the columns of a log begin in a line: a number, a time, a serial number, the log in capitals. It is
// -1 if there are none.
func paloAltoStart(line []byte) int {
	window := line[:min(len(line), 768)]
	for from := 0; ; {
		i := bytes.IndexByte(window[from:], ',')
		if i < 0 {
			return -1
		}
		i += from
		from = i + 1
		if i == 0 || window[i-1] < '0' || window[i-1] > '9' || len(line) < i+22 || line[i+5] != '/' || line[i+20] != ',' {
			continue
		}
		start := i
		for start > 0 && '0' <= line[start-1] && line[start-1] <= '9' {
			start--
		}
		if start > 0 && line[start-1] != ' ' || i-start > 4 {
			continue
		}
		if n, _ := dashedTime(line[i+1:i+20], nil); n != 19 {
			continue
		}
		_, log, ok := bytes.Cut(line[i+21:], []byte{','})
		log, _, more := bytes.Cut(log, []byte{','})
		if ok && more && len(log) > 0 && len(log) < 24 && len(bytes.Trim(log, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")) == 0 {
			return start
		}
	}
}

type paloAltoDecoder struct {
	clock syslogClock
	ev    event.Event
}

func (d *paloAltoDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.clock.arrival = b.Input.ModTime
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 {
			return true
		}
		start := paloAltoStart(line)
		if start < 0 {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: "paloalto-syntax",
				Reason: "line does not hold the columns of a Palo Alto log", Lost: true})
			return true
		}
		d.ev.Reset()
		d.ev.Raw = line
		d.ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if h, ok := parseSyslogHead(line[:start], &d.clock); ok && h.host != "" {
			d.ev.Record.Add(paloAltoHost, event.TextValue(h.host))
		}
		readPaloAlto(line[start:], &d.clock, &d.ev)
		return give(&d.ev)
	})
}

// readPaloAlto adds the fields of a log that text begins with.
func readPaloAlto(text []byte, clock *syslogClock, ev *event.Event) {
	log, subtype := "", ""
	columns := paloAltoColumns[""]
	for n := 0; ; n++ {
		value, rest, quoted := commaCell(text)
		v := event.TextValue(view(value))
		if quoted && bytes.Contains(value, []byte(`""`)) {
			v = event.EncodedValue(w3cCodec, view(value))
		}
		switch n {
		case 3:
			log = view(value)
			if known := paloAltoColumns[log]; known != nil {
				columns = known
			}
		case 4:
			subtype = view(value)
		}
		name := paloAltoExtra
		if n < len(columns) {
			name = columns[n]
		}
		if len(value) > 0 && !strings.HasPrefix(name.Text, "future_use") {
			ev.Record.Add(name, v)
			if name == paloAltoRead && ev.Logged == 0 || name == paloAltoWritten {
				if ticks, zoned, ok := event.ParseTime(view(value)); ok {
					ev.Logged = clock.place(ticks, zoned)
				}
			}
		}
		if rest == nil || n == maxColumns {
			break
		}
		text = rest
	}
	ev.Class = event.ClassOf(event.Class{Product: "paloalto", Channel: strings.ToLower(log), ID: subtype})
}

// commaCell takes the first cell off a line of cells between commas; rest is nil behind the last.
func commaCell(b []byte) (value, rest []byte, quoted bool) {
	if len(b) > 0 && b[0] == '"' {
		for i := 1; i < len(b); i++ {
			if b[i] != '"' {
				continue
			}
			if i+1 < len(b) && b[i+1] == '"' {
				i++
				continue
			}
			value, b = b[1:i], b[i+1:]
			if i := bytes.IndexByte(b, ','); i >= 0 {
				return value, b[i+1:], true
			}
			return value, nil, true
		}
	}
	if i := bytes.IndexByte(b, ','); i >= 0 {
		return b[:i], b[i+1:], false
	}
	return b, nil, false
}
