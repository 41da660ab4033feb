package spl

import (
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "xyseries", aliases: []string{"maketable"}, doc: "Makes the values of one field columns: the opposite of untable.",
	parse: func(a *args) stage {
		s := &xyseriesStage{separator: ": "}
		for {
			name, v, ok := a.option("grouped", "sep", "format")
			if !ok {
				break
			}
			switch name {
			case "sep":
				s.separator = v.text
			case "format":
				a.errorf(v.span, "spl-option", "xyseries format= is not run")
				return nil
			}
		}
		s.names = a.names()
		a.rest()
		if len(s.names) < 3 {
			a.errorf(a.here(), "spl-xyseries", "xyseries needs three fields: the rows, the columns, the cells")
			return nil
		}
		return s
	},
})

type xyseriesStage struct {
	names     []value
	separator string
}

func (s *xyseriesStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	x, y := s.names[0], s.names[1]
	series := apply("spl_text", l.field(r, y.text, y.span))
	var cells []cell
	for _, v := range s.names[2:] {
		name := series
		if len(s.names) > 3 {
			name = apply("spl_concat", textLiteral(v.text+s.separator), series)
		}
		cells = append(cells, cell{name, l.field(r, v.text, v.span)})
	}
	return l.pivot(r.node, []key{{x.text, l.field(r, x.text, x.span)}}, cells, null(), "xyseries")
}

var _ = define(spec{
	name: "untable", doc: "Makes columns rows: one for each field but the first, with its name and its value.",
	parse: func(a *args) stage {
		s := &untableStage{a.names()}
		a.rest()
		if len(s.names) != 3 {
			a.errorf(a.here(), "spl-untable", "untable needs three fields: the one that stays, one for names, one for values")
			return nil
		}
		return s
	},
})

type untableStage struct{ names []value }

func (s *untableStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	x := l.field(r, s.names[0].text, s.names[0].span)
	l.everything(r)
	return l.unpivot(r, []assignment{{s.names[0].text, schema.Any, x}}, s.names[1].text, s.names[2].text, "untable")
}

// unpivot gives, for each row, one row for each of its fields that has a value and is none of those that stay.
func (l *lowering) unpivot(r *relation, stay []assignment, name, of, by string) *relation {
	kept := map[string]bool{}
	for _, a := range stay {
		kept[a.name] = true
	}
	var args []plan.Expr
	for _, n := range r.names {
		if !kept[n] {
			args = append(args, textLiteral(n), r.fields.of(n))
		}
	}
	fields := apply("object", args...)
	if r.star != nil {
		fields = apply("merge", fields, l.others(r))
	}
	entry := l.column("entry", schema.Dynamic)
	expand := &plan.Expand{Input: r.node, Limit: -1, Lists: []plan.Assign{{Column: entry, Value: apply("spl_filled_entries", fields)}}}
	p := &plan.Project{Input: expand}
	out := &relation{by: by}
	add := func(name string, value plan.Expr) {
		c := l.column(name, schema.Any)
		p.Out = append(p.Out, plan.Assign{Column: c, Value: value})
		out.set(name, &plan.Ref{Column: c})
	}
	for _, a := range stay {
		add(a.name, a.value)
	}
	add(name, apply("get_field", &plan.Ref{Column: entry}, textLiteral("name")))
	add(of, apply("get_field", &plan.Ref{Column: entry}, textLiteral("value")))
	out.node = p
	return out
}
