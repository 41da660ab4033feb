package source

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// messageFields adds the fields of an event that its rendered message tells, under the names that the event itself gives
// them. The same label means another field in another paragraph (Account Name of the Subject and of the New Logon), so
// labels are looked up by the heading of their paragraph; one that is not listed is the field of the label without blanks. The
// message is English, as Windows renders it.
func messageFields(data []event.Field, channel string, id int64, message string) []event.Field {
	switch channel {
	case "Security":
		return paragraphFields(data, id, message)
	case "System":
		if id == 7045 {
			return paragraphFields(data, id, message)
		}
	case "Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational":
		return labelledLines(data, message)
	case "Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational":
		if id == 4104 {
			return scriptBlock(data, message)
		}
	}
	return data
}

// messageReader gathers fields whose values may go on over several lines.
type messageReader struct {
	data []event.Field
	open []byte // the value of the last field, if it may go on
	more bool   // and whether it did
	full bool   // whether there are as many fields as a record may have
}

func (m *messageReader) field(name, value string) {
	m.close()
	if m.full = len(m.data) >= jsonMaxFields; m.full {
		return
	}
	m.data = append(m.data, event.Field{Name: event.NameOf(name), Value: event.TextValue(value)})
	m.open = append(make([]byte, 0, len(value)+64), value...)
}

// goOn adds a line to the last field. It reports false if that has ended.
func (m *messageReader) goOn(line string) bool {
	if m.open == nil {
		return false
	}
	m.open, m.more = append(append(m.open, '\n'), line...), true
	return true
}

// close ends the last field.
func (m *messageReader) close() {
	if m.more {
		m.data[len(m.data)-1].Value = event.TextValue(string(m.open))
	}
	m.open, m.more = nil, false
}

// labelledLines reads lines "Label: value", the first of which is the event's title.
func labelledLines(data []event.Field, message string) []event.Field {
	m := messageReader{data: data}
	_, rest, _ := strings.Cut(message, "\n")
	for rest != "" && !m.full {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		label, value, ok := strings.Cut(line, ":")
		if ok && label != "" && !strings.ContainsAny(label, " \t") {
			m.field(label, strings.TrimPrefix(value, " "))
		} else if line != "" {
			m.goOn(line)
		}
	}
	m.close()
	return m.data
}

// scriptBlock reads "Creating Scriptblock text (1 of 1):", the text, "ScriptBlock ID:" and "Path:".
func scriptBlock(data []event.Field, message string) []event.Field {
	title, rest, _ := strings.Cut(message, "\n")
	_, counts, ok := strings.Cut(title, "(")
	counts, _, closed := strings.Cut(counts, ")")
	number, total, of := strings.Cut(counts, " of ")
	end := strings.LastIndex(rest, "\nScriptBlock ID:")
	if !ok || !closed || !of || end < 0 {
		return data
	}
	text, tail := strings.TrimSuffix(rest[:end], "\n"), rest[end+len("\nScriptBlock ID:"):]
	block, path, _ := strings.Cut(tail, "\n")
	path = strings.TrimPrefix(strings.TrimLeft(path, "\n"), "Path:")
	path, _, _ = strings.Cut(path, "\n")
	for _, f := range []struct{ name, value string }{
		{"MessageNumber", number}, {"MessageTotal", total}, {"ScriptBlockText", text},
		{"ScriptBlockId", strings.TrimSpace(block)}, {"Path", strings.TrimSpace(path)},
	} {
		data = append(data, event.Field{Name: event.NameOf(f.name), Value: event.TextValue(f.value)})
	}
	return data
}

