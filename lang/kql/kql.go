// Package kql reads the Kusto Query Language and lowers it into the plan.
//
// In goes the text of a query, with what it assumes about the world (Env: tables, functions, watchlists, the time of the
// query); out come a plan whose columns have names and types, and diagnostics that point into the author's own file. What
// cannot be run is refused with a reason; nothing is approximated.
//
// A query is read in two steps. The parser (lex.go, parse*.go, and the operators in op_*.go) makes a tree of it, and knows
// nothing of names. The binder (bind*.go, scope.go, relation.go, the functions in fn_*.go, the aggregates in agg_*.go and again the
// operators) gives every name its meaning and type, and writes what is meant into the plan on the way.
//
// # Rows and columns
//
// Every relation is closed: its columns have names and types before anything runs. The exception are plugins whose columns come
// from data (bag_unpack, pivot): what they add travels as an object in a column called "*", whoever shows rows spreads it, and a
// name that nobody knows is looked up there while running.
//
// # Null and empty
//
// A string is never null in Kusto: a missing one is empty. So no expression of type string is ever Null in a plan of this
// package, and scans deliver it so. Comparisons with null differ from the plan's; compare.go writes out what is meant.
//
// # What settles a question
//
// The reference of the language, recorded answers of the real engine, and what Microsoft's own parser and binder accept. The
// cases under testdata cite them one by one.
package kql

import (
	"slices"
	"sync"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Env is what the meaning of a query depends on besides its own text. The zero Env knows no tables.
type Env struct {
	// Table returns the table of a name.
	Table func(name string) (*Table, bool)
	// TableNames lists all tables, for suggestions and for the tables that match a wildcard.
	TableNames func() []string
	// Function returns a stored function: those of ASIM, those of the content around, those of a user.
	Function func(name string) (*Function, bool)
	// FunctionNames lists all stored functions, for suggestions.
	FunctionNames func() []string
	// Retired returns what to write instead of a name that once was a function or a table.
	Retired func(name string) (instead string, ok bool)
	// Watchlist returns a watchlist by its alias.
	Watchlist func(alias string) (*Watchlist, bool)
	// Watchlists lists their aliases.
	Watchlists func() []string
	// External returns the local copy of what lies at an address; ok is false where there is none.
	External func(url string) (text []byte, ok bool)
	// Geo looks addresses up: the rows of a table with the columns country, state, city, latitude, longitude. Nil: there is no
	// database.
	Geo *plan.Table
	// Evaluate runs a plan that reads no table, for constants; nil where nothing can be run.
	Evaluate func(plan.Node) ([][]event.Value, error)
	// Now is the time of the query in ticks; what depends on it is marked in Query.TimeDependent.
	Now int64
	// AnyTime says that rows of any time are wanted: conditions that a table's rows be of the recent past (TimeGenerated > ago(1d))
	// hold for all rows, as far as they only say which window the query looks at. They are noted in Query.Windows.
	AnyTime bool
	// Lenient makes an error of what upstream parsers are known to do wrong a warning: names that project-away does not find and
	// the like.
	Lenient bool
}

// Table is a table as queries see it.
type Table struct {
	Name    string
	Scan    string // what a plan scans
	Columns []TableColumn
	Fed     bool // something we read gives it rows
}

// TableColumn is one column of a table.
type TableColumn struct {
	Name   string
	Type   schema.Type
	Column string // of the scan
	Hidden bool   // known by name, but not one of those that * means
}

// Function is a stored function.
type Function struct {
	Name   string
	Params []Param
	Body   *diag.Text // a query, which may begin with statements
	// Also maps other names that callers use for parameters.
	Also map[string]string
	// Lenient says that the faults of upstream's parsers are complained about but tolerated in it.
	Lenient bool

	once   sync.Once
	parsed *parsedFunction
}

// Param is a parameter of a stored function.
type Param struct {
	Name    string
	Type    string // of the language: string, dynamic …; "(*)" or "(a:string)" for a table
	Default string // as text of the language; empty: it must be given
}

// Watchlist is a table of texts.
type Watchlist struct {
	Alias   string
	Key     string // the column that SearchKey repeats
	Columns []string
	Rows    [][]string
}

// Column is a column of a result.
type Column struct {
	Name string
	// Type is schema.Any where only the data tell.
	Type   schema.Type
	Column *plan.Column
}

// Query is a query that was read and bound.
type Query struct {
	Text *diag.Text
	Plan plan.Node // nil if it was refused
	// Columns are those of the result, in order. The last is called "*" where more columns come from data.
	Columns []Column
	// Ordered says that the order of rows is promised.
	Ordered bool
	// TimeDependent says that the plan holds times that were computed from Env.Now.
	TimeDependent bool
	// Windows are how far back from now the query says that its tables are to be read, in ticks, as it says them.
	Windows []int64
	windows map[int]int64 // by the place that is read
	// Lookbacks are the conditions that ask for rows since some time ago, those that are no window included.
	Lookbacks []Lookback
	// Operators and Tables are what the query uses, in order of appearance.
	Operators, Tables []string
	// Reads counts the places in which the query reads a table.
	Reads int
	// Unfed are the tables that the query reads and that nothing we read gives rows.
	Unfed []string
	// Stages are the pipes of the primary expression with the plan that ends in each.
	Stages []Stage
	// Render is the chart that the query asks for; empty: none.
	Render string
}

// Stage is one pipe.
type Stage struct {
	Text string
	Span diag.Span
	Node plan.Node
}

// Read parses and binds a query. The plan is nil if an error is in the list. Of several expression statements the first is the
// primary one, which is the result.
func Read(text *diag.Text, env Env) (*Query, diag.List) {
	queries, list := read(text, env, false)
	return queries[0], list
}

// ReadAll is Read for a text with several expression statements, each of which is a query of its own over the same let
// statements.
func ReadAll(text *diag.Text, env Env) ([]*Query, diag.List) { return read(text, env, true) }

// sameComplaint says whether two complaints say the same of the same place, as those about a let statement that is used twice do.
func sameComplaint(a, b diag.Diagnostic) bool {
	return a.Source == b.Source && a.Span == b.Span && a.Severity == b.Severity && a.Code == b.Code && a.Message == b.Message
}

func read(text *diag.Text, env Env, all bool) ([]*Query, diag.List) {
	c := &complaints{text: text}
	p := newParser(text.String, c)
	statements := p.statements()
	b := &binder{env: env, complaints: c, used: map[string]int{}, query: &Query{Text: text}}
	var queries []*Query
	if c.list.Failed() {
		queries = append(queries, b.query)
	} else {
		queries = b.program(statements, all)
	}
	for _, q := range queries {
		if c.list.Failed() {
			q.Plan, q.Stages = nil, nil
		}
	}
	c.list.Sort()
	c.list = slices.CompactFunc(c.list, sameComplaint)
	return queries, c.list
}
