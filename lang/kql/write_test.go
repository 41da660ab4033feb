package kql_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/schema"
)

// Each file of testdata/write says how a plan is written as a query, and what is remarked on:
//
//	plan         a plan
//	kql          authored: the query; absent where the plan is refused
//	complaints   authored, optional: the codes of what is reported
//
// What is written is read again, and must find the same of rows that lie around the edges of the plan's conditions.
func TestWrite(t *testing.T) {
	files, _ := filepath.Glob("testdata/write/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { writeCase(t, file) })
	}
}

func writeCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(archive.Comment), "# Truth:") {
		t.Fatal("no # Truth: line")
	}
	sections := map[string]string{}
	for _, f := range archive.Files {
		sections[f.Name] = strings.TrimSpace(string(f.Data))
	}
	want, written := sections["kql"]
	wantCodes, complains := sections["complaints"]
	if !written && !complains {
		t.Fatal("nothing is authored: no query, no complaints")
	}
	node, list := plan.Read(&diag.Source{Name: file, Text: sections["plan"]})
	if list.Failed() {
		t.Fatal(list)
	}
	text, list := kql.Write(node)
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	if got := strings.Join(codes, " "); got != strings.Join(strings.Fields(wantCodes), " ") {
		t.Errorf("reported is %q, want %q:\n%v", got, wantCodes, list)
	}
	if text != want {
		t.Errorf("written is\n%s\nwant\n%s", text, want)
	}
	grouped := false
	plan.Walk(node, func(n plan.Node) bool {
		_, ok := n.(*plan.Aggregate)
		grouped = grouped || ok
		return true
	})
	if written && !grouped { // rows of a group have no number
		sameRows(t, node, text, rand.New(rand.NewPCG(1, uint64(len(want)))))
	}
}

// sameRows compares which of some rows a plan finds, and which the query that was written for it.
func sameRows(t *testing.T, node plan.Node, text string, r *rand.Rand) {
	t.Helper()
	scan := scanOf(node)
	number := &plan.Column{Name: "n", Type: schema.Long}
	scan.Out = append(slices.Clone(scan.Out), number)
	table := &kql.Table{Name: scan.Table, Scan: scan.Table, Fed: true}
	for _, c := range scan.Out {
		table.Columns = append(table.Columns, kql.TableColumn{Name: c.Name, Type: c.Type, Column: c.Name})
	}
	env := environment()
	env.Table = func(name string) (*kql.Table, bool) { return table, name == table.Name }
	q, complaints := kql.Read(diag.NewText(&diag.Source{Name: "written", Text: text + "\n| project n"}), env)
	if q.Plan == nil {
		t.Fatalf("what is written cannot be read: %v\n%s", complaints, text)
	}
	rows := rowsAround(node, scan, r)
	shown := &plan.Project{Input: node, Out: []plan.Assign{{Column: &plan.Column{Name: "n", Type: schema.Long}, Value: &plan.Ref{Column: number}}}}
	want := numbersOf(t, withRows(shown, scan, rows, false))
	got := numbersOf(t, withRows(q.Plan, scanOf(q.Plan), rows, true))
	if len(want) == 0 || len(want) == len(rows) {
		t.Logf("all rows or none are found: %d of %d", len(want), len(rows))
	}
	for i := range rows {
		if slices.Contains(got, int64(i)) != slices.Contains(want, int64(i)) {
			t.Fatalf("found is %v, want %v: %v\n%s", slices.Contains(got, int64(i)), slices.Contains(want, int64(i)), rows[i], text)
		}
	}
}

func scanOf(n plan.Node) (scan *plan.Scan) {
	plan.Walk(n, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok {
			scan = s
		}
		return true
	})
	return scan
}

// withRows puts rows in the place of a Scan. A text of Kusto's is never null.
func withRows(n plan.Node, scan *plan.Scan, rows []map[string]event.Value, kusto bool) plan.Node {
	values := &plan.Values{Out: scan.Out}
	for _, row := range rows {
		list := make([]event.Value, len(scan.Out))
		for i, c := range scan.Out {
			v, ok := row[c.Name]
			if !ok {
				v = event.NullValue()
			}
			if v.IsNull() && kusto && c.Type == schema.String {
				v = event.TextValue("")
			}
			list[i] = v
		}
		values.Rows = append(values.Rows, list)
	}
	return plan.Transform(n, func(n plan.Node) plan.Node {
		if n == plan.Node(scan) {
			return values
		}
		return n
	})
}

