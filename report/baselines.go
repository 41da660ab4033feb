package report

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/engine"
)

// maxTables is how many tables, and how many baselines that could not be run, are named.
const maxTables = 5

// talkBaselines says which tables baselines filled, and which they could not.
func talkBaselines(say func(label, text string), r *engine.Report) {
	var names, filled []string
	for _, f := range r.Filled {
		if !slices.Contains(names, f.Table) {
			names = append(names, f.Table)
		}
	}
	for _, name := range names {
		rows, wrote := 0, false
		for _, f := range r.Filled {
			if f.Table == name && f.Events { // the last one says how the table was in the end
				rows, wrote = f.Has, wrote || f.Wrote > 0
			}
		}
		if wrote {
			filled = append(filled, fmt.Sprintf("%s (%s)", diag.Printable(name), plural(rows, "row")))
		}
	}
	if len(names) > 0 {
		text := fmt.Sprintf("%d of %s filled, for this scan only", len(filled), plural(len(names), "table"))
		others := len(names) - len(filled)
		if len(filled) > maxTables {
			filled = append(filled[:maxTables], fmt.Sprintf("… %d more", len(filled)-maxTables))
		}
		if len(filled) > 0 {
			text += ": " + strings.Join(filled, ", ")
		}
		if others > 0 {
			text += "; nothing for the others in this data"
		}
		if r.Slots > 0 {
			text += "; once and over all of the data, whatever the schedules of the baselines"
		}
		say("baselines", text)
	}
	for i, u := range r.Unfillable {
		if i == maxTables {
			say("baselines", fmt.Sprintf("… %d more were not run", len(r.Unfillable)-i))
			break
		}
		what := u.Baseline.Title
		if u.Table != "" {
			what += " for " + u.Table
		}
		say("baselines", diag.Printable(what+" was not run: "+u.Why))
	}
}
