package kql_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var draft = flag.Bool("draft", false, "write what queries give into the cases that say nothing yet")

// world is what the cases of one file share: tables with rows, watchlists, functions, copies of files.
type world struct {
	tables     map[string]*kql.Table
	rows       []*event.Event
	watchlists map[string]*kql.Watchlist
	functions  map[string]*kql.Function
	external   map[string]string
}

// testCase is one query with what it must give. Each begins with a section "case <name>" of prose that says what settles it.
type testCase struct {
	name     string
	sections map[string]string
}

func (c *testCase) has(section string) bool { _, ok := c.sections[section]; return ok }

// readCases reads a file of cases.
func readCases(t testing.TB, file string) (*world, []*testCase) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{tables: map[string]*kql.Table{}, watchlists: map[string]*kql.Watchlist{}, functions: map[string]*kql.Function{}, external: map[string]string{}}
	var list []*testCase
	for _, f := range archive.Files {
		word, name, _ := strings.Cut(f.Name, " ")
		text := string(f.Data)
		switch word {
		case "table":
			err = w.table(name, text)
		case "watchlist":
			w.watchlist(name, text)
		case "function":
			w.function(name, text)
		case "external":
			w.external[name] = text
		case "case":
			if !strings.Contains(text, "Truth:") {
				t.Fatalf("%s: case %s has no Truth: line", file, name)
			}
			list = append(list, &testCase{name, map[string]string{}})
		default:
			if len(list) == 0 {
				t.Fatalf("%s: section %s stands in no case", file, f.Name)
			}
			list[len(list)-1].sections[f.Name] = text
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", file, f.Name, err)
		}
	}
	return w, list
}

// table reads name:type … and a JSON array for each row.
func (w *world) table(name, text string) error {
	table := &kql.Table{Name: name, Scan: "test/" + name, Fed: true}
	head, body, _ := strings.Cut(text, "\n")
	for _, word := range strings.Fields(head) {
		hidden := strings.HasPrefix(word, "-")
		column, typ, _ := strings.Cut(strings.TrimPrefix(word, "-"), ":")
		t, ok := schema.TypeOf(typ)
		if !ok {
			return fmt.Errorf("%s has no type", word)
		}
		table.Columns = append(table.Columns, kql.TableColumn{Name: column, Type: t, Column: table.Scan + "/" + column, Hidden: hidden})
	}
	w.tables[name] = table
	class := event.ClassOf(event.Class{Channel: name})
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		v, ok := fn.ParseJSON(line)
		if !ok || len(v.List()) != len(table.Columns) {
			return fmt.Errorf("no row of %d: %s", len(table.Columns), line)
		}
		ev := &event.Event{Class: class}
		for i, c := range table.Columns {
			cell := v.List()[i]
			if to := map[schema.Type]string{schema.Datetime: "kql_todatetime", schema.Timespan: "kql_totimespan", schema.Real: "kql_toreal"}[c.Type]; to != "" {
				cell = fn.ByName(to).Eval([]event.Value{cell})
			}
			if c.Type == schema.String && cell.IsNull() {
				cell = event.TextValue("")
			}
			ev.Record.Set(c.Name, cell)
		}
		w.rows = append(w.rows, ev)
	}
	return nil
}

// watchlist reads comma-separated values without quotation; the first column is the key.
func (w *world) watchlist(alias, text string) {
	list := &kql.Watchlist{Alias: alias}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		if list.Columns == nil {
			list.Columns, list.Key = cells, cells[0]
			continue
		}
		list.Rows = append(list.Rows, cells)
	}
	w.watchlists[alias] = list
}

// function reads a line of parameters, name:type=default between blanks, and the body behind it.
func (w *world) function(name, text string) {
	head, body, _ := strings.Cut(text, "\n")
	f := &kql.Function{Name: name, Body: diag.NewText(&diag.Source{Name: name, Text: body})}
	for _, word := range strings.Fields(head) {
		p, value, _ := strings.Cut(word, "=")
		param, typ, _ := strings.Cut(p, ":")
		f.Params = append(f.Params, kql.Param{Name: param, Type: typ, Default: value})
	}
	w.functions[name] = f
}