func numbersOf(t *testing.T, n plan.Node) []int64 {
	t.Helper()
	rows, err := run(plan.Rewrite(n), nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []int64
	for _, row := range rows {
		list = append(list, row[0].Int())
	}
	return list
}

// rowsAround makes rows that lie around the edges of a plan's conditions: texts that meet a pattern, just miss it, are in another
// case, are not there.
func rowsAround(n plan.Node, scan *plan.Scan, r *rand.Rand) []map[string]event.Value {
	near := map[string][]string{}
	plan.Walk(n, func(n plan.Node) bool {
		plan.Exprs(n, func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if m, ok := e.(*plan.Match); ok {
					if ref, ok := m.Subject.(*plan.Ref); ok {
						for _, p := range m.Patterns {
							near[ref.Column.Name] = append(near[ref.Column.Name], textsAround(p, r)...)
						}
					}
				}
				return true
			})
		})
		return true
	})
	var rows []map[string]event.Value
	for i := range 600 {
		row := map[string]event.Value{"n": event.IntValue(int64(i))}
		for _, c := range scan.Out {
			switch list := near[c.Name]; {
			case c.Name == "n" || r.IntN(6) == 0: // not there
			case c.Type == schema.Int || c.Type == schema.Long:
				row[c.Name] = event.IntValue([]int64{0, 1, 4, 5, 6, 4688, 46888}[r.IntN(7)])
			case c.Type == schema.Bool:
				row[c.Name] = event.BoolValue(r.IntN(2) == 0)
			case len(list) > 0:
				row[c.Name] = event.TextValue(list[r.IntN(len(list))])
			default:
				row[c.Name] = event.TextValue([]string{"x", "10.1.2.3", "::1", "5", "2024-03-05T05:06:07Z"}[r.IntN(5)])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// textsAround returns texts that meet a pattern or nearly do.
func textsAround(p plan.Pattern, r *rand.Rand) []string {
	if strings.Contains(p.Source, "/") { // a network; Kusto also takes the text of one for an address
		return []string{"10.1.2.3", "10.2.2.3", "::1", "fe80::1", "not an address"}
	}
	if p.Source != "" {
		return []string{p.Source, strings.NewReplacer(`\d`, "7", `\`, "", "+", "", "(", "", ")", "").Replace(p.Source)}
	}
	var b strings.Builder
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Many:
			b.WriteString([]string{"", "x", "a\nb"}[r.IntN(3)])
		case plan.One:
			b.WriteString([]string{"q", "\n", "é"}[r.IntN(3)])
		case plan.AnyDash:
			dashes := []rune(plan.Dashes)
			b.WriteRune(dashes[r.IntN(len(dashes))])
		default:
			b.WriteString(piece.Text)
		}
	}
	text := b.String()
	list := []string{text, strings.ToUpper(text), strings.ToLower(text), "x" + text, text + "x", " " + text + " ", text + text, "other"}
	if len(text) > 1 {
		list = append(list, text[1:], text[:len(text)-1])
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" }) // what is empty is not there
}

// A very long list gets a name, before the query.
func TestWriteLongList(t *testing.T) {
	scan := &plan.Scan{Table: "T", Out: []*plan.Column{{Name: "A", Type: schema.String}}, Rest: true}
	m := &plan.Match{Subject: &plan.Ref{Column: scan.Out[0]}, Op: plan.Equals, Fold: true}
	for i := range 150 {
		m.Patterns = append(m.Patterns, plan.Plain(fmt.Sprintf("Value %d", i)))
	}
	node := &plan.Filter{Input: scan, Where: m}
	text, list := kql.Write(node)
	if list.Failed() || !strings.HasPrefix(text, "let Values = dynamic([") || !strings.HasSuffix(text, "T\n| where A in~ (Values)") {
		t.Errorf("%v\n%s", list, text)
	}
	sameRows(t, node, text, rand.New(rand.NewPCG(1, 2)))
}

// Random conditions are written, read again, and find the same rows.
func TestWriteRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	refused := 0
	for range 400 {
		scan := &plan.Scan{Table: "T", Out: []*plan.Column{{Name: "A", Type: schema.String}, {Name: "B", Type: schema.String}, {Name: "N", Type: schema.Long}}, Rest: true}
		node := &plan.Filter{Input: scan, Where: plan.RewriteExpr(randomTruth(scan, r, 3))}
		text, list := kql.Write(node)
		if list.Failed() {
			refused++
			continue
		}
		sameRows(t, node, text, r)
	}
	if refused > 40 {
		t.Errorf("%d conditions were refused", refused)
	}
}

func randomTruth(scan *plan.Scan, r *rand.Rand, depth int) plan.Expr {
	if depth > 0 && r.IntN(3) > 0 {
		list := make([]plan.Expr, 2+r.IntN(2))
		for i := range list {
			list[i] = randomTruth(scan, r, depth-1)
		}
		switch r.IntN(3) {
		case 0:
			return &plan.And{List: list}
		case 1:
			return &plan.Or{List: list}
		}
		return &plan.Not{X: list[0]}
	}
	c := scan.Out[r.IntN(3)]
	ref := &plan.Ref{Column: c}
	if r.IntN(8) == 0 {
		return &plan.IsNull{X: ref}
	}
	if c.Name == "N" {
		return &plan.Match{Subject: ref, Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(fmt.Sprint(r.IntN(7)))}}
	}
	m := &plan.Match{Subject: ref, Op: plan.MatchOp(r.IntN(5)), All: r.IntN(3) == 0, Fold: r.IntN(3) > 0}
	words := []string{"at", `\at.exe`, "-enc", "a b", "C:\\", `"q"`, "it's", "Schtasks", "x*y", "5"}
	for range 1 + r.IntN(3) {
		p := plan.Plain(words[r.IntN(len(words))])
		if m.Op != plan.Word && r.IntN(4) == 0 {
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.PieceKind(1 + r.IntN(3))}, plan.Piece{Text: words[r.IntN(len(words))]})
		}
		m.Patterns = append(m.Patterns, p)
	}
	return m
}
