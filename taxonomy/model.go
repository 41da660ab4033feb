package taxonomy

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Model is a data model of Splunk's Common Information Model: datasets of events that are about the same thing, whose fields
// are called alike whatever product wrote them. It is read from views/cim.
type Model struct {
	Name  string // as a search writes it: "Endpoint"
	Title string
	Doc   string

	datasets []*Dataset // parents before children
	columns  map[string]*modelField
}

// Dataset is the events of a model that meet its constraints. The zero name stands for all events of the model.
type Dataset struct {
	Name    string // "Processes"
	Parent  string // the dataset that it narrows; empty for a root
	Lineage string // its name behind those of its ancestors, as its fields are written: "Authentication.Failed_Authentication"
	Doc     string
	Table   string // what a search of it scans: cim/Endpoint.Processes
	// Tags are the tags that its events must have: one of each list.
	Tags [][]string

	model  *Model
	parent *Dataset
	where  plan.Expr // Refs are fields of the dataset or of the search
	fields []*modelField
}

// Field is a field of a dataset.
type Field struct {
	Name   string // as a search writes it: "Processes.process_name"
	Type   string // string, number, boolean or timestamp
	Doc    string
	Fill   string // what stands where there is no value; empty: nothing
	Column string // cim/Endpoint/Processes.process_name
}

// modelField is a field where it is defined.
type modelField struct {
	Field
	dataset *Dataset
	name    string
	from    plan.Expr // Refs are earlier fields of the dataset or else those of the search; nil: the field of the search of its name
	fill    event.Value
}

// splunkPrefix begins the columns of a search, cimPrefix those of data models and their tables.
const (
	splunkTable  = "splunk"
	splunkPrefix = "splunk/"
	cimPrefix    = "cim/"
)

// DataModel returns the data model of a name. Case counts, as in a search.
func (t *Taxonomy) DataModel(name string) (*Model, bool) {
	m, ok := t.models[name]
	return m, ok
}

// DataModels returns all data models in the order of their names.
func (t *Taxonomy) DataModels() []*Model {
	list := make([]*Model, 0, len(t.models))
	for _, m := range t.models {
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// Datasets returns the datasets, parents before children.
func (m *Model) Datasets() []*Dataset { return slices.Clone(m.datasets) }

// Dataset returns the dataset of a name, which may stand behind the names of its ancestors ("All_Changes.Account_Management").
// The empty name stands for all events of the model.
func (m *Model) Dataset(name string) (*Dataset, bool) {
	if name == "" {
		return &Dataset{model: m, Doc: m.Doc, Table: cimPrefix + m.Name}, true
	}
	for _, d := range m.datasets {
		if name == d.Name || name == d.Lineage {
			return d, true
		}
	}
	return nil, false
}

// inherited are the fields that every dataset has under the names that they have in a search, and their columns.
var inherited = []Field{
	{Name: "_time", Type: "timestamp", Doc: "When it happened.", Column: "@timestamp"},
	{Name: "host", Type: "string", Doc: "The machine that the event comes from.", Column: splunkPrefix + "host"},
	{Name: "source", Type: "string", Doc: "Where the event was read.", Column: splunkPrefix + "source"},
	{Name: "sourcetype", Type: "string", Doc: "What kind of data it is.", Column: splunkPrefix + "sourcetype"},
	{Name: "index", Type: "string", Doc: "Where the event is kept.", Column: splunkPrefix + "index"},
	{Name: "splunk_server", Type: "string", Doc: "Who keeps it.", Column: splunkPrefix + "splunk_server"},
	{Name: "_raw", Type: "string", Doc: "The event as it was written.", Column: splunkPrefix + "_raw"},
}

// Column returns the column of a field as a search writes it ("Processes.process_name", "host"). The fields of ancestors and
// of narrower datasets count as the dataset's.
func (d *Dataset) Column(field string) (column string, ok bool) {
	for _, f := range inherited {
		if f.Name == field {
			return f.Column, true
		}
	}
	f, ok := d.model.columns[field]
	if !ok || !d.kin(f.dataset) {
		return "", false
	}
	return f.Column, true
}

// Field returns the field of a name as a search writes it.
func (d *Dataset) Field(name string) (Field, bool) {
	for _, f := range inherited {
		if f.Name == name {
			return f, true
		}
	}
	f, ok := d.model.columns[name]
	if !ok || !d.kin(f.dataset) {
		return Field{}, false
	}
	return f.Field, true
}

// Fields returns the fields of the dataset, its ancestors' first and those of narrower datasets last, in the order of the
// model; without host, source and the like, which every event has.
func (d *Dataset) Fields() []Field {
	var list []Field
	for _, other := range d.model.datasets {
		if d.kin(other) {
			for _, f := range other.fields {
				list = append(list, f.Field)
			}
		}
	}
	return list
}

// Nearest returns the field of the dataset that is most like a name; empty if none is near. Names are compared without the
// datasets before them: the same one, then one of which the other is the end (path and process_path), then the likest.
func (d *Dataset) Nearest(field string) string {
	own := func(name string) string { return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]) }
	last := own(field)
	ends, all := "", map[string]string{}
	for _, f := range d.Fields() {
		name := own(f.Name)
		if name == last {
			return f.Name
		}
		if len(last) > 3 && (strings.HasSuffix(name, "_"+last) || strings.HasSuffix(last, "_"+name)) && (ends == "" || len(f.Name) < len(ends)) {
			ends = f.Name
		}
		if all[name] == "" {
			all[name] = f.Name
		}
	}
	if ends != "" {
		return ends
	}
	return all[diag.Nearest(last, slices.Sorted(maps.Keys(all)))]
}

