package main

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/taxonomy"
)

// dataCommand returns the commands about what there is to ask.
func (p program) dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Browse the tables that KQL can ask, and check what fills them", Args: noCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(p.dataTablesCommand(), p.dataSchemaCommand(), p.dataCheckCommand())
	return c
}

// The kinds of thing that a query can read rows of.
const (
	kindTable    = "table"    // of Log Analytics or of Defender
	kindSchema   = "schema"   // of ASIM
	kindFunction = "function" // that gives rows of a schema, or helps with them
)

var dataKinds = []string{kindTable, kindSchema, kindFunction}

// dataEntry is one thing that a query can read rows of, in the shape that other programs rely on.
type dataEntry struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Fed     bool     `json:"fed"`
	Columns int      `json:"columns,omitempty"`
	Sources []string `json:"sources"`
	Schemas []string `json:"schemas,omitempty"` // whose rows a function gives
	Also    []string `json:"also,omitempty"`    // other names
	Doc     string   `json:"doc,omitempty"`
}

func (p program) dataTablesCommand() *cobra.Command {
	var fed bool
	kinds := choices{choice: choice{what: "kind", words: dataKinds}}
	columns := words{what: "COLUMN"}
	format := choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c := &cobra.Command{
		Use: "tables [NAME]…", Short: "List the tables, schemas and functions that KQL can ask",
		Long: `Tables lists what a query of KQL can name: the tables of Log Analytics and Defender, the schemas of ASIM and their functions, each
with the sources that give it rows. A name may hold *; without one, everything is listed. Rows that were exported from a table are always
rows of it.`,
		Example: `  goshawk data tables --fed
  goshawk data tables 'Device*'
  goshawk data tables --fed --column ProcessCommandLine
  goshawk data tables --kind function -f json`,
		RunE: func(_ *cobra.Command, names []string) error {
			list, err := entriesOf(taxonomy.Default(), names, columns.values, fed, kinds.values)
			if err != nil {
				return err
			}
			text := entriesTable
			if format.value == "json" {
				text = entriesJSON
			}
			return p.write(text(list))
		},
	}
	c.Flags().BoolVar(&fed, "fed", false, "only those that some source gives rows")
	c.Flags().Var(&columns, "column", "only those with one of these columns; a name may hold *")
	c.Flags().Var(&kinds, "kind", "only these kinds: "+strings.Join(dataKinds, ", "))
	c.Flags().VarP(&format, "format", "f", "table, or json (one object per line)")
	complete(c, "format", &format)
	complete(c, "kind", &kinds.choice)
	return c
}

// matches says whether a name is one of those that are asked for, which may hold *. Case does not count.
func matches(name string, asked []string) bool {
	return slices.ContainsFunc(asked, func(one string) bool {
		ok, err := path.Match(strings.ToLower(one), strings.ToLower(name))
		return err == nil && ok
	})
}

// entriesOf returns the tables, schemas and functions whose names are asked for, or one of whose columns.
func entriesOf(t *taxonomy.Taxonomy, names, columns []string, fed bool, kinds []string) ([]dataEntry, error) {
	var list []dataEntry
	met := make([]bool, len(names))
	add := func(e dataEntry, has func(columns []string) bool) {
		wanted := len(names) == 0
		for i, name := range names {
			for _, own := range append([]string{e.Name}, e.Also...) {
				if matches(own, []string{name}) {
					wanted, met[i] = true, true
				}
			}
		}
		if wanted && (len(columns) == 0 || has(columns)) && (!fed || e.Fed) && (len(kinds) == 0 || slices.Contains(kinds, e.Kind)) {
			list = append(list, e)
		}
	}
	for _, name := range t.LogTables() {
		l, _ := t.LogTable(name)
		add(tableEntry(t, l, kindTable), shownColumns(l))
	}
	for _, name := range t.AsimSchemas() {
		l, _ := t.AsimSchema(name)
		add(tableEntry(t, l, kindSchema), shownColumns(l))
	}
	for _, f := range t.AsimFunctions() {
		add(functionEntry(t, f), func(columns []string) bool {
			return slices.ContainsFunc(bound(f).columns, func(c kql.Column) bool { return matches(c.Name, columns) })
		})
	}
	for i, name := range names {
		if !met[i] {
			return nil, unknownTable(t, name)
		}
	}
	return list, nil
}

