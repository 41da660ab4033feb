package plan

import (
	"slices"

	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Column is one typed column of a relation. Its identity is its address: two columns of one name are two columns.
type Column struct {
	Name string
	Type schema.Type
}

// Node is a relational operator. The set is closed.
type Node interface {
	// Columns returns the typed columns that the node gives, in order; the slice must not be changed.
	Columns() []*Column
	// Open says whether its rows carry a rest of named values beside the columns.
	Open() bool
	// Inputs returns the nodes that it reads from, in order.
	Inputs() []Node
	node()
}

type operator struct{}

func (operator) node() {}

// Scan reads the events of a table: a name that the taxonomy resolves to kinds of record, such as
// "sigma.process_creation.windows". Out are canonical columns; the record itself is the rest. A column is what the Resolver
// says it is for the class of the event, else what Carrier says.
type Scan struct {
	operator
	Table string
	Out   []*Column
	Rest  bool
}

// Values are rows written in the plan.
type Values struct {
	operator
	Out  []*Column
	Rows [][]event.Value
}

// Filter keeps the rows for which the condition is true. Why names an exclusion or another origin that explain and counters
// need; it is empty for the rule's own conditions.
type Filter struct {
	operator
	Input Node
	Where Expr
	Why   string
}

// Project computes columns. With Extend the input's columns stay (one of the same name as a new one is replaced), without
// it only the new ones are given. All expressions see the input alone. Rest says what becomes of the rest of an open input: a
// field of it is not hidden by a column of its name, but left out by Except.
type Project struct {
	operator
	Input  Node
	Extend bool
	Out    []Assign
	Rest   Rest
}

// Assign gives the value of an expression to a column.
type Assign struct {
	Column *Column
	Value  Expr
}

// Rest says what an operator does with the rest of an open relation.
type Rest struct {
	Keep   bool     // pass it on; otherwise the relation is closed here
	Except []string // names or globs (*) left out of a rest that is kept
	Only   []string // if not empty, names or globs to which a rest that is kept is reduced
}

// Aggregate groups rows by the values of By and computes aggregates of each group. Null forms a group of its own unless
// DropNull, which leaves out rows with a Null among the values of By. Values are equal as fn.AppendKey says: numbers of
// different kinds by their exact value; the group shows the value of its first row. Groups come in the order of their first
// rows. Without By there is one group, also of no rows. The result is closed.
type Aggregate struct {
	operator
	Input    Node
	By       []Assign
	Aggs     []Agg
	DropNull bool
}

// Agg is one aggregate: the function over the rows for which Where (nil: all) is true, ordered by Order, of those with equal
// arguments the first if Distinct.
type Agg struct {
	Column   *Column
	Func     *fn.Aggregate
	Args     []Expr
	Distinct bool
	Where    Expr
	Order    []Key // for aggregates that depend on it; empty: the order of rows
}

// Window computes, for each row, functions over the rows around it in its partition. Rows keep their order; OrderBy orders
// them for the frame only, equal rows as they come. Null is a partition like others.
type Window struct {
	operator
	Input       Node
	PartitionBy []Expr
	OrderBy     []Key
	Frame       Frame
	Out         []WindowFunc
}

// WindowFunc is an aggregate over the frame, or a Ranking function of the catalogue: that one sees the rows of the partition
// from its first to the current one, whatever the frame, and gives its result after each.
type WindowFunc struct {
	Column *Column
	Func   *fn.Aggregate
	Args   []Expr
}

// Frame bounds the rows that a window function sees. Preceding and Following count rows, or ticks of the first order key if
// ByTime; -1 is unbounded. ByTime, equal times before the row are in the frame and those behind it only if Following is not 0;
// rows without a time are of one time, far from all others, and a key that is neither Null nor of one kind with ticks is an
// error.
type Frame struct {
	ByTime               bool
	Preceding, Following int64
	ExcludeCurrent       bool
}

// Key is one sort key.
type Key struct {
	Value      Expr
	Descending bool
	NullsFirst bool
}

// Sort orders the rows as fn.Order does, Nulls apart; equal rows keep their order. Limit is the number of rows to keep, -1
// for all.
type Sort struct {
	operator
	Input Node
	Keys  []Key
	Limit int64
}

// Limit passes Count rows on after skipping Skip.
type Limit struct {
	operator
	Input       Node
	Skip, Count int64
}

// JoinKind says which rows a join gives.
type JoinKind uint8

const (
	Inner JoinKind = iota
	LeftOuter
	RightOuter
	FullOuter
	LeftSemi
	LeftAnti
	RightSemi
	RightAnti
)

// Join combines the rows of two inputs whose keys are equal (as those of Aggregate; Null equals nothing) and for which On
// (nil: always) is true. On and Out see the columns of both sides, and a rest that holds the fields of the left and those of
// the right whose names the left does not have; where a side is missing, its columns are Null. Rows come in the order of the
// left, for each in the order of the right, at last those of the right that had no partner.
type Join struct {
	operator
	Left, Right Node
	Kind        JoinKind
	Keys        []JoinKey
	On          Expr
	FirstRight  bool // at most one row of the right for each of the left: the first
	Out         []Assign
	Rest        Rest
}

// JoinKey is one pair of expressions that must be equal.
type JoinKey struct{ Left, Right Expr }

// Union gives the rows of all inputs, one input after the other. From[i][j] is the column of input i that feeds Out[j], nil
// for Null.
type Union struct {
	operator
	From [][]*Column
	Ins  []Node
	Out  []*Column
	Rest bool
}

// Expand gives one row for each element of the lists in Lists, side by side: row k holds the k-th elements, Null where a
// list is shorter. A single value is a list of one. A row whose lists are all empty or Null is kept once if KeepEmpty. Index,
// if not nil, receives k, counted from 0; Null for a row that is kept without elements.
type Expand struct {
	operator
	Input     Node
	Lists     []Assign
	Index     *Column
	KeepEmpty bool
	Limit     int64 // rows for each input row; -1: all
}

// Sequence finds rows that follow each other within a span of time in the same group, one for each step (the engine of
// temporal correlations, transactions and scan). Rows are taken in the order of Time, equal ones as they come; those without
// a time are left out. Each row that completes a sequence, the span reaching back from it with both ends included, gives one
// result row, in that order; nothing is used up. Ordered, the rows of the steps follow each other and the latest possible
// beginning is taken. Otherwise the row must meet a step itself, and each step is represented by the latest row that meets
// it, one row by itself if it meets all. A column that several steps keep is the last one's.
type Sequence struct {
	operator
	Input   Node
	By      []Expr
	Time    Expr
	Within  int64 // ticks; -1 is unbounded
	Ordered bool
	Steps   []Step
	Out     []*Column
}

// Step is one condition that a row of a Sequence must meet, and what is kept of that row.
type Step struct {
	Name  string
	When  Expr
	Keeps []Assign
}

// Trace goes over the rows of each group in their order and keeps a state for each of its steps (Kusto's scan). The state of a step is
// what was remembered of the rows that met it and the steps before it, last; it is empty until a row meets the step. By is as in
// Aggregate.
//
// A row is tested against the steps from the last to the first. Where the step before has a state and When is true over it, that state
// becomes the one of this step, which leaves the step before empty. Otherwise, where the step has a state of its own or is the first, and
// When is true over that state, the row takes the place of the step's last one. Either way the row, its new columns computed over
// the state as it was, is remembered and, as Give says, a row of the result; a row that meets several steps is several.
//
// Match counts the sequences of each group from 0: one begins where a row meets the first step while that is empty.
type Trace struct {
	operator
	Input Node
	By    []Expr
	Out   []*Column // what steps set
	Match *Column   // nil: not given
	Steps []TraceStep
}

// TraceStep is one step of a Trace. When and Set see the columns of the input and what this step and those before it remember.
type TraceStep struct {
	Name string
	Give TraceGive
	When Expr
	Set  []Expr // for each column of Out
	Keep []Memory
}

// Memory is a value that a step remembers of the last row that met it: Value, over the columns of the input and Out. Column stands for it
// in expressions; without a state it is Empty.
type Memory struct {
	Column *Column
	Value  Expr
	Empty  event.Value
}

// TraceGive says which of the rows that meet a step are rows of the result.
type TraceGive uint8

const (
	GiveAll  TraceGive = iota
	GiveLast           // the last one, when the state leaves the step or the rows end
	GiveNone
)

var traceGives = [...]string{"all", "last", "none"}

func (g TraceGive) String() string { return traceGives[g] }

// Correlate asks of every event of a group what lies in the span of time that ends with it (the engine of Sigma's
// correlations). Rows are taken in the order of Time, those of one time in the order of Arrival, a number of the event that a row
// comes from, those of one event in the order of Rank; equal ones as they come, and Null before everything else. Rows without a
// time, or with a Null among the values of By, are left out. By is as in Aggregate, but the group shows the values of the row.
//
// Rows of one group, time and Arrival are one event, so that an event that came on several ways is one; a row whose Arrival is Null is
// one by itself. After each event, all that By, Keeps, Aggs and Chains say is computed over the events of its group from Within
// before it (both ends included, -1: all) up to it, and one row of that is given where When, which sees only these columns, is true.
// Nothing is used up. An aggregate is given each event once: the first of its rows for which Where is true and no argument is Null.
// A value that is kept is that of the first row of the last event in which it is not Null.
type Correlate struct {
	operator
	Input   Node
	Time    Expr
	Arrival Expr // nil: Null
	Rank    Expr // nil: Null
	By      []Assign
	Within  int64 // ticks
	Aggs    []Agg // without Distinct and Order
	Chains  []Chain
	Keeps   []Assign
	When    Expr
}

// Chain counts the steps, in their order, of the longest chain of events that ends with the last one: each event meets a step, a
// later one a later step, and steps may be left out. It is 0 where the last event meets none.
type Chain struct {
	Column *Column
	Steps  []Expr
}

// Lookup finds, for each row, the rows of a table that meet all keys, and gives of the first Max of them (-1: of all), in the
// order of the table, the columns named in Out: the value of a single one, a list of those of several, Null of none. Where
// fewer than Min are found, Default stands for those that are missing. What is Null in the table is left out of a list. The
// new columns stand in the place of the input's columns of their names, else behind; every row of the input is given once.
type Lookup struct {
	operator
	Input   Node
	Table   *Table
	Keys    []LookupKey
	Max     int
	Min     int
	Default event.Value
	Out     []LookupOut
}

// Table is what a Lookup looks into: rows that are known before the plan runs, or something outside that finds them. It must
// not be changed.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]event.Value // each as wide as Columns
	// Find, if not nil, gives the rows for the texts of the keys, in the order of Lookup.Keys; it takes the place of Rows. It
	// must be a function of its input and safe for concurrent use.
	Find func(keys []event.Value) [][]event.Value
}

