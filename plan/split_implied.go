package plan

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// implied says what a plan asks of events without saying it of their columns: a row that some Filter must drop in the end, whatever
// becomes of it on the way, need not be read. What the rewrites have moved down to a Scan as it stands is not among it.
//
// It goes from the result towards the Scans with the conditions that the rows of each node must meet, and says of each what it means
// for the rows that the node reads, as long as dropping those early leaves the other rows as they are.
type implied struct {
	byScan [][]Expr // in the order of Walk
}

// need is a condition that rows must meet. It is derived if the rewrites could not have moved it here.
type need struct {
	where   Expr
	derived bool
}

func impliedBy(n Node) [][]Expr {
	var x implied
	x.node(n, nil)
	return x.byScan
}

// node takes the conditions that the rows of a node must meet.
func (x *implied) node(n Node, needs []need) {
	switch n := n.(type) {
	case *Scan:
		var list []Expr
		for _, need := range needs {
			if need.derived {
				list = append(list, need.where)
			}
		}
		x.byScan = append(x.byScan, list)
	case *Filter:
		derives := n.Why == "" && anyNode(n.Input, canDerive)
		for _, e := range unmarked(n.Where) {
			if derives && !readsRest(e) && !mayFail(e) { // what a filter with a reason drops is to be counted, there
				needs = append(slices.Clip(needs), need{where: e})
			}
		}
		x.node(n.Input, needs)
	case *Project:
		x.under(n.Input, needs, func(e Expr) (Expr, bool, bool) {
			out, ok := substitute(e, n.Out)
			return alternatives(out), false, ok && !readsRest(out) && !mayFail(out)
		})
	case *Sort:
		x.under(n.Input, needs, func(e Expr) (Expr, bool, bool) { return e, false, n.Limit == -1 })
	case *Aggregate:
		x.under(n.Input, needs, func(e Expr) (Expr, bool, bool) { return underAggregate(n, e) })
	case *Expand:
		x.under(n.Input, needs, func(e Expr) (Expr, bool, bool) { return underExpand(n, e) })
	case *Lookup:
		made := n.assigned()
		var met []need
		for _, need := range needs {
			if met == nil {
				met = metKeys(n, need.where)
			}
		}
		x.under(n.Input, append(met, needs...), func(e Expr) (Expr, bool, bool) {
			return e, false, !loseColumns(e, made)
		})
	case *Join:
		x.join(n, needs)
	default:
		for _, in := range n.Inputs() {
			x.node(in, nil)
		}
	}
}

// canDerive says whether a condition over a node may become one below it that the rewrites could not have moved there.
func canDerive(n Node) bool {
	switch n.(type) {
	case *Aggregate, *Expand, *Lookup, *Join:
		return true
	}
	return false
}

// under goes on to an input, with what the conditions mean there, and more that its rows must meet.
func (x *implied) under(in Node, needs []need, means func(Expr) (e Expr, derived, ok bool), more ...need) {
	out := more
	for _, n := range needs {
		if e, derived, ok := means(n.where); ok {
			out = append(out, need{e, n.derived || derived})
		}
	}
	x.node(in, out)
}

func (x *implied) join(j *Join, needs []need) {
	left, right := scopeOf(j.Left), scopeOf(j.Right)
	toLeft := j.Kind == Inner || j.Kind == LeftOuter || j.Kind == LeftSemi || j.Kind == LeftAnti
	toRight := !j.FirstRight && (j.Kind == Inner || j.Kind == RightOuter || j.Kind == RightSemi || j.Kind == RightAnti)
	if left.shares(right) {
		toLeft, toRight = false, false
	}
	side := func(s scope, allowed bool) func(Expr) (Expr, bool, bool) {
		return func(e Expr) (Expr, bool, bool) {
			if !allowed || !readsColumns(e) {
				return nil, false, false
			}
			out, ok := substitute(e, j.Out)
			return out, false, ok && !readsRest(out) && !mayFail(out) && refersTo(out, s)
		}
	}
	x.under(j.Left, needs, side(left, toLeft), joinedKeys(j)...)
	x.under(j.Right, needs, side(right, toRight))
}

