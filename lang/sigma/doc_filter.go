package sigma

import (
	"go.yaml.in/yaml/v3"
)

// filter reads a document that adds a condition to the conditions of rules.
func (r *reader) filter(list []pair) *Filter {
	f := &Filter{Meta: r.meta(list, "logsource", "filter"), LogSource: r.logSource(list)}
	section := find(list, "filter")
	if section.value.Kind != yaml.MappingNode {
		r.errorf(section.key.Span, "sigma-filter", "filter must be a map, not a %s", shape(section.value))
		return f
	}
	entries := r.pairs(section.value)
	switch rules := find(entries, "rules"); {
	case rules == nil:
		r.errorf(section.key.Span, "sigma-filter", "filter does not say which rules it is for").Hint = "add rules: with a list of ids or names, or any"
	case rules.value.Kind == yaml.ScalarNode:
		w := r.text(rules)
		switch w.Text {
		case "":
			r.errorf(rules.key.Span, "sigma-filter", "filter does not say which rules it is for").Hint = "write any for all rules of the log source"
		case "any":
			f.Any = true
		default:
			f.Rules = []Word{w}
		}
	case rules.value.Kind == yaml.MappingNode:
		r.errorf(rules.key.Span, "sigma-filter", "rules must be a list of ids or names, or any")
	default:
		f.Rules = r.words(rules)
		f.Any = len(rules.value.Content) == 0 || len(f.Rules) == 1 && f.Rules[0].Text == "any"
	}
	f.Detection = r.detection(section, "rules")
	for _, c := range f.Detection.Conditions {
		if c.Expr != nil && !negates(c.Expr) {
			r.warnf(c.Span, "sigma-filter-polarity", "the condition of a filter is added as it is: this one keeps only what it selects").
				Hint = "write not before it to exclude what it selects"
		}
	}
	r.validate(f)
	return f
}

// negates says whether a condition has a negation anywhere.
func negates(c Cond) bool {
	some := func(list []Cond) bool {
		for _, c := range list {
			if negates(c) {
				return true
			}
		}
		return false
	}
	switch c := c.(type) {
	case *Name, *Selector:
		return false
	case *NotCond:
		return true
	case *AndCond:
		return some(c.List)
	case *OrCond:
		return some(c.List)
	}
	panic("sigma: unknown kind of condition")
}

// validate reports what a filter's detection says and cannot be done. Placeholders are not resolved: their values are the
// configuration's affair.
func (r *reader) validate(f *Filter) {
	if !complete(f.Detection) {
		return
	}
	rule := &Rule{Meta: Meta{Source: r.src}, LogSource: f.LogSource, Detection: f.Detection}
	_, list := Lower(rule, Env{})
	for _, d := range list {
		if d.Code != "sigma-unresolved-placeholder" {
			r.complain(d.Severity, d.Span, d.Code, "%s", d.Message).Hint = d.Hint
		}
	}
}

// complete says whether every condition was read and every identifier searches for something.
func complete(d Detection) bool {
	for _, c := range d.Conditions {
		if c.Expr == nil {
			return false
		}
	}
	for _, id := range d.Identifiers {
		if id.Body == nil {
			return false
		}
	}
	return len(d.Conditions) > 0
}
