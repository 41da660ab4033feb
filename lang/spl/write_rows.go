package spl

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// Commands that make other rows: tstats, stats, eval, table, sort.

// tstats writes the search of a data set. Without an aggregate of the plan it counts the events and says when the first and the last
// were. Conditions that tstats cannot hold stand behind it; what they ask of must be among what it groups by.
func (w *writer) tstats(base []phrase, behind []plan.Expr, n *plan.Aggregate) {
	set := strings.TrimPrefix(w.scan.Table, "cim/")
	var text strings.Builder
	text.WriteString("tstats ")
	if w.options.Macros {
		text.WriteString("`security_content_summariesonly`")
	} else {
		text.WriteString("summariesonly=false allow_old_summaries=true fillnull_value=null")
	}
	text.WriteString(" count min(_time) as firstTime max(_time) as lastTime")
	w.clause(&text, "from datamodel="+set)
	if len(base) > 0 {
		w.clause(&text, "where "+w.joined(base, "    "))
	}
	by := w.by()
	if len(by) > 0 {
		w.clause(&text, "by "+strings.Join(by, " "))
	} else {
		w.refuse("spl-write-by", "a search of the data set %s groups by fields, and none are named", set)
	}
	w.pipes = append(w.pipes, "| "+text.String())
	name := strings.TrimSuffix(w.prefix, ".")
	w.pipe("`drop_dm_object_name(%s)`", name)
	if w.options.Macros {
		w.pipe("`security_content_ctime(firstTime)`")
		w.pipe("`security_content_ctime(lastTime)`")
	} else {
		w.pipe(`convert timeformat="%%Y-%%m-%%dT%%H:%%M:%%S" ctime(firstTime) ctime(lastTime)`)
	}
	w.wheres(w.guarded(behind))
}

// clause adds a clause of tstats.
func (w *writer) clause(text *strings.Builder, clause string) {
	if w.options.Wide {
		text.WriteString(" " + clause)
		return
	}
	text.WriteString("\n    " + clause)
}

// by returns what events of the data set are grouped by.
func (w *writer) by() []string {
	var list []string
	seen := map[string]bool{}
	add := func(field string) {
		if !seen[field] && field != "_time" {
			seen[field] = true
			list = append(list, field)
		}
	}
	for _, name := range w.options.By {
		add(w.prefix + strings.TrimPrefix(name, w.prefix))
	}
	for _, c := range w.scan.Out {
		if name := w.names[c]; strings.HasPrefix(name, w.prefix) {
			add(name)
		}
	}
	return list
}

// filler stands behind tstats for a field without a value.
const filler = "null"

// guarded returns conditions behind tstats, which must not take the text that stands there for a value: isnull(f) becomes f="null",
// and an expression that the text meets is asked of other texts only.
func (w *writer) guarded(list []plan.Expr) []plan.Expr {
	out := make([]plan.Expr, len(list))
	for i, e := range list {
		out[i] = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
			switch e := e.(type) {
			case *plan.IsNull:
				w.say(diag.Info, "spl-write-filler", "behind tstats a field without a value holds the text "+filler+", which a value can be as well")
				return isFiller(e.X)
			case *plan.Match:
				if _, ok := w.field(e.Subject); ok && matchesText(w.expressionsOf(e), filler) {
					return &plan.And{List: []plan.Expr{&plan.Not{X: isFiller(e.Subject)}, e}}
				}
			}
			return e
		})
	}
	return out
}

func isFiller(e plan.Expr) plan.Expr {
	return &plan.Match{Subject: e, Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(filler)}}
}

// expressionsOf returns expressions of which a Match needs one at least.
func (w *writer) expressionsOf(m *plan.Match) []string {
	if m.Op == plan.CIDR {
		return nil
	}
	quiet := &writer{names: w.names}
	return quiet.expressions(m)
}

// rename has the columns of an aggregate called at once what a projection above calls them.
func (w *writer) rename(n *plan.Project) {
	agg, ok := n.Input.(*plan.Aggregate)
	if !ok || n.Extend {
		return
	}
	final := map[*plan.Column]string{}
	for _, a := range n.Out {
		if ref, ok := a.Value.(*plan.Ref); ok && final[ref.Column] == "" {
			final[ref.Column] = a.Column.Name
		}
	}
	for _, c := range agg.Columns() {
		if name := final[c]; name != "" {
			w.names[c] = name
		}
	}
}

// named returns what a column is called.
func (w *writer) named(c *plan.Column) string {
	if name, ok := w.names[c]; ok {
		return name
	}
	return c.Name
}

