package report

import (
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/taxonomy"
)

// RuleAlert is how the rows of a detection of Sentinel or Defender become alerts and incidents. Lengths of time are written as content
// writes them: 5m, 1h, 14d; empty ones are not said.
type RuleAlert struct {
	Kind               string              `json:"kind"`
	Version            string              `json:"version,omitempty"`
	Frequency          string              `json:"frequency,omitempty"`
	Period             string              `json:"period,omitempty"`
	Start              string              `json:"start,omitempty"` // RFC 3339: the time of the first run
	Continuous         bool                `json:"continuous,omitempty"`
	Trigger            RuleTrigger         `json:"trigger"`
	PerResult          bool                `json:"alert_per_result"`
	Suppression        string              `json:"suppression,omitempty"`
	Entities           []RuleEntityMapping `json:"entity_mappings"`
	EntityColumns      []string            `json:"entity_columns,omitempty"`
	CustomDetails      []RuleDetail        `json:"custom_details"`
	Override           *RuleOverride       `json:"alert_details_override,omitempty"`
	Incident           RuleIncident        `json:"incident"`
	Tactics            []string            `json:"tactics"`
	Connectors         []RuleConnector     `json:"connectors"`
	Schemas            []RuleSchema        `json:"schemas,omitempty"` // of ASIM
	RecommendedActions string              `json:"recommended_actions,omitempty"`
	Placeholders       []string            `json:"placeholders,omitempty"`
}

// RuleTrigger is what the number of rows of a run is compared with.
type RuleTrigger struct {
	Operator  string `json:"operator"` // gt, lt, eq or ne
	Threshold int    `json:"threshold"`
}

// RuleEntityMapping makes an entity of columns.
type RuleEntityMapping struct {
	Type   string            `json:"type"`
	Fields []RuleEntityField `json:"fields"`
}

// RuleEntityField is the column that holds an identifier.
type RuleEntityField struct {
	Identifier string `json:"identifier"`
	Column     string `json:"column"`
}

// RuleDetail is a name with the column whose values it has.
type RuleDetail struct {
	Name   string `json:"name"`
	Column string `json:"column"`
}

// RuleOverride says which details of an alert come from its row; formats hold {{Column}}.
type RuleOverride struct {
	Name           string       `json:"name,omitempty"`
	Description    string       `json:"description,omitempty"`
	SeverityColumn string       `json:"severity_column,omitempty"`
	TacticsColumn  string       `json:"tactics_column,omitempty"`
	Properties     []RuleDetail `json:"properties,omitempty"`
}

// RuleIncident says which incidents alerts become.
type RuleIncident struct {
	Create   bool     `json:"create"`
	Grouping bool     `json:"grouping"`
	Reopen   bool     `json:"reopen,omitempty"`
	LookBack string   `json:"look_back,omitempty"`
	Method   string   `json:"method,omitempty"`
	Entities []string `json:"entities,omitempty"`
	Details  []string `json:"details,omitempty"`
	Custom   []string `json:"custom_details,omitempty"`
}

// RuleConnector is a source of data that a detection needs.
type RuleConnector struct {
	ID        string   `json:"id"`
	DataTypes []string `json:"data_types"`
}

// RuleSchema is a schema of ASIM that a detection is written for.
type RuleSchema struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// RuleQuery is what a query of KQL reads and gives.
type RuleQuery struct {
	Tables    []RuleTable  `json:"tables"`
	Operators []string     `json:"operators"`
	Columns   []RuleColumn `json:"columns"`
	LooksBack []string     `json:"looks_back,omitempty"` // as the query says it, each once
	Render    string       `json:"render,omitempty"`
}

// RuleTable is a table or function that a query reads. Fed says that something that is read gives it rows, Sources what.
type RuleTable struct {
	Name    string   `json:"name"`
	Fed     bool     `json:"fed"`
	Sources []string `json:"sources,omitempty"`
}

// RuleColumn is a column of the result; the type is any where only the data tell.
type RuleColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// RuleRelation is another rule, and what this one is to it.
type RuleRelation struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Title string `json:"title,omitempty"` // empty if it was not loaded
}

