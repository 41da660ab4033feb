package compile_test

import (
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// TestNameIn says what a canonical column is called in detections of each language, by the table that they read.
func TestNameIn(t *testing.T) {
	sigma := func(logsource string) string {
		return "title: x\nlogsource: {" + logsource + "}\ndetection: {s: {Image: y}, condition: s}\n"
	}
	texts := map[string]detection.Detection{
		"sigma":    {Language: detection.Sigma, Query: &diag.Source{Text: sigma("category: process_creation, product: windows")}},
		"asim":     {Language: detection.KQL, Query: &diag.Source{Text: `imProcessCreate | where TargetProcessName has "at"`}},
		"event":    {Language: detection.KQL, Query: &diag.Source{Text: `SecurityEvent | where EventID == 4688`}},
		"two":      {Language: detection.KQL, Query: &diag.Source{Text: `union (imProcessCreate | where TargetProcessName has "at"), (DeviceProcessEvents | where FileName has "at")`}},
		"no table": {Language: detection.KQL, Query: &diag.Source{Text: `print x = 1`}},
		"cim":      {Language: detection.SPL, Query: &diag.Source{Text: "| tstats count from datamodel=Endpoint.Processes where Processes.process_name=at.exe by Processes.user"}},
		"sysmon":   {Language: detection.SPL, Query: &diag.Source{Text: `search source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational" EventCode=1 Image=*at.exe`}},
		"raw":      {Language: detection.SPL, Query: &diag.Source{Text: `search Image=*at.exe`}},
	}
	rules := map[string]*compile.Rule{}
	for name, d := range texts {
		d.Title = name
		if rules[name] = compile.Text(d, compile.Options{}); rules[name].Refused {
			t.Fatal(name, rules[name].Diagnostics)
		}
	}
	const domain = " has also the domain of the account, where it was logged"
	for _, test := range []struct{ rule, field, name, note, err string }{
		{"sigma", "process.command_line", "CommandLine", "", ""},
		{"sigma", "user.account", "User", "", ""},
		{"sigma", "user.name", "User", "User" + domain, ""},
		{"sigma", "Whatever", "Whatever", "", ""},
		{"sigma", "url.original", "", "", "Sigma's windows process_creation has no field with what url.original holds; write the condition with a field of the rule"},
		{"asim", "process.executable", "TargetProcessName", "", ""},
		{"asim", "process.hash.sha256", "TargetProcessSHA256", "", ""},
		{"asim", "user.name", "TargetUsername", "TargetUsername" + domain, ""},
		{"asim", "process.entity_id", "", "", "asim/ProcessEvent has no field with what process.entity_id holds; write the condition with a field of the rule"}, // written otherwise there
		{"event", "process.executable", "NewProcessName", "", ""},
		{"two", "process.executable", "", "", `process.executable is TargetProcessName or FolderPath in what "two" reads; write the condition with a field of the rule`},
		{"no table", "user.name", "", "", "the query, which reads no table, has no field with what user.name holds; write the condition with a field of the rule"},
		{"cim", "user.name", "user", "", ""},
		{"cim", "user.account", "", "", "cim/Endpoint.Processes has no field with what user.account holds; write the condition with a field of the rule"}, // it has less
		{"cim", "process.command_line", "process", "", ""},
		{"sysmon", "process.parent.executable", "ParentImage", "", ""},
		{"raw", "user.name", "", "", `which events "raw" reads is not known, and so not what they call user.name; write the condition with a field of the rule`},
	} {
		got, err := compile.NameIn(rules[test.rule], test.field, taxonomy.Default())
		said := ""
		if err != nil {
			said = err.Error()
		}
		if err == nil && (got.Text != test.name || got.Note != test.note) || said != test.err {
			t.Errorf("%s of %s: got %+v, %s", test.field, test.rule, got, said)
		}
	}
}
