package engine

import (
	"goshawk/compile"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// Explainer says what one rule sees in events.
type Explainer struct {
	rule     *compile.Rule
	taxonomy *taxonomy.Taxonomy
	classes  map[*event.Class]*explained
}

// explained is what an Explainer keeps for a class.
type explained struct {
	in   bool
	when *eval.Program
	test *eval.Program
	time *eval.Program
}

// Explanation is what a rule sees in one event.
type Explanation struct {
	Match bool
	// Foreign events are not of the rule's log source; LogSources says what they are instead.
	Foreign    bool
	LogSources []string
	Time       string // RFC 3339; empty if the event has none
	Lines      []ExplainLine
}

// ExplainLine is one clause, or a group of clauses, with its verdict.
type ExplainLine struct {
	Depth    int
	Text     string // the author's words, or "all of", "one of", "not"
	Verdict  string // "true", "false", "null"
	Leaf     bool
	Field    string
	Value    string
	Absent   bool
	From, To int // the part of Value that met the clause; equal where none did
}

// NewExplainer returns an Explainer of a rule, which must be loaded.
func NewExplainer(r *compile.Rule, t *taxonomy.Taxonomy) *Explainer {
	return &Explainer{rule: r, taxonomy: t, classes: map[*event.Class]*explained{}}
}

// Event explains one event.
func (x *Explainer) Event(ev *event.Event) Explanation {
	c := x.class(ev.Class)
	row := &eval.Row{}
	stream.Row(row, ev)
	var out Explanation
	ticks := ev.Logged
	if c.time != nil {
		if v := c.time.Value(row); v.Kind() == event.Time {
			ticks = v.Int()
		}
	}
	if ticks != 0 {
		out.Time = event.FormatTime(ticks)
	}
	if !c.in || c.when != nil && !c.when.True(row) {
		out.Foreign = true
		for _, l := range x.taxonomy.LogSources(ev.Class) {
			out.LogSources = append(out.LogSources, l.String())
		}
		if out.LogSources == nil {
			out.LogSources = []string{"of no log source that rules know"}
		}
		return out
	}
	if c.test == nil {
		out.Match = true
		return out
	}
	e := c.test.Explain(row)
	out.Match = e.Verdict == eval.True
	out.Lines = lines(nil, e, 0)
	return out
}

func (x *Explainer) class(class *event.Class) *explained {
	if c, ok := x.classes[class]; ok {
		return c
	}
	compiled := func(e plan.Expr) *eval.Program {
		if e == nil {
			return nil
		}
		p, err := eval.Compile(e, stream.CarrierSlot)
		if err != nil {
			return nil
		}
		return p
	}
	c := &explained{}
	var when plan.Expr
	when, c.in = x.taxonomy.Route(x.rule.Table, class)
	c.when = compiled(when)
	c.test = native(x.rule, x.taxonomy, class)
	c.time = compiled(x.taxonomy.Time(class))
	x.classes[class] = c
	return c
}

// lines lays the tree of an explanation out as indented lines.
func lines(out []ExplainLine, e *eval.Explanation, depth int) []ExplainLine {
	line := ExplainLine{Depth: depth, Verdict: e.Verdict.String()}
	parts := e.Parts
	switch e.Expr.(type) {
	case *plan.And:
		line.Text = "all of"
	case *plan.Or:
		line.Text = "one of"
	case *plan.Not:
		line.Text = "not"
		if e.Mark != nil { // its author wrote one condition, which says no
			parts = nil
		}
	}
	if len(parts) == 0 {
		line.Leaf = true
		line.Text = e.Text()
		if m := e.Mark; m != nil {
			line.Text, line.Field = m.Text, m.Field
			if m.Clause != "" {
				line.Text = m.Clause + ": " + m.Text
			}
		}
		line.Value, line.Absent = e.Value.Text(), e.Value.IsAbsent()
		if len(e.Hits) > 0 {
			h := e.Hits[0]
			line.Value, line.From, line.To, line.Absent = h.Text, h.From, h.To, false
			if line.Field == "" {
				line.Field = h.Path
			}
		} else if m, ok := e.Expr.(*plan.Match); ok {
			if _, everything := m.Subject.(*plan.Everything); everything {
				line.Leaf = false
			}
		}
	}
	out = append(out, line)
	for _, part := range parts {
		out = lines(out, part, depth+1)
	}
	return out
}
