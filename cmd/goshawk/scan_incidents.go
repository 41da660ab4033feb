package main

import (
	"os"
	"slices"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/engine"
)

// automate gives a scan the automation rules of a set and those of --automation if incidents are wanted, and tells what is doubtful about them;
// otherwise it returns how many of the set are not applied.
func (f *scanFlags) automate(p program, s *engine.Scan, set *compile.Set) (unapplied int, err error) {
	wanted := f.grouped || len(f.automation.values) > 0
	if wanted && f.incidents {
		return 0, fail(exitUsage, "--no-incidents excludes --incidents and --automation")
	}
	rules, complaints := set.AutomationRules()
	if !wanted {
		return len(rules), nil
	}
	s.Sentinel.Incidents = true
	for _, path := range f.automation.values {
		more, doubts, err := readAutomation(path)
		if err != nil {
			return 0, err
		}
		for _, r := range more { // the file may lie among those of -r as well
			if r.ID == "" || !slices.ContainsFunc(rules, func(other *detection.AutomationRule) bool { return other.ID == r.ID }) {
				rules = append(rules, r)
			}
		}
		complaints = append(complaints, doubts...)
	}
	slices.SortStableFunc(rules, func(a, b *detection.AutomationRule) int { return a.Order - b.Order })
	s.Sentinel.Automation = rules
	if f.quiet {
		return 0, nil
	}
	for i, d := range complaints {
		if i == listedReasons {
			p.talk("… %s more", plural(len(complaints)-i, "complaint"))
			break
		}
		p.talk("%s", diag.Printable(d.Error()))
	}
	return 0, nil
}

// readAutomation reads the automation rules in a file or folder.
func readAutomation(path string) ([]*detection.AutomationRule, diag.List, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fail(exitUsage, "--automation: cannot read %s: %w", path, cause(err))
	}
	pack, _, err := sentinel.LoadParts(path, sentinel.Options{})
	if err != nil {
		return nil, nil, fail(exitUsage, "--automation: cannot read %s: %w", path, cause(err))
	}
	var doubts diag.List
	for _, file := range pack.Files {
		if file.Diagnostics.Failed() {
			return nil, nil, failure{exitUsage, refusal("--automation: "+file.Source.Name+" is wrong", file.Diagnostics)}
		}
		doubts = append(doubts, compile.AutomationDoubts(file)...)
	}
	if len(pack.AutomationRules) == 0 {
		return nil, nil, fail(exitUsage, "--automation: %s holds no automation rules; write JSON as the service exports them (resources of type automationRules)", path)
	}
	return pack.AutomationRules, doubts, nil
}