// LookupKey is one condition on the rows of a table: that the text of a value meets the text in a column. A Null meets
// nothing, a list what one of its elements meets.
type LookupKey struct {
	Value  Expr
	Column string
	Match  LookupMatch
	Fold   bool // without regard to case
}

// LookupMatch says how a value meets what stands in the table.
type LookupMatch uint8

const (
	MatchExact LookupMatch = iota // the texts are equal
	MatchGlob                     // * in the table is any number of characters, everything else itself
	MatchCIDR                     // an IP address inside the network in the table
)

var lookupMatches = [...]string{"exact", "glob", "cidr"}

func (m LookupMatch) String() string { return lookupMatches[m] }

// LookupOut is a column that a Lookup gives, and the column of the table that it comes from.
type LookupOut struct {
	Column *Column
	From   string
}

func (n *Scan) Columns() []*Column   { return n.Out }
func (n *Scan) Open() bool           { return n.Rest }
func (n *Scan) Inputs() []Node       { return nil }
func (n *Values) Columns() []*Column { return n.Out }
func (n *Values) Open() bool         { return false }
func (n *Values) Inputs() []Node     { return nil }
func (n *Filter) Columns() []*Column { return n.Input.Columns() }
func (n *Filter) Open() bool         { return n.Input.Open() }
func (n *Filter) Inputs() []Node     { return []Node{n.Input} }
func (n *Project) Open() bool        { return n.Input.Open() && n.Rest.Keep }
func (n *Project) Inputs() []Node    { return []Node{n.Input} }

