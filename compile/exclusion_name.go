package compile

import (
	"fmt"
	"slices"

	"goshawk/detection"
	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// NameIn returns what a detection calls a field of a structured exclusion behind its query: a canonical column by the name that the
// targets of translations have for it in the detection's table, and the detection's own field as it is. It returns an error where there
// is no such name, or where it depends on the table.
func NameIn(r *Rule, field string, t *taxonomy.Taxonomy) (taxonomy.Name, error) {
	if _, canonical := schema.ColumnByName(field); !canonical {
		return taxonomy.Name{Text: field}, nil
	}
	nameless := func(where string) error {
		return fmt.Errorf("%s has no field with what %s holds; write the condition with a field of the rule", where, field)
	}
	if r.Detection.Language == detection.Sigma {
		n, ok := t.Sigma(r.LogSource.Category, r.LogSource.Product, r.LogSource.Service).NameOf(field)
		if !ok {
			return n, nameless("Sigma's " + dataSource(r.LogSource))
		}
		return n, nil
	}
	tables := tablesOf(r)
	var names []taxonomy.Name
	for _, table := range tables {
		if table == "splunk" {
			o := readAs(r, t)
			if o.err != nil || o.category == "" && o.service == "" {
				return taxonomy.Name{}, fmt.Errorf("which events %q reads is not known, and so not what they call %s; write the condition with a field of the rule", r.Detection.Title, field)
			}
			n, ok := t.Sigma(o.category, o.product, o.service).NameOf(field)
			if !ok {
				return n, nameless("the search")
			}
			names = append(names, n)
			continue
		}
		var here []taxonomy.Name
		for _, s := range targetSources(string(r.Detection.Language), table, t) {
			if n, ok := s.NameOf(field); ok && !slices.Contains(here, n) {
				here = append(here, n)
			}
		}
		if len(here) == 0 {
			return taxonomy.Name{}, nameless(table)
		}
		names = append(names, here...)
	}
	if len(names) == 0 {
		return taxonomy.Name{}, nameless("the query, which reads no table,")
	}
	for _, n := range names[1:] {
		if n != names[0] {
			return taxonomy.Name{}, fmt.Errorf("%s is %s or %s in what %q reads; write the condition with a field of the rule", field, names[0].Text, n.Text, r.Detection.Title)
		}
	}
	return names[0], nil
}

// tablesOf returns the tables that a rule reads, each once.
func tablesOf(r *Rule) []string {
	var tables []string
	if r.Plan == nil {
		return nil
	}
	plan.Walk(r.Plan, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok && !slices.Contains(tables, s.Table) {
			tables = append(tables, s.Table)
		}
		return true
	})
	return tables
}

// targetSources returns how a table stands in the targets of a language.
func targetSources(language, table string, t *taxonomy.Taxonomy) []*taxonomy.TargetSource {
	var list []*taxonomy.TargetSource
	for _, name := range t.Targets() {
		if target, _ := t.Target(name); target.Language == language {
			list = append(list, target.OfTable(table)...)
		}
	}
	return list
}
