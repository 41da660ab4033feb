package engine

import (
	"fmt"

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
	feeds []explainedFeed // those that events of the class can reach
	time  *eval.Program
}

type explainedFeed struct {
	number int // from 1
	when   *eval.Program
	test   *eval.Program
}

// Explanation is what a rule sees in one event.
type Explanation struct {
	// Match says that the event is an answer by itself, or, of a rule that does more with events than look at each, that it goes
	// into that.
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
	foreign := true
	for _, f := range c.feeds {
		if f.when != nil && !f.when.True(row) {
			continue
		}
		foreign = false
		depth := 0
		if len(x.rule.Feeds) > 1 {
			out.Lines = append(out.Lines, ExplainLine{Text: fmt.Sprintf("search %d of %d", f.number, len(x.rule.Feeds))})
			depth = 1
		}
		if f.test == nil {
			out.Match = true
			if depth > 0 {
				out.Lines[len(out.Lines)-1].Verdict = eval.True.String()
			}
			continue
		}
		e := f.test.Explain(row)
		out.Match = out.Match || e.Verdict == eval.True
		if depth > 0 {
			out.Lines[len(out.Lines)-1].Verdict = e.Verdict.String()
		}
		out.Lines = lines(out.Lines, e, depth)
	}
	if foreign {
		out.Foreign = true
		for _, l := range x.taxonomy.LogSources(ev.Class) {
			out.LogSources = append(out.LogSources, l.String())
		}
		if out.LogSources == nil {
			out.LogSources = []string{"of no log source that rules know"}
		}
	}
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
	c := &explained{time: compiled(x.taxonomy.Time(class))}
	for i, f := range x.rule.Feeds {
		if when, in := x.taxonomy.Route(f.Table, class); in {
			c.feeds = append(c.feeds, explainedFeed{i + 1, compiled(when), native(f.Where, x.taxonomy, class)})
		}
	}
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
