package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// A subsearch among the conditions of a search: each of its rows is a condition, that all fields it has are as it has them, and one of
// the rows must hold. Its values are words of the search, so that case does not count, * stands for anything and a network for the
// addresses in it; of several values on either side any counts.

// subCondition is a subsearch in a condition.
type subCondition struct {
	search *pipeline
	at     diag.Span
	not    bool
}

// searchIn keeps the rows that agree with a row of a subsearch, or those that agree with none.
func (l *lowering) searchIn(in *relation, n subCondition) *relation {
	out := in.clone()
	found := l.agreeing(out, n)
	if found == nil {
		return nil
	}
	if n.not {
		found = &plan.Not{X: found}
	}
	return l.filter(out, found)
}

// agreeing adds columns to rows that mark those which agree with a row of a subsearch, and returns the condition that they do. It is
// nil after an error.
func (l *lowering) agreeing(out *relation, n subCondition) plan.Expr {
	sub := l.conditions(n.search)
	if sub == nil {
		return nil
	}
	sub = l.apart(sub)
	if sub.star != nil {
		l.errorf(n.at, "spl-subsearch", "which fields the subsearch gives is not known before it runs").Hint = "end it with fields or table"
		return nil
	}
	var names []string
	for _, name := range sub.names {
		if name == "search" || name == "query" {
			l.errorf(n.at, "spl-subsearch", "the field %s of a subsearch is the text of a condition, which is not run", name).Hint = "give it another name"
			return nil
		}
		if !strings.HasPrefix(name, "_") || len(sub.names) == 1 {
			names = append(names, name)
		}
	}
	if len(names) == 0 && !sub.void {
		l.errorf(n.at, "spl-subsearch", "the subsearch gives no fields that could be compared").Hint = "end it with fields or table"
		return nil
	}
	if len(names) == 0 { // an empty lookup: there are no rows
		return boolLiteral(false)
	}
	// Most rows are looked up. What that cannot decide is compared one by one: words that stand for more than themselves, rows
	// without a value in one of the fields, and several values.
	byText := &plan.Join{}
	var agree, special, empty, several []plan.Expr
	for _, name := range names {
		value, word := l.field(out, name, n.at), sub.fields.of(name)
		key := plan.JoinKey{Left: apply("spl_search_key", value), Right: apply("spl_search_key", word, boolLiteral(true))}
		byText.Keys = append(byText.Keys, key)
		agree = append(agree, apply("spl_search_agrees", value, word))
		special = append(special, &plan.IsNull{X: key.Right})
		empty = append(empty, &plan.IsNull{X: word})
		several = append(several, &plan.And{List: []plan.Expr{&plan.IsNull{X: key.Left}, &plan.Not{X: &plan.IsNull{X: value}}}})
	}
	filled := &plan.Filter{Input: sub.node, Where: &plan.Not{X: &plan.And{List: empty}}}
	one := func(where []plan.Expr) plan.Expr {
		if where == nil {
			return intLiteral(1)
		}
		return &plan.Case{Arms: []plan.Arm{{When: &plan.Or{List: where}, Then: intLiteral(1)}}}
	}
	compared := func(left, right []plan.Expr) *plan.Join {
		return &plan.Join{Keys: []plan.JoinKey{{Left: one(left), Right: one(right)}}, On: &plan.And{List: agree}}
	}
	var marks []plan.Expr
	for _, join := range []*plan.Join{byText, compared(nil, special), compared(several, nil)} {
		marks = append(marks, &plan.Not{X: &plan.IsNull{X: l.marked(out, filled, join)}})
	}
	return &plan.Or{List: marks}
}

// marked joins rows with others, and returns the column that is true in those which found one.
func (l *lowering) marked(out *relation, right plan.Node, join *plan.Join) *plan.Ref {
	there, mark := l.column("found", schema.Bool), l.column("found", schema.Bool)
	join.Kind, join.FirstRight = plan.LeftOuter, true
	join.Left = out.node
	join.Right = &plan.Project{Input: right, Extend: true, Out: []plan.Assign{{Column: there, Value: &plan.Literal{Value: event.BoolValue(true)}}}}
	join.Out = append(passed(out.node), plan.Assign{Column: mark, Value: &plan.Ref{Column: there}})
	if out.events != nil {
		out.events.through = append(out.events.through, join)
	}
	out.node = join
	return &plan.Ref{Column: mark}
}
