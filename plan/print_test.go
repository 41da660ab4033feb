package plan_test

import (
	"math"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/plantest"
	"goshawk/schema"

	"github.com/google/go-cmp/cmp"
)

// fixed checks that reading what was printed and printing it again gives the same text.
func fixed(t *testing.T, n plan.Node) {
	t.Helper()
	text := plan.String(n)
	again, list := plan.Read(&diag.Source{Name: "printed", Text: text})
	if len(list) > 0 {
		t.Fatalf("what was printed cannot be read:\n%s\n%s", list.Error(), text)
	}
	if diff := cmp.Diff(text, plan.String(again)); diff != "" {
		t.Fatalf("printing changes (-want +got):\n%s", diff)
	}
}

func TestPrintIsReadBack(t *testing.T) {
	cases, err := plantest.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, p := range c.Plans {
			if p.Node != nil && len(p.List) == 0 {
				fixed(t, p.Node)
			}
		}
	}
	for seed := range uint64(3000) {
		n, _ := plantest.Random(seed)
		fixed(t, n)
	}
}

// TestExprText reads each expression and prints it; where want is empty the text comes back as it was.
func TestExprText(t *testing.T) {
	x := &plan.Column{Name: "x", Type: schema.String}
	columns := []*plan.Column{x, {Name: "Image Path", Type: schema.String}, {Name: "and", Type: schema.Bool}, {Name: "x", Type: schema.Long}, {Name: "contains", Type: schema.Dynamic}}
	for _, test := range []struct{ text, want string }{
		{"x == \"a\"", ""},
		{"x equals~ \"a\" and not x#2 < 5 or `and`", ""},
		{"(x == \"a\" or x == \"b\") and (not (x == \"c\" and x == \"d\"))", `(x == "a" or x == "b") and not (x == "c" and x == "d")`},
		{"(`and` and `and`) and `and`", ""},
		{"`Image Path` suffix~ (r\"\\at.exe\", \"/at\")", ""},
		{`contains contains all ("a", "b")`, ""},
		{`x equals~ "C:\\"*"\\x"?[-]"e"`, `x equals~ r"C:\"*r"\x"?[-]"e"`},
		{`x contains ()`, ""},
		{`x equals ""`, ""},
		{`x regexp~ r"^\d+$"`, ""},
		{`x cidr ("10.0.0.0/8", "fe80::/10")`, ""},
		{`everything contains~ "mimikatz"`, ""},
		{`field("EventID") == 4688 or loose("Threat Name") word "x" or $Foo.Bar prefix "y"`, `field("EventID") == 4688 or loose("Threat Name") word "x" or field("Foo.Bar") prefix "y"`},
		{`has(x) and is_null(field("y"))`, ""},
		{`path("a{}.b") == get_field(fields(), "path")`, ""},
		{`all() and any() and all(x == "a")`, ""},
		{`case when x == "a" then 1 when x == "b" then 2 else 3 end`, ""},
		{`case end`, ""},
		{`lower(concat(x, "\n\"\t\x00", "é\u202e", ""))`, ""},
		{`list_map(contains, (v) => concat(v, x#1))`, `list_map(contains, (v) => concat(v, x))`},
		{`list_any(contains, (x) => x == x#1)`, ""},
		{`list_any(contains, () => true)`, ""},
		{"list_any(contains, (`a b`, c) => c == `a b`)", ""},
		{`[1, -2.5, "a", null, absent, [true], {"k": 1, "k": decimal("1.50")}]`, ""},
		{`1:int == 1.0 and null:string == "0-1":guid`, ""},
		{`datetime("2024-03-05T05:06:07.1234567Z") < datetime("2024-03-05")`, `datetime("2024-03-05T05:06:07.1234567Z") < datetime("2024-03-05T00:00:00Z")`},
		{`timespan("-1.02:03:04.5000000") == timespan("00:05:00")`, ""},
		{`real("+Inf") == real("NaN")`, ""},
		{`1e+300 == -0.0`, ""},
		{"x == \"a\" // the end", `x == "a"`},
	} {
		e, list := plan.ReadExpr(&diag.Source{Name: "expr", Text: test.text}, columns)
		if len(list) > 0 {
			t.Errorf("%s: %s", test.text, list.Error())
			continue
		}
		want := test.want
		if want == "" {
			want = test.text
		}
		if got := plan.ExprString(e); got != want && renumbered(got) != renumbered(want) {
			t.Errorf("%s\n got %s\nwant %s", test.text, got, want)
		}
	}
}

// renumbered takes away the numbers of columns, which depend on what else a text mentions.
func renumbered(text string) string { return strings.ReplaceAll(text, "x#2", "x") }

func TestReadExprFunc(t *testing.T) {
	resolve := func(name string) plan.Expr {
		if name == "EventID" {
			return &plan.Field{Name: name}
		}
		return nil
	}
	e, list := plan.ReadExprFunc(&diag.Source{Text: `EventID == 1 and list_any($Data, (d) => d == "x")`}, resolve, nil)
	if len(list) > 0 || plan.ExprString(e) != `field("EventID") == 1 and list_any(field("Data"), (d) => d == "x")` {
		t.Errorf("got %s, %v", plan.ExprString(e), list)
	}
	_, list = plan.ReadExprFunc(&diag.Source{Text: `EventId == 1`}, resolve, []string{"EventID", "Channel"})
	if len(list) != 1 || list[0].Code != "plan-unknown-column" || !strings.Contains(list[0].Hint, "EventID") {
		t.Errorf("got %v", list)
	}
}

