package spl

import (
	"slices"
	"strings"
	"sync"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// lookup finds the lookup of a name, or complains.
func (l *lowering) lookup(name value) (*Lookup, bool) {
	if l.env.Lookup != nil {
		if t, ok := l.env.Lookup(name.text); ok {
			if !slices.Contains(l.search.Reads, name.text) {
				l.search.Reads = append(l.search.Reads, name.text)
			}
			if t.Missing != "" {
				l.errorf(name.span, "spl-lookup-missing", "the lookup %s has no rows: %s", name.text, t.Missing)
				return nil, false
			}
			return t.tidy(), true
		}
	}
	if t := lookupsOfApps[name.text]; t != nil {
		return t, true
	}
	if reason := lookupsOutside[name.text]; reason != "" {
		l.errorf(name.span, "spl-refused-lookup", "the lookup %s is not run: %s", name.text, reason)
		return nil, false
	}
	d := l.errorf(name.span, "spl-unknown-lookup", "unknown lookup %s", name.text)
	if l.env.LookupNames != nil {
		if near := diag.Nearest(name.text, l.env.LookupNames()); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	}
	return nil, false
}

// isLookup says whether a table that can be written has the name, whatever it holds.
func (l *lowering) isLookup(name string) bool {
	if l.env.Lookup == nil {
		return false
	}
	_, ok := l.env.Lookup(name)
	return ok
}

// lookupsOutside are the lookups of the original that ask something beyond the search, with the reason why they are not run.
var lookupsOutside = map[string]string{
	"dnslookup": "it asks the name servers of the network, whose answers change",
}

// hollow says whether nothing is known of a lookup, not even which columns it has: nobody has filled it yet.
func (t *Lookup) hollow() bool { return len(t.Fields) == 0 && t.Find == nil }

// tidy returns the lookup with the names of its columns as the original reads them: without blanks around them, and of columns
// of one name only the first.
func (t *Lookup) tidy() *Lookup {
	place := map[string]int{}
	var names []string
	var kept []int
	for i, name := range t.Fields {
		name = strings.TrimSpace(name)
		if _, twice := place[name]; !twice {
			place[name] = i
			names, kept = append(names, name), append(kept, i)
		}
	}
	if slices.Equal(names, t.Fields) {
		return t
	}
	out := *t
	out.Fields, out.Match, out.shared = names, map[string]MatchHow{}, nil
	for name, how := range t.Match {
		out.Match[strings.TrimSpace(name)] = how
	}
	if len(kept) < len(t.Fields) {
		out.Rows = make([][]string, len(t.Rows))
		for i, row := range t.Rows {
			for _, at := range kept {
				cell := ""
				if at < len(row) {
					cell = row[at]
				}
				out.Rows[i] = append(out.Rows[i], cell)
			}
		}
	}
	return &out
}

// lookupColumn says whether a lookup has a column, and complains if not.
func (l *lowering) lookupColumn(t *Lookup, column value) bool {
	if t.hollow() {
		return true
	}
	for _, name := range t.Fields {
		if name == column.text {
			return true
		}
	}
	d := l.errorf(column.span, "spl-unknown-lookup-field", "the lookup %s has no column %s", t.Name, column.text)
	if near := diag.Nearest(column.text, t.Fields); near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	return false
}

// Share has the rows converted once for all searches that look into the table. It must not change afterwards.
func (t *Lookup) Share() { t.shared = sync.OnceValue(t.converted) }

// rows returns what stands in the table, which must not be changed. An empty cell is no value.
func (t *Lookup) rows() [][]event.Value {
	if t.shared != nil {
		return t.shared()
	}
	return t.converted()
}

func (t *Lookup) converted() [][]event.Value {
	out := make([][]event.Value, len(t.Rows))
	cells := make([]event.Value, len(t.Rows)*len(t.Fields))
	for i, row := range t.Rows {
		out[i], cells = cells[:len(t.Fields):len(t.Fields)], cells[len(t.Fields):]
		for j, cell := range row[:min(len(row), len(t.Fields))] {
			if cell != "" {
				out[i][j] = event.TextValue(cell)
			}
		}
	}
	return out
}

// lookupRows returns the rows of a lookup as those of a search.
func (l *lowering) lookupRows(t *Lookup, by string) *relation {
	node := &plan.Values{Rows: t.rows()}
	out := &relation{node: node, by: by, void: len(t.Rows) == 0}
	for _, name := range t.Fields {
		c := l.column(name, schema.Any)
		node.Out = append(node.Out, c)
		out.set(name, &plan.Ref{Column: c})
		out.logged.put(name, true)
	}
	if t.hollow() {
		node.Out, node.Rows = []*plan.Column{l.column("nothing", schema.Any)}, nil
	}
	return out
}

// table returns the table of a lookup as a plan looks into it, with those columns that must be there although a lookup nobody
// has filled does not have them. keys are the columns by which rows are found.
func (t *Lookup) table(keys []string, columns []string) *plan.Table {
	out := &plan.Table{Name: t.Name, Columns: t.Fields}
	if t.Find == nil {
		out.Rows = t.rows()
	} else {
		out.Find = func(values []event.Value) [][]event.Value {
			given := make(map[string]string, len(keys))
			for i, key := range keys {
				given[key] = values[i].Text()
			}
			found := &Lookup{Fields: t.Fields, Rows: t.Find(given)}
			return found.rows()
		}
	}
	if t.hollow() {
		out.Rows, out.Columns = nil, nil
		for _, name := range columns {
			if out.Column(name) < 0 {
				out.Columns = append(out.Columns, name)
			}
		}
	}
	return out
}
