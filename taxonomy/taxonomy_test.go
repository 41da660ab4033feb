package taxonomy_test

import (
	"sync"
	"testing"
	"testing/fstest"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

func sysmon(id string) *event.Class {
	return event.ClassOf(event.Class{Product: "windows", Channel: "Microsoft-Windows-Sysmon/Operational", Provider: "Microsoft-Windows-Sysmon", ID: id})
}

func security(id string) *event.Class {
	return event.ClassOf(event.Class{Product: "windows", Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", ID: id})
}

// What a rule states must be equal in the record; what it does not state is not restricted.
func TestRouteIsContainment(t *testing.T) {
	any := event.ClassOf(event.Class{Product: "any"})
	unknown := event.ClassOf(event.Class{Product: "json"})
	spelled := event.ClassOf(event.Class{Product: "sigma", Channel: "webserver/apache/"})
	for _, test := range []struct {
		name                       string
		class                      *event.Class
		category, product, service string
		in                         bool
	}{
		{"equal", sysmon("1"), "process_creation", "windows", "", true},
		{"category only", sysmon("1"), "process_creation", "", "", true},
		{"product only", sysmon("1"), "", "windows", "", true},
		{"service only", sysmon("1"), "", "", "sysmon", true},
		{"all three", sysmon("1"), "process_creation", "windows", "sysmon", true},
		{"case", sysmon("1"), "Process_Creation", "Windows", "", true},
		{"other product", sysmon("1"), "process_creation", "linux", "", false},
		{"other category", sysmon("1"), "file_event", "windows", "", false},
		{"other service", sysmon("1"), "process_creation", "windows", "security", false},
		{"4688 is a process creation", security("4688"), "process_creation", "windows", "", true},
		{"4663 is of its service only", security("4663"), "file_access", "windows", "", false},
		{"4663 is of its service", security("4663"), "", "windows", "security", true},
		{"a channel in other case", event.ClassOf(event.Class{Product: "windows", Channel: "SECURITY", ID: "4624"}), "", "windows", "security", true},
		{"anything", any, "process_creation", "windows", "sysmon", true},
		{"anything of an unknown log source", any, "no_such", "thing", "", true},
		{"nobody knows what", unknown, "", "windows", "", false},
		{"spelled", spelled, "webserver", "", "", true},
		{"spelled, more stated than it has", spelled, "webserver", "apache", "access", false},
		{"a joined audit event for its category", event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: "process"}), "process_creation", "linux", "", true},
		{"a joined audit event for the whole product", event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: "process"}), "", "linux", "", false},
		{"an audit line for the whole product", event.ClassOf(event.Class{Product: "auditd", Channel: "record", ID: "SYSCALL"}), "", "linux", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := taxonomy.Default().Sigma(test.category, test.product, test.service)
			if _, in := taxonomy.Default().Route(v.Table, test.class); in != test.in {
				t.Errorf("Route(%s, %+v) = %v", v.Table, *test.class, in)
			}
		})
	}
	if _, in := taxonomy.Default().Route("no table of ours", sysmon("1")); in {
		t.Error("a record is a row of a table that nobody knows")
	}
}

// A condition of the record decides between log sources that share a kind of record.
func TestRouteConditions(t *testing.T) {
	tax := taxonomy.Default()
	for category, eventType := range map[string]string{"registry_add": "CreateKey", "registry_delete": "DeleteValue"} {
		when, in := tax.Route(tax.Sigma(category, "windows", "").Table, sysmon("12"))
		if !in || when == nil {
			t.Fatalf("%s: %v under %v", category, in, when)
		}
		for _, value := range []string{"CreateKey", "DeleteKey", "DeleteValue"} {
			r := &event.Record{}
			r.Set("EventType", event.TextValue(value))
			got := evaluate(t, when, r).Bool()
			if want := value == eventType || category == "registry_delete" && value == "DeleteKey"; got != want {
				t.Errorf("%s with EventType %s: %v", category, value, got)
			}
		}
	}
	if when, in := tax.Route(tax.Sigma("registry_event", "windows", "").Table, sysmon("12")); !in || when != nil {
		t.Errorf("registry_event: %v under %v", in, when)
	}
}

// What a rule asks of a record most must be read without evaluating anything.
func TestSourcesArePlainFields(t *testing.T) {
	tax := taxonomy.Default()
	for _, test := range []struct {
		class  *event.Class
		column string
		field  string
		find   plan.Find
	}{
		{sysmon("1"), "process.executable", "Image", plan.Exactly},
		{sysmon("1"), "process.command_line", "CommandLine", plan.Exactly},
		{sysmon("1"), "user.account", "User", plan.Exactly},
		{sysmon("10"), "process.executable", "SourceImage", plan.Exactly},
		{sysmon("7"), "dll.path", "ImageLoaded", plan.Exactly},
		{security("4688"), "process.executable", "NewProcessName", plan.Exactly},
		{security("4688"), "process.command_line", "CommandLine", plan.Exactly},
		{event.ClassOf(event.Class{Product: "any"}), "registry.path", "TargetObject", plan.Loosely},
		{event.ClassOf(event.Class{Product: "sigma", Channel: "process_creation/linux/"}), "process.executable", "Image", plan.Loosely},
		{event.ClassOf(event.Class{Product: "ecs"}), "process.executable", "process.executable", plan.Loosely},
		{event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: "process"}), "process.executable", "exe", plan.Exactly},
	} {
		f, ok := tax.Source(test.class, test.column).(*plan.Field)
		if !ok || f.Name != test.field || f.Find != test.find {
			t.Errorf("%s of %+v comes from %v", test.column, *test.class, tax.Source(test.class, test.column))
		}
	}
	if e := tax.Source(security("4688"), "process.hash.all"); e != nil {
		t.Errorf("4688 has hashes: %v", e)
	}
	if e := tax.Source(sysmon("1"), "no.such.column"); e != nil {
		t.Errorf("an unknown column comes from %v", e)
	}
}

