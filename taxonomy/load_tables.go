package taxonomy

import (
	"embed"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Views of kinds sentinel and asim make records rows of the tables that a KQL query names. The head of
// views/sentinel/sysmon.yaml says how they are written. There are many of them, and only queries in KQL ask; so those that are
// embedded are read when somebody does.

//go:embed views/sentinel/*.yaml views/asim/*.yaml tables/*
var embeddedTables embed.FS

// tableViews is what all views of tables say.
type tableViews struct {
	blocks  []*tableBlock           // weakest first
	schemas map[string]*tableSchema // by table
	fed     map[string]bool         // the tables that some block names
	asim    asimViews
}

// tableBlock is one entry of a view of tables: what it says about the records of the classes that it matches.
type tableBlock struct {
	file, title string
	layer       int // 0 is embedded; a user's wins
	match       match
	category    []string // of Sigma, of which the records must be one; empty does not restrict
	tables      []tableEntry
}

// tableEntry is what a block says of one table.
type tableEntry struct {
	table   string // sentinel/SecurityEvent; {channel} in it is the channel of the class
	none    bool   // records are no rows of it, whatever a wider block says
	when    plan.Expr
	own     bool // columns are the record's fields of the same name, whatever a wider block says
	columns map[string]plan.Expr
	byID    map[string]map[string]plan.Expr // by the id of the class

	document *document
	node     *yaml.Node
	keys     map[string]*yaml.Node // of the columns
}

// tableSchema is what views say of a table whatever records its rows are made of.
type tableSchema struct {
	columns  []referenceColumn    // that the reference lacks
	defaults map[string]plan.Expr // of columns of which no block says anything
	aliases  map[string]plan.Expr // of columns that are nothing but others, whatever a block says

	document *document
	keys     map[string]*yaml.Node // of the defaults and aliases
}

// embeddedTableViews reads the views that come with Goshawk.
func embeddedTableViews() *tableViews {
	v := &tableViews{schemas: map[string]*tableSchema{}, fed: map[string]bool{}}
	var diags diag.List
	for _, pattern := range []string{"views/sentinel/*.yaml", "views/asim/*.yaml"} {
		names, err := fs.Glob(embeddedTables, pattern)
		if err != nil {
			panic("taxonomy: " + err.Error())
		}
		for _, name := range names {
			d := &document{src: &diag.Source{Name: name, Text: withoutExamples(mustRead(name))}, diags: &diags}
			if root := d.root(); root != nil {
				v.read(d, root, 0)
			}
		}
	}
	v.finish()
	if diags.Failed() {
		panic("taxonomy: the embedded files are wrong:\n" + diags.Error())
	}
	return v
}

// with returns the views with those of a user on top, of which it reads the files that the list names.
func (v *tableViews) with(files []tableFile) *tableViews {
	out := &tableViews{blocks: slices.Clone(v.blocks), schemas: map[string]*tableSchema{}, fed: maps.Clone(v.fed), asim: v.asim.clone()}
	for table, s := range v.schemas {
		c := *s
		c.columns, c.defaults, c.aliases, c.keys = slices.Clone(s.columns), maps.Clone(s.defaults), maps.Clone(s.aliases), maps.Clone(s.keys)
		out.schemas[table] = &c
	}
	for _, f := range files {
		out.read(f.document, f.root, 1)
	}
	out.finish()
	return out
}

// tableFile is a file with a view of tables, not read yet.
type tableFile struct {
	document *document
	root     *yaml.Node
}

// read reads one file: a list of blocks, what holds for all rows of a table, or both.
func (v *tableViews) read(d *document, root *yaml.Node, layer int) {
	prefix := sentinelPrefix
	var outer tableBlock
	var title string
	var records, schemas, functions *yaml.Node
	d.mapping(root, keys{
		"view":     func(n *yaml.Node) { prefix = d.word(n, "sentinel", "asim") + "/" },
		"title":    func(n *yaml.Node) { title = d.text(n) },
		"doc":      func(n *yaml.Node) { d.text(n) },
		"match":    func(n *yaml.Node) { d.readTableMatch(n, &outer) },
		"records":  func(n *yaml.Node) { records = n },
		"schemas":  func(n *yaml.Node) { schemas = n },
		"shared":   func(n *yaml.Node) {}, // a place for what several blocks refer to
		"examples": func(n *yaml.Node) {}, // read by the tests

		"templates": func(n *yaml.Node) { v.asim.readTemplates(d, n) },
		"functions": func(n *yaml.Node) { functions = n },
		"retired":   func(n *yaml.Node) { v.asim.readRetired(d, n) },
	})
	if functions != nil {
		v.asim.readFunctions(d, functions)
	}
	if records == nil && schemas == nil && functions == nil {
		d.errorf(root, "taxonomy-shape", "the view says nothing of any record").Hint = "say it under `records`"
	}
	if schemas != nil {
		d.pairs(schemas, func(key, value *yaml.Node) { v.readSchema(d, prefix+key.Value, value) })
	}
	if records == nil {
		return
	}
	d.items(records, func(n *yaml.Node) {
		b := &tableBlock{file: d.src.Name, title: title, layer: layer, match: outer.match, category: outer.category}
		d.mapping(n, keys{
			"match": func(n *yaml.Node) {
				own := tableBlock{category: outer.category}
				d.readTableMatch(n, &own)
				b.match, b.category = own.match.within(outer.match), own.category
			},
			"title": func(n *yaml.Node) { b.title = d.text(n) },
			"doc":   func(n *yaml.Node) { d.text(n) },
			"tables": func(n *yaml.Node) {
				d.pairs(n, func(key, value *yaml.Node) { b.tables = append(b.tables, d.readTableEntry(prefix, key, value)) })
			},
		})
		if b.match.weight() == 0 && len(b.category) == 0 {
			d.errorf(n, "taxonomy-match", "the block matches every record").Hint = "say at least which product writes it, or of which category they are"
		}
		v.blocks = append(v.blocks, b)
	})
}

func (d *document) readTableMatch(n *yaml.Node, b *tableBlock) {
	known := d.matchKeys(&b.match)
	known["category"] = func(n *yaml.Node) { b.category = d.texts(n) }
	d.mapping(n, known)
}

func (d *document) readTableEntry(prefix string, key, n *yaml.Node) tableEntry {
	e := tableEntry{table: prefix + key.Value, columns: map[string]plan.Expr{}, document: d, node: key, keys: map[string]*yaml.Node{}}
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		e.none = d.word(n, "none") == "none"
		return e
	}
	if n.Kind == yaml.ScalarNode {
		return e
	}
	d.mapping(n, keys{
		"when": func(n *yaml.Node) { e.when = d.readExprOf(n, rowName) },
		"own":  func(n *yaml.Node) { e.own = d.flag(n) },
		"columns": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) {
				e.columns[key.Value], e.keys[key.Value] = d.readRowColumn(value), key
			})
		},
		"by_id": func(n *yaml.Node) {
			e.byID = map[string]map[string]plan.Expr{}
			d.pairs(n, func(key, texts *yaml.Node) {
				column := key.Value
				if _, said := e.keys[column]; !said {
					e.keys[column] = key
				}
				d.pairs(texts, func(id, text *yaml.Node) {
					if e.byID[id.Value] == nil {
						e.byID[id.Value] = map[string]plan.Expr{}
					}
					e.byID[id.Value][column] = &plan.Literal{Value: event.TextValue(d.text(text)), Type: schema.String}
				})
			})
		},
	})
	return e
}

