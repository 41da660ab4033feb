package spl

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "fillnull", doc: "Gives fields without a value one, 0 unless told.",
	parse: func(a *args) stage {
		s := &fillnullStage{value: "0"}
		for {
			_, v, ok := a.option("value")
			if !ok {
				if a.unknownOption("value") {
					continue
				}
				break
			}
			s.value = v.text
		}
		s.names = a.names()
		a.rest()
		return s
	},
})

// constant returns the value that a text of the search stands for: a number where it spells one as numbers are written.
func constant(text string) event.Value {
	if n, ok := event.Number(text); ok && n.Text() == text {
		return n
	}
	return event.TextValue(text)
}

type fillnullStage struct {
	value string
	names []value
}

func (s *fillnullStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	if out.events != nil && out.events.dataset != nil {
		l.everything(out)
	}
	fill := func(name string, e plan.Expr) assignment {
		return assignment{name, schema.Any, apply("coalesce", e, &plan.Literal{Value: constant(s.value)})}
	}
	var filled []assignment
	if len(s.names) > 0 {
		for _, v := range s.names {
			if strings.Contains(v.text, "*") {
				l.errorf(v.span, "spl-wildcard", "fillnull takes no wildcards").Hint = "without fields it fills all"
				return nil
			}
			e, _ := l.find(out, v.text)
			filled = append(filled, fill(v.text, e))
		}
		l.compute(out, filled...)
		return out
	}
	// Without names, a field is filled that has a value in any row. Fields that were computed are such, those of events may be.
	layer := &filling{newLayer(out, allRows), s.value}
	var logged []string
	for _, name := range out.names {
		switch e := out.fields.of(name); {
		case e == nil || strings.HasPrefix(name, "_"):
		case out.logged.of(name) && out.raw:
			logged = append(logged, name)
			filled = append(filled, assignment{name, schema.Any, layer.field(l, out, name, e)})
		default:
			filled = append(filled, fill(name, e))
		}
	}
	layer.end(l, out, layer, true)
	l.compute(out, filled...)
	for _, name := range logged {
		out.logged.put(name, true)
	}
	return out
}

// windowLayer is a layer whose fields come from the rows around.
type windowLayer struct {
	window *plan.Window
	below  int // joins below
}

// newLayer puts a window on rows.
func newLayer(r *relation, frame plan.Frame) windowLayer {
	w := windowLayer{window: &plan.Window{Frame: frame, Input: r.node}}
	if r.events != nil {
		w.below = len(r.events.through)
	}
	r.node = w.window
	return w
}

// add adds an aggregate to the window.
func (w windowLayer) add(l *lowering, r *relation, name, aggregate string, arg plan.Expr) *plan.Ref {
	c := l.column(name, schema.Any)
	w.window.Out = append(w.window.Out, plan.WindowFunc{Column: c, Func: (&aggregation{lowering: l}).kernel(aggregate).Func, Args: []plan.Expr{arg}})
	r.pass(c, w.below)
	return &plan.Ref{Column: c}
}

// end makes the layer one of those that stand over fields nobody has named yet, if it is for all fields.
func (w windowLayer) end(l *lowering, r *relation, layer layer, everything bool) {
	switch {
	case !everything:
	case r.events != nil:
		r.layers = append(r.layers[:len(r.layers):len(r.layers)], layer)
		return
	case r.star != nil:
		// The object is filled as it is below the window.
		star := l.others(r)
		l.setStar(r, layer.all(l, r, star))
	}
	if len(w.window.Out) == 0 {
		r.node = w.window.Input
	}
}

// filling is a layer that gives fields a value in the rows where they have none, if they have one in any.
type filling struct {
	windowLayer
	value string
}

func (f *filling) field(l *lowering, r *relation, name string, e plan.Expr) plan.Expr {
	if strings.HasPrefix(name, "_") {
		return e
	}
	there := f.add(l, r, "filled "+name, "count", e)
	return &plan.Case{
		Arms: []plan.Arm{{
			When: &plan.And{List: []plan.Expr{&plan.IsNull{X: e}, &plan.Compare{Op: plan.Greater, Left: there, Right: intLiteral(0)}}},
			Then: textLiteral(f.value),
		}},
		Else: apply("spl_text", e),
	}
}

func (f *filling) all(l *lowering, r *relation, star plan.Expr) plan.Expr {
	return apply("spl_fill_fields", star, f.add(l, r, "filled *", "make_bag", apply("without_nulls", star)), textLiteral(f.value))
}

func (f *filling) logged() bool { return true }
