package plantest_test

import (
	"strings"
	"testing"

	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/plantest"
)

func TestCasesAreWhole(t *testing.T) {
	cases, err := plantest.Cases()
	if err != nil {
		t.Fatal(err)
	}
	perEvent := 0
	for _, c := range cases {
		for _, p := range c.Plans {
			if p.Node == nil {
				if c.Errors == nil {
					t.Errorf("%s/%s: %v", c.Name, p.Name, p.List)
				}
				continue
			}
			if c.Errors == nil && len(c.Want) > 0 {
				if want, have := len(p.Node.Columns()), len(c.Want[0].Values); want != have {
					t.Errorf("%s/%s: the plan has %d columns, the authored rows %d", c.Name, p.Name, want, have)
				}
				if c.Open != p.Node.Open() {
					t.Errorf("%s/%s: open is %t, the authored rows say %t", c.Name, p.Name, p.Node.Open(), c.Open)
				}
			}
		}
		if _, ok := plantest.PredicateOf(c.Plans[0].Node); ok {
			perEvent++
		}
	}
	t.Logf("%d cases, %d of them per event", len(cases), perEvent)
}

// TestPerEvent runs the per-event cases by evaluating each predicate plainly.
func TestPerEvent(t *testing.T) {
	plantest.Run(t, plantest.PerEvent("eval", nil, func(p plantest.Predicate, in *plantest.Input) ([]int, error) {
		var places []int
		for i, ev := range in.Events {
			route, ok := in.Resolver.Route(p.Scan.Table, ev.Class)
			if !ok {
				continue
			}
			row, err := plantest.RowOf(p.Scan, ev, in.Resolver)
			if err != nil {
				return nil, err
			}
			over := &eval.Row{Columns: row.Values}
			if p.Scan.Rest {
				over.Record, over.Raw, over.FreeText = &ev.Record, ev.Raw, ev.FreeText
			}
			native := &eval.Row{Record: &ev.Record, Raw: ev.Raw, FreeText: ev.FreeText}
			for _, condition := range []struct {
				where plan.Expr
				over  *eval.Row
			}{{route, native}, {p.Where, over}} {
				if condition.where == nil {
					continue
				}
				program, err := eval.Compile(condition.where, func(c *plan.Column) int { return slotOf(p.Scan, c) })
				if err != nil {
					return nil, err
				}
				ok = ok && program.True(condition.over)
			}
			if ok {
				places = append(places, i)
			}
		}
		return places, nil
	}))
}

func slotOf(s *plan.Scan, column *plan.Column) int {
	for i, c := range s.Out {
		if c == column {
			return i
		}
	}
	return -1
}

func TestParseRefuses(t *testing.T) {
	const head, plan, rows = "# A story.\n# Truth: none\n", "-- plan --\nscan t [a long]\n", "-- rows --\nvalues [a long]\n"
	for name, test := range map[string]struct{ text, want string }{
		"no story":           {"# Truth: x\n" + plan + rows, "does not say what the case shows"},
		"no truth":           {"# A story.\n" + plan + rows, "Truth"},
		"a loose line":       {"Loose\n" + head + plan + rows, "does not begin with #"},
		"no plan":            {head + rows, "no section plan"},
		"nothing authored":   {head + plan, "exactly one authored section"},
		"two authored":       {head + plan + rows + "-- errors --\nx\n", "exactly one authored section"},
		"unknown section":    {head + plan + rows + "-- row --\n", "no section has this name"},
		"rows are no values": {head + plan + "-- rows --\nscan t [a long]\n", "no `values`"},
		"rows do not read":   {head + plan + "-- rows --\nvalues [a\n", "plan-syntax"},
		"a row is short":     {head + plan + "-- rows --\nvalues [a long, b long]\n(1)\n", "1 values for 2 columns"},
		"rest is no object":  {head + plan + "-- rows --\nvalues [a long, `...` dynamic]\n(1, 2)\n", "must be an object"},
		"no codes":           {head + plan + "-- errors --\n\n", "no codes"},
		"event key":          {head + plan + rows + "-- events.jsonl --\n{\"field\":{}}\n", `no key "field"`},
		"class key":          {head + plan + rows + "-- events.jsonl --\n{\"class\":{\"x\":\"y\"}}\n", `no key "x"`},
		"event is no object": {head + plan + rows + "-- events.jsonl --\n[]\n", "must be an object"},
		"two on a line":      {head + plan + rows + "-- events.jsonl --\n{} {}\n", "follows the event"},
		"event is cut":       {head + plan + rows + "-- events.jsonl --\n{\"fields\":\n", "line 1"},
		"table word":         {head + plan + rows + "-- tables --\nview x\n", "begins `table NAME`"},
		"table class":        {head + plan + rows + "-- tables --\ntable x for kind=y\n", `no part "kind"`},
		"table condition":    {head + plan + rows + "-- tables --\ntable x if y\n", `"if" should be`},
		"column source":      {head + plan + rows + "-- tables --\ncolumn x for product=y\n", "no source"},
		"table expression":   {head + plan + rows + "-- tables --\ntable x when $a ==\n", "plan-syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := plantest.Parse("case", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an error about %q, got %v", test.want, err)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	rows := func(text string) []plantest.Row {
		c, err := plantest.Parse("x", []byte("# s\n# Truth: t\n-- plan --\nvalues []\n-- rows --\nvalues [a dynamic]\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return c.Want
	}
	for name, test := range map[string]struct {
		want, got string
		ordered   bool
		same      bool
	}{
		"same":              {`(1), ("x")`, `(1), ("x")`, true, true},
		"order":             {`(1), (2)`, `(2), (1)`, true, false},
		"order is free":     {`(1), (2)`, `(2), (1)`, false, true},
		"kinds":             {`(1)`, `(1.0)`, true, false},
		"absent is null":    {`(null)`, `(absent)`, true, true},
		"empty is not null": {`(null)`, `("")`, true, false},
		"one more":          {`(1)`, `(1), (1)`, false, false},
		"one less":          {`(1), (1)`, `(1)`, false, false},
		"lists":             {`([1, null])`, `([1, absent])`, true, true},
		"order of keys":     {`({"a": 1, "b": 2})`, `({"b": 2, "a": 1})`, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := plantest.Diff(rows(test.want), rows(test.got), test.ordered); (diff == "") != test.same {
				t.Errorf("same should be %t, difference:\n%s", test.same, diff)
			}
		})
	}
}
