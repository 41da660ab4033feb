package sigma

import (
	"strings"

	"goshawk/diag"
)

// Collection is the documents of several files, which may refer to each other by id or name. It never changes.
type Collection struct {
	files    []*File
	of       map[*Meta]*File // the file of a document
	local    map[*File]map[string]Document
	everyone map[string]Document // the first of a name
	list     diag.List
	filters  []*Filter             // those that can be used, in order
	unusable map[*Filter]diag.List // those that cannot, with the reasons
	env      Env
}

// Collect puts the documents of files together. Filters are checked with the environment that rules are lowered in: a filter that
// cannot be used changes no rule.
func Collect(env Env, files ...*File) *Collection {
	c := &Collection{files: files, of: map[*Meta]*File{}, local: map[*File]map[string]Document{}, everyone: map[string]Document{},
		unusable: map[*Filter]diag.List{}, env: env}
	for _, f := range files {
		names := map[string]Document{}
		c.local[f] = names
		for _, d := range f.Documents {
			m := d.Meta()
			c.of[m] = f
			id := m.ID
			id.Text = strings.ToLower(id.Text)
			for _, w := range []Word{id, m.Name} {
				if _, taken := names[w.Text]; w.Text != "" && !taken {
					names[w.Text] = d
				}
				c.claim(m, w, d)
			}
			if d.Filter != nil {
				c.checkFilter(d.Filter)
			}
		}
	}
	c.check()
	return c
}

func (c *Collection) claim(m *Meta, w Word, d Document) {
	if w.Text == "" {
		return
	}
	if first, taken := c.everyone[w.Text]; taken {
		c.list.Warnf(m.Source, w.Span, "sigma-duplicate-id", "%q is the id or name of %q, too", w.Text, first.Meta().Title.Text)
		return
	}
	c.everyone[w.Text] = d
}

// Complaints returns what the documents say about each other and is not so.
func (c *Collection) Complaints() diag.List { return c.list }

// find returns the document that another one means by an id or name: one of its own file, else the first.
func (c *Collection) find(from *Meta, reference string) (Document, bool) {
	for _, names := range []map[string]Document{c.local[c.of[from]], c.everyone} {
		if d, ok := names[reference]; ok {
			return d, true
		}
		if d, ok := names[strings.ToLower(reference)]; ok && strings.EqualFold(d.Meta().ID.Text, reference) {
			return d, true
		}
	}
	return Document{}, false
}

// CheckReferences reports what the documents of several files say about each other and is not so: correlations and filters
// that refer to rules that none of the files has (an error, a warning), ids and names that two documents share, correlations
// that refer to themselves or to filters.
func CheckReferences(files ...*File) diag.List { return Collect(Env{}, files...).Complaints() }

func (c *Collection) check() {
	list := &c.list
	names := make([]string, 0, len(c.everyone))
	for name := range c.everyone {
		names = append(names, name)
	}
	hint := func(d *diag.Diagnostic, reference string) {
		if len(*list) > maxComplaints { // enough to see what is wrong
			return
		}
		if near := diag.Nearest(reference, names); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	}
	for _, f := range c.files {
		for _, d := range f.Documents {
			lookup := func(reference string) (Document, bool) { return c.find(d.Meta(), reference) }
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
	c.cycles()
	list.Sort()
}

// maxCorrelationDepth is the number of correlations that may be built on each other.
const maxCorrelationDepth = 10

// cycles reports correlations that refer to themselves, however far around, and chains that are too long.
func (c *Collection) cycles() {
	list := &c.list
	depth := map[*Correlation]int{} // -1 while it is being looked at
	var visit func(of *Correlation) int
	visit = func(of *Correlation) int {
		if d, seen := depth[of]; seen {
			return d
		}
		depth[of] = -1
		deepest := 0
		for _, rule := range of.Rules {
			other, ok := c.find(&of.Meta, rule.Text)
			if !ok || other.Correlation == nil {
				continue
			}
			d := visit(other.Correlation)
			if d < 0 {
				list.Errorf(of.Source, rule.Span, "sigma-correlation-cycle", "correlation refers to itself by way of %q", rule.Text)
			}
			if d == maxCorrelationDepth {
				list.Errorf(of.Source, rule.Span, "sigma-too-deep", "more than %d correlations are built on each other", maxCorrelationDepth)
			}
			deepest = max(deepest, d)
		}
		depth[of] = deepest + 1
		return deepest + 1
	}
	for _, f := range c.files {
		for _, d := range f.Documents {
			if d.Correlation != nil {
				visit(d.Correlation)
			}
		}
	}
}