func (v *tableViews) readSchema(d *document, table string, n *yaml.Node) {
	s := v.schemas[table]
	if s == nil {
		s = &tableSchema{defaults: map[string]plan.Expr{}, aliases: map[string]plan.Expr{}, keys: map[string]*yaml.Node{}}
		v.schemas[table] = s
	}
	s.document = d
	named := func(into map[string]plan.Expr) func(*yaml.Node) {
		return func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) { into[key.Value], s.keys[key.Value] = d.readRowColumn(value), key })
		}
	}
	known := keys{
		"columns": func(n *yaml.Node) {
			d.pairs(n, func(key, value *yaml.Node) {
				word := d.word(value, "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic")
				typ, _ := schema.TypeOf(word)
				s.columns = append(s.columns, referenceColumn{key.Value, typ})
			})
		},
		"defaults": named(s.defaults),
		"aliases":  named(s.aliases),
	}
	maps.Copy(known, v.asim.schemaKeys(d, table, s))
	d.mapping(n, known)
}

// constantWord is a value that stands for itself without quotes.
var constantWord = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?|true|false)$`)

// readRowColumn reads the value of a column.
func (d *document) readRowColumn(n *yaml.Node) plan.Expr {
	if n.Kind == yaml.ScalarNode && constantWord.MatchString(n.Value) {
		return d.readExprOf(n, rowName)
	}
	return d.readSearchField(n, rowName)
}

// rowColumn begins the name of a column that stands for another one of the row.
const rowColumn = "row."

// rowName is what a name in a view of tables means.
func rowName(name string) plan.Expr {
	if strings.HasPrefix(name, rowColumn) {
		return &plan.Ref{Column: &plan.Column{Name: name}}
	}
	if c, canonical := schema.ColumnByName(name); canonical && strings.ContainsAny(name, ".@") {
		return &plan.Ref{Column: &plan.Column{Name: name, Type: c.Type}}
	}
	return nativeField(name)
}

// finish orders the blocks and checks what they say against the tables.
func (v *tableViews) finish() {
	slices.SortStableFunc(v.blocks, func(a, b *tableBlock) int {
		if a.layer != b.layer {
			return a.layer - b.layer
		}
		return a.match.weight() - b.match.weight()
	})
	for _, b := range v.blocks {
		for _, e := range b.tables {
			if !e.none && !strings.Contains(e.table, "{") {
				v.fed[e.table] = true
			}
		}
	}
	tables := map[string]*LogTable{}
	of := func(table string) *LogTable {
		if _, known := tables[table]; !known {
			tables[table] = v.build(table)
		}
		return tables[table]
	}
	for table, s := range v.schemas {
		if l := of(table); l != nil {
			v.checkColumns(s.document, l, s.keys)
			v.checkRefs(s.document, l, s.keys, s.defaults, s.aliases)
		}
	}
	for _, b := range v.blocks {
		for _, e := range b.tables {
			v.checkEntry(e, of)
		}
	}
}

// checkEntry complains about tables and columns that there are not, and about columns that read themselves.
func (v *tableViews) checkEntry(e tableEntry, of func(table string) *LogTable) {
	d := e.document
	if strings.Contains(e.table, "{") {
		if len(e.columns) > 0 {
			d.errorf(e.node, "taxonomy-table", "columns of a table that is not named are not known").Hint = "say `own: true`, or name the table"
		}
		return
	}
	table := of(e.table)
	if table == nil {
		prefix, name, _ := strings.Cut(e.table, "/")
		complaint := d.errorf(e.node, "taxonomy-unknown-table", "unknown table `%s`", name)
		known := referenceTables()
		if prefix+"/" == asimPrefix {
			known = asimSchemas()
		}
		if near := diag.Nearest(name, known); near != "" {
			complaint.Hint = "did you mean `" + near + "`?"
		} else {
			complaint.Hint = "a table of your own is declared under `schemas`, with the types of its columns"
		}
		return
	}
	v.checkColumns(d, table, e.keys)
	s := v.schemas[e.table]
	if s == nil {
		s = &tableSchema{}
	}
	for _, name := range slices.Sorted(maps.Keys(e.keys)) {
		if _, alias := s.aliases[name]; alias {
			d.errorf(e.keys[name], "taxonomy-alias", "the column `%s` is nothing but another one", name).Hint = "give the column that it is another name of"
		}
	}
	v.checkRefs(d, table, e.keys, s.defaults, e.columns, s.aliases)
	if e.when != nil {
		v.checkRefs(d, table, map[string]*yaml.Node{"": e.node}, map[string]plan.Expr{"": e.when})
	}
}

// checkColumns complains about columns that a table does not have.
func (v *tableViews) checkColumns(d *document, table *LogTable, at map[string]*yaml.Node) {
	for _, name := range slices.Sorted(maps.Keys(at)) {
		switch _, known := table.index[name]; {
		case !known:
			d.unknownRowColumn(at[name], table, name)
		case table.isTime(name):
			d.errorf(at[name], "taxonomy-table", "`%s` is the time that the record's map gives", name).Hint = "give @timestamp in a map"
		}
	}
}

func (d *document) unknownRowColumn(n *yaml.Node, table *LogTable, name string) {
	complaint := d.errorf(n, "taxonomy-unknown-column", "the table `%s` has no column `%s`", table.Name, name)
	if near := diag.Nearest(name, slices.Sorted(maps.Keys(table.index))); near != "" {
		complaint.Hint = "did you mean `" + near + "`?"
	}
}

// checkRefs complains about columns that are made of ones that the table does not have, or of themselves. What a later map says
// of a column counts; complaints are about those that at has a place for.
func (v *tableViews) checkRefs(d *document, table *LogTable, at map[string]*yaml.Node, said ...map[string]plan.Expr) {
	all := map[string]plan.Expr{}
	for _, columns := range said {
		maps.Copy(all, columns)
	}
	refs := func(e plan.Expr) []string {
		var names []string
		if e != nil {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if ref, ok := e.(*plan.Ref); ok {
					if name, ok := strings.CutPrefix(ref.Column.Name, rowColumn); ok {
						names = append(names, name)
					}
				}
				return true
			})
		}
		return names
	}
	var reaches func(from, to string, seen map[string]bool) bool
	reaches = func(from, to string, seen map[string]bool) bool {
		for _, name := range refs(all[from]) {
			if name == to {
				return true
			}
			if !seen[name] {
				seen[name] = true
				if reaches(name, to, seen) {
					return true
				}
			}
		}
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		for _, ref := range refs(all[name]) {
			if _, known := table.index[ref]; !known {
				d.unknownRowColumn(at[name], table, ref)
			}
		}
		if reaches(name, name, map[string]bool{}) {
			d.errorf(at[name], "taxonomy-cycle", "the column `%s` is made of itself", name)
		}
	}
}
