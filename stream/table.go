package stream

import (
	"cmp"
	"slices"
	"sync"

	"goshawk/event"
	"goshawk/plan"
)

// table is the rules of one table. What kinds ask of them is made ready when records of the first kind are in it.
type table struct {
	name    string
	rules   []int
	ready   sync.Once
	columns []usedColumn
	// what follows is guarded by Set.simplifying

	// waiting are the rules by what ruled them out last: very many rules ask for the same event, so that one question settles them all.
	// The first are those that nothing did.
	waiting []*waiting
	equal   []*equality // more of them
	behind  map[*term]*waiting
}

// equality is the rules that wait behind conditions that ask a column for certain values. Where the kind says what the value is, only
// those that ask for it need to be looked at.
type equality struct {
	column *plan.Ref
	all    []*waiting
	values map[string][]*waiting // by the folded value
}

// waiting is the rules that cannot hold where a condition does not.
type waiting struct {
	by    *term // nil: none is known
	rules []int
}

// usedColumn is a column that rules of a table match.
type usedColumn struct {
	columnUse
	rules []int
}

// prepare makes ready what kinds ask of a table's rules.
func (s *Set) prepare(t *table) {
	s.preparing.Lock()
	defer s.preparing.Unlock()
	t.behind = map[*term]*waiting{}
	t.waiting = []*waiting{{rules: slices.Clone(t.rules)}}
	at := map[int32]int{} // in the columns of the table, by number
	for _, id := range t.rules {
		where := s.rules[id].Where
		s.wheres[id] = s.interner.term(where)
		s.uses[id] = s.usesOf(where)
		for _, use := range s.uses[id].list {
			i, known := at[use.number]
			if !known {
				i = len(t.columns)
				at[use.number] = i
				t.columns = append(t.columns, usedColumn{columnUse: use})
			}
			c := &t.columns[i]
			if n := len(c.rules); n == 0 || c.rules[n-1] != id {
				c.rules = append(c.rules, id)
			}
		}
	}
}

// wait returns the rules of the table that a condition ruled out last.
func (t *table) wait(by *term) *waiting {
	w, known := t.behind[by]
	if known {
		return w
	}
	w = &waiting{by: by}
	t.behind[by] = w
	column, values := asksFor(by.expr)
	if column == nil {
		t.waiting = append(t.waiting, w)
		return w
	}
	at := slices.IndexFunc(t.equal, func(e *equality) bool { return e.column == column })
	if at < 0 {
		at = len(t.equal)
		t.equal = append(t.equal, &equality{column: column, values: map[string][]*waiting{}})
	}
	e := t.equal[at]
	e.all = append(e.all, w)
	for _, v := range values {
		e.values[v] = append(e.values[v], w)
	}
	return w
}

// asksFor returns the column of which a condition asks whether its value is one of some, whatever their case, and these, folded; nil of
// any other condition.
func asksFor(e plan.Expr) (*plan.Ref, []string) {
	m, ok := e.(*plan.Match)
	if !ok || m.Op != plan.Equals || !m.Fold {
		return nil, nil
	}
	column, ok := m.Subject.(*plan.Ref)
	if !ok {
		return nil, nil
	}
	var values []string
	for _, p := range m.Patterns {
		text, plain := p.IsPlain()
		if !plain {
			return nil, nil
		}
		if text = event.Fold(text); !slices.Contains(values, text) {
			values = append(values, text)
		}
	}
	return column, values
}

// open returns the rules of a table but for those of which a value that the kind has says that they cannot hold.
func (b *builder) open(t *table) []*waiting {
	open := append(b.waiting[:0], t.waiting...)
	for _, e := range t.equal {
		if l, ok := b.simplify(e.column).(*plan.Literal); ok && l.Value.Kind() == event.Text {
			open = append(open, e.values[event.Fold(l.Value.Text())]...)
		} else {
			open = append(open, e.all...)
		}
	}
	b.waiting = open
	return open
}

// live appends the rules of a table that can hold where its condition does.
func (b *builder) live(list []living, t *table, guard plan.Expr) []living {
	from := len(list)
	for _, w := range b.open(t) {
		if w.by != nil && (len(w.rules) == 0 || b.no(w.by)) {
			continue
		}
		stay := w.rules[:0]
		for _, id := range w.rules {
			r, settler := b.rule(id, guard)
			if settler != nil && settler != w.by {
				other := t.wait(settler)
				other.rules = append(other.rules, id)
				continue
			}
			stay = append(stay, id)
			if r.simple != nil {
				list = append(list, r)
			}
		}
		w.rules = stay
	}
	slices.SortFunc(list[from:], func(a, b living) int { return cmp.Compare(a.id, b.id) })
	return list
}

// rule says what a rule says of the kind, with simple being nil if it cannot hold, and which condition rules it out, if one does.
func (b *builder) rule(id int, guard plan.Expr) (living, *term) {
	where := b.set.wheres[id]
	if where == nil {
		return living{id, guard, trueLiteral}, nil
	}
	simple := b.simplifyTerm(where)
	if canHold, _ := verdicts(simple); canHold {
		return living{id, guard, simple}, nil
	}
	if !b.no(where) {
		return living{}, nil
	}
	if _, isAnd := where.expr.(*plan.And); isAnd {
		where = where.parts[where.settler]
	}
	return living{}, where
}

// no says whether a condition is false for all records of the kind.
func (b *builder) no(t *term) bool {
	truth, settled := truthOf(b.simplifyTerm(t))
	return settled && !truth
}

// dead appends the rules of a table that cannot hold and match columns that records of the kind never have; those that can hold are
// given.
func (b *builder) dead(list []Blind, t *table, live []living) []Blind {
	lacking := b.lacking[:0]
	for i := range t.columns {
		if c := &t.columns[i]; !b.has(c.columnUse) {
			lacking = append(lacking, c.rules...)
		}
	}
	slices.Sort(lacking)
	b.lacking = lacking
	for _, id := range slices.Compact(lacking) {
		for len(live) > 0 && live[0].id < id {
			live = live[1:]
		}
		if len(live) > 0 && live[0].id == id {
			continue
		}
		list = append(list, Blind{id, b.missing(id)})
	}
	return list
}
