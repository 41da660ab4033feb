package plantest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// Executor is what the corpus puts to the test.
type Executor interface {
	// Name names the executor in reports.
	Name() string
	// Check returns nil if the executor runs the plan, else the reason why it does not.
	Check(node plan.Node) error
	// Run gives the rows of a plan that Check let pass. It must not change the input.
	Run(node plan.Node, in *Input) ([]Row, error)
}

// Unordered is an Executor, such as a database, that gives rows in an order of its own where the plan does not end in one.
type Unordered interface {
	Executor
	Unordered()
}

// Run runs the whole corpus on an executor: every plan as it is written, as it reads after printing, and rewritten. It logs
// how many cases passed and why the others were skipped, and fails if none was run.
func Run(t *testing.T, x Executor) {
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	run, reasons := 0, map[string]int{}
	for _, c := range cases {
		for i := range c.Plans {
			p := &c.Plans[i]
			t.Run(c.Name+"/"+p.Name, func(t *testing.T) {
				if p.Node != nil {
					if err := x.Check(p.Node); err != nil {
						reasons[err.Error()]++
						t.Skipf("%s does not run this: %v", x.Name(), err)
					}
				}
				run++
				RunCase(t, x, c, p)
			})
		}
	}
	t.Logf("%s: %d plans run", x.Name(), run)
	for reason, n := range reasons {
		t.Logf("%s: %d plans skipped: %s", x.Name(), n, reason)
	}
	if run == 0 {
		t.Errorf("%s runs nothing of the corpus", x.Name())
	}
}

// RunCase runs one plan of a case.
func RunCase(t *testing.T, x Executor, c *Case, p *Plan) {
	t.Helper()
	list := p.List
	if p.Node != nil {
		list = append(list, plan.Check(p.Node)...)
	}
	if list.Failed() {
		if missing := missingCodes(list, c.Errors); c.Errors == nil || missing != "" {
			t.Fatalf("the plan has complaints:\n%v", list)
		}
		return
	}
	for _, form := range forms(t, p.Node) {
		rows, err := x.Run(form.node, c.Input)
		if c.Errors != nil {
			if missing := missingCodes(err, c.Errors); missing != "" {
				t.Errorf("%s: want error %s, got %d rows and error %v\n%s", form.name, missing, len(rows), err, plan.String(form.node))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", form.name, err, plan.String(form.node))
			continue
		}
		if diff := Diff(c.Want, rows, ordered(x, form.node)); diff != "" {
			t.Errorf("%s: wrong rows (-want +got):\n%s\n# %s\n# Truth: %s\n%s", form.name, diff, c.Story, c.Truth, plan.String(form.node))
		}
	}
}

type form struct {
	name string
	node plan.Node
}

// forms returns a plan in the forms that must all give the same rows.
func forms(t *testing.T, n plan.Node) []form {
	t.Helper()
	text := plan.String(n)
	again, list := plan.Read(&diag.Source{Name: "printed", Text: text})
	if list.Failed() {
		t.Fatalf("the printed plan does not read back: %v\n%s", list, text)
	}
	if printed := plan.String(again); printed != text {
		t.Fatalf("printing what was read back gives another text:\n%s\n%s", text, printed)
	}
	return []form{{"as written", n}, {"printed and read", again}, {"rewritten", plan.Rewrite(n)}}
}

// missingCodes returns the codes that an error should hold and does not.
func missingCodes(err error, codes []string) string {
	var have []string
	var one diag.Diagnostic
	var list diag.List
	switch {
	case errors.As(err, &list):
		for _, d := range list {
			have = append(have, d.Code)
		}
	case errors.As(err, &one):
		have = append(have, one.Code)
	}
	var missing []string
	for _, code := range codes {
		found := false
		for _, h := range have {
			found = found || h == code
		}
		if !found {
			missing = append(missing, code)
		}
	}
	return strings.Join(missing, " ")
}

// ordered says whether the order of the rows counts: for most executors always, for an Unordered one only where the plan ends
// in an order.
func ordered(x Executor, n plan.Node) bool {
	if _, ok := x.(Unordered); !ok {
		return true
	}
	for {
		switch v := n.(type) {
		case *plan.Sort:
			return true
		case *plan.Filter:
			n = v.Input
		case *plan.Project:
			n = v.Input
		case *plan.Limit:
			n = v.Input
		default:
			return false
		}
	}
}

// Diff compares rows and returns the differences, one line each, - before what is missing and + before what should not be
// there; it is empty where there are none. Absent and null are the same in a result; everything else must be of the same
// kind and value, numbers of one kind by their exact value. Where order does not count, the lines of a difference come in the
// order of their text.
func Diff(want, got []Row, ordered bool) string {
	a, b := rowTexts(want), rowTexts(got)
	if ordered {
		return lineDiff(a, b)
	}
	left := map[string]int{}
	for _, row := range b {
		left[row]++
	}
	var out strings.Builder
	for _, row := range a {
		if left[row] == 0 {
			fmt.Fprintf(&out, "-%s\n", row)
			continue
		}
		left[row]--
	}
	for _, row := range b {
		if left[row] > 0 {
			left[row]--
			fmt.Fprintf(&out, "+%s\n", row)
		}
	}
	return out.String()
}

func lineDiff(a, b []string) string {
	var out strings.Builder
	same := len(a) == len(b)
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			fmt.Fprintf(&out, "+%s\n", b[i])
		case i >= len(b):
			fmt.Fprintf(&out, "-%s\n", a[i])
		case a[i] != b[i]:
			same = false
			fmt.Fprintf(&out, "-%s\n+%s\n", a[i], b[i])
		default:
			fmt.Fprintf(&out, " %s\n", a[i])
		}
	}
	if same {
		return ""
	}
	return out.String()
}

func rowTexts(rows []Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.String()
	}
	return out
}

// String writes the row so that equal rows, and only they, have equal texts.
func (r Row) String() string {
	var b strings.Builder
	b.WriteString("(")
	for i, v := range r.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(valueText(v))
	}
	b.WriteString(")")
	if r.Rest != nil && len(r.Rest.Fields) > 0 {
		b.WriteString(" ")
		b.WriteString(valueText(event.ObjectValue(r.Rest)))
	}
	return b.String()
}

func valueText(v event.Value) string {
	switch v.Kind() {
	case event.Null:
		return "null"
	case event.Text:
		return fmt.Sprintf("%q", v.Text())
	case event.List:
		parts := make([]string, len(v.List()))
		for i, e := range v.List() {
			parts[i] = valueText(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case event.Object:
		var parts []string
		for _, f := range v.Object().Fields {
			parts = append(parts, fmt.Sprintf("%q: %s", f.Name.Text, valueText(f.Value)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprintf("%s %s", v.Kind(), v.Text())
}
