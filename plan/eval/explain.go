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
	x := (&explainer{p, f}).explain(p.source)
	f.release()
	return x
}

type explainer struct {
	program *Program
	frame   *frame
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

// valueOf computes a part of the expression, which is compiled when it is first asked for.
func (x *explainer) valueOf(e plan.Expr) event.Value {
	part, ok := x.program.parts.Load(e)
	if !ok {
		c := compiler{slot: x.program.slot}
		part, _ = x.program.parts.LoadOrStore(e, c.value(e))
	}
	return part.(valueFunc)(x.frame)
}

// match finds the patterns that are met and where; the first place of each. Of a value of which any pattern will do the search itself
// gives the verdict, since to run an expression is dear.
func (x *explainer) match(e *plan.Match, out *Explanation) {
	compiled := x.program.matches[e]
	s := search{frame: x.frame, matcher: compiled.matcher}
	if e.All {
		s.left = make([]bool, s.matcher.Len())
		for i := range s.left {
			s.left[i] = true
		}
	}
	everything := compiled.subject == nil
	if everything || e.All {
		out.Verdict = compiled.truth(x.frame)
	}
	switch {
	case !everything:
		out.Value = compiled.subject(x.frame)
		elements("", out.Value, s.look)
	case e.All || out.Verdict == True: // otherwise there is no pattern to look for
		x.frame.row.places(s.look)
	}
	out.Hits = s.hits
	if !everything && !e.All {
		out.Verdict = verdict(len(out.Hits) > 0)
	}
}

// search looks for the patterns of a Match in texts: for any of them until one is met, or for each until all are.
type search struct {
	frame   *frame
	matcher *Matcher
	left    []bool // the patterns that are still to be met; nil where any will do
	hits    []Hit
}

// look looks into one text, and says whether to go on.
func (s *search) look(path string, v event.Value) bool {
	m := s.matcher
	s.frame.read(m, v)
	if s.left == nil {
		i := m.First(s.frame.text, s.frame.folded)
		if i >= 0 {
			from, to, _ := m.Find(i, s.frame.text, s.frame.folded)
			s.hits = []Hit{{i, string(s.frame.text), from, to, path}}
		}
		return i < 0
	}
	text := ""
	for i := range s.left {
		if !s.left[i] {
			continue
		}
		if from, to, ok := m.Find(i, s.frame.text, s.frame.folded); ok {
			if text == "" {
				text = string(s.frame.text)
			}
			s.left[i] = false
			s.hits = append(s.hits, Hit{i, text, from, to, path})
		}
	}
	return len(s.hits) < len(s.left)
}

// elements gives the value, or each element of a list at any depth, with its place, until visit returns false.
func elements(path string, v event.Value, visit func(path string, v event.Value) bool) bool {
	switch v.Kind() {
	case event.Null:
		return true
	case event.List:
		for i, e := range v.List() {
			if !elements(path+"["+strconv.Itoa(i)+"]", e, visit) {
				return false
			}
		}
		return true
	}
	return visit(path, v)
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
