package source

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// EventLogRecord of .NET, as PowerShell's Get-WinEvent | ConvertTo-Json writes it: Id, LogName, ProviderName, and the values
// of the event as Properties, by position alone. They get their names where the order of the event's fields is listed
// below for as many values as there are; else they are Data. Process and logon ids that are numbers there get back the
// hexadecimal form that Windows prints, GUIDs their braces, and a SID is its Value.
var _ = registerShape(jsonShape{
	name: "dotnet",
	doc:  "Windows events in the form of Get-WinEvent",
	certainty: func(o *jsonObject) int {
		if o.has(keyID, keyLogName) && o.any(keyProperties, keyRecordID, keyProviderName) {
			return 96
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		w := &s.win
		w.begin()
		w.take(o.fields, dotnetRoles)
		w.set(atSystemTime, dotnetTime(o.get(keyTimeCreated)))
		w.set(atUserID, dotnetText(o.get(keyUserID)))
		for _, at := range []int{atProviderGUID, atActivityID, atRelatedActivityID} {
			w.system[at] = withBraces(w.system[at], false)
		}
		w.set(atQualifiers, o.get(keyQualifiers))
		if v := w.rendered[renderedKeywords]; v.Kind() == event.List && len(v.List()) == 0 {
			w.rendered[renderedKeywords] = event.Value{}
		}
		var values []event.Value
		for _, p := range o.get(keyProperties).List() {
			v := p
			if r := p.Object(); r != nil {
				v = fieldOf(r.Fields, nameValue)
			}
			values = append(values, dotnetText(v))
		}
		channel := usualChannel(w.system[atChannel].Text())
		names := fieldOrder(channel, w.system[atEventID].Int(), len(values))
		for i, v := range values {
			if names == nil {
				w.data = append(w.data, event.Field{Name: winData, Value: v})
				continue
			}
			if channel == "Security" && hexFields[names[i]] && v.Kind() == event.Int {
				v = s.hex(uint64(v.Int()))
			}
			w.data = append(w.data, event.Field{Name: event.NameOf(names[i]), Value: withBraces(v, false)})
		}
		return s.windowsEvent(ev)
	},
})

var (
	keyID         = keyOf("Id")
	keyProperties = keyOf("Properties")
	keyRecordID   = keyOf("RecordId")
	keyUserID     = keyOf("UserId")
	keyQualifiers = keyOf("Qualifiers")
)

var dotnetRoles = func() *roles {
	r := rolesOf(map[string]role{
		"Id": roleSystem + atEventID, "LogName": roleSystem + atChannel, "ProviderName": roleSystem + atProviderName,
		"ProviderId": roleSystem + atProviderGUID, "Version": roleSystem + atVersion, "Level": roleSystem + atLevel,
		"Task": roleSystem + atTask, "Opcode": roleSystem + atOpcode, "Keywords": roleSystem + atKeywords,
		"RecordId": roleSystem + atEventRecordID, "ActivityId": roleSystem + atActivityID,
		"RelatedActivityId": roleSystem + atRelatedActivityID, "ProcessId": roleSystem + atProcessID,
		"ThreadId": roleSystem + atThreadID, "MachineName": roleSystem + atComputer,
		"Message": roleRendered + renderedMessage, "LevelDisplayName": roleRendered + renderedLevel,
		"TaskDisplayName": roleRendered + renderedTask, "OpcodeDisplayName": roleRendered + renderedOpcode,
		"KeywordsDisplayNames": roleRendered + renderedKeywords,
	})
	for i := range r {
		if r[i] == roleData {
			r[i] = roleDrop // ContainerLog, Bookmark, MatchedQueryIds …
		}
	}
	return r
}()

// dotnetText returns the value of an object that stands for a text: a SID, an enumeration.
func dotnetText(v event.Value) event.Value {
	if r := v.Object(); r != nil {
		for _, name := range []*event.Name{nameValue, nameValueLower} {
			if inner := fieldOf(r.Fields, name); !inner.IsNull() {
				return inner
			}
		}
	}
	return v
}

var (
	nameValueLower = event.NameOf("value")
	nameDateTime   = event.NameOf("DateTime")
)

// dotnetTime reads a time as ConvertTo-Json writes it: /Date(milliseconds)/, ISO 8601, or an object around either.
func dotnetTime(v event.Value) event.Value {
	if r := v.Object(); r != nil {
		if v = fieldOf(r.Fields, nameValueLower); v.IsNull() {
			v = fieldOf(r.Fields, nameDateTime)
		}
	}
	text := v.Text()
	if rest, ok := strings.CutPrefix(text, "/Date("); ok {
		number := rest
		if i := strings.IndexAny(rest[min(1, len(rest)):], "+-)"); i >= 0 {
			number = rest[:i+1]
		}
		if ms, err := strconv.ParseInt(number, 10, 64); err == nil {
			return event.TimeValue(event.UnixEpoch + ms*(event.TicksPerSecond/1000))
		}
	}
	return v
}

// hexFields are the fields of the Security channel that Windows prints in hexadecimal.
var hexFields = map[string]bool{
	"SubjectLogonId": true, "NewProcessId": true, "ProcessId": true, "TargetLogonId": true, "TargetLinkedLogonId": true,
	"LogonId": true,
}

// fieldOrders are the fields of common events in their order, one list for each version of the event that differs in their
// number.
var fieldOrders = map[string]map[int64][]string{
	"Microsoft-Windows-Sysmon/Operational": {
		1: {"RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine",
			"RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser",
			"RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine"},
		3: {"RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName"},
		5: {"RuleName UtcTime ProcessGuid ProcessId Image", "RuleName UtcTime ProcessGuid ProcessId Image User"},
		11: {"RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime",
			"RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User"},
		12: {"RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject",
			"RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject User"},
		13: {"RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details",
			"RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details User"},
		22: {"RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image",
			"RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User"},
	},
	"Security": {
		4624: {"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort",
			"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort ImpersonationLevel",
			"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort ImpersonationLevel RestrictedAdminMode TargetOutboundUserName TargetOutboundDomainName VirtualAccount TargetLinkedLogonId ElevatedToken"},
		4625: {"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus LogonType LogonProcessName AuthenticationPackageName WorkstationName TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"},
		4688: {"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName TokenElevationType ProcessId",
			"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName TokenElevationType ProcessId CommandLine",
			"SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName TokenElevationType ProcessId CommandLine TargetUserSid TargetUserName TargetDomainName TargetLogonId ParentProcessName MandatoryLabel"},
	},
}

// fieldOrder returns the names of so many values of an event, or nil.
func fieldOrder(channel string, id int64, values int) []string {
	for _, order := range fieldOrders[channel][id] {
		if names := strings.Fields(order); len(names) == values {
			return names
		}
	}
	return nil
}
