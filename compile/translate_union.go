package compile

import (
	"slices"

	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// unionOf returns the rows of several tables that meet a detection. Where the same is asked of all, it is asked once, above the union,
// of columns that have one name there: as a person would write it.
func unionOf(parts []*part, target *taxonomy.Target, from *origin, o TranslateOptions) plan.Node {
	if n := askedOnce(parts, target, from, o); n != nil {
		return n
	}
	u := &plan.Union{Rest: true}
	for _, p := range parts {
		u.Ins = append(u.Ins, p.draft.node(p.retargeting.read()))
		u.From = append(u.From, nil)
	}
	return u
}

// leg is a part of a union whose conditions stand above it. What its records lack has a column all the same, which no row fills.
type leg struct {
	*retargeting
	draft *draft
	pairs map[*plan.Column]*plan.Column // column of the first leg → its own
}

// askedOnce returns a union above which the conditions stand; nil if they differ by more than the names of columns.
func askedOnce(parts []*part, target *taxonomy.Target, from *origin, o TranslateOptions) plan.Node {
	var legs []*leg
	for _, p := range parts {
		rt := &retargeting{translation: p.fresh(p.Source, from), target: target, o: o, source: p.Source, origin: from, records: p.retargeting.records, absent: map[string]bool{}}
		l := &leg{retargeting: rt, draft: rt.draft(), pairs: map[*plan.Column]*plan.Column{}}
		if l.draft == nil || rt.translation.Losses.Failed() || !l.absentAreFree() {
			return nil
		}
		legs = append(legs, l)
	}
	for _, l := range legs {
		if !alike(conjunctionOf(legs[0].draft.where), conjunctionOf(l.draft.where), l.pairs) || !oneToOne(l.pairs) {
			return nil
		}
	}
	u := &plan.Union{Rest: true, From: make([][]*plan.Column, len(legs))}
	common := map[*plan.Column]*plan.Column{}
	for _, c := range referred(legs[0].draft.where) {
		made := sharedColumn(c, legs)
		if made == nil {
			return nil
		}
		common[c] = made
		u.Out = append(u.Out, made)
		for i, l := range legs {
			u.From[i] = append(u.From[i], l.hand(l.pairs[c], made.Name))
		}
	}
	for _, l := range legs {
		u.Ins = append(u.Ins, l.input())
	}
	where := plan.TransformExpr(conjunctionOf(legs[0].draft.where), func(e plan.Expr) plan.Expr {
		if ref, ok := e.(*plan.Ref); ok && common[ref.Column] != nil {
			return &plan.Ref{Marked: ref.Marked, Column: common[ref.Column]}
		}
		return e
	})
	return &plan.Filter{Input: u, Where: where}
}

// absentAreFree says whether no column of the table is called as one that its records lack.
func (l *leg) absentAreFree() bool {
	for name := range l.absent {
		if _, taken := l.o.Taxonomy.TypeOf(l.source, name); taken {
			return false
		}
	}
	return true
}

// alike says whether two conditions are the same but for their columns, and pairs these.
func alike(a, b plan.Expr, pairs map[*plan.Column]*plan.Column) bool {
	if x, ok := a.(*plan.Ref); ok {
		y, ok := b.(*plan.Ref)
		if !ok || pairs[x.Column] != nil && pairs[x.Column] != y.Column {
			return false
		}
		pairs[x.Column] = y.Column
		return true
	}
	as, bs := plan.Children(a), plan.Children(b)
	if len(as) != len(bs) {
		return false
	}
	blank := make([]plan.Expr, len(as))
	for i := range as {
		if !alike(as[i], bs[i], pairs) {
			return false
		}
		blank[i] = truthOf(true)
	}
	if len(as) > 0 {
		a, b = plan.WithChildren(a, blank), plan.WithChildren(b, blank)
	}
	return plan.Same(a, b)
}

// oneToOne says whether no column is paired with two.
func oneToOne(pairs map[*plan.Column]*plan.Column) bool {
	seen := map[*plan.Column]bool{}
	for _, c := range pairs {
		if seen[c] {
			return false
		}
		seen[c] = true
	}
	return true
}

// referred returns the columns that conditions read, in the order in which they do.
func referred(list []plan.Expr) []*plan.Column {
	var columns []*plan.Column
	for _, e := range list {
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok && !slices.Contains(columns, ref.Column) {
				columns = append(columns, ref.Column)
			}
			return true
		})
	}
	return columns
}

// sharedColumn returns the column above a union for one of the first leg and those that stand for it in the others: called as in the last
// leg that computes it, or lacks it. It gives nil where types differ, or the name means something else in a table.
func sharedColumn(first *plan.Column, legs []*leg) *plan.Column {
	if !slices.ContainsFunc(legs, func(l *leg) bool { return !l.absent[l.pairs[first].Name] }) {
		return nil // all lack it
	}
	out := &plan.Column{Name: first.Name, Type: first.Type}
	for _, l := range legs {
		if c := l.pairs[first]; l.computes(c) || l.absent[c.Name] {
			out.Name = c.Name
		}
	}
	for _, l := range legs {
		c := l.pairs[first]
		_, taken := l.o.Taxonomy.TypeOf(l.source, out.Name)
		if c.Type != first.Type || taken && (c.Name != out.Name || l.computes(c)) {
			return nil
		}
	}
	return out
}

// computes says whether a column is computed above the table.
func (l *leg) computes(c *plan.Column) bool {
	return slices.ContainsFunc(l.draft.computed, func(a plan.Assign) bool { return a.Column == c })
}

// hand gives a column the name that it has above the union, and returns it; nil where the records lack it.
func (l *leg) hand(c *plan.Column, name string) *plan.Column {
	at := slices.IndexFunc(l.draft.computed, func(a plan.Assign) bool { return a.Column == c })
	switch {
	case l.absent[c.Name]:
		return nil
	case at >= 0: // in the order in which conditions ask
		c.Name = name
		a := l.draft.computed[at]
		l.draft.computed = append(slices.Delete(l.draft.computed, at, at+1), a)
		return c
	case c.Name == name:
		return c
	}
	made := &plan.Column{Name: name, Type: c.Type}
	l.draft.computed = append(l.draft.computed, plan.Assign{Column: made, Value: &plan.Ref{Column: c}})
	return made
}

// input returns the rows of the leg, with the columns that are asked for above it.
func (l *leg) input() plan.Node {
	scan := l.read()
	scan.Out = slices.DeleteFunc(slices.Clone(scan.Out), func(c *plan.Column) bool { return l.absent[c.Name] })
	var out plan.Node = scan
	if len(l.draft.source) > 0 {
		out = &plan.Filter{Input: out, Where: conjunctionOf(l.draft.source), Why: "source"}
	}
	if len(l.draft.computed) > 0 {
		out = &plan.Project{Input: out, Extend: true, Out: l.draft.computed, Rest: plan.Rest{Keep: true}}
	}
	return out
}

// absentType is the type of a column that no row fills: as of nearly all fields, a text.
const absentType = schema.String
