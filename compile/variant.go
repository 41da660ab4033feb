package compile

import (
	"fmt"

	"goshawk/plan"
)

// Variant returns the rule with another plan, as a rule of its own: its detection is a copy, by which its findings are told from
// those of the rule. It returns an error for a rule whose plan depends on the time of the search, and for a plan that does
// not hold together.
func (r *Rule) Variant(n plan.Node) (*Rule, error) {
	if r.Refused || r.Relower != nil {
		return nil, fmt.Errorf("the plan of %s cannot be exchanged: it is made anew for each search", r.Detection.Title)
	}
	if list := plan.Check(n); list.Failed() {
		return nil, list
	}
	v := *r
	d := *r.Detection
	v.Detection, v.Plan = &d, plan.Rewrite(n)
	class, _ := plan.Mode(v.Plan)
	v.Single = class == plan.PerEvent
	if err := v.split(); err != nil {
		return nil, err
	}
	return &v, nil
}
