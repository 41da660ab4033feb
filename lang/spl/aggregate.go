package spl

import (
	"sort"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// aggregator is one function of stats and its kin. It is defined where it is lowered, in a file agg_*.go, and nowhere else.
type aggregator struct {
	name    string
	aliases []string
	doc     string
	bare    bool // may stand without an argument, as count does
	numbers bool // its name may end in a number, as p95 does
	ordered bool // depends on the order of rows: newest first for events
	// lower gives the plan's aggregate. after, if not nil, is applied to its result.
	lower func(c *aggregation) (agg plan.Agg, after func(plan.Expr) plan.Expr)
	// refused says why a known function is not run.
	refused string
}

var aggregators = map[string]*aggregator{}

// defineAggregator enters an aggregate into the language.
func defineAggregator(a aggregator) *aggregator {
	for _, name := range append([]string{a.name}, a.aliases...) {
		if aggregators[name] != nil {
			panic("spl: aggregate " + name + " is defined twice")
		}
		aggregators[name] = &a
	}
	return &a
}

// Aggregates returns the names of all aggregates that are run, sorted, each with its sentence.
func Aggregates() (names []string, docs map[string]string) {
	docs = map[string]string{}
	for name, a := range aggregators {
		if a.refused == "" {
			names = append(names, name)
			docs[name] = a.doc
		}
	}
	sort.Strings(names)
	return names, docs
}

// aggregation is a use of an aggregate, on its way into the plan.
type aggregation struct {
	*lowering
	name   string
	at     diag.Span
	arg    plan.Expr // nil without an argument
	number float64   // the number at the end of the name, for those that have one
	// time is the _time of the row in seconds since 1970; Null where rows have none.
	time plan.Expr
	// list is the cap of list(), 0 for none.
	list int64
}

// kernel returns an aggregate of the plan's catalogue over the argument, or other arguments.
func (c *aggregation) kernel(name string, args ...plan.Expr) plan.Agg {
	f := fn.AggregateByName(name)
	if f == nil {
		panic("spl: no aggregate " + name + " in the catalogue")
	}
	if args == nil && c.arg != nil {
		args = []plan.Expr{c.arg}
	}
	return plan.Agg{Func: f, Args: args}
}
