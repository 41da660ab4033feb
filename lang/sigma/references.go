package sigma

import (
	"strings"

	"goshawk/diag"
)

// CheckReferences reports what the documents of several files say about each other and is not so: correlations and filters
// that refer to rules that none of the files has (an error, a warning), ids and names that two documents share, correlations
// that refer to themselves or to filters.
func CheckReferences(files ...*File) diag.List {
	var list diag.List
	known := map[string]Document{}
	claim := func(m *Meta, w Word, d Document) {
		if w.Text == "" {
			return
		}
		if first, taken := known[w.Text]; taken {
			title := first.Meta().Title.Text
			list.Warnf(m.Source, w.Span, "sigma-duplicate-id", "%q is the id or name of %q, too", w.Text, title)
			return
		}
		known[w.Text] = d
	}
	for _, f := range files {
		for _, d := range f.Documents {
			m := d.Meta()
			id := m.ID
			id.Text = strings.ToLower(id.Text)
			claim(m, id, d)
			claim(m, m.Name, d)
		}
	}
	lookup := func(reference string) (Document, bool) {
		if d, ok := known[reference]; ok {
			return d, true
		}
		d, ok := known[strings.ToLower(reference)]
		return d, ok && strings.EqualFold(d.Meta().ID.Text, reference)
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	hint := func(d *diag.Diagnostic, reference string) {
		if len(list) > maxComplaints { // enough to see what is wrong
			return
		}
		if near := diag.Nearest(reference, names); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	}
	for _, f := range files {
		for _, d := range f.Documents {
			switch {
			case d.Correlation != nil:
				for _, rule := range d.Correlation.Rules {
					switch other, ok := lookup(rule.Text); {
					case !ok:
						hint(list.Errorf(f.Source, rule.Span, "sigma-unknown-rule", "unknown rule %q", rule.Text), rule.Text)
					case other.Filter != nil:
						list.Errorf(f.Source, rule.Span, "sigma-unknown-rule", "%q is a filter, not a rule", rule.Text)
					}
				}
			case d.Filter != nil:
				for _, rule := range d.Filter.Rules {
					switch other, ok := lookup(rule.Text); {
					case !ok:
						hint(list.Warnf(f.Source, rule.Span, "sigma-unknown-rule", "unknown rule %q", rule.Text), rule.Text)
					case other.Rule == nil:
						list.Warnf(f.Source, rule.Span, "sigma-unknown-rule", "%q is no detection rule; filters act on those only", rule.Text)
					}
				}
			}
		}
	}
	cycles(files, lookup, &list)
	list.Sort()
	return list
}

// maxCorrelationDepth is the number of correlations that may be built on each other.
const maxCorrelationDepth = 10

// cycles reports correlations that refer to themselves, however far around, and chains that are too long.
func cycles(files []*File, lookup func(string) (Document, bool), list *diag.List) {
	depth := map[*Correlation]int{} // -1 while it is being looked at
	var visit func(c *Correlation) int
	visit = func(c *Correlation) int {
		if d, seen := depth[c]; seen {
			return d
		}
		depth[c] = -1
		deepest := 0
		for _, rule := range c.Rules {
			other, ok := lookup(rule.Text)
			if !ok || other.Correlation == nil {
				continue
			}
			d := visit(other.Correlation)
			if d < 0 {
				list.Errorf(c.Source, rule.Span, "sigma-correlation-cycle", "correlation refers to itself by way of %q", rule.Text)
			}
			if d == maxCorrelationDepth {
				list.Errorf(c.Source, rule.Span, "sigma-too-deep", "more than %d correlations are built on each other", maxCorrelationDepth)
			}
			deepest = max(deepest, d)
		}
		depth[c] = deepest + 1
		return deepest + 1
	}
	for _, f := range files {
		for _, d := range f.Documents {
			if d.Correlation != nil {
				visit(d.Correlation)
			}
		}
	}
}
