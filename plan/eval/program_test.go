package eval_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
	"goshawk/schema"
)

func record(pairs ...any) *event.Record {
	r := &event.Record{}
	for i := 0; i < len(pairs); i += 2 {
		r.Set(pairs[i].(string), pairs[i+1].(event.Value))
	}
	return r
}

var (
	columns = []*plan.Column{
		{Name: "image", Type: schema.String}, {Name: "pid", Type: schema.Long}, {Name: "tags", Type: schema.Dynamic}, {Name: "none", Type: schema.String},
		{Name: "nil", Type: schema.String}, {Name: "obj", Type: schema.Dynamic}, {Name: "flag", Type: schema.Bool},
	}
	sample = &eval.Row{
		Columns: []event.Value{
			event.TextValue(`C:\Windows\System32\cmd.exe`), event.IntValue(4688),
			event.ListValue(event.TextValue("alpha"), event.IntValue(7), event.NullValue(), event.ListValue(event.TextValue("beta"))), {}, event.NullValue(),
			event.ObjectValue(record("k", event.TextValue("v"))), event.BoolValue(true),
		},
		Record: record("EventID", event.IntValue(1102), "Data", event.TextValue("one"), "Data", event.TextValue("two"), "Empty", event.TextValue(""), "Null", event.NullValue(),
			"Nested", event.ObjectValue(record("Deep", event.ListValue(event.ObjectValue(record("x", event.TextValue("packet dropped")))))), "Threat Name", event.TextValue("Eicar")),
		Raw: []byte("kernel: SEGFAULT at 0"), FreeText: true,
	}
)

func slot(c *plan.Column) int {
	for i, o := range columns {
		if o == c {
			return i
		}
	}
	return -1
}

