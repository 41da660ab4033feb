package compile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// readText binds a query, about which there must be no complaint.
func readText(t *testing.T, env kql.Env, query string) *kql.Query {
	t.Helper()
	q, list := kql.Read(diag.NewText(&diag.Source{Name: "query", Text: query}), env)
	for _, d := range list {
		t.Errorf("%s: %v", query, d)
	}
	return q
}

// Every function of ASIM binds under each of its names, with each of its filters under each of their names; and what has no filter
// gives a plan that only asks which rows they are.
func TestAsimFunctionsBind(t *testing.T) {
	tax := taxonomy.Default()
	env := compile.KQLEnv(compile.Options{Taxonomy: tax})
	example := map[string]string{"dynamic": "dynamic(['a', '10.'])", "string": "'a'", "datetime": "datetime(2026-05-12)", "bool": "true", "int": "5"}
	for _, f := range tax.AsimFunctions() {
		var given []string
		onTable := false
		for _, p := range f.Params {
			switch {
			case p.Type == "(*)":
				onTable = true
			case p.Default == "":
				given = append(given, example[p.Type])
			}
		}
		for _, name := range f.Names {
			call := fmt.Sprintf("%s(%s)", name, strings.Join(given, ", "))
			switch {
			case onTable:
				readText(t, env, "imProcessCreate | invoke "+call)
			case given != nil:
				readText(t, env, "print x = "+call)
			default:
				readText(t, env, name) // parentheses may be left out
				readText(t, env, call)
			}
		}
		if given != nil || onTable {
			continue
		}
		for _, p := range f.Params {
			readText(t, env, fmt.Sprintf("%s(%s=%s)", f.Names[0], p.Name, example[p.Type]))
		}
		for other := range f.Also {
			readText(t, env, fmt.Sprintf("%s(%s='a')", f.Names[0], other))
		}
	}
	q := readText(t, env, `imProcessCreate | where Process endswith "/at" | project Process`)
	if q.Plan == nil {
		return
	}
	rewritten := plan.String(plan.Rewrite(q.Plan))
	if strings.Count(rewritten, "filter") != 1 || strings.Contains(rewritten, "CommandLine") {
		t.Errorf("a call without filters asks for more than the rows:\n%s", rewritten)
	}
}

// asimFilter is a parameter: what is given, the columns of which one must hold hit, and a value that none of them may be kept for.
type asimFilter struct {
	param, given, columns, hit, miss string
}

// The forms of filters: by terms, by address, by equality.
func byTerms(param, columns string) asimFilter {
	return asimFilter{param, "dynamic(['nobody', 'alpha'])", columns, "an ALPHA-one", "xalphax"}
}
func byAddress(param, columns string) asimFilter {
	return asimFilter{param, "dynamic(['10.1.'])", columns, "10.1.2.3", "110.1.2.3"}
}
func among(param, columns string) asimFilter {
	return asimFilter{param, "dynamic(['nothing', 'alpha'])", columns, "alpha", "alpha one"}
}
func equal(param, columns string) asimFilter {
	return asimFilter{param, "'alpha'", columns, "alpha", "alpha one"}
}

