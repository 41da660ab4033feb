package taxonomy

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// ASIM beyond rows: what holds for a schema as a whole (views/asim/schemas.yaml), and the functions that queries call instead of
// tables (views/asim/functions.yaml). The rows themselves are those of any other view of tables.

// asimViews is what the views of ASIM say besides rows.
type asimViews struct {
	templates map[string]*yaml.Node
	schemas   map[string]*asimSchema // by name
	functions []AsimFunction
	byName    map[string]int // of functions
	retired   map[string]string
}

// asimSchema is what the views say of a schema.
type asimSchema struct {
	version string
	values  map[string][]string          // field → what may stand in it, instead of what the list of fields says
	gaps    map[string]map[string]string // product, or product and event type, as in the rows → field → why it cannot be filled
}

func (a *asimViews) clone() asimViews {
	out := asimViews{
		templates: maps.Clone(a.templates), schemas: map[string]*asimSchema{}, functions: slices.Clone(a.functions),
		byName: maps.Clone(a.byName), retired: maps.Clone(a.retired),
	}
	for name, s := range a.schemas {
		c := &asimSchema{version: s.version, values: maps.Clone(s.values), gaps: map[string]map[string]string{}}
		for product, fields := range s.gaps {
			c.gaps[product] = maps.Clone(fields)
		}
		out.schemas[name] = c
	}
	return out
}

func (a *asimViews) schema(name string) *asimSchema {
	s := a.schemas[name]
	if s == nil {
		s = &asimSchema{values: map[string][]string{}, gaps: map[string]map[string]string{}}
		if a.schemas == nil {
			a.schemas = map[string]*asimSchema{}
		}
		a.schemas[name] = s
	}
	return s
}

// readTemplates keeps the templates of a file: mappings of columns in which {} stands for a role.
func (a *asimViews) readTemplates(d *document, n *yaml.Node) {
	if a.templates == nil {
		a.templates = map[string]*yaml.Node{}
	}
	d.pairs(n, func(key, value *yaml.Node) { a.templates[key.Value] = value })
}

// schemaKeys returns the keys that a schema of ASIM has besides those of any table:
//
//	version  its version
//	use      template: the roles, of which each gives defaults under its own name
//	values   field: what may stand in it, where the list of fields is incomplete
//	gaps     product, or product and event type: {field: why the records cannot fill it}
func (a *asimViews) schemaKeys(d *document, table string, s *tableSchema) keys {
	name, isAsim := strings.CutPrefix(table, asimPrefix)
	if !isAsim {
		return nil
	}
	of := a.schema(name)
	return keys{
		"version": func(n *yaml.Node) {
			of.version = d.text(n)
			s.defaults["EventSchema"], s.keys["EventSchema"] = constantText(name), n
			s.defaults["EventSchemaVersion"], s.keys["EventSchemaVersion"] = constantText(of.version), n
		},
		"use":    func(n *yaml.Node) { a.readUse(d, n, name, s) },
		"values": func(n *yaml.Node) { d.pairs(n, func(key, value *yaml.Node) { of.values[key.Value] = d.texts(value) }) },
		"gaps": func(n *yaml.Node) {
			d.pairs(n, func(product, fields *yaml.Node) {
				if of.gaps[product.Value] == nil {
					of.gaps[product.Value] = map[string]string{}
				}
				d.pairs(fields, func(key, why *yaml.Node) { of.gaps[product.Value][key.Value] = d.text(why) })
			})
		},
	}
}

// readUse reads which templates a schema is made of, and for which roles. A column that the schema does not have is left out.
func (a *asimViews) readUse(d *document, n *yaml.Node, name string, s *tableSchema) {
	has := map[string]bool{}
	for _, f := range asimFields()[name] {
		has[f.Name] = true
	}
	d.pairs(n, func(key, roles *yaml.Node) {
		template := a.templates[key.Value]
		if template == nil {
			complaint := d.errorf(key, "taxonomy-template", "there is no template `%s`", key.Value)
			complaint.Hint = "templates stand before the schemas, under `templates`"
			return
		}
		for _, role := range d.texts(roles) {
			d.pairs(template, func(column, value *yaml.Node) {
				if filled := strings.ReplaceAll(column.Value, "{}", role); has[filled] {
					s.defaults[filled], s.keys[filled] = d.readRowColumn(inRole(value, role)), column
				}
			})
		}
	})
}

// inRole returns a value of a template for a role.
func inRole(n *yaml.Node, role string) *yaml.Node {
	out := *n
	out.Value = strings.ReplaceAll(n.Value, "{}", role)
	out.Content = nil
	for _, item := range n.Content {
		out.Content = append(out.Content, inRole(item, role))
	}
	return &out
}

// AsimFunction is a function that a query calls for the rows of a schema, or that helps with them. It is written in KQL.
type AsimFunction struct {
	Names  []string // all names that mean it; the first is the usual one
	Doc    string
	Params []AsimParam
	Also   map[string]string // other names that callers use for parameters → the parameter's own
	// Query is the function's body: a query, or an expression. Of the tables it names _ASim_Rows_<Schema>, which is the table
	// asim/<Schema>.
	Query string
	// Custom is the name of a function that a user may have written, whose rows are rows of this one as well; empty where there
	// is no such name.
	Custom string

	document *document
	node     *yaml.Node
}