// related names the rules that a rule is related to.
func (v *Rule) related(d *detection.Detection) {
	for _, r := range d.Related {
		one := RuleRelation{ID: r.ID, Type: string(r.Type)}
		if r.Other != nil {
			one.Title = ruleTitle(r.Other)
		}
		v.Related = append(v.Related, one)
	}
}

func (v *Rule) relatedGrid() grid {
	g := grid{head: []string{"Rule", "Relation", "Title"}}
	for _, r := range v.Related {
		g.rows = append(g.rows, []phrase{{text: r.ID, exact: true}, {text: r.Type}, {text: r.Title}})
	}
	return g
}

// lengthText writes ticks as content does; nothing for 0.
func lengthText(ticks int64) string {
	if ticks == 0 {
		return ""
	}
	for _, u := range []struct {
		ticks int64
		name  string
	}{{event.TicksPerDay, "d"}, {event.TicksPerDay / 24, "h"}, {60 * event.TicksPerSecond, "m"}} {
		if ticks%u.ticks == 0 {
			return count(ticks/u.ticks) + u.name
		}
	}
	return count(ticks/event.TicksPerSecond) + "s"
}

// alert describes what becomes of the rows of a detection of Sentinel or Defender.
func (v *Rule) alert(d *detection.Detection) {
	a := d.Alert
	if a == nil {
		return
	}
	x := &RuleAlert{
		Kind: string(a.Kind), Version: a.Version, Frequency: lengthText(a.Frequency), Period: lengthText(a.Period), Continuous: a.Continuous,
		Trigger: RuleTrigger(a.Trigger), PerResult: a.PerResult, Suppression: lengthText(a.Suppression), Entities: []RuleEntityMapping{},
		CustomDetails: []RuleDetail{}, Tactics: append([]string{}, a.Tactics...), Connectors: []RuleConnector{}, RecommendedActions: a.RecommendedActions,
		Placeholders: a.Placeholders,
	}
	if x.Trigger.Operator == "" {
		x.Trigger.Operator = "gt"
	}
	if a.Start != 0 {
		x.Start = event.FormatTime(a.Start)
	}
	for _, m := range a.Entities {
		one := RuleEntityMapping{Type: m.Type, Fields: []RuleEntityField{}}
		for _, f := range m.Fields {
			one.Fields = append(one.Fields, RuleEntityField{f.Identifier, f.Column.Name})
		}
		x.Entities = append(x.Entities, one)
	}
	for _, c := range a.EntityColumns {
		x.EntityColumns = append(x.EntityColumns, c.Name)
	}
	for _, c := range a.CustomDetails {
		x.CustomDetails = append(x.CustomDetails, RuleDetail{c.Name, c.Column.Name})
	}
	x.Override = overrideOf(a.Override)
	g := a.Incident.Grouping
	x.Incident = RuleIncident{Create: a.Incident.Create, Grouping: g.Enabled}
	if g.Enabled {
		x.Incident.Reopen, x.Incident.LookBack, x.Incident.Method = g.Reopen, lengthText(g.LookBack), string(g.Method)
		x.Incident.Entities, x.Incident.Details, x.Incident.Custom = g.Entities, g.Details, g.Custom
	}
	for _, c := range a.Connectors {
		x.Connectors = append(x.Connectors, RuleConnector{c.ID, append([]string{}, c.DataTypes...)})
	}
	for _, s := range a.Schemas {
		x.Schemas = append(x.Schemas, RuleSchema(s))
	}
	v.Alert = x
}

// overrideOf returns what an author overrides, nil if nothing.
func overrideOf(o detection.Override) *RuleOverride {
	x := &RuleOverride{Name: o.Name, Description: o.Description}
	if o.SeverityColumn != nil {
		x.SeverityColumn = o.SeverityColumn.Name
	}
	if o.TacticsColumn != nil {
		x.TacticsColumn = o.TacticsColumn.Name
	}
	for _, p := range o.Properties {
		x.Properties = append(x.Properties, RuleDetail{p.Name, p.Column.Name})
	}
	if x.Name == "" && x.Description == "" && x.SeverityColumn == "" && x.TacticsColumn == "" && x.Properties == nil {
		return nil
	}
	return x
}

