package spl

import (
	"goshawk/diag"
	"goshawk/plan"
)

// Exclusion is a condition of the search language whose rows a detection leaves out. It stands where the detection's own language has
// a place for it: behind the macro of a name, which its author left empty for this, else at the end of the search. Nothing is put into the
// text of the search: the condition becomes a filter of its own in the plan.
type Exclusion struct {
	Why   string // what the filter says of itself
	Slot  string // the macro; empty: there is none
	Where *diag.Text
}

// behindSlot applies the exclusions whose slot ends in front of a command; next is nil at the end of the search, where those come whose
// slot the search does not have.
func (l *lowering) behindSlot(in *relation, before, next *command) *relation {
	if in == nil || len(l.env.Exclusions) == 0 {
		return in
	}
	for i, x := range l.env.Exclusions {
		if l.excluded[i] {
			continue
		}
		ends := before != nil && x.Slot != "" && l.standsIn(before, x.Slot) && (next == nil || !l.standsIn(next, x.Slot))
		if !ends && next != nil {
			continue
		}
		if l.excluded == nil {
			l.excluded = map[int]bool{}
		}
		l.excluded[i] = true
		in = l.exclude(in, x)
	}
	return in
}

// standsIn says whether a command stands in the text of a macro.
func (l *lowering) standsIn(c *command, macro string) bool {
	for use := l.text.Place(c.at).Via; use != nil; use = use.Via {
		if use.Name == macro {
			return true
		}
	}
	return false
}

// exclude leaves out the rows that meet a condition. One that cannot be applied is noted in Search.Unapplied, and changes nothing.
func (l *lowering) exclude(in *relation, x Exclusion) *relation {
	sub := &lowering{env: l.env, search: &Search{}, used: l.used}
	sub.search.Text = sub.expand(x.Where)
	sub.text = sub.search.Text
	p := &parser{lowering: sub, text: sub.text.String}
	a := &args{parser: p, command: specs["search"], end: len(p.text)}
	c := a.search()
	if c == nil && !sub.list.Failed() {
		sub.errorf(diag.Span{End: len(p.text)}, "spl-exclusion", "the predicate is empty")
	}
	out := in.clone()
	if c != nil && !sub.list.Failed() {
		if nested := nestedIn(c); nested != nil {
			sub.errorf(nested.place(), "spl-exclusion", "a predicate cannot hold a subsearch").Hint = "write the values as field IN (a, b)"
		} else {
			m := &matcher{lowering: sub, in: out, clause: x.Why}
			out.node = &plan.Filter{Input: out.node, Where: plan.Unless(m.test(c)), Why: x.Why}
		}
	}
	for i := range sub.list { // a field that rows cannot have would be a predicate that excludes nothing
		switch d := &sub.list[i]; d.Code {
		case "spl-unknown-field", "spl-unknown-model-field":
			d.Severity = diag.Error
		}
	}
	if !sub.list.Failed() {
		return out
	}
	if l.search.Unapplied == nil {
		l.search.Unapplied = map[string]diag.List{}
	}
	l.search.Unapplied[x.Why] = sub.list
	return in
}

// nestedIn returns the first subsearch in a condition; nil if there is none.
func nestedIn(c condition) condition {
	var list []condition
	switch c := c.(type) {
	case *nestedSearch:
		return c
	case *allOf:
		list = c.list
	case *oneOf:
		list = c.list
	case *noneOf:
		list = []condition{c.x}
	}
	for _, x := range list {
		if found := nestedIn(x); found != nil {
			return found
		}
	}
	return nil
}
