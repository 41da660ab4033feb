package detection

import "strings"

// EntityType is a type of entity that alerts of Microsoft Sentinel name: an account, a host, an address.
type EntityType struct {
	Name        string // Account, RegistryKey
	JSON        string // its name in the list of entities of an alert: account, registry-key
	Identifiers []string
	// Required are sets of identifiers of which at least one must be mapped as a whole.
	Required [][]string
	// Strong are sets of identifiers that tell the entity from all others; an entity that has none of them is told weakly.
	Strong [][]string
}

// The identifiers and what must be mapped are those of "Microsoft Sentinel entity types reference"; so are the strong ones, as far
// as they do not name another entity.
var entityTypes = []EntityType{
	{"Account", "account", list("Name FullName NTDomain DnsDomain UPNSuffix Sid AadTenantId AadUserId PUID IsDomainJoined DisplayName ObjectGuid CloudAppAccountId"),
		any1("FullName Sid Name AadUserId PUID ObjectGuid"),
		[][]string{{"AadUserId"}, {"PUID"}, {"ObjectGuid"}, {"Sid"}, {"Name", "UPNSuffix"}, {"Name", "NTDomain"}, {"Name", "DnsDomain"}}},
	{"Host", "host", list("DnsDomain NTDomain HostName FullName NetBiosName AzureID OMSAgentID OSFamily OSVersion IsDomainJoined"),
		any1("FullName HostName NetBiosName AzureID OMSAgentID"),
		[][]string{{"AzureID"}, {"OMSAgentID"}, {"HostName", "DnsDomain"}, {"HostName", "NTDomain"}, {"NetBiosName", "DnsDomain"}, {"NetBiosName", "NTDomain"}}},
	{"IP", "ip", list("Address AddressScope"), any1("Address"), any1("Address")},
	{"URL", "url", list("Url"), any1("Url"), any1("Url")},
	{"DNS", "dns", list("DomainName"), any1("DomainName"), any1("DomainName")},
	{"File", "file", list("Directory Name"), any1("Name"), [][]string{{"Directory", "Name"}}},
	{"FileHash", "filehash", list("Algorithm Value"), [][]string{{"Algorithm", "Value"}}, [][]string{{"Algorithm", "Value"}}},
	{"Process", "process", list("ProcessId CommandLine ElevationToken CreationTimeUtc"), any1("CommandLine ProcessId"), [][]string{{"ProcessId", "CreationTimeUtc"}}},
	{"RegistryKey", "registry-key", list("Hive Key"), any1("Key Hive"), [][]string{{"Hive", "Key"}}},
	{"RegistryValue", "registry-value", list("Name Value ValueType"), any1("Name"), nil}, // the key, which would tell it, is an entity of its own
	{"Malware", "malware", list("Name Category"), any1("Name"), [][]string{{"Name", "Category"}}},
	{"AzureResource", "azure-resource", list("ResourceId"), any1("ResourceId"), any1("ResourceId")},
	{"CloudApplication", "cloud-application", list("AppId Name InstanceName"), any1("AppId Name"), [][]string{{"AppId"}, {"Name"}}},
	{"SecurityGroup", "security-group", list("DistinguishedName SID ObjectGuid"), any1("DistinguishedName SID ObjectGuid"), any1("DistinguishedName SID ObjectGuid")},
	{"Mailbox", "mailbox", list("MailboxPrimaryAddress DisplayName Upn ExternalDirectoryObjectId RiskLevel"), any1("MailboxPrimaryAddress"), any1("MailboxPrimaryAddress")},
	{"MailMessage", "mail-message", list("Recipient Urls Threats Sender P1Sender P1SenderDisplayName P1SenderDomain SenderIP P2Sender P2SenderDisplayName P2SenderDomain " +
		"ReceivedDate NetworkMessageId InternetMessageId Subject BodyFingerprintBin1 BodyFingerprintBin2 BodyFingerprintBin3 BodyFingerprintBin4 BodyFingerprintBin5 " +
		"AntispamDirection DeliveryAction DeliveryLocation Language ThreatDetectionMethods"), any1("NetworkMessageId Recipient"), [][]string{{"NetworkMessageId", "Recipient"}}},
	{"MailCluster", "mail-cluster", list("NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus Threats Query QueryTime MailCount IsVolumeAnomaly " +
		"Source ClusterSourceIdentifier ClusterSourceType ClusterQueryStartTime ClusterQueryEndTime ClusterGroup"), any1("Query Source"), [][]string{{"Query", "Source"}}},
	{"SubmissionMail", "submission-mail", list("SubmissionId NetworkMessageId Recipient Submitter SubmissionDate Timestamp Sender SenderIp Subject ReportType"),
		any1("SubmissionId NetworkMessageId Recipient Submitter"), [][]string{{"SubmissionId", "NetworkMessageId", "Recipient", "Submitter"}}},
	{"IoTDevice", "iotdevice", list("IoTHub DeviceId DeviceName IoTSecurityAgentId DeviceType Source SourceRef Manufacturer Model OperatingSystem IpAddress MacAddress Protocols SerialNumber"),
		any1("DeviceId"), any1("DeviceId")},
}

func list(names string) []string { return strings.Fields(names) }

// any1 makes sets of one name each.
func any1(names string) (sets [][]string) {
	for _, name := range strings.Fields(names) {
		sets = append(sets, []string{name})
	}
	return sets
}

// EntityTypes returns all types. The caller must not change them.
func EntityTypes() []EntityType { return entityTypes }

// EntityTypeOf returns the type of a name, whatever its case: the one that mappings use or the one of an alert's list.
func EntityTypeOf(name string) (*EntityType, bool) {
	for i := range entityTypes {
		if t := &entityTypes[i]; strings.EqualFold(t.Name, name) || strings.EqualFold(t.JSON, name) {
			return t, true
		}
	}
	return nil, false
}

// Identifier returns an identifier of the type as the type spells it.
func (t *EntityType) Identifier(name string) (string, bool) {
	for _, known := range t.Identifiers {
		if strings.EqualFold(known, name) {
			return known, true
		}
	}
	return "", false
}
