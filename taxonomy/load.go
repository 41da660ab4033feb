package taxonomy

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/schema"
)

// load reads every file below fsys on top of base.
func load(base *Taxonomy, fsys fs.FS) (*Taxonomy, diag.List) {
	t, layer := &Taxonomy{tableViews: sync.OnceValue(embeddedTableViews)}, 0
	if base != nil {
		layer = 1
		t.blocks = append(t.blocks, base.blocks...)
		t.views = append(t.views, base.views...)
		t.known = append(t.known, base.known...)
		t.addons = append(t.addons, base.addons...)
		t.modelFiles = append(t.modelFiles, base.modelFiles...)
		t.ownTargets = append(t.ownTargets, base.ownTargets...)
	}
	var diags diag.List
	var names []string
	var tables []tableFile
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); !entry.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		diags.Errorf(nil, diag.Span{}, "taxonomy-read", "cannot list the files: %v", err)
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			diags.Errorf(nil, diag.Span{}, "taxonomy-read", "cannot read %s: %v", name, err)
			continue
		}
		d := &document{src: &diag.Source{Name: name, Text: string(text)}, diags: &diags}
		if layer == 0 {
			d.src.Text = withoutExamples(d.src.Text)
		}
		if root := d.root(); root == nil {
			continue
		} else if view := valueOf(root, "view"); view != nil && (view.Value == "sentinel" || view.Value == "asim") {
			tables = append(tables, tableFile{d, root})
		} else {
			t.read(d, root, layer)
		}
	}
	if base != nil {
		t.tableViews = base.tableViews
	}
	if tables != nil {
		views := t.tableViews().with(tables)
		t.tableViews = func() *tableViews { return views }
	}
	sort.SliceStable(t.blocks, func(i, j int) bool {
		a, b := t.blocks[i], t.blocks[j]
		if a.layer != b.layer {
			return a.layer < b.layer
		}
		return a.match.weight() < b.match.weight()
	})
	sort.SliceStable(t.addons, func(i, j int) bool {
		a, b := t.addons[i], t.addons[j]
		if a.layer != b.layer {
			return a.layer < b.layer
		}
		return a.weight() < b.weight()
	})
	t.learnKnown()
	for _, target := range t.ownTargets {
		t.checkTarget(target)
	}
	diags = append(diags, t.buildModels()...)
	return t, diags
}

// withoutExamples returns the text of an embedded file up to its worked examples, which stand last, are most of it, and are
// for the tests only.
func withoutExamples(text string) string {
	text, _, _ = strings.Cut(text, "\nexamples:\n")
	return text
}

// read reads one file, whichever of its kinds it is.
func (t *Taxonomy) read(d *document, root *yaml.Node, layer int) {
	value := func(key string) *yaml.Node { return valueOf(root, key) }
	switch view := value("view"); {
	case view != nil && view.Value == "splunk":
		t.addons = append(t.addons, d.readAddon(root, layer)...)
	case view != nil && view.Value == "cim":
		t.modelFiles = append(t.modelFiles, d.readModel(root))
	case view != nil:
		t.views = append(t.views, d.readView(root))
	case value("target") != nil:
		t.ownTargets = append(t.ownTargets, d.readTarget(root))
	case value("records") != nil:
		t.blocks = append(t.blocks, d.readMap(root, layer)...)
	case value("known") != nil:
		t.known = append(t.known, d.readKnown(root)...)
	default:
		complaint := d.errorf(root, "taxonomy-shape", "the file is no map, no view and no list of log sources")
		complaint.Hint = "a map has the key records, a view the key view, a list of log sources the key known"
	}
}

