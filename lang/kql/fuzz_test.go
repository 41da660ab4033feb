package kql_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goshawk/diag"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
)

// seeds returns the queries of the cases, and real ones where they lie there.
func seeds(t testing.TB) []string {
	t.Helper()
	var list []string
	for _, file := range caseFiles(t) {
		_, cases := readCases(t, file)
		for _, c := range cases {
			list = append(list, strings.TrimSpace(c.sections["query"]))
		}
	}
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("GOSHAWK_SHARED"), "../../../shared"), "content", "kql", "community.jsonl"))
	if err != nil {
		return list
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q struct{ Query string }
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		if len(q.Query) < 3000 {
			list = append(list, q.Query)
		}
	}
	return list
}

// openWorld is the tables of the cases of operators, for texts of any kind.
func openWorld(t testing.TB) *world {
	w, _ := readCases(t, "testdata/cases/statements.txtar")
	return w
}

// FuzzRead reads any text as a query: it must not panic, every complaint must point into the text, and what is not refused must be a
// sound plan that prints, as written and rewritten.
func FuzzRead(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	env := openWorld(f).env()
	env.Evaluate = nil // a plan that anybody writes may run for long
	f.Fuzz(func(t *testing.T, text string) {
		source := &diag.Source{Name: "query", Text: text}
		started := time.Now()
		q, list := kql.Read(diag.NewText(source), env)
		if spent := time.Since(started); spent > 10*time.Second {
			t.Errorf("reading took %v", spent)
		}
		for _, d := range list {
			if d.Source == source && (d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End) {
				t.Errorf("the span %v of %q lies outside the text", d.Span, d.Message)
			}
			if d.Code == "" || d.Message == "" {
				t.Errorf("a complaint without code or message: %+v", d)
			}
		}
		if q.Plan == nil {
			if !list.Failed() {
				t.Error("refused without an error")
			}
			return
		}
		if bad := plan.Check(q.Plan); bad.Failed() {
			t.Errorf("the plan is not sound: %v\n%s", bad, plan.String(q.Plan))
		}
		_ = plan.String(plan.Rewrite(q.Plan))
	})
}

