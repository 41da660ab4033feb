package sigma

import (
	"goshawk/diag"
	"goshawk/event"
)

// Word is a text of the document with its place. The span covers the whole YAML scalar, quotes included; Part points into it.
type Word struct {
	Text string
	Span diag.Span
}

// Meta is what rules, correlations and filters say about themselves.
type Meta struct {
	Source *diag.Source
	Span   diag.Span // of the document
	Broken bool      // the document has errors

	Title, ID, Name  Word
	Taxonomy, Status Word
	Level            Word
	Description      string
	Author, License  string
	Date, Modified   Word
	References       []Word
	Tags             []Word
	Fields           []Word
	FalsePositives   []Word
	Scope            []Word
	Related          []Related
	Custom           []Custom

	processed *processing // by which pipeline, and how; nil: by none
}

// Related names another rule and what it is to this one.
type Related struct {
	ID, Type Word
}

// Custom is a key that the specification does not know, with what it holds.
type Custom struct {
	Key   Word
	Value event.Value
	Span  diag.Span // of the value
}

// Rule is one detection rule.
type Rule struct {
	Meta
	LogSource LogSource
	Detection Detection
}

// LogSource says which events a rule or filter is about. An attribute that is empty is not restricted.
type LogSource struct {
	Category, Product, Service string
	Definition                 string
	Custom                     []Custom
	Span                       diag.Span
}

// Contains says whether every event of the other log source is one of this: each attribute that this one states is equal
// there.
func (l LogSource) Contains(other LogSource) bool {
	return (l.Category == "" || l.Category == other.Category) &&
		(l.Product == "" || l.Product == other.Product) &&
		(l.Service == "" || l.Service == other.Service)
}

// Detection is the detection section: what is searched for under which name, and the condition over the names.
type Detection struct {
	Identifiers []*Identifier
	Conditions  []*Condition // alternatives
	Span        diag.Span
}

// Identifier is one named search.
type Identifier struct {
	Name Word
	Body Search
	Span diag.Span // name and body
}

// Search is what an identifier looks for: a tree of AllOf and AnyOf with Items as leaves.
type Search interface {
	Place() diag.Span
	search()
}

// AllOf is a map: all of its items must hold. As it was read it holds Items alone; a processing pipeline may put any Search in
// the place of one.
type AllOf struct {
	List []Search
	Span diag.Span
}

// AnyOf is a list: one of its elements must hold.
type AnyOf struct {
	List []Search
	Span diag.Span
}

// Item is one field, or the whole event where the field is empty, with modifiers and values.
type Item struct {
	Key       Word // field and modifiers as written; empty for plain keywords
	Field     Word
	Modifiers []Word
	Values    []Value
	Span      diag.Span // key and values
	made      bool      // by a pipeline: its spelling is nobody's
}

// Place returns where the map is.
func (s *AllOf) Place() diag.Span { return s.Span }

// Place returns where the list is.
func (s *AnyOf) Place() diag.Span { return s.Span }

// Place returns where the item is.
func (s *Item) Place() diag.Span { return s.Span }

func (*AllOf) search() {}
func (*AnyOf) search() {}
func (*Item) search()  {}

// IsKeyword says whether the item searches the whole event.
func (s *Item) IsKeyword() bool { return s.Field.Text == "" }

// Value is one value of an item, with the type that YAML gives it.
type Value struct {
	Word // the text as YAML reads it; of a number or bool as it is written
	Kind ValueKind
}

// ValueKind is the YAML type of a value.
type ValueKind uint8

// The kinds of value.
const (
	TextValue ValueKind = iota
	NumberValue
	BoolValue
	NullValue
)

func (k ValueKind) String() string {
	return [...]string{"text", "number", "bool", "null"}[k]
}

// Condition is one condition over identifiers.
type Condition struct {
	Word
	Expr Cond // nil where the text has errors
}

// Cond is a node of a condition: Name, Selector, NotCond, AndCond or OrCond.
type Cond interface {
	Place() diag.Span
	cond()
}

// Name refers to one identifier, or to one rule in a correlation.
type Name struct {
	Word
	Identifier *Identifier // nil in correlations
}

// Selector refers to the identifiers that fit a pattern.
type Selector struct {
	All         bool // all of them; otherwise at least one
	Pattern     Word // "them" for all identifiers
	Identifiers []*Identifier
	Span        diag.Span
}

// NotCond negates.
type NotCond struct {
	X    Cond
	Span diag.Span
}

// AndCond holds where all parts do.
type AndCond struct{ List []Cond }

// OrCond holds where one part does.
type OrCond struct{ List []Cond }

// Place returns where the name is.
func (c *Name) Place() diag.Span { return c.Span }

// Place returns where the selector is.
func (c *Selector) Place() diag.Span { return c.Span }

// Place returns where the negation is.
func (c *NotCond) Place() diag.Span { return c.Span }

// Place returns where the parts are.
func (c *AndCond) Place() diag.Span { return c.List[0].Place().Join(c.List[len(c.List)-1].Place()) }

// Place returns where the parts are.
func (c *OrCond) Place() diag.Span { return c.List[0].Place().Join(c.List[len(c.List)-1].Place()) }

func (*Name) cond()     {}
func (*Selector) cond() {}
func (*NotCond) cond()  {}
func (*AndCond) cond()  {}
func (*OrCond) cond()   {}

// Correlation combines the events of other rules over time.
type Correlation struct {
	Meta
	Type      Word
	Rules     []Word // ids or names of rules and correlations; of an extended condition those that it names
	GroupBy   []Word
	Timespan  Timespan
	Condition CorrelationCondition
	Aliases   []Alias
	Generate  bool      // the referenced rules raise alerts of their own, too
	Body      diag.Span // of the correlation section
}

// Timespan is a length of time as the author wrote it, and in ticks of 100 ns.
type Timespan struct {
	Word
	Ticks int64
}

// CorrelationCondition is a range for a number, or an expression over rules.
type CorrelationCondition struct {
	Bounds     []Bound // all must hold
	Fields     []Word  // whose values count, of value_* types
	Percentile *Bound  // of value_percentile
	Extended   *Condition
	Span       diag.Span
	bounded    bool // there are bounds, though they may be wrong
}

// Bound is one comparison with a number.
type Bound struct {
	Op     Word // gt, gte, lt, lte, eq or neq
	Number event.Value
	Span   diag.Span // of the number
}

// Alias gives one name to fields that rules call differently.
type Alias struct {
	Name   Word
	Fields []AliasField
}

// AliasField says what a rule calls the alias.
type AliasField struct {
	Rule, Field Word
}

// Filter adds its condition to the conditions of rules.
type Filter struct {
	Meta
	LogSource LogSource
	Any       bool   // for all rules of the log source
	Rules     []Word // ids or names, if not Any
	Detection Detection
}
