// Package fn is the catalogue of functions: what each is called, what it takes and gives, what it means, and its Go kernel.
// One file holds one family; a function is registered where it stands and exists nowhere else. Languages lower their own
// functions into these, writing out their quirks.
package fn

import (
	"fmt"
	"sort"

	"goshawk/event"
)

// Func is a scalar function: a pure function of its arguments.
type Func struct {
	Name   string  // lower case with underscores, unique among functions
	Doc    string  // one sentence: what it gives, for what, and when Null
	Params []Param // the last may be variadic
	Result string  // the name of a schema type
	// Strict functions give Null as soon as an argument is Null; their kernel never sees one.
	Strict bool
	// Within says where the text of a result comes from, so that who looks for a text in it can look there instead.
	Within Within
	// HandsOn says which first arguments are the result as they are, whatever the others, so that who has a whole column of them
	// need not compute anything.
	HandsOn HandsOn
	// Mentions, if not nil, returns a cheaper function of the same arguments and a list of texts, which is true wherever the result
	// holds one of these texts, with or without regard to case; nil where there is none for such texts.
	Mentions func(texts []string) *Func
	// Between, if not nil, returns a cheaper function of the first argument and a text, which gives each text that stands in the result
	// between that text and the next <, one alone or several as a list, as long as there is no more than three arguments and the others
	// do not hold the text where they meet the result; nil where there is none for such a text.
	Between func(before string) *Func
	// Eval computes the value. It must not keep or change args. It must be safe for concurrent use.
	Eval func(args []event.Value) event.Value
	// Fails, if not nil, says why a result would not be the whole answer, in half a sentence, so that the query ends in an error
	// instead; empty where there is none.
	Fails func(args []event.Value) string
	// Apply is the kernel of a function that takes a Lambda: call runs it, args are the other arguments. Eval is nil then.
	Apply    func(args []event.Value, call func(args ...event.Value) event.Value) event.Value
	Examples []Example
}

// Within says of which arguments the text of a result is made. It speaks of the texts of values, of lists of those of their
// elements; nothing is said about the text of Null.
type Within uint8

const (
	// Elsewhere says nothing.
	Elsewhere Within = iota
	// Choice: each text of the result is one of an argument's.
	Choice
	// ChoiceOfFirst: each text of the result is one of the first argument's.
	ChoiceOfFirst
	// EndOfFirst: the result's text is the end of the first argument's whole text.
	EndOfFirst
	// PartOfFirst: each text of the result is a part of the first argument's whole text.
	PartOfFirst
	// CaseOfFirst: the result's text is the first argument's whole text with letters in another case; what that means beyond
	// ASCII is not said.
	CaseOfFirst
	// Joined: the result's text is the whole texts of all arguments, one behind the other.
	Joined
	// HeldByFirst: each text that the result is or holds, as an element, a name or a value at any depth, the first argument is or holds.
	HeldByFirst
	// HeldByAny: each text that the result is or holds some argument is or holds, or is the whole text of one, JSON where that is a list or
	// an object.
	HeldByAny
	// WrittenFirst: the result is the first argument where that is a text, else it is that written as a text, lists and objects as JSON.
	WrittenFirst
)

// HandsOn says which values a function gives as they are when they are its first argument.
type HandsOn uint8

const (
	// Nothing: each result is computed.
	Nothing HandsOn = iota
	// EachText: a text is the result.
	EachText
	// EachSingle: what is neither Null nor a list is the result.
	EachSingle
	// EachValue: what is not Null is the result.
	EachValue
)

// Param is one parameter.
type Param struct {
	Name     string
	Type     string // the name of a schema type, or "lambda"
	Optional bool
	Variadic bool
}

// Arity returns the least and the greatest number of arguments; the greatest is -1 where there is no bound.
func (f *Func) Arity() (least, most int) { return arity(f.Params) }

// Arity returns the least and the greatest number of arguments; the greatest is -1 where there is no bound.
func (a *Aggregate) Arity() (least, most int) { return arity(a.Params) }

func arity(params []Param) (least, most int) {
	for _, p := range params {
		if !p.Optional && !p.Variadic {
			least++
		}
		if p.Variadic {
			return least, -1
		}
	}
	return least, len(params)
}

// ParamAt returns the parameter that takes the argument at an index, counting on in a variadic one.
func ParamAt(params []Param, i int) (Param, bool) {
	if i < len(params) {
		return params[i], true
	}
	if n := len(params); n > 0 && params[n-1].Variadic {
		return params[n-1], true
	}
	return Param{}, false
}

// Example is a call with the value it must give; all are run as tests. A Lambda among the parameters is left out of Args and
// stands for (x) => x.
type Example struct {
	Args []event.Value
	Want event.Value
}

// Aggregate is a function of many rows.
type Aggregate struct {
	Name   string
	Doc    string
	Params []Param
	Result string
	// Within says where the text of a result comes from as it does for a Func, a first argument being that of some row.
	Within Within
	// New returns the empty state of one group.
	New func() State
	// Slide, if not nil, returns an empty state that can take rows back as well, and whose result is exactly that of New
	// whichever of the given rows, next to each other, are in it; nil where it cannot promise that for these rows. The slice
	// that row returns is valid until its next call.
	Slide func(rows int, row func(i int) []event.Value) Slider
	// Ranking functions are legal in a Window only.
	Ranking  bool
	Examples []AggregateExample
}

// State gathers the rows of one group. Add must not keep args beyond values that it cloned.
type State interface {
	Add(args []event.Value)
	Result() event.Value
}

// AggregateExample is a list of rows, each the arguments of one Add, with the value they must give.
type AggregateExample struct {
	Rows [][]event.Value
	Want event.Value
}

var (
	funcs      = map[string]*Func{}
	aggregates = map[string]*Aggregate{}
)

func define(f Func) *Func {
	if funcs[f.Name] != nil || (f.Eval == nil) == (f.Apply == nil) {
		panic(fmt.Sprintf("fn: function %q is defined twice or has not exactly one kernel", f.Name))
	}
	funcs[f.Name] = &f
	return &f
}

func defineAggregate(a Aggregate) *Aggregate {
	if aggregates[a.Name] != nil || a.New == nil {
		panic(fmt.Sprintf("fn: aggregate %q is defined twice or has no kernel", a.Name))
	}
	aggregates[a.Name] = &a
	return &a
}

// ByName returns the scalar function of a name, or nil.
func ByName(name string) *Func { return funcs[name] }

// AggregateByName returns the aggregate of a name, or nil.
func AggregateByName(name string) *Aggregate { return aggregates[name] }

// All returns the scalar functions in the order of their names.
func All() []*Func {
	list := make([]*Func, 0, len(funcs))
	for _, f := range funcs {
		list = append(list, f)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// AllAggregates returns the aggregates in the order of their names.
func AllAggregates() []*Aggregate {
	list := make([]*Aggregate, 0, len(aggregates))
	for _, a := range aggregates {
		list = append(list, a)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
