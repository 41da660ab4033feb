package compile

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// A part of a log source's events may lack fields that another part has: Windows' own audit of processes has no original file name.
// Conditions on what is not there are decided, as they are of such records themselves.

// classes returns the kinds of record of the log source that the source holds.
func (rt *retargeting) classes() []*event.Class {
	var list []*event.Class
	one := func(values []string) []string {
		if len(values) == 0 {
			return []string{""}
		}
		return values
	}
	for _, f := range rt.feeds() {
		for _, channel := range one(f.Channel) {
			for _, provider := range one(f.Provider) {
				for _, id := range one(f.ID) {
					list = append(list, event.ClassOf(event.Class{Product: rt.product, Channel: channel, Provider: provider, ID: id}))
				}
			}
		}
	}
	return list
}

// lacks says whether no record that the source holds has what a Ref or Field stands for.
func (rt *retargeting) lacks(e plan.Expr) bool {
	name := ""
	switch e := e.(type) {
	case *plan.Ref:
		if rt.carried[e.Column] != nil || rt.aliases[e.Column] != nil {
			return false
		}
		if name = e.Column.Name; rt.canonical != nil {
			if native := rt.native[name]; native != "" {
				return rt.lacks(&plan.Field{Name: native})
			}
			name = rt.canonical[name]
		}
	case *plan.Field:
		name = e.Name
	default:
		return false
	}
	return name != "" && len(rt.records) > 0 && !slices.ContainsFunc(rt.records, func(c *event.Class) bool {
		if _, field := e.(*plan.Field); field {
			return rt.mayHave(c, name)
		}
		source := rt.o.Taxonomy.Source(c, name)
		if field, plain := source.(*plan.Field); plain {
			return rt.mayHave(c, field.Name)
		}
		return source != nil
	})
}

// mayHave says whether records of a class may have a field of a name: nobody knows of those that promise nothing.
func (rt *retargeting) mayHave(c *event.Class, name string) bool {
	fields, known := rt.o.Taxonomy.NativeFields(c)
	return !known || slices.ContainsFunc(fields, func(f string) bool {
		return strings.EqualFold(f, name) || strings.EqualFold(strings.ReplaceAll(f, " ", ""), name)
	})
}

// decided returns a condition in which what the records lack is null: a constant, where nothing else counts. One that is neither true
// nor false finds no event, whatever stands around it.
func (rt *retargeting) decided(e plan.Expr, negated bool) plan.Expr {
	lacking := false
	out := plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		switch x := e.(type) {
		case *plan.Ref, *plan.Field:
			if rt.lacks(e) {
				lacking = true
				if name := nameOf(e); !slices.Contains(rt.lacking, name) {
					rt.lacking = append(rt.lacking, name)
				}
				return &plan.Literal{}
			}
		case *plan.Call:
			if slices.ContainsFunc(x.Args, isNull) {
				return plan.RewriteExpr(x)
			}
		case *plan.Match:
			if isNull(x.Subject) {
				return truthOf(false)
			}
		case *plan.Compare:
			if isNull(x.Left) || isNull(x.Right) {
				return &plan.Literal{}
			}
		}
		return e
	})
	if !lacking {
		return e
	}
	if out = plan.RewriteExpr(out); isNull(out) {
		return truthOf(negated)
	}
	plan.WalkExpr(out, func(x plan.Expr) bool {
		lacking = lacking && !isNull(x)
		return lacking
	})
	if !lacking {
		return e // a function of what is there and of what is not
	}
	return out
}

func isNull(e plan.Expr) bool {
	l, ok := e.(*plan.Literal)
	return ok && l.Value.IsNull()
}

func isTruth(e plan.Expr) bool {
	l, ok := e.(*plan.Literal)
	return ok && l.Value.Kind() == event.Bool
}

func truthOf(truth bool) *plan.Literal {
	return &plan.Literal{Value: event.BoolValue(truth), Type: schema.Bool}
}
