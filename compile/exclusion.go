package compile

import (
	"fmt"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/lang/sigma"
	"goshawk/lang/spl"
	"goshawk/plan"
)

// Exclusions stand in the plan of a detection as Filters that say why: where its own language has a place for them if the predicate is of
// that language (behind the filter macro of a search, over the rows of a query), else right where the plan reads events.

// Excluded is an exclusion as it was applied to a rule.
type Excluded struct {
	*detection.Exclusion
	// Where it stands in the plan: "rows" of the query or search, or the "events" that it reads.
	Over string

	events func(scan *plan.Scan) (plan.Expr, error) // what events must meet to stay; nil: it is asked of rows
	rows   func(columns []*plan.Column) (plan.Expr, error)
}

// The places of exclusions.
const (
	overRows   = "rows"
	overEvents = "events"
)

// CodeUnapplied is the code of complaints about exclusions that cannot be applied to a rule in their scope.
const CodeUnapplied = "exclusion-unapplied"

// exclude prepares the exclusions whose scope holds the rule. It is called before finish; the searches of SPL have applied those in their
// own language by then.
func (r *Rule) exclude(o Options) {
	if r.Plan == nil || r.Refused {
		return
	}
	for _, x := range o.Exclusions {
		if !x.Covers(r.Detection) || x.Sigma != nil && x.Sigma.Filter && !r.filtered(x.Sigma) {
			continue
		}
		var list diag.List
		one := &Excluded{Exclusion: x, Over: overEvents}
		switch {
		case x.SPL != nil && r.Search != nil:
			one.Over, list = overRows, r.Search.Unapplied[x.Why()]
		case x.KQL != nil && r.Query != nil:
			one.Over = overRows
			list = r.excludeRows(one, o)
		default:
			list = r.excludeEvents(one, o)
		}
		if list.Failed() {
			r.unapplied(x, list)
			continue
		}
		r.Exclusions = append(r.Exclusions, one)
	}
}

// logSourceOf returns the log source of a Scan of the rule: its own, and of a correlation that of the rule which the Scan is for.
func (r *Rule) logSourceOf(s *plan.Scan, o Options) sigma.LogSource {
	if l, ok := o.Taxonomy.SigmaOf(s.Table); ok {
		return sigma.LogSource{Category: l.Category, Product: l.Product, Service: l.Service}
	}
	return r.LogSource
}

// filtered says whether the log source of a filter document contains that of the rule.
func (r *Rule) filtered(f *detection.SigmaPredicate) bool {
	same := func(asked, has string) bool { return asked == "" || strings.EqualFold(asked, has) }
	l := r.LogSource
	return same(f.Category, l.Category) && same(f.Product, l.Product) && same(f.Service, l.Service)
}

// unapplied complains about an exclusion that cannot be applied: an error where its scope names the rule.
func (r *Rule) unapplied(x *detection.Exclusion, list diag.List) {
	severity := diag.Warning
	if x.Scope.Names(r.Detection) {
		severity = diag.Error
	}
	for _, d := range list {
		if d.Severity != diag.Error {
			continue
		}
		if d.Source == nil {
			d.Source, d.Span = x.Source, x.At
		}
		r.Diagnostics.Add(diag.Diagnostic{Code: CodeUnapplied, Severity: severity, Source: d.Source, Span: d.Span,
			Message: fmt.Sprintf("the exclusion %s cannot be applied: %s", x.ID, d.Message), Hint: d.Hint})
	}
}

// excludeEvents prepares an exclusion for the events that the rule reads.
func (r *Rule) excludeEvents(one *Excluded, o Options) diag.List {
	var list diag.List
	var scans []*plan.Scan
	eachMain(r.Plan, func(s *plan.Scan) { scans = append(scans, s) })
	if len(scans) == 0 {
		list.Errorf(one.Source, one.At, CodeUnapplied, "the detection reads no events")
		return list
	}
	lower := r.lowerer(one.Exclusion, o)
	done := map[string]plan.Expr{}
	var first diag.List
	for _, s := range scans {
		if _, known := done[s.Table]; known {
			continue
		}
		keep, complaints := lower(s)
		if field, ok := beyondColumns(keep); ok && !s.Rest {
			complaints.Errorf(one.Source, one.At, CodeUnapplied, "the detection reads columns of %s, and the predicate asks for %s, which is none", s.Table, field).Hint = "name fields, by canonical columns such as process.command_line or as the detection's language calls them"
		}
		done[s.Table] = keep
		if complaints.Failed() {
			done[s.Table] = nil
			if first == nil {
				first = complaints
			}
		}
	}
	for _, keep := range done {
		if keep != nil { // what can be asked in one place need not be in another
			one.events = func(s *plan.Scan) (plan.Expr, error) { return done[s.Table], nil }
			return nil
		}
	}
	return first
}

