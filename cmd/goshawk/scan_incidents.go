package main

import (
	"goshawk/compile"
	"goshawk/diag"
	"goshawk/engine"
)

// automate gives a scan the automation rules of a set if incidents are wanted, and tells what is wrong with them; otherwise it returns how many
// there are.
func (f *scanFlags) automate(p program, s *engine.Scan, set *compile.Set) (unapplied int) {
	rules, complaints := set.AutomationRules()
	if !f.grouped {
		return len(rules)
	}
	s.Sentinel.Automation = rules
	if f.quiet {
		return 0
	}
	for i, d := range complaints {
		if i == listedReasons {
			p.talk("… %s more", plural(len(complaints)-i, "complaint"))
			break
		}
		p.talk("%s", diag.Printable(d.Error()))
	}
	return 0
}
