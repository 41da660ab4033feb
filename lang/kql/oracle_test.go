package kql_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/lang/kql"
	"goshawk/schema"
)

// oracle is a query with the answer that is known from outside.
type oracle struct {
	ID, Query, Group, Certainty, Why string
	Columns, Types, Tags             []string
	Rows                             [][]any
	Ordered                          bool
}

func oracles(t *testing.T, file string) []oracle {
	f, err := os.Open(filepath.Join(shared.Dir(t, "oracles"), file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []oracle
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var o oracle
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// differs says what is wrong with the answer to an oracle's query; empty if nothing is.
func (o *oracle) differs() string {
	_, columns, rows, err := answer(o.Query, environment())
	if err != nil {
		return "error: " + err.Error()
	}
	var names, types []string
	for _, c := range columns {
		names = append(names, c.Name)
		types = append(types, c.Type.String())
	}
	if o.has("columns-only") || o.Group == "nondeterministic" {
		if len(rows) == 0 || !slices.Contains(types, "dynamic") {
			return diffText("columns", o.Columns, names) + diffText("types", o.Types, types)
		}
	}
	if d := diffText("columns", o.Columns, names) + diffText("types", o.Types, types); d != "" || o.Group == "nondeterministic" {
		return d
	}
	if len(rows) != len(o.Rows) {
		return fmt.Sprintf("%d rows, want %d: %s, want %v", len(rows), len(o.Rows), shown(rows, columns), o.Rows)
	}
	var got [][]any
	for _, row := range rows {
		var cells []any
		for i, v := range row {
			cells = append(cells, cell(v, columns[i].Type))
		}
		got = append(got, cells)
	}
	want := o.Rows
	if !o.Ordered {
		got, want = sorted(got, o), sorted(want, o)
	}
	if o.has("arbitrary-row") || o.has("arbitrary-rows") || o.has("innerunique") {
		return "" // any row is right
	}
	for i := range got {
		for j := range got[i] {
			if !o.same(got[i][j], want[i][j], o.Types[j]) {
				return fmt.Sprintf("row %d, column %s: %v, want %v", i, o.Columns[j], text(got[i][j]), text(want[i][j]))
			}
		}
	}
	return ""
}

func (o *oracle) has(tag string) bool { return slices.Contains(o.Tags, tag) }

func diffText(what string, want, got []string) string {
	if slices.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("%s %v, want %v; ", what, got, want)
}

func shown(rows [][]event.Value, columns []kql.Column) string {
	var b strings.Builder
	for i, row := range rows {
		if i == 5 {
			b.WriteString("…")
			break
		}
		for j, v := range row {
			fmt.Fprintf(&b, "%s ", text(cell(v, columns[j].Type)))
		}
		b.WriteString("| ")
	}
	return b.String()
}

func text(v any) string {
	t, _ := json.Marshal(v)
	return string(t)
}

// sorted orders rows by what they show, as multisets are compared.
func sorted(rows [][]any, o *oracle) [][]any {
	key := func(row []any) string {
		var b strings.Builder
		for i, v := range row {
			if n, ok := number(v); ok {
				fmt.Fprintf(&b, "%.6g|", n)
			} else if o.Types[i] == "dynamic" {
				b.WriteString(text(o.loose(v)) + "|")
			} else {
				b.WriteString(text(v) + "|")
			}
		}
		return b.String()
	}
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b []any) int { return cmp.Compare(key(a), key(b)) })
	return out
}

// loose sorts arrays whose order is free.
func (o *oracle) loose(v any) any {
	list, ok := v.([]any)
	if !ok || !o.has("set-order") {
		return v
	}
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	return out
}

func (o *oracle) same(got, want any, typ string) bool {
	if typ == "datetime" {
		return trimTime(got) == trimTime(want)
	}
	a, okA := number(got)
	b, okB := number(want)
	if okA && okB {
		tolerance := 1e-9
		if o.has("approx") {
			tolerance = 0.05
		}
		return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b)) || math.Abs(a-b) < 1e-12
	}
	if typ == "dynamic" {
		return o.sameJSON(o.loose(got), o.loose(want))
	}
	return text(got) == text(want)
}

func (o *oracle) sameJSON(got, want any) bool {
	switch want := want.(type) {
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range list {
			if !o.sameJSON(list[i], want[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for k := range want {
			if g, ok := m[k]; !ok || !o.sameJSON(g, want[k]) {
				return false
			}
		}
		return true
	}
	return o.same(got, want, "") || trimTime(got) == trimTime(want)
}

func trimTime(v any) string {
	s, ok := v.(string)
	if !ok {
		return text(v)
	}
	if body, isTime := strings.CutSuffix(s, "Z"); isTime {
		if whole, fraction, ok := strings.Cut(body, "."); ok {
			if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
				return whole + "Z"
			}
			return whole + "." + fraction + "Z"
		}
	}
	return s
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case float64:
		return v, true
	case string:
		switch v {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// cell returns a value as an oracle writes it.
func cell(v event.Value, t schema.Type) any {
	if v.IsNull() {
		if t == schema.String {
			return ""
		}
		return nil
	}
	switch t {
	case schema.Dynamic:
		var out any
		d := json.NewDecoder(strings.NewReader(string(kql.AppendJSON(nil, v))))
		d.UseNumber()
		if d.Decode(&out) != nil {
			return v.Text()
		}
		return out
	case schema.Real:
		f := v.Float()
		switch {
		case math.IsNaN(f):
			return "NaN"
		case math.IsInf(f, 1):
			return "Infinity"
		case math.IsInf(f, -1):
			return "-Infinity"
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	case schema.Bool:
		return v.Bool()
	case schema.Int, schema.Long:
		return json.Number(v.Text())
	case schema.Timespan:
		return kql.TimespanText(v.Int())
	}
	return v.Text()
}

// The recorded answers of the real engine.
func TestEngineOracles(t *testing.T) {
	judge(t, "kql-engine.jsonl", func(o *oracle) string { return o.Group }, map[string]float64{"core": 0.98, "series": 0.85, "geo-graph": 0.6})
}

// Small cases: what the engine was observed to do, and what the reference says, must hold.
func TestStringOracles(t *testing.T) {
	judge(t, "kql-strings.jsonl", func(o *oracle) string { return o.Certainty }, map[string]float64{"engine": 1, "doc": 1})
}

// judge runs all oracles of a file and wants a share of each group to be exact; a query that is refused is not.
func judge(t *testing.T, file string, group func(*oracle) string, least map[string]float64) {
	all, right, refused := map[string]int{}, map[string]int{}, map[string]int{}
	for _, o := range oracles(t, file) {
		g := group(&o)
		all[g]++
		if d := o.differs(); d == "" {
			right[g]++
		} else {
			t.Logf("%s %s: %s", g, o.ID, d)
			if strings.Contains(d, "[kql-refused]") {
				refused[g]++
			}
			if strings.Contains(d, "panic:") {
				t.Errorf("%s panics", o.ID)
			}
		}
	}
	for g, n := range all {
		t.Logf("%s: %d of %d, %d refused", g, right[g], n, refused[g])
		if share := float64(right[g]) / float64(n); share < least[g] {
			t.Errorf("%s: only %.1f %% of %d agree, want %.0f %%", g, 100*share, n, 100*least[g])
		}
	}
}
