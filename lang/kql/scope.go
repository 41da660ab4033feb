package kql

import (
	"goshawk/diag"
)

// scope is the names that let statements and parameters gave, the nearest first.
type scope struct {
	outer *scope
	names map[string]*binding
	depth int
}

// binding is what a name stands for: a calculation, done anew for each use.
type binding struct {
	at   diag.Span
	text *diag.Text // in which at and x stand
	x    node       // an expression or a lambda; nil for what is bound already
	env  *scope     // the names that x sees
	// bound is the value of a parameter, and rows make those of one that takes a table.
	bound *value
	rows  func() *relation
	using bool // it is being bound: a name that leads to itself
}

func (s *scope) inner() *scope {
	d := 0
	if s != nil {
		d = s.depth + 1
	}
	return &scope{outer: s, names: map[string]*binding{}, depth: d}
}

func (s *scope) find(name string) *binding {
	for ; s != nil; s = s.outer {
		if b := s.names[name]; b != nil {
			return b
		}
	}
	return nil
}

// all returns all names.
func (s *scope) all() []string {
	var out []string
	for ; s != nil; s = s.outer {
		for n := range s.names {
			out = append(out, n)
		}
	}
	return out
}

// views returns the names of the views, for wildcards.
func (s *scope) views() []string {
	var out []string
	for ; s != nil; s = s.outer {
		for n, b := range s.names {
			if l, ok := b.x.(*lambda); ok && l.view {
				out = append(out, n)
			}
		}
	}
	return out
}

// context is where an expression stands.
type context struct {
	scope *scope
	// in are the rows that it is about; nil where there are none. Binding an expression may put joins and windows on top of
	// in.node, for what other rows have to say; so it must be a copy that the operator owns.
	in *relation
	// base takes the joins and windows where in is nil: the value of a let statement sees no columns, but can ask other rows.
	base *relation
	// left and right are the rows that $left and $right mean.
	left, right *relation
	// steps are the steps of scan that the expression may ask, nil elsewhere.
	steps *scanSteps
	// match is the pattern of graph-match whose parts the expression may ask, alone the one part that it is about, whose properties are
	// the columns of rows.
	match *graphMatch
	alone map[string]*relation
	// aggs gathers aggregates; nil where none may stand.
	aggs *aggregation
	// search says that a text alone asks for itself in any column, exact that it does so by case.
	search, exact bool
}