func TestViewColumns(t *testing.T) {
	v := taxonomy.Default().Sigma("process_creation", "windows", "")
	for field, want := range map[string]string{
		"Image": "process.executable", "image": "process.executable", "ParentUser": "process.parent.account",
		"Computer": "host.name", "EventID": "", "NoSuchField": "",
	} {
		column, typ, ok := v.Column(field)
		if column != want || ok != (want != "") || typ != schema.Any {
			t.Errorf("Column(%q) = %q, %v, %v", field, column, typ, ok)
		}
	}
	if v := taxonomy.Default().Sigma("", "linux", "auditd"); len(v.Fields()) != 0 {
		t.Errorf("audit lines have mapped fields: %v", v.Fields())
	}
}

func TestHasField(t *testing.T) {
	tax := taxonomy.Default()
	v := tax.Sigma("process_creation", "windows", "")
	for _, test := range []struct {
		class *event.Class
		field string
		want  bool
	}{
		{sysmon("1"), "OriginalFileName", true},
		{security("4688"), "OriginalFileName", false},
		{security("4688"), "Image", true},
		{security("4688"), "User", true},
		{security("4688"), "CurrentDirectory", false},
		{security("4688"), "TokenElevationType", true},
		{security("4688"), "Provider_Name", true},
		{security("4688"), "Nonsense", false},
		{sysmon("1"), "GrandParentImage", false},
		{event.ClassOf(event.Class{Product: "defender", Channel: "DeviceProcessEvents", ID: "ProcessCreated"}), "OriginalFileName", true},
		{event.ClassOf(event.Class{Product: "defender", Channel: "DeviceProcessEvents", ID: "ProcessCreated"}), "LogonGuid", false},
		{event.ClassOf(event.Class{Product: "windows", Channel: "System", ID: "7045"}), "ImagePath", true}, // nobody knows
	} {
		if got := tax.HasField(test.class, v, test.field); got != test.want {
			t.Errorf("HasField(%+v, %s) = %v", *test.class, test.field, got)
		}
	}
	if _, known := tax.NativeFields(security("4688")); !known {
		t.Error("the fields of 4688 are not known")
	}
}

func TestConstant(t *testing.T) {
	tax := taxonomy.Default()
	for _, field := range []string{"EventID", "eventid"} {
		if v, ok := tax.Constant(security("4688"), field); !ok || v.Text() != "4688" {
			t.Errorf("%s of Security 4688 is %q, %v", field, v.Text(), ok)
		}
	}
	if _, ok := tax.Constant(security("4688"), "CommandLine"); ok {
		t.Error("the command line is constant")
	}
	if _, ok := tax.Constant(event.ClassOf(event.Class{Product: "windows"}), "EventID"); ok {
		t.Error("an event without an id has a constant one")
	}
}

func TestKnownLogSource(t *testing.T) {
	tax := taxonomy.Default()
	for _, test := range []struct {
		category, product, service string
		known                      bool
		nearest                    string
	}{
		{"process_creation", "windows", "", true, "category: process_creation, product: windows"},
		{"process_creation", "", "", true, "category: process_creation"},
		{"", "windows", "security", true, "product: windows, service: security"},
		{"process_create", "windows", "", false, "category: process_creation, product: windows"},
		{"", "windows", "securty", false, "product: windows, service: security"},
		{"", "azure", "signinlogs", true, "product: azure, service: signinlogs"},
		{"", "toaster", "crumbs", false, ""},
	} {
		if got := tax.KnownLogSource(test.category, test.product, test.service); got != test.known {
			t.Errorf("KnownLogSource(%q, %q, %q) = %v", test.category, test.product, test.service, got)
		}
		if got := tax.NearestLogSource(test.category, test.product, test.service); got != test.nearest {
			t.Errorf("NearestLogSource(%q, %q, %q) = %q, want %q", test.category, test.product, test.service, got, test.nearest)
		}
	}
	if feeds := tax.Feeds("process_creation", "linux", ""); len(feeds) < 4 {
		t.Errorf("process_creation/linux is fed by %+v", feeds)
	}
	if feeds := tax.Feeds("", "zeek", "dns"); len(feeds) == 0 {
		t.Error("nothing feeds zeek/dns")
	}
	if feeds := tax.Feeds("application", "django", ""); len(feeds) != 0 {
		t.Errorf("application/django is fed by %+v", feeds)
	}
}

// Answers are kept, and may be asked for by anybody at any time.
func TestConcurrentUse(t *testing.T) {
	tax, _ := taxonomy.Load(fstest.MapFS{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for _, id := range []string{"1", "3", "7", "10", "11", "12", "13"} {
				for _, category := range []string{"process_creation", "registry_add", "image_load"} {
					v := tax.Sigma(category, "windows", "")
					tax.Route(v.Table, sysmon(id))
					tax.Source(sysmon(id), "process.executable")
					tax.Source(event.ClassOf(event.Class{Product: "any"}), "process.executable")
					tax.Constant(sysmon(id), "EventID")
				}
			}
		})
	}
	group.Wait()
	v := tax.Sigma("registry_add", "windows", "")
	first, _ := tax.Route(v.Table, sysmon("12"))
	second, _ := tax.Route(v.Table, sysmon("12"))
	if first == nil || first != second {
		t.Error("the answer was computed twice")
	}
	allocations := testing.AllocsPerRun(100, func() {
		tax.Route(v.Table, sysmon("12"))
		tax.Source(sysmon("12"), "registry.path")
	})
	if allocations > 8 {
		t.Errorf("a known answer costs %v allocations", allocations)
	}
}
