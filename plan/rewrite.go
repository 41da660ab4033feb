package plan

import "slices"

// A rewrite returns a plan that means the same, with the same columns, and is in some way less to do. Each has a file of its
// own, with its name, and a file of cases beside it in testdata/rewrite.
type rewrite struct {
	name  string
	apply func(Node) Node
	// once says that it has nothing to do with what it gave itself.
	once bool
}

// exprRewrites are those that look at each expression of a plan by itself, in the order in which they run.
var exprRewrites = []struct {
	name   string
	change func(Expr) Expr
}{
	{"simplify_match", everywhere(simplifyMatch)},
	{"fold_constants", everywhere(foldConstants)},
	{"flatten", flatten},
	{"merge_matches", everywhere(mergeMatches)},
}

// nodeRewrites run behind them.
var nodeRewrites = []rewrite{
	{"drop_true_filters", onNodes(dropTrueFilters), false},
	{"merge_filters", onNodes(mergeFilters), false},
	{"push_filters", onNodes(pushFilters), false},
	{"prune_columns", pruneColumns, true},
}

// maxRounds bounds the rounds of Rewrite; plans come to rest in a few.
const maxRounds = 64

// Rewrite returns a plan that gives the same rows and columns with less to do. It runs the rewrites over and over until
// none changes the plan.
func Rewrite(n Node) Node {
	rewrites := append([]rewrite{{"expressions", onExprs(settled{}.expr), false}}, nodeRewrites...)
	unchanged := 0   // how many in a row had nothing to do
	changed := false // some had
	for i := 0; i < maxRounds*len(rewrites) && unchanged < len(rewrites); i++ {
		if r := rewrites[i%len(rewrites)]; r.once && changed && unchanged == len(rewrites)-1 {
			break // it was the last that changed the plan
		}
		before := n
		n = rewrites[i%len(rewrites)].apply(n)
		if unchanged++; n != before {
			unchanged, changed = 0, true
		}
	}
	return n
}

// settled are the expressions that the rewrites of expressions leave as they are.
type settled map[Expr]bool

// expr runs each rewrite of expressions once.
func (s settled) expr(e Expr) Expr {
	switch e := e.(type) {
	case *Ref, *Literal, *Field:
		return e
	case *Call:
		if !slices.ContainsFunc(e.Args, isCompound) {
			return foldCall(e)
		}
	}
	if s[e] {
		return e
	}
	out := rewriteOnce(e)
	if out == e {
		s[e] = true
	}
	return out
}

func isCompound(e Expr) bool {
	switch e.(type) {
	case *Ref, *Literal, *Field:
		return false
	}
	return true
}

// rewriteOnce runs each of exprRewrites once, those that look at one part at a time together. The last two look at And and Or only.
func rewriteOnce(e Expr) Expr {
	connected := false
	e = TransformExpr(e, func(e Expr) Expr {
		switch e.(type) {
		case *Ref, *Literal:
			return e
		case *And, *Or:
			connected = true
		}
		return foldConstants(simplifyMatch(e))
	})
	if !connected {
		return e
	}
	return TransformExpr(flatten(e), mergeMatches)
}

// RewriteExpr is Rewrite for a truth that stands alone.
func RewriteExpr(e Expr) Expr {
	for range maxRounds {
		before := e
		if e = rewriteOnce(e); e == before {
			break
		}
	}
	return e
}

// onExprs makes a rewrite of plans out of one of whole expressions.
func onExprs(change func(Expr) Expr) func(Node) Node {
	return onNodes(func(n Node) Node { return TransformExprs(n, change) })
}

// everywhere makes a rewrite of whole expressions out of one of their parts.
func everywhere(change func(Expr) Expr) func(Expr) Expr {
	return func(e Expr) Expr { return TransformExpr(e, change) }
}

func onNodes(change func(Node) Node) func(Node) Node {
	return func(n Node) Node { return Transform(n, change) }
}

// isTruth says whether an expression gives true, false or null whatever it is given.
func isTruth(e Expr) bool {
	switch e := e.(type) {
	case *Match, *Compare, *And, *Or, *Not, *Has, *IsNull:
		return true
	case *Literal:
		_, ok := constant(e)
		return ok
	}
	return false
}

// conjuncts returns the conditions that must all be true.
func conjuncts(e Expr) []Expr {
	if and, ok := e.(*And); ok {
		return and.List
	}
	return []Expr{e}
}

// conjunction is the opposite of conjuncts.
func conjunction(list []Expr) Expr {
	if len(list) == 1 {
		return list[0]
	}
	return &And{List: list}
}
