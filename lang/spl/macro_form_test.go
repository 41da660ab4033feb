package spl

import (
	"testing"

	"goshawk/diag"
)

// TestCallForm takes calls of macros apart.
func TestCallForm(t *testing.T) {
	for _, c := range []struct {
		call, name, arguments string
		brackets, ok          bool
	}{
		{"sysmon", "sysmon", "", false, true},
		{" \n\tsysmon\f ", "sysmon", "", false, true},
		{"ctime(firstTime)", "ctime", "firstTime", true, true},
		{" ctime (a, \"b)\") ", "ctime", `a, "b)"`, true, true},
		{"none()", "none", "", true, true},
		{"odd(a) b)", "odd", "a) b", true, true},
		{"", "", "", false, false},
		{"(a)", "", "", false, false},
		{"two words", "", "", false, false},
		{"open(a", "", "", false, false},
		{"open(", "", "", false, false},
		{`"quoted"`, "", "", false, false},
		{"a,b", "", "", false, false},
	} {
		name, from, to, ok := callForm(c.call)
		if name != c.name || ok != c.ok || from >= 0 != c.brackets {
			t.Errorf("%q is a call of %q, with brackets %v: %v", c.call, name, from >= 0, ok)
		} else if from >= 0 && c.call[from:to] != c.arguments {
			t.Errorf("%q has the arguments %q, not %q", c.call, c.call[from:to], c.arguments)
		}
	}
}

// TestParameters finds the parameters in the definition of a macro.
func TestParameters(t *testing.T) {
	for definition, want := range map[string][]string{
		"no parameter":         nil,
		"$a$ and $b-c_1$":      {"$a$", "$b-c_1$"},
		"$ $a$":                {"$a$"},
		"$$a$":                 {"$a$"},
		"$a b$c$":              {"$c$"},
		"$a$b$":                {"$a$"},
		"it costs $5":          nil,
		"open $":               nil,
		"`other($x$)` | $y$ |": {"$x$", "$y$"},
	} {
		var got []string
		var at diag.Span
		for ok := true; ok; {
			if at, ok = parameter(definition, at.End); ok {
				got = append(got, definition[at.Start:at.End])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q has the parameters %q, not %q", definition, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q has the parameters %q, not %q", definition, got, want)
			}
		}
	}
}
