package compile

import (
	"goshawk/detection"
	"goshawk/lang/kql"
	"goshawk/plan"
)

// lintBins notes a rule whose rows have the beginnings of bins for their time. The bin in which the window of a run begins does so before it,
// so that its row lies outside and is not counted.
func (r *Rule) lintBins(q *kql.Query) {
	a, s := r.Detection.Alert, r.Detection.Schedule
	if s == nil || a.Kind != detection.Scheduled && a.Kind != detection.CustomDetection {
		return
	}
	for _, c := range q.Columns {
		if (c.Name == "TimeGenerated" || c.Name == "Timestamp" && a.Kind == detection.CustomDetection) && roundedDown(q.Plan, c.Column) {
			r.note(r.end(q), "sentinel-bins", "%s of the rows is the beginning of a bin: that in which the window of a run begins lies before it, and its row is not counted", c.Name).
				Hint = "give the bin another name, and summarize … " + c.Name + " = max(" + c.Name + ") …"
			return
		}
	}
}

// roundedDown says whether a column is a time that was rounded down to the beginning of a bin.
func roundedDown(n plan.Node, c *plan.Column) bool {
	assigned := func(list []plan.Assign, in plan.Node) (rounded, known bool) {
		for _, a := range list {
			if a.Column != c {
				continue
			}
			switch v := a.Value.(type) {
			case *plan.Call:
				return v.Func.Name == "bin", true
			case *plan.Ref:
				return roundedDown(in, v.Column), true
			}
			return false, true
		}
		return false, false
	}
	switch n := n.(type) {
	case *plan.Filter:
		return roundedDown(n.Input, c)
	case *plan.Sort:
		return roundedDown(n.Input, c)
	case *plan.Limit:
		return roundedDown(n.Input, c)
	case *plan.Aggregate:
		rounded, _ := assigned(n.By, n.Input)
		return rounded
	case *plan.Project:
		rounded, known := assigned(n.Out, n.Input)
		return rounded || !known && n.Extend && roundedDown(n.Input, c)
	}
	return false
}
