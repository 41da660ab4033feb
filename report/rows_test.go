package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/report"
	"goshawk/schema"
)

// table is rows for a writer: names of columns, and a value for each.
type table struct {
	names []string
	rows  [][]event.Value
}

func (x table) write(t testing.TB, o report.RowOptions) string {
	t.Helper()
	columns := make([]*plan.Column, len(x.names))
	for i, name := range x.names {
		columns[i] = &plan.Column{Name: name, Type: schema.Any}
	}
	var b bytes.Buffer
	w := report.NewRows(&b, columns, o)
	batch := &exec.Batch{Len: len(x.rows), Cols: make([]exec.Vector, len(x.names))}
	for i := range x.names {
		var b exec.Builder
		for _, row := range x.rows {
			b.Append(row[i])
		}
		batch.Cols[i] = b.Finish()
	}
	if err := w.Add(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Count() != int64(len(x.rows)) {
		t.Errorf("%d rows are counted, %d were given", w.Count(), len(x.rows))
	}
	return b.String()
}

func object(pairs ...string) event.Value {
	r := &event.Record{}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Set(pairs[i], event.TextValue(pairs[i+1]))
	}
	return event.ObjectValue(r)
}

var (
	text   = event.TextValue
	number = event.IntValue
)

func TestRows(t *testing.T) {
	list := event.ListValue(text("a"), text("b"))
	x := table{[]string{"_time", "who", "n", "*"}, [][]event.Value{
		{event.FloatValue(1778572800.5), text("ann"), number(3), object("more", "1", "who", "not this")},
		{number(1778576400), list, event.NullValue(), object("other", "2")},
	}}
	seconds := []string{"_time"}
	for _, test := range []struct {
		format string
		width  int
		want   string
	}{
		{"ndjson", 0, `{"_time":"2026-05-12T08:00:00.5Z","who":"ann","n":3,"more":"1"}` + "\n" + `{"_time":"2026-05-12T09:00:00Z","who":["a","b"],"other":"2"}` + "\n"},
		{"json", 0, `{"columns":[{"name":"_time","type":"datetime"},{"name":"who","type":"any"},{"name":"n","type":"any"},{"name":"more","type":"any"},{"name":"other","type":"any"}],"rows":[` + "\n" +
			`["2026-05-12T08:00:00.5Z","ann",3,"1",null],` + "\n" + `["2026-05-12T09:00:00Z",["a","b"],null,null,"2"]` + "\n]}\n"},
		{"csv", 0, "_time,who,n,more,other\r\n2026-05-12T08:00:00.5Z,ann,3,1,\r\n2026-05-12T09:00:00Z,a;b,,,2\r\n"},
		{"table", 0, "_time                   who   n  more  other\n2026-05-12T08:00:00.5Z  ann   3  1\n2026-05-12T09:00:00Z    a, b           2\n"},
		{"table", 20, "row 1\n  _time  2026-05-12…\n  who    ann\n  n      3\n  more   1\nrow 2\n  _time  2026-05-12…\n  who    a, b\n  other  2\n"},
	} {
		// A field that a column is named for does not come out of the object as well.
		got := x.write(t, report.RowOptions{Format: test.format, Width: test.width, Seconds: seconds})
		if got != test.want {
			t.Errorf("%s %d:\n%s\nwant:\n%s", test.format, test.width, got, test.want)
		}
	}
}

// A table that is wider than the terminal gives way in its widest column, and never lies about a short value.
func TestRowsNarrow(t *testing.T) {
	x := table{[]string{"id", "text"}, [][]event.Value{{text("one"), text(strings.Repeat("x", 100))}}}
	got := x.write(t, report.RowOptions{Format: "table", Width: 30})
	if want := "id   text\none  " + strings.Repeat("x", 24) + "…\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, row := range strings.Split(x.write(t, report.RowOptions{Format: "table", Width: 12}), "\n") {
		if report.Columns(row) > 13 {
			t.Errorf("%q", row)
		}
	}
}

func TestHostileRows(t *testing.T) {
	everyHostile(t, func(t *testing.T, s string) {
		x := table{[]string{s + " ", "b", "*"}, [][]event.Value{{text(s), event.ListValue(text(s), number(1)), object(s+"x", s)}}}
		for _, width := range []int{0, 20, 80} {
			inert(t, x.write(t, report.RowOptions{Format: "table", Width: width}), "\n")
		}
		for _, format := range []string{"json", "ndjson"} {
			got := x.write(t, report.RowOptions{Format: format})
			inert(t, got, "\n")
			if !json.Valid([]byte(got)) {
				t.Errorf("%s: %.200s", format, got)
			}
		}
		got := x.write(t, report.RowOptions{Format: "csv"})
		inert(t, got, "\r\n")
		rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%v: %d rows", err, len(rows))
		}
		for _, cell := range rows[1] {
			if lead := strings.TrimLeft(cell, " \u3000\u00a0"); lead != "" && strings.ContainsAny(lead[:1], "=+-@") {
				t.Errorf("a formula: %.60q", cell)
			}
		}
	})
}
