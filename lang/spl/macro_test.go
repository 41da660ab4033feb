package spl_test

import (
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/lang/spl"
)

// TestMacros expands macros that the cases cannot hold: those with a validation, and those whose text an expression computes.
// Truth: Knowledge Manager Manual, "Use search macros": eval-based definitions and validation expressions.
func TestMacros(t *testing.T) {
	macros := map[string]*spl.Macro{
		"first":  {Args: []string{"n"}, Definition: text("head $n$"), Validation: "isnum($n$)", Message: "n must be a number"},
		"small":  {Args: []string{"n"}, Definition: text("head $n$"), Validation: `$n$<10`},
		"broken": {Args: []string{"n"}, Definition: text("head $n$"), Validation: "isnum("},
		"sum":    {Args: []string{"a", "b"}, Definition: text(`"head ".($a$+$b$)`), Eval: true},
		"unless": {Args: []string{"mode"}, Definition: text(`if("$mode$"="fast","head 1","` + "`first(7)`" + `")`), Eval: true},
		"number": {Args: []string{"n"}, Definition: text("$n$+1"), Eval: true},
		"field":  {Args: []string{"n"}, Definition: text("other"), Eval: true},
		"faulty": {Args: []string{"n"}, Definition: text("nosuch($n$)"), Eval: true},
	}
	env := spl.Env{
		Macro: func(name string, args int) (*spl.Macro, bool) {
			m, ok := macros[name]
			if !ok || len(m.Args) != args {
				return nil, false
			}
			m.Name = name
			return m, true
		},
		MacroNames: func() []string { return []string{"first", "small", "sum"} },
	}
	for _, c := range []struct{ query, want string }{
		{"* | `first(3)`", "* | head 3"},
		{"* | `first(x)`", "`first`: n must be a number [spl-macro-validation]"},
		{"* | `small(3)`", "* | head 3"},
		{"* | `small(30)`", "`small`: the arguments do not meet $n$<10 [spl-macro-validation]"},
		{"* | `broken(3)`", "[spl-macro-validation]"},
		{"* | `sum(2, 3)`", "* | head 5"},
		{"* | `unless(fast)`", "* | head 1"},
		{"* | `unless(\"slow\")`", "* | head 7"},
		{"* | `number(3)`", "the expression of the macro `number` gives no text: 3+1 [spl-macro-eval]"},
		{"* | `field(3)`", "[spl-macro-eval]"},
		{"* | `faulty(3)`", "unknown function nosuch"},
		{"* | `first`", "there is a macro of that name, with another number of arguments"},
		{"* | `firts(3)`", "did you mean `first`?"},
	} {
		search, complaints := spl.Read(text(c.query), env)
		got := search.Text.String
		for _, d := range complaints {
			got += "\n" + d.Error() + "\n" + d.Hint
		}
		if !complaints.Failed() && got != c.want || complaints.Failed() && !strings.Contains(got, c.want) {
			t.Errorf("%s\ngives %s\nwant  %s", c.query, got, c.want)
		}
	}
}

func text(s string) *diag.Text { return diag.NewText(&diag.Source{Name: "query", Text: s}) }
