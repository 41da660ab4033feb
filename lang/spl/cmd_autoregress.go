package spl

import (
	"strconv"
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "autoregress", doc: "Gives a row the values that a field had in rows before.",
	parse: func(a *args) stage {
		s := &autoregressStage{from: 1, to: 1}
		if !a.fieldAs(&s.field, &s.as) {
			return nil
		}
		if _, v, ok := a.option("p"); ok {
			from, to, ranges := strings.Cut(v.text, "-")
			n, err := strconv.ParseInt(from, 10, 64)
			m := n
			if ranges && err == nil {
				m, err = strconv.ParseInt(to, 10, 64)
			}
			if err != nil || n < 1 || m < n || m > 1000 {
				a.errorf(v.span, "spl-option-value", "this must be a number of rows or a range of them, such as 1-5, not %s", clip(v.text))
				return nil
			}
			if s.as != "" && m > n {
				a.errorf(v.span, "spl-autoregress", "several values cannot be in one field").Hint = "leave as out: the fields are called " + s.field.text + "_p1 and so on"
				return nil
			}
			s.from, s.to = n, m
		}
		a.rest()
		return s
	},
})

type autoregressStage struct {
	field    value
	as       string
	from, to int64
}

func (s *autoregressStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	e := l.field(out, s.field.text, s.field.span)
	var values []assignment
	for p := s.from; p <= s.to; p++ {
		name := s.as
		if name == "" {
			name = s.field.text + "_p" + strconv.FormatInt(p, 10)
		}
		values = append(values, assignment{name, schema.Any, l.over(out, "before", "lag", plan.Frame{}, nil, e, intLiteral(p))})
	}
	l.compute(out, values...)
	return out
}
