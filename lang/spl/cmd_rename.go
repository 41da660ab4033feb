package spl

import (
	"slices"
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "rename", doc: "Gives fields other names.",
	parse: func(a *args) stage {
		s := &renameStage{}
		for a.commas(); !a.done(); a.commas() {
			from, ok := a.value()
			if !ok || !a.keyword("as") {
				a.errorf(a.here(), "spl-rename", "rename needs fields written as: old AS new")
				return nil
			}
			to, ok := a.value()
			if !ok {
				a.errorf(a.here(), "spl-rename", "a name must stand behind as")
				return nil
			}
			if strings.Count(from.text, "*") != strings.Count(to.text, "*") {
				a.errorf(to.span, "spl-rename", "%s and %s do not hold the same number of wildcards", from.text, to.text)
				return nil
			}
			s.list = append(s.list, [2]value{from, to})
		}
		return s
	},
})

type renameStage struct{ list [][2]value }

func (s *renameStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	for _, pair := range s.list {
		from, to := pair[0].text, pair[1].text
		if !strings.Contains(from, "*") {
			l.rename(out, pair[0], to)
			continue
		}
		l.everything(out)
		before := out.clone()
		if l.renameKnown(out, pair[0], to) == 0 && out.star == nil && !out.void {
			l.warnf(pair[0].span, "spl-unknown-field", "no field here matches %s", from)
		}
		if out.star != nil {
			l.renameOthers(out, before, from, to)
		}
	}
	return out
}

// renameKnown gives the fields known by name that match a name with wildcards other names, all at once: a field whose name another
// takes keeps its values if it gets a new name itself. It returns how many match.
func (l *lowering) renameKnown(out *relation, from value, to string) (matching int) {
	before := out.clone()
	renamed := func(name string) (string, bool) {
		parts, ok := wild(from.text, name)
		return filled(to, parts), ok && (!strings.HasPrefix(name, "_") || strings.HasPrefix(from.text, "_"))
	}
	moved := map[string]string{}
	for _, name := range before.matching(from.text) {
		target, ok := renamed(name)
		if !ok {
			continue
		}
		if matching++; name != target {
			moved[name] = target
		}
		if name == "_time" || target == "_time" {
			l.keepOrder(out)
		}
	}
	out.names = nil
	place := func(name string) {
		if !slices.Contains(out.names, name) {
			out.names = append(out.names, name)
		}
	}
	for _, name := range before.names {
		target, moves := moved[name]
		switch _, frees := moved[target]; {
		case !moves:
			place(name)
			continue
		case !before.has(target) || frees:
			place(target) // it takes the old one's place in the order
		}
		if out.logged.remove(name); before.exact() {
			out.fields.remove(name)
		} else {
			out.fields.put(name, nil)
		}
	}
	for _, name := range before.names {
		target, moves := moved[name]
		if !moves {
			continue
		}
		e, logged := before.fields.of(name), before.logged.of(name)
		out.fields.put(target, e)
		if _, frees := renamed(target); !frees && !isKey(before.node, e) {
			if old, ok := l.find(before, target); ok { // those rows keep it that have no other
				l.compute(out, assignment{target, schema.Any, apply("coalesce", e, old)})
				logged = logged && (before.logged.of(target) || !before.has(target))
			}
		}
		if out.logged.remove(target); logged {
			out.logged.put(target, true)
		}
	}
	return matching
}

// isKey says whether an expression is a field that rows were grouped by, which has a value in each of them.
func isKey(n plan.Node, e plan.Expr) bool {
	ref, ok := e.(*plan.Ref)
	for ok {
		switch at := n.(type) {
		case *plan.Filter, *plan.Sort, *plan.Limit:
			n = n.Inputs()[0]
			continue
		case *plan.Project:
			if n = at.Input; at.Extend {
				continue
			}
		case *plan.Aggregate:
			return at.DropNull && slices.ContainsFunc(at.By, func(by plan.Assign) bool {
				text, _ := by.Value.(*plan.Call)
				return by.Column == ref.Column || slices.ContainsFunc(at.Aggs, func(a plan.Agg) bool { // the key as its first row has it
					return a.Column == ref.Column && a.Func.Name == "first" && text != nil && a.Args[0] == text.Args[0]
				})
			})
		}
		break
	}
	return false
}

// renameOthers gives the fields that only the rows know other names. A field known by name takes the value of one that gets its
// name, in the rows that have it.
func (l *lowering) renameOthers(out, before *relation, from, to string) {
	others := l.others(before)
	for _, name := range before.fields.sorted() {
		parts, ok := wild(to, name)
		if !ok || strings.HasPrefix(name, "_") {
			continue
		}
		source := filled(from, parts)
		if _, known := before.fields.get(source); known {
			continue
		}
		old := before.fields.of(name)
		if now, ok := out.fields.get(name); ok {
			old = now
		}
		if old == nil {
			old = null()
		}
		l.compute(out, assignment{name, schema.Any, apply("coalesce", apply("get_field", others, textLiteral(source)), old)})
	}
	l.setStar(out, apply("spl_rename_fields", others, textLiteral(from), textLiteral(to)))
}

// rename gives one field another name; a field of that name before is gone, even if there is none of the old name.
func (l *lowering) rename(out *relation, from value, to string) {
	if from.text == "_time" || to == "_time" {
		l.keepOrder(out)
	}
	e, ok := l.find(out, from.text)
	logged := out.logged.of(from.text)
	if !ok {
		l.field(out, from.text, from.span)
		out.remove(to)
		return
	}
	if from.text == to {
		return
	}
	// The new name takes the old one's place in the order.
	for i, name := range out.names {
		if name == from.text && !out.has(to) {
			out.names = slices.Clone(out.names)
			out.names[i] = to
			out.fields.put(to, e)
			if out.events != nil || out.star != nil {
				out.fields.put(from.text, nil)
			} else {
				out.fields.remove(from.text)
			}
			out.logged.remove(from.text)
			if logged {
				out.logged.put(to, true)
			}
			return
		}
	}
	out.remove(from.text)
	out.set(to, e)
	if logged {
		out.logged.put(to, true)
	}
}