// query describes what a query of KQL reads and gives.
func (v *Rule) query(r *compile.Rule) {
	q := r.Query
	if q == nil || q.Plan == nil {
		return
	}
	t := taxonomy.Default()
	x := &RuleQuery{Tables: []RuleTable{}, Operators: append([]string{}, q.Operators...), Columns: []RuleColumn{}, Render: q.Render}
	for _, name := range q.Tables {
		one := RuleTable{Name: name, Fed: !slices.Contains(q.Unfed, name)}
		table, ok := t.LogTable(name)
		if schema, isRows := strings.CutPrefix(name, asimRows); isRows {
			one.Name = schema + " (ASIM)"
			table, ok = t.AsimSchema(schema)
		}
		if ok {
			for _, f := range t.TableFeeds(table.Table) {
				if view := viewName(f.View); !slices.Contains(one.Sources, view) {
					one.Sources = append(one.Sources, view)
				}
			}
		}
		for _, summary := range r.Reads {
			if summary.Summary.Table == name {
				one.Sources = append(one.Sources, "summary rule "+summary.Detection.Title)
			}
		}
		x.Tables = append(x.Tables, one)
	}
	for _, w := range q.Windows {
		if text := lengthText(w); text != "" && !slices.Contains(x.LooksBack, text) {
			x.LooksBack = append(x.LooksBack, text)
		}
	}
	e := &v.Engine
	e.TimeDependent, e.Commands = q.TimeDependent, q.Operators
	for _, c := range q.Columns {
		if c.Name == "*" {
			e.More = true
			continue
		}
		x.Columns = append(x.Columns, RuleColumn{c.Name, c.Type.String()})
		e.Output = append(e.Output, c.Name)
	}
	v.Query = x
}

// asimRows begins the name by which the functions of ASIM read the rows of a schema.
const asimRows = "_ASim_Rows_"

// viewName is the name of a view: that of its file.
func viewName(file string) string {
	file = file[strings.LastIndexByte(file, '/')+1:]
	name, _, _ := strings.Cut(file, ".")
	return name
}

// triggers are the operators of a trigger in words.
var triggers = map[string]string{"gt": "more than", "lt": "fewer than", "eq": "exactly", "ne": "not exactly"}

// alertSections are the parts of the page that a detection of Sentinel or Defender has.
func (v *Rule) alertSections(list []section) []section {
	a := v.Alert
	if a == nil {
		return list
	}
	list = addSection(list, "Schedule and trigger", v.triggerFacts())
	list = addSection(list, "Entities", v.entityGrid(), factOf("From columns", v.given(a.EntityColumns...)))
	details := grid{head: []string{"Custom detail", "Column"}}
	for _, d := range a.CustomDetails {
		details.rows = append(details.rows, []phrase{{text: d.Name, exact: true}, v.given(d.Column)[0]})
	}
	list = addSection(list, "Custom details", details)
	list = addSection(list, "Details of the alert", v.overrideFacts())
	list = addSection(list, "Incidents", v.incidentFacts())
	connectors := grid{head: []string{"Connector", "Data types"}}
	for _, c := range a.Connectors {
		connectors.rows = append(connectors.rows, []phrase{{text: c.ID, exact: true}, {text: strings.Join(c.DataTypes, ", ")}})
	}
	return addSection(list, "Connectors", connectors)
}

func (v *Rule) triggerFacts() facts {
	a := v.Alert
	var f facts
	kind := a.Kind
	switch detection.AlertKind(a.Kind) {
	case detection.NRT:
		kind += ": it looks at every row when it arrives"
	case detection.HuntingQuery:
		kind += ": a person runs it, and no alert comes of it"
	case detection.CustomDetection:
		kind += " of Defender XDR"
	}
	if a.Continuous {
		kind += ", which looks at every row when it arrives"
	}
	f.add("Kind", plain(kind))
	if a.Frequency != "" {
		f.add("Runs every", plain(a.Frequency))
	}
	f.add("Looks back", plain(a.Period))
	f.add("First run", plain(a.Start))
	if detection.AlertKind(a.Kind) != detection.HuntingQuery {
		f.add("Alerts on", plain(triggers[a.Trigger.Operator]+" "+plural(a.Trigger.Threshold, "row")+" in a run"))
		if a.PerResult {
			f.add("An alert is", plain("each row"))
		} else {
			f.add("An alert is", plain("all rows of a run"))
		}
		if a.Suppression != "" {
			f.add("After an alert", plain("the rule rests for "+a.Suppression))
		}
	}
	f.add("Filled in when it runs", literal(a.Placeholders...))
	return f
}

