package sigma

import (
	"errors"
	"regexp/syntax"
	"strings"

	"goshawk/diag"
)

// re: a regular expression found anywhere in the value, with regard to case; i, m, s: its flags.

var _ = define(
	modifier{name: "re", doc: "a regular expression (RE2), found anywhere", first: true, value: func(c *chain, t term) (term, bool) {
		if c.source.Kind == NullValue {
			return c.refuse(nothing{})
		}
		// The text is taken as YAML gives it: Sigma's own escapes do not apply.
		return expression{source: c.source.Text}, true
	}},
	modifier{name: "i", aliases: []string{"ignorecase"}, doc: "flag of re: without regard to case", value: flag(func(e *expression) { e.fold = true })},
	modifier{name: "m", aliases: []string{"multiline"}, doc: "flag of re: ^ and $ at every line", value: flag(func(e *expression) { e.lines = true })},
	modifier{name: "s", aliases: []string{"dotall"}, doc: "flag of re: . meets line breaks, too", value: flag(func(e *expression) { e.dot = true })},
)

func flag(set func(*expression)) func(*chain, term) (term, bool) {
	return func(c *chain, t term) (term, bool) {
		e, ok := t.(expression)
		if !ok {
			c.errorf(c.modifier.Span, "sigma-flag-without-re", "%s is a flag of re and must follow it", c.modifier.Text).
				Hint = "write re before it, or leave it out: texts ignore case anyway"
			return t, false
		}
		set(&e)
		return e, true
	}
}

// re2 returns the expression with its flags, but for fold.
func (e expression) re2() string {
	switch {
	case e.lines && e.dot:
		return "(?ms)" + e.source
	case e.lines:
		return "(?m)" + e.source
	case e.dot:
		return "(?s)" + e.source
	}
	return e.source
}

// compiles reports an expression that RE2 does not read.
func (l *itemLowering) compiles(e expression, v Value) bool {
	if len(e.source) > maxRegexp {
		l.errorf(v.Span, "sigma-too-large", "regular expression of %d bytes is larger than %d", len(e.source), maxRegexp)
		return false
	}
	_, err := syntax.Parse(e.re2(), syntax.Perl)
	if err == nil {
		return true
	}
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		l.errorf(v.Span, "sigma-regex", "regular expression does not compile: %v", err)
		return false
	}
	span := v.Span
	if at := strings.Index(v.Text, wrong.Expr); at >= 0 && wrong.Expr != "" {
		span = v.Part(l.rule.Source, at, at+len(wrong.Expr))
	}
	d := l.errorf(span, "sigma-regex", "regular expression does not compile: %s", wrong.Code)
	explain(d, wrong)
	return false
}

// explain says what to write instead of what RE2 has not.
func explain(d *diag.Diagnostic, wrong *syntax.Error) {
	switch {
	case strings.HasPrefix(wrong.Expr, "(?=") || strings.HasPrefix(wrong.Expr, "(?!") || strings.HasPrefix(wrong.Expr, "(?<"):
		d.Message = "regular expression has a look-around, which RE2 has not"
		d.Hint = "split the test into two items, one of them negated in the condition"
	case wrong.Code == syntax.ErrInvalidEscape && len(wrong.Expr) == 2 && '1' <= wrong.Expr[1] && wrong.Expr[1] <= '9':
		d.Message = "regular expression has a back-reference, which RE2 has not"
		d.Hint = "write the alternatives out"
	case wrong.Code == syntax.ErrInvalidEscape:
		d.Hint = "only punctuation may be escaped so"
	}
}
