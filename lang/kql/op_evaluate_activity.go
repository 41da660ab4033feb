package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Plugins that count who was active when: activity_counts_metrics, session_count and active_users_count. All take a column of
// identities, the column of a time line, the range that is looked at with both ends included, and then what is their own, at last
// columns by whose values everything is counted apart.

// activity is the arguments that these plugins share, bound over a copy of the rows.
type activity struct {
	rows     *relation
	id       value
	line     value
	axis     string // the name of the time line
	from, to value
	own      []value // the arguments between the range and the columns
	by       []assigned
}

// activity binds the arguments of a plugin, of which it has so many of its own.
func (b *binder) activity(e *evaluateStage, in *relation, own int) (*activity, bool) {
	args := e.call.args
	if len(args) < 4+own {
		b.errorf(e.call.span(), "argument-count", "KS119", "%s takes at least %d arguments, not %d", e.call.fn.text, 4+own, len(args))
		return nil, false
	}
	a := &activity{rows: in.derive()}
	a.rows.scan = false
	row := &context{scope: b.scope, in: a.rows}
	fixed := &context{scope: b.scope, base: a.rows}
	a.id, a.line = b.expr(row, args[0].value), b.expr(row, args[1].value)
	a.axis = defaultName(args[1].value)
	a.from, a.to = b.expr(fixed, args[2].value), b.expr(fixed, args[3].value)
	ok := !a.id.bad && !a.line.bad && !a.from.bad && !a.to.bad
	for _, x := range args[4 : 4+own] {
		v := b.expr(fixed, x.value)
		ok = ok && !v.bad
		a.own = append(a.own, v)
	}
	for _, x := range args[4+own:] {
		n, isName := bare(x.value).(*name)
		if !isName {
			b.errorf(x.value.span(), "column-wanted", "KS108", "%s counts by columns", e.call.fn.text)
			return nil, false
		}
		c := b.column(in, n)
		if c == nil {
			return nil, false
		}
		a.by = append(a.by, assigned{c.name, b.valueOf(in, c)})
	}
	if ok && !numeric(a.line.typ) && a.line.typ != schema.Datetime {
		b.errorf(args[1].value.span(), "type", "KS107", "the time line is a number or a datetime, not a %s", a.line.typ)
		return nil, false
	}
	return a, ok
}

// within keeps the rows whose value lies in the range.
func (a *activity) within(v value) {
	a.rows.node = &plan.Filter{Input: a.rows.node, Where: &plan.And{List: []plan.Expr{
		&plan.Compare{Op: plan.GreaterEqual, Left: v.exact(), Right: a.from.exact()}, &plan.Compare{Op: plan.LessEqual, Left: v.exact(), Right: a.to.exact()},
	}}}
}

// window adds a function over rows to the rows.
func (b *binder) window(r *relation, w *plan.Window, function string, t schema.Type, args ...plan.Expr) value {
	c := b.temp(function, t)
	w.Input = r.node
	w.Out = []plan.WindowFunc{{Column: c, Func: aggregateNamed(function), Args: args}}
	for _, g := range r.group {
		w.PartitionBy = append(w.PartitionBy, &plan.Ref{Column: g})
	}
	r.node = w
	return value{expr: &plan.Ref{Column: c}, typ: t}
}

func exprsOf(list []assigned) []plan.Expr {
	var out []plan.Expr
	for _, a := range list {
		out = append(out, a.v.exact())
	}
	return out
}

// columnsOf returns what became of keys in rows.
func (r *relation) keysOf(list []assigned) []assigned {
	out := make([]assigned, len(list))
	for i, a := range list {
		out[i] = assigned{a.name, r.find(a.name).value()}
	}
	return out
}

// everyRow is a frame of all rows of a partition.
var everyRow = plan.Frame{Preceding: -1, Following: -1}