// asimFilters are the filters of each schema's function.
var asimFilters = map[string][]asimFilter{
	"imProcessEvent": {
		byTerms("commandline_has_any", "TargetProcessCommandLine"),
		{"commandline_has_all", "dynamic(['alpha', 'beta'])", "TargetProcessCommandLine", "beta alpha", "alpha betas"},
		{"commandline_has_any_ip_prefix", "dynamic(['10.1.'])", "TargetProcessCommandLine", "ping 10.1.2.3 now", "ping 110.1.2.3 now"},
		byTerms("actingprocess_has_any", "ActingProcessName"), byTerms("targetprocess_has_any", "TargetProcessName"), byTerms("parentprocess_has_any", "ParentProcessName"),
		{"targetusername_has", "'alpha'", "TargetUsername", `DOM\alpha`, "alphabet"}, {"actorusername_has", "'alpha'", "ActorUsername", `DOM\alpha`, "alphabet"},
		byAddress("dvcipaddr_has_any_prefix", "DvcIpAddr"), byTerms("dvchostname_has_any", "DvcHostname"), equal("eventtype", "EventType"),
		among("hashes_has_any", "TargetProcessSHA256 TargetProcessSHA1 TargetProcessMD5 TargetProcessIMPHASH"),
	},
	"imFileEvent": {
		among("eventtype_in", "EventType"), byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), byTerms("actorusername_has_any", "ActorUsername"),
		byTerms("targetfilepath_has_any", "TargetFilePath"), byTerms("srcfilepath_has_any", "SrcFilePath"), byTerms("dvchostname_has_any", "DvcHostname"),
		among("hashes_has_any", "TargetFileSHA512 TargetFileSHA256 TargetFileSHA1 TargetFileMD5 SrcFileSHA512 SrcFileSHA256 SrcFileSHA1 SrcFileMD5"),
	},
	"imRegistry": {
		among("eventtype_in", "EventType"), byTerms("actorusername_has_any", "ActorUsername"), byTerms("registrykey_has_any", "RegistryKey"),
		byTerms("registryvalue_has_any", "RegistryValue"), byTerms("registryvaluedata_has_any", "RegistryValueData"), byTerms("dvchostname_has_any", "DvcHostname"),
	},
	"imNetworkSession": {
		byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), byAddress("dstipaddr_has_any_prefix", "DstIpAddr"), byAddress("ipaddr_has_any_prefix", "SrcIpAddr DstIpAddr"),
		{"dstportnumber", "443", "DstPortNumber", "443", "80"}, byTerms("hostname_has_any", "SrcHostname DstHostname"), among("dvcaction", "DvcAction"), equal("eventresult", "EventResult"),
	},
	"imAuthentication": {
		byTerms("targetusername_has_any", "TargetUsername"), byTerms("actorusername_has_any", "ActorUsername"), byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"),
		byTerms("srchostname_has_any", "SrcHostname"), byAddress("targetipaddr_has_any_prefix", "TargetIpAddr"), byAddress("dvcipaddr_has_any_prefix", "DvcIpAddr"),
		byTerms("dvchostname_has_any", "DvcHostname"), among("eventtype_in", "EventType"), among("eventresultdetails_in", "EventResultDetails"), equal("eventresult", "EventResult"),
	},
	"imDns": {
		{"srcipaddr", "'10.1.2.3'", "SrcIpAddr", "10.1.2.3", "10.1.2.33"}, byTerms("domain_has_any", "DnsQuery"), equal("responsecodename", "EventResultDetails"),
		{"response_has_ipv4", "'10.1.2.3'", "DnsResponseName", "a; 10.1.2.3", "a; 10.1.2.33"}, {"response_has_any_prefix", "dynamic(['10.1.'])", "DnsResponseName", "a; 10.1.2.3", "a; 110.1.2.3"},
		equal("eventtype", "EventType"),
	},
	"imWebSession": {
		byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), byAddress("ipaddr_has_any_prefix", "SrcIpAddr DstIpAddr"), byTerms("url_has_any", "Url"),
		byTerms("httpuseragent_has_any", "HttpUserAgent"), among("eventresultdetails_in", "EventResultDetails"), equal("eventresult", "EventResult"),
	},
	"imUserManagement": {
		byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), byTerms("targetusername_has_any", "TargetUsername"), byTerms("actorusername_has_any", "ActorUsername"), among("eventtype_in", "EventType"),
	},
	"imAuditEvent": {
		byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), among("eventtype_in", "EventType"), equal("eventresult", "EventResult"), byTerms("actorusername_has_any", "ActorUsername"),
		byTerms("operation_has_any", "Operation"), byTerms("object_has_any", "Object"), byTerms("newvalue_has_any", "NewValue"),
	},
	"imDhcpEvent": {
		byAddress("srcipaddr_has_any_prefix", "SrcIpAddr"), byTerms("srchostname_has_any", "SrcHostname"), byTerms("srcusername_has_any", "SrcUsername"), equal("eventresult", "EventResult"),
	},
	"imAlertEvent": {
		byAddress("ipaddr_has_any_prefix", "DvcIpAddr"), byTerms("hostname_has_any", "DvcHostname"), byTerms("username_has_any", "Username"), byTerms("attacktactics_has_any", "AttackTactics"),
		byTerms("attacktechniques_has_any", "AttackTechniques"), byTerms("threatcategory_has_any", "ThreatCategory"), byTerms("alertverdict_has_any", "AlertVerdict"), byTerms("eventseverity_has_any", "EventSeverity"),
	},
}