// TestBombs reads queries that are made to exhaust a reader: each must end soon, with a clear complaint or a plan.
func TestBombs(t *testing.T) {
	deep := func(open, inside, shut string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(shut, n)
	}
	doubling := func(first, next string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "let a0 = %s;\n", first)
		for i := range n {
			fmt.Fprintf(&b, "let a%d = %s;\n", i+1, strings.ReplaceAll(next, "@", fmt.Sprintf("a%d", i)))
		}
		return b.String()
	}
	cases := []struct{ name, query, code string }{
		{"brackets", "print " + deep("(", "1", ")", 100_000), "kql-too-deep"},
		{"minus signs", "print " + strings.Repeat("-", 100_000) + "1", "kql-too-deep"},
		{"calls", "print " + deep("tolower(", `"a"`, ")", 50_000), "kql-too-deep"},
		{"arrays", "print dynamic(" + deep("[", "1", "]", 100_000) + ")", "kql-too-deep"},
		{"indexes", "Event | project Data" + deep("[Data", "", "]", 50_000), "kql-too-deep"},
		{"members", "Event | project Data" + strings.Repeat(".a", 50_000), "kql-too-deep"},
		{"pipelines in pipelines", deep("union (", "Event", ")", 10_000), "kql-too-deep"},
		{"mv-apply in mv-apply", "Event" + deep(" | mv-apply a = Data on (extend b = 1", "", ")", 5_000), "kql-too-deep"},
		{"functions in functions", deep("let f = () { ", "print 1", " };", 5_000), "kql-too-deep"},
		{"a list of 100,000", "Event | where Account in (" + strings.Repeat(`"abc",`, 100_000) + `"d")`, ""},
		{"an array of 100,000", "let l = dynamic([" + strings.Repeat(`"abc",`, 100_000) + `"d"]); Event | where Account in (l) or Computer has_any (l)`, ""},
		{"100,000 alternatives", "Event | where " + strings.Repeat("EventID == 1 or ", 100_000) + "EventID == 2", ""},
		{"a chain of sums", "print 1" + strings.Repeat("+1", 20_000), ""},
		{"a chain of comparisons", "print 1" + strings.Repeat(" == 1", 20_000), ""},
		{"a long case", "Event | extend a = case(" + strings.Repeat("EventID == 1, 1, ", 20_000) + "2)", ""},
		{"let statements that double", doubling("1", "@ + @", 40) + "print a40", "kql-too-large"},
		{"columns that double", doubling("now() - ago(1h)", "tostring(strcat(@, @))", 40) + "Event | extend x = a40", "kql-too-large"},
		{"rows that double", doubling("Event", "union @, @", 30) + "a30 | count", "kql-too-large"},
		{"joins that double", doubling("Event", "(@ | join kind=inner (@) on Account)", 30) + "a30 | count", "kql-too-large"},
		{"functions that double", doubling("(x:long) { x }", "(x:long) { @(x) + @(x) }", 60) + "print a60(1)", "kql-too-large"},
		{"columns added one by one", "Event" + strings.Repeat(" | extend Data = bag_merge(Data, Data)", 2_000), ""},
		{"10,000 operators", "Event" + strings.Repeat(" | take 1", 10_000), ""},
		{"100,000 columns", "print " + strings.Repeat("1, ", 100_000) + "1", "kql-too-large"},
		{"quotes", strings.Repeat(`"`, 100_001), ""},
		{"pipes", strings.Repeat("|", 100_000), ""},
		{"semicolons and lets", strings.Repeat("let a = ;", 20_000), ""},
		{"lines for tools", strings.Repeat("#\n", 100_000), ""},
		{"datatable of 200,000 cells", "datatable(a:long, b:string) [" + strings.Repeat(`1, "x",`, 100_000) + "]", ""},
	}
	w := openWorld(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			done := make(chan diag.List, 1)
			go func() {
				_, list := kql.Read(diag.NewText(&diag.Source{Name: c.name, Text: c.query}), w.env())
				done <- list
			}()
			select {
			case list := <-done:
				if c.code != "" && !strings.Contains(list.Error(), "["+c.code) {
					t.Errorf("no %s among %d complaints: %.300s", c.code, len(list), list.Error())
				}
			case <-time.After(60 * time.Second):
				t.Fatal("not read after a minute")
			}
		})
	}
}

// TestRunningBombs runs queries that grow while they run: each must end in an error, in bounded memory.
func TestRunningBombs(t *testing.T) {
	w := openWorld(t)
	for _, c := range []struct{ name, query string }{
		{"a range of all numbers", "range x from 1 to 1000000000000 step 1 | count"},
		{"expansions of ranges", "range a from 1 to 1000 step 1 | extend b = range(1, 1000000) | mv-expand b | summarize make_list(b)"},
		{"joins of everything", "let r = range x from 1 to 30000 step 1 | extend k = 1; r | join kind=inner r on k | join kind=inner r on k | summarize count() by x, x1, x2"},
		{"text that doubles", "print s = \"aaaaaaaaaaaaaaaa\"" + strings.Repeat(" | extend s = strcat(s, s)", 40)},
		{"bags of bags", "print d = dynamic([1])" + strings.Repeat(" | extend d = pack_array(d, d, d, d)", 30) + " | project tostring(d)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := w.env()
			env.Evaluate = nil
			q, list := kql.Read(diag.NewText(&diag.Source{Name: c.name, Text: c.query}), env)
			if q.Plan == nil {
				t.Logf("refused: %v", list)
				return
			}
			done := make(chan error, 1)
			go func() {
				compiled, err := exec.Compile(plan.Rewrite(q.Plan), exec.Options{MaxMemory: 64 << 20, MaxRows: 1 << 20})
				if err == nil {
					_, err = compiled.Run(t.Context(), &exec.EventSource{}, func(*exec.Batch) error { return nil })
				}
				done <- err
			}()
			select {
			case err := <-done:
				t.Logf("ends in %.200v", err)
				if err == nil {
					t.Error("it ends without an error")
				}
			case <-time.After(2 * time.Minute):
				t.Fatal("it runs on")
			}
		})
	}
}
