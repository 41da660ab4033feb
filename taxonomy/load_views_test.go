package taxonomy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/event"
	"goshawk/taxonomy"
)

// A user's views stand on top of ours: fields of a narrower block win, event types add up, models grow.
func TestLoadViewsOnTop(t *testing.T) {
	tax, diags := taxonomy.Load(fstest.MapFS{
		"sysmon.yaml": {Data: []byte(`
view: splunk
title: Our own
match: {product: windows, channel: Microsoft-Windows-Sysmon/Operational}
records:
  - fields: {user: upper(basename(User)), team: '"blue"'}
    index: endpoint
  - match: {id: ["5"]}
    eventtypes: [{name: ms-sysmon-process, tags: [process, report]}]
`)},
		"payroll.yaml": {Data: []byte(`
view: splunk
title: Payroll
match: {sourcetype: pay*}
records:
  - fields: {dest: machine, amount: 'to_number(sum)'}
    eventtypes: [{name: payment, tags: [payment], when: 'kind equals "out"'}, {name: huge, tags: [huge], when: '` + "`splunk/amount`" + ` > 200'}]
  - match: {sourcetype: payroll, product: json}
    fields: {amount: 'to_float(sum)'}
`)},
		"model.yaml": {Data: []byte(`
view: cim
model: Payments
title: Payments
datasets:
  All_Payments:
    tags: [payment]
    fields:
      amount: {type: number, fill: 0}
      dest: {fill: unknown}
      size: {from: 'case when amount > 100 then "large" else "small" end'}
  Large:
    parent: All_Payments
    where: size equals "large"
    fields: {approver: }
`)},
		"endpoint.yaml": {Data: []byte(`
view: cim
model: Endpoint
datasets:
  Processes:
    fields:
      team: {fill: nobody}
      user: {fill: none}
`)},
	})
	if len(diags) != 0 {
		t.Fatal(diags)
	}
	ev := &event.Event{Class: sysmon("1")}
	ev.Record.Set("User", event.TextValue(`CORP\jo`))
	for column, want := range map[string]string{
		"splunk/user": "JO", "splunk/team": "blue", "splunk/index": "endpoint", "splunk/EventChannel": "",
		"cim/Endpoint/Processes.user": "JO", "cim/Endpoint/Processes.team": "blue", "cim/Endpoint/Processes.parent_process": "unknown",
	} {
		if got := valueIn(t, tax, ev, column).Text(); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if _, in := tax.Route("cim/Endpoint.Processes", sysmon("5")); !in {
		t.Error("the user's event type does not make an end of a process an event of Processes")
	}

	pay := &event.Event{Class: event.ClassOf(event.Class{Product: "json", Sourcetype: "PayRoll"})}
	pay.Record.Set("kind", event.TextValue("out"))
	pay.Record.Set("sum", event.TextValue("250"))
	if got := datasetsOf(t, tax, pay); strings.Join(got, " ") != "Payments.All_Payments Payments.Large" {
		t.Errorf("a payment is an event of %q", got)
	}
	if got := valueIn(t, tax, pay, "splunk/tag").Text(); got != `["payment","huge"]` {
		t.Errorf("a payment has the tags %s", got)
	}
	if got := valueIn(t, tax, pay, "cim/Payments/All_Payments.dest").Text(); got != "unknown" {
		t.Errorf("the machine is %q", got)
	}
	m, _ := tax.DataModel("Payments")
	d, _ := m.Dataset("Large")
	if column, _ := d.Column("All_Payments.Large.approver"); column != "cim/Payments/All_Payments.Large.approver" {
		t.Errorf("the column is %q", column)
	}
	if fields, known := tax.SplunkFieldsOf("payroll"); !known || !contains(fields, "amount") || contains(fields, "granted_access") {
		t.Errorf("payroll has the fields %q", fields)
	}

	// What we ship stays as it is.
	if got := valueIn(t, taxonomy.Default(), ev, "splunk/user").Text(); got != "jo" {
		t.Errorf("the embedded user is %q", got)
	}
	if _, ok := taxonomy.Default().DataModel("Payments"); ok {
		t.Error("the embedded taxonomy has changed")
	}
	if d, _ := dataset(t, "Endpoint", "Processes").Field("Processes.user"); d.Fill != "unknown" {
		t.Errorf("the embedded model has changed: %+v", d)
	}
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

func TestKnownFields(t *testing.T) {
	tax := taxonomy.Default()
	all := tax.SplunkFields()
	for _, name := range []string{"EventCode", "dest", "signature_id", "registry_value_data", "ScriptBlockText", "_time", "host", "url"} {
		if !contains(all, name) {
			t.Errorf("%s is not among all fields", name)
		}
	}
	for _, test := range []struct {
		sourcetype    string
		has, has2     string
		hasNot        string
		knownOtherwis bool
	}{
		{"XmlWinEventLog", "EventCode", "process_guid", "ImageFileName", true},
		{"xmlwineventlog", "GrantedAccess", "Logon_Type", "Provider_Name", true},
		{"WinEventLog", "ComputerName", "Account_Name", "SYSCALL", true},
		{"linux:audit", "comm", "dest", "EventCode", true},
		{"sysmon:linux", "Image", "process_name", "ScriptBlockText", true},
		{"crowdstrike:events:sensor", "process_hash", "dest", "EventCode", true},
		{"nobody:knows", "", "", "", false},
	} {
		fields, known := tax.SplunkFieldsOf(test.sourcetype)
		if known != test.knownOtherwis {
			t.Errorf("%s: known: %v", test.sourcetype, known)
		}
		if known && (!contains(fields, test.has) || !contains(fields, test.has2) || contains(fields, test.hasNot)) {
			t.Errorf("%s: %s %v, %s %v, %s %v", test.sourcetype, test.has, contains(fields, test.has), test.has2, contains(fields, test.has2), test.hasNot, contains(fields, test.hasNot))
		}
	}
}

func TestLoadViewComplaints(t *testing.T) {
	const head = "view: splunk\nmatch: {product: p}\nrecords:\n"
	const model = "view: cim\nmodel: M\ndatasets:\n"
	for _, test := range []struct {
		name, text, code string
		line             int
		hint             string
	}{
		{"unknown view", "view: splnk\n", "taxonomy-unknown-word", 1, `one of ["sigma" "splunk" "cim" "sentinel" "asim"]`},
		{"unknown key", head + "  - feilds: {}\n", "taxonomy-unknown-key", 4, "did you mean `fields`?"},
		{"unknown key of a match", head + "  - match: {catgory: x}\n", "taxonomy-unknown-key", 4, "did you mean `category`?"},
		{"bad expression", head + "  - fields: {a: basename(}\n", "", 4, ""},
		{"a field that is not computed", head + "  - fields: {sourcetype: a}\n", "taxonomy-field", 4, "use the keys sourcetype, index and eventtypes of the block"},
		{"event type without a name", head + "  - eventtypes: [{tags: [a]}]\n", "taxonomy-eventtype", 4, ""},
		{"blank", head + "  - blank: maybe\n", "taxonomy-unknown-word", 4, `one of ["absent" "present"]`},
		{"no model", "view: cim\ndatasets: {}\n", "taxonomy-model", 1, "model: Endpoint, without dots"},
		{"a dataset with a dot", model + "  A.B: {}\n", "taxonomy-dataset", 4, "say `parent` for a dataset within another"},
		{"unknown parent", model + "  Aaaa: {}\n  B: {parent: Aaab}\n", "taxonomy-dataset", 5, "did you mean `Aaaa`?"},
		{"parent behind", model + "  B: {parent: Later}\n  Later: {}\n", "taxonomy-dataset", 4, "a parent stands before its children"},
		{"unknown type", model + "  A: {fields: {x: {type: int}}}\n", "taxonomy-unknown-word", 4, `one of ["string" "number" "boolean" "timestamp"]`},
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