// unfiltered are the parameters that are no filters of columns.
var unfiltered = []string{"starttime", "endtime", "disabled", "pack"}

// Each parameter of each function keeps the rows that it is said to keep: those with the value in the column that it is about, and not
// those that have it in any other, nor those without one.
func TestAsimFiltersFilter(t *testing.T) {
	tax := taxonomy.Default()
	for _, f := range tax.AsimFunctions() {
		filters, told := asimFilters[f.Names[0]]
		if !told {
			checkSharedFilters(t, tax, f)
			continue
		}
		var names []string
		for _, p := range f.Params {
			if !slices.Contains(unfiltered, p.Name) {
				names = append(names, p.Name)
			}
		}
		var tested []string
		for _, x := range filters {
			tested = append(tested, x.param)
		}
		if slices.Sort(names); !slices.Equal(names, slices.Sorted(slices.Values(tested))) {
			t.Errorf("%s has the filters %v, and %v are tested", f.Names[0], names, tested)
		}
		rows, _, _ := strings.Cut(f.Query, "\n")
		name := strings.TrimPrefix(rows, "_ASim_Rows_")
		table, ok := tax.AsimSchema(name)
		if !ok {
			t.Fatalf("%s begins with %q", f.Names[0], rows)
		}
		for _, x := range filters {
			checkFilter(t, f.Names[0], table, x)
		}
		start, end := "datetime(2026-05-12)", "datetime(2026-05-13)"
		for _, c := range []struct{ given, want string }{
			{"", "before first last after"}, {"starttime=" + start, "first last after"}, {"endtime=" + end, "before first last"},
			{start + ", " + end, "first last"}, {"disabled=true", ""}, {"disabled=false, pack=true", "before first last after"},
		} {
			var list [][2]string
			for label, at := range map[string]string{"before": "2026-05-11T23:59:59", "first": "2026-05-12", "last": "2026-05-13", "after": "2026-05-13T00:00:01"} {
				list = append(list, [2]string{label, at})
			}
			got := askRows(t, f.Names[0], table, c.given, list, func(label [2]string, column string) string {
				switch column {
				case "TimeGenerated":
					return label[1]
				case "EventType":
					return "Query"
				}
				return ""
			})
			want := strings.Fields(c.want)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s(%s) keeps %v, want %v", f.Names[0], c.given, got, want)
			}
		}
	}
}

// checkSharedFilters makes sure that a function whose filters are not tested has those of one that is, and asks more on top.
func checkSharedFilters(t *testing.T, tax *taxonomy.Taxonomy, f taxonomy.AsimFunction) {
	filtering := slices.ContainsFunc(f.Params, func(p taxonomy.AsimParam) bool {
		return strings.Contains(p.Name, "_has") || strings.HasSuffix(p.Name, "_in")
	})
	if !filtering || !strings.HasPrefix(f.Query, "_ASim_Rows_") {
		return
	}
	for name := range asimFilters {
		model, _ := tax.AsimFunction(name)
		if strings.HasPrefix(f.Query, model.Query+"\n") && slices.Equal(f.Params, model.Params) {
			return
		}
	}
	t.Errorf("the filters of %s are not tested", f.Names[0])
}

// checkFilter asks a function with one filter.
func checkFilter(t *testing.T, function string, table *taxonomy.LogTable, x asimFilter) {
	columns := strings.Fields(x.columns)
	rows := [][2]string{{"elsewhere", ""}, {"empty", ""}}
	want := []string{}
	for _, c := range columns {
		rows = append(rows, [2]string{c, c})
		want = append(want, c)
	}
	slices.Sort(want)
	got := askRows(t, function, table, x.param+"="+x.given, rows, func(row [2]string, column string) string {
		concerned := slices.Contains(columns, column)
		switch {
		case row[0] == "empty", column == "TimeGenerated":
			return ""
		case column == "EventType" && !concerned: // some functions ask for one without being told
			return "Query"
		case row[0] == "elsewhere" && !concerned, row[1] == column:
			return x.hit
		case concerned:
			return x.miss
		}
		return ""
	})
	if !slices.Equal(got, want) {
		t.Errorf("%s(%s=%s) keeps %v, want %v", function, x.param, x.given, got, want)
	}
}

