package compile

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// Summary is what a rule is that raises no alerts: its rows go into a table, which other rules read. It runs once for each span of
// time, whatever the scan ("Aggregate data in a Log Analytics workspace by using summary rules").
type Summary struct {
	Rule    *sentinel.SummaryRule
	Table   string // as queries call it
	Columns []SummaryColumn
}

// SummaryColumn is a column of the table that a summary rule fills.
type SummaryColumn struct {
	Name string
	Type schema.Type
}

// The codes of what is wrong with summary rules.
const (
	codeSummaryCycle   = "sentinel-summary-cycle"
	codeSummaryColumns = "sentinel-summary-columns"
	codeSummaryRefused = "sentinel-summary-refused"
)

// summaries are the summary rules of all contents, which lie in one workspace, and the tables that they fill. Once settled it does not
// change.
type summaries struct {
	tables map[string]*summaryTable
	rules  []*Rule // each behind those whose tables it reads
}

// summaryTable is a table that one or more summary rules fill.
type summaryTable struct {
	name    string
	makers  []*summaryMaker
	columns []SummaryColumn // beside the standard ones
	table   *kql.Table      // nil: no rule that fills it can run
	state   summaryState
}

type summaryState uint8

const (
	untouched summaryState = iota
	underWay
	summarySettled
)

// summaryMaker is a summary rule with the content that it belongs to.
type summaryMaker struct {
	rule  *sentinel.SummaryRule
	space *workspace
	made  *Rule
}

// settleSummaries compiles the summary rules of contents, in the order of the list, and shows their tables to the queries of all.
func settleSummaries(spaces []*workspace) {
	s := &summaries{tables: map[string]*summaryTable{}}
	var order []*summaryTable
	for _, w := range spaces {
		for _, rule := range w.pack.SummaryRules {
			t := s.tables[rule.Table]
			if t == nil {
				t = &summaryTable{name: rule.Table}
				s.tables[rule.Table] = t
				order = append(order, t)
			}
			t.makers = append(t.makers, &summaryMaker{rule: rule, space: w})
		}
	}
	if len(order) > 0 {
		for _, w := range spaces {
			w.env = s.beside(w.env)
		}
		for _, t := range order {
			s.settle(t, nil)
		}
		for _, w := range spaces {
			w.summaries = s
		}
	}
	for _, w := range spaces {
		w.lists = w.summariesListed(order)
	}
}

// beside returns an environment that knows the tables as well. They go before others of their names: what fills them is known.
func (s *summaries) beside(env kql.Env) kql.Env {
	others, names := env.Table, env.TableNames
	env.Table = func(name string) (*kql.Table, bool) {
		if t := s.tables[name]; t != nil && t.table != nil {
			return t.table, true
		}
		return others(name)
	}
	env.TableNames = func() []string {
		list := slices.Clone(names())
		for name, t := range s.tables {
			if t.table != nil && !slices.Contains(list, name) {
				list = append(slices.Clip(list), name)
			}
		}
		slices.Sort(list)
		return list
	}
	return env
}

// settle compiles the rules that fill a table. above are the rules whose queries led here, the first first.
func (s *summaries) settle(t *summaryTable, above []*summaryMaker) {
	if t.state != untouched {
		return
	}
	t.state = underWay
	for _, m := range t.makers {
		s.compile(t, m, above)
	}
	if t.columns != nil {
		t.table = t.build()
		for _, m := range t.makers {
			if m.made.Summary != nil {
				m.made.Summary.Columns = t.all()
			}
		}
	}
	t.state = summarySettled
}

