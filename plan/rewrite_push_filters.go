package plan

import (
	"strings"

	"goshawk/event"
	"goshawk/schema"
)

// pushFilters moves conditions down to where rows come from, each as far as it means the same there: below what computes
// columns, in the place of which the condition then says how they are computed; below what sorts, groups or joins, if it
// asks only for what each row, group or side has from the start.
func pushFilters(n Node) Node {
	f, ok := n.(*Filter)
	if !ok {
		return n
	}
	switch in := f.Input.(type) {
	case *Project:
		return f.push(in, func(e Expr) (Expr, bool) { return belowProject(in, e) })
	case *Sort:
		if in.Limit == -1 {
			return f.push(in, func(e Expr) (Expr, bool) { return e, true })
		}
	case *Expand:
		return f.pushExpand(in)
	case *Lookup:
		made := in.assigned()
		return f.push(in, func(e Expr) (Expr, bool) { return e, !loseColumns(e, made) })
	case *Aggregate:
		if len(in.By) > 0 {
			return f.push(in, func(e Expr) (Expr, bool) { return belowAggregate(in, e) })
		}
	case *Window:
		return f.push(in, func(e Expr) (Expr, bool) { return e, belowWindow(in, e) })
	case *Union:
		return f.pushUnion(in)
	case *Join:
		return f.pushJoin(in)
	}
	return f
}

// push moves the conditions that below allows, in the form it gives them, under the filter's input.
func (f *Filter) push(in Node, below func(Expr) (Expr, bool)) Node {
	moved, kept := f.sort(below)
	if len(moved) == 0 {
		return f
	}
	under := &Filter{Input: in.Inputs()[0], Where: conjunction(moved), Why: f.Why}
	return f.remaining(WithInputs(in, []Node{under}), kept)
}

// pushExpand moves the conditions that ask nothing of an element of the lists, and on below the Expands that follow: searches that group
// by many fields have one for each.
func (f *Filter) pushExpand(x *Expand) Node {
	made := x.made()
	moved, kept := f.sort(func(e Expr) (Expr, bool) { return e, !loseColumns(e, made) })
	if len(moved) == 0 {
		return f
	}
	under := &Filter{Input: x.Input, Where: conjunction(moved), Why: f.Why}
	out := *x
	out.Input = under
	if next, ok := x.Input.(*Expand); ok {
		out.Input = under.pushExpand(next)
	}
	return f.remaining(&out, kept)
}

func (f *Filter) sort(below func(Expr) (Expr, bool)) (moved, kept []Expr) {
	for _, e := range unmarked(f.Where) {
		if to, ok := below(e); ok {
			moved = append(moved, to)
		} else {
			kept = append(kept, e)
		}
	}
	return moved, kept
}

func (f *Filter) remaining(in Node, kept []Expr) Node {
	if len(kept) == 0 {
		return in
	}
	return &Filter{Input: in, Where: conjunction(kept), Why: f.Why}
}

// maxPushed bounds the size of a condition in which computed columns were replaced by what computes them.
const maxPushed = 256

func sizeOf(e Expr) int {
	n := 0
	WalkExpr(e, func(Expr) bool {
		n++
		return n <= maxPushed
	})
	return n
}

// substitute replaces references to assigned columns by what is assigned; false where that grows too large.
func substitute(e Expr, list []Assign) (Expr, bool) {
	changed := false
	out := TransformExpr(e, func(e Expr) Expr {
		r, ok := e.(*Ref)
		if !ok {
			return e
		}
		value := assignedTo(r.Column, list)
		if value == nil {
			return e
		}
		if same, ok := value.(*Ref); ok && same.Column == r.Column {
			return e
		}
		changed = true
		return value
	})
	return out, !changed || sizeOf(out) <= max(maxPushed, sizeOf(e)) // what does not grow may be any size
}

// assignedTo returns what is assigned to a column last; nil: nothing. Most conditions read few columns, for which a table of the
// assignments is not worth making.
func assignedTo(c *Column, list []Assign) Expr {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Column == c {
			return list[i].Value
		}
	}
	return nil
}

// readsRest says whether an expression reads beyond the columns.
func readsRest(e Expr) bool {
	found := false
	WalkExpr(e, func(e Expr) bool {
		switch e.(type) {
		case *Field, *Fields, *Everything:
			found = true
		}
		return !found
	})
	return found
}

// refersTo says whether all columns that an expression reads are in scope.
func refersTo(e Expr, s scope) bool {
	all := true
	WalkExpr(e, func(e Expr) bool {
		if r, ok := e.(*Ref); ok {
			all = all && s.has(r.Column)
		}
		return all
	})
	return all
}

// loseColumns says whether an expression over a node reads a column that the node makes, by assignment, or everything in a closed relation.
func loseColumns(e Expr, list []Assign) bool {
	lost := false
	WalkExpr(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Ref:
			for _, a := range list {
				lost = lost || a.Column == e.Column
			}
		case *Everything:
			lost = true
		}
		return !lost
	})
	return lost
}

// belowProject says what a condition is under a Project. One on the rest stays above unless the rest passes as it is.
func belowProject(p *Project, e Expr) (Expr, bool) {
	if readsRest(e) && (!p.Open() || len(p.Rest.Except) > 0 || len(p.Rest.Only) > 0) {
		return nil, false
	}
	return substitute(e, p.Out)
}