// Columns returns the input's columns that stay, new ones in the place of those they replace, then the other new ones.
func (n *Project) Columns() []*Column { return columnsOf(n, Node.Columns) }

// columnsOf returns the columns of a node, given those of its inputs.
func columnsOf(n Node, given func(Node) []*Column) []*Column {
	switch n := n.(type) {
	case *Filter:
		return given(n.Input)
	case *Sort:
		return given(n.Input)
	case *Limit:
		return given(n.Input)
	case *Project:
		if n.Extend {
			return extended(given(n.Input), n.Out)
		}
		return extended(nil, n.Out)
	case *Window:
		out := slices.Clip(given(n.Input))
		for _, f := range n.Out {
			out = append(out, f.Column)
		}
		return out
	case *Trace:
		out := append(slices.Clip(given(n.Input)), n.Out...)
		if n.Match != nil {
			out = append(out, n.Match)
		}
		return out
	case *Lookup:
		return extended(given(n.Input), n.assigned())
	case *Expand:
		out := extended(given(n.Input), n.Lists)
		if n.Index != nil {
			out = append(out, n.Index)
		}
		return out
	}
	return n.Columns()
}

// extended returns columns with assigned ones in the place of those they replace, else behind.
func extended(columns []*Column, list []Assign) []*Column {
	return appendExtended(make([]*Column, 0, len(columns)+len(list)+1), columns, list)
}