// kin says whether a dataset is d, above it or below it.
func (d *Dataset) kin(other *Dataset) bool {
	return d.Lineage == "" || d.Lineage == other.Lineage ||
		strings.HasPrefix(other.Lineage, d.Lineage+".") || strings.HasPrefix(d.Lineage, other.Lineage+".")
}

// routeModel says whether records are events of a table of a data model.
func (k *kind) routeModel(table string) answer {
	if k.search().noRows {
		return answer{}
	}
	name, dataset, _ := strings.Cut(strings.TrimPrefix(table, cimPrefix), ".")
	m := k.taxonomy.models[name]
	if m == nil {
		return answer{}
	}
	var conditions []plan.Expr
	for _, d := range m.datasets {
		if dataset == "" && d.parent != nil || dataset != "" && dataset != d.Name {
			continue
		}
		a := k.member(d)
		if a.in && a.when == nil {
			return a
		}
		if a.in {
			conditions = append(conditions, a.when)
		}
	}
	if conditions == nil {
		return answer{}
	}
	return answer{disjunction(conditions), true}
}

// member says whether records are events of a dataset.
func (k *kind) member(d *Dataset) answer {
	if a, ok := k.members.Load(d); ok {
		return a.(answer)
	}
	a := k.newMember(d)
	if a.in || d.where != nil { // any other answer is quickly found again
		k.members.Store(d, a)
	}
	return a
}

func (k *kind) newMember(d *Dataset) answer {
	if k.everywhere {
		return answer{in: true}
	}
	var conditions []plan.Expr
	if d.parent != nil {
		a := k.member(d.parent)
		if !a.in {
			return answer{}
		}
		if a.when != nil {
			conditions = append(conditions, a.when)
		}
	} else if len(d.Tags) == 0 && d.where == nil {
		return answer{} // a root without constraints would be every event
	}
	for _, anyOf := range d.Tags {
		when, in := k.search().tagged(anyOf)
		if !in {
			return answer{}
		}
		if when != nil {
			conditions = append(conditions, when)
		}
	}
	if d.where != nil {
		where := k.ofModel(d.where, d, len(d.fields))
		if l, ok := plan.RewriteExpr(where).(*plan.Literal); !ok {
			conditions = append(conditions, where)
		} else if !l.Value.Bool() {
			return answer{}
		}
	}
	return answer{conjunction(conditions), true}
}

// modelColumn returns where records have a column cim/<Model>/<field>; nil where they are no events of its dataset.
func (k *kind) modelColumn(column string) plan.Expr {
	name, field, ok := strings.Cut(strings.TrimPrefix(column, cimPrefix), "/")
	if !ok {
		return nil
	}
	m := k.taxonomy.models[name]
	if m == nil {
		return nil
	}
	f := m.columns[field]
	if f == nil || k.search().noRows {
		return nil
	}
	a := k.member(f.dataset)
	if !a.in {
		return nil
	}
	e := k.modelField(f)
	if e == nil || a.when == nil {
		return e
	}
	return &plan.Case{Arms: []plan.Arm{{When: a.when, Then: e}}}
}

// modelField returns the value of a field for records that are events of its dataset.
func (k *kind) modelField(f *modelField) plan.Expr {
	var e plan.Expr
	if f.from == nil {
		e = k.search().modelColumn(f.name)
	} else {
		e = k.ofModel(f.from, f.dataset, slices.Index(f.dataset.fields, f))
	}
	if f.fill.IsNull() {
		return e
	}
	fill := &plan.Literal{Value: f.fill, Type: schema.String}
	if f.fill.Kind() != event.Text {
		fill.Type = schema.Long
	}
	if e == nil {
		return fill
	}
	return plan.RewriteExpr(simplified(&plan.Call{Func: firstFilled, Args: []plan.Expr{e, fill}}))
}

// ofModel puts in place of each Ref the field of the dataset or of an ancestor that it names, if that stands before the
// place at, and else the field of the search.
func (k *kind) ofModel(e plan.Expr, d *Dataset, at int) plan.Expr {
	e = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return simplified(e)
		}
		var source plan.Expr
		if f := d.calculated(ref.Column.Name, at); f != nil {
			source = k.modelField(f)
		} else {
			source = k.search().modelColumn(ref.Column.Name)
		}
		if source == nil {
			return &plan.Literal{}
		}
		return source
	})
	e = plan.RewriteExpr(e)
	if l, ok := e.(*plan.Literal); ok && l.Value.IsNull() {
		return nil
	}
	return e
}

// calculated returns the field of a name that stands before a place among the dataset's or is an ancestor's.
func (d *Dataset) calculated(name string, before int) *modelField {
	for _, f := range d.fields[:before] {
		if f.name == name {
			return f
		}
	}
	if d.parent != nil {
		return d.parent.calculated(name, len(d.parent.fields))
	}
	return nil
}
