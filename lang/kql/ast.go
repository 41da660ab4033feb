package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/schema"
)

// node is an expression as it is written, scalar or tabular: only the binder can tell a name of the one from the other. The set is
// closed: a test walks all members.
type node interface{ span() diag.Span }

type at diag.Span

func (a at) span() diag.Span { return diag.Span(a) }

// name is an identifier.
type name struct {
	at
	text    string
	bracket bool // written as ['…']
}

// literal is a constant.
type literal struct {
	at
	typ     schema.Type
	value   event.Value
	pieces  []diag.Span // of a text that was written as several
	dynamic bool        // written as dynamic(…)
}

// star is *, all columns.
type star struct{ at }

// member is x.name.
type member struct {
	at
	of   node
	name *name
}

// index is x[i].
type index struct {
	at
	of, i node
}

// call is f(a, b, name=c).
type call struct {
	at
	fn   *name
	args []argument
}

// argument is one argument of a call.
type argument struct {
	name  *name // nil for a positional one
	value node
}

// unary is -x or +x.
type unary struct {
	at
	op string
	x  node
}

// binary is x op y. Spelled-out operators (and, or, contains, !has_cs …) and symbols alike.
type binary struct {
	at
	op   string
	opAt diag.Span
	l, r node
}

// among is x in (a, b), x !in~ (…), x has_any (…), x has_all (…).
type among struct {
	at
	op   string
	opAt diag.Span
	x    node
	list []node
}

// between is x between (a .. b).
type between struct {
	at
	not    bool
	x      node
	lo, hi node
}

// pipeline is rows that go from operator to operator.
type pipeline struct {
	at
	source node // nil where the first operator makes its own rows
	stages []*stage
}

// lambda is a function written in the query, or a view.
type lambda struct {
	at
	view   bool
	params []*param
	body   *block
}

// param is a parameter of a lambda.
type param struct {
	at
	name    *name
	typ     schema.Type
	table   bool       // takes rows
	columns []colDecl  // of those rows; none: any
	value   node       // the default, nil if the argument must be given
	text    *diag.Text // in which the default stands; nil: in that of the function
}

// colDecl is name:type.
type colDecl struct {
	name *name
	typ  schema.Type
}

// block is statements and the expressions that they are for.
type block struct {
	at
	statements []statement
	results    []node
}

// typeName is typeof(t) as an argument.
type typeName struct {
	at
	types []schema.Type
}

// statement is let or set.
type statement struct {
	at   diag.Span
	word string // let, set, declare …
	name *name
	x    node
}

// named is an expression that may be given a name, or several.
type named struct {
	names []*name
	x     node
}

// stage is one operator of a pipeline, as read.
type stage struct {
	at   diag.Span // all of it
	word diag.Span // its name
	name string
	operation
}

// operation is what an operator does. Each operator has its own kind, in its own file.
type operation interface {
	// bind returns the rows behind the operator, given those before it; in is nil for one that makes its own rows. It must not
	// change in, and may return nil only when an error was complained about.
	bind(b *binder, s *stage, in *relation) *relation
}

// operator says how an operator is read. It stands where the operator is bound.
type operator struct {
	name    string
	aliases []string
	doc     string // one sentence
	// source says that it can begin a pipeline, and follows that it takes no rows unless pipes is set as well.
	source, pipes bool
	graph         bool // it takes a graph in place of rows
	parse         func(p *parser) operation
	// refused says why it is not run; parse is nil then.
	refused string
}

var operators = map[string]*operator{}

// defineOperator enters an operator into the language.
func defineOperator(o operator) *operator {
	for _, name := range append([]string{o.name}, o.aliases...) {
		if operators[name] != nil {
			panic("kql: operator " + name + " is defined twice")
		}
		operators[name] = &o
	}
	if (o.parse == nil) == (o.refused == "") {
		panic("kql: operator " + o.name + " has neither or both of a parser and a reason")
	}
	return &o
}
