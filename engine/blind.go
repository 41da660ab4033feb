package engine

import (
	"strings"

	"goshawk/compile"
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

// blind compares the rules with the kinds of record that were there.
func (r *run) blind(classes []*event.Class) []Blind {
	fires := make([]bool, len(r.scan.Rules))
	fields := make([][]string, len(r.scan.Rules))
	reached := make([]bool, len(r.scan.Rules))
	for _, class := range classes {
		dead := map[int]bool{}
		for _, b := range r.set.Blind(class) {
			dead[b.Rule] = true
			reached[b.Rule] = true
			if fields[b.Rule] == nil {
				fields[b.Rule] = b.Fields
			}
		}
		for _, id := range r.set.Rules(class) {
			if !dead[id] {
				fires[id] = true
			}
		}
	}
	var list []Blind
	for id, rule := range r.scan.Rules {
		if !fires[id] {
			b := Blind{Rule: rule}
			if reached[id] {
				b.Fields = fields[id]
			}
			list = append(list, b)
		}
	}
	return list
}
