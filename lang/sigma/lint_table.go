package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// A lint remarks on what is legal and perhaps not meant. Those that cost next to nothing are said while a rule is read or lowered;
// the others have a check here, and only Lint asks them: whoever just wants to run rules pays nothing for them. All are in one table,
// which documents, reports and configurations are made from.

// lint is one row of the table.
type lint struct {
	diag.Lint
	// check looks at one document; nil: whoever reads or lowers the rule says it.
	check func(c *linter)
	// fix returns what puts a remark of the reader right; nil where that needs somebody to decide.
	fix func(c *linter, d diag.Diagnostic) *diag.Fix
}

// table holds all lints by code; each is defined in the file of its family.
var table = map[string]*lint{}

func lints(set string, list ...lint) bool {
	for _, l := range list {
		if table[l.Code] != nil || l.Doc == "" || l.Help == "" {
			panic(fmt.Sprintf("sigma: lint %q is defined twice or not described", l.Code))
		}
		l.Set = set
		table[l.Code] = &l
	}
	return true
}

// Lints returns all lints in the order of their codes.
func Lints() []diag.Lint {
	list := make([]diag.Lint, 0, len(table))
	for _, l := range ordered() {
		list = append(list, l.Lint)
	}
	return list
}

func ordered() []*lint {
	list := make([]*lint, 0, len(table))
	for _, l := range table {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *lint) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// LintOptions say what lints may assume.
type LintOptions struct {
	// Today is the day by which the age of a rule is told; zero: nothing is said of ages.
	Today time.Time
	// Params are the parameters that a configuration changes, by code and name.
	Params map[string]map[string]diag.Param
}

// Param returns a parameter of a lint: as a configuration has it, else as the table does.
func (o LintOptions) Param(l *diag.Lint, name string) diag.Param {
	if p, ok := o.Params[l.Code][name]; ok {
		return p
	}
	for _, p := range l.Params {
		if p.Name == name {
			return p
		}
	}
	panic(fmt.Sprintf("sigma: lint %s has no parameter %q", l.Code, name))
}

// Lint reads a text and returns what the lints of the table say of its documents that have no errors. What Parse says anyway is
// in it only where it has a fix.
func Lint(src *diag.Source, o LintOptions) diag.List {
	r := newReader(src)
	var linters []*linter
	r.each = func(d Document, keys []pair) {
		if m := d.Meta(); !m.Broken {
			linters = append(linters, &linter{reader: r, doc: d, meta: m, keys: keys, o: o})
		}
	}
	r.collection(&File{Source: src})
	frozen := r.errors > 0 || shares(src.Text)
	said := slices.Clone(r.list)
	all := ordered()
	for _, c := range linters {
		c.frozen = frozen || slices.ContainsFunc(c.keys, func(p pair) bool { return anchored(p.value) })
		for _, l := range all {
			if c.lint = l; l.check != nil {
				l.check(c)
			}
		}
		for _, d := range said {
			if l := table[d.Code]; l != nil && l.fix != nil && c.meta.Span.Start <= d.Span.Start && d.Span.End <= c.meta.Span.End {
				if d.Fix = l.fix(c, d); d.Fix != nil && !c.frozen {
					c.found.Add(d)
				}
			}
		}
	}
	var found diag.List
	for _, c := range linters {
		found = append(found, c.found...)
	}
	found.Sort()
	return slices.CompactFunc(found, func(a, b diag.Diagnostic) bool { // documents may share a template
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}

// sharing matches the key by which documents of a text change how others are read.
var sharing = regexp.MustCompile(`(?m)^["']?action["']?[ \t]*:`)

// shares says whether documents of a text are parts of each other, so that what is changed in one changes another.
func shares(text string) bool { return sharing.MatchString(text) }

// anchored says whether a part of a tree has a name by which it may be used elsewhere.
func anchored(n *yaml.Node) bool {
	return n.Anchor != "" || n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, anchored)
}

// linter is the state of looking at one document.
type linter struct {
	*reader
	doc    Document
	meta   *Meta
	keys   []pair
	o      LintOptions
	lint   *lint // that is being asked
	found  diag.List
	frozen bool        // nothing may be fixed: parts of the document are used elsewhere
	blocks []diag.Span // the scalars of several lines, once asked for
}

// say adds a remark of the lint that is being asked.
func (c *linter) say(span diag.Span, format string, args ...any) *remark {
	c.found.Add(diag.Diagnostic{Code: c.lint.Code, Severity: c.lint.Severity, Source: c.src, Span: span, Message: fmt.Sprintf(format, args...)})
	return &remark{&c.found[len(c.found)-1], c}
}

// remark is a diagnostic that is still being written.
type remark struct {
	*diag.Diagnostic
	c *linter
}

func (r *remark) hint(format string, args ...any) *remark {
	r.Hint = fmt.Sprintf(format, args...)
	return r
}

// fix adds what puts it right, unless that is nil or nothing may be changed.
func (r *remark) fix(f *diag.Fix) *remark {
	if !r.c.frozen {
		r.Fix = f
	}
	return r
}

func (c *linter) number(name string) int     { return c.o.Param(&c.lint.Lint, name).Number }
func (c *linter) words(name string) []string { return c.o.Param(&c.lint.Lint, name).Words }

// key returns the entry of a key of the document; nil if it has none or nothing is behind it.
func (c *linter) key(name string) *pair {
	if p := find(c.keys, name); p != nil && !isNull(p.value) {
		return p
	}
	return nil
}

// title is the place that complaints about the whole document point at.
func (c *linter) title() diag.Span {
	if c.meta.Title.Span != (diag.Span{}) {
		return c.meta.Title.Span
	}
	return headOf(c.keys)
}

// detection returns the searches of the document, nil where it has none of its own.
func (c *linter) detection() *Detection {
	switch {
	case c.doc.Rule != nil:
		return &c.doc.Rule.Detection
	case c.doc.Filter != nil:
		return &c.doc.Filter.Detection
	}
	return nil
}

// logSource returns the log source of a rule or filter.
func (c *linter) logSource() LogSource {
	switch {
	case c.doc.Rule != nil:
		return c.doc.Rule.LogSource
	case c.doc.Filter != nil:
		return c.doc.Filter.LogSource
	}
	return LogSource{}
}

// EachItem calls visit with every item of the searches.
func (d *Detection) EachItem(visit func(item *Item)) {
	for _, id := range d.Identifiers {
		eachItem(id.Body, func(item *Item, _ []*Item) { visit(item) })
	}
}

// items calls visit with every item of the document and those that stand beside it in its map.
func (c *linter) items(visit func(item *Item, beside []*Item)) {
	d := c.detection()
	if d == nil {
		return
	}
	for _, id := range d.Identifiers {
		eachItem(id.Body, visit)
	}
}

func eachItem(s Search, visit func(item *Item, beside []*Item)) {
	switch s := s.(type) {
	case *AllOf:
		beside := make([]*Item, 0, len(s.List))
		for _, e := range s.List {
			if item, is := e.(*Item); is {
				beside = append(beside, item)
			}
		}
		for _, e := range s.List {
			if item, is := e.(*Item); is {
				visit(item, beside)
			} else { // pipelines put more than items into a map
				eachItem(e, visit)
			}
		}
	case *AnyOf:
		for _, e := range s.List {
			eachItem(e, visit)
		}
	case *Item:
		visit(s, nil)
	}
}

// texts calls visit with every text of the document that is compared as Sigma's own text, not as an expression or a network.
func (c *linter) texts(visit func(item *Item, v Value)) {
	c.items(func(item *Item, _ []*Item) {
		if item.has("re", "cidr", "fieldref") {
			return
		}
		for _, v := range item.Values {
			if v.Kind == TextValue {
				visit(item, v)
			}
		}
	})
}

// has says whether an item has one of some modifiers, by whatever of their names.
func (s *Item) has(names ...string) bool {
	return slices.ContainsFunc(s.Modifiers, func(m Word) bool {
		mod := modifiers[m.Text]
		return mod != nil && slices.Contains(names, mod.name)
	})
}

// conditions calls visit with every node of the conditions.
func (c *linter) conditions(visit func(n Cond)) {
	d := c.detection()
	if d == nil {
		return
	}
	for _, condition := range d.Conditions {
		if condition.Expr != nil {
			eachCond(condition.Expr, visit)
		}
	}
}

func eachCond(n Cond, visit func(Cond)) {
	visit(n)
	switch n := n.(type) {
	case *NotCond:
		eachCond(n.X, visit)
	case *AndCond:
		for _, x := range n.List {
			eachCond(x, visit)
		}
	case *OrCond:
		for _, x := range n.List {
			eachCond(x, visit)
		}
	}
}
