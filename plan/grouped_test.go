package plan_test

import (
	"testing"

	"goshawk/diag"
	"goshawk/plan"
)

func TestGrouped(t *testing.T) {
	for _, c := range []struct {
		plan string
		want bool
	}{
		{`scan t [a any, b any] | filter a equals "x"`, true},
		{`scan t [a any, b any] | aggregate [n long = count()] by [c any = a] | sort (c)`, true},
		{`scan t [a any, b any] | aggregate [n long = count()] by [c any = a] | filter c equals "x"`, true},
		{`scan t [a any, b any] | aggregate [n long = count()] by [c any = a] | filter n > 5`, false},
		{`scan t [a any, b any] | aggregate [n long = count()] by [c any = a] | extend [m any = n] | filter m > 5`, false},
		{`scan t [a any, b any] | aggregate [n long = count()] by [c any = a] | extend [m any = n] | extend [x any = c] | filter m > 5`, false},
		{`scan t [a any, b any] | extend [c any = a] | extend [x any = c] | filter x equals "x"`, true},
		{`scan t [a any, b any] | aggregate [n long = count()]`, false},
		{`scan t [a any, b any] | sort (a) limit 3`, false},
		{`scan t [a any, b any] | limit 3`, false},
	} {
		n, list := plan.Read(&diag.Source{Name: "plan", Text: c.plan})
		if list.Failed() {
			t.Errorf("%s: %v", c.plan, list)
			continue
		}
		if got := plan.Grouped(n); got != c.want {
			t.Errorf("%s: %v, want %v", c.plan, got, c.want)
		}
	}
}
