package taxonomy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/source"
	"goshawk/taxonomy"
)

// asimRow computes the columns of a schema for the records of a class.
type asimRow struct {
	table   *taxonomy.LogTable
	when    *eval.Program
	columns []*eval.Program
}

// asimRows computes rows; what is computed of a class is kept.
type asimRows struct {
	t     *testing.T
	tax   *taxonomy.Taxonomy
	kinds map[*event.Class]map[string]*asimRow
}

func newAsimRows(t *testing.T) *asimRows {
	return &asimRows{t, taxonomy.Default(), map[*event.Class]map[string]*asimRow{}}
}

func (a *asimRows) compile(e plan.Expr) *eval.Program {
	p, err := eval.Compile(e, func(*plan.Column) int { return -1 })
	if err != nil {
		a.t.Fatalf("%s: %v", plan.ExprString(e), err)
	}
	return p
}

func (a *asimRows) of(class *event.Class) map[string]*asimRow {
	rows, known := a.kinds[class]
	if known {
		return rows
	}
	rows = map[string]*asimRow{}
	a.kinds[class] = rows
	for _, name := range a.tax.AsimSchemas() {
		table, _ := a.tax.AsimSchema(name)
		when, in := a.tax.Route(table.Table, class)
		if !in {
			continue
		}
		r := &asimRow{table: table}
		if when != nil {
			r.when = a.compile(when)
		}
		for _, c := range table.Columns {
			r.columns = append(r.columns, a.compile(a.tax.Source(class, c.Column)))
		}
		rows[name] = r
	}
	return rows
}

// row returns the row of a schema that a record is; nil if it is none.
// Where the record says no time, its carrier does, as in a scan; the functions of ASIM begin and end with it then.
func (a *asimRows) row(name string, ev *event.Event) []event.Value {
	r := a.of(ev.Class)[name]
	record := &eval.Row{Record: &ev.Record}
	if r == nil || r.when != nil && !r.when.Value(record).Bool() {
		return nil
	}
	row := make([]event.Value, len(r.columns))
	for i, p := range r.columns {
		row[i] = p.Value(record).Clone()
		switch c := r.table.Columns[i]; {
		case !row[i].IsNull():
		case c.Column == "@timestamp", c.Name == "EventStartTime", c.Name == "EventEndTime":
			row[i] = plan.Carrier(ev, "@timestamp")
		}
	}
	return row
}

// Every row that our views make of recorded data must be as its schema wants it, but for what the source cannot say.
func TestAsimData(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recorded data")
	}
	a := newAsimRows(t)
	rows := map[string][][]event.Value{} // schema and product → rows
	total := 0
	flush := func(key string) {
		name, _, _ := strings.Cut(key, " ")
		table, _ := a.tax.AsimSchema(name)
		for _, c := range a.tax.AsimCheck(name, table.Columns, rows[key]) {
			if c.Grade != taxonomy.AsimInfo {
				t.Errorf("%s: %s", key, c)
			}
		}
		rows[key] = nil
	}
	counts := map[string]int{}
	err := source.ForEach(t.Context(), []string{shared.Dir(t, "data")}, source.Options{}, func(ev *event.Event) bool {
		total++
		for name := range a.of(ev.Class) {
			row := a.row(name, ev)
			if row == nil {
				continue
			}
			table, _ := a.tax.AsimSchema(name)
			product := slices.IndexFunc(table.Columns, func(c taxonomy.LogColumn) bool { return c.Name == "EventProduct" })
			key := fmt.Sprintf("%s of %s %s", name, row[product].Text(), ev.Class.ID)
			rows[key] = append(rows[key], row)
			if counts[key]++; len(rows[key]) == 1000 {
				flush(key)
			}
		}
		return true
	}, func(*source.Input) {}, func(source.Problem) {})
	if err != nil {
		t.Fatal(err)
	}
	for key := range rows {
		flush(key)
	}
	for _, key := range sorted(counts) {
		t.Logf("%6d rows: %s", counts[key], key)
	}
	t.Logf("of %d records", total)
}
