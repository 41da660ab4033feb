package spl_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// now is the time of every search in the cases.
var now, _, _ = event.ParseTime("2026-01-15T12:00:00Z")

// fields is the taxonomy of the cases: columns are the fields of their names.
type fields struct{}

func (fields) Route(table string, class *event.Class) (plan.Expr, bool) {
	return nil, table == "splunk" || strings.Contains(class.Channel, strings.TrimPrefix(table, "cim/"))
}

func (fields) Source(_ *event.Class, column string) plan.Expr {
	switch {
	case column == "@timestamp":
		return &plan.Field{Name: "_time"}
	case column == "splunk/*":
		return &plan.Call{Func: fn.ByName("flatten"), Args: []plan.Expr{&plan.Fields{}, &plan.Literal{Value: event.BoolValue(true)}}}
	case strings.HasPrefix(column, "splunk/"):
		return &plan.Field{Name: strings.TrimPrefix(column, "splunk/"), Find: plan.Pathwise}
	}
	return &plan.Field{Name: column[strings.LastIndexByte(column, '.')+1:]}
}

// environment returns the Env of a case.
func environment(sections map[string]string) (spl.Env, error) {
	env := spl.Env{Now: now, Fires: true}
	macros := map[string]*spl.Macro{}
	for line := range strings.Lines(sections["macros"]) {
		head, definition, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok {
			continue
		}
		name, args, _ := strings.Cut(strings.TrimSuffix(head, ")"), "(")
		m := &spl.Macro{Name: name, Definition: diag.NewText(&diag.Source{Name: "macros", Text: definition})}
		if args != "" {
			m.Args = strings.Split(args, ",")
		}
		macros[name+"/"+strconv.Itoa(len(m.Args))] = m
	}
	env.Macro = func(name string, args int) (*spl.Macro, bool) {
		m, ok := macros[name+"/"+strconv.Itoa(args)]
		return m, ok
	}
	lookups := map[string]*spl.Lookup{}
	for name, text := range sections {
		if name, ok := strings.CutPrefix(name, "lookup."); ok {
			l, err := lookup(strings.TrimSuffix(name, ".csv"), text)
			if err != nil {
				return env, err
			}
			lookups[l.Name] = l
		}
	}
	env.Lookup = func(name string) (*spl.Lookup, bool) {
		l, ok := lookups[strings.TrimSuffix(name, ".csv")]
		return l, ok
	}
	env.LookupNames = func() []string {
		var names []string
		for name := range lookups {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	env.Saved = func(name string) (*diag.Text, bool) {
		text, ok := sections["saved."+name]
		return diag.NewText(&diag.Source{Name: "saved." + name, Text: strings.TrimSpace(text)}), ok
	}
	if text, ok := sections["geo.csv"]; ok {
		env.Geo = geo(text)
	}
	env.Model = func(model, dataset string) (spl.Dataset, error) {
		if model == "Nowhere" {
			return spl.Dataset{}, errors.New("unknown data model Nowhere")
		}
		d := spl.Dataset{Model: model, Name: dataset, Table: "cim/" + model + "." + dataset, Fields: []string{dataset + ".dest", dataset + ".user"}}
		d.Column = func(field string) (string, bool) {
			if strings.Contains(field, ".no_") || !strings.Contains(field, ".") {
				return "", false
			}
			return "cim/" + model + "/" + field, true
		}
		return d, nil
	}
	for _, word := range strings.Fields(sections["limits"]) {
		name, number, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return env, err
		}
		*map[string]*int64{"join": &env.Limits.Join, "subsearch": &env.Limits.Subsearch, "sort": &env.Limits.Sort, "list": &env.Limits.List, "map": &env.Limits.Map}[name] = n
	}
	return env, nil
}

func lookup(name, text string) (*spl.Lookup, error) {
	l := &spl.Lookup{Name: name, Match: map[string]spl.MatchHow{}}
	if head, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(head, "#") {
		text = rest
		for _, word := range strings.Fields(head[1:]) {
			key, v, _ := strings.Cut(strings.TrimSuffix(word, ")"), "=")
			if how, field, ok := strings.Cut(key, "("); ok {
				l.Match[field] = map[string]spl.MatchHow{"wildcard": spl.MatchWildcard, "cidr": spl.MatchCIDR}[how]
				continue
			}
			switch key {
			case "fold":
				l.CaseFold = true
			case "missing":
				l.Missing = v
			case "min":
				l.Min, _ = strconv.Atoi(v)
			case "max":
				l.Max, _ = strconv.Atoi(v)
			case "default":
				l.Default = v
			default:
				return nil, fmt.Errorf("lookup %s: unknown setting %s", name, word)
			}
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		cells := strings.Split(line, ",")
		if i == 0 {
			l.Fields = cells
		} else {
			l.Rows = append(l.Rows, cells)
		}
	}
	return l, nil
}

// geo returns a database of places: the first column of the table is the address.
func geo(text string) *plan.Table {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	rows := map[string][]event.Value{}
	for _, line := range lines[1:] {
		address, rest, _ := strings.Cut(line, ",")
		for _, cell := range strings.Split(rest, ",") {
			rows[address] = append(rows[address], event.TextValue(cell))
		}
	}
	return &plan.Table{Name: "geo", Columns: strings.Split(lines[0], ",")[1:], Find: func(keys []event.Value) [][]event.Value {
		if row, ok := rows[keys[0].Text()]; ok {
			return [][]event.Value{row}
		}
		return nil
	}}
}

// events reads the events of a case.
func events(text string) ([]*event.Event, error) {
	var list []*event.Event
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		v, err := decode(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		ev := &event.Event{Origin: event.Origin{Source: "events.jsonl", Record: uint64(len(list) + 1)}}
		var class event.Class
		for _, f := range v.Object().Fields {
			switch f.Name.Text {
			case "_time":
				ticks, _, ok := event.ParseTime(f.Value.Text())
				if !ok {
					return nil, fmt.Errorf("_time %s is no time", f.Value.Text())
				}
				ev.Record.Set("_time", event.TimeValue(ticks))
			case "dataset":
				for _, d := range f.Value.List() {
					class.Channel += d.Text() + " "
				}
			default:
				ev.Record.Set(f.Name.Text, f.Value)
			}
		}
		ev.Class = event.ClassOf(class)
		list = append(list, ev)
	}
	return list, nil
}

// decode reads a JSON value with its order kept.
func decode(d *json.Decoder) (event.Value, error) {
	t, err := d.Token()
	if err != nil {
		return event.Value{}, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			var list []event.Value
			for d.More() {
				v, err := decode(d)
				if err != nil {
					return v, err
				}
				list = append(list, v)
			}
			_, err := d.Token()
			return event.ListValue(list...), err
		}
		r := &event.Record{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return event.Value{}, err
			}
			v, err := decode(d)
			if err != nil {
				return v, err
			}
			r.Set(name.(string), v)
		}
		_, err := d.Token()
		return event.ObjectValue(r), err
	case json.Number:
		v, _ := event.Number(t.String())
		return v, nil
	case string:
		return event.TextValue(t), nil
	case bool:
		return event.BoolValue(t), nil
	}
	return event.NullValue(), nil
}

