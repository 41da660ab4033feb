package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/report"
	"goshawk/schema"
)

// kustoTable is rows of a query of KQL.
type kustoTable struct {
	names []string
	types []schema.Type
	rows  [][]event.Value
}

// write gives the rows to a writer, so many at a time.
func (x kustoTable) write(t testing.TB, o report.RowOptions, size int) string {
	t.Helper()
	q := &kql.Query{}
	var columns []*plan.Column
	for i, name := range x.names {
		c := &plan.Column{Name: name, Type: x.types[i]}
		if name != "*" {
			name = strings.TrimRight(name, "'") // as the language does with a name that occurs twice
		}
		columns = append(columns, c)
		q.Columns = append(q.Columns, kql.Column{Name: name, Type: x.types[i], Column: c})
	}
	o.Kusto = q
	var b bytes.Buffer
	w := report.NewRows(&b, columns, o)
	for from := 0; from < len(x.rows); from += size {
		rows := x.rows[from:min(from+size, len(x.rows))]
		batch := &exec.Batch{Len: len(rows), Cols: make([]exec.Vector, len(columns))}
		for i := range columns {
			var b exec.Builder
			for _, row := range rows {
				b.Append(row[i])
			}
			batch.Cols[i] = b.Finish()
		}
		if err := w.Add(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Count() != int64(len(x.rows)) {
		t.Errorf("%d rows are counted, %d were given", w.Count(), len(x.rows))
	}
	return b.String()
}

func TestKustoRows(t *testing.T) {
	x := kustoTable{[]string{"s", "r", "t", "d", "s'"}, []schema.Type{schema.String, schema.Real, schema.Timespan, schema.Dynamic, schema.Decimal}, [][]event.Value{
		{event.NullValue(), event.FloatValue(math.Inf(-1)), event.DurationValue(-event.TicksPerDay - 5), event.ListValue(number(1), text("a|b")), event.DecimalValue("1.50")},
		{text("x"), event.FloatValue(2), event.NullValue(), event.NullValue(), event.NullValue()},
	}}
	for _, test := range []struct {
		format string
		want   string
	}{
		{"ndjson", `{"s":"","r":"-Infinity","t":"-1.00:00:00.0000005","d":[1,"a|b"],"s'":"1.50"}` + "\n" + `{"s":"x","r":2}` + "\n"},
		{"json", `{"columns":[{"name":"s","type":"string"},{"name":"r","type":"real"},{"name":"t","type":"timespan"},{"name":"d","type":"dynamic"},{"name":"s","type":"decimal"}],"rows":[` +
			"\n" + `["","-Infinity","-1.00:00:00.0000005",[1,"a|b"],"1.50"],` + "\n" + `["x",2,null,null,null]` + "\n]}\n"},
		{"csv", "s,r,t,d,s\r\n,-Infinity,-1.00:00:00.0000005,\"[1,\"\"a|b\"\"]\",1.50\r\nx,2,,,\r\n"},
		{"table", "s          r  t                    d             s\n   -Infinity  -1.00:00:00.0000005  [1,\"a|b\"]  1.50\nx          2\n"},
	} {
		for _, size := range []int{1, 2} {
			if got := x.write(t, report.RowOptions{Format: test.format}, size); got != test.want {
				t.Errorf("%s:\n%s\nwant:\n%s", test.format, got, test.want)
			}
		}
	}
}

// Columns that come from data are spread when all rows are there, except in NDJSON, which needs no head.
func TestKustoOpenRows(t *testing.T) {
	x := kustoTable{[]string{"a", "*"}, []schema.Type{schema.Long, schema.Dynamic}, [][]event.Value{
		{number(1), object("z", "1")},
		{number(2), object("b", "2")},
	}}
	if got, want := x.write(t, report.RowOptions{Format: "json"}, 1), `{"columns":[{"name":"a","type":"long"},{"name":"b","type":"string"},{"name":"z","type":"string"}],"rows":[`+
		"\n[1,\"\",\"1\"],\n[2,\"2\",\"\"]\n]}\n"; got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
	if got, want := x.write(t, report.RowOptions{Format: "ndjson"}, 1), "{\"a\":1,\"z\":\"1\"}\n{\"a\":2,\"b\":\"2\"}\n"; got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
	if got, want := x.write(t, report.RowOptions{Format: "csv"}, 1), "a,b,z\r\n1,,1\r\n2,2,\r\n"; got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
}

// A table of many rows is laid out by the first of them; a number that comes later and is wider is never cut.
func TestLongTable(t *testing.T) {
	x := kustoTable{[]string{"n"}, []schema.Type{schema.Long}, nil}
	for i := range 20_000 {
		x.rows = append(x.rows, []event.Value{number(int64(i))})
	}
	lines := strings.Split(strings.TrimRight(x.write(t, report.RowOptions{Format: "table", Width: 80}, 1000), "\n"), "\n")
	if len(lines) != 20_001 || strings.TrimSpace(lines[20_000]) != "19999" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestHostileKustoRows(t *testing.T) {
	everyHostile(t, func(t *testing.T, s string) {
		x := kustoTable{[]string{s + " ", "d", "*"}, []schema.Type{schema.String, schema.Dynamic, schema.Dynamic},
			[][]event.Value{{text(s), event.ListValue(text(s), object(s, s)), object(s+"x", s)}}}
		for _, width := range []int{0, 20, 80} {
			inert(t, x.write(t, report.RowOptions{Format: "table", Width: width}, 1), "\n")
		}
		for _, format := range []string{"json", "ndjson"} {
			got := x.write(t, report.RowOptions{Format: format}, 1)
			inert(t, got, "\n")
			if !json.Valid([]byte(got)) {
				t.Errorf("%s: %.200s", format, got)
			}
		}
		got := x.write(t, report.RowOptions{Format: "csv"}, 1)
		inert(t, got, "\r\n")
		if rows, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil || len(rows) != 2 {
			t.Fatalf("%v: %d rows", err, len(rows))
		}
	})
}
