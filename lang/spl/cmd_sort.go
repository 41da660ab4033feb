package spl

import (
	"strings"

	"goshawk/plan"
)

var _ = define(spec{
	name: "sort", doc: "Sorts the rows by fields, numbers before texts; rows without a value come last.",
	parse: func(a *args) stage {
		s := &sortStage{limit: -1}
		if _, v, ok := a.option("limit"); ok {
			s.limit = a.count(v)
		} else if isDigit(a.peek()) {
			back := a.pos
			v, _ := a.value()
			if strings.Trim(v.text, "0123456789") == "" && !a.done() {
				s.limit = a.count(v)
			} else {
				a.pos = back
			}
		}
		s.by = a.sortBy()
		a.rest()
		if len(s.by) == 0 {
			a.errorf(a.here(), "spl-sort", "sort needs a field")
			return nil
		}
		return s
	},
})

type sortStage struct {
	limit int64 // -1: not told, 0: none
	by    []sortKey
}

// sortKey is one field that rows are sorted by.
type sortKey struct {
	field      value
	kind       string // auto, str, num or ip
	descending bool
}

// sortBy reads the fields that rows are sorted by. A sign with a blank behind it is meant for all fields that follow.
func (a *args) sortBy() []sortKey {
	var list []sortKey
	all := false
	for a.commas(); !a.done(); a.commas() {
		k := sortKey{kind: "auto", descending: all}
		if c := a.peek(); c == '-' || c == '+' {
			a.pos++
			k.descending = c == '-'
			if a.pos < a.end && isBlank(a.text[a.pos]) {
				all = k.descending
			}
		}
		if kind, inner, ok := a.called("auto", "str", "num", "ip"); ok {
			if inner == nil {
				return nil
			}
			if k.field, ok = inner.value(); !ok {
				a.errorf(inner.here(), "spl-sort", "%s needs a field", kind)
				return nil
			}
			inner.rest()
			k.kind = kind
			list = append(list, k)
			continue
		}
		v, ok := a.value()
		if !ok {
			break
		}
		word := strings.ToLower(v.text)
		if (word == "desc" || word == "d") && !v.quoted && len(list) > 0 && a.done() {
			for i := range list {
				list[i].descending = !list[i].descending
			}
			break
		} else if word == "asc" && len(list) > 0 && a.done() {
			break
		}
		k.field = v
		list = append(list, k)
	}
	return list
}

// called reads one of some words with round brackets right behind it, and returns the word, in lower case, and a scanner of what
// stands inside, nil after an error.
func (a *args) called(words ...string) (word string, inner *args, ok bool) {
	a.blank()
	start, end := a.pos, a.bare()
	if end >= a.end || a.text[end] != '(' || !a.keyword(words...) {
		return "", nil, false
	}
	inner, _ = a.group()
	return strings.ToLower(a.text[start:end]), inner, true
}

// sorted puts rows into an order; rows that are equal keep theirs.
func (l *lowering) sorted(r *relation, by []sortKey, limit int64) {
	s := &plan.Sort{Limit: limit}
	for _, k := range by {
		s.Keys = append(s.Keys, plan.Key{Value: apply("spl_sort_key", l.field(r, k.field.text, k.field.span), textLiteral(k.kind)), Descending: k.descending})
	}
	if r.raw && !r.arranged {
		t, _ := l.find(r, "_time")
		s.Keys = append(s.Keys, orderOf(r, t)...)
		r.arranged = true
	}
	s.Input = r.node
	r.node = s
}

func (s *sortStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	limit := s.limit
	switch {
	case limit == 0:
		limit = -1
	case limit < 0 && l.env.Limits.Sort > 0:
		limit = l.env.Limits.Sort
	}
	l.sorted(out, s.by, limit)
	return out
}
