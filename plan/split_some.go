package plan

import (
	"strings"

	"goshawk/event"
	"goshawk/plan/fn"
)

// someNeeded says what a plan asks of the groups that it makes of events: where a Filter looks for a text in what an aggregate gives, and
// that can only have come from the rows of the group, some row must have it. Where no row of a Scan has, the Filter lets nothing pass,
// and the answer is the one that no row of the Scan gives.
//
// It goes from the result towards the Scans with the texts that must be held by a row of each node.
type someNeeded struct {
	byScan []Expr // in the order of Walk; nil: nothing
}

// mention is the demand that some row has one of several texts in one of several values, or held by one: in an element, a name or a
// value at any depth, without regard to case.
type mention struct {
	in      []mentioned
	grouped bool // it is of what an aggregate gives; others are asked of each row
}

type mentioned struct {
	value Expr
	texts []string // letters and digits
}

func someOf(n Node) []Expr {
	var x someNeeded
	x.node(n, nil)
	return x.byScan
}

// node takes the demands on the rows of a node.
func (x *someNeeded) node(n Node, needs []mention) {
	switch n := n.(type) {
	case *Scan:
		x.byScan = append(x.byScan, longest(needs))
	case *Filter:
		needs = needs[:len(needs):len(needs)]
		gathers := anyNode(n.Input, func(n Node) bool { _, is := n.(*Aggregate); return is })
		for _, e := range unmarked(n.Where) {
			if m, ok := e.(*Match); ok && gathers {
				if in, ok := mentionedBy(m); ok {
					needs = append(needs, mention{in: in})
				}
			}
		}
		x.node(n.Input, needs)
	case *Sort:
		x.node(n.Input, needs)
	case *Limit:
		x.node(n.Input, needs)
	case *Project:
		x.under(n.Input, needs, func(v Expr) (Expr, bool, bool) {
			out, ok := substitute(v, n.Out)
			return out, false, ok
		})
	case *Aggregate:
		if len(n.By) == 0 { // gives a row of no rows
			x.node(n.Input, nil)
			return
		}
		x.under(n.Input, needs, func(v Expr) (Expr, bool, bool) { return heldByGroup(n, v) })
	case *Expand:
		made := n.made()
		x.under(n.Input, needs, func(v Expr) (Expr, bool, bool) {
			for _, list := range n.Lists {
				if ref, ok := v.(*Ref); ok && ref.Column == list.Column {
					return list.Value, false, true
				}
			}
			return v, false, !loseColumns(v, made)
		})
	case *Lookup:
		made := n.assigned()
		x.under(n.Input, needs, func(v Expr) (Expr, bool, bool) {
			return v, false, !loseColumns(v, made)
		})
	case *Join:
		x.join(n, needs)
	default:
		for _, in := range n.Inputs() {
			x.node(in, nil)
		}
	}
}

func (x *someNeeded) join(j *Join, needs []mention) {
	left, right := scopeOf(j.Left), scopeOf(j.Right)
	side := func(s scope, allowed bool) func(Expr) (Expr, bool, bool) {
		return func(v Expr) (Expr, bool, bool) {
			if !allowed || left.shares(right) {
				return nil, false, false
			}
			out, ok := substitute(v, j.Out)
			return out, false, ok && refersTo(out, s)
		}
	}
	x.under(j.Left, needs, side(left, j.Kind == Inner || j.Kind == LeftOuter || j.Kind == LeftSemi || j.Kind == LeftAnti))
	x.under(j.Right, needs, side(right, j.Kind == Inner || j.Kind == RightOuter || j.Kind == RightSemi || j.Kind == RightAnti))
}

// under goes on to an input, with what each value is made of there; grouped says that it is of an aggregate.
func (x *someNeeded) under(in Node, needs []mention, of func(Expr) (value Expr, grouped, ok bool)) {
	var out []mention
	for _, need := range needs {
		below, ok := mention{grouped: need.grouped}, true
		for _, m := range need.in {
			v, grouped, there := of(m.value)
			if ok = there && m.from(v, &below.in); !ok {
				break
			}
			below.grouped = below.grouped || grouped
		}
		if ok {
			out = append(out, below)
		}
	}
	x.node(in, out)
}

// heldByGroup returns the value of rows that holds the texts of what an Aggregate gives.
func heldByGroup(a *Aggregate, v Expr) (value Expr, grouped, ok bool) {
	if ref, isRef := v.(*Ref); isRef {
		for _, agg := range a.Aggs {
			switch {
			case agg.Column != ref.Column:
			case agg.Func.Within == fn.ChoiceOfFirst || agg.Func.Within == fn.HeldByFirst:
				return agg.Args[0], true, true
			default:
				return nil, false, false
			}
		}
	}
	keys := make([]*Column, len(a.By))
	for i, by := range a.By {
		keys[i] = by.Column
	}
	if !refersTo(v, scopeFor(keys, false)) {
		return nil, false, false
	}
	value, ok = substitute(v, a.By)
	return value, false, ok
}

// mostMentioned bounds the values in one of which a text must be.
const mostMentioned = 4