func appendExtended(out, columns []*Column, list []Assign) []*Column {
	for _, c := range columns {
		for _, a := range list {
			if a.Column.Name == c.Name {
				c = a.Column
			}
		}
		out = append(out, c)
	}
	for _, a := range list {
		if !slices.ContainsFunc(columns, func(c *Column) bool { return c.Name == a.Column.Name }) {
			out = append(out, a.Column)
		}
	}
	return out
}

// Columns returns the columns of By, then those of the aggregates.
func (n *Aggregate) Columns() []*Column {
	out := make([]*Column, 0, len(n.By)+len(n.Aggs))
	for _, by := range n.By {
		out = append(out, by.Column)
	}
	for _, a := range n.Aggs {
		out = append(out, a.Column)
	}
	return out
}
func (n *Aggregate) Open() bool     { return false }
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// Columns returns the input's columns, then those of the window functions.
func (n *Window) Columns() []*Column   { return columnsOf(n, Node.Columns) }
func (n *Window) Open() bool           { return n.Input.Open() }
func (n *Window) Inputs() []Node       { return []Node{n.Input} }
func (n *Sort) Columns() []*Column     { return n.Input.Columns() }
func (n *Sort) Open() bool             { return n.Input.Open() }
func (n *Sort) Inputs() []Node         { return []Node{n.Input} }
func (n *Limit) Columns() []*Column    { return n.Input.Columns() }
func (n *Limit) Open() bool            { return n.Input.Open() }
func (n *Limit) Inputs() []Node        { return []Node{n.Input} }
func (n *Join) Columns() []*Column     { return assigned(n.Out) }
func (n *Join) Open() bool             { return n.Rest.Keep && (n.Left.Open() || n.Right.Open()) }
func (n *Join) Inputs() []Node         { return []Node{n.Left, n.Right} }
func (n *Union) Columns() []*Column    { return n.Out }
func (n *Union) Open() bool            { return n.Rest }
func (n *Union) Inputs() []Node        { return n.Ins }
func (n *Expand) Open() bool           { return n.Input.Open() }
func (n *Expand) Inputs() []Node       { return []Node{n.Input} }
func (n *Sequence) Columns() []*Column { return n.Out }
func (n *Sequence) Open() bool         { return false }
func (n *Sequence) Inputs() []Node     { return []Node{n.Input} }
func (n *Lookup) Open() bool           { return n.Input.Open() }
func (n *Lookup) Inputs() []Node       { return []Node{n.Input} }
func (n *Correlate) Open() bool        { return false }
func (n *Correlate) Inputs() []Node    { return []Node{n.Input} }

func (n *Trace) Open() bool     { return n.Input.Open() }
func (n *Trace) Inputs() []Node { return []Node{n.Input} }

// Columns returns the input's columns, then those that steps set and the number of the match.
func (n *Trace) Columns() []*Column { return columnsOf(n, Node.Columns) }

// Columns returns the columns of By, Keeps, Aggs and Chains.
func (n *Correlate) Columns() []*Column {
	out := append(assigned(n.By), assigned(n.Keeps)...)
	for _, a := range n.Aggs {
		out = append(out, a.Column)
	}
	for _, c := range n.Chains {
		out = append(out, c.Column)
	}
	return out
}

// Columns returns the input's columns with those of the table in the place of those they replace, else behind.
func (n *Lookup) Columns() []*Column { return columnsOf(n, Node.Columns) }

// assigned returns the new columns as assignments of nothing.
func (n *Lookup) assigned() []Assign {
	out := make([]Assign, len(n.Out))
	for i, o := range n.Out {
		out[i].Column = o.Column
	}
	return out
}

// made returns the new columns as assignments, the index as one of nothing.
func (n *Expand) made() []Assign {
	if n.Index == nil {
		return n.Lists
	}
	return append(slices.Clip(n.Lists), Assign{Column: n.Index})
}

// Columns returns the input's columns with the expanded ones in the place of those they replace, else behind.
func (n *Expand) Columns() []*Column { return columnsOf(n, Node.Columns) }

func assigned(list []Assign) []*Column {
	out := make([]*Column, len(list))
	for i, a := range list {
		out[i] = a.Column
	}
	return out
}
