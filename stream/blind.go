package stream

import (
	"slices"
	"sort"

	"goshawk/event"
	"goshawk/plan"
)

// Blind is a rule that records of a class reach but for which it cannot hold, with the fields that it would need.
type Blind struct {
	Rule   int
	Fields []string // in the rule's own words where it has them
}

// Blind returns the rules that cannot hold for any record of a class that has been matched so far: those that need a column
// which the class never has, and those that need a field which none of the records had. A class of which no record has been
// matched says nothing about its fields.
func (s *Set) Blind(class *event.Class) []Blind {
	k := s.kind(class)
	out := append([]Blind(nil), k.dead...)
	if k.names.known.Load() == nil {
		return out
	}
	for _, r := range k.rules {
		if holds, _ := k.possible(r.test); holds {
			continue
		}
		out = append(out, Blind{Rule: r.id, Fields: k.absent(r.test)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Rule < out[j].Rule })
	return out
}

// possible says whether a test can be true, and whether it can be other than true, given the fields that have been met.
func (k *kind) possible(t *test) (holds, fails bool) {
	switch t.op {
	case testTrue:
		return true, false
	case testAtom:
		return !k.never(t.atom), true
	case testNot:
		holds, fails = k.possible(t.list[0])
		return fails, holds
	case testAnd:
		holds, fails = true, false
		for _, x := range t.list {
			h, f := k.possible(x)
			holds, fails = holds && h, fails || f
		}
		return holds, fails
	case testOr:
		holds, fails = false, true
		for _, x := range t.list {
			h, f := k.possible(x)
			holds, fails = holds || h, fails && f
		}
		return holds, fails
	}
	return false, true
}

// never says whether an atom asks for a field that no record has had.
func (k *kind) never(i int32) bool {
	a := &k.atoms[i]
	if a.match == nil {
		return false
	}
	if k.slots[a.slot].field != nil {
		return !k.names.met[a.slot].Load()
	}
	return a.from != nil && !slices.ContainsFunc(a.from, func(s int32) bool { return k.names.met[s].Load() })
}

// absent returns the fields for the lack of which a test cannot be true.
func (k *kind) absent(t *test) []string {
	seen := map[string]bool{}
	var walk func(t *test)
	walk = func(t *test) {
		switch t.op {
		case testAtom:
			if k.never(t.atom) {
				seen[fieldName(k.atoms[t.atom].match)] = true
			}
		case testAnd, testOr:
			for _, x := range t.list {
				if holds, _ := k.possible(x); !holds {
					walk(x)
				}
			}
		}
	}
	walk(t)
	return sorted(seen)
}

func fieldName(m *plan.Match) string {
	if mark := m.Mark(); mark != nil && mark.Field != "" {
		return mark.Field
	}
	if f, ok := m.Subject.(*plan.Field); ok {
		return f.Name
	}
	return ""
}

func sorted(set map[string]bool) []string {
	var list []string
	for name := range set {
		if name != "" {
			list = append(list, name)
		}
	}
	sort.Strings(list)
	return list
}

// columnUse is a column that a predicate matches, and what its author calls it.
type columnUse struct {
	column string
	label  string
	number int32 // of the column among those of the set
}

// usesOf returns the columns that a predicate matches.
func (s *Set) usesOf(e plan.Expr) ruleUses {
	var out []columnUse
	if e == nil {
		return ruleUses{}
	}
	plan.WalkExpr(e, func(e plan.Expr) bool {
		m, ok := e.(*plan.Match)
		if !ok {
			return true
		}
		if ref, ok := m.Subject.(*plan.Ref); ok {
			name := ref.Column.Name
			number, known := s.columns[name]
			if !known {
				number = int32(len(s.columns))
				s.columns[name] = number
			}
			use := columnUse{name, name, number}
			if mark := m.Mark(); mark != nil && mark.Field != "" {
				use.label = mark.Field
			}
			if !slices.Contains(out, use) {
				out = append(out, use)
			}
		}
		return true
	})
	return ruleUses{list: out}
}

// ruleUses are the columns of a rule's predicate, and what was last said of them.
type ruleUses struct {
	list   []columnUse
	lacked []bool   // by place in the list: which of them records of the last kind never have
	fields []string // their names, which must not be changed
}

// missing returns the columns of a rule's predicate that records of the kind never have. The list must not be changed: what is said of
// one kind is mostly said of the next.
func (b *builder) missing(rule int) []string {
	uses := &b.set.uses[rule]
	if uses.lacked == nil {
		uses.lacked = make([]bool, len(uses.list))
	}
	changed := false
	for i, use := range uses.list {
		if lacked := !b.has(use); lacked != uses.lacked[i] {
			uses.lacked[i], changed = lacked, true
		}
	}
	if changed {
		uses.fields = uses.names()
	}
	return uses.fields
}

// has says whether records of the kind can have a column.
func (b *builder) has(use columnUse) bool {
	for int(use.number) >= len(b.lacks) {
		b.lacks = append(b.lacks, unknown)
	}
	if b.lacks[use.number] == unknown {
		b.lacks[use.number] = has
		if !b.set.has(b.class, use.column) {
			b.lacks[use.number] = lacks
		}
	}
	return b.lacks[use.number] == has
}

// names returns the names of the columns that are lacked; nil if none is.
func (u *ruleUses) names() []string {
	var seen map[string]bool
	for i, use := range u.list {
		if !u.lacked[i] {
			continue
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		seen[use.label] = true
	}
	if seen == nil {
		return nil
	}
	return sorted(seen)
}

// has says whether records of a class can have a column.
func (s *Set) has(class *event.Class, column string) bool {
	if r, ok := s.resolver.(interface {
		Has(class *event.Class, column string) bool
	}); ok {
		return r.Has(class, column)
	}
	return s.resolver.Source(class, column) != nil
}

// presence says whether a kind ever has a column.
type presence uint8

const (
	unknown presence = iota
	has
	lacks
)