// mentionedBy returns what must hold which texts for a match to be met.
func mentionedBy(m *Match) (in []mentioned, ok bool) {
	if m.Op == Regexp || m.Op == CIDR || len(m.Patterns) == 0 {
		return nil, false
	}
	var texts []string
	for _, p := range m.Patterns {
		best := ""
		for _, piece := range p.Pieces {
			if piece.Kind == Run {
				for word := range strings.FieldsFuncSeq(piece.Text, func(r rune) bool { return !isLetterOrDigit(r) }) {
					if len(word) > len(best) {
						best = word
					}
				}
			}
		}
		texts = append(texts, best)
	}
	if m.All {
		texts = []string{longestText(texts)}
	}
	of := mentioned{m.Subject, texts}
	of.unescape() // the text of an object is JSON
	ok = of.from(m.Subject, &in)
	return in, ok
}

func longestText(texts []string) string {
	best := ""
	for _, t := range texts {
		if len(t) > len(best) {
			best = t
		}
	}
	return best
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// unescape makes texts that stand in JSON such as stand in what is written there: what of their beginning may be the end of an escape
// is left out.
func (m *mentioned) unescape() {
	texts := make([]string, len(m.texts))
	for i, t := range m.texts {
		texts[i] = t[escapeEnd(t):]
	}
	m.texts = texts
}

// escapeEnd returns how much of the beginning of a text may be the end of an escape of JSON at most.
func escapeEnd(text string) int {
	hex := 0
	for hex < min(len(text), 4) && strings.IndexByte("0123456789abcdefABCDEF", text[hex]) >= 0 {
		hex++
	}
	switch {
	case hex > 0 || text == "":
		return hex
	case strings.IndexByte("uU", text[0]) >= 0:
		return min(len(text), len("uffff"))
	case strings.IndexByte("nrtNRT", text[0]) >= 0: // b and f are digits, too
		return 1
	}
	return 0
}

// shortestMention is how many characters a text must have to be looked for.
const shortestMention = 4

// telling says whether the texts stand in texts only: not in a number, time or truth that is written as one.
func (m *mentioned) telling() bool {
	for _, t := range m.texts {
		t = strings.ToLower(t)
		letters := false // two next to each other
		for i := 1; i < len(t); i++ {
			letters = letters || t[i-1] >= 'a' && t[i] >= 'a'
		}
		if !letters || len(t) < shortestMention || strings.Contains("true false null nan infinity", t) {
			return false
		}
	}
	return true
}

// from adds what must hold the texts if an expression does; false where that cannot be said.
func (m mentioned) from(e Expr, out *[]mentioned) bool {
	if !m.telling() {
		return false
	}
	switch e := e.(type) {
	case *Literal:
		return !m.heldBy(e.Value)
	case *Case:
		for _, arm := range e.Arms {
			if !m.from(arm.Then, out) {
				return false
			}
		}
		return e.Else == nil || m.from(e.Else, out)
	case *Call:
		within := fn.Elsewhere
		if e.Func != nil {
			within = e.Func.Within
		}
		if e.Func == bagUnpack && isLiteralText(e.Args[1], "") {
			within = fn.HeldByFirst
		}
		switch within {
		case fn.Choice, fn.HeldByAny:
			if within == fn.HeldByAny {
				m.unescape()
			}
			for _, a := range e.Args {
				if !m.from(a, out) {
					return false
				}
			}
			return true
		case fn.ChoiceOfFirst, fn.HeldByFirst:
			return m.from(e.Args[0], out)
		case fn.EndOfFirst, fn.PartOfFirst, fn.WrittenFirst:
			m.unescape()
			return m.from(e.Args[0], out)
		}
	}
	*out = append(*out, mentioned{e, m.texts})
	return len(*out) <= mostMentioned
}

var bagUnpack = fn.ByName("kql_bag_unpack")

func isLiteralText(e Expr, text string) bool {
	l, ok := e.(*Literal)
	return ok && l.Value.Kind() == event.Text && l.Value.Text() == text
}

// heldBy says whether a value is or holds one of the texts.
func (m mentioned) heldBy(v event.Value) bool {
	switch v.Kind() {
	case event.List:
		for _, e := range v.List() {
			if m.heldBy(e) {
				return true
			}
		}
		return false
	case event.Object:
		for _, f := range v.Object().Fields {
			if m.heldBy(event.TextValue(f.Name.Text)) || m.heldBy(f.Value) {
				return true
			}
		}
		return false
	}
	text := event.Fold(v.Text())
	for _, t := range m.texts {
		if strings.Contains(text, event.Fold(t)) {
			return true
		}
	}
	return false
}

// longest returns the demand on groups whose texts are the longest, as a condition on a row that meets it; nil if there is none.
func longest(needs []mention) Expr {
	var best Expr
	most := 0
	for _, need := range needs {
		if !need.grouped {
			continue
		}
		var list []Expr
		least := 1 << 30
		for _, m := range need.in {
			match := &Match{Subject: m.value, Op: Contains, Fold: true}
			for _, t := range m.texts {
				match.Patterns = append(match.Patterns, Plain(t))
				least = min(least, len(t))
			}
			list = append(list, match)
		}
		where := Expr(&Or{List: list})
		if least > most && len(list) > 0 && !readsRest(where) && !mayFail(where) {
			best, most = where, least
		}
	}
	return best
}