func namesOf[T any](m map[string]T) func() []string {
	return func() []string {
		var list []string
		for name := range m {
			list = append(list, name)
		}
		slices.Sort(list)
		return list
	}
}

func lookup[T any](m map[string]T) func(string) (T, bool) {
	return func(name string) (T, bool) { v, ok := m[name]; return v, ok }
}

// env is the Env of the cases of a file.
func (w *world) env() kql.Env {
	env := environment()
	env.Table, env.TableNames = lookup(w.tables), namesOf(w.tables)
	env.Function, env.FunctionNames = lookup(w.functions), namesOf(w.functions)
	env.Watchlist, env.Watchlists = lookup(w.watchlists), namesOf(w.watchlists)
	env.External = func(url string) ([]byte, bool) { text, ok := w.external[url]; return []byte(text), ok }
	return env
}

// Route and Source make the world a taxonomy: the column of a table is the field of its name.
func (w *world) Route(table string, class *event.Class) (plan.Expr, bool) {
	return nil, table == "test/"+class.Channel
}

func (w *world) Source(_ *event.Class, column string) plan.Expr {
	return &plan.Field{Name: column[strings.LastIndexByte(column, '/')+1:]}
}

// run runs a plan over the rows of the world, in batches of so many.
func (w *world) run(n plan.Node, batch int) ([][]event.Value, error) {
	q, err := exec.Compile(n, exec.Options{BatchSize: batch, MaxMemory: 256 << 20, MaxRows: 1 << 20})
	if err != nil {
		return nil, err
	}
	source := &exec.EventSource{Resolver: w, Each: func(_ context.Context, give func(*event.Event) error) error {
		for _, ev := range w.rows {
			if err := give(ev); err != nil {
				return err
			}
		}
		return nil
	}}
	var rows [][]event.Value
	_, err = q.Run(context.Background(), source, func(b *exec.Batch) error {
		for i := range b.Len {
			row := make([]event.Value, len(b.Cols))
			for j := range b.Cols {
				row[j] = b.Value(j, i).Clone()
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

func caseFiles(t testing.TB) []string {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	return files
}

// Small queries over small tables, each with what settles what it must give.
func TestCases(t *testing.T) {
	n := 0
	for _, file := range caseFiles(t) {
		w, list := readCases(t, file)
		var drafts = map[string]string{}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, c := range list {
				n++
				t.Run(c.name, func(t *testing.T) {
					if *draft && !c.has("rows") && !c.has("errors") && !c.has("fails") && !c.has("warnings") {
						drafts[c.name] = w.draft(c)
						return
					}
					w.check(t, c)
				})
			}
		})
		if len(drafts) > 0 {
			fillDrafts(t, file, drafts)
		}
	}
	t.Logf("%d cases", n)
}

// fillDrafts writes what queries give behind them, for a person to judge.
func fillDrafts(t *testing.T, file string, drafts map[string]string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	current := ""
	for _, f := range archive.Files {
		out.Files = append(out.Files, f)
		if name, ok := strings.CutPrefix(f.Name, "case "); ok {
			current = name
		}
		if text, ok := drafts[current]; ok && f.Name == "query" {
			out.Files = append(out.Files, txtar.Parse([]byte(text)).Files...)
		}
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (w *world) read(c *testCase) (*kql.Query, diag.List) {
	return kql.Read(diag.NewText(&diag.Source{Name: "query", Text: strings.TrimSpace(c.sections["query"])}), w.env())
}

// complaintLine is a complaint as cases have it: line:column code.
func complaintLine(d diag.Diagnostic) string {
	p := d.Position()
	return fmt.Sprintf("%d:%d %s", p.Line, p.Column, d.Code)
}

func rowLines(rows [][]event.Value, columns []kql.Column) []string {
	var lines []string
	for _, row := range rows {
		cells := []any{}
		for i, v := range row {
			cells = append(cells, cell(v, columns[i].Type))
		}
		lines = append(lines, text(cells))
	}
	return lines
}

func columnLine(columns []kql.Column) string {
	var words []string
	for _, c := range columns {
		words = append(words, c.Name+":"+c.Type.String())
	}
	return strings.Join(words, " ")
}

func (w *world) draft(c *testCase) string {
	q, list := w.read(c)
	if q.Plan == nil {
		var b strings.Builder
		for _, d := range list {
			if d.Severity == diag.Error {
				fmt.Fprintln(&b, complaintLine(d))
			}
		}
		return "-- errors --\n" + b.String()
	}
	rows, err := w.run(plan.Rewrite(q.Plan), 1000)
	if err != nil {
		return "-- fails --\n" + err.Error() + "\n"
	}
	columns, rows := q.Result(rows)
	return "-- columns --\n" + columnLine(columns) + "\n-- rows --\n" + strings.Join(append(rowLines(rows, columns), ""), "\n")
}

func (w *world) check(t *testing.T, c *testCase) {
	q, list := w.read(c)
	var got []string
	for _, d := range list {
		if d.Severity == diag.Error {
			got = append(got, complaintLine(d))
		} else if d.Severity == diag.Warning {
			got = append(got, "warning "+complaintLine(d))
		}
	}
	for line := range strings.Lines(c.sections["warnings"]) {
		if want := "warning " + strings.TrimSpace(line); !slices.Contains(got, want) {
			t.Errorf("no %s among %q", want, got)
		}
	}
	if c.has("errors") {
		want := strings.Split(strings.TrimSpace(c.sections["errors"]), "\n")
		errs := slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "warning ") })
		if !slices.Equal(errs, want) {
			t.Errorf("complaints %q, want %q:\n%v", errs, want, list)
		}
		if q.Plan != nil {
			t.Error("it is not refused")
		}
		return
	}
	if q.Plan == nil {
		t.Fatalf("refused: %v", list)
	}
	if bad := plan.Check(q.Plan); bad.Failed() {
		t.Fatalf("the plan is not sound: %v\n%s", bad, plan.String(q.Plan))
	}
	for i, n := range []plan.Node{q.Plan, plan.Rewrite(q.Plan)} {
		for _, batch := range []int{1, 1000} {
			rows, err := w.run(n, batch)
			if c.has("fails") {
				var d diag.Diagnostic
				if want := strings.TrimSpace(c.sections["fails"]); err == nil || !strings.Contains(err.Error(), want) && (!errors.As(err, &d) || d.Code != want) {
					t.Errorf("plan %d in batches of %d ends in %v, want %s", i, batch, err, want)
				}
				continue
			}
			if err != nil {
				t.Fatalf("plan %d in batches of %d: %v\n%s", i, batch, err, plan.String(n))
			}
			c.compare(t, q, rows, fmt.Sprintf("plan %d in batches of %d:\n%s", i, batch, plan.String(n)))
		}
	}
}

// compare says what differs between rows and those that a case wants: in order where the query promises one, else as multisets.
func (c *testCase) compare(t *testing.T, q *kql.Query, rows [][]event.Value, where string) {
	if !c.has("rows") || !c.has("columns") {
		t.Fatal("nothing is authored: no rows, no errors, no failure")
	}
	columns, rows := q.Result(rows)
	if got, want := columnLine(columns), strings.TrimSpace(c.sections["columns"]); got != want {
		t.Fatalf("columns %s\n   want %s", got, want)
	}
	got := rowLines(rows, columns)
	var want []string
	for line := range strings.Lines(c.sections["rows"]) {
		var cells []any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&cells); err != nil {
			t.Fatalf("no row: %s: %v", line, err)
		}
		want = append(want, text(cells))
	}
	if !q.Ordered {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n- %s\n+ %s\n%s", strings.Join(want, "\n- "), strings.Join(got, "\n+ "), where)
	}
}