var _ = definePlugin("activity_counts_metrics", plugin{doc: "rows, identities, and new and all identities so far, for each step of a time line", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	a, ok := b.activity(e, in, 1)
	if !ok {
		return nil
	}
	a.within(a.line)
	step := made(a.line.typ, "bin_at", a.line.exact(), a.own[0].exact(), a.from.exact())
	first := b.window(a.rows, &plan.Window{PartitionBy: append(exprsOf(a.by), a.id.exact()), Frame: everyRow}, "min", a.line.typ, step.exact())
	gathered := &aggregation{}
	c := &context{scope: b.scope, in: a.rows, aggs: gathered}
	isNew := &plan.Compare{Op: plan.Equal, Left: first.exact(), Right: step.exact()}
	keys := append([]assigned{{a.axis, step}}, a.by...)
	out := b.group(a.rows, keys, gathered, []assigned{
		{"count", b.add(c, "count", schema.Long, nil)}, {"dcount", b.add(c, "dcount", schema.Long, nil, a.id.exact())}, {"new_dcount", b.add(c, "dcount", schema.Long, isNew, a.id.exact())},
	})
	result := out.derive()
	total := b.window(result, &plan.Window{
		PartitionBy: exprsOf(result.keysOf(a.by)), OrderBy: []plan.Key{{Value: result.find(a.axis).value().exact()}}, Frame: plan.Frame{Preceding: -1},
	}, "sum", schema.Long, result.find("new_dcount").value().exact())
	return b.extend(result, []assigned{{"aggregated_dcount", total}})
}})

var _ = definePlugin("session_count", plugin{doc: "sessions that begin in each step of a time line: an identity begins one where it was not seen for a while", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	a, ok := b.activity(e, in, 2)
	if !ok {
		return nil
	}
	sorted := a.rows.derive()
	sorted.node = &plan.Sort{Input: a.rows.node, Keys: []plan.Key{{Value: a.line.exact()}}, Limit: -1}
	before := b.window(sorted, &plan.Window{PartitionBy: append(exprsOf(a.by), a.id.exact()), Frame: plan.Frame{Preceding: -1}}, "lag", a.line.typ, a.line.exact())
	a.rows = sorted
	a.within(a.line)
	distance := schema.Timespan
	if numeric(a.line.typ) {
		distance = a.line.typ
	}
	gap := made(distance, "subtract", a.line.exact(), before.exact())
	begins := &plan.Or{List: []plan.Expr{&plan.IsNull{X: before.exact()}, &plan.Compare{Op: plan.GreaterEqual, Left: gap.exact(), Right: a.own[1].exact()}}}
	gathered := &aggregation{}
	c := &context{scope: b.scope, in: a.rows, aggs: gathered}
	keys := append([]assigned{{a.axis, made(a.line.typ, "bin", a.line.exact(), a.own[0].exact())}}, a.by...)
	return b.group(a.rows, keys, gathered, []assigned{{"count_sessions", b.add(c, "count", schema.Long, begins)}})
}})

var _ = definePlugin("active_users_count", plugin{doc: "identities that were active in so many periods of those before, for each step of a time line", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	a, ok := b.activity(e, in, 4)
	if !ok {
		return nil
	}
	back, known := a.own[0].constant()
	if a.line.typ != schema.Datetime || !known || back.Kind() != event.Duration || back.Int() <= 0 {
		b.errorf(e.call.span(), "refused", "", "active_users_count is computed over a column of times, with a constant timespan to look back")
		return nil
	}
	// One row for each period in which an identity was active, with the number of those up to it.
	period := made(schema.Datetime, "bin_at", a.line.exact(), a.own[1].exact(), a.from.exact())
	keys := append([]assigned{{"$id", a.id}, {a.axis, period}}, a.by...)
	periods := b.group(a.rows, keys, &aggregation{}, nil).derive()
	line, id := periods.find(a.axis).value(), periods.find("$id").value()
	by := periods.keysOf(a.by)
	active := b.window(periods, &plan.Window{
		PartitionBy: append(exprsOf(by), id.exact()), OrderBy: []plan.Key{{Value: line.exact()}}, Frame: plan.Frame{ByTime: true, Preceding: back.Int() - 1},
	}, "count", schema.Long)
	a.rows = periods
	a.within(line)
	periods.node = &plan.Filter{Input: periods.node, Where: &plan.Compare{Op: plan.GreaterEqual, Left: active.exact(), Right: a.own[2].exact()}}
	gathered := &aggregation{}
	c := &context{scope: b.scope, in: periods, aggs: gathered}
	bins := append([]assigned{{a.axis, made(schema.Datetime, "bin_at", line.exact(), a.own[3].exact(), a.from.exact())}}, by...)
	return b.group(periods, bins, gathered, []assigned{{"dcount", b.add(c, "dcount", schema.Long, nil, id.exact())}})
}})
