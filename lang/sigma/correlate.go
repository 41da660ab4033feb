package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Correlated is what a correlation amounts to.
type Correlated struct {
	Plan plan.Node
	// Filters are those of the rules that it is built on, which act on their events.
	Filters []Applied
	// Uses are the documents that it refers to, each once: those that are silent unless it generates.
	Uses []Document
	// Sources are the log sources of those rules, each once.
	Sources []LogSource
	// Time is the name of the column that holds when the last event came, and Measures are those that hold what the condition
	// is about.
	Time     string
	Measures []string
}

// The columns of a correlation's result.
const (
	timeColumn    = "_time"
	arrivalColumn = "arrival"
	ruleColumn    = "rule"
)

// LowerCorrelation returns the plan of a correlation over those of the rules that it refers to: a Correlate over the events that meet
// them. A row is an event that completed it, with the time of that event, the values of the group and of the aliases, and the number
// that the condition is about. Plan is nil where the correlation or what it refers to cannot be used; the list says why.
func (c *Collection) LowerCorrelation(correlation *Correlation) (*Correlated, diag.List) {
	l := c.correlating(correlation)
	l.under, l.rules = map[*Correlation]bool{}, new(int)
	out := &Correlated{Uses: c.Uses(correlation), Time: timeColumn}
	if correlation.Broken || len(out.Uses) == 0 {
		return out, nil
	}
	l.filters, l.sources = &out.Filters, &out.Sources
	r := l.lower()
	if l.list.Sort(); l.list.Failed() || r == nil {
		return out, l.list
	}
	project := &plan.Project{Input: r.node}
	for _, column := range r.node.Columns() {
		shown := column == r.time || slices.Contains(r.given, column) || slices.Contains(r.measures, column)
		if shown {
			project.Out = append(project.Out, plan.Assign{Column: column, Value: &plan.Ref{Column: column}})
		}
	}
	for _, m := range r.measures {
		out.Measures = append(out.Measures, m.Name)
	}
	out.Plan = project
	return out, l.list
}

// correlating begins the lowering of a correlation, as the pipelines change it.
func (c *Collection) correlating(correlation *Correlation) *correlating {
	changed, list := c.env.Pipeline.ApplyCorrelation(correlation, func(reference string) (Document, bool) { return c.find(&correlation.Meta, reference) })
	return &correlating{all: c, from: correlation, of: changed, list: list}
}

// correlating is the state of lowering one correlation.
type correlating struct {
	all     *Collection
	from    *Correlation          // as it was read
	of      *Correlation          // as the pipelines change it
	under   map[*Correlation]bool // those that it is part of
	rules   *int                  // rules in the whole plan
	filters *[]Applied
	sources *[]LogSource
	list    diag.List
	columns map[string]bool // names that are taken
}

// correlatedRows is a correlation before its last projection.
type correlatedRows struct {
	node          plan.Node
	time, arrival *plan.Column
	names         []string // group-by fields and aliases
	given         []*plan.Column
	measures      []*plan.Column
}

