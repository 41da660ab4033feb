package kql_test

import (
	"slices"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/schema"
)

// Truth: Kusto's union (kind=outer, the default) has the columns of all its inputs, and texts that an input lacks are empty in its rows.
func TestWriteUnion(t *testing.T) {
	id, name := &plan.Column{Name: "EventID", Type: schema.Int}, &plan.Column{Name: "NewProcessName", Type: schema.String}
	image, product := &plan.Column{Name: "Image", Type: schema.String}, &plan.Column{Name: "Product", Type: schema.String}
	called := &plan.Column{Name: "Image", Type: schema.String}
	first, second := &plan.Scan{Table: "sentinel/A", Out: []*plan.Column{id, name}, Rest: true}, &plan.Scan{Table: "sentinel/B", Out: []*plan.Column{image, product}, Rest: true}
	u := &plan.Union{
		Ins: []plan.Node{
			&plan.Project{Input: &plan.Filter{Input: first, Where: equals(id, "4688")}, Extend: true, Out: []plan.Assign{{Column: called, Value: &plan.Ref{Column: name}}}, Rest: plan.Rest{Keep: true}},
			second,
		},
		Out:  []*plan.Column{{Name: "Image", Type: schema.String}, {Name: "Product", Type: schema.String}},
		From: [][]*plan.Column{{called, nil}, {image, product}},
		Rest: true,
	}
	node := &plan.Filter{Input: u, Where: &plan.Or{List: []plan.Expr{equals(u.Out[0], "x"), &plan.Not{X: equals(u.Out[1], "y")}}}}
	text, list := kql.Write(node)
	want := `union isfuzzy=true
    (A
    | where EventID == 4688
    | extend Image = NewProcessName),
    (B)
| where Image =~ "x" or not(Product =~ "y")`
	if list.Failed() || text != want {
		t.Fatalf("written is\n%s\nwant\n%s\n%v", text, want, list)
	}
	tables := map[string]*kql.Table{}
	rows := map[*plan.Scan][]map[string]event.Value{}
	number := int64(0)
	for _, s := range []*plan.Scan{first, second} {
		n := &plan.Column{Name: "n", Type: schema.Long}
		table := &kql.Table{Name: s.Table[len("sentinel/"):], Scan: s.Table, Fed: true}
		for _, c := range append(slices.Clone(s.Out), n) {
			table.Columns = append(table.Columns, kql.TableColumn{Name: c.Name, Type: c.Type, Column: c.Name})
		}
		tables[table.Name] = table
		for _, text := range []string{"x", "X", "y", ""} {
			for _, code := range []int64{4688, 1} {
				number++
				rows[s] = append(rows[s], map[string]event.Value{
					"n": event.IntValue(number), "EventID": event.IntValue(code), "NewProcessName": event.TextValue(text),
					"Image": event.TextValue(map[int64]string{4688: "x", 1: "z"}[code]), "Product": event.TextValue(text),
				})
			}
		}
	}
	env := environment()
	env.Table = func(name string) (*kql.Table, bool) { table, ok := tables[name]; return table, ok }
	q, complaints := kql.Read(diag.NewText(&diag.Source{Name: "written", Text: text + "\n| project n"}), env)
	if q.Plan == nil {
		t.Fatalf("what is written cannot be read: %v", complaints)
	}
	read := q.Plan
	for table, list := range rows {
		var scans []*plan.Scan
		plan.Walk(read, func(n plan.Node) bool {
			if s, ok := n.(*plan.Scan); ok && s.Table == table.Table {
				scans = append(scans, s)
			}
			return true
		})
		for _, s := range scans {
			read = withRows(read, s, list, true)
		}
	}
	// Of A those that are 4688, for none of them has a product; of B those of image x, and those of another product than y.
	if got, want := numbersOf(t, read), []int64{1, 3, 5, 7, 9, 10, 11, 12, 13, 15, 16}; !slices.Equal(got, want) {
		t.Errorf("found are the rows %v, want %v", got, want)
	}
	u.From[1][0] = product
	if _, list := kql.Write(node); !list.Failed() {
		t.Error("a union that gives a column another name is written")
	}
}

func equals(c *plan.Column, text string) plan.Expr {
	return &plan.Match{Subject: &plan.Ref{Column: c}, Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(text)}, Fold: true}
}
