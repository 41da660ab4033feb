// Package spl reads Splunk's search processing language and lowers it into the plan.
//
// In goes the text of a search, with what it assumes about the world (Env: macros, lookups, data models, the time of the
// search); out come a plan and diagnostics that point into the author's own file, through macros where a place was reached by
// one. What cannot be run is refused with a reason; nothing is approximated.
//
// A search is read in four steps, one file each. macro.go expands macros as text; parse.go cuts the text into commands and
// gives each command's own parser (cmd_*.go) a scanner; search.go and eval.go read the two expression languages, which differ
// in precedence, quoting and comparison; lowering (lower.go, relation.go and the commands) writes what everything means into
// the plan.
//
// # Rows and fields
//
// A raw search scans the table "splunk"; a field that the search mentions becomes a column "splunk/<name>" of the scan, for
// which the taxonomy knows the source in each kind of record. tstats scans "cim/<model>.<dataset>". Fields that nobody can name
// before running (spath without a path, values(*)) travel as an object in a column named "*"; whoever shows rows spreads it.
// All relations are closed.
//
// # What settles a question
//
// The search reference and the search manual of Splunk, and facts about the published content that the cases under testdata
// cite one by one.
package spl

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Env is what the meaning of a search depends on besides its own text. The zero Env knows nothing and has no limits.
type Env struct {
	// Macro returns the macro of a name with a number of arguments.
	Macro func(name string, args int) (*Macro, bool)
	// MacroNames lists all macros, for suggestions.
	MacroNames func() []string
	// Lookup returns a lookup table or KV collection by name.
	Lookup func(name string) (*Lookup, bool)
	// LookupNames lists all lookups, for suggestions.
	LookupNames func() []string
	// Model returns a data set of a data model: "Endpoint", "Processes". An empty data set asks for the model's root.
	Model func(model, dataset string) (Dataset, error)
	// Saved returns the search of a saved search.
	Saved func(name string) (*diag.Text, bool)
	// Geo looks an address up: the rows of a table whose columns are City, Continent, Country, MetroCode, Region, Timezone, lat,
	// lon. Nil: there is no database.
	Geo *plan.Table
	// Writes says that whoever runs the search will write the tables of Search.Writes.
	Writes bool
	// Fires says that each row is an answer of a detection, so that a search that always gives one is worth a warning.
	Fires bool
	// Now is the time of the search in ticks; what depends on it is marked in Search.TimeDependent.
	Now int64
	// Earliest and Latest bound the search in ticks, for addinfo; 0 is unbounded.
	Earliest, Latest int64
	Limits           Limits
	// Exclusions are conditions whose rows the search leaves out.
	Exclusions []Exclusion
}

// Limits are the silent caps of the original. 0 is none, which is the default: an answer is whole or an error.
type Limits struct {
	Join      int64 // rows of the right side of a join; 50,000 in the original
	Subsearch int64 // rows of a subsearch; 10,000
	Sort      int64 // rows that sort keeps unless told; 10,000
	List      int64 // values of list(); 100
	Map       int64 // searches of a map; 10
}

// Original are the caps as they are by default in the original.
var Original = Limits{Join: 50_000, Subsearch: 10_000, Sort: 10_000, List: 100, Map: 10}

// Macro is a named text.
type Macro struct {
	Name       string
	Args       []string
	Definition *diag.Text
	Eval       bool   // the definition is an expression that gives the text
	Validation string // an expression over the arguments; empty: none
	Message    string // what to say where the validation fails
}

// Lookup is a table by its Splunk name.
type Lookup struct {
	Name    string
	Fields  []string
	Rows    [][]string
	Missing string              // why there are no rows although there should be; empty normally
	Match   map[string]MatchHow // columns that are not compared as they stand
	// CaseFold compares without case. Min, Max and Default are min_matches, max_matches (0: 100) and default_match.
	CaseFold bool
	Min, Max int
	Default  string
	shared   func() [][]event.Value // the rows as a plan has them, converted once; nil: each time
	// Find, if not nil, computes the rows for what is given of their columns, and takes the place of Rows. It must be a function of
	// its input and safe for concurrent use.
	Find func(given map[string]string) [][]string
}

// MatchHow says how a column of a lookup is compared.
type MatchHow uint8

// The pattern stands in the table.
const (
	MatchExactly MatchHow = iota
	MatchWildcard
	MatchCIDR
)

// Dataset is one data set of a data model.
type Dataset struct {
	Model, Name string
	Table       string // what a plan scans
	// Column returns the column of a field as searches write it ("Processes.dest").
	Column func(field string) (column string, ok bool)
	Fields []string // all of them, in the model's order
}

// Search is a search that was read and lowered.
type Search struct {
	Text *diag.Text // with its macros expanded
	Plan plan.Node  // nil if it was refused
	// Fields are the names of the columns of the result; Open says that there can be more (the columns hold an object "*").
	Fields []string
	Open   bool
	// TimeDependent says that the plan holds times that were computed from Env.Now.
	TimeDependent bool
	// Bounded says that the plan asks for Env.Earliest or Env.Latest, and is another one where these are others.
	Bounded bool
	// Commands are the names of the commands, in order, those of subsearches behind the command that holds them.
	Commands []string
	// Unusual counts the conditions that mean something else under the usual precedence of AND over OR.
	Unusual int
	// Stages are the pipes of the outermost pipeline with the plan that ends in each, for counting rows behind each.
	Stages []Stage
	// Reads are the lookup tables that the search looks into, each once.
	Reads []string
	// Writes are the lookup tables that the search asks to be written, in the order of its commands.
	Writes []Write
	// Unapplied are the complaints about exclusions that could not be applied, by their Why.
	Unapplied map[string]diag.List
}

// Write is a lookup table that a search asks to be written.
type Write struct {
	Lookup      string
	Node        plan.Node // gives its rows
	Append      bool      // to the rows that are there; otherwise they are replaced
	KeepIfEmpty bool      // no rows leave the table as it is
	Key         string    // the field whose values say which rows of a collection are replaced; empty: none
	Most        int64     // rows that are written; 0: all
}

// Stage is one pipe of a pipeline.
type Stage struct {
	Text string // the author's words, macros expanded
	Span diag.Span
	Node plan.Node
}

// Read parses and lowers a search. The plan is nil if an error is in the list.
func Read(text *diag.Text, env Env) (*Search, diag.List) {
	l := &lowering{env: env, search: &Search{}}
	l.search.Text = l.expand(text)
	l.text = l.search.Text
	p := &parser{lowering: l, text: l.text.String}
	pipeline := p.pipeline(0, len(p.text))
	if !l.list.Failed() {
		l.whole(pipeline)
	}
	l.list.Sort()
	if l.list.Failed() {
		l.search.Plan, l.search.Stages = nil, nil
	}
	return l.search, l.list
}

const anyType = schema.Any