// aggregate writes stats.
func (w *writer) aggregate(n *plan.Aggregate) {
	if !w.began && w.prefix != "" {
		w.refuse("spl-write-aggregate", "an aggregate over the data set %s is not written", strings.TrimPrefix(w.scan.Table, "cim/"))
		w.filters = nil
	}
	w.begin()
	var aggs, by []string
	for _, a := range n.Aggs {
		aggs = append(aggs, w.measured(a))
	}
	for _, a := range n.By {
		name := w.named(a.Column)
		if field, ok := w.field(a.Value); ok {
			if field != name {
				w.pipe("eval %s=%s", quoteName(name), w.value(a.Value))
			}
		} else {
			w.pipe("eval %s=%s", quoteName(name), w.value(a.Value))
		}
		by = append(by, fieldName(name))
	}
	if !n.DropNull && len(by) > 0 {
		w.warn("spl-write-null-group", "stats leaves out rows in which a field that it groups by has no value").
			Hint = "put | fillnull before it, if they count"
	}
	text := "stats " + strings.Join(aggs, " ")
	if len(aggs) == 0 { // groups alone
		text = "stats count"
	}
	if len(by) > 0 {
		text += " by " + strings.Join(by, " ")
	}
	w.pipe("%s", text)
	if len(aggs) == 0 {
		w.pipe("fields - count")
	}
	w.shown = nil
	for _, c := range n.Columns() {
		w.shown = append(w.shown, w.named(c))
	}
}

// fieldName writes the name of a field as commands have it.
func fieldName(name string) string {
	if isWord(name) {
		return name
	}
	return quoteText(name)
}

var writtenAggregates = map[string]string{
	"count": "count", "spl_count": "count", "spl_dc": "dc", "count_distinct": "dc", "spl_values": "values", "spl_min": "min", "spl_max": "max",
	"spl_range": "range", "spl_mode": "mode", "spl_avg": "avg", "spl_sum": "sum", "spl_sumsq": "sumsq", "spl_stdev": "stdev",
	"spl_stdevp": "stdevp", "spl_var": "var", "spl_varp": "varp", "first": "first", "last": "last", "spl_list": "list",
	"min": "min", "max": "max", "sum": "sum", "avg": "avg", "dcount": "dc",
}

// measured writes one aggregate of stats.
func (w *writer) measured(a plan.Agg) string {
	name, ok := writtenAggregates[a.Func.Name]
	var arg string
	if a.Func.Name == "spl_perc" && len(a.Args) == 2 {
		if p, literal := a.Args[1].(*plan.Literal); literal {
			name, ok = "perc"+p.Value.Text(), true
			a.Args = a.Args[:1]
		}
	}
	switch {
	case !ok || len(a.Args) > 1 || a.Distinct && name != "dc" || len(a.Order) > 0 && name != "first" && name != "last" && name != "list":
		w.refuse("spl-write-aggregate", "stats has no aggregate that does what %s does", a.Func.Name)
		return ""
	case len(a.Args) == 1 && a.Where == nil:
		if field, plain := w.field(a.Args[0]); plain {
			arg = fieldName(strings.TrimPrefix(field, w.prefix))
		} else if arg = w.value(a.Args[0]); !isWord(arg) {
			arg = "eval(" + arg + ")"
		}
	case len(a.Args) == 1:
		arg = "eval(if(" + w.truth(a.Where, true).text + ", " + w.value(a.Args[0]) + ", null()))"
	case a.Where != nil:
		arg = "eval(" + w.truth(a.Where, true).text + ")"
	}
	text := name
	if arg != "" {
		text += "(" + arg + ")"
	}
	if name := w.named(a.Column); name != text {
		text += " as " + fieldName(name)
	}
	return text
}

// project writes eval for what is computed, and table for a choice of columns.
func (w *writer) project(n *plan.Project) {
	if n.Extend && len(n.Out) == 0 {
		return
	}
	w.begin()
	var evals, renames, table, names []string
	for _, a := range n.Out {
		name := a.Column.Name
		names = append(names, name)
		field, plain := w.field(a.Value)
		if w.prefix != "" {
			field = strings.TrimPrefix(field, w.prefix)
		}
		switch {
		case name == "*":
			w.warn("spl-write-fields", "a search gives the fields of its events without being told")
			continue
		case plain && field == name:
		case plain && !n.Extend:
			renames = append(renames, fieldName(field)+" as "+fieldName(name))
		default:
			evals = append(evals, quoteName(name)+"="+w.value(a.Value))
		}
		table = append(table, fieldName(name))
	}
	if n.Extend {
		table = nil
	}
	if len(evals) > 0 {
		w.pipe("eval %s", strings.Join(evals, ", "))
	}
	if len(renames) > 0 {
		w.pipe("rename %s", strings.Join(renames, ", "))
	}
	if len(table) > 0 && !(len(evals) == 0 && len(renames) == 0 && slices.Equal(names, w.shown)) {
		w.pipe("table %s", strings.Join(table, " "))
		w.shown = names
	}
}

// sort writes sort; 0 is no limit there.
func (w *writer) sort(n *plan.Sort) {
	w.begin()
	keys := []string{strconv.FormatInt(max(n.Limit, 0), 10)}
	for _, k := range n.Keys {
		field, ok := w.field(k.Value)
		if !ok {
			w.refuse("spl-write-sort", "sort takes fields, and not %s", clip(plan.ExprString(k.Value)))
			continue
		}
		field = fieldName(field)
		if k.Descending {
			field = "-" + field
		}
		keys = append(keys, field)
	}
	w.pipe("sort %s", strings.Join(keys, " "))
}
