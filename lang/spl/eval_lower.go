package spl

import (
	"math"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// A condition of where and if has three values in SPL, and only true counts. So conditions are lowered with the answer that is
// wanted: holds(x, true) is true where x is true, holds(x, false) where x is false; where x is null neither is. Every Not is
// written out on the way down, and no null is left to think about.

// value returns what an expression is worth.
func (l *lowering) value(e expr, in *relation) plan.Expr {
	if l.enough(e.place()) {
		return null()
	}
	switch e := e.(type) {
	case *literal:
		return &plan.Literal{Value: e.value}
	case *ref:
		if x, ok := in.bound(e.name); ok {
			return x
		}
		return l.field(in, e.name, e.at)
	case *unary:
		switch e.op {
		case "-":
			if n, ok := e.x.(*literal); ok && n.value.Kind() != event.Text {
				return negated(n.value)
			}
			return apply("spl_negate", l.value(e.x, in))
		case "+":
			return l.value(e.x, in)
		}
		return l.truthValue(e, in)
	case *binary:
		switch e.op {
		case "+":
			return apply("spl_add", l.value(e.left, in), l.value(e.right, in))
		case "-":
			return apply("spl_subtract", l.value(e.left, in), l.value(e.right, in))
		case "*":
			return apply("spl_multiply", l.value(e.left, in), l.value(e.right, in))
		case "/":
			return apply("spl_divide", l.value(e.left, in), l.value(e.right, in))
		case "%":
			return apply("spl_modulo", l.value(e.left, in), l.value(e.right, in))
		case ".":
			l.lintDot(e, in)
			return apply("spl_concat", l.value(e.left, in), l.value(e.right, in))
		}
		return l.truthValue(e, in)
	case *inList:
		return l.truthValue(e, in)
	case *invoke:
		f, ok := l.function(e)
		if !ok {
			return null()
		}
		if f.truth != nil {
			return l.truthValue(e, in)
		}
		return f.value(&call{l, in, e.name, e.at, e.args})
	}
	return null()
}

func negated(v event.Value) plan.Expr {
	if v.Kind() == event.Int && v.Int() != math.MinInt64 {
		return intLiteral(-v.Int())
	}
	return &plan.Literal{Value: event.FloatValue(-v.Float())}
}

// bound returns what a parameter of a function that is being lowered stands for.
func (r *relation) bound(name string) (plan.Expr, bool) {
	if r == nil {
		return null(), true
	}
	return nil, false
}

// lintDot warns of a field whose name holds a dot, which must stand in single quotes.
func (l *lowering) lintDot(e *binary, in *relation) {
	left, ok := dotted(e)
	if !ok || in == nil || !in.has(left) {
		return
	}
	l.warnf(e.at, "spl-dot", "%s joins two texts; the field %s is not read", left, left).Hint = "write '" + left + "'"
}

// dotted returns the name that words joined by dots look like.
func dotted(e expr) (string, bool) {
	switch e := e.(type) {
	case *ref:
		return e.name, true
	case *binary:
		if e.op != "." {
			return "", false
		}
		left, ok := dotted(e.left)
		if !ok {
			return "", false
		}
		right, ok := dotted(e.right)
		return left + "." + right, ok
	}
	return "", false
}

// function returns the function of a call, or complains.
func (l *lowering) function(e *invoke) (*function, bool) {
	f := functions[e.name]
	if f == nil {
		d := l.errorf(e.nameAt, "spl-unknown-function", "unknown function %s", e.name)
		var known []string
		for name := range functions {
			known = append(known, name)
		}
		if near := diag.Nearest(e.name, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return nil, false
	}
	if f.refused != "" {
		l.errorf(e.nameAt, "spl-refused-function", "%s is not run: %s", e.name, f.refused)
		return nil, false
	}
	if n := len(e.args); n < f.least || f.most >= 0 && n > f.most {
		l.errorf(e.at, "spl-arguments", "%s takes %s, not %d", e.name, arity(f.least, f.most), n)
		return nil, false
	}
	return f, true
}

func arity(least, most int) string {
	number := func(n int) string {
		return [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}[min(n, 9)]
	}
	switch {
	case most < 0:
		return "at least " + number(least) + " arguments"
	case least != most:
		return number(least) + " to " + number(most) + " arguments"
	case least == 1:
		return "one argument"
	}
	return number(least) + " arguments"
}

// isCondition says whether an expression gives a truth value.
func isCondition(e expr) bool {
	switch e := e.(type) {
	case *unary:
		return e.op == "NOT"
	case *binary:
		switch e.op {
		case "+", "-", "*", "/", "%", ".":
			return false
		}
		return true
	case *inList:
		return true
	case *invoke:
		f := functions[e.name]
		return f != nil && f.truth != nil
	}
	return false
}

// truthValue returns a condition as a value: true, false or null.
func (l *lowering) truthValue(e expr, in *relation) plan.Expr {
	return &plan.Case{Arms: []plan.Arm{
		{When: l.holds(e, in, true), Then: boolLiteral(true)},
		{When: l.holds(e, in, false), Then: boolLiteral(false)},
	}}
}

// holds returns an expression that is true where a condition is true (want) or false (not want), and not true elsewhere.
func (l *lowering) holds(e expr, in *relation, want bool) plan.Expr {
	if l.enough(e.place()) {
		return boolLiteral(false)
	}
	switch e := e.(type) {
	case *unary:
		if e.op == "NOT" {
			return l.holds(e.x, in, !want)
		}
	case *binary:
		switch e.op {
		case "AND", "OR":
			left, right := l.holds(e.left, in, want), l.holds(e.right, in, want)
			if (e.op == "AND") == want {
				return &plan.And{List: []plan.Expr{left, right}}
			}
			return &plan.Or{List: []plan.Expr{left, right}}
		case "XOR":
			both := func(a, b bool) plan.Expr {
				return &plan.And{List: []plan.Expr{l.holds(e.left, in, a), l.holds(e.right, in, b)}}
			}
			if want {
				return &plan.Or{List: []plan.Expr{both(true, false), both(false, true)}}
			}
			return &plan.Or{List: []plan.Expr{both(true, true), both(false, false)}}
		case "==", "!=", "<", "<=", ">", ">=":
			return l.comparison(e, in, want)
		case "LIKE":
			return l.like(e.left, e.right, in, e.at, want)
		}
	case *inList:
		var list []plan.Expr
		for _, x := range e.list {
			list = append(list, l.comparison(&binary{"==", e.x, x, e.at}, in, want))
		}
		if want {
			return &plan.Or{List: list}
		}
		return &plan.And{List: list}
	case *invoke:
		f, ok := l.function(e)
		if !ok {
			return boolLiteral(false)
		}
		if f.truth != nil {
			return f.truth(&call{l, in, e.name, e.at, e.args}, want)
		}
	}
	// A value as a condition: the texts and numbers that Splunk takes for truth values.
	return apply("spl_is_true", l.value(e, in), boolLiteral(want))
}

var comparisons = map[string]string{ // operator → kernel
	"==": "spl_equal", "!=": "spl_not_equal", "<": "spl_less", ">=": "spl_greater_equal", ">": "spl_greater", "<=": "spl_less_equal",
}

// comparison compares two values.
func (l *lowering) comparison(e *binary, in *relation, want bool) plan.Expr {
	kernel := comparisons[e.op]
	name := fieldOf(e.left)
	mark := l.mark("where", name, e.at)
	// A field compared with a text that is no number is plain equality, which the matcher can index.
	left := l.value(e.left, in)
	if t, ok := e.right.(*literal); ok && want && kernel == "spl_equal" && t.value.Kind() == event.Text && !isLiteral(left) {
		if _, number := event.Number(strings.TrimSpace(t.value.Text())); !number && t.value.Text() != "" {
			return &plan.Match{Marked: mark, Subject: left, Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(t.value.Text())}}
		}
	}
	c := apply(kernel, left, l.value(e.right, in)).(*plan.Call)
	if !want { // of several values one may be equal and another not: the opposite of "one is" is "none is", and null stays null
		return &plan.Not{Marked: mark, X: c}
	}
	c.Marked = mark
	return c
}

// isLiteral says whether a value is known already; what is called with it is then computed at once.
func isLiteral(e plan.Expr) bool {
	_, ok := e.(*plan.Literal)
	return ok
}

func fieldOf(e expr) string {
	if r, ok := e.(*ref); ok {
		return r.name
	}
	return ""
}

// like matches a text with a pattern of % (any characters) and _ (one).
func (l *lowering) like(x, pattern expr, in *relation, at diag.Span, want bool) plan.Expr {
	subject := l.value(x, in)
	mark := l.mark("where", fieldOf(x), at)
	if p, ok := pattern.(*literal); ok && !isLiteral(subject) {
		m := &plan.Match{Marked: mark, Subject: subject, Op: plan.Equals, Patterns: []plan.Pattern{likePattern(p.value.Text())}}
		return answered(m, subject, want)
	}
	c := apply("spl_like", subject, l.value(pattern, in)).(*plan.Call)
	c.Marked = mark
	if want {
		return c
	}
	return &plan.Not{X: c}
}

// answered returns a Match that must be true, or one that must be false of a value that is there.
func answered(m *plan.Match, subject plan.Expr, want bool) plan.Expr {
	if want {
		return m
	}
	mark := m.Marked
	return &plan.And{List: []plan.Expr{&plan.Not{X: &plan.IsNull{X: subject}}, &plan.Not{Marked: mark, X: m}}}
}

// likePattern reads a pattern of like.
func likePattern(text string) plan.Pattern {
	var p plan.Pattern
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Run, Text: run.String()})
			run.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			flush()
			if n := len(p.Pieces); n == 0 || p.Pieces[n-1].Kind != plan.Many {
				p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Many})
			}
		case c == '_':
			flush()
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.One})
		default:
			run.WriteByte(c)
		}
	}
	flush()
	return p
}
