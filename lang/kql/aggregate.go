package kql

import (
	"strings"

	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// aggregate is an aggregate function of the language. It is registered where it stands, in the agg_*.go of its family.
type aggregate struct {
	name    string
	aliases []string
	doc     string
	// takes and gives are its signature, as a function's.
	takes, gives string
	// kernel is the aggregate of the catalogue that does it, with the arguments in the same order.
	kernel string
	// bind lowers a call itself; it gives one column or several.
	bind func(b *binder, c *context, at *call, args []value) []assigned
	// raw lowers a call whose arguments are not all values.
	raw func(b *binder, c *context, at *call) []assigned
	// prefix is what default names begin with, if not the name.
	prefix  string
	refused string

	params []parameter
	result schema.Type
	same   int
}

var aggregates = map[string]*aggregate{}

// defineAggregate enters an aggregate into the language.
func defineAggregate(a aggregate) *aggregate {
	a.params, a.result, a.same = parseSignature(a.name, a.takes, a.gives)
	for _, name := range append([]string{a.name}, a.aliases...) {
		if aggregates[name] != nil {
			panic("kql: aggregate " + name + " is defined twice")
		}
		aggregates[name] = &a
	}
	return &a
}

func aggregateNamed(name string) *fn.Aggregate {
	a := fn.AggregateByName(name)
	if a == nil {
		panic("kql: the catalogue has no aggregate " + name)
	}
	return a
}

// aggregation gathers the aggregates that an operator computes.
type aggregation struct {
	aggs []plan.Agg
	// inside counts the aggregates around, none of which may stand in another.
	inside bool
	// by is what rows are grouped by.
	by []assigned
}

// groups says whether rows are grouped by a column as it is, so that * does not mean it.
func (a *aggregation) groups(c *column) bool {
	for _, k := range a.by {
		if ref, ok := k.v.expr.(*plan.Ref); ok && ref.Column == c.place() {
			return true
		}
	}
	return false
}

// add computes an aggregate and returns its result. where, if not nil, is the condition on the rows.
func (b *binder) add(c *context, kernel string, t schema.Type, where plan.Expr, args ...plan.Expr) value {
	col := b.temp(kernel, t)
	c.aggs.aggs = append(c.aggs.aggs, plan.Agg{Column: col, Func: aggregateNamed(kernel), Args: args, Where: where})
	var e plan.Expr = &plan.Ref{Column: col}
	if t == schema.String {
		e = apply("coalesce", e, emptyOf(t))
	}
	return value{expr: e, typ: t}
}

// aggregate binds the call of an aggregate inside of an expression, which must give one column.
func (b *binder) aggregate(c *context, a *aggregate, x *call) value {
	list := b.aggregates(c, a, x)
	switch len(list) {
	case 0:
		return wrong()
	case 1:
		return list[0].v
	}
	return list[0].v
}

// aggregates binds the call of an aggregate, and returns its columns with their default names; none after a complaint.
func (b *binder) aggregates(c *context, a *aggregate, x *call) []assigned {
	if a.refused != "" {
		b.errorf(x.span(), "refused", "", "%s is not computed: %s", a.name, a.refused)
		return nil
	}
	if c.aggs.inside {
		b.errorf(x.span(), "nested-aggregate", "", "an aggregate cannot stand in another")
		return nil
	}
	c.aggs.inside = true
	defer func() { c.aggs.inside = false }()
	if a.raw != nil {
		return a.raw(b, c, x)
	}
	args, ok := b.arguments(c, x, a.params)
	if !ok {
		return nil
	}
	if a.bind != nil {
		return a.bind(b, c, x, args)
	}
	t := a.result
	if a.same >= 0 && a.same < len(args) {
		t = args[a.same].typ
	}
	exprs := make([]plan.Expr, len(args))
	for i, v := range args {
		exprs[i] = v.exact()
	}
	return []assigned{{aggregateName(a.named(), x), b.add(c, a.kernel, t, nil, exprs...)}}
}

// named returns what default names begin with.
func (a *aggregate) named() string {
	if a.prefix != "" {
		return strings.TrimSuffix(a.prefix, "_")
	}
	return a.name
}
