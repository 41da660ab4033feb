package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// shownSchema is a table, schema or function in the shape that other programs rely on.
type shownSchema struct {
	Name       string        `json:"name"`
	Kind       string        `json:"kind"`
	Also       []string      `json:"also,omitempty"`
	Doc        string        `json:"doc,omitempty"`
	Version    string        `json:"version,omitempty"`
	Scan       string        `json:"scan,omitempty"` // the table of the plan
	Fed        bool          `json:"fed"`
	Parameters []shownParam  `json:"parameters,omitempty"`
	Columns    []shownColumn `json:"columns"`
	Sources    []shownSource `json:"sources"`
	Functions  []string      `json:"functions,omitempty"` // of a schema

	why string // why the columns of a function are not known
}

type shownParam struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default,omitempty"`
}

// shownColumn is a column. Hidden ones can be named, but are not shown by a query that names none. FedBy are the views that fill it.
type shownColumn struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Hidden  bool     `json:"hidden,omitempty"`
	Class   string   `json:"class,omitempty"` // of ASIM: Mandatory, Recommended …
	AliasOf []string `json:"alias_of,omitempty"`
	Allowed []string `json:"allowed,omitempty"`
	FedBy   []string `json:"fed_by,omitempty"`
}

// shownSource is a kind of record that is rows of a table.
type shownSource struct {
	View        string   `json:"view"`
	Title       string   `json:"title"`
	Product     []string `json:"product,omitempty"`
	Channel     []string `json:"channel,omitempty"`
	Provider    []string `json:"provider,omitempty"`
	ID          []string `json:"id,omitempty"`
	Category    []string `json:"category,omitempty"` // of Sigma: all records of it
	Conditional bool     `json:"conditional,omitempty"`
}

