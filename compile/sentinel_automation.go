package compile

import (
	"slices"

	"goshawk/detection"
	"goshawk/diag"
)

// AutomationRules returns the automation rules of the contents that were asked for, in their own order, with what is doubtful about them.
func (s *Set) AutomationRules() ([]*detection.AutomationRule, diag.List) {
	var list []*detection.AutomationRule
	var complaints diag.List
	for _, w := range s.workspaces {
		list = append(list, w.pack.AutomationRules...)
		for _, f := range w.pack.Files {
			for _, d := range f.Diagnostics {
				if d.Code == "sentinel-automation" && d.Severity <= diag.Warning {
					complaints = append(complaints, d)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *detection.AutomationRule) int { return a.Order - b.Order })
	return list, complaints
}
