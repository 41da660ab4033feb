package sigma

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
)

// What transformations do to the trees of a rule: replace items, negate searches, take names out of conditions, and write
// conditions down.

// each replaces every item of the rule's detection by what change returns; nil drops it, and what then holds nothing goes, too.
func (p *processing) each(change func(*Item) Search) {
	if p.rule == nil {
		return
	}
	for _, id := range p.rule.Detection.Identifiers {
		if p.failed {
			return
		}
		if id.Body != nil {
			id.Body = p.replaced(id.Body, change)
		}
	}
}

func (p *processing) replaced(s Search, change func(*Item) Search) Search {
	list := func(list []Search) []Search {
		var kept []Search
		for _, e := range list {
			if e = p.replaced(e, change); e != nil {
				kept = append(kept, e)
			}
		}
		return kept
	}
	switch s := s.(type) {
	case *AllOf:
		if s.List = list(s.List); len(s.List) > 0 {
			return s
		}
	case *AnyOf:
		if s.List = list(s.List); len(s.List) > 0 {
			return s
		}
	case *Item:
		if p.failed {
			return s
		}
		return change(s)
	}
	return nil
}

// items calls visit with every item of a search.
func items(s Search, visit func(*Item)) {
	switch s := s.(type) {
	case *AllOf:
		for _, e := range s.List {
			items(e, visit)
		}
	case *AnyOf:
		for _, e := range s.List {
			items(e, visit)
		}
	case *Item:
		visit(s)
	}
}

// linked returns one search for several: nil of none, the search itself of one.
func linked(every bool, list []Search, span diag.Span) Search {
	switch {
	case len(list) == 0:
		return nil
	case len(list) == 1:
		return list[0]
	case every:
		return &AllOf{List: list, Span: span}
	}
	return &AnyOf{List: list, Span: span}
}

// negated returns the search that holds where another does not: the items with the modifier neq, joined the other way. It
// changes the items.
func negated(s Search) Search {
	each := func(list []Search) []Search {
		for i := range list {
			list[i] = negated(list[i])
		}
		return list
	}
	switch s := s.(type) {
	case *AllOf:
		return &AnyOf{List: each(s.List), Span: s.Span}
	case *AnyOf:
		return &AllOf{List: each(s.List), Span: s.Span}
	case *Item:
		if i := slices.IndexFunc(s.Modifiers, func(m Word) bool { return m.Text == "neq" }); i >= 0 {
			s.rekey(s.Field.Text, slices.Delete(slices.Clone(modifierTexts(s)), i, i+1))
		} else {
			s.rekey(s.Field.Text, append(slices.Clone(modifierTexts(s)), "neq"))
		}
		return s
	}
	return nil
}

func modifierTexts(s *Item) []string {
	var list []string
	for _, m := range s.Modifiers {
		list = append(list, m.Text)
	}
	return list
}

// rekey gives an item another field and other modifiers; they keep the place of its key.
func (s *Item) rekey(field string, modifiers []string) {
	span := s.Key.Span
	if s.Key.Text == "" {
		span = s.Span
	}
	s.Field = Word{field, span}
	s.Modifiers = nil
	for _, m := range modifiers {
		s.Modifiers = append(s.Modifiers, Word{m, span})
	}
	s.Key = Word{}
	if field != "" || len(modifiers) > 0 {
		s.Key = Word{strings.Join(append([]string{field}, modifiers...), "|"), span}
	}
}

// remaining returns a condition without the identifiers that are gone; nil if nothing of it remains.
func remaining(c Cond, gone map[*Identifier]bool) Cond {
	list := func(list []Cond) []Cond {
		var kept []Cond
		for _, e := range list {
			if e = remaining(e, gone); e != nil {
				kept = append(kept, e)
			}
		}
		return kept
	}
	switch c := c.(type) {
	case *Name:
		if !gone[c.Identifier] {
			return c
		}
	case *Selector:
		c.Identifiers = slices.DeleteFunc(c.Identifiers, func(id *Identifier) bool { return gone[id] })
		if len(c.Identifiers) > 0 {
			return c
		}
	case *NotCond:
		if c.X = remaining(c.X, gone); c.X != nil {
			return c
		}
	case *AndCond:
		if kept := list(c.List); len(kept) > 1 {
			return &AndCond{kept}
		} else if len(kept) == 1 {
			return kept[0]
		}
	case *OrCond:
		if kept := list(c.List); len(kept) > 1 {
			return &OrCond{kept}
		} else if len(kept) == 1 {
			return kept[0]
		}
	}
	return nil
}

// conditionText writes a condition down.
func conditionText(c Cond) string { return condText(c, 0) }

// condText writes a condition with brackets where it binds less than what it stands in: 0 nothing, 1 or, 2 and, 3 not.
func condText(c Cond, inside int) string {
	join := func(list []Cond, word string, strength int) string {
		var parts []string
		for _, e := range list {
			parts = append(parts, condText(e, strength))
		}
		text := strings.Join(parts, " "+word+" ")
		if inside > strength {
			return "(" + text + ")"
		}
		return text
	}
	switch c := c.(type) {
	case *Name:
		return c.Text
	case *Selector:
		quantifier := "1"
		if c.All {
			quantifier = "all"
		}
		return quantifier + " of " + c.Pattern.Text
	case *NotCond:
		return "not " + condText(c.X, 3)
	case *AndCond:
		return join(c.List, "and", 2)
	case *OrCond:
		return join(c.List, "or", 1)
	}
	panic(fmt.Sprintf("sigma: unknown kind of condition %T", c))
}

func position(p diag.Position) string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }
