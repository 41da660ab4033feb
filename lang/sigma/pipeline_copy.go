package sigma

import "slices"

// Copies of documents that a pipeline may change. What no transformation changes is shared with the original.

func cloneRule(rule *Rule) *Rule {
	c := *rule
	c.Meta = cloneMeta(rule.Meta)
	c.Detection.Identifiers = nil
	ids := make(map[*Identifier]*Identifier, len(rule.Detection.Identifiers))
	for _, id := range rule.Detection.Identifiers {
		copied := *id
		copied.Body = cloneSearch(id.Body)
		ids[id] = &copied
		c.Detection.Identifiers = append(c.Detection.Identifiers, &copied)
	}
	c.Detection.Conditions = nil
	for _, old := range rule.Detection.Conditions {
		c.Detection.Conditions = append(c.Detection.Conditions, &Condition{Word: old.Word, Expr: cloneCond(old.Expr, ids)})
	}
	return &c
}

func cloneMeta(m Meta) Meta {
	m.Fields, m.Custom = slices.Clone(m.Fields), slices.Clone(m.Custom)
	return m
}

func cloneSearch(s Search) Search {
	switch s := s.(type) {
	case *AllOf:
		c := &AllOf{Span: s.Span, List: make([]Search, len(s.List))}
		for i := range s.List {
			c.List[i] = cloneSearch(s.List[i])
		}
		return c
	case *AnyOf:
		c := &AnyOf{Span: s.Span, List: make([]Search, len(s.List))}
		for i := range s.List {
			c.List[i] = cloneSearch(s.List[i])
		}
		return c
	case *Item:
		c := *s
		return &c
	}
	return nil
}

func cloneCond(c Cond, ids map[*Identifier]*Identifier) Cond {
	list := func(list []Cond) []Cond {
		out := make([]Cond, len(list))
		for i := range list {
			out[i] = cloneCond(list[i], ids)
		}
		return out
	}
	switch c := c.(type) {
	case *Name:
		return &Name{Word: c.Word, Identifier: ids[c.Identifier]}
	case *Selector:
		copied := *c
		copied.Identifiers = nil
		for _, id := range c.Identifiers {
			copied.Identifiers = append(copied.Identifiers, ids[id])
		}
		return &copied
	case *NotCond:
		return &NotCond{X: cloneCond(c.X, ids), Span: c.Span}
	case *AndCond:
		return &AndCond{list(c.List)}
	case *OrCond:
		return &OrCond{list(c.List)}
	}
	return nil
}

func cloneCorrelation(c *Correlation) *Correlation {
	copied := *c
	copied.Meta = cloneMeta(c.Meta)
	copied.GroupBy = slices.Clone(c.GroupBy)
	copied.Condition.Fields = slices.Clone(c.Condition.Fields)
	copied.Aliases = slices.Clone(c.Aliases)
	for i := range copied.Aliases {
		copied.Aliases[i].Fields = slices.Clone(copied.Aliases[i].Fields)
	}
	return &copied
}
