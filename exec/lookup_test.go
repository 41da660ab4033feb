package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/plantest"
	"goshawk/schema"
)

// lookupOver runs a Lookup over rows that are written in the plan, and returns the looked up columns.
func lookupOver(t testing.TB, rows [][]event.Value, width int, lookup plan.Lookup) [][]event.Value {
	t.Helper()
	values := &plan.Values{Rows: rows}
	for i := range width {
		values.Out = append(values.Out, &plan.Column{Name: fmt.Sprintf("k%d", i)})
	}
	lookup.Input = values
	for i := range lookup.Keys {
		lookup.Keys[i].Value = &plan.Ref{Column: values.Out[i]}
	}
	if list := plan.Check(&lookup); list.Failed() {
		t.Fatal(list)
	}
	q, err := exec.Compile(&lookup, exec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out [][]event.Value
	_, err = q.Run(context.Background(), nil, func(b *exec.Batch) error {
		for r := range b.Len {
			var row []event.Value
			for c := width; c < len(b.Cols); c++ {
				row = append(row, b.Value(c, r))
			}
			out = append(out, row)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// meets says plainly whether a cell of a table meets a value of a key.
func meets(k plan.LookupKey, cell, v event.Value) bool {
	if cell.IsNull() || v.IsNull() {
		return false
	}
	if v.Kind() == event.List {
		for _, e := range v.List() {
			if meets(k, cell, e) {
				return true
			}
		}
		return false
	}
	want, text := cell.Text(), v.Text()
	if k.Fold {
		want, text = event.Fold(want), event.Fold(text)
	}
	switch k.Match {
	case plan.MatchGlob:
		return globExpression(want).MatchString(text)
	case plan.MatchCIDR:
		network, err := netip.ParsePrefix(want)
		address, err2 := netip.ParseAddr(text)
		return err == nil && err2 == nil && network.Contains(address)
	}
	return want == text
}

// globExpression returns a glob as a regular expression.
func globExpression(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// TestLookupAgreesWithThePlainWay looks many keys up in random tables.
func TestLookupAgreesWithThePlainWay(t *testing.T) {
	words := []string{"", "a", "b", "ab", "A", "cmd.exe", "4688", "ä", "Ä", "10.1.2.3", "10.9.9.9", "192.168.7.7"}
	for seed := range uint64(300) {
		g := rand.New(rand.NewPCG(seed, 5))
		word := func() string { return words[g.IntN(len(words))] }
		lookup := plan.Lookup{Table: &plan.Table{Name: "t", Columns: []string{"k0", "k1", "k2", "v"}}, Max: []int{-1, 1, 3}[g.IntN(3)], Out: []plan.LookupOut{{Column: &plan.Column{Name: "v"}, From: "v"}}}
		keys := 1 + g.IntN(3)
		for i := range keys {
			k := plan.LookupKey{Column: fmt.Sprintf("k%d", i), Match: plan.LookupMatch(g.IntN(3))}
			k.Fold = k.Match != plan.MatchCIDR && g.IntN(2) == 0
			lookup.Keys = append(lookup.Keys, k)
		}
		if g.IntN(4) == 0 {
			lookup.Min, lookup.Default = 1, event.TextValue("none")
		}
		for i := range g.IntN(60) {
			row := []event.Value{{}, {}, {}, event.IntValue(int64(i))}
			for c := range keys {
				switch {
				case g.IntN(10) == 0:
				case lookup.Keys[c].Match == plan.MatchGlob:
					row[c] = event.TextValue([]string{"", "*"}[g.IntN(2)] + word() + []string{"", "*", "*b", "**"}[g.IntN(4)])
				case lookup.Keys[c].Match == plan.MatchCIDR:
					row[c] = event.TextValue([]string{"10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16", "0.0.0.0/0", "x"}[g.IntN(5)])
				default:
					row[c] = event.TextValue(word())
				}
			}
			lookup.Table.Rows = append(lookup.Table.Rows, row)
		}
		var rows [][]event.Value
		for range 40 {
			row := make([]event.Value, keys)
			for c := range row {
				switch g.IntN(8) {
				case 0:
				case 1:
					var list []event.Value
					for range g.IntN(4) {
						list = append(list, event.TextValue(word()))
					}
					row[c] = event.ListValue(list...)
				case 2:
					row[c] = event.IntValue(4688)
				default:
					row[c] = event.TextValue(word())
				}
			}
			rows = append(rows, row)
		}
		got := lookupOver(t, rows, keys, lookup)
		for r, row := range rows {
			var found []event.Value
			for _, entry := range lookup.Table.Rows {
				all := true
				for i, k := range lookup.Keys {
					all = all && meets(k, entry[i], row[i])
				}
				if all && (lookup.Max < 0 || len(found) < lookup.Max) {
					found = append(found, entry[3])
				}
			}
			if len(found) < lookup.Min {
				found = append(found, lookup.Default)
			}
			want := event.NullValue()
			switch len(found) {
			case 0:
			case 1:
				want = found[0]
			default:
				want = event.ListValue(found...)
			}
			if plantest.Diff([]plantest.Row{{Values: []event.Value{want}}}, []plantest.Row{{Values: got[r]}}, true) != "" {
				t.Fatalf("seed %d: %v gives %s, not %s\n%s", seed, row, got[r][0].Text(), want.Text(), plan.String(&lookup))
			}
		}
	}
}

// TestLookupOutside looks up what a function finds.
func TestLookupOutside(t *testing.T) {
	asked := 0
	table := &plan.Table{Name: "cities", Columns: []string{"ip", "city", "number"}, Find: func(keys []event.Value) [][]event.Value {
		asked++
		switch text := keys[0].Text(); text {
		case "10.0.0.1":
			return [][]event.Value{{keys[0], event.TextValue("Ulm"), event.IntValue(1)}}
		case "10.0.0.2":
			return [][]event.Value{{keys[0], event.TextValue("Bern"), event.IntValue(2)}, {keys[0], event.TextValue("Graz"), event.IntValue(3)}}
		}
		return nil
	}}
	text := event.TextValue
	rows := [][]event.Value{{text("10.0.0.1")}, {text("10.0.0.2")}, {text("?")}, {{}}, {event.ListValue(text("10.0.0.2"), text("10.0.0.1"))}}
	for range 100 {
		rows = append(rows, []event.Value{text("10.0.0.1")})
	}
	got := lookupOver(t, rows, 1, plan.Lookup{Table: table, Max: 2, Keys: []plan.LookupKey{{Column: "ip"}},
		Out: []plan.LookupOut{{Column: &plan.Column{Name: "city"}, From: "city"}, {Column: &plan.Column{Name: "number"}, From: "number"}}})
	for i, want := range []string{`Ulm 1`, `["Bern","Graz"] [2,3]`, ` `, ` `, `["Bern","Graz"] [2,3]`, `Ulm 1`} {
		if text := got[i][0].Text() + " " + got[i][1].Text(); text != want {
			t.Errorf("row %d gives %s, not %s", i, text, want)
		}
	}
	if asked > 10 {
		t.Errorf("the table was asked %d times for a few keys", asked)
	}
}

// TestLookupIsBounded checks that lists that grow beyond all bounds end in an error.
func TestLookupIsBounded(t *testing.T) {
	table := &plan.Table{Name: "all", Columns: []string{"v"}}
	for i := range 10_000 {
		table.Rows = append(table.Rows, []event.Value{event.IntValue(int64(i))})
	}
	scan := &plan.Scan{Table: "t", Out: []*plan.Column{{Name: "id", Type: schema.Long}}}
	lookup := &plan.Lookup{Input: scan, Table: table, Max: -1, Out: []plan.LookupOut{{Column: &plan.Column{Name: "v"}, From: "v"}}}
	q, err := exec.Compile(lookup, exec.Options{MaxMemory: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	summary, err := q.Run(context.Background(), sourceOf(numbered(100_000)), func(*exec.Batch) error { return nil })
	if codeOf(err) != exec.CodeMemory {
		t.Fatalf("want %s, got %v", exec.CodeMemory, err)
	}
	if summary.Memory > 128<<20 {
		t.Errorf("%d bytes were held", summary.Memory)
	}
}

func BenchmarkLookupGlobs(b *testing.B) {
	table := &plan.Table{Name: "t", Columns: []string{"pattern", "v"}}
	for i := range 20_000 {
		table.Rows = append(table.Rows, []event.Value{event.TextValue(fmt.Sprintf("*.bad%d.example*", i)), event.IntValue(int64(i))})
	}
	var rows [][]event.Value
	for i := range 10_000 {
		rows = append(rows, []event.Value{event.TextValue(fmt.Sprintf("https://www.bad%d.example.org/index.html?x=%d", i*3, i))})
	}
	b.ResetTimer()
	for b.Loop() {
		lookupOver(b, rows, 1, plan.Lookup{Table: table, Max: 1, Keys: []plan.LookupKey{{Column: "pattern", Match: plan.MatchGlob, Fold: true}},
			Out: []plan.LookupOut{{Column: &plan.Column{Name: "v"}, From: "v"}}})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}
