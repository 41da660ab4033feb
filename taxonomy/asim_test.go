package taxonomy_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/schema"
	"goshawk/source"
	"goshawk/taxonomy"
)

// The labels' question: imProcessCreate | where TargetProcessName endswith "/at" or TargetProcessName endswith "/atd". What a
// label calls the id of an event is the EventOriginalUid of its row.
func TestAsimSyntheticLabels(t *testing.T) {
	root := shared.Dir(t, "data", "synthetic", "at")
	folders, err := filepath.Glob(filepath.Join(root, "*", "labels.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no labels below %s: %v", root, err)
	}
	a := newAsimRows(t)
	for _, path := range folders {
		var labels struct {
			Files   []string
			Records []struct {
				ID   json.RawMessage
				KQL  bool `json:"seed_kql"`
				Note string
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &labels); err != nil {
			t.Fatal(err)
		}
		for _, file := range labels.Files {
			name := filepath.Join(filepath.Base(filepath.Dir(path)), file)
			t.Run(name, func(t *testing.T) {
				fired := map[string]bool{}
				rows := 0
				err := source.ForEach(t.Context(), []string{filepath.Join(root, name)}, source.Options{}, func(ev *event.Event) bool {
					if _, is := a.of(ev.Class)["ProcessEvent"]; !is {
						return true
					}
					row := a.row("ProcessEvent", ev)
					if row == nil || a.cell("ProcessEvent", row, "EventType") != "ProcessCreated" {
						return true
					}
					rows++
					image := strings.ToLower(a.cell("ProcessEvent", row, "TargetProcessName"))
					if strings.HasSuffix(image, "/at") || strings.HasSuffix(image, "/atd") {
						fired[a.cell("ProcessEvent", row, "EventOriginalUid")] = true
					}
					return true
				}, func(*source.Input) {}, func(source.Problem) {})
				if err != nil {
					t.Fatal(err)
				}
				if rows == 0 || len(labels.Records) == 0 {
					t.Fatalf("%d rows, %d labels", rows, len(labels.Records))
				}
				for _, label := range labels.Records {
					id := strings.Trim(string(label.ID), `"`)
					if fired[id] != label.KQL {
						t.Errorf("event %s: %v, want %v: %s", id, fired[id], label.KQL, label.Note)
					}
					delete(fired, id)
				}
				for id := range fired {
					t.Errorf("event %s, which has no label, answers", id)
				}
			})
		}
	}
}

// cell returns the text of a column of a row.
func (a *asimRows) cell(name string, row []event.Value, column string) string {
	table, _ := a.tax.AsimSchema(name)
	for i, c := range table.Columns {
		if c.Name == column {
			return row[i].Text()
		}
	}
	a.t.Fatalf("%s has no column %s", name, column)
	return ""
}

// The order of the filters is that in which callers give them without names.
func TestAsimFilters(t *testing.T) {
	for _, want := range []struct{ name, params string }{
		{"imProcessCreate", "starttime endtime commandline_has_any commandline_has_all commandline_has_any_ip_prefix actingprocess_has_any targetprocess_has_any parentprocess_has_any targetusername_has actorusername_has dvcipaddr_has_any_prefix dvchostname_has_any eventtype disabled pack"},
		{"imProcessTerminate", "starttime endtime commandline_has_any commandline_has_all commandline_has_any_ip_prefix actingprocess_has_any targetprocess_has_any parentprocess_has_any targetusername_has actorusername_has dvcipaddr_has_any_prefix dvchostname_has_any eventtype disabled pack"},
		{"imFileEvent", "starttime endtime eventtype_in srcipaddr_has_any_prefix actorusername_has_any targetfilepath_has_any srcfilepath_has_any hashes_has_any dvchostname_has_any disabled pack"},
		{"imRegistry", "starttime endtime eventtype_in actorusername_has_any registrykey_has_any registryvalue_has_any registryvaluedata_has_any dvchostname_has_any disabled pack"},
		{"imNetworkSession", "starttime endtime srcipaddr_has_any_prefix dstipaddr_has_any_prefix ipaddr_has_any_prefix dstportnumber hostname_has_any dvcaction eventresult disabled pack"},
		{"imAuthentication", "starttime endtime targetusername_has_any actorusername_has_any srcipaddr_has_any_prefix srchostname_has_any targetipaddr_has_any_prefix dvcipaddr_has_any_prefix dvchostname_has_any eventtype_in eventresultdetails_in eventresult disabled pack"},
		{"imDns", "starttime endtime srcipaddr domain_has_any responsecodename response_has_ipv4 response_has_any_prefix eventtype disabled pack"},
		{"imWebSession", "starttime endtime srcipaddr_has_any_prefix ipaddr_has_any_prefix url_has_any httpuseragent_has_any eventresultdetails_in eventresult disabled pack"},
		{"imUserManagement", "starttime endtime srcipaddr_has_any_prefix targetusername_has_any actorusername_has_any eventtype_in disabled pack"},
		{"imAuditEvent", "starttime endtime srcipaddr_has_any_prefix eventtype_in eventresult actorusername_has_any operation_has_any object_has_any newvalue_has_any disabled pack"},
		{"imDhcpEvent", "starttime endtime srcipaddr_has_any_prefix srchostname_has_any srcusername_has_any eventresult disabled pack"},
		{"imAlertEvent", "starttime endtime ipaddr_has_any_prefix hostname_has_any username_has_any attacktactics_has_any attacktechniques_has_any threatcategory_has_any alertverdict_has_any eventseverity_has_any disabled pack"},
		{"vimProcessCreateLinuxSysmon", "starttime endtime commandline_has_any commandline_has_all commandline_has_any_ip_prefix actingprocess_has_any targetprocess_has_any parentprocess_has_any targetusername_has actorusername_has dvcipaddr_has_any_prefix dvchostname_has_any eventtype disabled pack"},
		{"ASimProcessEvent", "pack"},
		{"ASimProcessCreateLinuxSysmon", "disabled pack"},
		{"vimProcessEmpty", ""},
	} {
		f, ok := taxonomy.Default().AsimFunction(want.name)
		if !ok {
			t.Errorf("there is no %s", want.name)
			continue
		}
		var got []string
		for _, p := range f.Params {
			if p.Name != "hashes_has_any" || want.name == "imFileEvent" { // behind all others
				got = append(got, p.Name)
			}
			if p.Default == "" {
				t.Errorf("%s must be given its %s", want.name, p.Name)
			}
		}
		if strings.Join(got, " ") != want.params {
			t.Errorf("%s has the parameters\n%s, want\n%s", want.name, strings.Join(got, " "), want.params)
		}
	}
}

var rowsName = regexp.MustCompile(`\b_ASim_Rows_(\w+)`)

// Every name is one function's, and every function reads a schema that there is.
func TestAsimFunctionsReadSchemas(t *testing.T) {
	tax := taxonomy.Default()
	seen := map[string]bool{}
	for _, f := range tax.AsimFunctions() {
		for _, name := range f.Names {
			if seen[name] {
				t.Errorf("%s is two functions", name)
			}
			seen[name] = true
			if _, retired := tax.AsimRetired(name); retired {
				t.Errorf("%s is retired and there", name)
			}
		}
		for _, m := range rowsName.FindAllStringSubmatch(f.Query, -1) {
			if _, ok := tax.AsimSchema(m[1]); !ok {
				t.Errorf("%s reads the rows of %s, which is no schema", f.Names[0], m[1])
			}
		}
	}
	if instead, ok := tax.AsimRetired("imProcessCreation"); !ok || instead != "imProcessCreate" {
		t.Errorf("instead of imProcessCreation: %q", instead)
	}
}

// The published parsers that are of no single source must be there under both names.
func TestAsimUnifyingParsers(t *testing.T) {
	f, err := os.Open(shared.Dir(t, "schemas", "asim_parsers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(bufio.NewReader(f)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tax := taxonomy.Default()
	unifying, sources, missing := 0, 0, map[string]int{}
	for _, row := range rows[1:] {
		name, builtIn, of := row[0], row[1], row[2]
		if tax.AsimVersion(of) == "" {
			continue // no view says anything of the schema
		}
		_, plain := tax.AsimFunction(name)
		_, twin := tax.AsimFunction(builtIn)
		if strings.EqualFold(row[3], "Source agnostic") || row[3] == "Multiple" {
			unifying++
			if !plain || !twin {
				t.Errorf("%s: %v, %s: %v", name, plain, builtIn, twin)
			}
			continue
		}
		if plain != twin {
			t.Errorf("%s: %v, %s: %v", name, plain, builtIn, twin)
		}
		if sources++; !plain {
			missing[of]++
		}
	}
	t.Logf("%d parsers of all sources, %d of one; not fed: %v", unifying, sources, missing)
	if unifying == 0 {
		t.Error("the list has no parser of all sources")
	}
}

// What the tester must complain about, on rows made for it.
func TestAsimCheck(t *testing.T) {
	tax := taxonomy.Default()
	table, _ := tax.AsimSchema("ProcessEvent")
	good := map[string]string{
		"EventType": "ProcessCreated", "EventResult": "Success", "EventProduct": "P", "EventVendor": "V", "EventSchema": "ProcessEvent", "EventSchemaVersion": "0.1.4",
		"Type": "Syslog", "ActorUsername": "a", "ActorUsernameType": "Simple", "TargetUsername": "b", "TargetUsernameType": "Simple", "User": "b",
		"ActingProcessId": "1", "TargetProcessId": "2", "TargetProcessName": "/bin/at", "Process": "/bin/at", "TargetProcessCommandLine": "at", "CommandLine": "at",
		"DvcHostname": "h", "Dvc": "h",
	}
	row := func(change map[string]string) []event.Value {
		values := make([]event.Value, len(table.Columns))
		for i, c := range table.Columns {
			text := good[c.Name]
			if changed, ok := change[c.Name]; ok {
				text = changed
			}
			switch {
			case c.Type == schema.Datetime:
				values[i] = event.TimeValue(1)
			case c.Name == "EventCount":
				values[i] = event.IntValue(1)
			case c.Type == schema.String:
				values[i] = event.TextValue(text)
			}
		}
		return values
	}
	codes := func(complaints []taxonomy.AsimComplaint) (list []string) {
		for _, c := range complaints {
			if c.Grade != taxonomy.AsimInfo {
				list = append(list, c.Code+" "+c.Column)
			}
		}
		return list
	}
	for _, test := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"nothing wrong", nil, nil},
		{"no program", map[string]string{"TargetProcessName": "", "Process": ""}, []string{"asim-empty TargetProcessName"}},
		{"another word", map[string]string{"EventType": "ProcessStarted"}, []string{"asim-value EventType"}},
		{"an identifier without its type", map[string]string{"TargetUserId": "S-1-5-18"}, []string{"asim-partner TargetUserIdType"}},
		{"another name of something else", map[string]string{"User": "a"}, []string{"asim-alias User"}},
		{"the device by what counts less", map[string]string{"DvcFQDN": "h.example"}, []string{"asim-alias Dvc"}},
		{"an old version", map[string]string{"EventSchemaVersion": "0.1.0"}, []string{"asim-value EventSchemaVersion"}},
		{"a gap of the source", map[string]string{"EventProduct": "Sysmon", "TargetUsername": "", "TargetUsernameType": "", "User": ""}, nil},
	} {
		if got := codes(tax.AsimCheck("ProcessEvent", table.Columns, [][]event.Value{row(nil), row(test.change)})); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	less := slices.DeleteFunc(slices.Clone(table.Columns), func(c taxonomy.LogColumn) bool { return c.Name == "CommandLine" || c.Name == "DvcHostname" })
	less = append(less, taxonomy.LogColumn{Name: "DvcHostName", Type: schema.String})
	less[slices.IndexFunc(less, func(c taxonomy.LogColumn) bool { return c.Name == "TargetProcessId" })].Type = schema.Long
	if got, want := codes(tax.AsimCheck("ProcessEvent", less, nil)), []string{"asim-missing CommandLine", "asim-type TargetProcessId", "asim-missing DvcHostname"}; !slices.Equal(got, want) {
		t.Errorf("of columns: %q, want %q", got, want)
	}
	found := false
	for _, c := range tax.AsimCheck("ProcessEvent", less, nil) {
		found = found || c.Code == "asim-unknown" && c.Column == "DvcHostName" && strings.Contains(c.Text, "did you mean `DvcHostname`?")
	}
	if !found {
		t.Error("nothing is said of the column DvcHostName")
	}
	if got := tax.AsimCheck("ProcesEvent", nil, nil); len(got) != 1 || got[0].Code != "asim-schema" || !strings.Contains(got[0].Text, "ProcessEvent") {
		t.Errorf("of a schema that there is not: %v", got)
	}
}

// A user's own views may add functions, stand in for ours, and say more of a schema.
func TestAsimOfAUser(t *testing.T) {
	tax, diags := taxonomy.Load(fstest.MapFS{"own.yaml": {Data: []byte(`
view: asim
title: Ours
functions:
  - names: [imProcessCreate]
    doc: Mine.
    params: []
    query: _ASim_Rows_ProcessEvent
retired: {imOld: imNew}
`)}})
	if diags.Failed() {
		t.Fatal(diags.Error())
	}
	if f, _ := tax.AsimFunction("imProcessCreate"); f.Doc != "Mine." {
		t.Errorf("imProcessCreate: %q", f.Doc)
	}
	if f, _ := tax.AsimFunction("_Im_ProcessCreate"); f.Doc == "Mine." {
		t.Error("_Im_ProcessCreate is the user's")
	}
	if instead, _ := tax.AsimRetired("imOld"); instead != "imNew" {
		t.Errorf("instead of imOld: %q", instead)
	}
	if f, _ := taxonomy.Default().AsimFunction("imProcessCreate"); f.Doc == "Mine." {
		t.Error("the embedded taxonomy has changed")
	}
	for _, bad := range []struct{ text, code string }{
		{"view: asim\ntitle: x\nfunctions:\n  - names: [a]\n    like: b\n", "taxonomy-function"},
		{"view: asim\ntitle: x\nfunctions:\n  - names: [a]\n    params: []\n    also: {p: q}\n    query: x\n", "taxonomy-function"},
		{"view: asim\ntitle: x\nfunctions:\n  - names: [a]\n    query: x\n  - names: [a]\n    query: y\n", "taxonomy-function"},
		{"view: asim\ntitle: x\nschemas:\n  Dns:\n    use: {nothing: Src}\n", "taxonomy-template"},
	} {
		if _, diags := taxonomy.Load(fstest.MapFS{"own.yaml": {Data: []byte(bad.text)}}); len(diags) == 0 || diags[0].Code != bad.code {
			t.Errorf("%q: %v", bad.text, diags)
		}
	}
}
