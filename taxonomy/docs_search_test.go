package taxonomy_test

import (
	"fmt"
	"regexp"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// documentSearches writes what searches see, and the data models.
func documentSearches(b *strings.Builder, tax *taxonomy.Taxonomy) {
	fmt.Fprint(b, `
## What a Splunk search sees of records

A raw search sees every record, but for those that are put together from others. A field is what the view of the product
says, else the record's own field of that name, or what lies at its end if it is a path (`+"`a.b`, `a{}.b`"+`). Source and
sourcetype are what an operator said of an input, else what stands here, where {channel} and the like are parts of the class.
Event types and their tags add up; by their tags records become events of the data models below.

The user of Sysmon's events is given without its domain and in the case that it was logged in, which the current add-on writes in
upper case. Only creations of processes are tagged as Endpoint.Processes wants it; the head of
`+"`taxonomy/views/splunk/sysmon.yaml`"+` says how to have ends of processes and accesses to them as well.

| records | source · sourcetype · index | event types [tags] |
|---|---|---|
`)
	for _, k := range tax.SplunkKinds() {
		var said []string
		for _, text := range []string{k.Source, k.Sourcetype, k.Index} {
			said = append(said, cell(text))
		}
		metadata := strings.Join(said, " · ")
		if k.Source == "" && k.Sourcetype == "" && k.Index == "" {
			metadata = ""
		}
		var types []string
		for _, e := range k.Eventtypes {
			text := e.Name
			if len(e.Tags) > 0 {
				text += " [" + strings.Join(e.Tags, " ") + "]"
			}
			if e.When {
				text += " under a condition"
			}
			types = append(types, text)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", kindText(k), metadata, strings.Join(types, "<br>"))
	}

	fmt.Fprint(b, `
## Data models

A search scans a dataset as the table cim/Model.Dataset, and its fields are the columns cim/Model/Field. A field is the field of
the search of that name, or computed from others; where there is no value stands what follows the equals sign. Every dataset
also has _time, _raw, host, source, sourcetype and index.

| dataset | its events | fields |
|---|---|---|
`)
	for _, m := range tax.DataModels() {
		for _, d := range m.Datasets() {
			var tags []string
			for _, anyOf := range d.Tags {
				tags = append(tags, strings.Join(anyOf, " or "))
			}
			events := "tagged " + strings.Join(tags, " and ")
			if len(tags) == 0 {
				events = "under a condition"
			}
			if d.Parent != "" {
				events = d.Parent + ", " + events
			}
			var fields []string
			for _, f := range d.Fields() {
				own, mine := strings.CutPrefix(f.Name, d.Lineage+".")
				if !mine || strings.HasPrefix(f.Column, "cim/"+m.Name+"/"+d.Lineage+".") && isDeeper(m, d, f.Name) {
					continue
				}
				if f.Fill != "" {
					own += " = " + f.Fill
				}
				fields = append(fields, own)
			}
			fmt.Fprintf(b, "| %s.%s: %s | %s | %s |\n", m.Name, d.Lineage, d.Doc, events, strings.Join(fields, " · "))
		}
	}

	fmt.Fprint(b, `
## Where the fields of Endpoint come from

Each column is one kind of record. Names are the record's own fields; – is a field that such records never have, so that it has no
value or the one that fills it.
`)
	endpoint, _ := tax.DataModel("Endpoint")
	for _, table := range endpointTables {
		d, _ := endpoint.Dataset(table.dataset)
		fmt.Fprintf(b, "\n### Endpoint.%s\n\n| field | what it is |", table.dataset)
		for _, k := range table.kinds {
			fmt.Fprintf(b, " %s |", k.title)
		}
		fmt.Fprint(b, "\n|---|---|", strings.Repeat("---|", len(table.kinds)), "\n")
		for _, f := range d.Fields() {
			var cells []string
			some := false
			for _, k := range table.kinds {
				text := sourceText(tax.Source(event.ClassOf(k.class), f.Column), f.Fill)
				if text == strings.TrimPrefix(f.Name, d.Lineage+".") {
					text = "–" // the record's own, should it have one
				}
				some = some || text != "–"
				cells = append(cells, text)
			}
			if some {
				fmt.Fprintf(b, "| %s | %s | %s |\n", strings.TrimPrefix(f.Name, d.Lineage+"."), f.Doc, strings.Join(cells, " | "))
			}
		}
	}
}

// isDeeper says whether a field is one of a dataset below d.
func isDeeper(m *taxonomy.Model, d *taxonomy.Dataset, field string) bool {
	for _, other := range m.Datasets() {
		if other.Parent != "" && strings.HasPrefix(other.Lineage, d.Lineage+".") && strings.HasPrefix(field, other.Lineage+".") {
			return true
		}
	}
	return false
}

type shownKind struct {
	title string
	class event.Class
}

func windowsKind(title, channel, id string) shownKind {
	return shownKind{title, event.Class{Product: "windows", Channel: channel, ID: id}}
}

const sysmonChannel = "Microsoft-Windows-Sysmon/Operational"

// endpointTables are the kinds of record that the documentation shows side by side.
var endpointTables = []struct {
	dataset string
	kinds   []shownKind
}{
	{"Processes", []shownKind{
		windowsKind("Sysmon 1", sysmonChannel, "1"),
		windowsKind("Security 4688", "Security", "4688"),
		{"CrowdStrike ProcessRollup2", event.Class{Product: "crowdstrike", Channel: "Win", ID: "ProcessRollup2"}},
		{"Sysmon for Linux 1", event.Class{Product: "linux-sysmon", Channel: "Linux-Sysmon/Operational", ID: "1"}},
		{"Defender DeviceProcessEvents", event.Class{Product: "defender", Channel: "DeviceProcessEvents", ID: "ProcessCreated"}},
	}},
	{"Registry", []shownKind{
		windowsKind("Sysmon 12", sysmonChannel, "12"), windowsKind("Sysmon 13", sysmonChannel, "13"),
		windowsKind("Sysmon 14", sysmonChannel, "14"), windowsKind("Security 4657", "Security", "4657"),
	}},
	{"Filesystem", []shownKind{
		windowsKind("Sysmon 11", sysmonChannel, "11"), windowsKind("Sysmon 23", sysmonChannel, "23"),
		{"Sysmon for Linux 11", event.Class{Product: "linux-sysmon", Channel: "Linux-Sysmon/Operational", ID: "11"}},
		windowsKind("Security 4663", "Security", "4663"), windowsKind("Security 5145", "Security", "5145"),
	}},
	{"Services", []shownKind{
		windowsKind("System 7045", "System", "7045"), windowsKind("System 7036", "System", "7036"), windowsKind("Security 4697", "Security", "4697"),
	}},
	{"Ports", []shownKind{
		windowsKind("Sysmon 3", sysmonChannel, "3"), windowsKind("Security 5154", "Security", "5154"),
	}},
}

var fieldCall = regexp.MustCompile(`(?:field|path|loose)\("([^"]+)"\)`)

// sourceText shows where a field comes from, as shortly as it can be said.
func sourceText(e plan.Expr, fill string) string {
	switch e := e.(type) {
	case nil:
		return "–"
	case *plan.Literal:
		if e.Value.Text() == fill || e.Value.IsNull() {
			return "–"
		}
		if list := e.Value.List(); list != nil {
			var words []string
			for _, v := range list {
				words = append(words, v.Text())
			}
			return "“" + strings.Join(words, "”, “") + "”"
		}
		return "“" + e.Value.Text() + "”"
	case *plan.Case:
		if len(e.Arms) == 1 && e.Else == nil {
			return sourceText(e.Arms[0].Then, fill)
		}
		return "computed"
	case *plan.Call:
		if e.Func.Name == "first_filled" {
			var parts []string
			for _, arg := range e.Args {
				if text := sourceText(arg, fill); text != "–" && text != "“"+fill+"”" {
					parts = append(parts, text)
				}
			}
			if len(parts) == 0 {
				return "–"
			}
			return strings.Join(parts, ", else ")
		}
	}
	text := fieldCall.ReplaceAllString(plan.ExprString(e), "$1")
	if len(text) > 60 {
		return "computed"
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func kindText(k taxonomy.SplunkKind) string {
	var parts []string
	for _, list := range [][]string{k.Product, k.Channel, k.Provider, k.ID} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ", "))
		}
	}
	if len(k.Category) > 0 {
		parts = append(parts, "category "+strings.Join(k.Category, ", "))
	}
	if len(k.Labels) > 0 {
		parts = append(parts, "labelled "+strings.Join(k.Labels, ", "))
	}
	if parts == nil {
		return k.Title
	}
	return k.Title + " (" + strings.Join(parts, "; ") + ")"
}
