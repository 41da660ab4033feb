package prove

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/plan"
)

// Score is what the tests of a detection notice of changes to it.
type Score struct {
	Mutants  int
	Noticed  int
	Survived []Mutant // those that no test noticed, in the order of the rule
	// Same counts changes that change nothing, which are no mutants, and Left those beyond the bound, which were not tried.
	Same, Left int
}

// Share is the share of mutants that were noticed; 1 if there are none.
func (m *Score) Share() float64 {
	if m.Mutants == 0 {
		return 1
	}
	return float64(m.Noticed) / float64(m.Mutants)
}

// Mutant is a detection with one clause changed.
type Mutant struct {
	Clause string // the author's words
	Change string // "dropped", "negated", or what it was widened to
	rule   *compile.Rule
}

// maxMutants bounds the mutants of one detection; the clauses that are left out are those at its end.
const maxMutants = 400

// mutants returns the detections that differ from a rule in one clause, how many changes made no difference to its plan, and how many were
// too many.
func mutants(r *compile.Rule) (list []Mutant, same, left int, err error) {
	if r.Relower != nil {
		return nil, 0, 0, fmt.Errorf("its plan depends on the time of the search")
	}
	original := plan.String(r.Plan)
	// The clauses are counted in the order in which the plan is walked, so that the n-th of one walk is the n-th of the next.
	type change struct {
		number int
		clause string
		what   string
		make   func(plan.Expr) plan.Expr // nil: leave the clause out
	}
	var changes []change
	number := 0
	eachClause(r.Plan, func(leaf plan.Expr, clause string) plan.Expr {
		mine := number
		number++
		changes = append(changes, change{mine, clause, "dropped", nil}, change{mine, clause, "negated", func(e plan.Expr) plan.Expr { return &plan.Not{X: e} }})
		if what, wide := widened(leaf); wide != nil {
			changes = append(changes, change{mine, clause, what, func(plan.Expr) plan.Expr { return wide }})
		}
		return leaf
	})
	for _, c := range changes {
		if len(list) == maxMutants {
			left++
			continue
		}
		at := 0
		n := eachClause(r.Plan, func(leaf plan.Expr, _ string) plan.Expr {
			mine := at
			at++
			switch {
			case mine != c.number:
				return leaf
			case c.make == nil:
				return nil
			}
			return c.make(leaf)
		})
		if plan.String(plan.Rewrite(n)) == original {
			same++
			continue
		}
		v, err := r.Variant(n)
		if err != nil {
			return nil, same, left, err
		}
		list = append(list, Mutant{c.clause, c.what, v})
	}
	return list, same, left, nil
}

// eachClause calls change for each clause that an author wrote in the conditions of a plan, and returns the plan with what it gives;
// nil leaves the clause out.
func eachClause(n plan.Node, change func(leaf plan.Expr, clause string) plan.Expr) plan.Node {
	return plan.Transform(n, func(n plan.Node) plan.Node {
		f, is := n.(*plan.Filter)
		if !is || f.Why != "" {
			return n
		}
		where := changed(f.Where, change)
		switch {
		case where == nil:
			return f.Input
		case where == f.Where:
			return n
		}
		c := *f
		c.Where = where
		return &c
	})
}

// changed gives the clauses of a condition to change. A clause that is left out is gone from the list that it stood in, and
// what is left of an empty list goes with it.
func changed(e plan.Expr, change func(leaf plan.Expr, clause string) plan.Expr) plan.Expr {
	list := func(of []plan.Expr) (out []plan.Expr, other bool) {
		for _, x := range of {
			y := changed(x, change)
			if other = other || y != x; y != nil {
				out = append(out, y)
			}
		}
		return out, other
	}
	switch e := e.(type) {
	case *plan.And:
		if out, other := list(e.List); len(out) == 0 {
			return nil
		} else if other {
			return &plan.And{Marked: e.Marked, List: out}
		}
		return e
	case *plan.Or:
		if out, other := list(e.List); len(out) == 0 {
			return nil
		} else if other {
			return &plan.Or{Marked: e.Marked, List: out}
		}
		return e
	case *plan.Not:
		x := changed(e.X, change)
		switch {
		case x == nil:
			return nil
		case x == e.X:
			return e
		}
		return &plan.Not{Marked: e.Marked, X: x}
	}
	if m := e.Mark(); m != nil {
		return change(e, words(m))
	}
	return e
}

// words returns what an author wrote, on one line.
func words(m *plan.Mark) string {
	text := m.Text
	if text == "" {
		text = m.Field
	}
	return strings.Join(strings.Fields(text), " ")
}

// widened returns a clause that holds for more, and in what; nil if there is none of its kind.
func widened(e plan.Expr) (string, plan.Expr) {
	switch e := e.(type) {
	case *plan.Match:
		c := *e
		switch {
		case e.All && len(e.Patterns) > 1:
			c.All = false
			return "any of its values enough", &c
		case e.Op == plan.Equals || e.Op == plan.Prefix || e.Op == plan.Suffix || e.Op == plan.Word:
			c.Op = plan.Contains
			return "widened from " + e.Op.String() + " to contains", &c
		case !e.Fold && e.Op != plan.CIDR:
			c.Fold = true
			return "without regard to case", &c
		}
	case *plan.Compare:
		c := *e
		switch e.Op {
		case plan.Less:
			c.Op = plan.LessEqual
		case plan.Greater:
			c.Op = plan.GreaterEqual
		default:
			return "", nil
		}
		return "widened from " + e.Op.String() + " to " + c.Op.String(), &c
	}
	return "", nil
}

// trial is a test as mutation sees it: events, and whether the findings are those that the test wants.
type trial struct {
	name   string
	events []*event.Event
	passes func([]*finding.Finding) bool
}

// mutate runs the mutants of a rule through its tests.
func mutate(ctx context.Context, o Options, r *compile.Rule, trials []trial) (*Score, error) {
	list, same, left, err := mutants(r)
	if err != nil {
		return nil, err
	}
	m := &Score{Mutants: len(list), Same: same, Left: left}
	noticed := make([]bool, len(list))
	for _, t := range trials {
		var rules []*compile.Rule
		for i := range list {
			if !noticed[i] {
				rules = append(rules, list[i].rule)
			}
		}
		if len(rules) == 0 {
			break
		}
		found, err := ask(ctx, o, rules, t.events)
		if err != nil {
			return nil, err
		}
		for i := range list {
			noticed[i] = noticed[i] || !t.passes(found[list[i].rule.Detection])
		}
	}
	for i, is := range noticed {
		if is {
			m.Noticed++
		} else {
			m.Survived = append(m.Survived, list[i])
		}
	}
	return m, nil
}

// describe says what a mutation showed in one line, and the mutants that survived in one line each.
func (m *Score) describe() (string, []string) {
	line := fmt.Sprintf("%d of %d mutants noticed (%.0f %%)", m.Noticed, m.Mutants, 100*m.Share())
	var lines []string
	if m.Left > 0 {
		line += fmt.Sprintf("; %d more were not tried", m.Left)
	}
	for _, s := range m.Survived {
		lines = append(lines, fmt.Sprintf("not noticed: %s %s", clip(s.Clause, 100), s.Change))
	}
	return line, slices.Compact(lines)
}

func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// Mutants returns the detections that differ from a rule in one clause, those without effect left out.
func Mutants(r *compile.Rule) ([]Mutant, error) {
	list, _, _, err := mutants(r)
	return list, err
}

// Rule returns the detection as it was changed.
func (m Mutant) Rule() *compile.Rule { return m.rule }
