package sigma

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// measuring says what a correlation computes over its window, and when that is enough.
type measuring struct {
	*correlating
	node  *plan.Correlate
	uses  []Document
	rule  plan.Expr // the number of the rule that a row meets
	field func(name string) plan.Expr
	shown []*plan.Column // what the condition is about
	seen  map[int]plan.Expr
}

// condition returns the condition, nil where it cannot be said.
func (m *measuring) condition() plan.Expr {
	c := m.of.Condition
	switch kind := m.of.Type.Text; kind {
	case "event_count":
		return m.bounds(m.aggregate(kind, "count"), c.Bounds)
	case "value_count":
		var args []plan.Expr
		for _, f := range c.Fields {
			args = append(args, call("to_text", m.field(f.Text)))
		}
		return m.bounds(m.aggregate(kind, "dcount", args...), c.Bounds)
	case "value_sum":
		return m.bounds(m.aggregate(kind, "sum", m.number()), c.Bounds)
	case "value_avg":
		return m.bounds(m.aggregate(kind, "avg", m.number()), c.Bounds)
	case "value_median":
		return m.bounds(m.aggregate(kind, "median", m.number()), c.Bounds)
	case "value_percentile":
		percent := &plan.Literal{Value: event.FloatValue(c.Percentile.Number.Float()), Type: schema.Real}
		return m.bounds(m.aggregate(kind, "percentile", m.number(), percent), c.Bounds)
	case "temporal":
		if c.Extended != nil {
			return m.extended(c.Extended.Expr)
		}
		return m.temporal()
	case "temporal_ordered":
		if c.Extended != nil {
			return m.orderedExtended(c.Extended)
		}
		return m.ordered()
	}
	panic("sigma: unknown type of correlation " + m.of.Type.Text)
}

// number returns the field of the condition as a number, Null where it is none.
func (m *measuring) number() plan.Expr {
	return call("to_number", m.field(m.of.Condition.Fields[0].Text))
}

// aggregate computes an aggregate over the window under the name of the type.
func (m *measuring) aggregate(name, function string, args ...plan.Expr) plan.Expr {
	f := fn.AggregateByName(function)
	t, known := schema.TypeOf(f.Result)
	if !known {
		t = schema.Any
	}
	column := &plan.Column{Name: m.name(name), Type: t}
	m.node.Aggs = append(m.node.Aggs, plan.Agg{Column: column, Func: f, Args: args})
	m.shown = append(m.shown, column)
	return &plan.Ref{Column: column}
}

var boundOps = map[string]plan.CompareOp{
	"gt": plan.Greater, "gte": plan.GreaterEqual, "lt": plan.Less, "lte": plan.LessEqual, "eq": plan.Equal, "neq": plan.NotEqual,
}

// bounds asks that a number meets all bounds.
func (m *measuring) bounds(number plan.Expr, bounds []Bound) plan.Expr {
	var list []plan.Expr
	for _, b := range bounds {
		list = append(list, &plan.Compare{Op: boundOps[b.Op.Text], Left: number, Right: &plan.Literal{Value: b.Number, Type: schema.Any}})
	}
	return and(list)
}

// sees says whether an event in the window meets the rule of a number.
func (m *measuring) sees(number int) plan.Expr {
	if m.seen == nil {
		m.seen = map[int]plan.Expr{}
	}
	if m.seen[number] == nil {
		column := &plan.Column{Name: m.name("seen " + m.reference(m.uses[number-1]).Text), Type: schema.Long}
		m.node.Aggs = append(m.node.Aggs, plan.Agg{Column: column, Func: fn.AggregateByName("count"), Where: m.meets(number)})
		m.seen[number] = &plan.Compare{Op: plan.Greater, Left: &plan.Ref{Column: column}, Right: whole(0)}
	}
	return m.seen[number]
}

// meets says whether a row is of the rule of a number.
func (m *measuring) meets(number int) plan.Expr {
	return &plan.Compare{Op: plan.Equal, Left: m.rule, Right: whole(number)}
}

// temporal asks that all rules were seen, or as many as the condition says.
func (m *measuring) temporal() plan.Expr {
	var all []plan.Expr
	var sum plan.Expr
	for i := range m.uses {
		seen := m.sees(i + 1)
		one := &plan.Case{Arms: []plan.Arm{{When: seen, Then: whole(1)}}, Else: whole(0)}
		if all = append(all, seen); sum == nil {
			sum = one
		} else {
			sum = call("add", sum, one)
		}
	}
	if len(m.of.Condition.Bounds) == 0 {
		return and(all)
	}
	return m.bounds(sum, m.of.Condition.Bounds)
}