// compile binds one rule, and the rules whose tables it reads before it.
func (s *summaries) compile(t *summaryTable, m *summaryMaker, above []*summaryMaker) {
	source := m.rule.Query.Place(diag.Span{}).Source
	d := &detection.Detection{
		ID: m.rule.ID, Title: m.rule.Name, Language: detection.KQL, Description: m.rule.Description, Type: "Summary",
		Path: m.rule.Path, Query: source, Span: m.rule.Place, Search: m.rule.Query,
		Schedule: &detection.Schedule{Every: m.rule.Bin, Period: m.rule.Bin, Delay: m.rule.Delay, Start: m.rule.Start + m.rule.Delay},
	}
	if m.rule.Start == 0 {
		d.Schedule.Start = event.UnixEpoch + m.rule.Delay
	}
	above = append(slices.Clip(above), m)
	var circle, back string
	env := m.space.env
	known := env.Table
	env.Table = func(name string) (*kql.Table, bool) {
		if other := s.tables[name]; other != nil {
			if other.state == underWay {
				circle, back = s.circle(other, above), name
				return nil, false
			}
			s.settle(other, above)
		}
		return known(name)
	}
	r := kqlRule(d, env)
	m.made, r.Workspace = r, m.space.pack
	if circle != "" {
		at := diag.Diagnostic{Severity: diag.Error, Source: source, Span: m.rule.Place}
		for _, d := range r.Diagnostics {
			if notThere(d, back) {
				at.Source, at.Span = d.Source, d.Span
				break
			}
		}
		r.Diagnostics = slices.DeleteFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return notThere(d, back) })
		at.Code, at.Message = codeSummaryCycle, "the summary rule reads what is made of its own rows: "+circle
		at.Hint = "have one of the rules read the tables that the others are made of"
		r.Diagnostics.Add(at)
		r.Refused, r.Plan = true, nil
	}
	if c := m.rule.TimeColumn; c != "" && c != "TimeGenerated" {
		r.Diagnostics.Warnf(source, m.rule.Place, "sentinel-summary", "events are put into bins by their own time, not by the column %s", c)
	}
	s.explain(r)
	if file := m.space.pack.File(source); file != nil && len(file.Detections) == 0 {
		r.Diagnostics = append(r.Diagnostics, file.Diagnostics...)
	}
	r.finish()
	if !r.Refused {
		t.join(r)
	}
	if !r.Refused {
		r.Summary = &Summary{Rule: m.rule, Table: t.name}
		r.Mode, r.ModeReason = "scheduled", "its rows for each "+span(m.rule.Bin)+" are rows of the table "+t.name
		r.Reads = s.readBy(r)
		s.rules = append(s.rules, r)
	}
}

// notThere says whether a complaint is that there is no table of a name or, where a query is the name alone, nothing at all.
func notThere(d diag.Diagnostic, name string) bool {
	return d.Severity == diag.Error && strings.Contains(d.Message, "`"+name+"`") &&
		(strings.HasPrefix(d.Code, "kql-unknown-table") || strings.HasPrefix(d.Code, "kql-unknown-name"))
}

// circle writes the way by which rules lead back to a table.
func (s *summaries) circle(t *summaryTable, above []*summaryMaker) string {
	first := slices.IndexFunc(above, func(m *summaryMaker) bool { return slices.Contains(t.makers, m) })
	parts := []string{t.name}
	for i := len(above) - 1; i >= max(first, 0); i-- {
		parts = append(parts, "read by "+summaryName(above[i].rule)+" for "+above[i].rule.Table)
	}
	return strings.Join(parts, ", ")
}

func summaryName(s *sentinel.SummaryRule) string { return fmt.Sprintf("%q", s.Name) }

// join adds the columns that a rule gives to those of its table. A column keeps the type that it has, as in a table of the service.
func (t *summaryTable) join(r *Rule) {
	columns := slices.Clone(t.columns)
	if columns == nil {
		columns = []SummaryColumn{}
	}
	refuse := func(format string, args ...any) {
		r.Diagnostics.Errorf(r.Detection.Query, r.end(r.Query), codeSummaryColumns, format, args...)
		r.Refused, r.Plan, r.Diagnostics = true, nil, sorted(r.Diagnostics)
	}
	for _, c := range r.Query.Columns {
		typ := c.Type
		if typ == schema.Any {
			typ = schema.Dynamic
		}
		if c.Name == "*" {
			refuse("only the data tell which columns the query gives, so that no rule could read its table")
			return
		}
		if slices.ContainsFunc(standardColumns, func(s SummaryColumn) bool { return s.Name == c.Name }) {
			continue
		}
		at := slices.IndexFunc(columns, func(s SummaryColumn) bool { return s.Name == c.Name })
		if at >= 0 && columns[at].Type != typ {
			refuse("the column %s is of type %s, and another summary rule fills %s with one of type %s", c.Name, typ, t.name, columns[at].Type)
			return
		}
		if at < 0 {
			columns = append(columns, SummaryColumn{c.Name, typ})
		}
	}
	t.columns = columns
}

