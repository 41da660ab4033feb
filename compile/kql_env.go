package compile

import (
	"slices"
	"strings"
	"sync"

	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/taxonomy"
)

// asimRows begins the names under which the functions of ASIM read the rows of a schema.
const asimRows = "_ASim_Rows_"

// kqlNames are the tables and functions that every KQL query knows.
type kqlNames struct {
	taxonomy *taxonomy.Taxonomy

	lock      sync.Mutex
	tables    map[string]*kql.Table
	functions map[string]*kql.Function
}

var kqlNamesOf sync.Map // *taxonomy.Taxonomy → *kqlNames

// namesOf returns the tables and functions of a taxonomy; they are made once.
func namesOf(t *taxonomy.Taxonomy) *kqlNames {
	if known, ok := kqlNamesOf.Load(t); ok {
		return known.(*kqlNames)
	}
	n := &kqlNames{taxonomy: t, tables: map[string]*kql.Table{}, functions: map[string]*kql.Function{}}
	for _, f := range t.AsimFunctions() {
		made := &kql.Function{Name: f.Names[0], Also: f.Also, Body: diag.NewText(&diag.Source{Name: "builtin:" + f.Names[0], Text: f.Query})}
		for _, p := range f.Params {
			made.Params = append(made.Params, kql.Param{Name: p.Name, Type: p.Type, Default: p.Default})
		}
		for _, name := range f.Names {
			n.functions[name] = made
		}
	}
	known, _ := kqlNamesOf.LoadOrStore(t, n)
	return known.(*kqlNames)
}

// table returns a table by name; nil if there is none.
func (n *kqlNames) table(name string) *kql.Table {
	n.lock.Lock()
	defer n.lock.Unlock()
	if t, known := n.tables[name]; known {
		return t
	}
	from, ok := n.taxonomy.LogTable(name)
	if schema, isRows := strings.CutPrefix(name, asimRows); isRows {
		from, ok = n.taxonomy.AsimSchema(schema)
	}
	if !ok {
		n.tables[name] = nil
		return nil
	}
	t := &kql.Table{Name: name, Scan: from.Table, Fed: from.Fed, Columns: make([]kql.TableColumn, len(from.Columns))}
	for i, c := range from.Columns {
		t.Columns[i] = kql.TableColumn{Name: c.Name, Type: c.Type, Column: c.Column, Hidden: c.Hidden && !shownEverywhere[c.Name]}
	}
	n.tables[name] = t
	return t
}

// shownEverywhere are the columns that every table shows, also where the reference does not list them.
var shownEverywhere = map[string]bool{"TimeGenerated": true, "Type": true, "TenantId": true, "_ResourceId": true}

// KQLEnv returns what KQL queries may assume: the tables and functions of a taxonomy.
func KQLEnv(o Options) kql.Env {
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	n := namesOf(o.Taxonomy)
	env := kql.Env{
		Table: func(name string) (*kql.Table, bool) {
			t := n.table(name)
			return t, t != nil
		},
		TableNames: o.Taxonomy.LogTables,
		Function: func(name string) (*kql.Function, bool) {
			f, ok := n.functions[name]
			return f, ok
		},
		FunctionNames: func() []string {
			names := make([]string, 0, len(n.functions))
			for name := range n.functions {
				names = append(names, name)
			}
			slices.Sort(names)
			return names
		},
		Retired: o.Taxonomy.AsimRetired, Watchlist: asimList,
		Evaluate: evaluate,
		External: o.External, Geo: o.Geo, Now: o.Now,
	}
	if env.Now == 0 { // the query is only read, or run at a moment of its own
		env.Now = moments[0].Now
	}
	return env
}

// withCustom returns the functions of ASIM to which a function of the content adds rows, as Microsoft's do with one of an agreed name:
// the rows of both, to which the filters then apply.
func withCustom(t *taxonomy.Taxonomy, functions map[string]*kql.Function) map[string]*kql.Function {
	if t == nil {
		t = taxonomy.Default()
	}
	widened := map[string]*kql.Function{}
	n := namesOf(t)
	for _, f := range t.AsimFunctions() {
		if f.Custom == "" || functions[f.Custom] == nil {
			continue
		}
		rows, rest, _ := strings.Cut(f.Query, "\n") // what it begins with are the rows of the schema
		text := "union isfuzzy=true " + rows + ", " + f.Custom + "\n" + rest
		known := n.functions[f.Names[0]]
		made := &kql.Function{Name: known.Name, Params: known.Params, Also: known.Also, Body: diag.NewText(&diag.Source{Name: "builtin:" + known.Name, Text: text})}
		for _, name := range f.Names {
			widened[name] = made
		}
	}
	return widened
}

// asimLists are the watchlists that parsers of ASIM ask for; without them nothing is left out, and nothing is asked.
var asimLists = map[string]*kql.Watchlist{
	"asimdisabledparsers":   {Alias: "ASimDisabledParsers", Key: "CallerContext", Columns: []string{"CallerContext", "SourceSpecificParser"}},
	"sources_by_sourcetype": {Alias: "Sources_by_SourceType", Key: "SourceType", Columns: []string{"SourceType", "Source"}},
}

// asimList returns a watchlist that parsers of ASIM ask for, without rows.
func asimList(alias string) (*kql.Watchlist, bool) {
	w, ok := asimLists[strings.ToLower(alias)]
	return w, ok
}