// belowAggregate says what a condition on the keys of groups is on rows: one that all rows of a group meet, or none.
func belowAggregate(a *Aggregate, e Expr) (Expr, bool) {
	keys := groupKeys{}
	for _, by := range a.By {
		keys[by.Column] = uniform(by.Column.Type) && TypeOf(by.Value) == by.Column.Type
	}
	if !keys.decide(e) {
		return nil, false
	}
	return substitute(e, a.By)
}

// groupKeys are the columns by whose values rows are grouped. Those that are true are of one kind, of which equal values are
// the same value. The others may hold numbers, of which equal ones of different kinds can have different texts.
type groupKeys map[*Column]bool

// decide says whether an expression gives the same for all rows whose keys are equal. Has does not: what is absent and what
// is null are equal keys.
func (k groupKeys) decide(e Expr) bool {
	switch e := e.(type) {
	case *Ref:
		return k[e.Column]
	case *Has, *Field, *Fields, *Everything:
		return false
	case *IsNull:
		return k.has(e.X) || k.decide(e.X)
	case *Compare:
		return (k.has(e.Left) || k.decide(e.Left)) && (k.has(e.Right) || k.decide(e.Right))
	case *Match:
		return k.has(e.Subject) && noNumber(e) || k.decide(e.Subject)
	}
	for _, child := range Children(e) {
		if !k.decide(child) {
			return false
		}
	}
	return true
}

// has says whether an expression is one of the keys.
func (k groupKeys) has(e Expr) bool {
	r, ok := e.(*Ref)
	if ok {
		_, ok = k[r.Column]
	}
	return ok
}

// noNumber says whether no number meets any pattern of a match, however it is written: each holds a character that stands in
// no number.
func noNumber(m *Match) bool {
	if m.Op == CIDR {
		return true
	}
	for _, p := range m.Patterns {
		proof := false
		for _, piece := range p.Pieces {
			proof = proof || piece.Kind == Run && strings.Trim(piece.Text, "0123456789+-.eE") != ""
		}
		if m.Op == Regexp || !proof {
			return false
		}
	}
	return true
}

func uniform(t schema.Type) bool {
	switch t.Kind() {
	case event.Null, event.Decimal, event.Float:
		return false
	}
	return true
}

// belowWindow says whether a condition drops only whole partitions.
func belowWindow(w *Window, e Expr) bool {
	keys := groupKeys{}
	for _, by := range w.PartitionBy {
		if r, ok := by.(*Ref); ok {
			keys[r.Column] = uniform(r.Column.Type)
		}
	}
	return len(keys) > 0 && keys.decide(e)
}

// pushUnion moves conditions into all inputs.
func (f *Filter) pushUnion(u *Union) Node {
	var ins []Node
	var kept []Expr
	for i, in := range u.Ins {
		var assigns []Assign
		for j, c := range u.Out {
			if from := u.From[i][j]; from != nil {
				assigns = append(assigns, Assign{c, &Ref{Column: from}})
			} else {
				assigns = append(assigns, Assign{c, &Literal{Type: c.Type}}) // absent
			}
		}
		moved, stay := f.sort(func(e Expr) (Expr, bool) {
			if readsRest(e) && !passesRest(u) {
				return nil, false
			}
			return substitute(e, assigns)
		})
		if len(moved) == 0 || i > 0 && len(stay) != len(kept) {
			return f
		}
		kept = stay
		ins = append(ins, &Filter{Input: in, Where: conjunction(moved), Why: f.Why})
	}
	if len(ins) == 0 {
		return f
	}
	return f.remaining(WithInputs(u, ins), kept)
}

func passesRest(u *Union) bool {
	for _, in := range u.Ins {
		if !in.Open() {
			return false
		}
	}
	return u.Rest
}

// pushJoin moves conditions to the side that they ask about, where a row of that side that they drop has no part in the
// result.
func (f *Filter) pushJoin(j *Join) Node {
	left, right := scopeOf(j.Left), scopeOf(j.Right)
	if left.shares(right) {
		return f
	}
	toLeft := j.Kind == Inner || j.Kind == LeftOuter || j.Kind == LeftSemi || j.Kind == LeftAnti
	toRight := !j.FirstRight && (j.Kind == Inner || j.Kind == RightOuter || j.Kind == RightSemi || j.Kind == RightAnti)
	side := func(s scope, allowed bool) func(Expr) (Expr, bool) {
		return func(e Expr) (Expr, bool) {
			if !allowed || readsRest(e) || !readsColumns(e) {
				return nil, false
			}
			out, ok := substitute(e, j.Out)
			return out, ok && !readsRest(out) && refersTo(out, s)
		}
	}
	moved, kept := f.sort(side(left, toLeft))
	if len(moved) > 0 {
		under := &Filter{Input: j.Left, Where: conjunction(moved), Why: f.Why}
		return f.remaining(WithInputs(j, []Node{under, j.Right}), kept)
	}
	moved, kept = f.sort(side(right, toRight))
	if len(moved) > 0 {
		under := &Filter{Input: j.Right, Where: conjunction(moved), Why: f.Why}
		return f.remaining(WithInputs(j, []Node{j.Left, under}), kept)
	}
	return f
}

func readsColumns(e Expr) bool {
	found := false
	WalkExpr(e, func(e Expr) bool {
		_, ref := e.(*Ref)
		found = found || ref
		return !found
	})
	return found
}