// Uses returns the documents that a correlation refers to, each once, in the order of its list.
func (c *Collection) Uses(of *Correlation) []Document {
	var list []Document
	for _, w := range of.Rules {
		d, ok := c.find(&of.Meta, w.Text)
		if ok && d.Filter == nil && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// number returns the place of a document in a list, counted from 1, by the name that the correlation has for it; 0 if it is not there.
func (l *correlating) number(uses []Document, reference string) int {
	d, ok := l.all.find(&l.from.Meta, reference)
	if !ok {
		return 0
	}
	return slices.Index(uses, d) + 1
}

func (l *correlating) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return l.list.Errorf(l.of.Source, span, code, format, args...)
}

// name returns a name for a column that no other of the correlation's columns has.
func (l *correlating) name(wanted string) string {
	name := wanted
	for i := 2; l.columns[name]; i++ {
		name = wanted + " " + strconv.Itoa(i)
	}
	l.columns[name] = true
	return name
}

// lower returns the correlation over the rows of what it refers to.
func (l *correlating) lower() *correlatedRows {
	l.under[l.from] = true
	defer delete(l.under, l.from)
	uses := l.all.Uses(l.from)
	for _, w := range l.of.Rules {
		if l.number(uses, w.Text) == 0 {
			return nil // CheckReferences has said so
		}
	}
	names := l.names()
	fields := slices.Clone(names)
	for _, w := range l.of.Condition.Fields {
		if !slices.Contains(fields, w.Text) {
			fields = append(fields, w.Text)
		}
	}
	for _, a := range l.of.Aliases {
		for _, f := range a.Fields {
			if l.number(uses, f.Rule.Text) == 0 {
				l.list.Warnf(l.of.Source, f.Rule.Span, "sigma-aliases", "alias %q names a field of %q, which the correlation does not refer to", a.Name.Text, f.Rule.Text)
			}
		}
	}
	in := l.union(uses, fields)
	if in == nil {
		return nil
	}
	l.columns = map[string]bool{timeColumn: true, arrivalColumn: true}
	out := &correlatedRows{time: &plan.Column{Name: timeColumn, Type: schema.Datetime}, arrival: &plan.Column{Name: arrivalColumn, Type: schema.Long}, names: names}
	ref := func(i int) plan.Expr { return &plan.Ref{Column: in.columns[i]} }
	n := &plan.Correlate{Input: in.node, Time: ref(0), Arrival: ref(1), Rank: ref(2), Within: l.of.Timespan.Ticks}
	n.Keeps = []plan.Assign{{Column: out.time, Value: ref(0)}, {Column: out.arrival, Value: ref(1)}}
	field := func(name string) plan.Expr { return ref(3 + slices.Index(fields, name)) }
	for _, name := range names {
		column := &plan.Column{Name: l.name(name), Type: schema.Any}
		out.given = append(out.given, column)
		if slices.ContainsFunc(l.of.GroupBy, func(w Word) bool { return w.Text == name }) {
			// Some formats have numbers where others have their texts.
			column.Type = schema.String
			n.By = append(n.By, plan.Assign{Column: column, Value: call("to_text", field(name))})
		} else {
			n.Keeps = append(n.Keeps, plan.Assign{Column: column, Value: field(name)})
		}
	}
	m := &measuring{correlating: l, node: n, uses: uses, rule: ref(2), field: field}
	n.When = m.condition()
	if n.When == nil {
		return nil
	}
	out.node, out.measures = n, m.shown
	return out
}

// names returns the fields that the result carries: those that it groups by, and the aliases.
func (l *correlating) names() []string {
	var names []string
	for _, w := range l.of.GroupBy {
		if !slices.Contains(names, w.Text) {
			names = append(names, w.Text)
		}
	}
	for _, a := range l.of.Aliases {
		if !slices.Contains(names, a.Name.Text) {
			names = append(names, a.Name.Text)
		}
	}
	return names
}

// fieldOf returns what a document calls a field of the correlation.
func (l *correlating) fieldOf(d Document, name string) string {
	for _, a := range l.of.Aliases {
		for _, f := range a.Fields {
			if other, ok := l.all.find(&l.from.Meta, f.Rule.Text); a.Name.Text == name && ok && other == d {
				return f.Field.Text
			}
		}
	}
	return name
}

// unionRows are the rows that a correlation looks at. Their columns are the time, the arrival, the number of the rule and the fields.
type unionRows struct {
	node    plan.Node
	columns []*plan.Column
}

// maxCorrelatedRules is how many rules a correlation may be built on, those of its correlations counted.
const maxCorrelatedRules = 500

// union returns the rows of all documents that the correlation refers to.
func (l *correlating) union(uses []Document, fields []string) *unionRows {
	var parts []*unionRows
	for i, d := range uses {
		if *l.rules++; *l.rules > maxCorrelatedRules {
			l.errorf(l.of.Body, "sigma-too-large", "correlation is built on more than %d rules", maxCorrelatedRules)
			return nil
		}
		wanted := make([]string, len(fields))
		for j, name := range fields {
			wanted[j] = l.fieldOf(d, name)
		}
		var part *unionRows
		if d.Rule != nil {
			part = l.rule(d, i+1, fields, wanted)
		} else {
			part = l.inner(d, i+1, fields, wanted)
		}
		if part == nil {
			return nil
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	out := rowColumns(fields)
	u := &plan.Union{Out: out}
	for _, p := range parts {
		u.Ins, u.From = append(u.Ins, p.node), append(u.From, p.columns)
	}
	return &unionRows{u, out}
}

// rowColumns returns new columns for the rows that a correlation looks at.
func rowColumns(fields []string) []*plan.Column {
	taken := map[string]bool{timeColumn: true, arrivalColumn: true, ruleColumn: true}
	columns := []*plan.Column{{Name: timeColumn, Type: schema.Datetime}, {Name: arrivalColumn, Type: schema.Long}, {Name: ruleColumn, Type: schema.Long}}
	for _, name := range fields {
		free := name
		for i := 2; taken[free]; i++ {
			free = name + " " + strconv.Itoa(i)
		}
		taken[free] = true
		columns = append(columns, &plan.Column{Name: free, Type: schema.Any})
	}
	return columns
}

// reference returns the word by which the correlation refers to a document.
func (l *correlating) reference(d Document) Word {
	for _, w := range l.of.Rules {
		if other, ok := l.all.find(&l.from.Meta, w.Text); ok && other == d {
			return w
		}
	}
	return Word{Text: d.Meta().Title.Text, Span: l.of.Body}
}

// rule returns the events that meet a rule and its filters.
func (l *correlating) rule(d Document, number int, fields, wanted []string) *unionRows {
	rule := l.all.lowering(d.Rule)
	where, ok := rule.whole()
	if !ok {
		w := l.reference(d)
		l.errorf(w.Span, "sigma-refused-rule", "rule %q cannot be used", w.Text).Hint = "see what is wrong with it"
		return nil
	}
	filters, applied := rule.filters(l.all)
	*l.filters = append(*l.filters, applied...)
	if s := d.Rule.LogSource; !slices.ContainsFunc(*l.sources, func(o LogSource) bool { return o.Contains(s) && s.Contains(o) }) {
		*l.sources = append(*l.sources, s)
	}
	columns := rowColumns(fields)
	values := []plan.Expr{call("parse_time", rule.column("@timestamp")), rule.column("event.arrival"), whole(number)}
	for _, name := range wanted {
		values = append(values, rule.field(name, nil))
	}
	return projected(rule.filtered(where, filters), columns, values)
}

// column returns a canonical column of the events.
func (l *lowering) column(name string) plan.Expr {
	c := l.columns[name]
	if c == nil {
		c = &plan.Column{Name: name, Type: schema.Any}
		l.columns[name] = c
		l.out = append(l.out, c)
	}
	return &plan.Ref{Column: c}
}

// inner returns the results of a correlation as events: at the time of the event that completed it, with its group and its aliases.
func (l *correlating) inner(d Document, number int, fields, wanted []string) *unionRows {
	w := l.reference(d)
	if l.under[d.Correlation] {
		l.errorf(w.Span, "sigma-correlation-cycle", "correlation refers to itself by way of %q", w.Text)
		return nil
	}
	in := l.all.correlating(d.Correlation)
	in.under, in.rules, in.filters, in.sources = l.under, l.rules, l.filters, l.sources
	var r *correlatedRows
	if !d.Correlation.Broken {
		r = in.lower()
	}
	if r == nil || in.list.Failed() {
		l.errorf(w.Span, "sigma-refused-rule", "correlation %q cannot be used", w.Text).Hint = "see what is wrong with it"
		return nil
	}
	columns := rowColumns(fields)
	values := []plan.Expr{&plan.Ref{Column: r.time}, &plan.Ref{Column: r.arrival}, whole(number)}
	for i, name := range wanted {
		at := slices.Index(r.names, name)
		if at < 0 {
			d := l.list.Warnf(l.of.Source, w.Span, "sigma-correlation-field", "the result of %q has no field %q", w.Text, name)
			if d.Hint = "a correlation carries the fields that it groups by, and its aliases"; fields[i] != name {
				d.Hint += fmt.Sprintf("; alias %q should name one of them", fields[i])
			}
			values = append(values, &plan.Literal{Value: event.NullValue(), Type: schema.Any})
			continue
		}
		values = append(values, &plan.Ref{Column: r.given[at]})
	}
	return projected(r.node, columns, values)
}

func projected(n plan.Node, columns []*plan.Column, values []plan.Expr) *unionRows {
	p := &plan.Project{Input: n}
	for i, c := range columns {
		p.Out = append(p.Out, plan.Assign{Column: c, Value: values[i]})
	}
	return &unionRows{p, columns}
}

func call(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn.ByName(name), Args: args}
}

func whole(n int) plan.Expr { return &plan.Literal{Value: event.IntValue(int64(n)), Type: schema.Long} }

// Words says what the correlation asks for, such as "event_count gte 3 within 5m".
func (c *Correlation) Words() string {
	var b strings.Builder
	b.WriteString(c.Type.Text)
	if x := c.Condition.Extended; x != nil {
		b.WriteString(": " + strings.Join(strings.Fields(x.Text), " "))
	} else if correlationTypes[c.Type.Text].temporal {
		between := ", "
		if c.Type.Text == "temporal_ordered" {
			between = " then "
		}
		b.WriteString(": " + strings.Join(wordTexts(c.Rules), between))
	}
	if p := c.Condition.Percentile; p != nil {
		b.WriteString(" " + p.Number.Text())
	}
	if len(c.Condition.Fields) > 0 {
		b.WriteString(" of " + strings.Join(wordTexts(c.Condition.Fields), ", "))
	}
	for _, bound := range c.Condition.Bounds {
		b.WriteString(" " + bound.Op.Text + " " + bound.Number.Text())
	}
	b.WriteString(" within " + c.Timespan.Text)
	if len(c.GroupBy) > 0 {
		b.WriteString(" by " + strings.Join(wordTexts(c.GroupBy), ", "))
	}
	return b.String()
}

func wordTexts(words []Word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.Text)
	}
	return list
}
