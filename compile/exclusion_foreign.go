package compile

import (
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/lang/sigma"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/schema"
)

// A predicate in another language than the detection's is read as that language reads it, over the rows that it would see of the events:
// a table or a schema of ASIM, the fields of a search, the fields of Sigma. What is taken of it is the condition on single events.

// conditionOf returns the condition that a plan asks of single events, if that is all it does.
func conditionOf(n plan.Node) (plan.Expr, *plan.Scan) {
	feeds, rest := plan.SplitScans(plan.Rewrite(n))
	if len(feeds) != 1 || feeds[0].Where == nil {
		return nil, nil
	}
	alone := true
	if rest != nil {
		plan.Walk(rest, func(n plan.Node) bool {
			switch n.(type) {
			case *plan.Scan, *plan.Project:
			default:
				alone = false
			}
			return alone
		})
	}
	if !alone {
		return nil, nil
	}
	return feeds[0].Where, feeds[0].Scan
}

// sigmaKeeps lowers a section of Sigma for events that a Scan reads.
func sigmaKeeps(x *detection.Exclusion, r *Rule, s *plan.Scan, o Options) (plan.Expr, diag.List) {
	l := r.logSourceOf(s, o)
	if l.Category == "" && l.Product == "" && l.Service == "" {
		l.Category = fitOf(s.Table).category
	}
	var head strings.Builder
	head.WriteString("title: exclusion\nlogsource:\n")
	for _, part := range []struct{ key, value string }{{"category", l.Category}, {"product", l.Product}, {"service", l.Service}} {
		if part.value != "" {
			head.WriteString("    " + part.key + ": '" + strings.ReplaceAll(part.value, "'", "''") + "'\n")
		}
	}
	if l.Category == "" && l.Product == "" && l.Service == "" {
		head.WriteString("    product: any\n")
	}
	head.WriteString("detection:\n")
	source := &diag.Source{Name: x.Path, Text: head.String() + x.Sigma.Text + "\n"}
	moved := func(list diag.List) (out diag.List) {
		for _, d := range list {
			if d.Source, d.Span = x.Source, (diag.Span{Start: d.Span.Start - head.Len() + x.Sigma.At, End: d.Span.End - head.Len() + x.Sigma.At}); d.Span.Start < x.Sigma.At {
				if d.Severity != diag.Error { // about the lines that were put in front
					continue
				}
				d.Span = x.At
			}
			out = append(out, d)
		}
		return out
	}
	file, list := sigma.Parse(source)
	if list = moved(list); list.Failed() {
		return nil, list
	}
	view := o.Taxonomy.Sigma(l.Category, l.Product, l.Service)
	env := sigma.Env{Placeholders: o.Placeholders, View: func(sigma.LogSource) sigma.View { return sigma.View{Table: view.Table, Column: view.Column} }}
	rules := file.Rules()
	if len(rules) != 1 {
		list.Errorf(x.Source, x.At, CodeUnapplied, "the section gives no condition")
		return nil, list
	}
	n, complaints := sigma.Lower(rules[0], env)
	if complaints = moved(complaints); n == nil || complaints.Failed() {
		return nil, complaints
	}
	where := n.(*plan.Filter).Where
	if x.Sigma.Filter { // it says what stays
		return where, complaints
	}
	return plan.Unless(where), complaints
}

// splKeeps lowers a condition of a search for events as searches see them.
func splKeeps(x *detection.Exclusion, o Options) (plan.Expr, diag.List) {
	var b diag.TextBuilder
	b.Add("search (", x.Source, diag.Span{Start: x.At.Start, End: x.At.Start})
	b.AddText(x.SPL, diag.Span{End: len(x.SPL.String)}, nil)
	b.Add(")", x.Source, diag.Span{Start: x.At.End, End: x.At.End})
	search, list := spl.Read(b.Text(), Env(nil, o))
	if search.Plan == nil {
		return nil, list
	}
	where, _ := conditionOf(search.Plan)
	if where == nil || len(search.Commands) != 1 {
		list.Errorf(x.Source, x.At, CodeUnapplied, "the predicate asks for more than single events").Hint = "write a condition as search takes it, without pipes and subsearches"
		return nil, list
	}
	return plan.Unless(where), list
}

