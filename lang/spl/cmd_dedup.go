package spl

import (
	"strings"

	"goshawk/plan"
)

var dedupOptions = []string{"keepevents", "keepempty", "consecutive"}

var _ = define(spec{
	name: "dedup", doc: "Keeps the first row, or the first few, of those with the same values in some fields.",
	parse: func(a *args) stage {
		s := &dedupStage{most: 1}
		if isDigit(a.peek()) {
			back := a.pos
			v, _ := a.value()
			if strings.Trim(v.text, "0123456789") != "" {
				a.pos = back
			} else if s.most = a.count(v); s.most == 0 {
				a.errorf(v.span, "spl-dedup", "dedup must keep at least one row")
			}
		}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option(dedupOptions...); ok {
				switch name {
				case "keepevents":
					s.keepEvents = a.yes(v)
				case "keepempty":
					s.keepEmpty = a.yes(v)
				case "consecutive":
					s.consecutive = a.yes(v)
				}
				continue
			}
			if a.keyword("sortby") {
				s.sort = a.sortBy()
				break
			}
			if a.unknownOption(dedupOptions...) {
				continue
			}
			v, ok := a.value()
			if !ok {
				break
			}
			if strings.Contains(v.text, "*") {
				a.errorf(v.span, "spl-wildcard", "dedup takes no wildcards")
			}
			s.fields = append(s.fields, v)
		}
		a.rest()
		if len(s.fields) == 0 {
			a.errorf(a.here(), "spl-dedup", "dedup needs a field")
			return nil
		}
		return s
	},
})

type dedupStage struct {
	most                               int64
	fields                             []value
	sort                               []sortKey
	keepEvents, keepEmpty, consecutive bool
}

func (s *dedupStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	if len(s.sort) > 0 {
		l.sorted(out, s.sort, -1)
	} else {
		l.arrange(out)
	}
	var keys, lacking []plan.Expr
	for _, v := range s.fields {
		e := l.field(out, v.text, v.span)
		keys = append(keys, apply("spl_text", e))
		lacking = append(lacking, &plan.IsNull{X: e})
	}
	var place *plan.Ref
	if s.consecutive {
		place = l.number(out, nil, l.changes(out, keys))
	} else {
		place = l.number(out, keys, nil)
	}
	first := plan.Expr(&plan.Compare{Op: plan.LessEqual, Left: place, Right: intLiteral(s.most)})
	if s.keepEvents {
		for _, v := range s.fields {
			if e, ok := l.find(out, v.text); ok {
				l.compute(out, assignment{v.text, anyType, &plan.Case{Arms: []plan.Arm{{When: first, Then: e}}}})
			}
		}
		return out
	}
	if s.keepEmpty {
		first = &plan.Or{List: append(lacking, first)}
	} else {
		first = &plan.And{List: []plan.Expr{&plan.Not{X: &plan.Or{List: lacking}}, first}}
	}
	out.node = &plan.Filter{Input: out.node, Where: first}
	return out
}

// changes returns an expression that is true where one of some values is another than in the row before.
func (l *lowering) changes(r *relation, values []plan.Expr) plan.Expr {
	now := apply("to_json", apply("list", values...))
	before := l.over(r, "before", "lag", plan.Frame{}, nil, now)
	return &plan.Compare{Op: plan.NotEqual, Left: now, Right: apply("coalesce", before, textLiteral(""))}
}
