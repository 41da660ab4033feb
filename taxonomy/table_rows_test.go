package taxonomy_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// labelled is a folder of records with labels, in several carriers.
type labelled struct {
	Files   []string
	Records []struct {
		ID   json.RawMessage
		KQL  bool `json:"seed_kql"`
		Note string
	}
}

// promised are the tables that a record of a folder is a row of, whatever it says.
var promised = map[string][]string{
	"sysmon": {"Event", "WindowsEvent"}, "security4688": {"SecurityEvent"}, "sysmon-linux": {"Syslog"}, "auditd": {"Syslog"},
}

// Every record is a row of the tables that its producer feeds, and a program that was started is one of DeviceProcessEvents: the
// labels say which of them the rule is about, a path that ends in /at or /atd. Which carrier brought a record makes no difference.
func TestRowsOfSyntheticRecords(t *testing.T) {
	root := shared.Dir(t, "data", "synthetic", "at")
	folders, err := filepath.Glob(filepath.Join(root, "*", "labels.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no labels below %s: %v", root, err)
	}
	tax := taxonomy.Default()
	processes, _ := tax.LogTable("DeviceProcessEvents")
	folder, _ := processes.Column("FolderPath")
	for _, file := range folders {
		name := filepath.Base(filepath.Dir(file))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var labels labelled
		if err := json.Unmarshal(text, &labels); err != nil {
			t.Fatal(err)
		}
		carriers := map[string]*event.Record{} // table and record → the row, of the first carrier
		for i, carrier := range labels.Files {
			t.Run(name+"/"+carrier, func(t *testing.T) {
				byID := map[string][]*event.Event{}
				for _, ev := range readFile(t, filepath.Join(filepath.Dir(file), carrier)) {
					id := idOf(ev)
					byID[id] = append(byID[id], ev)
				}
				for _, label := range labels.Records {
					id := strings.Trim(string(label.ID), `"`)
					var tables []string
					fires := false
					for _, ev := range byID[id] {
						for _, table := range tablesOf(t, tax, "sentinel", ev.Class, &ev.Record) {
							tables = append(tables, table)
							l, _ := tax.LogTable(table)
							checkTypes(t, tax, l, ev.Class, &ev.Record)
							if row := rowOf(t, tax, l, ev); i == 0 {
								carriers[table+id] = row
							} else if strings.HasPrefix(table, "Device") {
								checkSameRow(t, table+" "+id, row, carriers[table+id])
							}
							if table == "DeviceProcessEvents" {
								path := strings.ToLower(evaluate(t, tax.Source(ev.Class, folder.Column), &ev.Record).Text())
								fires = fires || strings.HasSuffix(path, "/at") || strings.HasSuffix(path, "/atd")
							}
						}
					}
					for _, table := range promised[name] {
						if !slices.Contains(tables, table) {
							t.Errorf("%s is a row of %q, and not of %s: %s", id, tables, table, label.Note)
						}
					}
					if fires != label.KQL {
						t.Errorf("%s: found: %v, want %v: %s", id, fires, label.KQL, label.Note)
					}
				}
			})
		}
	}
}

// checkSameRow compares what two carriers say of a record: one may know more, such as the names of users, or may have cut it
// off, but they may not contradict each other.
func checkSameRow(t *testing.T, what string, a, b *event.Record) {
	t.Helper()
	if b == nil {
		t.Errorf("%s: no row by the other carrier", what)
		return
	}
	for _, f := range a.Fields {
		got, other := f.Value.Text(), b.Get(f.Name.Text).Text()
		if other != "" && !strings.HasPrefix(got, other) && !strings.HasPrefix(other, got) {
			t.Errorf("%s: %s is %.200q and %.200q", what, f.Name.Text, got, other)
		}
	}
}

// rowOf returns a row with the columns that have a value.
func rowOf(t *testing.T, tax *taxonomy.Taxonomy, table *taxonomy.LogTable, ev *event.Event) *event.Record {
	r := &event.Record{}
	for _, c := range table.Columns {
		if v := evaluate(t, tax.Source(ev.Class, c.Column), &ev.Record); !v.IsNull() && v.Text() != "" {
			r.Set(c.Name, v)
		}
	}
	return r
}

// idOf returns what labels know a record by.
func idOf(ev *event.Event) string {
	for _, name := range []string{"EventRecordID", "ReportId", "serial", "id"} {
		if v := ev.Record.Get(name); !v.IsNull() {
			return v.Text()
		}
	}
	return ""
}

func readFile(t testing.TB, path string) []*event.Event {
	t.Helper()
	var events []*event.Event
	err := source.ForEach(context.Background(), []string{path}, source.Options{}, func(ev *event.Event) bool {
		events = append(events, ev.Clone())
		return true
	}, nil, func(source.Problem) {})
	if err != nil || len(events) == 0 {
		t.Fatalf("%s: %d events, %v", path, len(events), err)
	}
	return events
}

// Whatever records say, every column of their rows has a value of its type. A few records of each class are enough.
func TestRowsOfRecordedData(t *testing.T) {
	const each = 3
	tax := taxonomy.Default()
	seen := map[*event.Class]int{}
	rows := map[string]int{}
	for _, folder := range []string{"evtx", "linux", "cloud", "network"} {
		path := shared.Dir(t, "data", folder)
		err := source.ForEach(context.Background(), []string{path}, source.Options{}, func(ev *event.Event) bool {
			if seen[ev.Class]++; seen[ev.Class] > each {
				return true
			}
			for _, table := range tablesOf(t, tax, "sentinel", ev.Class, &ev.Record) {
				l, _ := tax.LogTable(table)
				checkTypes(t, tax, l, ev.Class, &ev.Record)
				rows[table]++
			}
			return true
		}, nil, func(source.Problem) {})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range sorted(rows) {
		t.Logf("%d rows of %s", rows[table], table)
	}
	if rows["SecurityEvent"] == 0 || rows["Syslog"] == 0 {
		t.Error("there are no rows")
	}
}
