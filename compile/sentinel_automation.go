package compile

import (
	"slices"

	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
)

// AutomationRules returns the automation rules of the contents that were asked for, in their own order, with what is doubtful about them.
func (s *Set) AutomationRules() ([]*detection.AutomationRule, diag.List) {
	var list []*detection.AutomationRule
	var doubts diag.List
	for _, w := range s.workspaces {
		list = append(list, w.pack.AutomationRules...)
		for _, f := range w.pack.Files {
			doubts = append(doubts, AutomationDoubts(f)...)
		}
	}
	slices.SortStableFunc(list, func(a, b *detection.AutomationRule) int { return a.Order - b.Order })
	return list, doubts
}

// AutomationDoubts returns what is doubtful about the automation rules of a file: conditions and actions that nobody knows.
func AutomationDoubts(f *sentinel.File) diag.List {
	var list diag.List
	for _, d := range f.Diagnostics {
		if d.Code == "sentinel-automation" && d.Severity <= diag.Warning {
			list = append(list, d)
		}
	}
	return list
}
