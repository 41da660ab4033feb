package taxonomy

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// sigmaTable returns the name of the table that rules of a log source read: sigma/category/product/service, with * for
// what is not stated.
func sigmaTable(l LogSource) string { return "sigma/" + strings.ToLower(l.String()) }

// parseTable reads what sigmaTable writes.
func parseTable(table string) (rule LogSource, ok bool) {
	parts := strings.Split(table, "/")
	if len(parts) != 4 || parts[0] != "sigma" {
		return LogSource{}, false
	}
	for i, p := range parts {
		if p == "*" {
			parts[i] = ""
		}
	}
	return LogSource{Category: parts[1], Product: parts[2], Service: parts[3]}, true
}

// answer is what Route says of a table.
type answer struct {
	when plan.Expr
	in   bool
}

// sigmaRule returns what rules state that read a table, read once for each table.
func (t *Taxonomy) sigmaRule(table string) (rule LogSource, ok bool) {
	if known, ok := t.sigmaTables.Load(table); ok {
		return known.(LogSource), true
	}
	if rule, ok = parseTable(table); ok && t.tabled.Load() < maxTables {
		t.tabled.Add(1)
		t.sigmaTables.Store(table, rule)
	}
	return rule, ok
}

// SigmaOf returns the log source that rules state which read a table; false for a table of another language.
func (t *Taxonomy) SigmaOf(table string) (LogSource, bool) { return t.sigmaRule(table) }

// maxTables bounds the tables that are remembered, and those that a kind remembers its answers for.
const maxTables = 1 << 12

// Route says whether records of a class can be rows of a table, and under which condition on the record.
func (t *Taxonomy) Route(table string, class *event.Class) (when plan.Expr, in bool) {
	k := t.kind(class)
	if a, ok := k.routes.Load(table); ok {
		a := a.(answer)
		return a.when, a.in
	}
	a := k.route(table)
	if a.in && k.routed.Load() < maxTables { // that records are not in a table is quickly said, and true of nearly all tables
		k.routed.Add(1)
		k.routes.Store(table, a)
	}
	return a.when, a.in
}

func (k *kind) route(table string) answer {
	if IsSummary(table) {
		return k.routeSummary(table)
	}
	if k.everywhere {
		return answer{in: true}
	}
	if table == splunkTable {
		return answer{in: !k.search().noRows}
	}
	if strings.HasPrefix(table, cimPrefix) {
		return k.routeModel(table)
	}
	if strings.HasPrefix(table, sentinelPrefix) || strings.HasPrefix(table, asimPrefix) {
		return k.routeRow(table)
	}
	rule, ok := k.taxonomy.sigmaRule(table)
	if !ok {
		return answer{}
	}
	var conditions []plan.Expr
	for _, l := range k.logsources {
		if !l.covers(rule) {
			continue
		}
		if l.When == nil {
			return answer{in: true}
		}
		conditions = append(conditions, l.When)
	}
	switch len(conditions) {
	case 0:
		return answer{}
	case 1:
		return answer{conditions[0], true}
	}
	return answer{&plan.Or{List: conditions}, true}
}

// LogSources returns the log sources that records of a class are of.
func (t *Taxonomy) LogSources(class *event.Class) []LogSource {
	return append([]LogSource(nil), t.kind(class).logsources...)
}
