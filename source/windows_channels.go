package source

import "strings"

// usualChannels are channels that detections ask for by name, spelled as Windows spells them.
var usualChannels = spellings(
	"Application", "DNS Server", "Directory Service", "DFS Replication", "ForwardedEvents", "HardwareEvents", "Internet Explorer",
	"Key Management Service", "MSExchange Management", "OAlerts", "Security", "Setup", "System", "Windows PowerShell",
	"Linux-Sysmon/Operational",
	"Microsoft-IIS-Configuration/Administrative", "Microsoft-IIS-Configuration/Operational",
	"Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational",
	"Microsoft-Windows-AppLocker/EXE and DLL", "Microsoft-Windows-AppLocker/MSI and Script",
	"Microsoft-Windows-AppLocker/Packaged app-Deployment", "Microsoft-Windows-AppLocker/Packaged app-Execution",
	"Microsoft-Windows-AppModel-Runtime/Admin", "Microsoft-Windows-AppXDeploymentServer/Operational",
	"Microsoft-Windows-AppxPackaging/Operational", "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
	"Microsoft-Windows-Application-Experience/Program-Telemetry", "Microsoft-Windows-Authentication/AuthenticationPolicyFailures-DomainController",
	"Microsoft-Windows-BitLocker/BitLocker Management", "Microsoft-Windows-Bits-Client/Operational", "Microsoft-Windows-CAPI2/Operational",
	"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational", "Microsoft-Windows-CodeIntegrity/Operational",
	"Microsoft-Windows-DHCP-Server/Operational", "Microsoft-Windows-DNS-Client/Operational", "Microsoft-Windows-DNS Client Events/Operational",
	"Microsoft-Windows-DNS-Server/Analytical", "Microsoft-Windows-DNS-Server/Audit", "Microsoft-Windows-DNSServer/Analytical",
	"Microsoft-Windows-DNSServer/Audit", "Microsoft-Windows-Diagnosis-Scripted/Operational",
	"Microsoft-Windows-DriverFrameworks-UserMode/Operational", "Microsoft-Windows-GroupPolicy/Operational",
	"Microsoft-Windows-HelloForBusiness/Operational", "Microsoft-Windows-Hyper-V-Worker-Admin", "Microsoft-Windows-Hyper-V-Worker/Operational",
	"Microsoft-Windows-Kernel-EventTracing/Admin", "Microsoft-Windows-Kernel-File/Analytic", "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
	"Microsoft-Windows-Kernel-ShimEngine/Operational", "Microsoft-Windows-LDAP-Client/Debug", "Microsoft-Windows-LSA/Operational",
	"Microsoft-Windows-NTFS/Operational", "Microsoft-Windows-NTLM/Operational", "Microsoft-Windows-PowerShell/Operational",
	"Microsoft-Windows-PrintService/Admin", "Microsoft-Windows-PrintService/Operational",
	"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", "Microsoft-Windows-SENSE/Operational",
	"Microsoft-Windows-SMBServer/Connectivity", "Microsoft-Windows-SMBServer/Operational", "Microsoft-Windows-SMBServer/Security",
	"Microsoft-Windows-Security-Mitigations/KernelMode", "Microsoft-Windows-Security-Mitigations/UserMode",
	"Microsoft-Windows-Security-Mitigations/Kernel Mode", "Microsoft-Windows-Security-Mitigations/User Mode",
	"Microsoft-Windows-Shell-Core/Operational", "Microsoft-Windows-SmbClient/Connectivity", "Microsoft-Windows-SmbClient/Operational",
	"Microsoft-Windows-SmbClient/Security", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-TaskScheduler/Maintenance",
	"Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TerminalServices-Gateway/Operational",
	"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "Microsoft-Windows-TerminalServices-RDPClient/Operational",
	"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", "Microsoft-Windows-User Profile Service/Operational",
	"Microsoft-Windows-VHDMP-Operational", "Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-WMI-Activity/Operational",
	"Microsoft-Windows-WinINet-Config/ProxyConfigChanged", "Microsoft-Windows-WinRM/Operational",
	"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender/WHC",
	"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "OpenSSH/Admin", "OpenSSH/Operational",
	"PowerShellCore/Operational",
)

func spellings(names ...string) map[string]string {
	m := make(map[string]string, len(names))
	for _, name := range names {
		m[strings.ToLower(name)] = name
	}
	return m
}

// usualChannel returns a channel as Windows spells it, whatever an exporter made of its case; unknown ones as they are.
func usualChannel(channel string) string {
	if usual, known := usualChannels[channel]; known { // all in lower case, as most who change it do
		return usual
	}
	if usual, known := usualChannels[strings.ToLower(channel)]; known {
		return usual
	}
	return channel
}

// usualProvider returns the provider that a channel and an event id imply, for carriers that lose it; "" if they imply
// none.
func usualProvider(channel string, id int64) string {
	switch channel {
	case "Security":
		if 1100 <= id && id <= 1108 {
			return "Microsoft-Windows-Eventlog"
		}
		return "Microsoft-Windows-Security-Auditing"
	case "System":
		switch {
		case id == 104:
			return "Microsoft-Windows-Eventlog"
		case 7000 <= id && id <= 7046:
			return "Service Control Manager"
		case 6005 <= id && id <= 6013:
			return "EventLog"
		}
		return ""
	case "Windows PowerShell":
		return "PowerShell"
	case "MSExchange Management":
		return "MSExchange CmdletLogs"
	case "Microsoft-Windows-BitLocker/BitLocker Management":
		return "Microsoft-Windows-BitLocker-API"
	case "DNS Server":
		return "Microsoft-Windows-DNS-Server-Service"
	}
	provider, _, found := strings.Cut(channel, "/")
	if !found || provider == "" {
		return ""
	}
	return provider
}