// AsimParam is a parameter of a function.
type AsimParam struct {
	Name    string
	Type    string // of KQL: string, dynamic …; (*) for a table
	Default string // as KQL; empty: it must be given
}

// AsimFunctions returns the functions of ASIM in the order of the views.
func (t *Taxonomy) AsimFunctions() []AsimFunction { return slices.Clone(t.tableViews().asim.functions) }

// AsimFunction returns the function of a name. Case counts.
func (t *Taxonomy) AsimFunction(name string) (AsimFunction, bool) {
	a := t.tableViews().asim
	i, ok := a.byName[name]
	if !ok {
		return AsimFunction{}, false
	}
	return a.functions[i], true
}

// AsimRetired returns what to write instead of a name of a function or column that ASIM once had.
func (t *Taxonomy) AsimRetired(name string) (instead string, ok bool) {
	instead, ok = t.tableViews().asim.retired[name]
	return instead, ok
}

// AsimVersion returns the version of a schema; empty for one that no view knows.
func (t *Taxonomy) AsimVersion(name string) string {
	if s := t.tableViews().asim.schemas[name]; s != nil {
		return s.version
	}
	return ""
}

// readFunctions reads functions:
//
//	names   all names of the function
//	doc     what it gives
//	params  name, type, default: in the order in which callers may give them
//	also    other names of parameters
//	like    the name of a function above: its params, also and query, where nothing else is said
//	where   a condition, after the query
//	query   KQL
//	custom  the name of a function that a user may have written
func (a *asimViews) readFunctions(d *document, n *yaml.Node) {
	if a.byName == nil {
		a.byName = map[string]int{}
	}
	d.items(n, func(n *yaml.Node) {
		f := AsimFunction{document: d, node: n}
		var like, where string
		d.mapping(n, keys{
			"names":  func(n *yaml.Node) { f.Names = d.texts(n) },
			"doc":    func(n *yaml.Node) { f.Doc = strings.TrimSpace(d.text(n)) },
			"params": func(n *yaml.Node) { f.Params = d.readAsimParams(n) },
			"also": func(n *yaml.Node) {
				f.Also = map[string]string{}
				d.pairs(n, func(key, value *yaml.Node) { f.Also[key.Value] = d.text(value) })
			},
			"like":   func(n *yaml.Node) { like = d.text(n) },
			"where":  func(n *yaml.Node) { where = strings.TrimSpace(d.text(n)) },
			"query":  func(n *yaml.Node) { f.Query = strings.TrimSpace(d.text(n)) },
			"custom": func(n *yaml.Node) { f.Custom = d.text(n) },
		})
		if like != "" {
			i, known := a.byName[like]
			if !known {
				d.errorf(n, "taxonomy-function", "no function above is called `%s`", like)
				return
			}
			model := a.functions[i]
			if f.Params == nil {
				f.Params, f.Also = model.Params, model.Also
			}
			if f.Query == "" {
				f.Query = model.Query
			}
		}
		if where != "" {
			f.Query += "\n| where " + where
		}
		if len(f.Names) == 0 || f.Query == "" {
			d.errorf(n, "taxonomy-function", "the function has no name or no query")
			return
		}
		a.addFunction(d, n, f)
	})
}

// addFunction adds a function; one of a user's may stand in for an earlier one.
func (a *asimViews) addFunction(d *document, n *yaml.Node, f AsimFunction) {
	a.functions = append(a.functions, f)
	at := len(a.functions) - 1
	for _, name := range f.Names {
		if i, known := a.byName[name]; known && a.functions[i].document == d {
			d.errorf(n, "taxonomy-function", "two functions are called `%s`", name)
		}
		a.byName[name] = at
	}
	for other, name := range f.Also {
		if !slices.ContainsFunc(f.Params, func(p AsimParam) bool { return p.Name == name }) {
			d.errorf(n, "taxonomy-function", "`%s` is said to be another name of `%s`, which is no parameter", other, name)
		}
	}
}

func (d *document) readAsimParams(n *yaml.Node) []AsimParam {
	params := []AsimParam{}
	var read func(n *yaml.Node)
	read = func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode { // a list that several functions share
			d.items(n, read)
			return
		}
		var p AsimParam
		d.mapping(n, keys{
			"name":    func(n *yaml.Node) { p.Name = d.text(n) },
			"type":    func(n *yaml.Node) { p.Type = d.text(n) },
			"default": func(n *yaml.Node) { p.Default = d.text(n) },
		})
		if slices.ContainsFunc(params, func(q AsimParam) bool { return q.Name == p.Name }) {
			d.errorf(n, "taxonomy-function", "the parameter `%s` stands here twice", p.Name)
		}
		params = append(params, p)
	}
	d.items(n, read)
	return params
}

// readRetired reads names that once were and what to write instead.
func (a *asimViews) readRetired(d *document, n *yaml.Node) {
	if a.retired == nil {
		a.retired = map[string]string{}
	}
	d.pairs(n, func(key, value *yaml.Node) { a.retired[key.Value] = d.text(value) })
}

func constantText(text string) plan.Expr {
	return &plan.Literal{Value: event.TextValue(text), Type: schema.String}
}