// paragraphFields reads paragraphs: a heading at the margin that ends in a colon, and below it lines with a tab, a label, a
// colon, tabs and a value, which may go on in lines with more tabs. A label with its value may stand at the margin as well.
func paragraphFields(data []event.Field, id int64, message string) []event.Field {
	m := messageReader{data: data}
	heading := ""
	_, rest, _ := strings.Cut(message, "\n")
	for rest != "" && !m.full {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimRight(line, "\r")
		bare := strings.TrimLeft(line, "\t ")
		indent := len(line) - len(bare)
		if strings.TrimSpace(line) == "" {
			if m.close(); indent == 0 {
				heading = ""
			}
			continue
		}
		label, value, ok := strings.Cut(bare, ":")
		label, value = strings.TrimRight(label, " "), strings.TrimLeft(value, "\t ")
		if len(label) > 40 || !ok || strings.Count(label, " ") > 4 {
			if indent > 0 {
				m.goOn(strings.TrimSpace(bare))
			}
			continue
		}
		if indent == 0 && value == "" && labelsOf[strconv.FormatInt(id, 10)+"/"][label] == "" {
			m.close()
			heading = label
			continue
		}
		if indent >= 2 && m.goOn(strings.TrimSpace(bare)) {
			continue
		}
		name := labelField(id, heading, label)
		switch name {
		case "":
			m.close()
			continue
		case "MandatoryLabel":
			value = integritySID(value)
		case "CommandLine": // which may well end in blanks
		default:
			value = strings.TrimRight(value, " \t")
		}
		m.field(name, value)
	}
	m.close()
	return m.data
}

// labelField returns the field of a label below a heading; "" for one that is none.
func labelField(id int64, heading, label string) string {
	if name, listed := labelsOf[strconv.FormatInt(id, 10)+"/"+heading][label]; listed {
		return name
	}
	if name, listed := labelsOf[heading][label]; listed {
		return name
	}
	if name, listed := labelsOf[""][label]; listed {
		return name
	}
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, label)
}

var (
	subjectLabels = map[string]string{
		"Security ID": "SubjectUserSid", "Account Name": "SubjectUserName", "Account Domain": "SubjectDomainName",
		"Logon ID": "SubjectLogonId", "Logon GUID": "LogonGuid",
	}
	targetLabels = map[string]string{
		"Security ID": "TargetUserSid", "Account Name": "TargetUserName", "Account Domain": "TargetDomainName",
		"Logon ID": "TargetLogonId", "Logon GUID": "LogonGuid", "Linked Logon ID": "TargetLinkedLogonId",
		"Network Account Name": "TargetOutboundUserName", "Network Account Domain": "TargetOutboundDomainName",
	}
	accountLabels = map[string]string{
		"Security ID": "TargetSid", "Account Name": "TargetUserName", "Account Domain": "TargetDomainName",
		"Group Name": "TargetUserName", "Group Domain": "TargetDomainName", "Old Account Name": "OldTargetUserName",
		"New Account Name": "NewTargetUserName", "Supplied Realm Name": "TargetDomainName", "User ID": "TargetSid",
		"Logon GUID": "LogonGuid",
	}
)

