package stream

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// origins are the fields, and other values that functions are not seen through, that the texts of a computed value come from:
// a text that stands in the computed value stands in one of them, or in a constant. So the literals of a rule that asks of a
// computed value can be looked for where the records have them, and the value is computed only for events in which one is
// found.
type origins struct {
	from      []origin
	constants []string  // folded
	glue      [256]bool // the bytes of the constants that texts are joined with
	joined    bool
}

// origin is one value that texts come from.
type origin struct {
	value plan.Expr
	how   derivation
	cased bool // in another case, which is certain for ASCII only
}

// derivation says what of the origin's text a text is.
type derivation uint8

const (
	itself  derivation = iota // the text of the value, or of an element
	itsCase                   // its whole text but for case
	itsEnd                    // the end of its whole text
	itsPart
)

// maxOrigins bounds the values that one computed value is looked for in.
const maxOrigins = 8

// originsOf returns where the texts of an expression come from; nil where that is the expression itself, a field (nil is one), or
// too many places.
func (s *sketches) originsOf(e plan.Expr) *origins {
	if e == nil {
		return nil
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	o, known := s.origins[e]
	if !known {
		o = &origins{}
		if !o.add(e, itself, false, false) || len(o.from) == 1 && o.from[0].value == e || len(o.from) > maxOrigins {
			o = nil
		}
		s.origins[e] = o
	}
	return o
}

// add adds the origins of an expression; cased says whether something around it changes case, inside whether it is a part of
// a joined text.
func (o *origins) add(e plan.Expr, how derivation, cased, inside bool) bool {
	switch e := e.(type) {
	case *plan.Literal:
		return o.addConstant(e.Value, inside)
	case *plan.Case:
		if isRaw(e) {
			break
		}
		for _, arm := range e.Arms {
			if !o.add(arm.Then, how, cased, inside) {
				return false
			}
		}
		return e.Else == nil || o.add(e.Else, how, cased, inside)
	case *plan.Call:
		if text, ok := captured(e); ok {
			return o.add(text, itsPart, cased, inside)
		}
		switch e.Func.Within {
		case fn.Choice:
			for _, a := range e.Args {
				if !o.add(a, how, cased, inside) {
					return false
				}
			}
			return true
		case fn.ChoiceOfFirst:
			return o.add(e.Args[0], how, cased, inside)
		case fn.EndOfFirst:
			return o.add(e.Args[0], max(how, itsEnd), cased, inside)
		case fn.PartOfFirst:
			return o.add(e.Args[0], itsPart, cased, inside)
		case fn.CaseOfFirst:
			return o.add(e.Args[0], max(how, itsCase), true, inside)
		case fn.Joined:
			if separated(e.Args) {
				o.joined = true
				for _, a := range e.Args {
					if !o.add(a, itsPart, cased, true) {
						return false
					}
				}
				return true
			}
		}
	}
	for _, known := range o.from {
		if known == (origin{e, how, cased}) {
			return true
		}
	}
	o.from = append(o.from, origin{e, how, cased})
	return true
}

var getField, splRex = fn.ByName("get_field"), fn.ByName("spl_rex")

// captured returns the text of which a call gives what a group of a regular expression captured.
func captured(e *plan.Call) (text plan.Expr, ok bool) {
	if e.Func != getField {
		return nil, false
	}
	rex, ok := e.Args[0].(*plan.Call)
	if !ok || rex.Func != splRex {
		return nil, false
	}
	return rex.Args[0], true
}

func (o *origins) addConstant(v event.Value, inside bool) bool {
	switch v.Kind() {
	case event.Null:
		return true
	case event.List:
		for _, e := range v.List() {
			if !o.addConstant(e, inside) {
				return false
			}
		}
		return true
	}
	text := event.Fold(v.Text())
	if !inside {
		o.constants = append(o.constants, text)
		return true
	}
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
		o.glue[text[i]] = true
	}
	return true
}

// fragment returns the longest part of a folded text that must stand whole in one of the origins if the text stands in the
// computed value: one that holds nothing of what parts are joined with. It is empty where there is none, or where a constant
// holds it.
func (o *origins) fragment(text string) string {
	best := text
	if o.joined {
		best = ""
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < 0x80 && o.glue[r] }) {
			if len(part) > len(best) {
				best = part
			}
		}
	}
	for _, c := range o.constants {
		if strings.Contains(c, best) {
			return ""
		}
	}
	return best
}

// separated says whether the parts that are joined have constants between them wherever they meet, so that a text without
// any of those cannot lie across.
func separated(parts []plan.Expr) bool {
	for i := range parts {
		_, guarded, _ := edges(parts[i])
		for j := i + 1; j < len(parts); j++ {
			begins, _, empty := edges(parts[j])
			if !guarded && !begins {
				return false
			}
			if !empty {
				break
			}
		}
	}
	return true
}

// edges says whether a text begins and whether it ends with a constant, if it is not empty, and whether it may be empty.
func edges(e plan.Expr) (begins, ends, empty bool) {
	choice := func(list []plan.Expr, orNone bool) (begins, ends, empty bool) {
		begins, ends, empty = true, true, orNone
		for _, x := range list {
			b, e, n := edges(x)
			begins, ends, empty = begins && b, ends && e, empty || n
		}
		return begins, ends, empty
	}
	switch e := e.(type) {
	case *plan.Literal:
		return true, true, e.Value.Text() == ""
	case *plan.Case:
		var list []plan.Expr
		for _, arm := range e.Arms {
			list = append(list, arm.Then)
		}
		if e.Else != nil {
			list = append(list, e.Else)
		}
		return choice(list, e.Else == nil)
	case *plan.Call:
		switch e.Func.Within {
		case fn.Choice:
			return choice(e.Args, true)
		case fn.Joined:
			begins, ends, empty = true, true, true
			for _, part := range e.Args {
				b, _, n := edges(part)
				begins = begins && b
				if empty = empty && n; !n {
					break
				}
			}
			for i := len(e.Args) - 1; i >= 0; i-- {
				_, e, n := edges(e.Args[i])
				ends = ends && e
				if !n {
					break
				}
			}
			return begins, ends, empty
		}
	}
	return false, false, true
}
