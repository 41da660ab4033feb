package taxonomy

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

//go:embed targets/*.yaml
var embeddedTargetFiles embed.FS

// embeddedTargets reads the targets that come with Goshawk, when somebody translates.
var embeddedTargets = sync.OnceValue(func() map[string]*Target {
	targets := map[string]*Target{}
	var diags diag.List
	names, err := fs.Glob(embeddedTargetFiles, "targets/*.yaml")
	if err != nil {
		panic("taxonomy: " + err.Error())
	}
	for _, name := range names {
		text, err := embeddedTargetFiles.ReadFile(name)
		if err != nil {
			panic("taxonomy: " + err.Error())
		}
		d := &document{src: &diag.Source{Name: name, Text: string(text)}, diags: &diags}
		if root := d.root(); root != nil {
			t := d.readTarget(root)
			targets[t.Name] = t
		}
	}
	if diags.Failed() {
		panic("taxonomy: the embedded files are wrong:\n" + diags.Error())
	}
	return targets
})

// targets returns all targets by name; a user's stands in for an embedded one of its name.
func (t *Taxonomy) targets() map[string]*Target {
	if len(t.ownTargets) == 0 {
		return embeddedTargets()
	}
	all := maps.Clone(embeddedTargets())
	for _, own := range t.ownTargets {
		all[own.Name] = own
	}
	return all
}

// readTarget reads a target:
//
//	target    its name
//	language  kql, spl or sigma
//	product   product: a condition, or always
//	shared    a place for what several sources refer to
//	sources   how the events of log sources stand in it; the first that suits counts, and with a part the other parts
func (d *document) readTarget(root *yaml.Node) *Target {
	t := &Target{Product: map[string]plan.Expr{}}
	d.mapping(root, keys{
		"target":   func(n *yaml.Node) { t.Name = d.text(n) },
		"title":    func(n *yaml.Node) { t.Title = d.text(n) },
		"doc":      func(n *yaml.Node) { t.Doc = strings.TrimSpace(d.text(n)) },
		"language": func(n *yaml.Node) { t.Language = d.word(n, "kql", "spl", "sigma") },
		"product":  func(n *yaml.Node) { t.Product = d.readProducts(n) },
		"shared":   func(n *yaml.Node) {},
		"sources": func(n *yaml.Node) {
			d.items(n, func(item *yaml.Node) { t.Sources = append(t.Sources, d.readTargetSource(item)) })
		},
	})
	return t
}

func (d *document) readProducts(n *yaml.Node) map[string]plan.Expr {
	products := map[string]plan.Expr{}
	d.pairs(n, func(key, value *yaml.Node) {
		if value.Value == "always" {
			products[key.Value] = nil
			return
		}
		products[key.Value] = d.readTargetExpr(value)
	})
	return products
}

// readTargetSource reads a source: the keys are those of TargetSource in lower case.
func (d *document) readTargetSource(n *yaml.Node) *TargetSource {
	s := &TargetSource{Columns: map[string]*TargetColumn{}, Fields: map[string]*TargetColumn{}}
	d.mapping(n, keys{
		"for": func(n *yaml.Node) {
			d.items(n, func(item *yaml.Node) { s.For = append(s.For, d.readLogSource(item, false).LogSource) })
		},
		"part":   func(n *yaml.Node) { s.Part = d.text(n) },
		"table":  func(n *yaml.Node) { s.Table = d.text(n) },
		"schema": func(n *yaml.Node) { s.Schema = d.text(n) },
		"when":   func(n *yaml.Node) { s.When = d.readTargetExpr(n) },
		"given":  func(n *yaml.Node) { s.Given = d.readTargetExpr(n) },
		"feeds": func(n *yaml.Node) {
			s.Feeds = map[string]string{}
			d.pairs(n, func(key, value *yaml.Node) { s.Feeds[d.word(key, "channel", "provider", "id")] = d.text(value) })
		},
		"product": func(n *yaml.Node) { s.Product = d.readProducts(n) },
		"beside":  func(n *yaml.Node) { s.Beside = d.texts(n) },
		"names":   func(n *yaml.Node) { s.Names = d.word(n, "rule", "native") },
		"columns": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) {
				d.checkColumn(key)
				s.Columns[key.Value] = d.readTargetColumn(value)
			})
		},
		"fields": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) { s.Fields[strings.ToLower(key.Value)] = d.readTargetColumn(value) })
		},
		"field": func(n *yaml.Node) { s.Field = d.text(n) },
		"every": func(n *yaml.Node) { s.Every = d.readTargetColumn(n) },
		"blank": func(n *yaml.Node) { s.Blank = d.flag(n) },
		"note":  func(n *yaml.Node) { s.Note = d.text(n) },
		"tell":  func(n *yaml.Node) { s.Tell = d.text(n) },
		"more": func(n *yaml.Node) {
			s.More = map[string][]string{}
			d.pairs(n, func(key, value *yaml.Node) { s.More[key.Value] = d.texts(value) })
		},
	})
	if s.Table == "" {
		d.errorf(n, "taxonomy-target", "the source names no table")
	}
	s.document, s.node = d, n
	return s
}

