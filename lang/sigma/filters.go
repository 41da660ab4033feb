package sigma

import (
	"slices"

	"goshawk/diag"
	"goshawk/plan"
)

// Applied is a filter that a plan holds: events of the rule for which Where is not true are dropped by it.
type Applied struct {
	Filter *Filter
	Where  plan.Expr // over the columns of the plan's Scan
}

// Label names the filter in plans and reports: by its id, else by its title.
func (f *Filter) Label() string {
	for _, w := range []Word{f.ID, f.Name, f.Title} {
		if w.Text != "" {
			return w.Text
		}
	}
	return "without a title"
}

// checkFilter notes whether a filter can be used. One that cannot changes no rule: what a rule finds is not to be lost because of an
// exclusion that nobody can read.
func (c *Collection) checkFilter(f *Filter) {
	if f.Broken || !complete(f.Detection) {
		c.unusable[f] = nil
		return
	}
	rule := &Rule{Meta: f.Meta, LogSource: f.LogSource, Detection: f.Detection}
	if _, list := Lower(rule, c.env); list.Failed() {
		c.unusable[f] = list
		return
	}
	c.filters = append(c.filters, f)
}

// Unusable says whether a filter cannot be used although its document has no errors, and why.
func (c *Collection) Unusable(f *Filter) (diag.List, bool) {
	list, unusable := c.unusable[f]
	return list, unusable
}

// LowerFilter returns a plan of the events of a filter's log source that it keeps; nil if it cannot be used.
func (c *Collection) LowerFilter(f *Filter) plan.Node {
	if _, unusable := c.unusable[f]; unusable {
		return nil
	}
	n, _ := Lower(&Rule{Meta: f.Meta, LogSource: f.LogSource, Detection: f.Detection}, c.env)
	return n
}

// meets says whether a filter is for a rule: its log source must contain the rule's, and it must be for the rule or for any.
func (c *Collection) meets(f *Filter, rule *Rule) bool {
	return f.LogSource.Contains(rule.LogSource) && (f.Any || slices.ContainsFunc(f.Rules, func(w Word) bool {
		d, ok := c.find(&f.Meta, w.Text)
		return ok && d.Rule == rule
	}))
}

// Filters returns the filters that are for a rule, in the order of the files, first those that can be used, then the others.
func (c *Collection) Filters(rule *Rule) (usable, unusable []*Filter) {
	for _, f := range c.filters {
		if c.meets(f, rule) {
			usable = append(usable, f)
		}
	}
	for f := range c.unusable {
		if c.meets(f, rule) {
			unusable = append(unusable, f)
		}
	}
	slices.SortFunc(unusable, func(a, b *Filter) int { return a.Span.Start - b.Span.Start })
	return usable, unusable
}

// Lower returns the plan of a rule as Lower does, with the filters that are for it above the rule's own conditions, each as a Filter
// of its own that says why.
func (c *Collection) Lower(rule *Rule) (plan.Node, []Applied, diag.List) {
	l := c.lowering(rule)
	if l.list.Failed() {
		return nil, nil, l.list
	}
	where, ok := l.whole()
	if !ok {
		return nil, nil, l.list
	}
	filters, applied := l.filters(c)
	return l.filtered(where, filters), applied, l.list
}

// Changed returns a document as the pipelines change it. What they complain about, lowering says.
func (c *Collection) Changed(d Document) Document {
	switch {
	case c.env.Pipeline == nil:
	case d.Rule != nil:
		d.Rule, _ = c.env.Pipeline.Apply(d.Rule)
	case d.Correlation != nil:
		d.Correlation = c.correlating(d.Correlation).of
	}
	return d
}

// lowering begins the lowering of a rule, as the pipelines change it.
func (c *Collection) lowering(rule *Rule) *lowering {
	changed, list := c.env.Pipeline.Apply(rule)
	l := newLowering(changed, c.env)
	l.read, l.list = rule, append(l.list, list...)
	return l
}

// filters lowers the filters that are for a rule. A filter is lowered in the log source of the rule, whose names it uses.
func (l *lowering) filters(c *Collection) (nodes []*plan.Filter, applied []Applied) {
	usable, unusable := c.Filters(l.read)
	for _, f := range unusable {
		l.warnf(l.rule.Title.Span, "sigma-filter-not-applied", "filter %q is for this rule and cannot be used: the rule runs without it", f.Label())
	}
	for _, f := range usable {
		where, failed := l.filter(f)
		if failed != "" {
			l.warnf(l.rule.Title.Span, "sigma-filter-not-applied", "filter %q is for this rule and cannot be added: %s", f.Label(), failed)
			continue
		}
		nodes = append(nodes, &plan.Filter{Where: where, Why: "filter " + f.Label()})
		applied = append(applied, Applied{f, where})
	}
	return nodes, applied
}

// filter returns what a filter means for the rule, or why that cannot be said. Its identifiers are its own: it knows none of the
// rule's, and the rule none of its.
func (l *lowering) filter(f *Filter) (where plan.Expr, failed string) {
	own := *l
	own.clauses, own.list, own.errors = map[*Identifier]clause{}, nil, 0
	// A filter is in the words of the rule as its author wrote it; pipelines change both alike.
	own.rule, own.list = l.env.Pipeline.Apply(&Rule{Meta: f.Meta, LogSource: l.read.LogSource, Detection: f.Detection})
	name := f.Title.Text
	if name == "" {
		name = f.Label()
	}
	own.origin, own.foreign = "filter "+name+", ", f.Source != l.rule.Source
	where = own.conditions(own.rule.Detection.Conditions)
	for _, d := range own.list {
		if d.Severity == diag.Error {
			return nil, d.Message
		}
	}
	if where == nil {
		return nil, "its condition says nothing"
	}
	l.out, l.patterns = own.out, own.patterns
	return where, ""
}

// filtered returns the plan of a rule with filters.
func (l *lowering) filtered(where plan.Expr, filters []*plan.Filter) plan.Node {
	var n plan.Node = &plan.Filter{Input: &plan.Scan{Table: l.view.Table, Out: l.out, Rest: true}, Where: where}
	for _, f := range filters {
		f.Input = n
		n = f
	}
	return n
}