// askRows asks a function over rows that are not of any log, and returns the labels of those that it keeps, sorted.
func askRows(t *testing.T, function string, table *taxonomy.LogTable, given string, rows [][2]string, cell func(row [2]string, column string) string) []string {
	t.Helper()
	var text strings.Builder
	text.WriteString("datatable(__label:string")
	for _, c := range table.Columns {
		fmt.Fprintf(&text, ", ['%s']:%s", c.Name, c.Type)
	}
	text.WriteString(")[")
	for i, row := range rows {
		if i > 0 {
			text.WriteString(",\n")
		}
		fmt.Fprintf(&text, "'%s'", row[0])
		for _, c := range table.Columns {
			v := cell(row, c.Name)
			switch {
			case c.Type == schema.String:
				fmt.Fprintf(&text, ", @'%s'", v)
			case v != "" && (c.Name == "TimeGenerated" || c.Type == schema.Int && strings.Trim(v, "0123456789") == ""):
				fmt.Fprintf(&text, ", %s(%s)", c.Type, v)
			default:
				fmt.Fprintf(&text, ", %s(null)", c.Type)
			}
		}
	}
	text.WriteString("]")
	env := compile.KQLEnv(compile.Options{})
	tables, functions := env.Table, env.Function
	source := "_ASim_Rows_" + table.Name
	env.Table = func(name string) (*kql.Table, bool) {
		if name == source {
			return nil, false
		}
		return tables(name)
	}
	made := &kql.Function{Name: source, Body: diag.NewText(&diag.Source{Name: source, Text: text.String()})}
	env.Function = func(name string) (*kql.Function, bool) {
		if name == source {
			return made, true
		}
		return functions(name)
	}
	q := readText(t, env, fmt.Sprintf("%s(%s) | project __label", function, given))
	if q.Plan == nil {
		t.FailNow()
	}
	list, err := env.Evaluate(q.Plan)
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{}
	for _, row := range list {
		labels = append(labels, row[0].Text())
	}
	slices.Sort(labels)
	return labels
}

// A function of a user's own that has an agreed name adds its rows to those of the schema, to which the filters then apply.
func TestAsimCustomFunction(t *testing.T) {
	custom := `ParserName: Im_ProcessEventCustom
ParserParams:
  - Name: disabled
    Type: bool
    Default: false
ParserQuery: |
  datatable(TimeGenerated:datetime, EventType:string, TargetProcessName:string)[datetime(2026-05-12), "ProcessCreated", "/opt/one", datetime(2026-05-12), "ProcessCreated", "/opt/two"]
  | where not(disabled)
`
	rule := `id: 00000000-0000-4000-8000-0000000000aa
name: Custom
query: |
  imProcessCreate(targetprocess_has_any=dynamic(['one'])) | project TargetProcessName
`
	files, err := detection.FindIn(fstest.MapFS{"parser.yaml": {Data: []byte(custom)}, "rule.yaml": {Data: []byte(rule)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	set := compile.Files(files, compile.Options{})
	if len(set.Rules) != 1 || set.Rules[0].Refused {
		t.Fatalf("%+v", set.Rules)
	}
	packs, err := sentinel.LoadFS(fstest.MapFS{"parser.yaml": {Data: []byte(custom)}, "rule.yaml": {Data: []byte(rule)}}, "", sentinel.Options{})
	if err != nil || len(packs) != 1 {
		t.Fatal(err, len(packs))
	}
	env := compile.Workspace(packs[0], compile.Options{})
	for call, want := range map[string]int{"imProcessCreate": 2, "_Im_ProcessCreate(targetprocess_has_any=dynamic(['one']))": 1, "imProcessTerminate": 0, "imProcess": 2} {
		q, list := kql.Read(diag.NewText(&diag.Source{Name: "query", Text: call + " | project TargetProcessName"}), env)
		if q.Plan == nil {
			t.Errorf("%s: %v", call, list)
			continue
		}
		run, err := exec.Compile(q.Plan, exec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0 // without logs, only those of the function are left
		nothing := &exec.EventSource{Each: func(context.Context, func(*event.Event) error) error { return nil }}
		if _, err := run.Run(t.Context(), nothing, func(b *exec.Batch) error { rows += b.Len; return nil }); err != nil || rows != want {
			t.Errorf("%s gives %d rows, want %d; %v", call, rows, want, err)
		}
	}
}