func compile(t testing.TB, text string) *eval.Program {
	t.Helper()
	e, list := plan.ReadExpr(&diag.Source{Name: "test", Text: text}, columns)
	if len(list) > 0 {
		t.Fatalf("%s: %s", text, list.Error())
	}
	p, err := eval.Compile(e, slot)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestTruth(t *testing.T) {
	for _, test := range []struct {
		text string
		want eval.Verdict
	}{
		// Kleene
		{"all()", eval.True}, {"any()", eval.False}, {"true and null", eval.Unknown}, {"false and null", eval.False}, {"true or null", eval.True},
		{"false or null", eval.Unknown}, {"not null", eval.Unknown}, {"not not flag", eval.True}, {"not image", eval.Unknown}, {"pid", eval.Unknown},
		// has and null
		{"has(image) and has(nil) and not has(none)", eval.True}, {"is_null(nil) and is_null(none) and not is_null(image)", eval.True},
		{`has(field("Null")) and is_null(field("Null")) and has(field("Empty")) and not is_null(field("Empty"))`, eval.True}, {`has(field("empty"))`, eval.False}, {`has(loose("empty"))`, eval.True},
		{`loose("ThreatName") equals "Eicar"`, eval.True}, {`field("ThreatName") equals "Eicar"`, eval.False}, {`loose("nested.deep.x") word "dropped"`, eval.True},
		// compare
		{"pid == 4688", eval.True}, {"pid == 4688.0", eval.True}, {`pid == decimal("4688.0")`, eval.True}, {`pid == "4688"`, eval.Unknown}, {"nil == nil", eval.Unknown}, {"none != 1", eval.Unknown},
		{"9007199254740993 == 9007199254740992.0", eval.False}, {"9007199254740993 > 9007199254740992.0", eval.True}, {`decimal("1e400") > 1e+300`, eval.True}, {`decimal("0.1") < 0.1`, eval.True},
		{`real("NaN") == real("NaN")`, eval.False}, {`real("NaN") != 1`, eval.True}, {`real("NaN") < 1`, eval.False}, {`real("+Inf") > decimal("1e999")`, eval.True},
		{`image < "D"`, eval.True}, {`"a" < "B"`, eval.False}, {"false < true", eval.True}, {`datetime("2024-01-01") < datetime("2024-01-02")`, eval.True}, {`datetime("2024-01-01") == timespan("00:00:00")`, eval.Unknown},
		{"obj == obj", eval.True}, {`obj != {"k": "w"}`, eval.True}, {"obj < obj", eval.Unknown},
		// lists on the left
		{`tags == "alpha"`, eval.True}, {`tags == "beta"`, eval.True}, {"tags == 7", eval.True}, {"tags > 6", eval.True}, {`tags == "gamma"`, eval.Unknown}, {`[1, 2] == 3`, eval.False}, {`[] == 3`, eval.False},
		{`not tags == "alpha"`, eval.False}, {`"alpha" == tags`, eval.Unknown},
		// match
		{`image suffix~ r"\CMD.EXE"`, eval.True}, {`image suffix r"\CMD.EXE"`, eval.False}, {`pid equals "4688"`, eval.True}, {`pid contains "68"`, eval.True}, {`flag equals~ "TRUE"`, eval.True},
		{`nil equals ""`, eval.False}, {`none contains ""`, eval.False}, {`not nil equals "a"`, eval.True}, {`image contains ()`, eval.False},
		{`tags equals "beta"`, eval.True}, {`tags equals all ("alpha", "beta", "7")`, eval.True}, {`tags equals all ("alpha", "gamma")`, eval.False}, {`tags contains "a,7"`, eval.False},
		{`tags equals ("x", "y", "z", "1", "2", "3", "4", "5", "beta")`, eval.True},
		{`image contains all ("Windows", "cmd")`, eval.True}, {`obj contains r"k"`, eval.True}, {`obj equals "{\"k\":\"v\"}"`, eval.True}, {`field("Data") equals "two"`, eval.True}, {`[] contains ""`, eval.False},
		// everything
		{`everything contains~ "segfault"`, eval.True}, {`everything contains "1102"`, eval.True}, {`everything contains "packet d"`, eval.True}, {`everything contains "Nested"`, eval.False},
		{`everything contains "onetwo"`, eval.False}, {`everything contains all ("one", "two", "kernel")`, eval.True}, {`everything contains all ("one", "three")`, eval.False},
		{`everything contains "System32"`, eval.False}, {`everything equals ""`, eval.True},
		// functions
		{`basename(image) == "cmd.exe"`, eval.True}, {`lower(nil) == "x"`, eval.Unknown}, {`coalesce(nil, none, image) == image`, eval.True},
		{`case when is_null(pid) then false when pid > 1 then true end`, eval.True}, {`case when null then true end`, eval.Unknown}, {`case end`, eval.Unknown},
		{`list_any(tags, (v) => v == "beta")`, eval.True}, {`join(list_map([1, 2], (a) => join(list_map([10, 20], (b) => add(a, b)), "+")), ",") == "11+21,12+22"`, eval.True},
		{`list_length(list_filter(tags, (v) => not is_null(v))) == 3`, eval.True}, {`join(list_map(tags, (v) => case when is_null(v) then "-" else concat(v) end), " ") == "alpha 7 - [\"beta\"]"`, eval.True},
		{`list_map(nil, (v) => v) == 1`, eval.Unknown}, {`list_any([1], (v, w) => is_null(w))`, eval.True},
		{`list_any(nil, (v) => is_null(v))`, eval.Unknown}, {`list_any(to_list(nil), (v) => is_null(v))`, eval.False}, {`list_any(to_list(none), (v) => true)`, eval.False},
		{`list_any(to_list(image), (v) => v suffix "cmd.exe")`, eval.True}, {`list_any(pid, (v) => v == 4688)`, eval.True}, {`list_any(obj, (v) => v == obj)`, eval.True}, {`list_any(to_list(image), (v) => nil)`, eval.False},
		{`list_any([[1], [2, 3]], (v) => list_any(to_list(v), (w) => w == 3 and list_length(v) == 2))`, eval.True}, {`list_any([], (v) => true)`, eval.False}, {`not list_any(to_list(tags), (v) => v == "alpha")`, eval.False},
	} {
		p := compile(t, test.text)
		if got := p.Verdict(sample); got != test.want {
			t.Errorf("%s is %s, want %s", test.text, got, test.want)
		}
		if got := p.Explain(sample).Verdict; got != test.want {
			t.Errorf("%s is explained as %s, want %s", test.text, got, test.want)
		}
		if p.True(sample) != (test.want == eval.True) {
			t.Errorf("%s: True differs", test.text)
		}
	}
}

func TestEverythingWithoutRecord(t *testing.T) {
	p := compile(t, `everything contains "System32"`)
	if !p.True(&eval.Row{Columns: sample.Columns}) {
		t.Error("everything of a row without a record is its columns")
	}
	if p.True(&eval.Row{Record: &event.Record{}, Raw: []byte("System32")}) {
		t.Error("a raw text that is no prose was read")
	}
}

func TestCompileRefuses(t *testing.T) {
	foreign := &plan.Ref{Column: &plan.Column{Name: "foreign"}}
	for name, e := range map[string]plan.Expr{
		"nothing": nil, "a foreign column": foreign, "everything": &plan.Everything{}, "a lambda": &plan.Lambda{}, "a parameter": &plan.Param{Name: "x"},
		"a bad expression":    &plan.Match{Subject: &plan.Literal{}, Op: plan.Regexp, Patterns: []plan.Pattern{{Source: "("}}},
		"no function":         &plan.Call{},
		"a wrong arity":       &plan.Call{Func: fn.ByName("lower")},
		"a lambda missing":    &plan.Call{Func: fn.ByName("list_map"), Args: []plan.Expr{&plan.Literal{}, &plan.Literal{}}},
		"a part of something": &plan.And{List: []plan.Expr{&plan.Not{X: foreign}}},
	} {
		if p, err := eval.Compile(e, slot); err == nil || p != nil {
			t.Errorf("%s compiles", name)
		}
	}
}

func TestExplain(t *testing.T) {
	p := compile(t, `image suffix~ (r"\net.exe", r"\CMD.exe") and (pid == 1 or tags contains "et") and not is_null(pid) and everything contains~ all ("DROPPED", "segfault")`)
	var b strings.Builder
	for _, r := range p.Why(sample) {
		fmt.Fprintf(&b, "%s", plan.ExprString(r.Expr))
		if r.Negated {
			b.WriteString(" (not)")
		}
		fmt.Fprintf(&b, " of %s", r.Value.AppendJSON(nil))
		for _, h := range r.Hits {
			fmt.Fprintf(&b, "; pattern %d at %q: %s[%s]%s", h.Pattern, h.Path, h.Text[:h.From], h.Text[h.From:h.To], h.Text[h.To:])
		}
		b.WriteByte('\n')
	}
	want := `image suffix~ (r"\net.exe", r"\CMD.exe") of "C:\\Windows\\System32\\cmd.exe"; pattern 1 at "": C:\Windows\System32[\cmd.exe]
tags contains "et" of ["alpha",7,null,["beta"]]; pattern 0 at "[3][0]": b[et]a
is_null(pid) (not) of 4688
everything contains~ all ("DROPPED", "segfault") of null; pattern 0 at "Nested.Deep[0].x": packet [dropped]; pattern 1 at "raw text": kernel: [SEGFAULT] at 0
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if why := compile(t, "pid == 1").Why(sample); why != nil {
		t.Errorf("a false expression has reasons: %v", why)
	}
	if why := compile(t, `not (pid == 1 or pid == 2)`).Why(sample); len(why) != 2 || !why[0].Negated {
		t.Errorf("a negated or has the reasons %v", why)
	}
}

// randomTruth makes a condition over the sample's columns and fields.
func randomTruth(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	subject := pick("image", "pid", "tags", "none", "nil", "obj", "flag", `field("Data")`, `loose("eventid")`, "lower(image)", `concat("a", "b")`, "7:any", "null:string")
	if depth == 0 || r.IntN(4) == 0 {
		switch r.IntN(6) {
		case 0:
			return subject + " " + pick("==", "!=", "<", ">=") + " " + pick("4688", "7.0", `"alpha"`, "image", "null", "true")
		case 1:
			return pick("has(", "is_null(") + subject + ")"
		case 2:
			return pick("true", "false", "null:bool", "flag", "all()", "any()", "2 > 1")
		case 3:
			return pick(subject, "everything") + " " + pick("contains", "word", "equals") + pick("", "~", " all", "~ all") + pick(` ("a", "cmd")`, ` *"exe"`, ` ("e"*, "al"*"a")`, ` ""`, ` (*"b"*, *"a"*)`)
		case 4:
			return "case when " + randomTruth(r, 0) + " then " + randomTruth(r, 0) + " when " + randomTruth(r, 0) + " then true end"
		}
		return subject + " " + pick("prefix", "suffix") + pick("", "~") + pick(` "C:"`, ` ("a", "b", "exe")`)
	}
	switch r.IntN(3) {
	case 0:
		return "not (" + randomTruth(r, depth-1) + ")"
	case 1:
		return "(" + randomTruth(r, depth-1) + ") and (" + randomTruth(r, depth-1) + ")"
	}
	return "(" + randomTruth(r, depth-1) + ") or (" + randomTruth(r, depth-1) + ") or (" + randomTruth(r, depth-1) + ")"
}

// TestRewrittenAndExplained checks on random conditions that rewriting changes no verdict and explaining agrees.
func TestRewrittenAndExplained(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	rounds := 20_000
	if testing.Short() {
		rounds = 2_000
	}
	for range rounds {
		p := compile(t, randomTruth(r, 3))
		want := p.Verdict(sample)
		if got := p.Explain(sample).Verdict; got != want {
			t.Fatalf("%s is %s and explained as %s", plan.ExprString(p.Expr()), want, got)
		}
		if reasons := p.Why(sample); (len(reasons) > 0) && want != eval.True {
			t.Fatalf("%s is %s and has reasons", plan.ExprString(p.Expr()), want)
		}
		e := plan.RewriteExpr(p.Expr())
		q, err := eval.Compile(e, slot)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Verdict(sample); got != want {
			t.Fatalf("%s is %s, rewritten as %s it is %s", plan.ExprString(p.Expr()), want, plan.ExprString(e), got)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	p := compile(t, `list_any(tags, (v) => v contains~ "ET") and basename(lower(image)) == "cmd.exe" and everything contains all ("one", "two")`)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 2_000 {
				if !p.True(sample) {
					t.Error("false")
					return
				}
			}
		})
	}
	wait.Wait()
}

// TestTruthDoesNotAllocate keeps the path that a stream takes free of garbage.
func TestTruthDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("the race detector drops pooled memory")
	}
	p := compile(t, `image suffix~ (r"\net.exe", r"\powershell.exe") or image contains~ all ("windows", "temp") or pid == 1 or is_null(image) or field("EventID") equals "5" or image regexp "(?i)a{3}"`)
	p.True(sample)
	if n := testing.AllocsPerRun(1000, func() { p.True(sample) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTrue(b *testing.B) {
	p := compile(b, `image suffix~ (r"\net.exe", r"\powershell.exe") or image contains~ all ("windows", "temp") or basename(image) == "x.exe"`)
	b.ReportAllocs()
	for b.Loop() {
		p.True(sample)
	}
}