// valueOf returns the value of a key of a mapping; nil where it has none.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// readMap reads a map: `records` is a list of blocks, each with a `match` within the file's own.
func (d *document) readMap(root *yaml.Node, layer int) []*block {
	var outer match
	var title string
	lookup := exactly
	var records []*yaml.Node
	d.mapping(root, keys{
		"title":    func(n *yaml.Node) { title = d.text(n) },
		"doc":      func(n *yaml.Node) { d.text(n) },
		"match":    func(n *yaml.Node) { outer = d.readMatch(n) },
		"lookup":   func(n *yaml.Node) { lookup = lookupMode(d.word(n, string(exactly), string(loosely))) },
		"records":  func(n *yaml.Node) { d.items(n, func(item *yaml.Node) { records = append(records, item) }) },
		"examples": func(n *yaml.Node) {}, // read by the tests
	})
	var blocks []*block
	for _, n := range records {
		b := &block{file: d.src.Name, title: title, layer: layer, match: outer}
		lookup, columns := lookup, (*yaml.Node)(nil)
		d.mapping(n, keys{
			"match":   func(n *yaml.Node) { b.match = d.readMatch(n).within(outer) },
			"title":   func(n *yaml.Node) { b.title = d.text(n) },
			"doc":     func(n *yaml.Node) { d.text(n) },
			"lookup":  func(n *yaml.Node) { lookup = lookupMode(d.word(n, string(exactly), string(loosely))) },
			"columns": func(n *yaml.Node) { columns = n },
			"names": func(n *yaml.Node) {
				d.items(n, func(item *yaml.Node) {
					b.names = append(b.names, naming(d.word(item, string(ecsNames), string(sigmaNames))))
				})
			},
			"everywhere": func(n *yaml.Node) { b.everywhere = d.flag(n) },
			"logsources": func(n *yaml.Node) {
				d.items(n, func(item *yaml.Node) { b.logsources = append(b.logsources, d.readLogSource(item, true)) })
			},
			"fields": func(n *yaml.Node) { b.fields = d.texts(n) },
			"closed": func(n *yaml.Node) { b.closed = d.flag(n) },
			"constants": func(n *yaml.Node) {
				b.constants = map[string]string{}
				d.pairs(n, func(key, value *yaml.Node) {
					b.constants[key.Value] = d.word(value, "product", "channel", "provider", "id")
				})
			},
		})
		if columns != nil {
			b.columns = d.readColumns(columns, lookup)
		}
		if b.match.weight() == 0 {
			d.errorf(n, "taxonomy-match", "the block matches every record").Hint = "say at least which product writes it"
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func (d *document) readMatch(n *yaml.Node) match {
	var m match
	d.mapping(n, d.matchKeys(&m))
	return m
}

func (d *document) matchKeys(m *match) keys {
	return keys{
		"product":  func(n *yaml.Node) { m.product = d.texts(n) },
		"channel":  func(n *yaml.Node) { m.channel = d.texts(n) },
		"provider": func(n *yaml.Node) { m.provider = d.texts(n) },
		"id":       func(n *yaml.Node) { m.id = d.texts(n) },

		"source":     func(n *yaml.Node) { m.source = d.texts(n) },
		"sourcetype": func(n *yaml.Node) { m.sourcetype = d.texts(n) },
	}
}

// readLogSource reads one log source; `parse: channel` takes it from the class.
func (d *document) readLogSource(n *yaml.Node, ofRecord bool) sourceEntry {
	var e sourceEntry
	known := keys{
		"category": func(n *yaml.Node) { e.Category = d.text(n) },
		"product":  func(n *yaml.Node) { e.Product = d.text(n) },
		"service":  func(n *yaml.Node) { e.Service = d.text(n) },
	}
	if ofRecord {
		known["when"] = func(n *yaml.Node) { e.When = d.readExpr(n) }
		known["stated"] = func(n *yaml.Node) { e.Stated = d.word(n, "category", "service") }
		known["parse"] = func(n *yaml.Node) { e.parse = d.word(n, "channel") != "" }
	}
	d.mapping(n, known)
	if e.Category == "" && e.Product == "" && e.Service == "" && !e.parse {
		d.errorf(n, "taxonomy-logsource", "the log source states nothing").Hint = "category, product, service, or several of them"
	}
	return e
}

// checkColumn complains about a name that is no canonical column.
func (d *document) checkColumn(n *yaml.Node) {
	if _, ok := schema.ColumnByName(n.Value); ok {
		return
	}
	complaint := d.errorf(n, "taxonomy-unknown-column", "unknown column `%s`", n.Value)
	var names []string
	for _, c := range schema.Columns() {
		names = append(names, c.Name)
	}
	if near := diag.Nearest(n.Value, names); near != "" {
		complaint.Hint = fmt.Sprintf("did you mean `%s`?", near)
	}
}

// readView reads a view: `for` lists the log sources whose rules it is for, `fields` gives the column of each field.
func (d *document) readView(root *yaml.Node) *view {
	v := &view{file: d.src.Name}
	d.mapping(root, keys{
		"view":  func(n *yaml.Node) { d.word(n, "sigma", "splunk", "cim", "sentinel", "asim") },
		"title": func(n *yaml.Node) { v.title = d.text(n) },
		"doc":   func(n *yaml.Node) { d.text(n) },
		"for": func(n *yaml.Node) {
			d.items(n, func(item *yaml.Node) { v.sources = append(v.sources, d.readLogSource(item, false).LogSource) })
		},
		"fields": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) {
				d.checkColumn(value)
				v.fields = append(v.fields, viewField{key.Value, d.text(value)})
			})
		},
	})
	return v
}

// readKnown reads the list of log sources that rules may name.
func (d *document) readKnown(root *yaml.Node) []knownSource {
	var list []knownSource
	d.mapping(root, keys{
		"doc": func(n *yaml.Node) { d.text(n) },
		"known": func(n *yaml.Node) {
			d.items(n, func(item *yaml.Node) {
				var k knownSource
				d.mapping(item, keys{
					"category": func(n *yaml.Node) { k.Category = d.text(n) },
					"product":  func(n *yaml.Node) { k.Product = d.text(n) },
					"service":  func(n *yaml.Node) { k.Service = d.text(n) },
					"doc":      func(n *yaml.Node) { k.doc = d.text(n) },
				})
				list = append(list, k)
			})
		},
	})
	return list
}

// learnKnown adds the log sources that maps feed to the known ones, and orders all.
func (t *Taxonomy) learnKnown() {
	seen := map[string]bool{}
	for _, k := range t.known {
		seen[k.LogSource.String()] = true
	}
	for _, b := range t.blocks {
		for _, e := range b.logsources {
			l := LogSource{Category: e.Category, Product: e.Product, Service: e.Service}
			if e.parse || strings.Contains(l.String(), "{") || seen[l.String()] {
				continue
			}
			seen[l.String()] = true
			t.known = append(t.known, knownSource{LogSource: l})
		}
	}
	sort.SliceStable(t.known, func(i, j int) bool { return t.known[i].LogSource.String() < t.known[j].LogSource.String() })
}
