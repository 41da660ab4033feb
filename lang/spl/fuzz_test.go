package spl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/lang/spl"
	"goshawk/plan"
)

// seeds returns the searches of the cases.
func seeds(t testing.TB) []string {
	t.Helper()
	var list []string
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name == "query" {
				list = append(list, strings.TrimSpace(string(f.Data)))
			}
		}
	}
	tables, _ := filepath.Glob("testdata/functions/*.txt")
	for _, file := range tables {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if e, _, ok := strings.Cut(line, " => "); ok && !strings.HasPrefix(line, "#") {
				list = append(list, "* | eval x="+e)
			}
		}
	}
	if len(list) == 0 {
		t.Fatal("no seeds")
	}
	return list
}

// FuzzRead reads any text as a search: it must not panic, every complaint must point into the text, and what is not refused must be
// a sound plan that prints.
func FuzzRead(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	env, err := environment(map[string]string{
		"macros":              "ctime(f) = convert timeformat=\"%Y\" ctime($f$)\nm = a=1 OR b=2\nloop = `loop`\nstages = stats count by x | search *",
		"lookup.hosts.csv":    "host,owner\na,x\nb,y\n",
		"lookup.patterns.csv": "# wildcard(process) min=1 default=no\nprocess,is\n*cmd*,yes\n",
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		source := &diag.Source{Name: "query", Text: text}
		search, list := spl.Read(diag.NewText(source), env)
		for _, d := range list {
			if d.Source == source && (d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End) {
				t.Errorf("the span %v of %q lies outside the text", d.Span, d.Message)
			}
			if d.Code == "" || d.Message == "" {
				t.Errorf("a complaint without code or message: %+v", d)
			}
		}
		if search.Plan == nil {
			if !list.Failed() {
				t.Error("refused without an error")
			}
			return
		}
		if complaints := plan.Check(search.Plan); complaints.Failed() {
			t.Errorf("the plan is not sound: %v\n%s", complaints, plan.String(search.Plan))
		}
		_ = plan.String(plan.Rewrite(search.Plan))
	})
}

// TestPathological reads searches that are made to exhaust a reader: each must end soon, with a clear complaint or a plan.
func TestPathological(t *testing.T) {
	deep := func(open, inside, shut string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(shut, n)
	}
	var bomb strings.Builder
	bomb.WriteString("m0 = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
	for i := 1; i < 30; i++ {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		p := string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
		if i == 1 {
			bomb.WriteString("m01 = `m0` `m0`\n")
			continue
		}
		bomb.WriteString("m" + n + " = `m" + p + "` `m" + p + "`\n")
	}
	cases := []struct{ name, query, macros, code string }{
		{"brackets in a search", deep("(", "a=1", ")", 100_000), "", "spl-nesting"},
		{"NOT in a search", strings.Repeat("NOT ", 100_000) + "a=1", "", "spl-nesting"},
		{"brackets in an expression", "* | eval x=" + deep("(", "1", ")", 100_000), "", "spl-nesting"},
		{"minus signs", "* | eval x=" + strings.Repeat("-", 100_000) + "1", "", "spl-nesting"},
		{"NOT in an expression", "* | where " + strings.Repeat("NOT ", 100_000) + "a=1", "", "spl-nesting"},
		{"calls", "* | eval x=" + deep("lower(", "a", ")", 50_000), "", "spl-nesting"},
		{"subsearches", deep("search [ ", "search a", " ]", 10_000), "", "spl-nesting"},
		{"a list of 100,000", "a IN (" + strings.Repeat("b*c,", 100_000) + "d)", "", ""},
		{"100,000 alternatives", strings.Repeat("a=b OR ", 100_000) + "a=c", "", ""},
		{"a chain of sums", "* | eval x=1" + strings.Repeat("+1", 20_000), "", ""},
		{"a macro that uses itself", "`a`", "a = `b`\nb = `a`", "spl-macro-cycle"},
		{"macros that double", "`m29`", bomb.String(), "spl-macro-size"},
		{"10,000 commands", "*" + strings.Repeat(" | head 1", 10_000), "", ""},
		{"quotes", strings.Repeat(`"`, 100_001), "", ""},
		{"an expression that doubles", "* | where " + strings.Repeat("(a=1 XOR ", 40) + "b=1" + strings.Repeat(")", 40), "", "spl-too-large"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			env, err := environment(map[string]string{"macros": c.macros})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan diag.List, 1)
			go func() {
				_, list := spl.Read(diag.NewText(&diag.Source{Name: c.name, Text: c.query}), env)
				done <- list
			}()
			select {
			case list := <-done:
				if c.code != "" && !strings.Contains(list.Error(), "["+c.code+"]") {
					t.Errorf("no %s among %d complaints: %.300s", c.code, len(list), list.Error())
				}
			case <-time.After(60 * time.Second):
				t.Fatal("not read after a minute")
			}
		})
	}
}