// answer runs a plan and returns its rows as JSON objects, with the names of the columns in order.
func answer(node plan.Node, list []*event.Event) (rows []map[string]any, columns []string, err error) {
	return answerIn(node, list, 0)
}

// answerIn is answer with batches of so many rows.
func answerIn(node plan.Node, list []*event.Event, batch int) (rows []map[string]any, columns []string, err error) {
	if complaints := plan.Check(node); complaints.Failed() {
		return nil, nil, fmt.Errorf("the plan is wrong: %w\n%s", complaints, plan.String(node))
	}
	q, err := exec.Compile(node, exec.Options{BatchSize: batch, MaxMemory: 256 << 20, MaxRows: 1 << 20})
	if err != nil {
		return nil, nil, err
	}
	for _, c := range node.Columns() {
		if c.Name != "*" {
			columns = append(columns, c.Name)
		}
	}
	source := &exec.EventSource{Resolver: fields{}, Each: func(_ context.Context, give func(*event.Event) error) error {
		for _, ev := range list {
			if err := give(ev); err != nil {
				return err
			}
		}
		return nil
	}}
	_, err = q.Run(context.Background(), source, func(b *exec.Batch) error {
		for i := range b.Len {
			row := map[string]any{}
			for j, c := range node.Columns() {
				v := b.Value(j, i)
				if c.Name == "*" {
					if o := v.Object(); o != nil {
						for _, f := range o.Fields {
							put(row, f.Name.Text, f.Value)
							if !slices.Contains(columns, f.Name.Text) {
								columns = append(columns, f.Name.Text)
							}
						}
					}
					continue
				}
				put(row, c.Name, v)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, columns, err
}

func put(row map[string]any, name string, v event.Value) {
	if !v.IsNull() {
		row[name] = plain(string(v.AppendJSON(nil)))
	}
}

// plain reads JSON for comparison: 1 and 1.0 are the same number.
func plain(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return "not JSON: " + text
	}
	return v
}

func TestCases(t *testing.T) {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, file) })
	}
}

func runCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(archive.Comment), "# Truth:") {
		t.Fatal("no # Truth: line")
	}
	sections := map[string]string{}
	for _, f := range archive.Files {
		sections[f.Name] = string(f.Data)
	}
	env, err := environment(sections)
	if err != nil {
		t.Fatal(err)
	}
	list, err := events(sections["events.jsonl"])
	if err != nil {
		t.Fatal(err)
	}
	wantRows, authoredRows := sections["rows"]
	wantCodes, authoredCodes := sections["complaints"]
	wantFailure, authoredFailure := sections["fails"]
	if !authoredRows && !authoredCodes && !authoredFailure {
		t.Fatal("nothing is authored: no rows, no complaints, no failure")
	}
	search, complaints := spl.Read(diag.NewText(&diag.Source{Name: file, Text: strings.TrimSpace(sections["query"])}), env)
	var codes []string
	for _, d := range complaints {
		codes = append(codes, d.Code)
	}
	for _, code := range strings.Fields(wantCodes) {
		if !slices.Contains(codes, code) {
			t.Errorf("%s is not reported; reported are %v", code, complaints)
		}
	}
	if !authoredCodes && len(complaints) > 0 && complaints.Failed() {
		t.Fatalf("refused: %v", complaints)
	}
	if authoredFailure {
		if search.Plan == nil {
			t.Fatalf("refused: %v", complaints)
		}
		for i, node := range []plan.Node{search.Plan, plan.Rewrite(search.Plan)} {
			_, _, err := answer(node, list)
			var d diag.Diagnostic
			if !errors.As(err, &d) || d.Code != strings.TrimSpace(wantFailure) {
				t.Errorf("plan %d ends in %v, want %s", i, err, wantFailure)
			}
		}
		return
	}
	if !authoredRows {
		if search.Plan != nil {
			t.Errorf("the search is not refused:\n%s", plan.String(search.Plan))
		}
		return
	}
	if search.Plan == nil {
		t.Fatalf("refused: %v", complaints)
	}
	anyOrder := strings.HasPrefix(wantRows, "# any order")
	var want []string
	for line := range strings.Lines(wantRows) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			v := plain(line)
			if _, isRow := v.(map[string]any); !isRow {
				t.Fatalf("this is no row: %s", line)
			}
			want = append(want, compact(v))
		}
	}
	for i, node := range []plan.Node{search.Plan, plan.Rewrite(search.Plan)} {
		rows, columns, err := answer(node, list)
		if err != nil {
			t.Fatalf("plan %d: %v\n%s", i, err, plan.String(node))
		}
		var got []string
		for _, r := range rows {
			got = append(got, compact(r))
		}
		expected := slices.Clone(want)
		if anyOrder {
			slices.Sort(got)
			slices.Sort(expected)
		}
		if !slices.Equal(got, expected) {
			t.Errorf("plan %d:\n- %s\n+ %s\n%s", i, strings.Join(expected, "\n- "), strings.Join(got, "\n+ "), plan.String(node))
		}
		if order, ok := sections["columns"]; ok && !slices.Equal(columns, strings.Fields(order)) {
			t.Errorf("plan %d: columns %v, want %v", i, columns, strings.Fields(order))
		}
	}
}

// compact writes a value with its keys in order.
func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestFunctions(t *testing.T) {
	files, _ := filepath.Glob("testdata/functions/*.txt")
	if len(files) == 0 {
		t.Fatal("no tables of expressions")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			truth := ""
			lines := bufio.NewScanner(f)
			for number := 1; lines.Scan(); number++ {
				line := strings.TrimSpace(lines.Text())
				switch {
				case strings.HasPrefix(line, "# Truth:"):
					truth = line
				case line == "" || line[0] == '#':
				case truth == "":
					t.Fatalf("line %d: no # Truth: line above it", number)
				default:
					if err := expression(line); err != nil {
						t.Errorf("line %d: %s: %v (%s)", number, line, err, truth)
					}
				}
			}
		})
	}
}

// expression runs one line of a table of expressions.
func expression(line string) error {
	at := strings.LastIndex(line, " => ")
	if at < 0 {
		return errors.New("no =>")
	}
	text, want := strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+4:])
	row := "{}"
	if strings.HasSuffix(text, "}") {
		for i := strings.Index(text, " {"); i >= 0; {
			if json.Valid([]byte(text[i+1:])) {
				text, row = strings.TrimSpace(text[:i]), text[i+1:]
				break
			}
			next := strings.Index(text[i+1:], " {")
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
	env, _ := environment(nil)
	query := "* | eval result=" + text + " | table result"
	search, complaints := spl.Read(diag.NewText(&diag.Source{Name: "expression", Text: query}), env)
	if complaints.Failed() && strings.Contains(complaints.Error(), "[spl-boolean]") {
		query = "* | eval result=case(" + text + ", \"true\", NOT (" + text + "), \"false\") | table result"
		search, complaints = spl.Read(diag.NewText(&diag.Source{Name: "expression", Text: query}), env)
		want = strings.NewReplacer("true", `"true"`, "false", `"false"`).Replace(want)
	}
	if code, refused := strings.CutPrefix(want, "!"); refused {
		if !strings.Contains(complaints.Error(), "["+code+"]") {
			return fmt.Errorf("complaints are %v", complaints)
		}
		return nil
	}
	if search.Plan == nil {
		return complaints
	}
	list, err := events(row)
	if err != nil {
		return err
	}
	for _, node := range []plan.Node{search.Plan, plan.Rewrite(search.Plan)} {
		rows, _, err := answer(node, list)
		if err != nil {
			return err
		}
		if len(rows) != 1 {
			return fmt.Errorf("%d rows", len(rows))
		}
		if got, wanted := rows[0]["result"], plain(want); !reflect.DeepEqual(got, wanted) {
			return fmt.Errorf("got %s", compact(got))
		}
	}
	return nil
}
