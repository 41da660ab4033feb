package compile

import (
	"slices"

	"goshawk/plan"
)

// eachMain visits the Scans whose events make up the rows of a plan: one less of them can take rows away, and does not make rows of its
// own, as an event does that is missing on the right of an anti-join.
func eachMain(n plan.Node, visit func(*plan.Scan)) {
	switch n := n.(type) {
	case *plan.Scan:
		visit(n)
		return
	case *plan.Join:
		left, right := mainSides(n)
		if left {
			eachMain(n.Left, visit)
		}
		if right {
			eachMain(n.Right, visit)
		}
		return
	}
	for _, in := range n.Inputs() {
		eachMain(in, visit)
	}
}

func mainSides(j *plan.Join) (left, right bool) {
	switch j.Kind {
	case plan.LeftOuter, plan.LeftAnti:
		return true, false
	case plan.RightOuter, plan.RightAnti:
		return false, true
	}
	return true, true
}

// onMain puts filters on the Scans that eachMain visits, above the conditions that stand there already.
func onMain(n plan.Node, keeps func(*plan.Scan) []plan.Suppressor) plan.Node {
	if scan := scanOf(n); scan != nil {
		if list := keeps(scan); len(list) > 0 {
			return filtered(n, scan, list)
		}
		return n
	}
	left, right := true, true
	if j, ok := n.(*plan.Join); ok {
		left, right = mainSides(j)
	}
	inputs := slices.Clone(n.Inputs())
	changed := false
	for i, in := range inputs {
		if i == 0 && left || i > 0 && right {
			inputs[i] = onMain(in, keeps)
			changed = changed || inputs[i] != in
		}
	}
	if !changed {
		return n
	}
	return plan.WithInputs(n, inputs)
}

// scanOf returns the Scan under a chain of Filters; nil for anything else.
func scanOf(n plan.Node) *plan.Scan {
	switch n := n.(type) {
	case *plan.Scan:
		return n
	case *plan.Filter:
		return scanOf(n.Input)
	}
	return nil
}

// filtered puts filters on a chain of Filters over a Scan. The Scan reads the columns that they ask for; what stands above it sees those
// that it did before.
func filtered(chain plan.Node, scan *plan.Scan, list []plan.Suppressor) plan.Node {
	wide := &plan.Scan{Table: scan.Table, Out: slices.Clone(scan.Out), Rest: scan.Rest}
	column := func(c *plan.Column) *plan.Column {
		i := slices.IndexFunc(wide.Out, func(o *plan.Column) bool { return o.Name == c.Name }) // of whatever type the rule takes it for
		if i < 0 {
			i = len(wide.Out)
			wide.Out = append(wide.Out, &plan.Column{Name: c.Name, Type: c.Type})
		}
		return wide.Out[i]
	}
	var asked []plan.Suppressor
	for _, s := range list {
		asked = append(asked, plan.Suppressor{Why: s.Why, Keep: plan.TransformExpr(s.Keep, func(e plan.Expr) plan.Expr {
			if ref, ok := e.(*plan.Ref); ok {
				return &plan.Ref{Marked: ref.Marked, Column: column(ref.Column)}
			}
			return e
		})})
	}
	narrow := !scan.Rest && len(wide.Out) > len(scan.Out)
	if narrow && readsEverything(chain) { // which is the columns of a closed relation
		return replaceScan(chain, narrowed(sieved(wide, asked), scan))
	}
	out := sieved(replaceScan(chain, wide), asked)
	if narrow {
		out = narrowed(out, scan)
	}
	return out
}

func sieved(n plan.Node, list []plan.Suppressor) plan.Node {
	for _, s := range list {
		n = &plan.Filter{Input: n, Where: s.Keep, Why: s.Why}
	}
	return n
}

// narrowed gives the columns of a Scan.
func narrowed(n plan.Node, scan *plan.Scan) plan.Node {
	p := &plan.Project{Input: n}
	for _, c := range scan.Out {
		p.Out = append(p.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
	return p
}

// replaceScan puts another node in the place of the Scan of a chain.
func replaceScan(chain, by plan.Node) plan.Node {
	f, ok := chain.(*plan.Filter)
	if !ok {
		return by
	}
	return &plan.Filter{Input: replaceScan(f.Input, by), Where: f.Where, Why: f.Why}
}

func readsEverything(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		if f, ok := n.(*plan.Filter); ok {
			plan.WalkExpr(f.Where, func(e plan.Expr) bool {
				_, everything := e.(*plan.Everything)
				found = found || everything
				return !found
			})
		}
		return !found
	})
	return found
}

// unsuppressed returns a plan without the filters on its Scans that say why: the Suppressors of its feeds are asked in their place.
func unsuppressed(n plan.Node) plan.Node {
	if scanOf(n) != nil {
		f, ok := n.(*plan.Filter)
		if !ok {
			return n
		}
		in := unsuppressed(f.Input)
		if f.Why != "" && !asksEverything(f.Where) {
			return in
		}
		if in == f.Input {
			return f
		}
		return &plan.Filter{Input: in, Where: f.Where, Why: f.Why}
	}
	inputs := slices.Clone(n.Inputs())
	changed := false
	for i, in := range inputs {
		inputs[i] = unsuppressed(in)
		changed = changed || inputs[i] != in
	}
	if !changed {
		return n
	}
	return plan.WithInputs(n, inputs)
}

func asksEverything(e plan.Expr) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		_, everything := e.(*plan.Everything)
		found = found || everything
		return !found
	})
	return found
}
