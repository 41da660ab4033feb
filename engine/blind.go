package engine

import (
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
)

// Blind is a rule that could not have fired on the data, whatever happened on the machines that wrote it.
type Blind struct {
	Rule *compile.Rule
	// Fields are the ones that the rule needs and that no record of its log source had; empty if there was no record of its
	// log source at all.
	Fields []string
}

// Reason says in words why the rule could not have fired.
func (b Blind) Reason() string {
	if len(b.Fields) == 0 {
		if b.Rule.Detection.DataSource == "" {
			return "no record is of the kinds that it reads"
		}
		return "no record is of its log source (" + b.Rule.Detection.DataSource + ")"
	}
	return "no record of its log source has " + strings.Join(b.Fields, ", ")
}

// Diagnostic returns the reason as a complaint about the rule.
func (b Blind) Diagnostic() diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "blind-no-logsource", Severity: diag.Warning, Source: b.Rule.Detection.Query, Span: b.Rule.LogSource.Span,
		Message: b.Reason(), Hint: "collect such records, or leave the rule out",
	}
	if len(b.Fields) > 0 {
		d.Code = "blind-no-field"
	}
	return d
}

// blind compares the rules with the kinds of record that were there. A rule that reads events in several places is blind if none
// of them can have any. One that answers although no event came is not, nor one that is not asked.
func (r *run) blind(classes []*event.Class) []Blind {
	fires := make([]bool, len(r.rules))
	fields := make([][]string, len(r.rules))
	reached := make([]bool, len(r.rules))
	raised := r.report.RiskEvents > 0 && !slices.Contains(classes, riskClass)
	if raised {
		classes = append(slices.Clip(classes), riskClass)
	}
	classes = append(slices.Clip(classes), r.summed...)
	for _, class := range classes {
		dead := map[int]bool{}
		for _, b := range r.set.Blind(class) {
			if b.Rule >= len(r.feeds) {
				continue
			}
			dead[b.Rule] = true
			rule := r.feeds[b.Rule].rule
			reached[rule] = true
			if fields[rule] == nil {
				fields[rule] = b.Fields
			}
		}
		for _, id := range r.set.Rules(class) {
			if id >= len(r.feeds) {
				continue
			}
			if f := r.feeds[id]; !dead[id] && (f.risk || !raised || class != riskClass) && (f.summary || !slices.Contains(r.summed, class)) {
				fires[f.rule] = true
			}
		}
	}
	var list []Blind
	for i, rule := range r.scan.Rules {
		a := rule.Detection.Answer
		if fires[i] || rule.Filter || rule.Summary != nil || r.rules[i].fill != nil || a != nil && a.Kind == detection.Baseline || rule.Rest != nil && answersNothing(rule.Rest) {
			continue
		}
		b := Blind{Rule: rule}
		if reached[i] {
			b.Fields = fields[i]
		}
		list = append(list, b)
	}
	return list
}
