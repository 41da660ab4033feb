package compile

import (
	"slices"

	"goshawk/diag"
	"goshawk/plan"
)

// perEvent leaves out what a detection does with the events that it found, for a target that finds single events: groups of which
// nothing more is asked, an order, columns. A chain in which something is asked of groups stays as it is.
func (rt *retargeting) perEvent(chain []plan.Node) []plan.Node {
	last := -1
	for i, n := range chain {
		if _, ok := n.(*plan.Filter); ok {
			last = i
		}
	}
	for i, n := range chain {
		switch n.(type) {
		case *plan.Aggregate, *plan.Expand, *plan.Window, *plan.Trace:
			if i < last {
				return chain
			}
			rt.translation.warn(diag.Span{}, "translate-groups", "events are found, and not the groups that the detection makes of them").
				Hint = "an event without one of the fields that the detection groups by is found as well"
			return slices.Clone(chain[:last+1])
		}
	}
	return chain
}
