package taxonomy

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// modelName is what a name in a view of a data model means: a field of the dataset, or of the search.
func modelName(name string) plan.Expr { return &plan.Ref{Column: &plan.Column{Name: name}} }

// readModel reads a view of a data model; what several files say of a model adds up:
//
//	view: cim
//	model: Endpoint
//	datasets:
//	  Processes:                     in order; a child behind its parent
//	    parent: …                    the dataset that it narrows
//	    tags: [process, report]      its events have all of them; a list in the list: one of these
//	    where: action equals~ "…"    and meet this condition
//	    fields:                      in order
//	      process_name: {type: string, doc: …, from: basename(…), fill: unknown}
//
// A field is by default the field of the search of the same name. In from and where a name is a field of the dataset that
// stands before, or of an ancestor, and else one of the search (so that process inside process is the search's). Where there
// is no value, or an empty text, stands fill.
func (d *document) readModel(root *yaml.Node) *modelFile {
	f := &modelFile{src: d.src}
	var name *yaml.Node
	d.mapping(root, keys{
		"view":  func(n *yaml.Node) { d.word(n, "cim") },
		"model": func(n *yaml.Node) { f.model, name = d.text(n), n },
		"title": func(n *yaml.Node) { f.title = d.text(n) },
		"doc":   func(n *yaml.Node) { f.doc = d.text(n) },
		"datasets": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) { f.datasets = append(f.datasets, d.readDataset(key, value)) })
		},
		"shared":   func(n *yaml.Node) {}, // a place for what several datasets refer to
		"examples": func(n *yaml.Node) {}, // read by the tests
	})
	if f.model == "" || strings.ContainsAny(f.model, "./") {
		at := root
		if name != nil {
			at = name
		}
		d.errorf(at, "taxonomy-model", "the view names no data model").Hint = "model: Endpoint, without dots"
	}
	return f
}

// modelFile is what one file says of a data model.
type modelFile struct {
	src        *diag.Source
	model      string
	title, doc string
	datasets   []*datasetPart
}

// datasetPart is what one file says of a dataset.
type datasetPart struct {
	node   *yaml.Node
	name   string
	parent string
	doc    string
	tags   [][]string
	where  plan.Expr
	fields []*modelField
}

func (d *document) readDataset(key, n *yaml.Node) *datasetPart {
	p := &datasetPart{node: key, name: d.text(key)}
	if strings.ContainsAny(p.name, "./") {
		d.errorf(key, "taxonomy-dataset", "the name of a dataset has no dots").Hint = "say `parent` for a dataset within another"
	}
	d.mapping(n, keys{
		"parent": func(n *yaml.Node) { p.parent = d.text(n) },
		"doc":    func(n *yaml.Node) { p.doc = d.text(n) },
		"tags": func(n *yaml.Node) {
			d.items(n, func(item *yaml.Node) { p.tags = append(p.tags, d.texts(item)) })
		},
		"where": func(n *yaml.Node) { p.where = d.readExprOf(n, modelName) },
		"fields": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) { p.fields = append(p.fields, d.readModelField(key, value)) })
		},
	})
	return p
}

func (d *document) readModelField(key, n *yaml.Node) *modelField {
	f := &modelField{name: d.text(key)}
	f.Type = "string"
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return f
	}
	d.mapping(n, keys{
		"type": func(n *yaml.Node) { f.Type = d.word(n, "string", "number", "boolean", "timestamp") },
		"doc":  func(n *yaml.Node) { f.Doc = d.text(n) },
		"from": func(n *yaml.Node) { f.from = d.readSearchField(n, modelName) },
		"fill": func(n *yaml.Node) {
			f.Fill = d.text(n)
			f.fill = event.TextValue(f.Fill)
			if n.Tag == "!!int" {
				f.fill, _ = event.Number(f.Fill)
			}
		},
	})
	return f
}

// buildModels puts together what the files say, embedded ones first.
func (t *Taxonomy) buildModels() diag.List {
	var diags diag.List
	t.models = map[string]*Model{}
	for _, file := range t.modelFiles {
		m := t.models[file.model]
		if m == nil {
			m = &Model{Name: file.model}
			t.models[file.model] = m
		}
		if file.title != "" {
			m.Title = file.title
		}
		if file.doc != "" {
			m.Doc = file.doc
		}
		d := &document{src: file.src, diags: &diags}
		for _, part := range file.datasets {
			m.add(d, part)
		}
	}
	for _, m := range t.models {
		m.columns = map[string]*modelField{}
		for _, dataset := range m.datasets {
			for _, f := range dataset.fields {
				f.Name = dataset.Lineage + "." + f.name
				f.Column = cimPrefix + m.Name + "/" + f.Name
				m.columns[f.Name] = f
			}
		}
	}
	return diags
}

// add adds what a file says of a dataset.
func (m *Model) add(d *document, part *datasetPart) {
	var dataset *Dataset
	for _, known := range m.datasets {
		if known.Name == part.name {
			dataset = known
		}
	}
	if dataset == nil {
		dataset = &Dataset{Name: part.name, Lineage: part.name, Table: cimPrefix + m.Name + "." + part.name, model: m}
		if part.parent != "" {
			parent, ok := m.Dataset(part.parent)
			if !ok {
				complaint := d.errorf(part.node, "taxonomy-dataset", "the parent `%s` of the dataset is not known", part.parent)
				var names []string
				for _, known := range m.datasets {
					names = append(names, known.Name)
				}
				if near := diag.Nearest(part.parent, names); near != "" {
					complaint.Hint = fmt.Sprintf("did you mean `%s`?", near)
				} else {
					complaint.Hint = "a parent stands before its children"
				}
				return
			}
			dataset.Parent, dataset.parent, dataset.Lineage = parent.Name, parent, parent.Lineage+"."+part.name
		}
		m.datasets = append(m.datasets, dataset)
	}
	if part.doc != "" {
		dataset.Doc = part.doc
	}
	if part.tags != nil {
		dataset.Tags = part.tags
	}
	if part.where != nil {
		dataset.where = part.where
	}
	for _, f := range part.fields {
		own := *f
		own.dataset = dataset
		i := slices.IndexFunc(dataset.fields, func(known *modelField) bool { return known.name == f.name })
		if i >= 0 {
			dataset.fields[i] = &own
		} else {
			dataset.fields = append(dataset.fields, &own)
		}
	}
}
