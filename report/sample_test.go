package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
	"goshawk/source"
)

// sample is a made-up scan: an intrusion by way of a web shop, seen by six rules on four hosts, one of which names no user.
// Nothing in it is real.
func sample(t testing.TB) ([]*finding.Finding, *engine.Report, report.Options) {
	rules := map[string]*detection.Detection{
		"dump": {
			ID: "6f1d8c1e-0000-4000-8000-000000000001", Title: "Credentials Dumped From Memory", Language: detection.Sigma, Level: detection.Critical, Status: "stable",
			Description:    "Finds a process that reads the memory of LSASS, where Windows keeps what its users logged on with.\nThe access mask tells a dump from a look.",
			Author:         "A. Example, B. Example",
			License:        "DRL 1.1",
			Date:           "2025-03-01",
			Modified:       "2026-01-15",
			References:     []string{"https://example.org/reading-lsass", "Example, Memory and its Enemies, chapter 4"},
			Tags:           []string{"attack.credential-access", "attack.t1003.001"},
			FalsePositives: []string{"Antivirus software", "Crash reporting, if the path of the process is that of the reporter"},
			Fields:         []string{"SourceImage", "GrantedAccess"},
			DataSource:     "windows process_access",
			Path:           "rules/windows/dump.yml",
			Query:          &diag.Source{Name: "rules/windows/dump.yml", Text: "title: Credentials Dumped From Memory\nlogsource:\n    product: windows\n    category: process_access\ndetection:\n    selection:\n        TargetImage|endswith: '\\lsass.exe'\n        GrantedAccess: '0x1410'\n    condition: selection\nlevel: critical\n"},
		},
		"at": {
			ID: "6f1d8c1e-0000-4000-8000-000000000002", Title: "Job Queued With At", Language: detection.Sigma, Level: detection.Medium, Status: "test",
			Description: "The at command runs something once, later, and without its user.", Author: "C. Example", Tags: []string{"attack.execution", "attack.t1053.002"},
			DataSource: "linux process_creation", Path: "rules/linux/at.yml",
		},
		"off": {
			ID: "6f1d8c1e-0000-4000-8000-000000000003", Title: "Audit Daemon Stopped", Language: detection.Sigma, Level: detection.High, Status: "experimental",
			Author: "C. Example", Tags: []string{"attack.defense-evasion", "attack.t1562.001", "attack.t9999"}, DataSource: "linux auditd", Path: "rules/linux/audit_off.yml",
		},
		"login": {
			Title: "Logon From a New Country", Language: detection.SPL, Level: detection.Low, Tags: []string{"attack.t1078.004", "attack.t1562.008"}, DataSource: "aws cloudtrail", Path: "rules/cloud/country.yml",
		},
		"list": {
			ID: "6f1d8c1e-0000-4000-8000-000000000005", Title: "Directory Listed By a Script Of a Web Server, Which Is What Web Shells Do and Also Some Content Management Systems",
			Language: detection.KQL, Level: detection.Informational, DataSource: "linux process_creation", Path: "rules/web/listing.yml",
		},
	}
	rules["remote"] = &detection.Detection{
		ID: "6f1d8c1e-0000-4000-8000-000000000006", Title: "Job Queued On Another Machine", Language: detection.SPL, Level: detection.Medium, Status: "production", Version: 4,
		Type: "TTP", Description: "A job was queued on another machine.", Author: "D. Example", Tags: []string{"attack.t1053.002"}, DataSource: "Sysmon EventID 1",
		Stories: []string{"Jobs That Travel"}, HowToImplement: "Collect process creation with command lines.", Path: "content/detections/remote.yml",
		Answer: &detection.Answer{Kind: detection.TTP, Finding: true, Risk: true, RiskObjects: []detection.RiskObject{{Field: "dest", Type: "system", Score: 54}}},
	}
	start := event.TicksOf(time.Date(2026, 5, 12, 7, 58, 3, 250_000_000, time.UTC))
	minute := int64(60 * event.TicksPerSecond)
	var list []*finding.Finding
	add := func(rule string, minutes int64, host, user, file string, record uint64, why []finding.Reason, fields ...string) {
		f := &finding.Finding{
			Time: start + minutes*minute, Detection: rules[rule], Host: host, User: user, Message: rules[rule].Title, Why: why,
			Evidence: []finding.Evidence{{Source: file, Record: record, Time: start + minutes*minute}},
			Order:    finding.Order{Event: len(list)},
		}
		if minutes < 0 {
			f.Time, f.Evidence[0].Time = 0, 0
		}
		for i := 0; i+1 < len(fields); i += 2 {
			f.Fields.Set(fields[i], event.TextValue(fields[i+1]))
		}
		f.Identify()
		list = append(list, f)
	}
	shell := func(minutes int64, record uint64, command string) {
		add("list", minutes, "shop-01", "www-data", "triage.zip!shop-01/audit.log", record,
			[]finding.Reason{{Clause: "selection: parent has any (\"php-fpm\", \"apache2\")", Field: "exe", Value: "/bin/ls", From: 5, To: 7}},
			"exe", "/bin/ls", "cmdline", command, "cwd", "/var/www/shop", "uid_name", "www-data")
	}
	shell(0, 411, "ls -la /var/www/shop/uploads")
	shell(1, 415, "ls -la /home")
	shell(2, 420, "ls /etc/cron.d /etc/at.allow /etc/at.deny /var/spool/cron/crontabs /var/spool/cron/atjobs /etc/systemd/system /usr/lib/systemd/system /etc/init.d")
	add("at", 6, "shop-01", "www-data", "triage.zip!shop-01/audit.log", 431,
		[]finding.Reason{{Clause: "selection: Image|endswith: /at", Field: "exe", Value: "/usr/bin/at", From: 8, To: 11}},
		"exe", "/usr/bin/at", "cmdline", "at -f /dev/shm/.cache now + 10 minutes", "cwd", "/var/www/shop", "pid", "4140", "uid_name", "www-data")
	add("off", 17, "shop-01", "root", "triage.zip!shop-01/audit.log", 502,
		[]finding.Reason{{Clause: "keywords", Field: "cmdline", Value: "systemctl stop auditd", From: 10, To: 21}},
		"exe", "/usr/bin/systemctl", "cmdline", "systemctl stop auditd", "uid_name", "root")
	add("at", 34, "db-02", "mara", "triage.zip!db-02/syslog", 5109, []finding.Reason{{Clause: "selection: Image|endswith: /at", Field: "Image", Value: "/usr/bin/at", From: 8, To: 11}},
		"Image", "/usr/bin/at", "CommandLine", "at 23:30 -f /home/mara/backup.sh", "User", "mara")
	access := func(minutes int64, host string, record uint64, image string) {
		add("dump", minutes, host, `SHOP\adm-kolya`, "triage.zip!"+host+`/Microsoft-Windows-Sysmon%4Operational.evtx`, record,
			[]finding.Reason{
				{Clause: `selection: TargetImage|endswith: \lsass.exe`, Field: "TargetImage", Value: `C:\Windows\System32\lsass.exe`, From: 19, To: 29},
				{Clause: "selection: GrantedAccess: 0x1410", Field: "GrantedAccess", Value: "0x1410", From: 0, To: 6},
			},
			"Channel", "Microsoft-Windows-Sysmon/Operational", "EventID", "10", "SourceImage", image, "TargetImage", `C:\Windows\System32\lsass.exe`,
			"GrantedAccess", "0x1410", "CallTrace", `C:\Windows\SYSTEM32\ntdll.dll+9d4c4`+"\n"+`C:\Windows\System32\KERNELBASE.dll+2b6ee`, "SourceUser", `SHOP\adm-kolya`)
	}
	access(95, "OPS-PC3", 88121, `C:\Users\Public\dbgsrv.exe`)
	access(96, "OPS-PC3", 88130, `C:\Users\Public\dbgsrv.exe`)
	access(141, "DC-ÅRHUS-01", 1902443, `C:\PerfLogs\計測.exe`)
	add("login", -1, "", "arn:aws:iam::000000000000:user/ci", "cloudtrail.json", 7, nil, "eventName", "ConsoleLogin", "sourceIPAddress", "203.0.113.9")
	list[len(list)-1].Message = "ci logged on from 203.0.113.9"
	list[len(list)-1].Marks = event.Truncated
	add("remote", 150, "OPS-PC3", "adm-kolya", "triage.zip!OPS-PC3/Microsoft-Windows-Sysmon%4Operational.evtx", 88140,
		[]finding.Reason{{Clause: `tstats where: Processes.process=*\\\\*`, Field: "Processes.process", Value: `at \\DC-ÅRHUS-01 13:20 cmd`, From: 3, To: 5}},
		"dest", "OPS-PC3", "user", "adm-kolya", "process", `at \\DC-ÅRHUS-01 13:20 cmd`, "count", "1")
	remote := list[len(list)-1]
	remote.Notable, remote.Title, remote.Message, remote.Details, remote.More = true, "Job Queued On Another Machine by adm-kolya", "A job was queued from OPS-PC3", "adm-kolya queued a job.", 2
	remote.Risk = []finding.Risk{{Object: "OPS-PC3", Type: "system", Score: 54, Message: remote.Message}}
	remote.Threats = []finding.Threat{{Object: "at.exe", Type: "process_name"}}
	remote.Drilldown = []finding.Drilldown{{Name: "View what happened on OPS-PC3", Search: `search dest="OPS-PC3"`, Earliest: "1778574000", Latest: "1778577600"}}
	remote.Notes = []string{"the description names the field ticket, which the row does not have"}
	ledger := finding.NewLedger(finding.LedgerOptions{})
	ledger.Add(remote)

	r := &engine.Report{
		Inputs: []engine.InputReport{
			{Name: "triage.zip!shop-01/audit.log", Format: "auditd", Why: "type=SYSCALL msg=audit(", Certainty: 95, Bytes: 1_204_331, Events: 8_120, Lost: 2, Odd: 1, Problems: []source.Problem{
				{Source: "triage.zip!shop-01/audit.log", Record: 4411, Offset: 655_360, Code: "audit-syntax", Reason: "no msg=audit(…) in the line", Lost: true},
				{Source: "triage.zip!shop-01/audit.log", Record: 4412, Offset: 655_512, Code: "audit-syntax", Reason: "no msg=audit(…) in the line", Lost: true},
				{Source: "triage.zip!shop-01/audit.log", Record: 8001, Offset: -1, Code: "audit-incomplete", Reason: "the end of an event is missing"},
			}},
			{Name: "triage.zip!db-02/syslog", Format: "syslog", Certainty: 80, Bytes: 90_112, Events: 611},
			{Name: "triage.zip!OPS-PC3/Microsoft-Windows-Sysmon%4Operational.evtx", Format: "evtx", Certainty: 100, Bytes: 69_206_016, Events: 91_244},
			{Name: "triage.zip!DC-ÅRHUS-01/Microsoft-Windows-Sysmon%4Operational.evtx", Format: "evtx", Certainty: 100, Bytes: 1_090_519_040, Events: 1_902_512},
			{Name: "cloudtrail.json", Format: "json", Certainty: 90, Bytes: 812, Events: 9},
			{Name: "triage.zip!OPS-PC3/NTUSER.DAT", Skipped: true, Why: "no known format (starts with regf)"},
		},
		Events: 2_002_496, Matched: 10, Findings: int64(len(list)), Elapsed: 2_300 * time.Millisecond,
		RiskEvents: 1, Ledger: ledger, Throttled: 3, Unfilled: 1, Slots: 24, Unseen: 2,
		Failed: []engine.RuleFailure{{Rule: &compile.Rule{Detection: rules["list"]}, Diagnostics: diag.List{{Code: "exec-memory", Message: "the query needs more than 1024 bytes of memory (in its sort)", Hint: "narrow the query or allow it more memory"}}}},
		Blind: []engine.Blind{
			{Rule: &compile.Rule{Detection: &detection.Detection{Title: "Kernel Module Loaded", Level: detection.High, DataSource: "macos process_creation", Path: "rules/macos/kext.yml"}}},
			{Rule: &compile.Rule{Detection: &detection.Detection{Title: "Browser Extension Added", Level: detection.Low, DataSource: "macos process_creation", Path: "rules/macos/extension.yml"}}},
			{Rule: &compile.Rule{Detection: &detection.Detection{Title: "Unsigned Driver", Level: detection.High, DataSource: "windows driver_load", Path: "rules/windows/driver.yml"}}, Fields: []string{"Signed", "SignatureStatus"}},
		},
	}
	for _, f := range list {
		r.Levels[f.Detection.Level]++
		if f.Time != 0 && (r.First == 0 || f.Time < r.First) {
			r.First = f.Time
		}
		r.Last = max(r.Last, f.Time)
	}
	return list, r, report.Options{
		Command: "goshawk scan triage.zip cloudtrail.json -r rules", Version: "0.1.0", Width: 120,
		Rules: report.Rules{Files: []string{"rules"}, Loaded: 214, Refused: 3, Retired: 9, NotChosen: 12, Languages: map[string]int{"sigma": 212, "spl": 1, "kql": 1}},
	}
}

// write gives findings and report to a format.
func write(t testing.TB, format string, list []*finding.Finding, r *engine.Report, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	w, err := report.Open(format, &b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if err := w.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// talk returns what Talk says.
func talk(r *engine.Report, o report.TalkOptions) string {
	var b strings.Builder
	report.Talk(&b, r, o)
	return b.String()
}
