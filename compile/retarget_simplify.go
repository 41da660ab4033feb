package compile

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// draft is a plan over a target's table before it is put together: what the table's rows must meet, what is computed of them, and what
// the detection asks.
type draft struct {
	source   []plan.Expr // conditions of the source
	computed []plan.Assign
	where    []plan.Expr // conditions of the detection that come first
	rest     []func(plan.Node) plan.Node
}

// newDraft returns a draft of a source's condition, what is computed, and the detection's operators; where is the condition of the
// first of them, if that is a Filter.
func newDraft(when plan.Expr, computed []plan.Assign, where plan.Expr, rest []func(plan.Node) plan.Node) *draft {
	return &draft{source: conjunctsOf(when), computed: computed, where: conjunctsOf(where), rest: rest}
}

func conjunctsOf(e plan.Expr) []plan.Expr {
	if e == nil {
		return nil
	}
	if and, ok := e.(*plan.And); ok {
		return slices.Clone(and.List)
	}
	return []plan.Expr{e}
}

// simplify uses what the detection asks of a column of the table: what the source asks of it as well is left out, and what is computed
// by cases of it has one case. A person who writes ActionType == "ConnectionSuccess" writes RemoteIP then, and not the address of
// whichever end was the destination.
func (d *draft) simplify() {
	known := map[*plan.Column]string{}
	for _, e := range d.where {
		if column, value, ok := fixed(e); ok {
			known[column] = value
		}
	}
	if len(known) == 0 {
		return
	}
	settle := func(e plan.Expr) plan.Expr {
		return plan.RewriteExpr(plan.TransformExpr(e, func(e plan.Expr) plan.Expr { return settled(e, known) }))
	}
	var source []plan.Expr
	for _, e := range d.source {
		if l, ok := settle(e).(*plan.Literal); ok && l.Value.Kind() == event.Bool && l.Value.Bool() {
			continue
		}
		source = append(source, e)
	}
	d.source = source
	plain := map[*plan.Column]*plan.Column{} // computed columns that are nothing but a column of the table
	for i, a := range d.computed {
		value := settle(a.Value)
		d.computed[i].Value = value
		if ref, ok := value.(*plan.Ref); ok {
			plain[a.Column] = ref.Column
		}
	}
	if len(plain) == 0 {
		return
	}
	for i, e := range d.where {
		d.where[i] = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
			if ref, ok := e.(*plan.Ref); ok && plain[ref.Column] != nil {
				return &plan.Ref{Marked: ref.Marked, Column: plain[ref.Column]}
			}
			return e
		})
	}
}

// fixed returns the one value that a condition allows a column.
func fixed(e plan.Expr) (*plan.Column, string, bool) {
	m, ok := e.(*plan.Match)
	if !ok || m.Op != plan.Equals || m.Fold || len(m.Patterns) != 1 {
		return nil, "", false
	}
	ref, ok := m.Subject.(*plan.Ref)
	text, plain := m.Patterns[0].IsPlain()
	return refColumn(ref), text, ok && plain
}

func refColumn(ref *plan.Ref) *plan.Column {
	if ref == nil {
		return nil
	}
	return ref.Column
}

// settled decides whether a column whose value is known equals one of some texts.
func settled(e plan.Expr, known map[*plan.Column]string) plan.Expr {
	m, ok := e.(*plan.Match)
	if !ok || m.Op != plan.Equals || m.Fold || m.All {
		return e
	}
	ref, ok := m.Subject.(*plan.Ref)
	if !ok {
		return e
	}
	value, ok := known[ref.Column]
	if !ok {
		return e
	}
	truth := slices.ContainsFunc(m.Patterns, func(p plan.Pattern) bool {
		text, plain := p.IsPlain()
		return plain && text == value
	})
	return &plan.Literal{Value: event.BoolValue(truth), Type: schema.Bool}
}

// node puts the plan together. What nobody reads is not computed, and conditions of the source come first where they need nothing
// that is.
func (d *draft) node(scan *plan.Scan) plan.Node {
	above := func(in plan.Node) plan.Node {
		if len(d.where) > 0 {
			in = &plan.Filter{Input: in, Where: conjunctionOf(d.where)}
		}
		for _, step := range d.rest {
			in = step(in)
		}
		return in
	}
	read := map[*plan.Column]bool{}
	note := func(e plan.Expr) {
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				read[ref.Column] = true
			}
			return true
		})
	}
	plan.Walk(above(scan), func(n plan.Node) bool {
		plan.Exprs(n, note)
		return true
	})
	for _, e := range d.source {
		note(e)
	}
	d.computed = slices.DeleteFunc(d.computed, func(a plan.Assign) bool { return !read[a.Column] })
	var early, late []plan.Expr
	for _, e := range d.source {
		if d.reads(e) {
			late = append(late, e)
		} else {
			early = append(early, e)
		}
	}
	var out plan.Node = scan
	if len(early) > 0 {
		out = &plan.Filter{Input: out, Where: conjunctionOf(early), Why: "source"}
	}
	if len(d.computed) > 0 {
		out = &plan.Project{Input: out, Extend: true, Out: d.computed, Rest: plan.Rest{Keep: true}}
	}
	if len(late) > 0 {
		out = &plan.Filter{Input: out, Where: conjunctionOf(late), Why: "source"}
	}
	return above(out)
}

// reads says whether a condition reads what is computed.
func (d *draft) reads(e plan.Expr) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		ref, ok := e.(*plan.Ref)
		found = found || ok && slices.ContainsFunc(d.computed, func(a plan.Assign) bool { return a.Column == ref.Column })
		return !found
	})
	return found
}

func conjunctionOf(list []plan.Expr) plan.Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return &plan.And{List: list}
}
