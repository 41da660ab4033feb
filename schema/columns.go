package schema

import (
	"sort"
	"sync"
)

// Column is one canonical column: a value that many producers log, under one name.
//
// The type is what the value means. A map gives the value as its producer logged it ("0x1f4" for a process id, "true" for
// a flag), so whoever needs the type converts; only the columns of type Datetime are times already.
type Column struct {
	Name string
	Type Type
	Doc  string // one sentence
	Own  bool   // our name: the Elastic Common Schema has none for it, or means something else by it
}

// ColumnByName returns the canonical column of a name.
func ColumnByName(name string) (Column, bool) {
	c, ok := columnIndex()[name]
	return c, ok
}

// Columns returns all canonical columns in the order of their names.
func Columns() []Column {
	list := append([]Column(nil), columns...)
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

var columnIndex = sync.OnceValue(func() map[string]Column {
	index := make(map[string]Column, len(columns))
	for _, c := range columns {
		index[c.Name] = c
	}
	return index
})

// own marks a column whose name is ours.
func own(name string, t Type, doc string) Column { return Column{name, t, doc, true} }

// ecs marks a column that the Elastic Common Schema names so.
func ecs(name string, t Type, doc string) Column { return Column{name, t, doc, false} }

// image gives the columns that describe the file below a prefix: what an executable, a library and a plain file share.
func image(prefix, what string) []Column {
	return []Column{
		own(prefix+".hash.all", String, "All hashes of "+what+" in one text, as algorithm=value pairs separated by commas."),
		ecs(prefix+".hash.md5", String, "MD5 of "+what+"."),
		ecs(prefix+".hash.sha1", String, "SHA-1 of "+what+"."),
		ecs(prefix+".hash.sha256", String, "SHA-256 of "+what+"."),
		ecs(prefix+".pe.imphash", String, "Import hash of "+what+"."),
		ecs(prefix+".pe.original_file_name", String, "Original file name in the version resource of "+what+"."),
		ecs(prefix+".pe.description", String, "Description in the version resource of "+what+"."),
		ecs(prefix+".pe.product", String, "Product in the version resource of "+what+"."),
		ecs(prefix+".pe.company", String, "Company in the version resource of "+what+"."),
		ecs(prefix+".pe.file_version", String, "File version in the version resource of "+what+"."),
		ecs(prefix+".code_signature.exists", Bool, "Whether "+what+" is signed."),
		ecs(prefix+".code_signature.subject_name", String, "Who signed "+what+"."),
		ecs(prefix+".code_signature.status", String, "What checking the signature of "+what+" gave."),
	}
}

// process gives the columns of a process below a prefix.
func process(prefix, what string) []Column {
	return []Column{
		ecs(prefix+".executable", String, "Full path of the executable of "+what+"."),
		ecs(prefix+".name", String, "Name of the executable of "+what+", without its folder."),
		ecs(prefix+".command_line", String, "Command line of "+what+", as logged."),
		ecs(prefix+".pid", Long, "Process id of "+what+", as logged (decimal or hexadecimal)."),
		ecs(prefix+".entity_id", String, "Identifier of "+what+" that is never used again."),
		own(prefix+".account", String, "Account that "+what+" runs as, as logged: name, or domain\\name."),
		own(prefix+".integrity_level", String, "Integrity level of "+what+": Low, Medium, High, System, or its SID."),
	}
}

var columns = gather(
	[]Column{
		ecs("@timestamp", Datetime, "When it happened, by the clock of the producer."),
		ecs("event.ingested", Datetime, "When the record reached the place where it is kept."),
		ecs("event.created", Datetime, "When an agent first read the record."),
		ecs("event.code", String, "Number or name by which the producer tells its kinds of event apart, such as 4688."),
		ecs("event.provider", String, "Part of the producer that wrote the event, such as a Windows event provider."),
		own("event.channel", String, "Log that the event was written to: Windows channel, Defender table, Zeek log."),
		ecs("event.module", String, "Product that wrote the event, in one word."),
		ecs("event.dataset", String, "Kind of log within the product."),
		ecs("event.action", String, "What was done, in the producer's word."),
		ecs("event.category", Dynamic, "Broad kinds that the event belongs to."),
		ecs("event.type", Dynamic, "What sort of event it is within its category: start, end, creation …"),
		ecs("event.outcome", String, "Whether it succeeded."),
		ecs("event.reason", String, "Why it happened or failed, in the producer's words."),
		ecs("event.severity", Long, "How grave the producer thinks it is, on its own scale."),
		ecs("event.id", String, "Identifier of the event that its producer gave it."),
		ecs("event.sequence", Long, "Number of the record in its log."),
		ecs("event.original", String, "The record as it was written."),
		ecs("message", String, "Text for people."),
		ecs("log.level", String, "Level word or number of the log record."),
		ecs("log.syslog.facility.name", String, "Syslog facility."),
		ecs("log.syslog.severity.name", String, "Syslog severity."),
		ecs("log.syslog.appname", String, "Program that wrote the syslog line."),
		ecs("log.syslog.procid", String, "Process id in the syslog line."),
		ecs("log.syslog.msgid", String, "Message id of an RFC 5424 line."),
		own("rule.trigger", String, "Rule of the producer's own configuration that had the event logged."),

		ecs("host.name", String, "Name of the machine that it happened on, as logged."),
		ecs("host.id", String, "Identifier of that machine in the product that watches it."),
		ecs("host.ip", Dynamic, "Addresses of that machine."),
		ecs("host.os.type", String, "Its operating system: windows, linux or macos."),
		ecs("observer.name", String, "Device that saw the event without being part of it."),
		ecs("cloud.account.id", String, "Cloud account, subscription or project."),
		ecs("cloud.region", String, "Cloud region."),
		ecs("cloud.service.name", String, "Cloud service that was called."),
		ecs("cloud.instance.id", String, "Cloud machine."),
		ecs("organization.id", String, "Tenant or organization."),

		own("user.account", String, "Account that acted, as logged: name, or domain\\name."),
		ecs("user.name", String, "Name of the account that acted, without its domain."),
		ecs("user.domain", String, "Domain of the account that acted."),
		ecs("user.id", String, "SID, uid or other identifier of the account that acted."),
		ecs("user.email", String, "Mail address or user principal name of the account that acted."),
		own("user.type", String, "What sort of identity acted: user, role, service …"),
		own("user.logon_id", String, "Logon session of the account that acted, as logged."),
		own("user.logon_guid", String, "Logon session of the account that acted as a GUID."),
		own("user.terminal_session_id", String, "Terminal session of the account that acted."),
		own("user.target.account", String, "Account acted upon, as logged."),
		ecs("user.target.name", String, "Name of the account acted upon."),
		ecs("user.target.domain", String, "Domain of the account acted upon."),
		ecs("user.target.id", String, "Identifier of the account acted upon."),
		own("user.target.logon_id", String, "Logon session of the account acted upon."),
		own("user.audit.id", String, "Linux login uid: who logged in, whatever the process runs as."),
		own("user.audit.name", String, "Name of the Linux login uid."),
		ecs("user.effective.id", String, "Effective uid of the process that acted."),
		ecs("user.effective.name", String, "Name of the effective uid."),
		ecs("group.id", String, "Identifier of the group."),
		ecs("group.name", String, "Name of the group."),
		own("logon.type", String, "How an account logged on: Windows logon type number or name."),
		own("logon.process", String, "Logon process or method."),
		own("logon.package", String, "Authentication package or protocol."),
		own("logon.workstation", String, "Name of the machine that a logon came from, as the client said it."),

		ecs("process.working_directory", String, "Current folder of the process."),
		own("process.tty", String, "Terminal of the process."),
		ecs("process.exit_code", Long, "Exit status of the process."),
		ecs("process.title", String, "Title that the process gave itself."),
		ecs("process.args", Dynamic, "Arguments of the process, one by one."),
		ecs("process.start", Datetime, "When the process began."),
		ecs("process.thread.id", Long, "Thread that acted."),
		own("process.token.elevation", String, "Token elevation type of the process."),
		own("process.access.granted", String, "Access rights to the target process that were granted, as a hexadecimal mask."),
		own("process.access.call_trace", String, "Calls that led to opening the target process."),
		own("process.tampering", String, "How the image of the process was tampered with."),
		own("target.process.start_address", String, "Address at which a remote thread begins."),
		own("target.process.start_module", String, "Module in which a remote thread begins."),
		own("target.process.start_function", String, "Function at which a remote thread begins."),
		own("target.process.new_thread_id", String, "Remote thread that was made."),

		ecs("file.path", String, "Full path of the file acted upon."),
		ecs("file.name", String, "Name of the file acted upon."),
		ecs("file.directory", String, "Folder of the file acted upon."),
		ecs("file.extension", String, "Extension of the file acted upon, without the dot."),
		ecs("file.size", Long, "Size of the file in bytes."),
		own("file.old_path", String, "Full path of the file before it was renamed."),
		own("file.creation_time", String, "Creation time that the file has, as logged."),
		own("file.previous_creation_time", String, "Creation time that the file had before, as logged."),
		own("file.stream_contents", String, "Text of an alternate data stream."),
		own("file.archived", String, "Whether a deleted file was kept."),
		own("file.is_executable", String, "Whether the file is an executable."),
		own("device.path", String, "Raw device that was read."),
		ecs("dll.path", String, "Full path of the library or driver that was loaded."),
		ecs("dll.name", String, "Name of the library or driver that was loaded."),
		own("pipe.name", String, "Name of the pipe."),

		ecs("registry.path", String, "Full path of the registry value or key, abbreviated hive first, as Sysmon prints it."),
		ecs("registry.key", String, "Path of the key below its hive."),
		ecs("registry.hive", String, "Hive: HKLM, HKU …"),
		ecs("registry.value", String, "Name of the registry value."),
		ecs("registry.data.strings", Dynamic, "Data of the registry value, as text."),
		ecs("registry.data.type", String, "Type of the registry value."),
		own("registry.event_type", String, "What was done to the registry: SetValue, CreateKey, DeleteKey, DeleteValue, RenameKey."),
		own("registry.new_path", String, "Path of the key after it was renamed."),
		own("registry.old_data", String, "Data that the registry value had before."),

		own("wmi.operation", String, "What was done to the WMI object."),
		own("wmi.name", String, "Name of the WMI filter or consumer."),
		own("wmi.namespace", String, "WMI namespace."),
		own("wmi.query", String, "Query of the WMI filter."),
		own("wmi.type", String, "Type of the WMI consumer."),
		own("wmi.destination", String, "What the WMI consumer runs or writes to."),
		own("wmi.consumer", String, "Path of the WMI consumer of a binding."),
		own("wmi.filter", String, "Path of the WMI filter of a binding."),

		own("script.text", String, "Text of the script that ran."),
		own("script.path", String, "Path of the script that ran; empty if typed."),
		own("script.id", String, "Identifier that joins the parts of one script."),
		own("script.context", String, "Context of a PowerShell pipeline, as logged."),
		own("script.payload", String, "Command and parameter bindings of a PowerShell pipeline, as logged."),
		own("script.data", Dynamic, "Unnamed data of a classic PowerShell event."),

		ecs("source.ip", String, "Address that the connection came from."),
		ecs("source.port", Long, "Port that the connection came from."),
		ecs("source.domain", String, "Name of the machine that the connection came from."),
		ecs("source.bytes", Long, "Bytes sent by the source."),
		own("source.port_name", String, "Usual name of the source port."),
		own("source.is_ipv6", String, "Whether the source address is of IP version 6."),
		ecs("destination.ip", String, "Address that the connection went to."),
		ecs("destination.port", Long, "Port that the connection went to."),
		ecs("destination.domain", String, "Name of the machine that the connection went to."),
		ecs("destination.bytes", Long, "Bytes sent by the destination."),
		own("destination.port_name", String, "Usual name of the destination port."),
		own("destination.is_ipv6", String, "Whether the destination address is of IP version 6."),
		ecs("network.transport", String, "Transport protocol: tcp, udp …"),
		ecs("network.protocol", String, "Application protocol."),
		ecs("network.direction", String, "Direction as seen by the host, in the producer's word."),
		own("network.initiated", String, "Whether the host opened the connection: true or false."),
		ecs("dns.question.name", String, "Name that was asked for."),
		ecs("dns.question.type", String, "Type of record that was asked for."),
		own("dns.answer.text", Dynamic, "All answers, as logged."),
		ecs("dns.answers", Dynamic, "Answers, one by one."),
		ecs("dns.resolved_ip", Dynamic, "Addresses among the answers."),
		ecs("dns.response_code", String, "What became of the question."),

		ecs("url.original", String, "URL as logged."),
		ecs("url.full", String, "Complete URL."),
		ecs("url.domain", String, "Host that was asked."),
		ecs("url.path", String, "Path of the URL."),
		ecs("url.query", String, "Query of the URL, without the question mark."),
		own("url.request", Dynamic, "The query, and the request as the client sent it, path and query in one."),
		ecs("url.extension", String, "Extension of the file that was asked for."),
		ecs("http.request.method", String, "HTTP method."),
		ecs("http.request.referrer", String, "Page that led here."),
		ecs("http.request.body.bytes", Long, "Size of the request body."),
		own("http.request.content_type", String, "Type of the request's content."),
		own("http.request.cookie", String, "Cookie of the request."),
		own("http.response.content_type", String, "Type of the response's content."),
		ecs("http.response.status_code", Long, "HTTP status."),
		ecs("http.response.body.bytes", Long, "Size of the response body."),
		ecs("http.version", String, "HTTP version."),
		ecs("user_agent.original", String, "User agent as the client sent it."),

		own("threat.name", String, "Name that a scanner gave to what it found."),
		own("threat.severity", String, "How grave the scanner thinks it is."),
		own("threat.action", String, "What the scanner did about it."),
		ecs("service.name", String, "Name of the service."),
		own("service.path", String, "Command line of the service."),
		own("service.state", String, "State of the service."),
		own("service.version", String, "Version of the program that wrote the event."),
		own("object.name", String, "Name of the object that was accessed."),
		own("object.type", String, "Type of the object that was accessed."),
		own("object.server", String, "Subsystem that owns the object that was accessed."),
		own("object.access_mask", String, "Access that was asked for, as a hexadecimal mask."),
		own("share.name", String, "Network share."),
		own("task.name", String, "Scheduled task."),
		own("clipboard.session", String, "Session whose clipboard changed."),
		own("clipboard.client", String, "Who put it there."),
		own("configuration.path", String, "Configuration that was read."),
		own("configuration.hash", String, "Hash of the configuration."),
	},
	process("process", "the process that acted"),
	process("process.parent", "its parent"),
	process("target.process", "the process acted upon"),
	[]Column{
		own("process.parent.parent.executable", String, "Full path of the executable of the parent's parent."),
		own("target.process.parent.executable", String, "Full path of the executable of the parent of the process acted upon."),
	},
	image("process", "the executable of the process that acted"),
	image("file", "the file"),
	image("dll", "the library or driver"),
	windowsMessages,
)

// windowsMessages are values of Windows events in which %%nnnn stands for a text of a message table: the columns hold the
// value as logged and with the texts put in, side by side, so that a comparison may mean either.
var windowsMessages = func() []Column {
	var list []Column
	for _, name := range []string{
		"AccessList", "AccessReason", "AccessMask", "AuditPolicyChanges", "Direction", "ElevatedToken", "Feature_Name",
		"ImpersonationLevel", "LayerName", "NewValueType", "OldValueType", "OperationType", "PrivilegeList", "Properties", "Reason",
		"TokenElevationType", "UserAccountControl", "VirtualAccount",
	} {
		list = append(list, own("winlog.event_data."+name, Dynamic, "Field "+name+" of a Windows event: as logged, and with message texts for its %%nnnn markers."))
	}
	return list
}()

func gather(lists ...[]Column) []Column {
	var all []Column
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