// labelsOf holds the fields of labels by heading, or by event id and heading; "" holds those that mean the same everywhere.
var labelsOf = map[string]map[string]string{
	"Subject": subjectLabels, "Creator Subject": subjectLabels,
	"Target Subject": targetLabels, "New Logon": targetLabels, "Account For Which Logon Failed": targetLabels,
	"Target Account": accountLabels, "New Account": accountLabels, "Group": accountLabels, "New Group": accountLabels,
	"Account Information": accountLabels, "Account That Was Locked Out": accountLabels, "Deleted Group": accountLabels,
	"Changed Group": accountLabels, "User": accountLabels, "Target Computer": accountLabels, "New Computer Account": accountLabels,
	"Account Whose Credentials Were Used": {
		"Account Name": "TargetUserName", "Account Domain": "TargetDomainName", "Logon GUID": "TargetLogonGuid",
	},
	"Target Server": {"Target Server Name": "TargetServerName", "Additional Information": "TargetInfo"},
	"Member":        {"Security ID": "MemberSid", "Account Name": "MemberName"},
	"Process Information": {
		"Process Command Line": "CommandLine", "Creator Process ID": "ProcessId", "Creator Process Name": "ParentProcessName",
		"Caller Process ID": "ProcessId", "Caller Process Name": "ProcessName",
	},
	"4697/Service Information": {"Service Name": "ServiceName", "Service File Name": "ServiceFileName", "Service Account": "ServiceAccount", "Service Start Type": "ServiceStartType"},
	"Service Information":      {"Service Name": "ServiceName", "Service ID": "ServiceSid"},
	"7045/":                    {"Service Name": "ServiceName", "Service File Name": "ImagePath", "Service Type": "ServiceType", "Service Start Type": "StartType", "Service Account": "AccountName"},
	"Network Information": {
		"Workstation Name": "WorkstationName", "Source Network Address": "IpAddress", "Source Port": "IpPort",
		"Client Address": "IpAddress", "Client Port": "IpPort", "Network Address": "IpAddress", "Port": "IpPort",
		"Source Address": "IpAddress",
	},
	"5154/Network Information": networkLabels, "5155/Network Information": networkLabels, "5156/Network Information": networkLabels,
	"5157/Network Information": networkLabels, "5158/Network Information": networkLabels, "5159/Network Information": networkLabels,
	"Application Information": {"Process ID": "ProcessID", "Application Name": "Application"},
	"Filter Information":      {"Filter Run-Time ID": "FilterRTID", "Layer Name": "LayerName", "Layer Run-Time ID": "LayerRTID"},
	"Detailed Authentication Information": {
		"Logon Process": "LogonProcessName", "Authentication Package": "AuthenticationPackageName",
		"Transited Services": "TransmittedServices", "Package Name (NTLM only)": "LmPackageName", "Key Length": "KeyLength",
	},
	"Object":            {"Handle ID": "HandleId", "DN": "ObjectDN", "GUID": "ObjectGUID", "Class": "ObjectClass"},
	"Operation":         {"Type": "OperationType", "Correlation ID": "OpCorrelationID", "Application Correlation ID": "AppCorrelationID", "Tree Delete": "TreeDelete"},
	"Directory Service": {"Name": "DSName", "Type": "DSType"},
	"Attribute":         {"LDAP Display Name": "AttributeLDAPDisplayName", "Syntax (OID)": "AttributeSyntaxOID", "Value": "AttributeValue"},
	"Share Information": {"Share Name": "ShareName", "Share Path": "ShareLocalPath", "Relative Target Name": "RelativeTargetName"},
	"Failure Information": {
		"Failure Reason": "FailureReason", "Status": "Status", "Sub Status": "SubStatus",
	},
	"Access Request Information": {"Transaction ID": "TransactionId", "Access Reasons": "AccessReason", "Restricted SID Count": "RestrictedSidCount"},
	"Additional Information": {
		"Result Code": "Status", "Failure Code": "Status", "Pre-Authentication Type": "PreAuthType",
		"Transited Services": "TransmittedServices", "Parameter 1": "AdditionalInfo", "Parameter 2": "AdditionalInfo2",
		"Caller Computer Name": "TargetDomainName", "Privileges": "PrivilegeList",
	},
	"4702/Task Information": {"Task New Content": "TaskContentNew"},
	"": {
		"Accesses": "AccessList", "Privileges Used for Access Check": "PrivilegeList", "Process ID": "ProcessId",
		"New Process ID": "NewProcessId", "Logon ID": "LogonId", "Logon GUID": "LogonGuid", "Handle ID": "HandleId",
		"Mandatory Label": "MandatoryLabel",
	},
}

// networkLabels are those of the filtering platform.
var networkLabels = map[string]string{
	"Source Address": "SourceAddress", "Source Port": "SourcePort", "Destination Address": "DestAddress",
	"Destination Port": "DestPort",
}

// integritySID returns the SID of an integrity level that the message has in words.
func integritySID(label string) string {
	_, level, ok := strings.Cut(label, `\`)
	if !ok {
		return label
	}
	switch level {
	case "Untrusted Mandatory Level":
		return "S-1-16-0"
	case "Low Mandatory Level":
		return "S-1-16-4096"
	case "Medium Mandatory Level":
		return "S-1-16-8192"
	case "Medium Plus Mandatory Level":
		return "S-1-16-8448"
	case "High Mandatory Level":
		return "S-1-16-12288"
	case "System Mandatory Level":
		return "S-1-16-16384"
	}
	return label
}
