package spl

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Fields that only the rows know: what spath, extract or fromjson find in a text.

// overlay is a layer of fields that were found in the rows, and take the place of fields of their names.
type overlay struct{ object plan.Expr }

func (o *overlay) field(_ *lowering, _ *relation, name string, e plan.Expr) plan.Expr {
	if strings.HasPrefix(name, "_") {
		return e
	}
	return apply("coalesce", apply("get_field", o.object, textLiteral(name)), e)
}

func (o *overlay) all(_ *lowering, _ *relation, star plan.Expr) plan.Expr {
	return apply("merge", o.object, star)
}

func (o *overlay) logged() bool { return false }

// found gives rows the fields of an object. Fields of their names have the found values where there are any; those that begin
// with _ stay as they are.
func (l *lowering) found(r *relation, command string, object plan.Expr) {
	column := l.column(command, schema.Dynamic)
	r.node = &plan.Project{Input: r.node, Extend: true, Out: []plan.Assign{{Column: column, Value: object}}}
	ref := &plan.Ref{Column: column}
	over := &overlay{ref}
	if r.events != nil && r.events.dataset != nil {
		l.everything(r)
	}
	var changed []assignment
	for _, name := range r.fields.sorted() {
		before := r.fields.of(name)
		if before == nil {
			before = null()
		}
		if !strings.HasPrefix(name, "_") {
			changed = append(changed, assignment{name, schema.Any, over.field(l, r, name, before)})
		}
	}
	l.compute(r, changed...)
	switch {
	case r.events != nil:
		r.layers = append(r.layers[:len(r.layers):len(r.layers)], over)
	case r.star != nil:
		l.setStar(r, over.all(l, r, r.star))
	default:
		r.star = ref
	}
}

// foundStage gives rows the fields that a function finds in a text.
type foundStage struct {
	command string
	field   value
	find    func(subject plan.Expr) plan.Expr
}

func (s *foundStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.found(out, s.command, s.find(l.field(out, s.field.text, s.field.span)))
	return out
}

// object returns the object of those fields of a row that are wanted, in the order of the record for those of a raw event.
func (l *lowering) object(r *relation, want func(name string) bool) plan.Expr {
	l.everything(r)
	if ref, ok := r.star.(*plan.Ref); ok && ref.Column.Name == "splunk/*" {
		return l.recordObject(r, ref, want)
	}
	var pairs []plan.Expr
	for _, name := range r.names {
		if e := r.fields.of(name); e != nil && want(name) {
			pairs = append(pairs, textLiteral(name), e)
		}
	}
	known := apply("object", pairs...)
	if r.star == nil {
		return known
	}
	return apply("merge", known, l.others(r))
}

// recordObject returns the object of a raw event with what became of its fields.
func (l *lowering) recordObject(r *relation, star *plan.Ref, want func(name string) bool) plan.Expr {
	var gone []event.Value
	out := plan.Expr(star)
	for _, name := range r.fields.sorted() {
		if r.fields.of(name) == nil {
			gone = append(gone, event.TextValue(name))
		}
	}
	if len(gone) > 0 {
		out = apply("remove_fields", out, &plan.Literal{Value: event.ListValue(gone...)})
	}
	for _, name := range r.names {
		if ref, ok := r.fields.of(name).(*plan.Ref); ok && ref.Column.Name == "splunk/"+name {
			continue
		}
		if want(name) {
			out = apply("set_field", out, textLiteral(name), r.fields.of(name))
		}
	}
	return out
}

// number adds the number of each row, counted from 1 in its partition and again where restart, if not nil, is true.
func (l *lowering) number(r *relation, partition []plan.Expr, restart plan.Expr) *plan.Ref {
	w := &plan.Window{Input: r.node, PartitionBy: partition}
	var args []plan.Expr
	if restart != nil {
		args = append(args, restart)
	}
	c := l.column("number", schema.Long)
	kernel := (&aggregation{lowering: l}).kernel("row_number")
	w.Out = []plan.WindowFunc{{Column: c, Func: kernel.Func, Args: args}}
	r.node = w
	return &plan.Ref{Column: c}
}

// over adds an aggregate of the rows around each row.
func (l *lowering) over(r *relation, name, aggregate string, frame plan.Frame, partition []plan.Expr, args ...plan.Expr) *plan.Ref {
	c := l.column(name, schema.Any)
	kernel := (&aggregation{lowering: l}).kernel(aggregate)
	r.node = &plan.Window{Input: r.node, PartitionBy: partition, Frame: frame, Out: []plan.WindowFunc{{Column: c, Func: kernel.Func, Args: args}}}
	return &plan.Ref{Column: c}
}

var allRows = plan.Frame{Preceding: -1, Following: -1}

// chosen returns the fields known by name among those that are named, with wildcards; all but those that begin with _ if none
// is. Where a wildcard may stand for others too, those of a scan become an object.
func (l *lowering) chosen(r *relation, fields []value) []string {
	if len(fields) == 0 || starredNames(fields) {
		l.everything(r)
	}
	var names []string
	seen := map[string]bool{}
	add := func(list ...string) {
		for _, name := range list {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	if len(fields) == 0 {
		fields = []value{{text: "*"}}
	}
	for _, v := range fields {
		if !strings.Contains(v.text, "*") {
			l.field(r, v.text, v.span)
			add(v.text)
			continue
		}
		for _, name := range r.matching(v.text) {
			if !strings.HasPrefix(name, "_") || strings.HasPrefix(v.text, "_") {
				add(name)
			}
		}
	}
	return names
}

// changeOthers changes those fields that only the rows know whose names match one with wildcards, all but those that begin with _
// if there is none, and leaves those that match one of others.
func (l *lowering) changeOthers(r *relation, fields, but []value, change func(plan.Expr) plan.Expr) {
	if r.star == nil {
		return
	}
	if len(fields) == 0 {
		fields = []value{{text: "*"}}
	}
	entry := &plan.Param{Name: "entry"}
	name, e := apply("get_field", entry, textLiteral("name")), apply("get_field", entry, textLiteral("value"))
	var chosen []plan.Expr
	for _, v := range fields {
		matches := apply("spl_wildcard", name, textLiteral(v.text))
		if !strings.HasPrefix(v.text, "_") {
			matches = &plan.And{List: []plan.Expr{matches, &plan.Not{X: apply("spl_wildcard", name, textLiteral("_*"))}}}
		}
		chosen = append(chosen, matches)
	}
	when := []plan.Expr{&plan.Or{List: chosen}}
	for _, v := range but {
		when = append(when, &plan.Not{X: apply("spl_wildcard", name, textLiteral(v.text))})
	}
	changed := &plan.Case{Arms: []plan.Arm{{When: &plan.And{List: when}, Then: change(e)}}, Else: e}
	l.setStar(r, apply("list_fold", apply("entries", l.others(r)), apply("object"),
		&plan.Lambda{Params: []string{"fields", "entry"}, Body: apply("set_field", &plan.Param{Name: "fields"}, name, changed)}))
}

// starredNames says whether a name holds a wildcard.
func starredNames(list []value) bool {
	for _, v := range list {
		if strings.Contains(v.text, "*") {
			return true
		}
	}
	return false
}
