package sigma

import (
	"goshawk/event"
	"goshawk/plan"
)

// term is what a value has become by the modifiers applied so far. The set is closed.
type term interface{ term() }

type (
	// pattern is a text with or without wildcards, or several that say the same in different spellings.
	pattern struct {
		variants [][]plan.Piece
		cased    bool
		edged    bool // a text modifier has said where it must be
	}
	// scalar is a number or a bool as its canonical text.
	scalar struct{ text string }
	// nothing is null.
	nothing struct{}
	// expression is a regular expression.
	expression struct {
		source string
		fold   bool
		lines  bool // ^ and $ at every line
		dot    bool // . meets line breaks too
	}
	// network is a range of addresses.
	network struct{ prefix string }
	// presence asks whether the field is there.
	presence struct{ wanted bool }
	// bound is a comparison with a number.
	bound struct {
		op     plan.CompareOp
		number event.Value
	}
	// timePart compares a part of a date with a number.
	timePart struct {
		part   string
		number event.Value
	}
	// reference compares with another field.
	reference struct {
		name  string
		op    plan.MatchOp
		cased bool
	}
)

func (pattern) term()    {}
func (scalar) term()     {}
func (nothing) term()    {}
func (expression) term() {}
func (network) term()    {}
func (presence) term()   {}
func (bound) term()      {}
func (timePart) term()   {}
func (reference) term()  {}

// nameOf says what a term is, for complaints.
func nameOf(t term) string {
	switch t.(type) {
	case pattern:
		return "text"
	case scalar:
		return "a number or a bool"
	case nothing:
		return "null"
	case expression:
		return "a regular expression"
	case network:
		return "a network"
	case presence:
		return "a test of presence"
	case bound:
		return "a comparison"
	case timePart:
		return "a part of a date"
	case reference:
		return "a field"
	}
	panic("sigma: unknown kind of term")
}
