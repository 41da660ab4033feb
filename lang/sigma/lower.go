package sigma

import (
	"fmt"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

// Env is what a rule's meaning depends on besides its own text.
type Env struct {
	// View returns the names that rules of a log source use. Nil: tables are called after the log source, and every field
	// keeps its own name.
	View func(LogSource) View
	// Placeholders are the values of %name% under the modifier expand; wildcards in them have their meaning.
	Placeholders map[string][]string
	// Pipeline changes rules and correlations of a Collection before they are lowered; nil: none does.
	Pipeline *Pipeline
}

// View is how rules of one log source see the events.
type View struct {
	// Table is what the plan scans.
	Table string
	// Column returns the canonical column that a field of rules means. A field that has none is looked up in the record by
	// its own name. Nil: none has.
	Column func(field string) (name string, typ schema.Type, ok bool)
}

// Lower returns the plan of a rule: a scan of its log source and a filter that holds what its conditions mean. The plan is
// nil if the rule is broken or what it says cannot be done; the list says why.
func Lower(rule *Rule, env Env) (plan.Node, diag.List) {
	l := newLowering(rule, env)
	where, ok := l.whole()
	if !ok {
		return nil, l.list
	}
	return l.filtered(where, nil), l.list
}

func newLowering(rule *Rule, env Env) *lowering {
	l := &lowering{rule: rule, env: env, view: defaultView(rule.LogSource), clauses: map[*Identifier]clause{}, columns: map[string]*plan.Column{}}
	if env.View != nil {
		l.view = env.View(rule.LogSource)
	}
	return l
}

// whole returns what the conditions of the rule mean; false if it is broken or they cannot be done.
func (l *lowering) whole() (plan.Expr, bool) {
	if l.rule.Broken || !complete(l.rule.Detection) {
		return nil, false
	}
	where := l.conditions(l.rule.Detection.Conditions)
	l.list.Sort()
	return where, l.errors == 0
}

// defaultView names a table after the log source, as in sigma.process_creation.windows.
func defaultView(s LogSource) View {
	name := "sigma"
	for _, part := range []string{s.Category, s.Product, s.Service} {
		if part != "" {
			name += "." + part
		}
	}
	return View{Table: name}
}

// lowering is the state of lowering one rule.
type lowering struct {
	rule     *Rule
	read     *Rule // as it was before pipelines changed it; of a Collection
	env      Env
	view     View
	list     diag.List
	errors   int
	out      []*plan.Column
	columns  map[string]*plan.Column
	clauses  map[*Identifier]clause
	patterns int // in the plan so far, repeated references counted
	// origin is what the clauses of a filter are called after, and foreign says that it stands in another file than the rule.
	origin  string
	foreign bool
}

// clause is what an identifier means; an identifier is lowered once, however often conditions refer to it.
type clause struct {
	expr     plan.Expr
	patterns int
}

func (l *lowering) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	l.errors++
	return l.complain(diag.Diagnostic{Code: code, Severity: diag.Error, Span: span, Message: fmt.Sprintf(format, args...)})
}

func (l *lowering) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return l.complain(diag.Diagnostic{Code: code, Severity: diag.Warning, Span: span, Message: fmt.Sprintf(format, args...)})
}

// complain adds a diagnostic, but not what was just said of the same place, and not more than maxComplaints.
func (l *lowering) complain(d diag.Diagnostic) *diag.Diagnostic {
	if n := len(l.list); n > 0 && l.list[n-1].Span == d.Span && l.list[n-1].Code == d.Code {
		return &l.list[n-1]
	}
	if d.Source = l.rule.Source; len(l.list) >= maxComplaints {
		if d.Severity != diag.Error || l.errors > 1 {
			return &d
		}
	}
	l.list.Add(d)
	return &l.list[len(l.list)-1]
}

func (l *lowering) conditions(list []*Condition) plan.Expr {
	var alternatives []plan.Expr
	for _, c := range list {
		if e := l.condition(c.Expr); e != nil {
			alternatives = append(alternatives, e)
		}
	}
	return or(alternatives)
}

