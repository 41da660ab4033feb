package taxonomy

import (
	"maps"
	"slices"
	"strings"

	"goshawk/plan"
)

// SplunkFields returns the names of all fields that searches may use, as far as they are known: those of the views of Splunk,
// those of data models, and those of records whose fields are listed. Any other name may still be a record's own.
func (t *Taxonomy) SplunkFields() []string {
	n := newFieldNames()
	for _, a := range t.addons {
		n.addAddon(a)
	}
	for _, m := range t.models {
		for _, f := range m.columns {
			n.names[f.name] = true
		}
	}
	for _, b := range t.blocks {
		n.addBlock(b)
	}
	return n.sorted()
}

// fieldNames gathers the names of fields.
type fieldNames struct{ names, hidden map[string]bool }

func newFieldNames() fieldNames {
	return fieldNames{
		map[string]bool{"_time": true, "_raw": true, "host": true, "source": true, "sourcetype": true, "index": true, "eventtype": true, "tag": true},
		map[string]bool{},
	}
}

// addAddon adds the fields that a block of a view makes, and those of the record that it makes them from.
func (n fieldNames) addAddon(a *addon) {
	for name, e := range a.fields {
		if e != nil {
			n.names[name] = true
			n.addNative(e)
		}
	}
	for _, e := range a.eventtypes {
		n.addNative(e.when)
	}
	for _, name := range a.hidden {
		n.hidden[name] = true
	}
}

// addBlock adds the fields that records have by a map.
func (n fieldNames) addBlock(b *block) {
	for _, name := range b.fields {
		n.names[name] = true
	}
	for _, e := range b.columns {
		n.addNative(e)
	}
}

func (n fieldNames) addNative(e plan.Expr) {
	if e == nil {
		return
	}
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if f, ok := e.(*plan.Field); ok {
			n.names[f.Name] = true
		}
		return true
	})
}

func (n fieldNames) sorted() []string {
	for name := range n.hidden {
		delete(n.names, name)
	}
	return slices.Sorted(maps.Keys(n.names))
}

// SplunkFieldsOf returns the names of the fields that events of a sourcetype can have, as far as they are known; it reports
// false for a sourcetype that no view names. Events may have further fields of their own.
func (t *Taxonomy) SplunkFieldsOf(sourcetype string) (fields []string, known bool) {
	var products []string
	for _, a := range t.addons {
		if a.gives(sourcetype) {
			known = true
			products = append(products, a.match.product...)
		}
	}
	if !known {
		return nil, false
	}
	meets := func(m match) bool {
		return len(m.product) == 0 || slices.ContainsFunc(products, func(p string) bool { return anyLike(m.product, p) })
	}
	n := newFieldNames()
	for _, a := range t.addons {
		if meets(a.match) && anyLike(a.match.sourcetype, sourcetype) {
			n.addAddon(a)
		}
	}
	for _, b := range t.blocks {
		if meets(b.match) {
			n.addBlock(b)
		}
	}
	return n.sorted(), true
}

// gives says whether a block says that its records are of a sourcetype.
func (a *addon) gives(sourcetype string) bool {
	template, said := a.metadata["sourcetype"]
	if !said || a.match.weight() == 0 {
		return len(a.match.sourcetype) > 0 && anyLike(a.match.sourcetype, sourcetype)
	}
	for _, part := range []string{"{product}", "{channel}", "{provider}", "{id}"} {
		template = strings.ReplaceAll(template, part, "*")
	}
	return like(template, sourcetype)
}

// SplunkKind is what a view says of a kind of record that searches see. An empty list does not restrict, and * stands for any
// text.
type SplunkKind struct {
	View, Title                    string // the file of the view, and what these records are
	Product, Channel, Provider, ID []string
	Category                       []string // of Sigma
	Labels                         []string // sourcetypes that an operator must have said
	Source, Sourcetype, Index      string   // empty: what a wider block says; {channel} and the like are parts of the class
	Eventtypes                     []Eventtype
}

// Eventtype is a kind of event as Splunk names it.
type Eventtype struct {
	Name string
	Tags []string
	When bool // under a condition on the record
}

// SplunkKinds returns the kinds of record that views tell apart and that have a source, a sourcetype, an index or event types
// of their own, in the order of the files.
func (t *Taxonomy) SplunkKinds() []SplunkKind {
	var list []SplunkKind
	for _, a := range t.addons {
		k := SplunkKind{
			a.file, a.title, a.match.product, a.match.channel, a.match.provider, a.match.id, a.category, a.match.sourcetype,
			a.metadata["source"], a.metadata["sourcetype"], a.metadata["index"], nil,
		}
		for _, e := range a.eventtypes {
			k.Eventtypes = append(k.Eventtypes, Eventtype{e.name, e.tags, e.when != nil})
		}
		if k.Source != "" || k.Sourcetype != "" || k.Index != "" || k.Eventtypes != nil {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b SplunkKind) int { return strings.Compare(a.View, b.View) })
	return list
}