// shownColumns says of which columns a table shows one.
func shownColumns(l *taxonomy.LogTable) func([]string) bool {
	return func(columns []string) bool {
		return slices.ContainsFunc(l.Columns, func(c taxonomy.LogColumn) bool { return !c.Hidden && matches(c.Name, columns) })
	}
}

func tableEntry(t *taxonomy.Taxonomy, l *taxonomy.LogTable, kind string) dataEntry {
	e := dataEntry{Name: l.Name, Kind: kind, Fed: l.Fed, Sources: []string{}}
	for _, c := range l.Columns {
		if !c.Hidden {
			e.Columns++
		}
	}
	for _, f := range t.TableFeeds(l.Table) {
		if source := viewName(f.View); !slices.Contains(e.Sources, source) {
			e.Sources = append(e.Sources, source)
		}
	}
	return e
}

// viewName is the name of a view: that of its file.
func viewName(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

func functionEntry(t *taxonomy.Taxonomy, f taxonomy.AsimFunction) dataEntry {
	e := dataEntry{Name: f.Names[0], Kind: kindFunction, Sources: []string{}, Also: f.Names[1:], Doc: strings.TrimSpace(f.Doc)}
	given := bound(f)
	for _, name := range given.tables {
		l, ok := t.AsimSchema(strings.TrimPrefix(name, asimRows))
		if !ok {
			continue
		}
		e.Fed, e.Schemas = e.Fed || l.Fed, append(e.Schemas, l.Name)
		for _, source := range tableEntry(t, l, kindSchema).Sources {
			if !slices.Contains(e.Sources, source) {
				e.Sources = append(e.Sources, source)
			}
		}
	}
	return e
}

// unknownTable is the error for a name that nothing has.
func unknownTable(t *taxonomy.Taxonomy, name string) error {
	if instead, ok := t.AsimRetired(name); ok {
		return fail(exitUsage, "%q is no name any more; write %s instead", name, instead)
	}
	known := append(t.LogTables(), t.AsimSchemas()...)
	for _, f := range t.AsimFunctions() {
		known = append(known, f.Names...)
	}
	hint := didYouMean(name, known)
	var longer []string
	for _, k := range known {
		if strings.EqualFold(k, name) {
			hint, longer = fmt.Sprintf("; did you mean %q?", k), nil
			break
		}
		if len(name) >= shortestStem && strings.HasPrefix(strings.ToLower(k), strings.ToLower(name)) {
			longer = append(longer, k)
		}
	}
	switch {
	case len(longer) == 1:
		hint = fmt.Sprintf("; did you mean %q?", longer[0])
	case longer != nil:
		hint = fmt.Sprintf("; %s begin so: %s", count(len(longer)), briefly(longer, listedSources))
	}
	return fail(exitUsage, "there is no table, schema or function %q%s\n'goshawk data tables' lists them", name, hint)
}

// shortestStem is how long the beginning of a name must be for those that begin so to be named.
const shortestStem = 3

func entriesJSON(list []dataEntry) []byte {
	var out []byte
	for _, e := range list {
		out = append(append(out, jsonOf(e)...), '\n')
	}
	return out
}

// onlyExports is what feeds a table that has no other source.
const onlyExports = "its exports only"

// listedSources is how many sources of a table are named before the rest is counted.
const listedSources = 6

func entriesTable(list []dataEntry) []byte {
	if len(list) == 0 {
		return nil
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "NAME\tKIND\tCOLUMNS\tFED BY\n")
	for _, e := range list {
		columns, from := "-", briefly(e.Sources, listedSources)
		if e.Kind == kindTable && len(e.Sources) == 0 {
			from = onlyExports
		}
		if e.Kind == kindFunction {
			from = strings.Join(e.Schemas, ", ")
		}
		if e.Columns > 0 {
			columns = count(e.Columns)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", diag.Printable(e.Name), e.Kind, columns, orDash(from))
	}
	_ = w.Flush() // into memory
	return b.Bytes()
}

// briefly names the first of some things and counts the rest.
func briefly(names []string, most int) string {
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
