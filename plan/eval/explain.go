package eval

import (
	"strconv"

	"goshawk/event"
	"goshawk/plan"
)

// Explanation says what a program saw in a row, for one expression and, below it, for its parts.
type Explanation struct {
	Expr    plan.Expr
	Mark    *plan.Mark // the words it comes from; nil where nobody wrote it
	Verdict Verdict
	// Value is what a condition was asked of: the subject of a Match, the left side of a Compare, the operand of Has and
	// IsNull, the first argument of a function that gives a truth; for anything else the value itself. It is absent for a Match over everything.
	Value event.Value
	// Hits are the patterns of a Match that were met and where each was met first: of a Match that asks for all of them
	// every one that was, also where some were not; of any other one that was.
	Hits  []Hit
	Parts []*Explanation // of And, Or and Not
}

// Hit is a pattern that a value met.
type Hit struct {
	Pattern  int    // its index in the Match
	Text     string // the text that it was looked for in: that of the value, or of an element of it
	From, To int    // where in the text it was met, in bytes
	Path     string // where the text stands in the value or, for everything, in the record, such as a.b[0]; empty for the value itself
}

// Text returns the expression as text.
func (x *Explanation) Text() string { return plan.ExprString(x.Expr) }

// Explain says what the program sees in a row.
func (p *Program) Explain(row *Row) *Explanation {
	f := frames.Get().(*frame)
	f.row = row
	x := (&explainer{compiler{slot: p.slot}, f, p.matches}).explain(p.source)
	f.release()
	return x
}

type explainer struct {
	compiler
	frame   *frame
	matches map[*plan.Match]compiledMatch
}

func (x *explainer) explain(e plan.Expr) *Explanation {
	out := &Explanation{Expr: e, Mark: e.Mark()}
	switch e := e.(type) {
	case *plan.And:
		out.Verdict = True
		for _, part := range e.List {
			p := x.explain(part)
			out.Parts, out.Verdict = append(out.Parts, p), min(out.Verdict, p.Verdict)
		}
	case *plan.Or:
		for _, part := range e.List {
			p := x.explain(part)
			out.Parts, out.Verdict = append(out.Parts, p), max(out.Verdict, p.Verdict)
		}
	case *plan.Not:
		p := x.explain(e.X)
		out.Parts, out.Verdict = []*Explanation{p}, True-p.Verdict
		if out.Mark != nil { // its author wrote one condition that says no
			out.Value, out.Hits = p.Value, p.Hits
		}
	case *plan.Match:
		x.match(e, out)
	case *plan.Compare:
		out.Value = x.valueOf(e.Left)
		out.Verdict = Compare(e.Op, out.Value, x.valueOf(e.Right))
	case *plan.Has:
		out.Value = x.valueOf(e.X)
		out.Verdict = verdict(!out.Value.IsAbsent())
	case *plan.IsNull:
		out.Value = x.valueOf(e.X)
		out.Verdict = verdict(out.Value.IsNull())
	case *plan.Call:
		out.Value = x.valueOf(e)
		out.Verdict = VerdictOf(out.Value)
		if len(e.Args) > 0 && out.Value.Kind() == event.Bool {
			if _, function := e.Args[0].(*plan.Lambda); !function {
				out.Value = x.valueOf(e.Args[0])
			}
		}
	default:
		out.Value = x.valueOf(e)
		out.Verdict = VerdictOf(out.Value)
	}
	return out
}

func (x *explainer) valueOf(e plan.Expr) event.Value {
	value := x.compiler.value(e)
	return value(x.frame)
}

// match finds the patterns that are met and where; the first place of each.
func (x *explainer) match(e *plan.Match, out *Explanation) {
	compiled := x.matches[e]
	m := compiled.matcher
	out.Verdict = compiled.truth(x.frame)
	if m == nil {
		return
	}
	var found []bool
	if e.All {
		found = make([]bool, m.Len())
	}
	look := func(path string, v event.Value) {
		if !e.All && len(out.Hits) > 0 {
			return
		}
		x.frame.read(m, v)
		if !e.All {
			if i := m.First(x.frame.text, x.frame.folded); i >= 0 {
				from, to, _ := m.Find(i, x.frame.text, x.frame.folded)
				out.Hits = append(out.Hits, Hit{i, string(x.frame.text), from, to, path})
			}
			return
		}
		for i := range found {
			if found[i] {
				continue
			}
			if from, to, ok := m.Find(i, x.frame.text, x.frame.folded); ok {
				found[i] = true
				out.Hits = append(out.Hits, Hit{i, string(x.frame.text), from, to, path})
			}
		}
	}
	met := e.All || out.Verdict == True // otherwise there is no pattern to look for
	switch {
	case compiled.subject != nil:
		if out.Value = compiled.subject(x.frame); met {
			elements("", out.Value, look)
		}
	case met:
		x.frame.row.places(look)
	}
}

// elements gives the value, or each element of a list at any depth, with its place.
func elements(path string, v event.Value, look func(path string, v event.Value)) {
	switch v.Kind() {
	case event.Null:
	case event.List:
		for i, e := range v.List() {
			elements(path+"["+strconv.Itoa(i)+"]", e, look)
		}
	default:
		look(path, v)
	}
}

// Reason is a condition that made an expression true.
type Reason struct {
	*Explanation
	Negated bool // it did by not being true
}

// Why returns the conditions that made the expression true for the row, in the order of its text: of an And all, of an Or
// those that were true. A condition under a Not is a reason by being false. Without truth there are no reasons.
func (p *Program) Why(row *Row) []Reason { return p.Explain(row).Reasons() }

// Reasons returns the conditions that made the explained expression true; see Program.Why.
func (x *Explanation) Reasons() []Reason {
	var out []Reason
	x.reasons(false, &out)
	return out
}

// reasons gathers what made an explanation true, or false if negated.
func (x *Explanation) reasons(negated bool, out *[]Reason) {
	wanted := True
	if negated {
		wanted = False
	}
	if x.Verdict != wanted {
		return
	}
	if _, isNot := x.Expr.(*plan.Not); isNot && x.Mark != nil {
		*out = append(*out, Reason{x, negated})
		return
	}
	switch x.Expr.(type) {
	case *plan.And, *plan.Or:
		for _, part := range x.Parts {
			part.reasons(negated, out)
		}
	case *plan.Not:
		x.Parts[0].reasons(!negated, out)
	default:
		*out = append(*out, Reason{x, negated})
	}
}