// joinedKeys says what rows of the left must meet to be joined with rows that are written in the plan, where those that are not are lost.
func joinedKeys(j *Join) []need {
	if j.Kind == LeftOuter || j.Kind == FullOuter || j.Kind == LeftAnti {
		return nil
	}
	var needs []need
	for _, k := range j.Keys {
		texts, ok := writtenTexts(j.Right, k.Right)
		if !ok || len(texts) == 0 || TypeOf(k.Left) != schema.String || !readsColumns(k.Left) || readsRest(k.Left) || mayFail(k.Left) {
			continue
		}
		m := &Match{Subject: k.Left}
		for _, text := range texts {
			m.Patterns = append(m.Patterns, Plain(text))
		}
		needs = append(needs, need{m, true})
	}
	return needs
}

// writtenTexts returns the texts of a column of rows that are written in the plan, each once; false where they are no such rows, too
// many, or hold anything but texts.
func writtenTexts(n Node, e Expr) ([]string, bool) {
	ref, isRef := e.(*Ref)
	if !isRef {
		return nil, false
	}
	switch n := n.(type) {
	case *Project:
		for _, a := range n.Out {
			if a.Column == ref.Column {
				return writtenTexts(n.Input, a.Value)
			}
		}
		if n.Extend {
			return writtenTexts(n.Input, e)
		}
	case *Values:
		at := slices.Index(n.Out, ref.Column)
		if at < 0 || len(n.Rows) > maxMetKeys {
			return nil, false
		}
		var texts []string
		seen := map[string]bool{}
		for _, row := range n.Rows {
			if row[at].Kind() != event.Text {
				return nil, false
			}
			if text := row[at].Text(); !seen[text] {
				seen[text] = true
				texts = append(texts, text)
			}
		}
		return texts, true
	}
	return nil, false
}

// mayFail says whether computing an expression can end a query, which is not to be done for rows that are dropped.
func mayFail(e Expr) bool {
	found := false
	WalkExpr(e, func(e Expr) bool {
		call, ok := e.(*Call)
		found = found || ok && (call.Func == nil || call.Func.Fails != nil)
		return !found
	})
	return found
}

// underAggregate says what a condition on the keys of groups is on rows. Beyond belowAggregate, a key of any type that is computed as
// a text is one, and the first of chosen values.
func underAggregate(a *Aggregate, e Expr) (out Expr, derived, ok bool) {
	if len(a.By) == 0 {
		return nil, false, false
	}
	keys := groupKeys{}
	for _, by := range a.By {
		keys[by.Column] = uniform(TypeOf(by.Value)) && (by.Column.Type == schema.Any || by.Column.Type == TypeOf(by.Value))
	}
	alike := slices.Concat(a.By, chosenFirsts(a))
	for _, first := range alike[len(a.By):] {
		keys[first.Column] = true
	}
	if !keys.decide(e) {
		return nil, false, false
	}
	out, ok = substitute(e, alike)
	_, pushed := belowAggregate(a, e)
	return out, !pushed, ok && !readsRest(out) && !mayFail(out)
}

// underExpand says what a condition is on the row whose list was opened: that an element meets it.
func underExpand(x *Expand, e Expr) (out Expr, derived, ok bool) {
	if !loseColumns(e, x.made()) {
		return e, false, true
	}
	if x.opensChosen() {
		if out, ok = substitute(e, x.Lists); ok && !loseColumns(out, x.made()) {
			return out, true, true
		}
	}
	if len(x.Lists) != 1 || x.KeepEmpty {
		return nil, false, false
	}
	list := x.Lists[0]
	alone := true
	WalkExpr(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Ref:
			alone = alone && e.Column == list.Column
		case *Lambda, *Everything:
			alone = false
		}
		return alone
	})
	if !alone || readsRest(list.Value) || mayFail(list.Value) {
		return nil, false, false
	}
	if m, ok := e.(*Match); ok {
		if m, ok := anyElement(m, list); ok {
			return m, true, true
		}
	}
	const element = "element"
	body := TransformExpr(e, func(e Expr) Expr {
		if ref, ok := e.(*Ref); ok && ref.Column == list.Column {
			return &Param{Name: element}
		}
		return e
	})
	items := &Call{Func: fn.ByName("to_list"), Args: []Expr{list.Value}}
	return &Call{Func: fn.ByName("list_any"), Args: []Expr{items, &Lambda{Params: []string{element}, Body: body}}}, true, true
}

