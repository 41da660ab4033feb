package plan

import (
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
		return f.push(in, func(e Expr) (Expr, bool) { return e, refersTo(e, scopeOf(in.Input)) && !loseColumns(e, in.Lists) })
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
	values := make(map[*Column]Expr, len(list))
	for _, a := range list {
		values[a.Column] = a.Value
	}
	changed := false
	out := TransformExpr(e, func(e Expr) Expr {
		r, ok := e.(*Ref)
		if !ok || values[r.Column] == nil {
			return e
		}
		if same, ok := values[r.Column].(*Ref); ok && same.Column == r.Column {
			return e
		}
		changed = true
		return values[r.Column]
	})
	return out, !changed || sizeOf(out) <= maxPushed
}

// readsRest says whether an expression reads beyond the columns.
func readsRest(e Expr) bool {
	found := false
	WalkExpr(e, func(e Expr) bool {
		switch e.(type) {
		case *Field, *Everything:
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
			all = all && s.columns[r.Column]
		}
		return all
	})
	return all
}

// loseColumns says whether an expression reads a column whose assignment replaces it or everything in a closed relation.
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

// belowAggregate says what a condition on the keys of groups is on rows. The keys must be of one kind, of which equal values
// have equal texts: only then do all rows of a group meet what one of them meets.
func belowAggregate(a *Aggregate, e Expr) (Expr, bool) {
	keys := map[*Column]bool{}
	for _, by := range a.By {
		if uniform(by.Column.Type) && TypeOf(by.Value) == by.Column.Type {
			keys[by.Column] = true
		}
	}
	if !asksKeys(e, keys) {
		return nil, false
	}
	return substitute(e, a.By)
}

// asksKeys says whether an expression gives the same for all rows whose keys are equal. Has does not: what is absent and
// what is null are equal keys.
func asksKeys(e Expr, keys map[*Column]bool) bool {
	has := false
	WalkExpr(e, func(e Expr) bool {
		_, isHas := e.(*Has)
		has = has || isHas
		return !has
	})
	return !has && !readsRest(e) && refersTo(e, scope{columns: keys})
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
	keys := map[*Column]bool{}
	for _, by := range w.PartitionBy {
		if r, ok := by.(*Ref); ok && uniform(r.Column.Type) {
			keys[r.Column] = true
		}
	}
	return len(keys) > 0 && asksKeys(e, keys)
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
	for c := range left.columns {
		if right.columns[c] {
			return f
		}
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