// TestLongTables checks that the rows of a long table do not stand in the text of a plan, but that tables of other rows have
// other texts.
func TestLongTables(t *testing.T) {
	column := &plan.Column{Name: "x"}
	text := func(rows, last int64) string {
		table := &plan.Table{Name: "long", Columns: []string{"k", "v"}}
		for i := range rows {
			table.Rows = append(table.Rows, []event.Value{event.IntValue(i), event.IntValue(last)})
		}
		return plan.String(&plan.Lookup{Input: &plan.Scan{Table: "t", Out: []*plan.Column{column}}, Table: table, Max: -1,
			Keys: []plan.LookupKey{{Value: &plan.Ref{Column: column}, Column: "k"}}, Out: []plan.LookupOut{{Column: &plan.Column{Name: "y"}, From: "v"}}})
	}
	long := text(5000, 1)
	if len(long) > 200 || !strings.Contains(long, "of 5000 rows") {
		t.Errorf("a long table is written as\n%s", long)
	}
	if long != text(5000, 1) || long == text(5000, 2) {
		t.Errorf("the digest does not tell tables apart: %s", long)
	}
	if short := text(200, 1); !strings.Contains(short, "(199, 1)") {
		t.Errorf("a short table is written as\n%s", short)
	}
}

// TestLiteralsKeepTheirValue reads back values of every kind.
func TestLiteralsKeepTheirValue(t *testing.T) {
	for _, v := range []event.Value{
		{}, event.NullValue(), event.BoolValue(true), event.IntValue(math.MinInt64), event.FloatValue(0.1), event.FloatValue(5e-324), event.FloatValue(math.Inf(-1)),
		event.FloatValue(1e21), event.FloatValue(12345678901234567890), event.DecimalValue("1.10"), event.TextValue("\x00\xff`\"\\ é\u200b\U0001f600"), event.TimeValue(0),
		event.TimeValue(-5), event.TimeValue(math.MaxInt64), event.TimeValue(638_000_000_000_000_001), event.DurationValue(math.MinInt64), event.DurationValue(-1),
		event.ListValue(), event.ListValue(event.TextValue("a"), event.ListValue()), event.ObjectValue(&event.Record{}),
	} {
		e := &plan.Literal{Value: v}
		text := plan.ExprString(e)
		back, list := plan.ReadExpr(&diag.Source{Text: text}, nil)
		if len(list) > 0 {
			t.Errorf("%s: %v", text, list)
			continue
		}
		if !plan.Same(e, back) {
			t.Errorf("%s reads back as %s", text, plan.ExprString(back))
		}
	}
}

func TestReadKeepsWhatIsWhole(t *testing.T) {
	n, list := plan.Read(&diag.Source{Text: "scan t [x string]\n| limit 1\n| limt 2\n| limit 3"})
	if len(list) != 1 || plan.String(n) != "scan t [x string]\n| limit 1" {
		t.Errorf("got\n%s\n%v", plan.String(n), list)
	}
}

func FuzzRead(f *testing.F) {
	cases, err := plantest.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		for _, p := range c.Plans {
			f.Add(p.Text)
		}
	}
	for seed := range uint64(100) {
		n, _ := plantest.Random(seed)
		f.Add(plan.String(n))
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "fuzz", Text: text}
		n, list := plan.Read(src)
		inside(t, src, list)
		if n == nil || list.Failed() {
			return
		}
		fixed(t, n)
		if !plan.Check(n).Failed() {
			rewritten(t, n)
			if _, rest := plan.SplitScans(n); rest != nil && plan.Check(rest).Failed() {
				t.Fatalf("what is left behind the scans is not sound:\n%s", plan.String(rest))
			}
		}
		plan.Mode(n)
		plan.Split(n)
	})
}

func FuzzReadExpr(f *testing.F) {
	for _, text := range []string{
		`x suffix~ (r"\at.exe", "a"*"b"?[-])`, `case when has(x) then 1:int else lower(x) end`, `list_any(x, (v) => v == {"a": [1.5, null]})`,
		`path("a{}.b") == get_field(fields(), "x")`, "`a b` == timespan(\"00:05:00\") or not all()", `$Foo cidr "10.0.0.0/8" and everything regexp all ("a", "b")`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "fuzz", Text: text}
		columns := []*plan.Column{{Name: "x", Type: schema.String}}
		e, list := plan.ReadExpr(src, columns)
		inside(t, src, list)
		if e == nil || list.Failed() {
			return
		}
		printed := plan.ExprString(e)
		again, list := plan.ReadExpr(&diag.Source{Text: printed}, columns)
		if list.Failed() || plan.ExprString(again) != printed || !plan.Same(e, again) {
			t.Fatalf("%q prints as %q, which reads as %q: %v", text, printed, plan.ExprString(again), list)
		}
		plan.CheckExpr(e, columns, true)
		once := plan.RewriteExpr(e)
		if twice := plan.RewriteExpr(once); !plan.Same(once, twice) {
			t.Fatalf("rewriting %q again gives %q", plan.ExprString(once), plan.ExprString(twice))
		}
	})
}

// inside checks that complaints point into the text.
func inside(t *testing.T, src *diag.Source, list diag.List) {
	t.Helper()
	for _, d := range list {
		if d.Source == src && (d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(src.Text)) {
			t.Fatalf("%s points at %v of %d bytes", d.Code, d.Span, len(src.Text))
		}
		if d.Code == "" || d.Message == "" {
			t.Fatalf("a complaint without words: %+v", d)
		}
	}
}
