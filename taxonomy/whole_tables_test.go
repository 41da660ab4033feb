package taxonomy

import (
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// For every kind of record, every column of every table that its records are rows of must be made of fields of the record alone, and must
// compile, and so must the condition under which it is a row.
func TestTablesCompile(t *testing.T) {
	tax := Default()
	check := func(class *event.Class, what string, e plan.Expr) {
		if e == nil {
			return
		}
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				t.Errorf("%+v: %s reads the column %s", *class, what, ref.Column.Name)
			}
			return true
		})
		if _, err := eval.Compile(e, func(*plan.Column) int { return -1 }); err != nil {
			t.Errorf("%+v: %s: %v", *class, what, err)
		}
	}
	var tables []*LogTable
	for table := range tax.tableViews().fed {
		l, ok := tax.table(table)
		if !ok {
			t.Fatalf("no table %s", table)
		}
		tables = append(tables, l)
	}
	columns, rows := 0, 0
	for _, class := range classesOf(tax) {
		for _, l := range tables {
			when, in := tax.Route(l.Table, class)
			check(class, l.Table, when)
			if !in {
				continue
			}
			rows++
			for _, c := range l.Columns {
				e := tax.Source(class, c.Column)
				if e == nil && c.Column != "@timestamp" {
					t.Errorf("%+v: no value for %s", *class, c.Column)
				}
				check(class, c.Column, e)
				columns++
			}
		}
	}
	t.Logf("%d tables, %d kinds of rows, %d columns", len(tables), rows, columns)
}

// The views of tables are read when somebody asks for a table, not before.
func BenchmarkLoad(b *testing.B) {
	b.Run("taxonomy", func(b *testing.B) {
		for b.Loop() {
			load(nil, embedded)
		}
	})
	b.Run("tables", func(b *testing.B) {
		for b.Loop() {
			embeddedTableViews()
		}
	})
	b.Run("one table", func(b *testing.B) {
		views := embeddedTableViews()
		for b.Loop() {
			views.build("sentinel/SecurityEvent")
		}
	})
}