// standardColumns are those that every summary rule adds, and those that every table has.
var standardColumns = []SummaryColumn{
	{"TimeGenerated", schema.Datetime}, {"_RuleName", schema.String}, {"_RuleLastModifiedTime", schema.Datetime}, {"_BinSize", schema.Int},
	{"_BinStartTime", schema.Datetime}, {"Type", schema.String}, {"TenantId", schema.String}, {"SourceSystem", schema.String},
	{"_ResourceId", schema.String}, {"_SubscriptionId", schema.String},
}

// shownColumns is how many of the standard ones a query gives that names none: those up to Type.
const shownColumns = 6

// all returns the columns in the order in which the table has them: the time, what the queries give, and the other standard ones.
func (t *summaryTable) all() []SummaryColumn {
	return slices.Concat(standardColumns[:1], t.columns, standardColumns[1:])
}

func (t *summaryTable) build() *kql.Table {
	scan := taxonomy.SummaryTable(t.name)
	out := &kql.Table{Name: t.name, Scan: scan, Fed: true}
	for _, c := range t.all() {
		column := kql.TableColumn{Name: c.Name, Type: c.Type, Column: scan + "/" + c.Name}
		if c.Name == "TimeGenerated" {
			column.Column = "@timestamp"
		}
		column.Hidden = slices.Contains(standardColumns[shownColumns:], c)
		out.Columns = append(out.Columns, column)
	}
	return out
}

// readBy returns the summary rules whose tables a rule reads, and those that they read, each behind those that it needs.
func (s *summaries) readBy(r *Rule) []*Rule {
	if s == nil || r.Query == nil {
		return nil
	}
	wanted := map[*Rule]bool{}
	for _, name := range r.Query.Tables {
		if t := s.tables[name]; t != nil {
			for _, m := range t.makers {
				if m.made != nil && m.made.Summary != nil {
					wanted[m.made] = true
					for _, deeper := range m.made.Reads {
						wanted[deeper] = true
					}
				}
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var list []*Rule
	for _, one := range s.rules {
		if wanted[one] {
			list = append(list, one)
		}
	}
	return list
}

// explain says of a table that a rule does not find why the summary rule that would fill it does not.
func (s *summaries) explain(r *Rule) {
	if s == nil {
		return
	}
	for i := range r.Diagnostics {
		d := &r.Diagnostics[i]
		for name, t := range s.tables {
			if t.table != nil || !notThere(*d, name) {
				continue
			}
			m := t.makers[0]
			d.Code, d.Message = codeSummaryRefused, fmt.Sprintf("the table `%s` stays empty: the summary rule %s, which fills it, cannot run", name, summaryName(m.rule))
			for _, why := range m.made.Diagnostics {
				if why.Severity == diag.Error {
					d.Hint = why.Message
					break
				}
			}
		}
	}
}

// summariesListed returns the summary rules of a content, for whoever lists and checks rules: those of files that were asked for, and, refused,
// what was meant to be one.
func (w *workspace) summariesListed(tables []*summaryTable) []*Rule {
	made := map[*sentinel.SummaryRule]*Rule{}
	for _, t := range tables {
		for _, m := range t.makers {
			made[m.rule] = m.made
		}
	}
	has := map[*diag.Source]bool{}
	var list []*Rule
	for _, rule := range w.pack.SummaryRules {
		source := rule.Query.Place(diag.Span{}).Source
		has[source] = true
		if file := w.pack.File(source); file != nil && !file.Context && made[rule] != nil {
			list = append(list, made[rule])
		}
	}
	for _, f := range w.pack.Files {
		if (f.Role == detection.RoleSummaryRule || f.Role == detection.RoleAutomationRule) && !f.Context && f.Diagnostics.Failed() && !has[f.Source] {
			list = append(list, &Rule{Refused: true, Detection: &detection.Detection{Language: detection.KQL, Path: f.Source.Name, Query: f.Source}, Diagnostics: f.Diagnostics})
		}
	}
	return list
}