// extended asks for the rules that a condition names: of each, whether it was seen in the window that ends with the event.
func (m *measuring) extended(c Cond) plan.Expr {
	switch c := c.(type) {
	case *Name:
		return m.sees(m.correlating.number(m.uses, c.Text))
	case *NotCond:
		return &plan.Not{X: m.extended(c.X)}
	case *AndCond:
		return and(m.each(c.List))
	case *OrCond:
		return or(m.each(c.List))
	}
	panic("sigma: a condition over rules has no selectors")
}

func (m *measuring) each(list []Cond) []plan.Expr {
	var out []plan.Expr
	for _, c := range list {
		out = append(out, m.extended(c))
	}
	return out
}

// chain returns the length of the longest chain of the given rules that ends with the event.
func (m *measuring) chain(name string, numbers []int) *plan.Column {
	c := plan.Chain{Column: &plan.Column{Name: m.name(name), Type: schema.Long}}
	for _, n := range numbers {
		c.Steps = append(c.Steps, m.meets(n))
	}
	m.node.Chains = append(m.node.Chains, c)
	return c.Column
}

// ordered asks for all rules in the order of the list, or for a chain of as many as the condition says.
func (m *measuring) ordered() plan.Expr {
	var numbers []int
	for _, w := range m.of.Rules {
		numbers = append(numbers, m.correlating.number(m.uses, w.Text))
	}
	length := &plan.Ref{Column: m.chain("rules in order", numbers)}
	if len(m.of.Condition.Bounds) == 0 {
		return &plan.Compare{Op: plan.Equal, Left: length, Right: whole(len(numbers))}
	}
	return m.bounds(length, m.of.Condition.Bounds)
}

// alternative is one way to meet a condition over rules: some of them must have been seen, others not.
type alternative struct{ seen, absent []int }

// maxAlternatives bounds the ways to meet a condition over rules whose order counts.
const maxAlternatives = 64

// orderedExtended asks for one of the ways to meet a condition: that all rules which it asks for were seen in the order of the list,
// the last of them by the event, and no rule was seen in the window that it asks to be absent.
func (m *measuring) orderedExtended(c *Condition) plan.Expr {
	alternatives, ok := m.alternatives(c.Expr, false)
	if !ok {
		m.errorf(c.Span, "sigma-too-large", "there are more than %d ways to meet the condition", maxAlternatives)
		return nil
	}
	var ways []plan.Expr
	for _, a := range alternatives {
		slices.Sort(a.seen)
		a.seen = slices.Compact(a.seen)
		var all []plan.Expr
		if len(a.seen) > 0 {
			length := &plan.Ref{Column: m.chain("rules in order", a.seen)}
			all = append(all, &plan.Compare{Op: plan.Equal, Left: length, Right: whole(len(a.seen))})
		}
		for _, n := range a.absent {
			all = append(all, &plan.Not{X: m.sees(n)})
		}
		ways = append(ways, and(all))
	}
	return or(ways)
}

// alternatives returns the ways to meet a condition, or to fail it; false if they are too many.
func (m *measuring) alternatives(c Cond, negated bool) ([]alternative, bool) {
	switch c := c.(type) {
	case *Name:
		if n := m.correlating.number(m.uses, c.Text); negated {
			return []alternative{{absent: []int{n}}}, true
		} else {
			return []alternative{{seen: []int{n}}}, true
		}
	case *NotCond:
		return m.alternatives(c.X, !negated)
	case *AndCond:
		return m.combine(c.List, negated, !negated)
	case *OrCond:
		return m.combine(c.List, negated, negated)
	}
	panic("sigma: a condition over rules has no selectors")
}

// combine returns the ways to meet all of a list, or one of it.
func (m *measuring) combine(list []Cond, negated, all bool) ([]alternative, bool) {
	var out []alternative
	if all {
		out = []alternative{{}}
	}
	for _, c := range list {
		ways, ok := m.alternatives(c, negated)
		if !ok {
			return nil, false
		}
		if !all {
			out = append(out, ways...)
		} else {
			var both []alternative
			for _, a := range out {
				for _, b := range ways {
					both = append(both, alternative{slices.Concat(a.seen, b.seen), slices.Concat(a.absent, b.absent)})
				}
			}
			out = both
		}
		if len(out) > maxAlternatives {
			return nil, false
		}
	}
	return out, true
}
