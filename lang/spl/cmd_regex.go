package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
)

var _ = define(spec{
	name: "regex", doc: "Keeps the rows in which a field, _raw unless told, is matched by a regular expression, or with != those in which it is not.",
	parse: func(a *args) stage {
		s := &regexStage{field: value{text: "_raw"}}
		if a.peek() != '"' {
			back := a.pos
			v, ok := a.value()
			switch {
			case ok && a.peek() == '!' && strings.HasPrefix(a.text[a.pos:a.end], "!="):
				a.pos += 2
				s.field, s.not = v, true
			case ok && a.accept('='):
				s.field = v
			default:
				a.pos = back
			}
		}
		if a.done() {
			a.errorf(a.here(), "spl-regex", "regex needs a regular expression")
			return nil
		}
		s.at = diag.Span{Start: a.pos}
		if s.field.span.End > 0 {
			s.at.Start = s.field.span.Start
		}
		s.source = a.expression()
		s.at.End = a.pos
		a.rest()
		re, err := fn.ParsePCRE(s.source.text)
		if err != nil {
			a.badExpression(s.source, err)
			return nil
		}
		s.re = re
		return s
	},
})

type regexStage struct {
	field, source value
	not           bool
	re            *fn.PCRE
	at            diag.Span
}

func (s *regexStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	subject := l.field(out, s.field.text, s.field.span)
	found := l.matches(subject, s.re, s.source.text, l.mark("regex", s.field.text, s.at))
	if s.not {
		found = &plan.Not{X: apply("coalesce", found, boolLiteral(false))}
	}
	out.node = &plan.Filter{Input: out.node, Where: found}
	return out
}

// matches returns a condition that an expression is found in a text, as one that the matcher can index where RE2 can say it.
func (l *lowering) matches(subject plan.Expr, re *fn.PCRE, source string, mark plan.Marked) plan.Expr {
	if same, ok := re.RE2(); ok && !isLiteral(subject) {
		return &plan.Match{Marked: mark, Subject: subject, Op: plan.Regexp, Patterns: []plan.Pattern{{Source: same}}}
	}
	c := apply("spl_match", subject, textLiteral(source)).(*plan.Call)
	c.Marked = mark
	return c
}