// given are columns that an alert names, marked where the query does not give them.
func (v *Rule) given(names ...string) []phrase {
	list := literal(names...)
	if len(list) == 0 && len(names) > 0 {
		list = []phrase{{}}
	}
	for i := range list {
		if !v.gives(list[i].text) {
			list[i] = phrase{text: list[i].text + " (the query does not give it)", mark: "fail"}
		}
	}
	return list
}

func (v *Rule) gives(column string) bool {
	return v.Query == nil || v.Engine.More || slices.Contains(v.Engine.Output, column)
}

func (v *Rule) entityGrid() grid {
	g := grid{head: []string{"Entity", "Identifier", "Column"}}
	for _, m := range v.Alert.Entities {
		for i, f := range m.Fields {
			entity := phrase{text: m.Type}
			if i > 0 {
				entity.text = ""
			}
			g.rows = append(g.rows, []phrase{entity, {text: f.Identifier}, v.given(f.Column)[0]})
		}
	}
	return g
}

func (v *Rule) overrideFacts() facts {
	o := v.Alert.Override
	if o == nil {
		return nil
	}
	var f facts
	f.add("Name", literal(o.Name))
	f.add("Description", literal(o.Description))
	f.add("Severity from", v.given(some(o.SeverityColumn)...))
	f.add("Tactics from", v.given(some(o.TacticsColumn)...))
	for _, p := range o.Properties {
		f.add("Property", append(literal(p.Name), v.given(p.Column)...))
	}
	return f
}

// some is a list of a text that is not empty.
func some(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func (v *Rule) incidentFacts() facts {
	a := v.Alert
	if detection.AlertKind(a.Kind) == detection.HuntingQuery {
		return nil
	}
	var f facts
	f.add("Creates incidents", plain(yes(a.Incident.Create, "")))
	if !a.Incident.Create {
		return f
	}
	if !a.Incident.Grouping {
		f.add("Grouping", plain("none: each alert is an incident"))
		return f
	}
	method := a.Incident.Method
	switch detection.MatchingMethod(method) {
	case detection.AllEntities:
		method = "alerts whose entities are all the same"
	case detection.AnyAlert:
		method = "all alerts of the rule"
	case detection.Selected:
		method = "alerts that agree in what is selected"
	}
	if a.Incident.LookBack != "" {
		method += ", within " + a.Incident.LookBack
	}
	f.add("Grouping", plain(method))
	f.add("By entities", plain(a.Incident.Entities...))
	f.add("By details", plain(a.Incident.Details...))
	f.add("By custom details", plain(a.Incident.Custom...))
	f.add("A closed incident", plain(map[bool]string{true: "is opened again", false: "stays closed, and another begins"}[a.Incident.Reopen]))
	return f
}

// queryBlocks say what a query of KQL reads.
func (v *Rule) queryBlocks() []any {
	q := v.Query
	if q == nil {
		return nil
	}
	g := grid{head: []string{"Table", "Data", "From"}}
	for _, t := range q.Tables {
		data := phrase{text: "yes", mark: "pass"}
		if !t.Fed {
			data = phrase{text: "none: nothing that is read gives it rows", mark: "fail"}
		}
		g.rows = append(g.rows, []phrase{{text: t.Name, exact: true}, data, {text: strings.Join(t.Sources, ", ")}})
	}
	var f facts
	f.add("Operators", literal(q.Operators...))
	f.add("Asks how far back", plain(q.LooksBack...))
	f.add("Chart", plain(q.Render))
	return []any{g, f}
}
