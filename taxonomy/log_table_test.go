package taxonomy_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/schema"
	"goshawk/taxonomy"
)

var updateReference = flag.Bool("update-reference", false, "write tables/ anew from the shared schemas")

// What we ship is what the reference says.
func TestReference(t *testing.T) {
	rows := readCSV(t, shared.Dir(t, "schemas", "log_analytics_tables.csv"))
	letters := map[string]string{"string": "s", "long": "l", "int": "i", "real": "r", "bool": "b", "datetime": "t", "dynamic": "d", "guid": "g"}
	lines := map[string][]string{}
	for _, row := range rows {
		if letters[row[2]] == "" {
			t.Fatalf("a column of type %q", row[2])
		}
		lines[row[0]] = append(lines[row[0]], letters[row[2]]+row[1])
	}
	var b strings.Builder
	for _, name := range sortedKeys(lines) {
		fmt.Fprintln(&b, name, strings.Join(lines[name], " "))
	}
	fields, err := os.ReadFile(shared.Dir(t, "schemas", "asim_fields.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"tables/log_analytics.txt": b.String(), "tables/asim_fields.csv": string(fields)} {
		if *updateReference {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what the reference says (%v); go test ./taxonomy -run Reference -update-reference writes it anew", file, err)
		}
	}
	tax := taxonomy.Default()
	for name := range lines {
		table, ok := tax.LogTable(name)
		if !ok {
			t.Errorf("no table %s", name)
			continue
		}
		for i, column := range lines[name] {
			if c := table.Columns[i]; letters[c.Type.String()]+c.Name != column {
				t.Errorf("%s: column %d is %s %s, want %s", name, i, c.Name, c.Type, column)
			}
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestLogTable(t *testing.T) {
	tax := taxonomy.Default()
	if names := tax.LogTables(); len(names) < 800 || !slices.IsSorted(names) || !slices.Contains(names, "DeviceProcessEvents") || slices.Contains(names, "Timestamp") {
		t.Errorf("%d tables", len(names))
	}
	if names := tax.AsimSchemas(); !slices.Contains(names, "ProcessEvent") || slices.Contains(names, "Common") {
		t.Errorf("the schemas are %q", names)
	}
	for _, name := range []string{"", "securityevent", "SecurityEvent ", "Nobody_CL", "sentinel/SecurityEvent"} {
		if _, ok := tax.LogTable(name); ok {
			t.Errorf("there is a table %q", name)
		}
	}
	for _, test := range []struct {
		table, column string
		typ           schema.Type
		scanned       string
		hidden        bool
	}{
		{"SecurityEvent", "EventID", schema.Int, "sentinel/SecurityEvent/EventID", false},
		{"SecurityEvent", "EventOriginId", schema.String, "sentinel/SecurityEvent/EventOriginId", true},
		{"SecurityEvent", "TimeGenerated", schema.Datetime, "@timestamp", false},
		{"SecurityEvent", "Timestamp", schema.Datetime, "@timestamp", true},
		{"SecurityEvent", "_TimeReceived", schema.Datetime, "sentinel/SecurityEvent/_TimeReceived", true},
		{"SecurityEvent", "_ItemId", schema.String, "sentinel/SecurityEvent/_ItemId", true},
		{"SecurityEvent", "_BilledSize", schema.Real, "sentinel/SecurityEvent/_BilledSize", false},
		{"WindowsEvent", "EventData", schema.Dynamic, "sentinel/WindowsEvent/EventData", false},
		{"DeviceProcessEvents", "Timestamp", schema.Datetime, "@timestamp", false},
		{"DeviceProcessEvents", "ReportId", schema.Long, "sentinel/DeviceProcessEvents/ReportId", false},
		{"AlertInfo", "ReportId", schema.Long, "sentinel/AlertInfo/ReportId", false},
		{"GCPAuditLogs", "Timestamp", schema.Datetime, "sentinel/GCPAuditLogs/Timestamp", false},
		{"AzureDiagnostics", "TimeGenerated", schema.Datetime, "@timestamp", true},
	} {
		table, ok := tax.LogTable(test.table)
		if !ok {
			t.Errorf("no table %s", test.table)
			continue
		}
		c, ok := table.Column(test.column)
		if !ok || c.Type != test.typ || c.Column != test.scanned || c.Hidden != test.hidden {
			t.Errorf("%s.%s is %+v, %v", test.table, test.column, c, ok)
		}
		if table.Name != test.table || table.Table != "sentinel/"+test.table {
			t.Errorf("the table is called %s, %s", table.Name, table.Table)
		}
		hidden := false // those that are stand behind those that are not
		for _, c := range table.Columns {
			if hidden && !c.Hidden {
				t.Errorf("%s: %s stands behind hidden columns", test.table, c.Name)
			}
			hidden = c.Hidden
		}
	}
	fed, _ := tax.LogTable("SecurityEvent")
	unfed, _ := tax.LogTable("AACAudit")
	if !fed.Fed || unfed.Fed {
		t.Errorf("SecurityEvent is fed: %v, AACAudit: %v", fed.Fed, unfed.Fed)
	}
}

func TestAsimFields(t *testing.T) {
	fields := map[string]taxonomy.AsimField{}
	for _, f := range taxonomy.AsimFields("ProcessEvent") {
		fields[f.Name] = f
	}
	if f := fields["CommandLine"]; f.Class != "Alias" || f.Type != schema.String || !slices.Equal(f.Aliased, []string{"TargetProcessCommandLine"}) {
		t.Errorf("CommandLine is %+v", f)
	}
	if f := fields["EventCount"]; f.Class != "Mandatory" || f.Type != schema.Int {
		t.Errorf("EventCount is %+v", f)
	}
	if f := fields["EventResult"]; !slices.Contains(f.Allowed, "Success") {
		t.Errorf("EventResult is %+v", f)
	}
	for _, name := range taxonomy.Default().AsimSchemas() {
		for _, f := range taxonomy.AsimFields(name) {
			if f.Type == schema.Any {
				t.Errorf("%s.%s has no type", name, f.Name)
			}
		}
	}
	if taxonomy.AsimFields("Nothing") != nil {
		t.Error("there are fields of nothing")
	}
}

// A user's own view makes rows of any table, of ours and of one that it declares, and wins over what we ship.
func TestLoadTables(t *testing.T) {
	tax, diags := taxonomy.Load(fstest.MapFS{
		"payroll.yaml": {Data: []byte(`
view: sentinel
title: Payroll
match: {product: json, sourcetype: payroll}
schemas:
  Payroll_CL:
    columns: {Who: string, Amount: real, Paid: bool, Steps: dynamic, Size: string}
    defaults: {Size: 'case when row.Amount > 100.0 then "large" else "small" end'}
records:
  - tables:
      Payroll_CL: {columns: {Who: [who, whom], Amount: sum, Paid: paid, Steps: steps}}
      DeviceLogonEvents: {when: 'kind equals "logon"', columns: {ActionType: '"LogonSuccess"', AccountName: who, RemotePort: port, IsLocalAdmin: true}}
  - match: {id: secret}
    tables: {Payroll_CL: none}
`)},
		"sysmon.yaml": {Data: []byte(`
view: sentinel
title: Our own
records:
  - match: {product: windows, channel: Microsoft-Windows-Sysmon/Operational, id: "1"}
    tables:
      DeviceProcessEvents: {columns: {MachineGroup: '"ours"', AccountName: User, FileName: null}}
      WindowsEvent: none
`)},
		"rows.yaml": {Data: []byte(`
view: sentinel
title: Rows of our own
match: {product: json, sourcetype: own}
records: [{tables: {W3CIISLog: {own: true, columns: {csHost: upper(row.csMethod)}}}}]
`)},
		"map.yaml": {Data: []byte("title: t\nmatch: {product: json, sourcetype: payroll}\nrecords: [{columns: {'@timestamp': parse_time(day)}}]\n")},
	})
	if len(diags) != 0 {
		t.Fatal(diags)
	}
	record := &event.Record{}
	for name, text := range map[string]string{"whom": "jo", "sum": "250", "paid": "TRUE", "day": "2026-05-12", "kind": "logon", "port": "0x50"} {
		record.Set(name, event.TextValue(text))
	}
	record.Set("who", event.TextValue(""))
	class := event.ClassOf(event.Class{Product: "json", Sourcetype: "PayRoll"})
	get := func(class *event.Class, table, column string) event.Value {
		t.Helper()
		l, ok := tax.LogTable(table)
		if !ok {
			t.Fatalf("no table %s", table)
		}
		c, ok := l.Column(column)
		if !ok {
			t.Fatalf("no column %s", column)
		}
		return evaluate(t, tax.Source(class, c.Column), record)
	}
	if got := tablesOf(t, tax, "sentinel", class, record); !slices.Equal(got, []string{"DeviceLogonEvents", "Payroll_CL"}) {
		t.Errorf("a row of %q", got)
	}
	for _, test := range []struct{ table, column, want string }{
		{"Payroll_CL", "Who", `"jo"`}, {"Payroll_CL", "Amount", "250"}, {"Payroll_CL", "Paid", "true"}, {"Payroll_CL", "Steps", "null"},
		{"Payroll_CL", "Size", `"large"`}, {"Payroll_CL", "TimeGenerated", `"2026-05-12T00:00:00Z"`}, {"Payroll_CL", "Type", `"Payroll_CL"`},
		{"Payroll_CL", "TenantId", `""`}, {"Payroll_CL", "_BilledSize", "null"},
		{"DeviceLogonEvents", "ActionType", `"LogonSuccess"`}, {"DeviceLogonEvents", "RemotePort", "80"}, {"DeviceLogonEvents", "IsLocalAdmin", "true"},
		{"DeviceLogonEvents", "AccountName", `""`}, {"DeviceLogonEvents", "LogonId", "null"},
	} {
		if got := string(get(class, test.table, test.column).AppendJSON(nil)); got != test.want {
			t.Errorf("%s.%s is %s, want %s", test.table, test.column, got, test.want)
		}
	}
	secret := event.ClassOf(event.Class{Product: "json", Sourcetype: "payroll", ID: "secret"})
	if got := tablesOf(t, tax, "sentinel", secret, record); !slices.Equal(got, []string{"DeviceLogonEvents"}) {
		t.Errorf("a row of %q", got)
	}
	own := event.ClassOf(event.Class{Product: "json", Sourcetype: "own"})
	record.Set("csMethod", event.TextValue("get"))
	if got := get(own, "W3CIISLog", "csMethod").Text() + get(own, "W3CIISLog", "csHost").Text(); got != "getGET" {
		t.Errorf("own columns are %q", got)
	}

	record.Set("User", event.TextValue(`CORP\Jo`))
	record.Set("Image", event.TextValue(`C:\a.exe`))
	for column, want := range map[string]string{"MachineGroup": "ours", "AccountName": `CORP\Jo`, "AccountDomain": "corp", "FileName": "", "FolderPath": `C:\a.exe`} {
		if got := get(sysmon("1"), "DeviceProcessEvents", column).Text(); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if _, in := tax.Route("sentinel/WindowsEvent", sysmon("1")); in {
		t.Error("still a row of WindowsEvent")
	}

	// What we ship stays as it is.
	if _, ok := taxonomy.Default().LogTable("Payroll_CL"); ok {
		t.Error("the embedded taxonomy has changed")
	}
	if _, in := taxonomy.Default().Route("sentinel/WindowsEvent", sysmon("1")); !in {
		t.Error("the embedded view has changed")
	}
}

func TestLoadTableComplaints(t *testing.T) {
	const head = "view: sentinel\nmatch: {product: p}\nrecords:\n"
	for _, test := range []struct {
		name, text, code string
		line             int
		hint             string
	}{
		{"nothing said", "view: sentinel\ntitle: t\n", "taxonomy-shape", 1, "say it under `records`"},
		{"unknown table", head + "  - tables: {SecurtyEvent: {}}\n", "taxonomy-unknown-table", 4, "did you mean `SecurityEvent`?"},
		{"a table of one's own", head + "  - tables: {Zzzzzzzzzzzzzzzzzzzz_CL: {}}\n", "taxonomy-unknown-table", 4, "a table of your own is declared under `schemas`, with the types of its columns"},
		{"unknown schema", "view: asim\nmatch: {product: p}\nrecords:\n  - tables: {ProcesEvent: {}}\n", "taxonomy-unknown-table", 4, "did you mean `ProcessEvent`?"},
		{"unknown column", head + "  - tables:\n      SecurityEvent:\n        columns:\n          EventId: x\n", "taxonomy-unknown-column", 7, "did you mean `EventID`?"},
		{"unknown column read", head + "  - tables: {SecurityEvent: {columns: {Account: row.Acount}}}\n", "taxonomy-unknown-column", 4, "did you mean `Account`?"},
		{"unknown column in a condition", head + "  - tables: {SecurityEvent: {when: 'row.Acount equals \"x\"'}}\n", "taxonomy-unknown-column", 4, "did you mean `Account`?"},
		{"a column of itself", head + "  - tables: {SecurityEvent: {columns: {Account: upper(row.TargetAccount), TargetAccount: lower(row.Account)}}}\n", "taxonomy-cycle", 4, ""},
		{"the time", head + "  - tables: {SecurityEvent: {columns: {TimeGenerated: x}}}\n", "taxonomy-table", 4, "give @timestamp in a map"},
		{"columns of no table", head + "  - tables: {'{channel}': {columns: {a: x}}}\n", "taxonomy-table", 4, "say `own: true`, or name the table"},
		{"unknown type", "view: sentinel\nschemas: {A_CL: {columns: {a: text}}}\n", "taxonomy-unknown-word", 2, ""},
		{"an alias is given", "view: sentinel\nmatch: {product: p}\nschemas: {A_CL: {columns: {a: string, b: string}, aliases: {b: row.a}}}\nrecords:\n  - tables: {A_CL: {columns: {b: x}}}\n",
			"taxonomy-alias", 5, "give the column that it is another name of"},
		{"every record", "view: sentinel\nrecords:\n  - tables: {SecurityEvent: {}}\n", "taxonomy-match", 3, "say at least which product writes it, or of which category they are"},
		{"no table", head + "  - tables: {SecurityEvent: maybe}\n", "taxonomy-unknown-word", 4, ""},
		{"bad expression", head + "  - tables: {SecurityEvent: {columns: {Account: basename(}}}\n", "", 4, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diags := taxonomy.Load(fstest.MapFS{"v.yaml": {Data: []byte(test.text)}})
			if len(diags) == 0 {
				t.Fatal("no complaint")
			}
			d := diags[0]
			line := d.Position().Line
			if test.code != "" && d.Code != test.code || line != test.line || test.hint != "" && d.Hint != test.hint {
				t.Errorf("%s at line %d, hint %q\n%s", d.Code, line, d.Hint, diags.Error())
			}
		})
	}
}
