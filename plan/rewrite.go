package plan

// A rewrite returns a plan that means the same, with the same columns, and is in some way less to do. Each has a file of its
// own, with its name, and a file of cases beside it in testdata/rewrite.
type rewrite struct {
	name  string
	apply func(Node) Node
}

// rewrites are all of them, in the order in which they run.
var rewrites = []rewrite{
	{"simplify_match", onExprs(everywhere(simplifyMatch))},
	{"fold_constants", onExprs(everywhere(foldConstants))},
	{"flatten", onExprs(flatten)},
	{"merge_matches", onExprs(everywhere(mergeMatches))},
	{"drop_true_filters", onNodes(dropTrueFilters)},
	{"merge_filters", onNodes(mergeFilters)},
	{"push_filters", onNodes(pushFilters)},
	{"prune_columns", pruneColumns},
}

// maxRounds bounds the rounds of Rewrite; plans come to rest in a few.
const maxRounds = 64

// Rewrite returns a plan that gives the same rows and columns with less to do. It runs the rewrites over and over until
// none changes the plan.
func Rewrite(n Node) Node {
	unchanged := 0 // how many in a row had nothing to do
	for i := 0; i < maxRounds*len(rewrites) && unchanged < len(rewrites); i++ {
		before := n
		n = rewrites[i%len(rewrites)].apply(n)
		if unchanged++; n != before {
			unchanged = 0
		}
	}
	return n
}

// RewriteExpr is Rewrite for a truth that stands alone.
func RewriteExpr(e Expr) Expr {
	for range maxRounds {
		before := e
		for _, change := range []func(Expr) Expr{everywhere(simplifyMatch), everywhere(foldConstants), flatten, everywhere(mergeMatches)} {
			e = change(e)
		}
		if e == before {
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