func (p program) dataSchemaCommand() *cobra.Command {
	var fed bool
	format := choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c := &cobra.Command{
		Use: "schema TABLE [COLUMN]…", Short: "Show the columns of a table, schema or function, and what feeds them",
		Long: `Schema shows what a query of KQL can ask of a table of Log Analytics or Defender, of a schema of ASIM or of one of its functions: columns
with their types, the sources that fill each, and the kinds of record that are its rows. With names of columns, which may hold *, only those are
shown.`,
		Example: `  goshawk data schema SecurityEvent
  goshawk data schema DeviceProcessEvents 'Init*' --fed
  goshawk data schema imProcessCreate -f json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "name a table, schema or function\nTry 'goshawk data schema --help'")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := schemaOf(taxonomy.Default(), args[0])
			if err != nil {
				return err
			}
			if err := s.reduce(args[1:], fed); err != nil {
				return err
			}
			if format.value == "json" {
				return p.write(append(jsonOf(s), '\n'))
			}
			return p.write(s.table())
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			t := taxonomy.Default()
			if len(args) > 0 {
				s, err := schemaOf(t, args[0])
				if err != nil {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return s.columnNames(), cobra.ShellCompDirectiveNoFileComp
			}
			return append(t.LogTables(), t.AsimSchemas()...), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&fed, "fed", false, "only columns that some source fills")
	c.Flags().VarP(&format, "format", "f", "table, or json (one object)")
	complete(c, "format", &format)
	return c
}

// schemaOf returns what there is to say about a name.
func schemaOf(t *taxonomy.Taxonomy, name string) (*shownSchema, error) {
	if l, ok := t.LogTable(name); ok {
		return tableSchema(t, l, kindTable), nil
	}
	if l, ok := t.AsimSchema(strings.TrimPrefix(name, asimRows)); ok {
		s := tableSchema(t, l, kindSchema)
		s.asim(t)
		return s, nil
	}
	if f, ok := t.AsimFunction(name); ok {
		return functionSchema(t, f), nil
	}
	return nil, unknownTable(t, name)
}

// reduce leaves the columns that are asked for: those of some names, and those that something fills.
func (s *shownSchema) reduce(names []string, fed bool) error {
	for _, name := range names {
		if !slices.ContainsFunc(s.Columns, func(c shownColumn) bool { return matches(c.Name, []string{name}) }) {
			return fail(exitUsage, "%s has no column %q%s\n'goshawk data schema %s' lists them", s.Name, name, didYouMean(name, s.columnNames()), s.Name)
		}
	}
	s.Columns = slices.DeleteFunc(s.Columns, func(c shownColumn) bool {
		return len(names) > 0 && !matches(c.Name, names) || fed && len(c.FedBy) == 0
	})
	return nil
}

func (s *shownSchema) columnNames() []string {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = c.Name
	}
	return names
}

func tableSchema(t *taxonomy.Taxonomy, l *taxonomy.LogTable, kind string) *shownSchema {
	s := &shownSchema{Name: l.Name, Kind: kind, Scan: l.Table, Fed: l.Fed, Columns: []shownColumn{}, Sources: []shownSource{}}
	feeds := t.TableFeeds(l.Table)
	for _, f := range feeds {
		s.Sources = append(s.Sources, shownSource{viewName(f.View), f.Title, f.Product, f.Channel, f.Provider, f.ID, f.Category, f.When})
	}
	for _, c := range l.Columns {
		one := shownColumn{Name: c.Name, Type: c.Type.String(), Hidden: c.Hidden}
		for _, f := range feeds {
			if view := viewName(f.View); !slices.Contains(one.FedBy, view) && fills(t, f, c.Column) {
				one.FedBy = append(one.FedBy, view)
			}
		}
		s.Columns = append(s.Columns, one)
	}
	return s
}

// fills says whether records of a kind give a column something.
func fills(t *taxonomy.Taxonomy, f taxonomy.TableFeed, column string) bool {
	first := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return strings.ReplaceAll(list[0], "*", "x")
	}
	class := event.ClassOf(event.Class{Product: first(f.Product), Channel: first(f.Channel), Provider: first(f.Provider), ID: first(f.ID)})
	switch e := t.Source(class, column).(type) {
	case nil:
		return false
	case *plan.Literal:
		return !e.Value.IsNull() && (e.Value.Kind() != event.Text || e.Value.Text() != "")
	}
	return true
}

// asim adds what the model says of a schema.
func (s *shownSchema) asim(t *taxonomy.Taxonomy) {
	s.Version = t.AsimVersion(s.Name)
	known := map[string]taxonomy.AsimField{}
	for _, f := range taxonomy.AsimFields(s.Name) {
		known[f.Name] = f
	}
	for i := range s.Columns {
		f := known[s.Columns[i].Name]
		s.Columns[i].Class, s.Columns[i].AliasOf, s.Columns[i].Allowed = f.Class, f.Aliased, f.Allowed
	}
	for _, f := range t.AsimFunctions() {
		if slices.Contains(bound(f).tables, asimRows+s.Name) {
			s.Functions = append(s.Functions, f.Names[0])
		}
	}
}

// asimRows begins the name by which the functions of ASIM read the rows of a schema.
const asimRows = "_ASim_Rows_"

// boundFunction is what a function gives when it is called without arguments.
type boundFunction struct {
	columns []kql.Column
	tables  []string
	why     string // why it cannot be called so
}

var boundFunctions = map[string]boundFunction{}

// bound calls a function without arguments.
func bound(f taxonomy.AsimFunction) boundFunction {
	name := f.Names[0]
	if known, ok := boundFunctions[name]; ok {
		return known
	}
	var made boundFunction
	needs := slices.IndexFunc(f.Params, func(p taxonomy.AsimParam) bool { return p.Default == "" })
	if needs >= 0 {
		made.why = "it depends on the argument " + f.Params[needs].Name
	} else {
		q, list := kql.Read(diag.NewText(&diag.Source{Name: name, Text: name + "()"}), compile.KQLEnv(compile.Options{}))
		made.columns, made.tables = q.Columns, q.Tables
		if q.Plan == nil {
			made.why = saying(list)
		}
	}
	boundFunctions[name] = made
	return made
}

func functionSchema(t *taxonomy.Taxonomy, f taxonomy.AsimFunction) *shownSchema {
	e := functionEntry(t, f)
	s := &shownSchema{Name: e.Name, Kind: e.Kind, Also: e.Also, Doc: e.Doc, Fed: e.Fed, Columns: []shownColumn{}, Sources: []shownSource{}}
	for _, p := range f.Params {
		s.Parameters = append(s.Parameters, shownParam{p.Name, p.Type, p.Default})
	}
	given := bound(f)
	s.why = given.why
	fed := map[string]shownColumn{}
	for _, name := range given.tables {
		if l, ok := t.AsimSchema(strings.TrimPrefix(name, asimRows)); ok {
			schema := tableSchema(t, l, kindSchema)
			schema.asim(t)
			for _, c := range schema.Columns {
				fed[c.Name] = c
			}
			s.Sources = append(s.Sources, schema.Sources...)
		}
	}
	for _, c := range given.columns {
		one := fed[c.Name]
		one.Name, one.Type, one.Hidden = c.Name, c.Type.String(), false
		s.Columns = append(s.Columns, one)
	}
	return s
}

// table writes the schema for a person.
func (s *shownSchema) table() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s\n", s.Name, s.subtitle())
	if len(s.Also) > 0 {
		fmt.Fprintf(&b, "also called %s\n", strings.Join(s.Also, ", "))
	}
	if s.Doc != "" {
		fmt.Fprintf(&b, "%s\n", diag.Printable(strings.Join(strings.Fields(s.Doc), " ")))
	}
	s.grid(&b, "PARAMETER\tTYPE\tDEFAULT", len(s.Parameters), func(i int) string {
		p := s.Parameters[i]
		return p.Name + "\t" + p.Type + "\t" + orDash(p.Default)
	})
	switch {
	case s.why != "":
		fmt.Fprintf(&b, "\nits columns are not known: %s\n", diag.Printable(s.why))
	case slices.ContainsFunc(s.Columns, func(c shownColumn) bool { return c.Class != "" }):
		s.grid(&b, "COLUMN\tTYPE\tCLASS\tFED BY", len(s.Columns), func(i int) string {
			c := s.Columns[i]
			return c.Name + "\t" + c.Type + "\t" + orDash(c.Class) + "\t" + orDash(c.remark(s.views()))
		})
	default:
		s.grid(&b, "COLUMN\tTYPE\tFED BY", len(s.Columns), func(i int) string {
			return s.Columns[i].Name + "\t" + s.Columns[i].Type + "\t" + orDash(s.Columns[i].remark(s.views()))
		})
	}
	s.grid(&b, "SOURCE\tRECORDS\tOF", len(s.Sources), func(i int) string {
		x := s.Sources[i]
		of := orDash(x.records())
		if x.Conditional {
			of += ", some of them"
		}
		return x.View + "\t" + orDash(x.Title) + "\t" + of
	})
	if s.Kind == kindTable && s.Fed {
		b.WriteString("\nRows that were exported from the table are rows of it, with their own columns.\n")
	}
	s.grid(&b, "FUNCTION", len(s.Functions), func(i int) string { return s.Functions[i] })
	return b.Bytes()
}

// grid writes rows below a head, or nothing if there are none.
func (s *shownSchema) grid(b *bytes.Buffer, head string, n int, row func(int) string) {
	if n == 0 {
		return
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for i := range n {
		fmt.Fprintln(w, row(i))
	}
	_ = w.Flush() // into memory
}

func (s *shownSchema) subtitle() string {
	text := s.Kind
	switch s.Kind {
	case kindSchema:
		text = "schema of ASIM"
		if s.Version != "" {
			text += " " + s.Version
		}
	case kindFunction:
		text = "function of ASIM"
	}
	switch {
	case !s.Fed && s.Kind == kindTable:
		return text + ", which only rows that were exported from it fill"
	case !s.Fed:
		return text + ", which nothing that is read gives rows"
	}
	return text
}

// listedValues is how many of the values that a column may have are named.
const listedValues = 5

// views counts the views that feed the table.
func (s *shownSchema) views() int {
	seen := map[string]bool{}
	for _, x := range s.Sources {
		seen[x.View] = true
	}
	return len(seen)
}

// remark says which of so many views fill a column, and what else there is to know.
func (c shownColumn) remark(views int) string {
	parts := []string{}
	if len(c.FedBy) == views && views > 2 {
		parts = append(parts, "all")
	} else if len(c.FedBy) > 0 {
		parts = append(parts, briefly(c.FedBy, listedSources))
	}
	if len(c.AliasOf) > 0 {
		parts = append(parts, "another name for "+strings.Join(c.AliasOf, " or "))
	}
	if len(c.Allowed) > 0 {
		parts = append(parts, "one of "+briefly(c.Allowed, listedValues))
	}
	if c.Hidden {
		parts = append(parts, "shown only by name")
	}
	return strings.Join(parts, "; ")
}

// listedIDs is how many ids of records are named.
const listedIDs = 8

// records says which records a source is, by what tells them.
func (x shownSource) records() string {
	var parts []string
	for _, list := range [][]string{x.Product, x.Channel, x.Provider} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, "|"))
		}
	}
	if len(x.ID) > 0 {
		parts = append(parts, briefly(x.ID, listedIDs))
	}
	if len(x.Category) > 0 {
		parts = append(parts, "category "+strings.Join(x.Category, "|"))
	}
	return strings.Join(parts, " ")
}