// beyondColumns returns what an expression asks of an event that is no column: a field by its native name, or any of them.
func beyondColumns(e plan.Expr) (what string, ok bool) {
	if e == nil {
		return "", false
	}
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Field:
			what, ok = "the field "+e.Name, true
		case *plan.Fields, *plan.Everything:
			what, ok = "all fields", true
		}
		return !ok
	})
	return what, ok
}

// lowerer returns what says of a place where the rule reads which events stay.
func (r *Rule) lowerer(x *detection.Exclusion, o Options) func(*plan.Scan) (plan.Expr, diag.List) {
	switch {
	case x.Sigma != nil:
		return func(s *plan.Scan) (plan.Expr, diag.List) { return sigmaKeeps(x, r, s, o) }
	case x.SPL != nil:
		return func(*plan.Scan) (plan.Expr, diag.List) { return splKeeps(x, o) }
	case x.KQL != nil:
		return func(s *plan.Scan) (plan.Expr, diag.List) { return kqlKeeps(x, r, s, o) }
	}
	return func(s *plan.Scan) (plan.Expr, diag.List) { return whereKeeps(x, r, s, o) }
}

// ready rewrites a plan that passed the checker, with the exclusions in it.
func (r *Rule) ready(n plan.Node) (plan.Node, error) {
	for _, x := range r.Exclusions {
		if x.rows == nil {
			continue
		}
		keep, err := x.rows(n.Columns())
		if err != nil {
			return nil, fmt.Errorf("the exclusion %s cannot be applied: %w", x.ID, err)
		}
		n = &plan.Filter{Input: n, Where: keep, Why: x.Why()}
	}
	n = plan.Rewrite(n)
	excluded := false
	for _, x := range r.Exclusions {
		excluded = excluded || x.events != nil
	}
	if !excluded {
		return n, nil
	}
	n = onMain(n, func(s *plan.Scan) (keeps []plan.Suppressor) {
		for _, x := range r.Exclusions {
			if x.events == nil {
				continue
			}
			if keep, _ := x.events(s); keep != nil {
				keeps = append(keeps, plan.Suppressor{Why: x.Why(), Keep: keep})
			}
		}
		return keeps
	})
	if list := plan.Check(n); list.Failed() {
		return nil, fmt.Errorf("the exclusions give no sound plan: %w", list)
	}
	return n, nil
}

// excludeRows prepares a predicate in KQL for the rows of a query.
func (r *Rule) excludeRows(one *Excluded, o Options) diag.List {
	table := &kql.Table{Name: "rows", Scan: rowsTable, Fed: true}
	for _, c := range r.Query.Columns {
		if c.Name == "*" {
			continue
		}
		table.Columns = append(table.Columns, kql.TableColumn{Name: c.Name, Type: c.Type, Column: c.Name})
	}
	drop, list := kqlCondition(one.KQL, table, o)
	if list.Failed() {
		return list
	}
	one.rows = func(columns []*plan.Column) (plan.Expr, error) {
		byName := map[string]*plan.Column{}
		for _, c := range columns {
			byName[c.Name] = c
		}
		var missing error
		out := plan.TransformExpr(drop, func(e plan.Expr) plan.Expr {
			ref, ok := e.(*plan.Ref)
			if !ok {
				return e
			}
			c := byName[ref.Column.Name]
			if c == nil {
				missing = fmt.Errorf("the query does not give %s", ref.Column.Name)
				return e
			}
			return &plan.Ref{Marked: ref.Marked, Column: c}
		})
		return plan.Unless(out), missing
	}
	_, err := one.rows(r.Plan.Columns())
	if err != nil {
		list.Errorf(one.Source, one.At, CodeUnapplied, "%v", err)
	}
	return list
}

// rowsTable is what a predicate over the rows of a query scans while it is read.
const rowsTable = "rows"

// splExclusions are the exclusions in SPL for a detection in SPL.
func splExclusions(d *detection.Detection, o Options) []spl.Exclusion {
	var list []spl.Exclusion
	for _, x := range o.Exclusions {
		if x.SPL != nil && x.Covers(d) {
			list = append(list, spl.Exclusion{Why: x.Why(), Slot: Slot(d), Where: x.SPL})
		}
	}
	return list
}

// Slot returns the name of the macro that Splunk's content leaves empty for the exclusions of a detection: its title in lower case,
// with _ for what is no letter or digit, and _filter.
func Slot(d *detection.Detection) string {
	var b strings.Builder
	for _, c := range strings.ToLower(d.Title) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteRune(c)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String() + "_filter"
}
