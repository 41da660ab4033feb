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

// readAddon reads a view of Splunk: what an add-on makes of the records of a product. Like a map it is a list of blocks, each
// with a `match` within the file's own, which may also say of which `category` of Sigma the records must be:
//
//	source, sourcetype, index  texts, in which {product}, {channel}, {provider} and {id} are parts of the class; what an
//	                           operator said of the input counts before them (source may be a field as well, where records
//	                           say it themselves; that counts before both)
//	fields                     the fields of a search that records do not have under that name by themselves; see below
//	by_id                      fields that are the same text in all records of an event id: name: {id: text}
//	hidden                     native fields that a search does not see
//	blank                      absent: a field whose value is an empty text is not there
//	lists                      values: a list in the record is a field that occurs repeatedly, so that it has no {} behind its name
//	nulls                      text: a null that is there is the text null, as searches see those of JSON
//	complete                   true: nothing follows from the category of Sigma alone, and records have no field of a data
//	                           model by themselves
//	rows                       none: the records repeat what others say, and no search sees them
//	eventtypes                 name, tags, and when: the condition under which a record is of the type
//
// The value of a field is a native field, a list of which the first that has a value counts, an expression, or null for a
// field that such records do not have although a wider block says so. In expressions a name with a dot that is a canonical
// column means that column, `splunk/x` means the field x of the search (inside x: the record's own), and any other name the
// record's own field, with Splunk's paths (a.b, a{}.b). A field of which nothing can be there is the record's own.
func (d *document) readAddon(root *yaml.Node, layer int) []*addon {
	outer := &addon{}
	var title string
	var records []*yaml.Node
	d.mapping(root, keys{
		"view":     func(n *yaml.Node) { d.word(n, "splunk") },
		"title":    func(n *yaml.Node) { title = d.text(n) },
		"doc":      func(n *yaml.Node) { d.text(n) },
		"match":    func(n *yaml.Node) { d.readAddonMatch(n, outer) },
		"records":  func(n *yaml.Node) { d.items(n, func(item *yaml.Node) { records = append(records, item) }) },
		"shared":   func(n *yaml.Node) {}, // a place for what several blocks refer to
		"examples": func(n *yaml.Node) {}, // read by the tests
	})
	var addons []*addon
	for _, n := range records {
		a := &addon{file: d.src.Name, title: title, layer: layer, match: outer.match, category: outer.category, fields: map[string]plan.Expr{}, metadata: map[string]string{}}
		byID := map[string]*yaml.Node{}
		d.mapping(n, keys{
			"match": func(n *yaml.Node) {
				own := &addon{category: outer.category}
				d.readAddonMatch(n, own)
				a.match, a.category = own.match.within(outer.match), own.category
			},
			"title":      func(n *yaml.Node) { a.title = d.text(n) },
			"doc":        func(n *yaml.Node) { d.text(n) },
			"source":     func(n *yaml.Node) { a.metadata["source"] = d.text(n) },
			"sourcetype": func(n *yaml.Node) { a.metadata["sourcetype"] = d.text(n) },
			"index":      func(n *yaml.Node) { a.metadata["index"] = d.text(n) },
			"fields": func(n *yaml.Node) {
				d.pairs(n, func(key, value *yaml.Node) {
					if key.Value == "sourcetype" || key.Value == "index" || key.Value == "eventtype" || key.Value == "tag" || key.Value == "*" {
						d.errorf(key, "taxonomy-field", "the field `%s` is not computed", key.Value).Hint = "use the keys sourcetype, index and eventtypes of the block"
						return
					}
					a.fields[key.Value] = d.readSearchField(value, searchName)
				})
			},
			"by_id": func(n *yaml.Node) {
				d.pairs(n, func(key, value *yaml.Node) { byID[key.Value] = value })
			},
			"hidden":   func(n *yaml.Node) { a.hidden = d.texts(n) },
			"blank":    func(n *yaml.Node) { a.blank, a.hasBlank = d.word(n, "absent", "present") == "absent", true },
			"lists":    func(n *yaml.Node) { a.repeats, a.hasLists = d.word(n, "values", "arrays") == "values", true },
			"nulls":    func(n *yaml.Node) { a.nulls, a.hasNulls = d.word(n, "text", "absent") == "text", true },
			"complete": func(n *yaml.Node) { a.complete = d.flag(n) },
			"rows":     func(n *yaml.Node) { a.noRows = d.word(n, "none", "all") == "none" },
			"eventtypes": func(n *yaml.Node) {
				d.items(n, func(item *yaml.Node) { a.eventtypes = append(a.eventtypes, d.readEventtype(item)) })
			},
		})
		addons = append(append(addons, a), d.readByID(a, byID)...)
	}
	return addons
}

// readByID makes a block of its own of each event id that fields are said for.
func (d *document) readByID(of *addon, fields map[string]*yaml.Node) []*addon {
	byID := map[string]*addon{}
	for name, texts := range fields {
		d.pairs(texts, func(id, text *yaml.Node) {
			a := byID[id.Value]
			if a == nil {
				m := of.match
				m.id = []string{id.Value}
				a = &addon{file: of.file, title: of.title, layer: of.layer, match: m, category: of.category, fields: map[string]plan.Expr{}}
				byID[id.Value] = a
			}
			a.fields[name] = &plan.Literal{Value: event.TextValue(d.text(text)), Type: schema.String}
		})
	}
	var list []*addon
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		list = append(list, byID[id])
	}
	return list
}

func (d *document) readAddonMatch(n *yaml.Node, a *addon) {
	known := d.matchKeys(&a.match)
	known["category"] = func(n *yaml.Node) { a.category = d.texts(n) }
	d.mapping(n, known)
}

func (d *document) readEventtype(n *yaml.Node) eventtype {
	var e eventtype
	if n.Kind == yaml.ScalarNode {
		e.name = d.text(n)
		return e
	}
	d.mapping(n, keys{
		"name": func(n *yaml.Node) { e.name = d.text(n) },
		"tags": func(n *yaml.Node) { e.tags = d.texts(n) },
		"when": func(n *yaml.Node) { e.when = d.readExprOf(n, searchName) },
	})
	if e.name == "" {
		d.errorf(n, "taxonomy-eventtype", "the event type has no name")
	}
	return e
}

// searchName is what a name in a view of Splunk means.
func searchName(name string) plan.Expr {
	if strings.HasPrefix(name, splunkPrefix) {
		return &plan.Ref{Column: &plan.Column{Name: name}}
	}
	if c, canonical := schema.ColumnByName(name); canonical && strings.ContainsAny(name, ".@") {
		return &plan.Ref{Column: &plan.Column{Name: name, Type: c.Type}}
	}
	return nativeField(name)
}

// readSearchField reads the value of a field.
func (d *document) readSearchField(n *yaml.Node, resolve func(string) plan.Expr) plan.Expr {
	switch {
	case n.Kind == yaml.AliasNode:
		return d.readSearchField(n.Alias, resolve)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil
	case n.Kind == yaml.ScalarNode && !strings.ContainsAny(n.Value, "$\"()`"):
		return resolve(d.text(n))
	case n.Kind == yaml.ScalarNode:
		return d.readExprOf(n, resolve)
	case n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		d.errorf(n, "taxonomy-shape", "a field, a list of fields or an expression must stand here")
		return nil
	}
	call := &plan.Call{Func: firstFilled}
	for _, item := range n.Content {
		if e := d.readSearchField(item, resolve); e != nil {
			call.Args = append(call.Args, e)
		}
	}
	return call
}
