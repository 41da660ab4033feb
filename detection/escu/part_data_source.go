package escu

import "goshawk/diag"

// DataSource is where events come from, with the fields that an add-on finds in them.
type DataSource struct {
	Name, ID, Description      string
	Source, Sourcetype         string
	Separator, SeparatorValue  string // the field that tells this data source from others of the sourcetype, and what it holds
	Configuration              string
	AddOns                     []AddOn
	Fields, OutputFields       []string
	FieldMappings, Conversions []FieldMapping
	ExampleLog                 string
	Path                       string
	Place                      diag.Span // of the name
}

// AddOn is an add-on of Splunk that makes the fields of a data source.
type AddOn struct{ Name, URL, Version string }

// FieldMapping says how the fields of a data source are called elsewhere: in a data model, or in another data source.
type FieldMapping struct {
	Model, Dataset string
	DataSource     string
	Names          [][2]string // from, to
}

func (f *File) readDataSource(r *reader) {
	r.document("data source", func(m *fields) {
		name := m.must("name")
		d := &DataSource{Name: m.text("name"), ID: m.text("id"), Description: m.text("description"), Source: m.text("source"),
			Sourcetype: m.text("sourcetype"), Separator: m.text("separator"), SeparatorValue: m.text("separator_value"), Configuration: m.text("configuration"),
			Fields: m.texts("fields"), OutputFields: m.texts("output_fields"), ExampleLog: m.word("example_log").Text, Path: f.Source.Name}
		m.known("version", "date", "creation_date", "modification_date", "author", "status", "mitre_components", "references")
		for _, a := range m.each("supported_TA") {
			d.AddOns = append(d.AddOns, AddOn{a.text("name"), a.text("url"), a.text("version")})
			a.done()
		}
		for _, x := range m.each("field_mappings") {
			d.FieldMappings = append(d.FieldMappings, FieldMapping{Model: x.text("data_model"), Dataset: x.text("data_set"), Names: x.sub("mapping").pairs()})
			x.done()
		}
		for _, x := range m.each("convert_to_log_source") {
			d.Conversions = append(d.Conversions, FieldMapping{DataSource: x.text("data_source"), Names: x.sub("mapping").pairs()})
			x.done()
		}
		if d.Name != "" {
			d.Place = r.places.Span(name.node)
			f.dataSource = d
		}
	})
}

// pairs returns the entries of a map whose values are texts, in their order.
func (f *fields) pairs() [][2]string {
	if f == nil {
		return nil
	}
	var list [][2]string
	for _, e := range f.list {
		list = append(list, [2]string{e.Key.Value, e.Value.Value})
	}
	return list
}
