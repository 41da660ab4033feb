package taxonomy_test

import (
	"fmt"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// documentTables writes which records are rows of the tables of KQL, and where the columns of some come from.
func documentTables(b *strings.Builder, tax *taxonomy.Taxonomy) {
	fmt.Fprintf(b, `
## Tables of KQL

A query can name the %d tables of Microsoft's reference for Log Analytics and Defender, with their columns. A plan scans them as
sentinel/Table, with the columns sentinel/Table/Column. Rows that were exported from any of them are rows of it, with their own
columns; rows of Defender's tables come from its streaming, its portal or Log Analytics. These are the records of other products that
are rows of a table. A category is one of Sigma, and stands for all records above that are of it.

A value is converted to the type of its column; a text is never null. TimeGenerated and Timestamp are both when it happened.
The head of `+"`taxonomy/views/sentinel/sysmon.yaml`"+` says how views are written.

| table | records |
|---|---|
`, len(tax.LogTables()))
	for _, name := range tax.LogTables() {
		writeFeeds(b, tax, name, "sentinel/"+name)
	}
	fmt.Fprint(b, `
## Schemas of ASIM

The functions of Microsoft's Advanced Security Information Model read the rows of a schema, which a plan scans as asim/Schema.

| schema | records |
|---|---|
`)
	for _, name := range tax.AsimSchemas() {
		writeFeeds(b, tax, name, "asim/"+name)
	}

	fmt.Fprint(b, `
## Where the columns of Defender's tables come from

Each column is one kind of record. Names are the record's own fields; – is a column that such records never fill.
`)
	for _, table := range deviceTables {
		l, _ := tax.LogTable(table.name)
		fmt.Fprintf(b, "\n### %s\n\n| column | type |", table.name)
		for _, k := range table.kinds {
			fmt.Fprintf(b, " %s |", k.title)
		}
		fmt.Fprint(b, "\n|---|---|", strings.Repeat("---|", len(table.kinds)), "\n")
		for _, c := range l.Columns {
			if c.Column == "@timestamp" || c.Name == "Type" {
				continue
			}
			var cells []string
			some := false
			for _, k := range table.kinds {
				text := sourceText(unconverted(tax.Source(event.ClassOf(k.class), c.Column)), "")
				some = some || text != "–"
				cells = append(cells, text)
			}
			if some {
				fmt.Fprintf(b, "| %s | %s | %s |\n", c.Name, c.Type, strings.Join(cells, " | "))
			}
		}
	}
}

func writeFeeds(b *strings.Builder, tax *taxonomy.Taxonomy, name, table string) {
	var lines []string
	for _, f := range tax.TableFeeds(table) {
		line := kindText(taxonomy.SplunkKind{Title: f.Title, Product: f.Product, Channel: f.Channel, Provider: f.Provider, ID: f.ID, Category: f.Category})
		if f.When {
			line += " under a condition"
		}
		lines = append(lines, line)
	}
	if lines != nil {
		fmt.Fprintf(b, "| %s | %s |\n", name, strings.Join(lines, "<br>"))
	}
}

// unconverted returns what the value of a column is before it is converted to the column's type.
func unconverted(e plan.Expr) plan.Expr {
	for {
		call, ok := e.(*plan.Call)
		if !ok || len(call.Args) == 0 {
			return e
		}
		switch name := call.Func.Name; {
		case name == "coalesce" && len(call.Args) == 2:
			if l, ok := call.Args[1].(*plan.Literal); !ok || l.Value.Text() != "" {
				return e
			}
		case name == "to_text" || name == "to_int" || name == "to_bool" || name == "to_float" || name == "parse_time":
		default:
			return e
		}
		e = call.Args[0]
	}
}

// deviceTables are the tables that the documentation shows, with kinds of record side by side.
var deviceTables = []struct {
	name  string
	kinds []shownKind
}{
	{"DeviceProcessEvents", []shownKind{
		windowsKind("Sysmon 1", sysmonChannel, "1"), windowsKind("Security 4688", "Security", "4688"),
		{"CrowdStrike ProcessRollup2", event.Class{Product: "crowdstrike", Channel: "Win", ID: "ProcessRollup2"}},
		{"Sysmon for Linux 1", event.Class{Product: "linux-sysmon", Channel: "Linux-Sysmon/Operational", ID: "1"}},
		{"auditd", event.Class{Product: "auditd", Channel: "event", ID: "process"}},
	}},
	{"DeviceFileEvents", []shownKind{
		windowsKind("Sysmon 11", sysmonChannel, "11"), windowsKind("Sysmon 23", sysmonChannel, "23"), windowsKind("Security 4663", "Security", "4663"),
		{"CrowdStrike NewExecutableWritten", event.Class{Product: "crowdstrike", Channel: "Win", ID: "NewExecutableWritten"}},
		{"auditd", event.Class{Product: "auditd", Channel: "event", ID: "file"}},
	}},
	{"DeviceNetworkEvents", []shownKind{
		windowsKind("Sysmon 3", sysmonChannel, "3"),
		{"CrowdStrike NetworkConnectIP4", event.Class{Product: "crowdstrike", Channel: "Win", ID: "NetworkConnectIP4"}},
		{"auditd", event.Class{Product: "auditd", Channel: "event", ID: "network"}},
	}},
	{"DeviceRegistryEvents", []shownKind{
		windowsKind("Sysmon 13", sysmonChannel, "13"), windowsKind("Sysmon 14", sysmonChannel, "14"), windowsKind("Security 4657", "Security", "4657"),
	}},
	{"DeviceLogonEvents", []shownKind{windowsKind("Security 4624", "Security", "4624"), windowsKind("Security 4625", "Security", "4625")}},
}