// kqlKeeps lowers a condition of KQL for events as rows of a table.
func kqlKeeps(x *detection.Exclusion, r *Rule, s *plan.Scan, o Options) (plan.Expr, diag.List) {
	var list diag.List
	name := x.Table
	if name == "" {
		name = fitOf(s.Table).schema
		if name == "" && r.Detection.Language == detection.Sigma {
			name = fitOfLogSource(r.logSourceOf(s, o)).schema
		}
	}
	if name == "" {
		list.Errorf(x.Source, x.At, CodeUnapplied, "nothing says of which table the predicate speaks").Hint = "add table: with a table such as SecurityEvent, or a schema of ASIM such as ProcessEvent"
		return nil, list
	}
	from := namesOf(o.Taxonomy).table(name)
	if schema := asimSchemaOf(name); from == nil && schema != "" {
		from = namesOf(o.Taxonomy).table(asimRows + schema)
	}
	if from == nil {
		d := list.Errorf(x.Source, x.At, CodeUnapplied, "unknown table %s", name)
		if near := diag.Nearest(name, append(o.Taxonomy.LogTables(), o.Taxonomy.AsimSchemas()...)); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return nil, list
	}
	where, list := kqlCondition(x.KQL, from, o)
	if list.Failed() {
		return nil, list
	}
	// An event that is no row of the table does not meet the condition, whatever it says of what is not there.
	for _, c := range from.Columns {
		if c.Type == schema.String && c.Name != "TenantId" && strings.HasPrefix(c.Column, from.Scan+"/") {
			row := &plan.Not{X: &plan.IsNull{X: &plan.Ref{Column: &plan.Column{Name: c.Column, Type: c.Type}}}}
			return plan.Unless(&plan.And{List: []plan.Expr{row, where}}), list
		}
	}
	return plan.Unless(where), list
}

// asimSchemaOf returns the schema of a name: ProcessEvent, or the function that gives its rows, imProcessCreate.
func asimSchemaOf(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "_Im_"), "im")
	if name == "ProcessCreate" || name == "ProcessTerminate" {
		return "ProcessEvent"
	}
	return name
}

// kqlCondition binds a condition over a table.
func kqlCondition(text *diag.Text, table *kql.Table, o Options) (plan.Expr, diag.List) {
	env := KQLEnv(o)
	env.Table = func(name string) (*kql.Table, bool) { return table, name == table.Name }
	env.TableNames = func() []string { return []string{table.Name} }
	first, end := text.Place(diag.Span{}), text.Place(diag.Span{Start: len(text.String), End: len(text.String)})
	var b diag.TextBuilder
	b.Add("["+quoted(table.Name)+"] | where (", first.Source, diag.Span{Start: first.Span.Start, End: first.Span.Start})
	b.AddText(text, diag.Span{End: len(text.String)}, nil)
	b.Add("\n)", end.Source, diag.Span{Start: end.Span.End, End: end.Span.End})
	query, list := kql.Read(b.Text(), env)
	if query.Plan == nil {
		return nil, list
	}
	where, scan := conditionOf(query.Plan)
	if where == nil || scan.Table != table.Scan || len(query.Operators) != 1 {
		list.Errorf(first.Source, first.Span, CodeUnapplied, "the predicate asks for more than single rows").Hint = "write a condition as where takes it, without pipes and other tables"
		return nil, list
	}
	return where, list
}

func quoted(name string) string { return "'" + name + "'" }

// fit says by which names of other languages the events of a table go.
type fit struct{ category, schema string }

// fits are the tables of which other languages have one of the same kind of event.
var fits = []struct {
	category string // of Sigma
	schema   string // of ASIM
	models   []string
	tables   []string
}{
	{"process_creation", "ProcessEvent", []string{"Endpoint.Processes"}, []string{"DeviceProcessEvents"}},
	{"file_event", "FileEvent", []string{"Endpoint.Filesystem"}, []string{"DeviceFileEvents"}},
	{"registry_event", "RegistryEvent", []string{"Endpoint.Registry"}, []string{"DeviceRegistryEvents"}},
	{"network_connection", "NetworkSession", []string{"Network_Traffic", "Endpoint.Ports"}, []string{"DeviceNetworkEvents"}},
	{"dns_query", "Dns", []string{"Network_Resolution"}, []string{"DnsEvents"}},
	{"", "Authentication", []string{"Authentication"}, []string{"SigninLogs", "DeviceLogonEvents"}},
	{"proxy", "WebSession", []string{"Web"}, nil},
}

// fitOf returns the names for what a Scan reads.
func fitOf(table string) fit {
	prefix, name, _ := strings.Cut(table, "/")
	for _, f := range fits {
		switch prefix {
		case "asim":
			if f.schema == name {
				return fit{f.category, f.schema}
			}
		case "sentinel":
			for _, t := range f.tables {
				if t == name {
					return fit{f.category, f.schema}
				}
			}
		case "cim":
			for _, m := range f.models {
				if m == name || strings.HasPrefix(name, m+".") {
					return fit{f.category, f.schema}
				}
			}
		}
	}
	if prefix == "sentinel" {
		return fit{schema: name} // the table itself
	}
	return fit{}
}

// fitOfLogSource returns the names for the events of a log source.
func fitOfLogSource(l sigma.LogSource) fit {
	for _, f := range fits {
		stem, _, _ := strings.Cut(f.category, "_")
		if f.category != "" && (l.Category == f.category || strings.HasPrefix(l.Category, stem+"_") && (stem == "registry" || stem == "file")) {
			return fit{f.category, f.schema}
		}
	}
	switch {
	case l.Product == "windows" && l.Service == "security":
		return fit{schema: "SecurityEvent"}
	case l.Product == "windows" && l.Service != "":
		return fit{schema: "Event"}
	case l.Product == "linux" && l.Category == "":
		return fit{schema: "Syslog"}
	}
	return fit{}
}
