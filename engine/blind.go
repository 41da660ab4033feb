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
	raised := r.report.RiskEvents > 0 && !slices.Contains(classes, riskClass)
	if raised {
		classes = append(slices.Clip(classes), riskClass)
	}
	classes = append(slices.Clip(classes), r.summed...)
	parts := make([]sight, r.threads()) // each of some of the classes, in their order
	detection.ForEach(len(parts), len(parts), func(i int) {
		parts[i] = r.sees(classes[i*len(classes)/len(parts):(i+1)*len(classes)/len(parts)], raised)
	})
	var list []Blind
	for i, rule := range r.scan.Rules {
		fires := slices.ContainsFunc(parts, func(s sight) bool { return s.fires[i] })
		a := rule.Detection.Answer
		if fires || rule.Filter || rule.Summary != nil || r.rules[i].fill != nil || a != nil && a.Kind == detection.Baseline || rule.Rest != nil && answersNothing(rule.Rest) {
			continue
		}
		b := Blind{Rule: rule}
		if first := slices.IndexFunc(parts, func(s sight) bool { return s.fields[i] != nil }); first >= 0 {
			b.Fields = parts[first].fields[i]
		}
		list = append(list, b)
	}
	return list
}

// sight is what kinds of record let the rules see.
type sight struct {
	fires  []bool     // whether a rule can fire on any of them
	fields [][]string // what a rule misses in the first that it reads and that lacks something
}

// sees asks of kinds of record what rules can see in them; raised says that only the scan itself made records of riskClass.
func (r *run) sees(classes []*event.Class, raised bool) sight {
	s := sight{make([]bool, len(r.rules)), make([][]string, len(r.rules))}
	dead := make([]int, len(r.feeds)) // the last class in which a feed cannot see anything, counted from 1
	for i, class := range classes {
		for _, b := range r.set.Blind(class) {
			if b.Rule >= len(r.feeds) {
				continue
			}
			dead[b.Rule] = i + 1
			if rule := r.feeds[b.Rule].rule; s.fields[rule] == nil {
				s.fields[rule] = b.Fields
			}
		}
		summed := slices.Contains(r.summed, class)
		for _, id := range r.set.Rules(class) {
			if id >= len(r.feeds) {
				continue
			}
			if f := r.feeds[id]; dead[id] != i+1 && (f.risk || !raised || class != riskClass) && (f.summary || !summed) {
				s.fires[f.rule] = true
			}
		}
	}
	return s
}
