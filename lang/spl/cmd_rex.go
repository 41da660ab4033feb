package spl

import (
	"errors"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var rexOptions = []string{"field", "max_match", "offset_field", "mode"}

var _ = define(spec{
	name: "rex", doc: "Extracts fields by the named groups of a regular expression, or with mode=sed changes a field.",
	parse: func(a *args) stage {
		s := &rexStage{field: value{text: "_raw"}, most: 1}
		for !a.done() {
			if name, v, ok := a.option(rexOptions...); ok {
				switch name {
				case "field":
					s.field = v
				case "max_match":
					s.most = a.count(v)
				case "offset_field":
					s.offset = v.text
				case "mode":
					if s.sed = strings.EqualFold(v.text, "sed"); !s.sed {
						a.errorf(v.span, "spl-option-value", "the only mode is sed")
					}
				}
				continue
			}
			if s.source.span.End == 0 && a.peek() != '"' && a.unknownOption(rexOptions...) {
				continue
			}
			if s.source.span.End > 0 {
				break
			}
			if s.source = a.expression(); s.source.span.End == 0 {
				break
			}
		}
		a.rest()
		if s.source.span.End == 0 {
			a.errorf(a.here(), "spl-rex", "rex needs a regular expression in quotes")
			return nil
		}
		if s.sed {
			if _, err := fn.ParseSed(s.source.text); err != nil {
				a.badExpression(s.source, err)
			}
			return s
		}
		re, err := fn.ParsePCRE(s.source.text)
		if err != nil {
			a.badExpression(s.source, err)
			return s
		}
		for _, name := range re.Names() {
			if name != "" {
				s.groups = append(s.groups, name)
			}
		}
		if len(s.groups) == 0 {
			a.errorf(s.source.span, "spl-rex", "the expression has no named group, so rex extracts nothing").Hint = `name what to extract, as in "user=(?<user>\w+)"`
		}
		return s
	},
})

// expression reads a regular expression, in quotes or up to a blank.
func (a *args) expression() value {
	if a.peek() == '"' {
		v, _ := a.value()
		return v
	}
	a.blank()
	start := a.pos
	for a.pos < a.end && !isBlank(a.text[a.pos]) {
		a.pos++
	}
	return value{text: a.text[start:a.pos], span: diag.Span{Start: start, End: a.pos}}
}

// badExpression complains about a regular expression or sed script.
func (l *lowering) badExpression(v value, err error) {
	span := v.span
	var bad *fn.PCREError
	message := err.Error()
	if errors.As(err, &bad) {
		message = bad.Message
		if place := v.span.Start + 1 + bad.Offset; v.quoted && place < v.span.End && !strings.Contains(l.text.String[v.span.Start:min(place, len(l.text.String))], `\\`) {
			span = diag.Span{Start: place, End: min(place+1, v.span.End)}
		}
	}
	l.errorf(span, "spl-regex", "the regular expression cannot be read: %s", message)
}

type rexStage struct {
	field, source value
	most          int64 // 0: all
	offset        string
	sed           bool
	groups        []string
}

func (s *rexStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	subject := l.field(out, s.field.text, s.field.span)
	if s.sed {
		l.compute(out, assignment{s.field.text, schema.Any, apply("spl_sed", subject, textLiteral(s.source.text))})
		return out
	}
	args := []plan.Expr{subject, textLiteral(s.source.text)}
	if s.most != 1 {
		args = append(args, intLiteral(s.most))
	}
	c := l.column("rex", schema.Dynamic)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: c, Value: apply("spl_rex", args...)}}}
	var values []assignment
	seen := map[string]bool{}
	for _, name := range s.groups {
		if seen[name] {
			continue
		}
		seen[name] = true
		before, _ := l.find(out, name)
		values = append(values, assignment{name, schema.Any, apply("coalesce", apply("get_field", &plan.Ref{Column: c}, textLiteral(name)), before)})
	}
	if s.offset != "" {
		values = append(values, assignment{s.offset, schema.Any, apply("spl_rex_offsets", subject, textLiteral(s.source.text))})
	}
	l.compute(out, values...)
	return out
}