// condition returns the meaning of a condition, nil where a selector drops out.
func (l *lowering) condition(c Cond) plan.Expr {
	switch c := c.(type) {
	case *Name:
		return l.identifier(c.Identifier, c.Span)
	case *Selector:
		var list []plan.Expr
		for _, id := range c.Identifiers {
			list = append(list, l.identifier(id, c.Span))
		}
		if len(list) == 0 {
			return nil
		}
		if c.All {
			return and(list)
		}
		return or(list)
	case *NotCond:
		if x := l.condition(c.X); x != nil {
			return &plan.Not{X: x}
		}
		return nil
	case *AndCond:
		return and(l.parts(c.List))
	case *OrCond:
		return or(l.parts(c.List))
	}
	panic(fmt.Sprintf("sigma: unknown kind of condition %T", c))
}

func (l *lowering) parts(list []Cond) []plan.Expr {
	var parts []plan.Expr
	for _, c := range list {
		if e := l.condition(c); e != nil {
			parts = append(parts, e)
		}
	}
	return parts
}

// and returns the conjunction of a list: nil of none, the part itself of one.
func and(list []plan.Expr) plan.Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return &plan.And{List: list}
}

// or returns the disjunction of a list: nil of none, the part itself of one.
func or(list []plan.Expr) plan.Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return &plan.Or{List: list}
}

func (l *lowering) identifier(id *Identifier, from diag.Span) plan.Expr {
	c, known := l.clauses[id]
	if !known {
		before := l.patterns
		c.expr = l.search(id.Body, id.Name.Text)
		c.patterns = l.patterns - before
		l.clauses[id] = c
	} else {
		l.patterns += c.patterns + 1
	}
	if l.patterns > maxPatterns {
		l.patterns = 0
		l.errorf(from, "sigma-too-large", "rule has more than %d patterns, repeated references counted", maxPatterns)
	}
	return c.expr
}

func (l *lowering) search(s Search, clause string) plan.Expr {
	switch s := s.(type) {
	case *AllOf:
		list := make([]plan.Expr, 0, len(s.List))
		for _, item := range s.List {
			list = append(list, l.search(item, clause))
		}
		return and(list)
	case *AnyOf:
		list := make([]plan.Expr, 0, len(s.List))
		for _, e := range s.List {
			list = append(list, l.search(e, clause))
		}
		return or(list)
	case *Item:
		il := &itemLowering{lowering: l, item: s}
		il.mark = &plan.Mark{Clause: l.origin + clause, Field: s.Field.Text, Text: s.short(), Span: s.Span}
		if l.foreign {
			il.mark.Span = diag.Span{}
		}
		return il.lower()
	}
	panic(fmt.Sprintf("sigma: unknown kind of search %T", s))
}

// field returns the value of a field: of its canonical column, or of the record.
func (l *lowering) field(name string, mark *plan.Mark) plan.Expr {
	at := plan.Marked{At: mark}
	if l.view.Column != nil {
		if column, typ, ok := l.view.Column(name); ok {
			c := l.columns[column]
			if c == nil {
				c = &plan.Column{Name: column, Type: typ}
				l.columns[column] = c
				l.out = append(l.out, c)
			}
			return &plan.Ref{Marked: at, Column: c}
		}
	}
	return &plan.Field{Marked: at, Name: native(name), Find: plan.Loosely}
}

// shortText is the number of characters of its author's words that a mark keeps.
const shortText = 100

// short returns the item in its author's words, cut where they are many.
func (s *Item) short() string {
	var b strings.Builder
	if s.Key.Text != "" {
		b.WriteString(s.Key.Text)
		b.WriteString(": ")
	}
	for i, v := range s.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > shortText || i > 0 && b.Len()+len(v.Text) > shortText {
			fmt.Fprintf(&b, "… (%d values)", len(s.Values))
			break
		}
		switch {
		case v.Kind == TextValue && len(v.Text) > shortText:
			b.WriteString("'" + strings.ToValidUTF8(v.Text[:shortText], "") + "…'")
		case v.Kind == TextValue:
			b.WriteString("'" + v.Text + "'")
		case v.Kind == NullValue:
			b.WriteString("null")
		default:
			b.WriteString(v.Text)
		}
	}
	if len(s.Values) == 0 {
		b.WriteString("[]")
	}
	return b.String()
}
