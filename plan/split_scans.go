package plan

import (
	"slices"

	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Feed is what a plan reads in one place: a Scan, and the condition over its columns that an event must meet there before
// anything else of the plan looks at it; nil: none. Implied is what an event must meet beside if any row is to come of it, although the
// plan does not ask for it there; the rest of the plan does not need it to be asked. Some is what at least one of the events that pass must
// meet if any of them is to make a difference: where none does, the answer is the one that the plan gives without events of this Scan.
// Suppressors are the Filters there that have a reason of their own: they are no part of Where, so that what they drop can be counted.
type Feed struct {
	Scan        *Scan
	Where       Expr
	Implied     Expr
	Some        Expr
	Suppressors []Suppressor
}

// Suppressor is a Filter that has a reason of its own, such as an exclusion: it drops an event of which Keep is not true.
type Suppressor struct {
	Why  string
	Keep Expr
}

// Unless returns the condition of a Filter that drops the rows for which a condition is true, and keeps those for which it is false or
// null.
func Unless(e Expr) Expr {
	if !decided(e) {
		e = &Call{Func: fn.ByName("coalesce"), Args: []Expr{e, &Literal{Value: event.BoolValue(false), Type: schema.Bool}}}
	}
	return &Not{X: e}
}

// decided says whether an expression is true or false, and never null.
func decided(e Expr) bool {
	switch e := e.(type) {
	case *Match, *Has, *IsNull:
		return true
	case *Not:
		return decided(e.X)
	case *And:
		return !slices.ContainsFunc(e.List, func(e Expr) bool { return !decided(e) })
	case *Or:
		return !slices.ContainsFunc(e.List, func(e Expr) bool { return !decided(e) })
	}
	return false
}

// SplitScans takes a plan apart at all its Scans: into what single events must meet in each place where it reads, and the
// plan that remains, which reads in the same places the events that passed. The feeds come in the order of Walk, which is
// that of exec.Query.Scans: feed i is for Scan i of the rest. A Scan, or anything above one, that stands in several places of
// the plan gives a feed for each place, with the conditions of that place. The Scans of the rest lack the columns that only
// conditions read. The rest is nil where the plan is one Scan with conditions, so that an event that passed is an answer as it
// stands. A condition on everything of a closed relation, which means its columns, is not one on events and stays where it is.
func SplitScans(n Node) (feeds []Feed, rest Node) {
	rest = splitScans(n, &feeds)
	imply(feeds, n)
	if _, bare := rest.(*Scan); bare {
		return feeds, nil
	}
	return feeds, pruneColumns(rest)
}

// Feeds returns what SplitScans gives beside the rest.
func Feeds(n Node) []Feed {
	var feeds []Feed
	splitScans(n, &feeds)
	imply(feeds, n)
	return feeds
}

// imply adds to the feeds of a plan what it implies and does not ask anyway.
func imply(feeds []Feed, n Node) {
	for i, list := range impliedBy(n) {
		var kept []Expr
		for _, e := range list {
			e = RewriteExpr(e)
			same := func(other Expr) bool { return Same(e, other) }
			asked := feeds[i].Where != nil && slices.ContainsFunc(unmarked(feeds[i].Where), same)
			if !asked && !slices.ContainsFunc(kept, same) {
				kept = append(kept, e)
			}
		}
		if len(kept) > 0 {
			feeds[i].Implied = conjunction(kept)
		}
	}
	for i, e := range someOf(n) {
		if e != nil {
			feeds[i].Some = RewriteExpr(e)
		}
	}
}

func splitScans(n Node, feeds *[]Feed) Node {
	if feed, kept, ok := feedOf(n); ok {
		*feeds = append(*feeds, feed)
		return kept
	}
	if in := inputOf(n); in != nil {
		return withInput(n, splitScans(in, feeds))
	}
	old := n.Inputs()
	inputs := make([]Node, len(old))
	for i, in := range old {
		inputs[i] = splitScans(in, feeds)
	}
	return WithInputs(n, inputs)
}

// feedOf returns what a chain of Filters on a Scan asks of events, and the chain without it; false for anything else.
func feedOf(n Node) (feed Feed, kept Node, ok bool) {
	switch n := n.(type) {
	case *Scan:
		return Feed{Scan: n}, n, true
	case *Filter:
		feed, kept, ok = feedOf(n.Input)
		if !ok {
			return feed, nil, false
		}
		asked, stays := n.sort(func(e Expr) (Expr, bool) { return e, feed.Scan.Rest || !readsEverything(e) })
		if len(asked) > 0 && n.Why != "" {
			feed.Suppressors = append(slices.Clip(feed.Suppressors), Suppressor{n.Why, conjunction(asked)})
		} else if len(asked) > 0 {
			if feed.Where != nil {
				asked = append(slices.Clip(unmarked(feed.Where)), asked...)
			}
			feed.Where = conjunction(asked)
		}
		if len(stays) > 0 {
			kept = &Filter{Input: kept, Where: conjunction(stays), Why: n.Why}
		}
		return feed, kept, true
	}
	return feed, nil, false
}

func readsEverything(e Expr) bool {
	found := false
	WalkExpr(e, func(e Expr) bool {
		_, everything := e.(*Everything)
		found = found || everything
		return !found
	})
	return found
}
