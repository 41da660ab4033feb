package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "filldown", doc: "Gives fields without a value the one of the row before.",
	parse: func(a *args) stage {
		s := &filldownStage{names: a.names()}
		a.rest()
		return s
	},
})

type filldownStage struct{ names []value }

func (s *filldownStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	everything := len(s.names) == 0
	var names []string
	for _, v := range s.names {
		switch {
		case v.text == "*":
			everything = true
		case !strings.Contains(v.text, "*"):
			l.field(out, v.text, v.span)
			names = append(names, v.text)
		case !out.exact():
			l.errorf(v.span, "spl-wildcard", "%s may stand for fields that are not known before the search runs", v.text).Hint = "name the fields, or fill all"
			return nil
		default:
			names = append(names, out.matching(v.text)...)
		}
	}
	if everything {
		if out.events != nil && out.events.dataset != nil {
			l.everything(out)
		}
		names = append([]string(nil), out.names...)
	}
	layer := &fillingDown{newLayer(out, plan.Frame{Preceding: -1})}
	var filled []assignment
	for _, name := range names {
		if e, ok := l.find(out, name); ok && !strings.HasPrefix(name, "_") {
			filled = append(filled, assignment{name, schema.Any, layer.field(l, out, name, e)})
		}
	}
	layer.end(l, out, layer, everything)
	l.compute(out, filled...)
	return out
}

// fillingDown is a layer that gives fields the last value they had.
type fillingDown struct{ windowLayer }

func (f *fillingDown) field(l *lowering, r *relation, name string, e plan.Expr) plan.Expr {
	if strings.HasPrefix(name, "_") {
		return e
	}
	return f.add(l, r, "last "+name, "last", e)
}

func (f *fillingDown) all(l *lowering, r *relation, star plan.Expr) plan.Expr {
	return f.add(l, r, "last *", "spl_last_fields", star)
}

func (f *fillingDown) logged() bool { return true }
