package spl

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
)

// left returns what must stand behind a search that asks for as much of a condition as it can (implied). Of alternatives that name
// each its own source, that is what the search cannot say of one, or the source of another: an event has one source.
func (w *writer) left(e plan.Expr) []plan.Expr {
	alternatives, ok := e.(*plan.Or)
	if !ok {
		return []plan.Expr{e}
	}
	guards := w.sourcesOf(alternatives.List)
	if guards == nil || w.prefix != "" {
		return []plan.Expr{e}
	}
	var out []plan.Expr
	for i, alternative := range alternatives.List {
		var rest []plan.Expr
		for _, x := range alternative.(*plan.And).List {
			if _, ok := w.condition(x); !ok {
				rest = append(rest, x)
			}
		}
		if len(rest) > 0 {
			others := slices.Delete(slices.Clone(guards), i, i+1)
			out = append(out, &plan.Or{List: append(others, &plan.And{List: rest})})
		}
	}
	return out
}

// sourcesOf returns the condition of each alternative that names its source; nil if one names none, or the same as another.
func (w *writer) sourcesOf(alternatives []plan.Expr) []plan.Expr {
	var guards []plan.Expr
	seen := map[string]bool{}
	for _, alternative := range alternatives {
		and, ok := alternative.(*plan.And)
		if !ok {
			return nil
		}
		at := slices.IndexFunc(and.List, func(e plan.Expr) bool { return w.sourceOf(e) != "" })
		if at < 0 {
			return nil
		}
		source := w.sourceOf(and.List[at])
		if seen[source] {
			return nil
		}
		seen[source] = true
		guards = append(guards, and.List[at])
	}
	return guards
}

// sourceOf returns the source that a condition names, folded; empty for any other condition.
func (w *writer) sourceOf(e plan.Expr) string {
	m, ok := e.(*plan.Match)
	if !ok || m.Op != plan.Equals || len(m.Patterns) != 1 {
		return ""
	}
	name, ok := w.field(m.Subject)
	text, plain := m.Patterns[0].IsPlain()
	if !ok || !plain || name != "source" {
		return ""
	}
	return event.Fold(text)
}
