package taxonomy

import (
	"sort"
	"strings"

	"goshawk/schema"
)

// view is one file of views/sigma: which column a field of some log sources means.
type view struct {
	file    string
	title   string
	sources []LogSource // the rules that it is for: those whose log source states as much; empty means all
	fields  []viewField
}

type viewField struct{ field, column string }

// concerns says whether rules with this log source use the view.
func (v *view) concerns(rule LogSource) bool {
	for _, l := range v.sources {
		if contains(l, rule) {
			return true
		}
	}
	return len(v.sources) == 0
}

// View is how rules of one log source see records.
type View struct {
	// Table is what such a rule scans; its form is the taxonomy's own affair, and stable.
	Table string

	fields map[string]string // field → column
	folded map[string]string // folded field → column
}

// Sigma returns the view of the rules that state this log source; an empty part is not stated.
func (t *Taxonomy) Sigma(category, product, service string) View {
	rule := LogSource{Category: category, Product: product, Service: service}
	v := View{Table: sigmaTable(rule), fields: map[string]string{}, folded: map[string]string{}}
	for _, part := range t.views {
		if !part.concerns(rule) {
			continue
		}
		for _, f := range part.fields {
			v.fields[f.field] = f.column
			v.folded[strings.ToLower(f.field)] = f.column
		}
	}
	return v
}

// Column returns the canonical column that a field means. Where ok is false, the field is the record's own, to be looked
// up Loosely. The name is compared exactly first, then without case. Sigma compares what was logged, so the type is
// schema.Any: a value comes as the record has it.
func (v View) Column(field string) (column string, typ schema.Type, ok bool) {
	column, ok = v.fields[field]
	if !ok {
		column, ok = v.folded[strings.ToLower(field)]
	}
	return column, schema.Any, ok
}

// Fields returns the fields that the view maps, in order.
func (v View) Fields() []string {
	list := make([]string, 0, len(v.fields))
	for f := range v.fields {
		list = append(list, f)
	}
	sort.Strings(list)
	return list
}

// sigmaNames returns the names that Sigma has for a column, in the order of the views; those of the views of a log source
// first and alone, if there are any.
func (t *Taxonomy) sigmaNames(column string, of []LogSource) []string {
	gather := func(use func(*view) bool) []string {
		var names []string
		seen := map[string]bool{}
		for _, v := range t.views {
			if !use(v) {
				continue
			}
			for _, f := range v.fields {
				if f.column == column && !seen[f.field] {
					seen[f.field] = true
					names = append(names, f.field)
				}
			}
		}
		return names
	}
	for _, l := range of {
		if names := gather(func(v *view) bool { return v.concerns(l) }); names != nil {
			return names
		}
	}
	return gather(func(*view) bool { return true })
}
