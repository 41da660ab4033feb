package taxonomy

import (
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/plan"
	"goshawk/schema"
)

// Target is a place to which detections are translated: a language, and how its tables and columns say what the canonical
// columns do (targets/*.yaml). Read backwards it says what a detection written for that place means.
type Target struct {
	Name     string // as a user writes it: kql-asim
	Title    string
	Doc      string
	Language string // kql, spl or sigma
	// Product says how a product (windows, linux …) is told by the columns of a table, where the source says nothing else.
	Product map[string]plan.Expr
	Sources []*TargetSource // the first that a log source suits counts, and if it is a part, the other parts with it
}

// TargetSource says how the events of some log sources stand in a target.
type TargetSource struct {
	For []LogSource // the rules that it is for: those whose log source states as much; empty means all
	// Part names a source that holds but a part of the events of its log sources: sysmon, security. All parts that suit a log source
	// are asked together. Empty: the source holds all that the target has.
	Part  string
	Table string // what a query begins with: a table, a function, a data set, a search
	// Schema names the table that says of which types the columns are: asim/ProcessEvent, sentinel/SecurityEvent. Empty: columns have
	// no types.
	Schema string
	// When is the condition over the target's columns under which its rows are events of the log source; nil: always.
	When plan.Expr
	// Given is a condition that the table meets by itself, as a function does: a detection that is read says it, one that is written
	// need not.
	Given plan.Expr
	// Feeds adds to When which channel, provider and event ids the records of the log source have, in the columns of these names
	// (channel, provider, id); of records of the channels in Beside there are none.
	Feeds  map[string]string
	Beside []string
	// Product says how a product is told here, instead of Target.Product; a nil condition says that all rows are of it.
	Product map[string]plan.Expr
	// Names says how columns are called that Columns has not: "rule", as the detection that is translated calls them; "native", as
	// a native field that the detection calls so; empty: they have no place here.
	Names   string
	Columns map[string]*TargetColumn // canonical column → where it is
	Fields  map[string]*TargetColumn // native field, in lower case → where it is
	// Field is where a native field is that Fields has not; {} stands for its name. A plain {} is a column of that name, if the
	// table has one. Empty: nowhere.
	Field string
	// Every is what is searched for words without a field; nil: nothing can be.
	Every *TargetColumn
	// Blank says that an empty text of the source is no value here.
	Blank bool
	Note  string // what is lost by using the source at all, which is done only for who accepts losses
	Tell  string // what should be known of the source; it is told whoever uses it
	// More is for the writer of the target's language.
	More map[string][]string

	document *document
	node     *yaml.Node
}

// TargetColumn is where a target has a value, and how it is written there.
type TargetColumn struct {
	Value plan.Expr // over the target's columns, which are Refs
	As    string    // if Value is no plain column: what to call it
	// Values are all values of the source and what is written for each here; nil: the same.
	Values map[string]string
	Begins [][2]string // beginnings that are written otherwise here; longer ones first
	Whole  [][2]string // whole values that are written otherwise here, beside those that stay
	// Hashes says which column has the hash of an algorithm; the source's value is a list such as MD5=…,SHA256=…
	Hashes map[string]*TargetColumn
	// Form says what else is otherwise here: "hexadecimal", what the source writes 0x3e7 is 999; "dword", what it writes
	// DWORD (0x0000000a) is 10; "unwrapped", 0x0000000a; "path", the whole path of the source's last step; "file", of the source's path the last step alone; "guid", without braces; "marker", %%1843 where the
	// source has the text as well.
	Form   string
	Within bool          // the source's value is a part of what stands here
	Lower  bool          // written in lower case here
	Fill   string        // what stands here where the source has no value, or an empty text
	Base   *TargetColumn // where the last step of the path stands alone, for a value that is a path
	Note   string        // how the value differs otherwise; it is told whoever asks for it
}

// Plain returns the name of the column, if the value is one.
func (c *TargetColumn) Plain() (string, bool) {
	if ref, ok := c.Value.(*plan.Ref); ok {
		return ref.Column.Name, true
	}
	return "", false
}

// Same says whether the value is written here as in the source.
func (c *TargetColumn) Same() bool {
	return c.Values == nil && c.Begins == nil && c.Whole == nil && c.Hashes == nil && c.Form == "" && !c.Within
}

// Targets returns the names of all targets, sorted.
func (t *Taxonomy) Targets() []string {
	var names []string
	for name := range t.targets() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Target returns the target of a name.
func (t *Taxonomy) Target(name string) (*Target, bool) {
	target, ok := t.targets()[name]
	return target, ok
}

// SourcesOf returns how the events of a log source stand in the target, the first choice first.
func (t *Target) SourcesOf(category, product, service string) []*TargetSource {
	rule := LogSource{Category: category, Product: product, Service: service}
	var list []*TargetSource
	for _, s := range t.Sources {
		if len(s.For) == 0 || slices.ContainsFunc(s.For, func(l LogSource) bool { return contains(l, rule) }) {
			list = append(list, s)
		}
	}
	return list
}

// PartsOf returns the sources that together hold the events of a log source; fewer than two where one does.
func (t *Target) PartsOf(category, product, service string) []*TargetSource {
	list := t.SourcesOf(category, product, service)
	if len(list) == 0 || list[0].Part == "" {
		return nil
	}
	return slices.DeleteFunc(list, func(s *TargetSource) bool { return s.Part == "" })
}

// Parts returns the names of all parts of the target, each once, in the order of its file.
func (t *Target) Parts() []string {
	var names []string
	for _, s := range t.Sources {
		if s.Part != "" && !slices.Contains(names, s.Part) {
			names = append(names, s.Part)
		}
	}
	return names
}

// OfTable returns the sources of the target that read a table, for reading a detection of its language.
func (t *Target) OfTable(table string) []*TargetSource {
	var list []*TargetSource
	for _, s := range t.Sources {
		if s.Table == table || s.Schema == table {
			list = append(list, s)
		}
	}
	return list
}

// TypeOf returns the type of a column of the source's table; ok is false where the table has no such column. Without a schema
// every column is there, of any type.
func (t *Taxonomy) TypeOf(s *TargetSource, column string) (typ schema.Type, ok bool) {
	if s.Schema == "" {
		return schema.Any, true
	}
	table, known := t.table(s.Schema)
	if !known {
		return schema.Any, false
	}
	c, ok := table.Column(column)
	return c.Type, ok
}

// FieldColumn returns where the source has a native field; nil where it has not.
func (s *TargetSource) FieldColumn(name string) *TargetColumn {
	if c, ok := s.Fields[strings.ToLower(name)]; ok {
		return c
	}
	return nil
}
