package spl

import (
	"regexp"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "rangemap", doc: "Names the range that a number is in, in the field range.",
	parse: func(a *args) stage {
		s := &rangemapStage{otherwise: "None"}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option("field", "default"); ok {
				if name == "field" {
					s.field = v
				} else {
					s.otherwise = v.text
				}
				continue
			}
			name, ok := a.value()
			if !ok || !a.accept('=') {
				a.errorf(a.here(), "spl-rangemap", "a range must stand here, written as low=1-10")
				return nil
			}
			v, _ := a.value()
			m := numberRange.FindStringSubmatch(v.text)
			if m == nil {
				a.errorf(v.span, "spl-rangemap", "%s is no range of numbers", clip(v.text)).Hint = "write it as 1-10"
				return nil
			}
			from, _ := event.Number(m[1])
			to, _ := event.Number(m[2])
			s.ranges = append(s.ranges, namedRange{name.text, from, to})
		}
		a.rest()
		if s.field.text == "" {
			a.errorf(a.here(), "spl-rangemap", "rangemap needs field=")
			return nil
		}
		return s
	},
})

var numberRange = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$`)

type rangemapStage struct {
	field     value
	ranges    []namedRange
	otherwise string
}

type namedRange struct {
	name     string
	from, to event.Value
}

func (s *rangemapStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	number := apply("spl_number", l.field(out, s.field.text, s.field.span))
	var names []plan.Expr
	for _, r := range s.ranges {
		inside := &plan.And{List: []plan.Expr{
			&plan.Compare{Op: plan.GreaterEqual, Left: number, Right: &plan.Literal{Value: r.from}},
			&plan.Compare{Op: plan.LessEqual, Left: number, Right: &plan.Literal{Value: r.to}},
		}}
		names = append(names, &plan.Case{Arms: []plan.Arm{{When: inside, Then: textLiteral(r.name)}}})
	}
	found := apply("spl_mvjoin", apply("spl_multi", apply("list", names...)), textLiteral(" "))
	l.compute(out, assignment{"range", schema.Any, apply("coalesce", found, textLiteral(s.otherwise))})
	return out
}
