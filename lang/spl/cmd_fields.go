package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "fields", doc: "Keeps the fields that are named, or with - takes them away.",
	parse: func(a *args) stage {
		s := &fieldsStage{}
		switch {
		case a.peek() == '-' && !a.is("-"):
			a.pos++
			s.without = true
		case a.keyword("-"):
			s.without = true
		case a.keyword("+"):
		}
		s.names = a.names()
		a.rest()
		return s.named(a)
	},
})

var _ = define(spec{
	name: "table", doc: "Shows the fields that are named, in this order, and nothing else.",
	parse: func(a *args) stage {
		s := &fieldsStage{table: true, names: a.names()}
		a.rest()
		return s.named(a)
	},
})

type fieldsStage struct {
	without, table bool
	names          []value
}

// named complains where no field is named.
func (s *fieldsStage) named(a *args) stage {
	if len(s.names) == 0 {
		a.errorf(a.here(), "spl-"+a.command.name, "%s needs a field", a.command.name)
		return nil
	}
	return s
}

func (s *fieldsStage) lower(l *lowering, in *relation) *relation {
	if s.without {
		return s.drop(l, in)
	}
	r := in.clone()
	l.keepOrder(r)
	out := &relation{node: r.node, raw: r.raw, arranged: r.arranged, order: r.order, shown: r.shown, void: r.void, by: "fields"}
	if s.table {
		out.by = "table"
	}
	keep := func(name string, e plan.Expr) {
		logged := r.logged.of(name)
		if _, twice := out.fields.get(name); !twice {
			out.set(name, e)
			if logged {
				out.logged.put(name, true)
			}
		}
	}
	var globs []string
	if !s.table && r.events != nil { // these stay, and are asked for while the scan can be
		l.find(r, "_time")
		l.find(r, "_raw")
	}
	for _, v := range s.names {
		if !strings.Contains(v.text, "*") {
			e, ok := l.find(r, v.text)
			if !ok {
				l.field(r, v.text, v.span)
				e = null()
			}
			keep(v.text, e)
			continue
		}
		l.everything(r)
		out.node = r.node
		for _, name := range r.matching(v.text) {
			if s.table && strings.HasPrefix(name, "_") && !strings.HasPrefix(v.text, "_") {
				continue
			}
			keep(name, r.fields.of(name))
		}
		globs = append(globs, v.text)
	}
	if !s.table {
		for _, name := range []string{"_time", "_raw"} {
			if e, ok := l.find(r, name); ok && (r.events != nil || r.has(name)) {
				keep(name, e)
			}
		}
	}
	if len(globs) > 0 && r.star != nil {
		out.star = l.others(r)
		internal := false
		for _, g := range globs {
			internal = internal || strings.HasPrefix(g, "_")
		}
		if s.table && !internal {
			out.star = apply("spl_drop_fields", out.star, textLiteral("_*"))
		}
		for _, g := range globs {
			if g == "*" {
				globs = nil
				break
			}
		}
		if globs != nil {
			c := l.column("*", schema.Dynamic)
			args := []plan.Expr{out.star}
			for _, g := range globs {
				args = append(args, textLiteral(g))
			}
			out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: c, Value: apply("spl_keep_fields", args...)}}}
			out.star = &plan.Ref{Column: c}
		}
	}
	return out
}

func (s *fieldsStage) drop(l *lowering, in *relation) *relation {
	out := in.clone()
	for _, v := range s.names {
		if strings.HasPrefix(v.text, "_") {
			l.keepOrder(out)
		}
		if !strings.Contains(v.text, "*") {
			out.remove(v.text)
			continue
		}
		l.everything(out)
		for _, name := range out.matching(v.text) {
			if !strings.HasPrefix(name, "_") || strings.HasPrefix(v.text, "_") {
				out.remove(name)
			}
		}
		if out.star != nil {
			c := l.column("*", schema.Dynamic)
			out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: c, Value: apply("spl_drop_fields", l.others(out), textLiteral(v.text))}}}
			out.star = &plan.Ref{Column: c}
		}
	}
	return out
}
