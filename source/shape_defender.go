package source

import (
	"strings"

	"goshawk/event"
)

// Microsoft Defender's advanced hunting tables: an envelope of the streaming API with the columns under properties, a row of
// the table in Log Analytics, or a row of the portal's export, whose table is told by ActionType and columns. The record
// is the columns; a cell that is null or, in CSV, empty is absent. A row without Timestamp gets it from TimeGenerated.
var _ = registerShape(jsonShape{
	name: "defender",
	doc:  "rows of Microsoft Defender's hunting tables",
	certainty: func(o *jsonObject) int {
		switch {
		case o.object(keyPropertiesLower) != nil && strings.HasPrefix(o.text(keyCategory), "AdvancedHunting-"):
			return 99
		case defenderTables[o.text(keyType)]:
			return 99
		case o.has(keyDeviceID, keyActionType) && o.any(keyTimestampColumn, keyTimeGenerated) && o.any(keyReportID, keyDeviceName):
			return 97
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		columns, table := o.fields, o.text(keyType)
		if inner := o.object(keyPropertiesLower); inner != nil {
			columns, table = inner, strings.TrimPrefix(o.text(keyCategory), "AdvancedHunting-")
			if ticks, ok := ticksOf(o.first(keyTimeLower, keyTimestampColumn), nil); ok {
				ev.Logged = ticks
			}
		} else if ticks, ok := ticksOf(o.first(keyTimeGenerated, keyTimestampColumn), nil); ok {
			ev.Logged = ticks
		}
		if table == "" {
			table = defenderTable(o)
		}
		fields := ev.Record.Fields[:0]
		for _, f := range columns {
			if text, plain := f.Value.Plain(); f.Value.IsNull() || s.rows && plain && text == "" {
				continue
			}
			switch f.Name {
			case nameTenantID, nameType, nameSourceSystem, nameResourceID, nameManagement:
				continue
			case nameTimeGenerated:
				if !o.get(keyTimestampColumn).IsNull() {
					continue
				}
				f.Name = nameTimestamp
			}
			fields = append(fields, f)
		}
		ev.Record.Fields = fields
		ev.Class = s.class("defender", table, fieldOf(fields, nameActionType).Text())
		return true
	},
})

var (
	keyPropertiesLower = keyOf("properties")
	keyCategory        = keyOf("category")
	keyDeviceID        = keyOf("DeviceId")
	keyDeviceName      = keyOf("DeviceName")
	keyReportID        = keyOf("ReportId")
	keyTimestampColumn = keyOf("Timestamp")
	keyTimeLower       = keyOf("time")

	keyRegistryKey         = keyOf("RegistryKey")
	keyProcessCommandLine  = keyOf("ProcessCommandLine")
	keyProcessCreationTime = keyOf("ProcessCreationTime")
	keyProcessVersionInfo  = keyOf("ProcessVersionInfoOriginalFileName")
	keyRemoteIP            = keyOf("RemoteIP")
	keyRemoteURL           = keyOf("RemoteUrl")
	keyLogonType           = keyOf("LogonType")
	keyPreviousFileName    = keyOf("PreviousFileName")
	keyRequestProtocol     = keyOf("RequestProtocol")
	keySensitivityLabel    = keyOf("SensitivityLabel")
	keyFileOriginURL       = keyOf("FileOriginUrl")
	keyPreviousRegistryKey = keyOf("PreviousRegistryKeyName")
	keyRemoteDeviceName    = keyOf("RemoteDeviceName")
	keyCertificateSerial   = keyOf("CertificateSerialNumber")
	keyFolderPath          = keyOf("FolderPath")

	nameTenantID      = event.NameOf("TenantId")
	nameType          = event.NameOf("Type")
	nameSourceSystem  = event.NameOf("SourceSystem")
	nameResourceID    = event.NameOf("_ResourceId")
	nameManagement    = event.NameOf("MG")
	nameTimeGenerated = event.NameOf("TimeGenerated")
	nameTimestamp     = event.NameOf("Timestamp")
	nameActionType    = event.NameOf("ActionType")
)

var defenderTables = map[string]bool{
	"DeviceProcessEvents": true, "DeviceFileEvents": true, "DeviceImageLoadEvents": true, "DeviceNetworkEvents": true,
	"DeviceRegistryEvents": true, "DeviceLogonEvents": true, "DeviceEvents": true, "DeviceInfo": true, "DeviceNetworkInfo": true,
	"DeviceFileCertificateInfo": true, "AlertInfo": true, "AlertEvidence": true, "EmailEvents": true, "EmailUrlInfo": true,
	"EmailAttachmentInfo": true, "EmailPostDeliveryEvents": true, "UrlClickEvents": true, "IdentityLogonEvents": true,
	"IdentityQueryEvents": true, "IdentityDirectoryEvents": true, "IdentityInfo": true, "CloudAppEvents": true,
	"BehaviorInfo": true, "BehaviorEntities": true, "CloudAuditEvents": true, "CloudProcessEvents": true,
}

// defenderActions are the tables of action types that only one table has.
var defenderActions = map[string]string{
	"ProcessCreated": "DeviceProcessEvents", "OpenProcess": "DeviceProcessEvents", "ProcessCreatedUsingWmiQuery": "DeviceEvents",
	"FileCreated": "DeviceFileEvents", "FileModified": "DeviceFileEvents", "FileDeleted": "DeviceFileEvents",
	"FileRenamed": "DeviceFileEvents", "ImageLoaded": "DeviceImageLoadEvents",
	"RegistryKeyCreated": "DeviceRegistryEvents", "RegistryKeyDeleted": "DeviceRegistryEvents",
	"RegistryKeyRenamed": "DeviceRegistryEvents", "RegistryValueSet": "DeviceRegistryEvents",
	"RegistryValueDeleted": "DeviceRegistryEvents",
	"ConnectionSuccess":    "DeviceNetworkEvents", "ConnectionFailed": "DeviceNetworkEvents", "ConnectionFound": "DeviceNetworkEvents",
	"ConnectionRequest": "DeviceNetworkEvents", "ConnectionAttempt": "DeviceNetworkEvents",
	"ConnectionAcknowledged": "DeviceNetworkEvents", "InboundConnectionAccepted": "DeviceNetworkEvents",
	"ListeningConnectionCreated": "DeviceNetworkEvents", "DnsConnectionInspected": "DeviceNetworkEvents",
	"SslConnectionInspected": "DeviceNetworkEvents", "HttpConnectionInspected": "DeviceNetworkEvents",
	"NetworkSignatureInspected": "DeviceNetworkEvents",
	"LogonSuccess":              "DeviceLogonEvents", "LogonFailed": "DeviceLogonEvents", "LogonAttempted": "DeviceLogonEvents",
}

// defenderTable returns the table of a row of a device that does not say it. Only the columns of DeviceEvents are about
// nearly everything at once.
func defenderTable(o *jsonObject) string {
	if table := defenderActions[o.text(keyActionType)]; table != "" {
		return table
	}
	switch {
	case o.has(keyCertificateSerial):
		return "DeviceFileCertificateInfo"
	case o.has(keyRegistryKey) && o.any(keyProcessCommandLine, keyRemoteURL, keyFolderPath):
		return "DeviceEvents"
	case o.any(keyRegistryKey, keyPreviousRegistryKey):
		return "DeviceRegistryEvents"
	case o.has(keyProcessCommandLine) && o.any(keyProcessVersionInfo, keyProcessCreationTime) && !o.any(keyRemoteURL, keyRemoteDeviceName):
		return "DeviceProcessEvents"
	case o.has(keyLogonType):
		return "DeviceLogonEvents"
	case o.any(keyPreviousFileName, keyRequestProtocol, keySensitivityLabel):
		return "DeviceFileEvents"
	case o.has(keyRemoteIP) && !o.any(keyProcessCommandLine, keyFileOriginURL):
		return "DeviceNetworkEvents"
	}
	return "DeviceEvents"
}
