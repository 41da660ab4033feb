package source

import (
	"strings"

	"goshawk/event"
)

// Windows events of Winlogbeat 7 and later and of Elastic Agent: winlog.* beside ECS, nested, with dots in the names, or
// both. Modules move fields of the event into ECS and may drop the originals; those come back under their own names, where
// the lists below have them and the event has none of that name left.
var _ = registerShape(jsonShape{
	name: "elastic",
	doc:  "Windows events in the form of Winlogbeat or Elastic Agent",
	certainty: func(o *jsonObject) int {
		if fields := o.object(keyWinlog); fields != nil || o.any(keyWinlogChannel, keyWinlogEventID, keyWinlogProvider) {
			return 97
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		w := &s.win
		w.begin()
		leaves := s.flat.run(o.fields)
		var level, task, opcode, keywords, created event.Value
		for i := range leaves {
			f := &leaves[i]
			if l := f.Value.List(); len(l) == 1 {
				f.Value = l[0] // the fields option of a search wraps each value
			}
			name := f.Name.Text
			if at, known := winlogPlaces[name]; known {
				w.set(at, f.Value)
				continue
			}
			switch name {
			case "winlog.level", "log.level":
				level = f.Value
			case "winlog.task":
				task = f.Value
			case "winlog.opcode":
				opcode = f.Value
			case "winlog.keywords":
				keywords = f.Value
			case "message":
				w.rendered[renderedMessage] = f.Value
			case "winlog.time_created":
				created = f.Value
			default:
				if rest, ok := strings.CutPrefix(name, "winlog.event_data."); ok {
					w.data = append(w.data, event.Field{Name: s.flat.cut(f.Name, rest), Value: f.Value})
				} else if rest, ok := strings.CutPrefix(name, "winlog.user_data."); ok && rest != "xml_name" {
					w.data = append(w.data, event.Field{Name: s.flat.cut(f.Name, rest), Value: f.Value})
				}
			}
		}
		if v := fieldOf(leaves, nameDottedTimestamp); !v.IsNull() {
			if ticks, ok := ticksOf(v, nil); ok {
				ev.Logged = ticks
			}
			w.set(atSystemTime, v)
		}
		if !created.IsNull() {
			w.system[atSystemTime] = created
		}
		if w.system[atEventID].IsNull() {
			w.set(atEventID, fieldOf(leaves, nameEventCode))
		}
		w.set(atComputer, fieldOf(leaves, nameHostName))
		w.set(atProviderName, fieldOf(leaves, nameEventProvider))
		s.beatWords(level, task, opcode, keywords)
		s.beatParams(0)
		s.moveBack(leaves)
		return s.windowsEvent(ev)
	},
})

var (
	keyWinlog         = keyOf("winlog")
	keyWinlogChannel  = keyOf("winlog.channel")
	keyWinlogEventID  = keyOf("winlog.event_id")
	keyWinlogProvider = keyOf("winlog.provider_name")

	nameDottedTimestamp = event.NameOf("@timestamp")
	nameEventCode       = event.NameOf("event.code")
	nameHostName        = event.NameOf("host.name")
	nameEventProvider   = event.NameOf("event.provider")
)

var winlogPlaces = map[string]int{
	"winlog.channel": atChannel, "winlog.event_id": atEventID, "winlog.provider_name": atProviderName,
	"winlog.provider_guid": atProviderGUID, "winlog.version": atVersion, "winlog.record_id": atEventRecordID,
	"winlog.activity_id": atActivityID, "winlog.related_activity_id": atRelatedActivityID, "winlog.process.pid": atProcessID,
	"winlog.process.thread.id": atThreadID, "winlog.computer_name": atComputer, "winlog.user.identifier": atUserID,
}

// cut returns the Name of the rest of a path, and remembers it.
func (f *flattener) cut(path *event.Name, rest string) *event.Name {
	key := flatStep{step: path}
	if name := f.paths[key]; name != nil {
		return name
	}
	name := event.NameOf(rest)
	if f.paths == nil {
		f.paths = make(map[flatStep]*event.Name)
	}
	if len(f.paths) < jsonMaxNames {
		f.paths[key] = name
	}
	return name
}

// moved is a field of an event that ECS has elsewhere.
type moved struct {
	field *event.Name
	from  *event.Name
	shape func(s *shaper, v event.Value, leaves []event.Field) event.Value // nil: as it is
}

func movedField(field, from string) moved {
	return moved{field: event.NameOf(field), from: event.NameOf(from)}
}

func movedAs(field, from string, shape func(s *shaper, v event.Value, leaves []event.Field) event.Value) moved {
	return moved{field: event.NameOf(field), from: event.NameOf(from), shape: shape}
}

var (
	movedProcess = []moved{
		movedAs("ProcessGuid", "process.entity_id", guidAgain), movedField("ProcessId", "process.pid"), movedField("Image", "process.executable"),
	}
	movedUser   = []moved{movedAs("User", "user.name", accountAgain)}
	movedTarget = []moved{movedField("TargetFilename", "file.path")}
	movedPE     = []moved{
		movedField("FileVersion", "process.pe.file_version"), movedField("Description", "process.pe.description"),
		movedField("Product", "process.pe.product"), movedField("Company", "process.pe.company"),
		movedField("OriginalFileName", "process.pe.original_file_name"),
	}
)

func movedAll(lists ...[]moved) []moved {
	var all []moved
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// movedSysmon lists, by event id, the fields of Sysmon events that ECS has elsewhere, in the order of the events.
var movedSysmon = map[int64][]moved{
	1: movedAll(movedProcess, movedPE, []moved{
		movedField("CommandLine", "process.command_line"), movedField("CurrentDirectory", "process.working_directory"),
	}, movedUser, []moved{
		movedAs("Hashes", "process.hash.sha256", hashesAgain("process")),
		movedAs("ParentProcessGuid", "process.parent.entity_id", guidAgain), movedField("ParentProcessId", "process.parent.pid"),
		movedField("ParentImage", "process.parent.executable"), movedField("ParentCommandLine", "process.parent.command_line"),
	}),
	2: movedAll(movedProcess, movedTarget),
	3: movedAll(movedProcess, movedUser, []moved{
		movedField("Protocol", "network.transport"), movedAs("Initiated", "network.direction", initiatedAgain),
		movedField("SourceIp", "source.ip"), movedField("SourceHostname", "source.domain"), movedField("SourcePort", "source.port"),
		movedField("DestinationIp", "destination.ip"), movedField("DestinationHostname", "destination.domain"),
		movedField("DestinationPort", "destination.port"), movedField("DestinationPortName", "network.protocol"),
	}),
	5: movedProcess,
	6: {movedField("ImageLoaded", "file.path"), movedAs("Hashes", "file.hash.sha256", hashesAgain("file")), movedField("Signed", "file.code_signature.signed"), movedField("SignatureStatus", "file.code_signature.status"), movedField("Signature", "file.code_signature.subject_name")},
	7: movedAll(movedProcess, []moved{
		movedField("ImageLoaded", "file.path"), movedField("ImageLoaded", "dll.path"),
		movedField("FileVersion", "file.pe.file_version"), movedField("Description", "file.pe.description"),
		movedField("Product", "file.pe.product"), movedField("Company", "file.pe.company"),
		movedField("OriginalFileName", "file.pe.original_file_name"), movedAs("Hashes", "file.hash.sha256", hashesAgain("file")),
		movedAs("Hashes", "dll.hash.sha256", hashesAgain("dll")), movedField("Signed", "file.code_signature.signed"),
		movedField("Signature", "file.code_signature.subject_name"), movedField("SignatureStatus", "file.code_signature.status"),
	}),
	8: {
		movedAs("SourceProcessGuid", "process.entity_id", guidAgain), movedField("SourceProcessId", "process.pid"),
		movedField("SourceImage", "process.executable"),
	},
	9: movedProcess,
	10: {
		movedAs("SourceProcessGUID", "process.entity_id", guidAgain), movedField("SourceProcessId", "process.pid"),
		movedField("SourceThreadId", "process.thread.id"), movedField("SourceImage", "process.executable"),
	},
	11: movedAll(movedProcess, movedTarget, movedUser),
	12: movedAll(movedProcess, []moved{movedField("TargetObject", "registry.path")}),
	13: movedAll(movedProcess, []moved{movedField("TargetObject", "registry.path"), movedField("Details", "registry.data.strings")}),
	14: movedAll(movedProcess, []moved{movedField("TargetObject", "registry.path")}),
	15: movedAll(movedProcess, movedTarget, []moved{movedAs("Hash", "file.hash.sha256", hashesAgain("file"))}),
	17: movedAll(movedProcess, []moved{movedField("PipeName", "file.name")}, movedUser),
	18: movedAll(movedProcess, []moved{movedField("PipeName", "file.name")}, movedUser),
	22: movedAll(movedProcess, []moved{
		movedField("QueryName", "dns.question.name"), movedField("QueryStatus", "sysmon.dns.status"),
	}, movedUser),
	23: movedAll(movedProcess, movedUser, movedTarget, []moved{movedAs("Hashes", "file.hash.sha256", hashesAgain("file"))}),
	24: movedAll(movedProcess, movedUser),
	25: movedProcess,
	26: movedAll(movedProcess, movedUser, movedTarget, []moved{movedAs("Hashes", "file.hash.sha256", hashesAgain("file"))}),
}

// movedSecurity is the same for the Security channel.
var movedSecurity = map[int64][]moved{
	4624: {
		movedAs("ProcessId", "process.pid", hexAgain), movedField("ProcessName", "process.executable"),
		movedField("IpAddress", "source.ip"), movedField("IpPort", "source.port"), movedField("WorkstationName", "source.domain"),
	},
	4625: {
		movedAs("ProcessId", "process.pid", hexAgain), movedField("ProcessName", "process.executable"),
		movedField("IpAddress", "source.ip"), movedField("IpPort", "source.port"), movedField("WorkstationName", "source.domain"),
	},
	4648: {
		movedAs("ProcessId", "process.pid", hexAgain), movedField("ProcessName", "process.executable"),
		movedField("IpAddress", "source.ip"), movedField("IpPort", "source.port"),
	},
	4688: {
		movedAs("NewProcessId", "process.pid", hexAgain), movedField("NewProcessName", "process.executable"),
		movedAs("ProcessId", "process.parent.pid", hexAgain), movedField("CommandLine", "process.command_line"),
		movedField("ParentProcessName", "process.parent.executable"),
	},
	4689: {movedAs("ProcessId", "process.pid", hexAgain), movedField("ProcessName", "process.executable")},
	4697: {movedField("ServiceName", "service.name"), movedField("ServiceType", "service.type")},
}

// movedPowerShell is the same for the channel of PowerShell.
var movedPowerShell = map[int64][]moved{
	4103: {movedField("Payload", "powershell.command.invocation_details")},
	4104: {
		movedField("MessageNumber", "powershell.sequence"), movedField("MessageTotal", "powershell.total"),
		movedField("ScriptBlockText", "powershell.file.script_block_text"),
		movedField("ScriptBlockId", "powershell.file.script_block_id"), movedField("Path", "file.path"),
	},
}

// moveBack gives the event the fields that only ECS still has.
func (s *shaper) moveBack(leaves []event.Field) {
	w := &s.win
	id := w.system[atEventID].Int()
	if v := w.system[atEventID]; v.Kind() == event.Text {
		id, _ = digits(v.Text())
	}
	var list []moved
	switch usualChannel(w.system[atChannel].Text()) {
	case "Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational":
		list = movedSysmon[id]
	case "Security":
		list = movedSecurity[id]
	case "Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational":
		list = movedPowerShell[id]
	}
	for _, m := range list {
		if !fieldOf(w.data, m.field).IsAbsent() {
			continue
		}
		v := fieldOf(leaves, m.from)
		if m.shape != nil {
			v = m.shape(s, v, leaves)
		}
		if !v.IsNull() && v.Kind() != event.Object {
			w.data = append(w.data, event.Field{Name: m.field, Value: v})
		}
	}
}

func guidAgain(_ *shaper, v event.Value, _ []event.Field) event.Value { return withBraces(v, false) }

// hexAgain returns a number as the Security channel prints process ids.
func hexAgain(s *shaper, v event.Value, _ []event.Field) event.Value {
	n := v.Int()
	if v.Kind() == event.Text {
		var ok bool
		if n, ok = digits(v.Text()); !ok {
			return v
		}
	}
	if v.IsNull() {
		return v
	}
	return s.hex(uint64(n))
}

var nameUserDomain = event.NameOf("user.domain")

// accountAgain joins domain and name.
func accountAgain(s *shaper, v event.Value, leaves []event.Field) event.Value {
	domain := fieldOf(leaves, nameUserDomain)
	if v.IsNull() || domain.IsNull() || strings.Contains(v.Text(), `\`) {
		return v
	}
	text := domain.AppendText(nil)
	return s.keep(v.AppendText(append(text, '\\')))
}

func initiatedAgain(_ *shaper, v event.Value, _ []event.Field) event.Value {
	switch v.Text() {
	case "outbound", "egress":
		return event.TextValue("true")
	case "inbound", "ingress":
		return event.TextValue("false")
	}
	return event.Value{}
}

// hashesAgain joins the hashes of a file in the way of Sysmon.
func hashesAgain(of string) func(s *shaper, v event.Value, leaves []event.Field) event.Value {
	parts := []struct {
		label string
		from  []*event.Name
	}{
		{"SHA1=", []*event.Name{event.NameOf(of + ".hash.sha1")}},
		{"MD5=", []*event.Name{event.NameOf(of + ".hash.md5")}},
		{"SHA256=", []*event.Name{event.NameOf(of + ".hash.sha256")}},
		{"IMPHASH=", []*event.Name{event.NameOf(of + ".pe.imphash"), event.NameOf(of + ".hash.imphash")}},
	}
	return func(s *shaper, _ event.Value, leaves []event.Field) event.Value {
		var text []byte
		for _, p := range parts {
			for _, from := range p.from {
				if v := fieldOf(leaves, from); !v.IsNull() {
					if len(text) > 0 {
						text = append(text, ',')
					}
					text = append(append(text, p.label...), strings.ToUpper(v.Text())...)
					break
				}
			}
		}
		if len(text) == 0 {
			return event.Value{}
		}
		return s.keep(text)
	}
}
