package compile

import (
	"slices"
	"strings"

	"goshawk/lang/kql"
	"goshawk/lang/spl"
	"goshawk/plan"
)

// Stage is one stage of a pipeline in its author's words, with the plan that ends in it.
type Stage struct {
	Text string // on one line; macros are expanded
	Node plan.Node
}

func stagesOf[T any](list []T, one func(T) Stage) []Stage {
	out := make([]Stage, len(list))
	for i, s := range list {
		out[i] = one(s)
		out[i].Text = strings.TrimPrefix(strings.Join(strings.Fields(out[i].Text), " "), "| ")
	}
	return out
}

func splStages(s *spl.Search) []Stage {
	return stagesOf(s.Stages, func(s spl.Stage) Stage { return Stage{s.Text, s.Node} })
}

func kqlStages(q *kql.Query) []Stage {
	return stagesOf(q.Stages, func(s kql.Stage) Stage { return Stage{s.Text, s.Node} })
}

// relowered is Relower of a rule that can be read again.
func (r *Rule) relowered(m Moment) (plan.Node, error) {
	n, _, err := r.restage(m)
	return n, err
}

// Staged returns the plan of a search or query as its author wrote it, with the exclusions in it and nothing rewritten, and its stages. Its
// rows are those of Plan. The moment matters where the plan depends on the time. A rule that is not written in stages has those of its
// plan, one for each operator between the events and the rows.
func (r *Rule) Staged(m Moment) (plan.Node, []Stage, error) {
	var n plan.Node
	var stages []Stage
	switch {
	case r.Relower != nil && r.restage != nil:
		var err error
		if n, stages, err = r.restage(m); err != nil {
			return nil, nil, err
		}
	case r.Relower != nil:
		n, err := r.lower(m)
		if err != nil {
			return nil, nil, err
		}
		return n, spine(n), nil
	case r.Search != nil:
		n, stages = r.Search.Plan, splStages(r.Search)
	case r.Query != nil:
		n, stages = r.Query.Plan, kqlStages(r.Query)
	default:
		return r.Plan, spine(r.Plan), nil
	}
	n, err := r.applied(n, stages)
	if err != nil {
		return nil, nil, err
	}
	if len(stages) == 0 { // a query that is no pipeline
		text := r.Detection.Query
		words := r.Detection.Title
		if text != nil && r.Query != nil {
			words = strings.Join(strings.Fields(r.Query.Text.String), " ")
		}
		stages = []Stage{{words, n}}
	}
	if list := plan.Check(n); list.Failed() {
		return nil, nil, list
	}
	return n, stages, nil
}

// applied puts the exclusions of a rule into a plan that is not rewritten: right above the places where it reads events, and over its rows.
// The stages are those of the new plan then.
func (r *Rule) applied(n plan.Node, stages []Stage) (plan.Node, error) {
	moved := map[plan.Node]plan.Node{}
	n = sieveMain(n, moved, func(s *plan.Scan) (keeps []plan.Suppressor) {
		for _, x := range r.Exclusions {
			if x.events == nil {
				continue
			}
			if keep, _ := x.events(s); keep != nil {
				keeps = append(keeps, plan.Suppressor{Why: x.Why(), Keep: keep})
			}
		}
		return keeps
	})
	for i, s := range stages {
		if by := moved[s.Node]; by != nil {
			stages[i].Node = by
		}
	}
	for _, x := range r.Exclusions {
		if x.rows == nil {
			continue
		}
		keep, err := x.rows(n.Columns())
		if err != nil {
			return nil, err
		}
		n = &plan.Filter{Input: n, Where: keep, Why: x.Why()}
	}
	return n, nil
}

// sieveMain puts filters right above the Scans that eachMain visits, and notes what became of each node.
func sieveMain(n plan.Node, moved map[plan.Node]plan.Node, keeps func(*plan.Scan) []plan.Suppressor) plan.Node {
	if by := moved[n]; by != nil {
		return by
	}
	out := n
	if scan, ok := n.(*plan.Scan); ok {
		if list := keeps(scan); len(list) > 0 {
			out = filtered(scan, scan, list)
		}
		moved[n] = out
		return out
	}
	left, right := true, true
	if j, ok := n.(*plan.Join); ok {
		left, right = mainSides(j)
	}
	inputs := slices.Clone(n.Inputs())
	changed := false
	for i, in := range inputs {
		if i == 0 && left || i > 0 && right {
			inputs[i] = sieveMain(in, moved, keeps)
			changed = changed || inputs[i] != in
		}
	}
	if changed {
		out = plan.WithInputs(n, inputs)
	}
	moved[n] = out
	return out
}

// spine returns the operators from the first Scan to the rows of a plan as stages.
func spine(n plan.Node) []Stage {
	var list []Stage
	for n != nil {
		lines := strings.Split(strings.TrimSpace(plan.String(n)), "\n")
		list = append(list, Stage{strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "| "), n})
		inputs := n.Inputs()
		if len(inputs) == 0 {
			break
		}
		n = inputs[0]
	}
	slices.Reverse(list)
	return list
}

// Without returns a plan without the filters that say why and that are not to be kept, and its stages.
func Without(n plan.Node, stages []Stage, keep func(why string) bool) (plan.Node, []Stage) {
	made := map[plan.Node]plan.Node{}
	var without func(n plan.Node) plan.Node
	without = func(n plan.Node) plan.Node {
		if by := made[n]; by != nil {
			return by
		}
		inputs := slices.Clone(n.Inputs())
		changed := false
		for i, in := range inputs {
			inputs[i] = without(in)
			changed = changed || inputs[i] != in
		}
		out := n
		if f, ok := n.(*plan.Filter); ok && f.Why != "" && !keep(f.Why) {
			out = inputs[0]
		} else if changed {
			out = plan.WithInputs(n, inputs)
		}
		made[n] = out
		return out
	}
	out := without(n)
	list := slices.Clone(stages)
	for i, s := range list {
		if by := made[s.Node]; by != nil {
			list[i].Node = by
		}
	}
	return out, list
}