// anyElement says of a list what a Match says of an element: a Match of a list asks for any of them. It reports false where the texts
// that the two look at may differ.
func anyElement(m *Match, list Assign) (*Match, bool) {
	subject := m.Subject
	if call, ok := subject.(*Call); ok && len(call.Args) == 1 {
		if call.Func != fn.ByName("to_text") || !noListText(m) {
			return nil, false
		}
		subject = call.Args[0]
	}
	if ref, ok := subject.(*Ref); !ok || ref.Column != list.Column || m.All && len(m.Patterns) != 1 {
		return nil, false
	}
	return &Match{Subject: list.Value, Op: m.Op, Patterns: m.Patterns, All: m.All, Fold: m.Fold}, true
}

// noListText says whether no pattern of a match can be met by the text of a list, which begins with [ and ends with ].
func noListText(m *Match) bool {
	if m.Op != Equals {
		return m.Op == CIDR
	}
	return !slices.ContainsFunc(m.Patterns, func(p Pattern) bool {
		n := len(p.Pieces)
		if n == 0 {
			return false
		}
		first, last := p.Pieces[0], p.Pieces[n-1]
		begins := first.Kind != Run || first.Text == "" || strings.HasPrefix(first.Text, "[")
		ends := last.Kind != Run || last.Text == "" || strings.HasSuffix(last.Text, "]")
		return begins && ends
	})
}

// maxMetKeys bounds the rows of a table whose keys are asked of events.
const maxMetKeys = 4096

// metKeys says what a condition on what a Lookup gives means for its keys. Where it does not hold of a row that finds nothing, each
// key must meet what stands in the table; where the first row that is found counts alone, in such rows as it can hold of.
func metKeys(l *Lookup, where Expr) []need {
	t := l.Table
	if t == nil || t.Find != nil || len(t.Rows) > maxMetKeys || l.Min > 1 {
		return nil
	}
	given := map[*Column]int{}
	for _, o := range l.Out {
		given[o.Column] = t.Column(o.From)
	}
	nothing := assumption{value: func(c *Column) (event.Value, bool) {
		_, out := given[c]
		if l.Min == 0 {
			return event.NullValue(), out
		}
		return l.Default, out
	}}
	if !nothing.excludes(where) {
		return nil
	}
	var rows [][]event.Value
	for _, row := range t.Rows {
		found := assumption{value: func(c *Column) (event.Value, bool) {
			at, out := given[c]
			if !out {
				return event.Value{}, false
			}
			return row[at], true
		}}
		complete := !slices.ContainsFunc(l.Keys, func(k LookupKey) bool { return row[t.Column(k.Column)].IsNull() })
		if complete && (l.Max != 1 || !found.excludes(where)) {
			rows = append(rows, row)
		}
	}
	var needs []need
	for _, k := range l.Keys {
		if m, ok := metKey(k, t.Column(k.Column), rows); ok && !readsRest(k.Value) && !mayFail(k.Value) {
			needs = append(needs, need{m, true})
		}
	}
	return needs
}

// metKey asks that a key meets what stands in a column of some row.
func metKey(k LookupKey, column int, rows [][]event.Value) (*Match, bool) {
	m := &Match{Subject: k.Value, Fold: k.Fold, Patterns: make([]Pattern, 0, len(rows))}
	seen := make(map[string]bool, len(rows))
	for _, row := range rows {
		text := row[column].Text()
		if seen[text] {
			continue
		}
		seen[text] = true
		switch k.Match {
		case MatchExact:
			m.Patterns = append(m.Patterns, Plain(text))
		case MatchGlob:
			m.Patterns = append(m.Patterns, Glob(text))
		case MatchCIDR:
			if _, ok := fn.ParseNetwork(text); ok {
				m.Op, m.Patterns = CIDR, append(m.Patterns, Pattern{Source: text})
			}
		}
	}
	return m, len(m.Patterns) > 0
}
