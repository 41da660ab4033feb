package plan

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Expr is an expression over one row. The set is closed: a test walks all members through every switch.
//
// Truth has three values: Filter keeps a row where its condition is true, and drops it where that is false or null. And, Or
// and Not follow Kleene. Match, Has and IsNull are never null. A lowering whose language thinks otherwise writes what it
// means: IsNull guards, coalesce.
type Expr interface {
	// Mark returns where the expression comes from; nil where nobody wrote it.
	Mark() *Mark
	expr()
}

// Mark leads from a predicate back to the words of its author, for findings that say why and for explain.
type Mark struct {
	Clause string    // what it belongs to in the rule's own terms, such as "selection_img" or "where"
	Field  string    // the field as the author calls it, such as "Image"
	Text   string    // the author's words, such as "Image|endswith: '\at.exe'"
	Span   diag.Span // their place in the rule's text
}

// Marked is embedded in every expression.
type Marked struct{ At *Mark }

// Mark returns the mark.
func (m Marked) Mark() *Mark { return m.At }

func (Marked) expr() {}

// Literal is a constant.
type Literal struct {
	Marked
	Value event.Value
	Type  schema.Type
}

// Ref is the value of a column. Identity is the pointer of the Column, not its name.
type Ref struct {
	Marked
	Column *Column
}

// Field is a value of the rest of an open relation, by its native name; absent where the row has none.
type Field struct {
	Marked
	Name string
	Find Find
}

// Find says how a Field's name is looked up.
type Find uint8

const (
	// Exactly takes the field of exactly this name.
	Exactly Find = iota
	// Loosely takes what a detection means by the name: event.Record.Lookup.
	Loosely
	// Pathwise takes the field of exactly this name, else what stands at the end of the name read as a path: FindPath.
	Pathwise
)

// Fields are all named values of the row's record as one object: FieldsOf. Of an open relation it is the rest.
type Fields struct{ Marked }

// Everything stands for each single value of the row at any depth, lists and objects opened, and the raw text where that
// is free text. It is legal only as the subject of a Match.
type Everything struct{ Marked }

// MatchOp says how patterns meet a text.
type MatchOp uint8

const (
	Equals   MatchOp = iota // the whole text
	Prefix                  // its beginning
	Suffix                  // its end
	Contains                // anywhere
	Word                    // anywhere, as a term of its own (Kusto's has): no letter or digit stands beside an end that is one
	Regexp                  // an RE2 expression anywhere; Fold is the flag i
	CIDR                    // an IP address inside a network
)

var matchOps = [...]string{"equals", "prefix", "suffix", "contains", "word", "regexp", "cidr"}

func (op MatchOp) String() string { return matchOps[op] }

// Match is the atom of detection: does the subject's text meet any of the patterns, or all of them? The text of a value is
// its canonical text; a Null never matches; of a List any element may match, and for All each pattern may be met by another
// element.
type Match struct {
	Marked
	Subject  Expr
	Op       MatchOp
	Patterns []Pattern
	All      bool
	Fold     bool // without regard to case
}

// CompareOp is a comparison of two values.
type CompareOp uint8

const (
	Equal CompareOp = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

var compareOps = [...]string{"==", "!=", "<", "<=", ">", ">="}

func (op CompareOp) String() string { return compareOps[op] }

// Compare compares two values of one kind, numbers of different kinds by their exact value; Null where one is Null or the
// kinds do not compare. On a List as the left side it is true if it is true of an element.
type Compare struct {
	Marked
	Op          CompareOp
	Left, Right Expr
}

// And is true where all are; an empty And is true.
type And struct {
	Marked
	List []Expr
}

// Or is true where one is; an empty Or is false.
type Or struct {
	Marked
	List []Expr
}

// Not turns true into false, false into true, and leaves null.
type Not struct {
	Marked
	X Expr
}

// Has says whether the value is there at all, be it null or empty.
type Has struct {
	Marked
	X Expr
}

// IsNull says whether there is no value, absent or null.
type IsNull struct {
	Marked
	X Expr
}

// Call is a function of the catalogue applied to arguments.
type Call struct {
	Marked
	Func *fn.Func
	Args []Expr
}

// Case is the value of the first arm whose condition is true, else that of Else (nil: Null).
type Case struct {
	Marked
	Arms []Arm
	Else Expr
}

// Arm is one condition of a Case with its value.
type Arm struct{ When, Then Expr }

// Param is the parameter of the innermost Lambda that has it.
type Param struct {
	Marked
	Name string
}

// Lambda is a function written in the plan, legal only as an argument of a Call whose function takes one (map, filter, any
// over a list).
type Lambda struct {
	Marked
	Params []string
	Body   Expr
}
