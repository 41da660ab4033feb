package prove

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"goshawk/compile"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/plan/eval"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Compare says which events two detections find: over data, or, where there is none, over events made at the edges of both.
type Compare struct {
	A, B     *compile.Rule // loaded, not refused
	Paths    []string
	Source   source.Options
	Taxonomy *taxonomy.Taxonomy
	Threads  int
	Now      int64 // ticks
}

// Comparison is what Compare found.
type Comparison struct {
	Events int64 // that were looked at
	Both   int
	OnlyA  int
	OnlyB  int
	Made   bool     // the events were made
	Bases  []string // the templates of which they were made
	Left   int      // literals that no event was made for, as there are too many
	// Groups are the differences by the clauses that make them, those of A first, each side the largest first.
	Groups []Group
	Report *engine.Report
}

// Same says that no event told the two apart.
func (c *Comparison) Same() bool { return c.OnlyA == 0 && c.OnlyB == 0 }

// Group is differences that the same clauses of the other detection make.
type Group struct {
	OnlyA   bool
	Count   int
	Example Difference // the first of them
}

// maxExplained bounds the differences of each side that are looked at one by one; further ones are counted only.
const maxExplained = 5000

// Difference is an event that one of two detections finds.
type Difference struct {
	Evidence finding.Evidence
	OnlyA    bool
	Event    string   // what was made of it: the fields that were set; empty for events of a log
	Clauses  []Clause // why the other does not find it
}

// Clause is a condition of a detection that an event does not meet.
type Clause struct {
	Text   string // the author's words
	Field  string
	Value  string
	Absent bool // the event has no such field
}

// Met says what the clause met in the event; empty where it looks at no field.
func (c Clause) Met() string {
	switch {
	case c.Field == "":
		return ""
	case c.Absent:
		return "there is no " + c.Field
	}
	return fmt.Sprintf("%s is %q", c.Field, clip(c.Value, 120))
}

// twins are copies of the two rules, so that a rule can be compared with itself.
func (c *Compare) twins() (a, b *compile.Rule) {
	copied := func(r *compile.Rule) *compile.Rule {
		v := *r
		d := *r.Detection
		v.Detection = &d
		return &v
	}
	return copied(c.A), copied(c.B)
}

// Run compares the two.
func (c *Compare) Run(ctx context.Context) (*Comparison, error) {
	if c.Taxonomy == nil {
		c.Taxonomy = taxonomy.Default()
	}
	out := &Comparison{}
	a, b := c.twins()
	scan := &engine.Scan{Paths: c.Paths, Rules: []*compile.Rule{a, b}, Taxonomy: c.Taxonomy, Source: c.Source, Threads: c.Threads, Now: c.Now,
		Limits: engine.Limits{Evidence: 1 << 30}}
	var made *made
	if len(c.Paths) == 0 {
		made = makeEvents(c.Taxonomy, c.A, c.B)
		if len(made.events) == 0 {
			return nil, fmt.Errorf("no event can be made up for %s: name logs to compare over", sources(c.A, c.B))
		}
		scan.Events, out.Made, out.Bases, out.Left = made.events, true, made.bases, made.left
	}
	found := [2]map[key]finding.Evidence{{}, {}}
	scan.Finding = func(f *finding.Finding) error {
		side := -1
		switch f.Detection {
		case a.Detection:
			side = 0
		case b.Detection:
			side = 1
		default:
			return nil
		}
		for _, e := range f.Evidence {
			found[side][key{e.Source, e.Record, e.Time}] = e
		}
		return nil
	}
	report, err := scan.Run(ctx)
	switch {
	case err != nil:
		return nil, err
	case report.Interrupted:
		return nil, context.Canceled
	case len(report.Failed) > 0:
		return nil, fmt.Errorf("a search was not finished: %w", report.Failed[0].Diagnostics)
	}
	out.Report, out.Events = report, report.Events
	var differences []*Difference
	for side, set := range found {
		var only []key
		for k := range set {
			if _, both := found[1-side][k]; both {
				if side == 0 {
					out.Both++
				}
				continue
			}
			only = append(only, k)
		}
		if side == 0 {
			out.OnlyA = len(only)
		} else {
			out.OnlyB = len(only)
		}
		sort.Slice(only, func(i, j int) bool {
			if only[i].source != only[j].source {
				return only[i].source < only[j].source
			}
			return only[i].record < only[j].record
		})
		for _, k := range only[:min(len(only), maxExplained)] {
			differences = append(differences, &Difference{Evidence: set[k], OnlyA: side == 0})
		}
	}
	if err := c.explain(ctx, differences, made); err != nil {
		return nil, err
	}
	out.Groups = groups(differences)
	return out, nil
}