// checkTarget complains about tables and columns that there are not.
func (t *Taxonomy) checkTarget(target *Target) {
	for _, s := range target.Sources {
		if s.Schema == "" {
			continue
		}
		table, ok := t.table(s.Schema)
		if !ok {
			s.document.errorf(s.node, "taxonomy-target", "there is no table %s", s.Schema)
			continue
		}
		check := func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if ref, ok := e.(*plan.Ref); ok {
					if _, ok := table.Column(ref.Column.Name); !ok {
						s.document.errorf(s.node, "taxonomy-target", "%s has no column %s", s.Schema, ref.Column.Name)
					}
				}
				return true
			})
		}
		check(s.When)
		check(s.Given)
		for _, list := range []map[string]*TargetColumn{s.Columns, s.Fields} {
			for _, c := range list {
				if c != nil {
					check(c.Value)
				}
			}
		}
	}
}

// readTargetColumn reads where a value is: the name of a column, an expression over columns, null for nowhere, or a mapping.
func (d *document) readTargetColumn(n *yaml.Node) *TargetColumn {
	c := &TargetColumn{}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		c.Value = d.readTargetExpr(n)
		return c
	}
	d.mapping(n, keys{
		"value": func(n *yaml.Node) { c.Value = d.readTargetExpr(n) },
		"as":    func(n *yaml.Node) { c.As = d.text(n) },
		"values": func(n *yaml.Node) {
			c.Values = map[string]string{}
			d.pairs(n, func(key, value *yaml.Node) { c.Values[key.Value] = d.text(value) })
		},
		"begins": func(n *yaml.Node) { c.Begins = d.readRewrites(n) },
		"whole":  func(n *yaml.Node) { c.Whole = d.readRewrites(n) },
		"hashes": func(n *yaml.Node) {
			c.Hashes = map[string]*TargetColumn{}
			d.pairs(n, func(key, value *yaml.Node) { c.Hashes[strings.ToUpper(key.Value)] = d.readTargetColumn(value) })
		},
		"form": func(n *yaml.Node) {
			c.Form = d.word(n, "hexadecimal", "dword", "unwrapped", "path", "file", "guid", "marker")
		},
		"within": func(n *yaml.Node) { c.Within = d.flag(n) },
		"lower":  func(n *yaml.Node) { c.Lower = d.flag(n) },
		"fill":   func(n *yaml.Node) { c.Fill = d.text(n) },
		"base":   func(n *yaml.Node) { c.Base = d.readTargetColumn(n) },
		"note":   func(n *yaml.Node) { c.Note = d.text(n) },
	})
	if c.Value == nil && c.Hashes == nil {
		d.errorf(n, "taxonomy-target", "the column has no value")
	}
	return c
}

// readRewrites reads pairs of texts, and puts longer ones first.
func (d *document) readRewrites(n *yaml.Node) [][2]string {
	var list [][2]string
	d.pairs(n, func(key, value *yaml.Node) { list = append(list, [2]string{key.Value, d.text(value)}) })
	slices.SortStableFunc(list, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	return list
}

// readTargetExpr reads an expression in which a name is a column of the target.
func (d *document) readTargetExpr(n *yaml.Node) plan.Expr {
	return d.readExprOf(n, targetRef)
}

func targetRef(name string) plan.Expr {
	return &plan.Ref{Column: &plan.Column{Name: name, Type: schema.Any}}
}