// groups puts differences together that the same clauses make.
func groups(list []*Difference) []Group {
	at := map[string]int{}
	var out []Group
	for _, d := range list {
		name := fmt.Sprint(d.OnlyA)
		for _, c := range d.Clauses {
			name += "\x00" + c.Text
		}
		i, known := at[name]
		if !known {
			i = len(out)
			at[name] = i
			out = append(out, Group{OnlyA: d.OnlyA, Example: *d})
		}
		out[i].Count++
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].OnlyA != out[j].OnlyA {
			return out[i].OnlyA
		}
		return out[i].Count > out[j].Count
	})
	return out
}

// explain says of the events that one detection does not find which of its clauses they fail.
func (c *Compare) explain(ctx context.Context, list []*Difference, made *made) error {
	if len(list) == 0 {
		return nil
	}
	type place struct {
		source string
		record uint64
	}
	wanted := map[place][]*Difference{}
	for _, d := range list {
		p := place{d.Evidence.Source, d.Evidence.Record}
		wanted[p] = append(wanted[p], d)
	}
	explainers := map[bool]*engine.Explainer{true: engine.NewExplainer(c.B, c.Taxonomy), false: engine.NewExplainer(c.A, c.Taxonomy)}
	visit := func(ev *event.Event, what string) bool {
		for _, d := range wanted[place{ev.Origin.Source, ev.Origin.Record}] {
			if len(d.Clauses) == 0 || ev.Marks&event.Derived != 0 {
				d.Clauses, d.Event = failing(explainers[d.OnlyA].Event(ev)), what
			}
		}
		return true
	}
	if made != nil {
		for i, ev := range made.events {
			visit(ev, made.what[i])
		}
		return nil
	}
	return source.ForEach(ctx, c.Paths, c.Source, func(ev *event.Event) bool { return visit(ev, "") }, nil, nil)
}

// failing returns the clauses of an explanation that keep a detection from finding the event: those that are false where they
// should be true, and those under a not that hold.
func failing(e engine.Explanation) []Clause {
	switch {
	case e.Foreign:
		return []Clause{{Text: "the event is not of its log source, but " + strings.Join(e.LogSources, ", ")}}
	case e.Match:
		return []Clause{{Text: "the event passes its search; what it does with all of them leaves it out"}}
	}
	var list []Clause
	blame(e.Lines, &list)
	return list
}

// blame walks the lines of an explanation, which are a tree laid flat, and gathers the leaves that decide.
func blame(lines []engine.ExplainLine, list *[]Clause) {
	for i := 0; i < len(lines); {
		next := i + 1
		for next < len(lines) && lines[next].Depth > lines[i].Depth {
			next++
		}
		l := lines[i]
		switch {
		case l.Verdict == eval.True.String():
		case l.Leaf:
			*list = append(*list, Clause{Text: strings.Join(strings.Fields(l.Text), " "), Field: l.Field, Value: l.Value, Absent: l.Absent})
		case l.Text == "not":
			*list = append(*list, Clause{Text: "not " + strings.Join(held(lines[i+1:next]), " and ")})
		default:
			blame(lines[i+1:next], list)
		}
		i = next
	}
}

// held returns the words of the leaves that hold.
func held(lines []engine.ExplainLine) []string {
	var words []string
	for _, l := range lines {
		if l.Leaf && l.Verdict == eval.True.String() {
			text := strings.Join(strings.Fields(l.Text), " ")
			if l.Field != "" {
				text += fmt.Sprintf(" (%s is %q)", l.Field, clip(l.Value, 80))
			}
			words = append(words, text)
		}
	}
	if words == nil {
		return []string{"what holds"}
	}
	return words
}

// sources names what two rules are about.
func sources(rules ...*compile.Rule) string {
	var names []string
	for _, r := range rules {
		for _, f := range r.Feeds {
			if !slices.Contains(names, f.Table) {
				names = append(names, f.Table)
			}
		}
	}
	return strings.Join(names, " and ")
}
