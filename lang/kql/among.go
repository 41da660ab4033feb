package kql

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// among binds x in (…), x has_any (…), x has_all (…) and their like. What stands in the brackets are values, one dynamic array, or
// rows, of which the first column counts.
func (b *binder) among(c *context, x *among) value {
	inner := *c
	inner.search = false
	c = &inner
	not_ := strings.HasPrefix(x.op, "!")
	op := strings.TrimPrefix(x.op, "!")
	fold := op != "in"
	var l value
	if _, any := x.x.(*star); any {
		return b.anyColumnAmong(c, x)
	}
	if l = b.expr(c, x.x); l.bad {
		return value{typ: schema.Bool, bad: true}
	}
	if len(x.list) == 1 && b.tabular(c.scope, x.list[0]) {
		return b.amongRows(c, x, l)
	}
	var list []value
	var arrays []value // dynamic ones that are not known before running
	for _, n := range x.list {
		v := b.expr(c, n)
		if v.bad {
			return value{typ: schema.Bool, bad: true}
		}
		b.needle(x.op, n)
		k, ok := v.constant()
		switch {
		case ok && v.typ == schema.Dynamic:
			list = flattened(list, k)
		case v.typ == schema.Dynamic || v.typ == schema.Any:
			arrays = append(arrays, v)
		default:
			list = append(list, v)
		}
	}
	v := b.amongValues(c, x, op, fold, l, list, arrays)
	if v.bad || !not_ {
		return v
	}
	return denied(b.mark(columnOf(x.x), x.span()), v)
}

// flattened appends the elements of a dynamic constant.
func flattened(list []value, k event.Value) []value {
	if k.Kind() != event.List {
		if k.IsNull() {
			return list
		}
		return append(list, literalValue(k, typeOfValue(k)))
	}
	for _, e := range k.List() {
		list = flattened(list, e)
	}
	return list
}

func (b *binder) amongValues(c *context, x *among, op string, fold bool, l value, list, arrays []value) value {
	marked := b.mark(columnOf(x.x), x.span())
	bad := value{typ: schema.Bool, bad: true}
	var parts, loose []plan.Expr // loose are the parts where only their truth counts
	all := op == "has_all"
	if op != "in" && op != "in~" || l.typ == schema.String || op == "in~" {
		if !b.texts(x.op, x.x.span(), &l) {
			return bad
		}
		o := textOps["has"]
		switch op {
		case "in":
			o = textOp{op: plan.Equals, cs: true, function: "kql_equals_fold"}
		case "in~":
			o = textOps["=~"]
		}
		for i := range list {
			if list[i].typ != schema.String {
				list[i] = list[i].to(schema.String)
			}
		}
		if len(list) > 0 || len(arrays) == 0 {
			if len(list) == 0 { // nothing is in an empty list, and everything has all of it
				parts = append(parts, boolLiteral(all))
			} else {
				parts = append(parts, b.textMatch(marked, o, l, list, all).exact())
			}
		}
		for _, a := range arrays {
			name := map[string]string{"in": "kql_in", "in~": "kql_in", "has_any": "kql_has_any", "has_all": "kql_has_all"}[op]
			parts = append(parts, apply(name, l.exact(), a.exact(), boolLiteral(fold)))
		}
	} else {
		for _, v := range list {
			e := b.equal(x.opAt, marked, l, v, false)
			if e.bad {
				return bad
			}
			parts, loose = append(parts, e.exact()), append(loose, e.condition())
		}
		for _, a := range arrays {
			parts = append(parts, apply("kql_in", l.exact(), a.exact(), boolLiteral(false)))
			loose = append(loose, parts[len(parts)-1])
		}
		if len(parts) == 0 {
			return value{expr: boolLiteral(false), typ: schema.Bool}
		}
		v := value{expr: parts[0], loose: loose[0], typ: schema.Bool}
		if len(parts) > 1 {
			v.expr, v.loose = &plan.Or{Marked: marked, List: parts}, &plan.Or{Marked: marked, List: loose}
		}
		return folded(v)
	}
	if len(parts) == 1 {
		return value{expr: parts[0], typ: schema.Bool}
	}
	if all {
		return folded(value{expr: &plan.And{Marked: marked, List: parts}, typ: schema.Bool})
	}
	return folded(value{expr: &plan.Or{Marked: marked, List: parts}, typ: schema.Bool})
}

// amongRows binds x in (rows): the first column of the rows is the list.
func (b *binder) amongRows(c *context, x *among, l value) value {
	bad := value{typ: schema.Bool, bad: true}
	r := b.rows(c.scope, x.list[0])
	if r == nil {
		return bad
	}
	first := r.visible()
	if len(first) == 0 {
		b.noColumn(x.list[0])
		return bad
	}
	op := strings.TrimPrefix(x.op, "!")
	key := first[0]
	if list, ok := b.knownList(r, key); ok {
		v := b.amongValues(c, x, op, op != "in", l, list, nil)
		if v.bad || op == x.op {
			return v
		}
		return denied(b.mark(columnOf(x.x), x.span()), v)
	}
	base := c.attach()
	if base == nil {
		b.errorf(x.list[0].span(), "rows-unwanted", "", "rows cannot be asked here").Hint = "there are no rows that the answer could belong to"
		return bad
	}
	var v value
	if op == "in" || op == "in~" {
		v = b.isAmong(base, x, op, l, r, key)
	} else {
		list := b.joinOne(base, r, "make_set", key.value(), schema.Dynamic)
		if !b.texts(x.op, x.x.span(), &l) {
			return bad
		}
		v = value{expr: apply(map[string]string{"has_any": "kql_has_any", "has_all": "kql_has_all"}[op], l.exact(), list.exact(), boolLiteral(true)), typ: schema.Bool}
	}
	if v.bad || op == x.op {
		return v
	}
	return denied(b.mark(columnOf(x.x), x.span()), v)
}

// noColumn complains about rows without a column, unless that is because of what was complained about before.
func (b *binder) noColumn(x node) {
	if !b.list.Failed() && b.failed == 0 {
		b.errorf(x.span(), "no-column", "", "the rows have no column")
		return
	}
	b.failed++
}

// isAmong joins the distinct keys of rows to base, and says whether there was one.
func (b *binder) isAmong(base *relation, x *among, op string, l value, r *relation, key *column) value {
	right := key.value()
	if l.open() && right.typ != schema.Dynamic {
		l = l.to(right.typ)
	}
	if right.open() && !l.open() {
		right = right.to(l.typ)
	}
	if !b.equalTypes(x.opAt, &l, &right, false) {
		return value{typ: schema.Bool, bad: true}
	}
	left := l.exact()
	rightExpr := right.exact()
	if op == "in~" { // letters of ASCII
		left, rightExpr = apply("kql_fold", left), apply("kql_fold", rightExpr)
	}
	k := b.temp("key", right.typ)
	found := b.temp("found", schema.Bool)
	keys := &plan.Aggregate{Input: r.node, By: []plan.Assign{{Column: k, Value: rightExpr}}, DropNull: true}
	b.join(base, keys, []plan.JoinKey{{Left: left, Right: &plan.Ref{Column: k}}}, plan.Assign{Column: found, Value: &plan.Not{X: &plan.IsNull{X: &plan.Ref{Column: k}}}})
	return value{expr: &plan.Ref{Marked: b.mark(columnOf(x.x), x.span()), Column: found}, typ: schema.Bool}
}

// join puts a join on top of base that adds columns to each of its rows.
func (b *binder) join(base *relation, right plan.Node, keys []plan.JoinKey, added ...plan.Assign) {
	j := &plan.Join{Left: base.node, Right: right, Kind: plan.LeftOuter, Keys: keys, FirstRight: true}
	for _, c := range base.columns {
		c.place()
	}
	for _, c := range base.node.Columns() {
		j.Out = append(j.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
	j.Out = append(j.Out, added...)
	base.node = j
}

// joinOne computes an aggregate of all rows of a relation, and adds it to each row of base.
func (b *binder) joinOne(base *relation, r *relation, aggregate string, of value, t schema.Type) value {
	c := b.temp("value", t)
	one := &plan.Aggregate{Input: r.node, Aggs: []plan.Agg{{Column: c, Func: aggregateNamed(aggregate), Args: []plan.Expr{of.exact()}}}}
	return b.joinRow(base, one, c, t)
}

// joinRow adds a column of a single row to each row of base.
func (b *binder) joinRow(base *relation, row plan.Node, c *plan.Column, t schema.Type) value {
	out := b.temp("value", t)
	one := func() plan.Expr { return &plan.Literal{Value: event.IntValue(1), Type: schema.Long} }
	var v plan.Expr = &plan.Ref{Column: c}
	if t == schema.String {
		v = apply("coalesce", v, emptyOf(t))
	}
	b.join(base, row, []plan.JoinKey{{Left: one(), Right: one()}}, plan.Assign{Column: out, Value: v})
	return value{expr: &plan.Ref{Column: out}, typ: t}
}

// maxKnown bounds the rows of a list that becomes part of a condition.
const maxKnown = 20_000

// knownList returns the values of a column of rows that read no table, so that they are known before the query runs.
func (b *binder) knownList(r *relation, c *column) ([]value, bool) {
	if b.env.Evaluate == nil || readsTables(r.node) {
		return nil, false
	}
	out := &plan.Column{Name: "value", Type: c.typ}
	rows, err := b.env.Evaluate(plan.Rewrite(&plan.Limit{Input: &plan.Project{Input: r.node, Out: []plan.Assign{{Column: out, Value: c.value().exact()}}}, Count: maxKnown + 1}))
	if err != nil || len(rows) > maxKnown {
		return nil, false
	}
	seen := map[string]bool{}
	var list []value
	for _, row := range rows {
		text := row[0].Kind().String() + row[0].Text()
		if !seen[text] && !row[0].IsNull() {
			seen[text] = true
			list = append(list, literalValue(row[0], c.typ))
		}
	}
	return list, true
}

// readsTables says whether a plan reads events.
func readsTables(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		_, scan := n.(*plan.Scan)
		found = found || scan
		return !found
	})
	return found
}

// toscalar binds toscalar(rows): the first value of the first row, null without rows.
func (b *binder) toscalar(c *context, x *call) value {
	if len(x.args) != 1 {
		b.errorf(x.span(), "argument-count", "KS119", "toscalar takes 1 argument, not %d", len(x.args))
		return wrong()
	}
	n := x.args[0].value
	if !b.tabular(c.scope, n) {
		return b.expr(&context{scope: c.scope, base: c.attach()}, n)
	}
	r := b.rows(c.scope, n)
	if r == nil {
		return wrong()
	}
	columns := r.visible()
	if len(columns) == 0 {
		b.noColumn(n)
		return wrong()
	}
	t := columns[0].typ
	out := &plan.Column{Name: "value", Type: t}
	first := &plan.Limit{Input: &plan.Project{Input: r.node, Out: []plan.Assign{{Column: out, Value: columns[0].value().exact()}}}, Count: 1}
	if b.env.Evaluate != nil && !readsTables(r.node) {
		if rows, err := b.env.Evaluate(plan.Rewrite(first)); err == nil {
			if len(rows) == 0 {
				return literalValue(emptyOf(t).Value, t)
			}
			return literalValue(rows[0][0], t)
		}
	}
	base := c.attach()
	if base == nil {
		b.errorf(x.span(), "not-constant", "", "what is wanted here must be known before the query runs")
		return wrong()
	}
	return b.joinRow(base, first, out, t)
}

var _ = defineFunction(function{
	name: "toscalar", doc: "the first value of the first of some rows", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value { return b.toscalar(c, x) },
})

// anyColumn binds * has "x" and the like: true if it is of a column.
func (b *binder) anyColumn(c *context, x *binary) value {
	if c.in == nil {
		b.errorf(x.l.span(), "star", "", "there are no columns here")
		return value{typ: schema.Bool, bad: true}
	}
	r := b.expr(&context{scope: c.scope, base: c.attach()}, x.r)
	if r.bad {
		return value{typ: schema.Bool, bad: true}
	}
	o, isText := textOps[x.op]
	var parts []plan.Expr
	marked := b.mark("*", x.span())
	for _, col := range c.in.visible() {
		l := col.value()
		switch {
		case isText:
			positive := o
			positive.not = false
			parts = append(parts, b.textMatch(marked, positive, l.to(schema.String), []value{r.to(schema.String)}, false).exact())
		case x.op == "==" && (l.typ == r.typ || l.open() || numeric(l.typ) && numeric(r.typ)):
			right := r
			if b.equalTypes(x.opAt, &l, &right, false) {
				parts = append(parts, b.equalFitted(marked, l, right).condition())
			}
		case x.op == "matches regex":
			parts = append(parts, b.matchesRegex(x, marked, l.to(schema.String), r).exact())
		}
	}
	v := folded(value{expr: &plan.Or{Marked: marked, List: parts}, typ: schema.Bool})
	if isText && o.not {
		return denied(b.mark(columnOf(x.l), x.span()), v)
	}
	return v
}

// anyColumnAmong binds * in (…) and * has_any (…).
func (b *binder) anyColumnAmong(c *context, x *among) value {
	var parts []plan.Expr
	if c.in == nil {
		b.errorf(x.x.span(), "star", "", "there are no columns here")
		return value{typ: schema.Bool, bad: true}
	}
	positive := *x
	positive.op = strings.TrimPrefix(x.op, "!")
	for _, col := range c.in.visible() {
		if col.typ != schema.String && !(value{typ: col.typ}).open() {
			continue
		}
		one := positive
		one.x = &name{at: at(x.x.span()), text: col.name}
		v := b.among(c, &one)
		if v.bad {
			return v
		}
		parts = append(parts, v.condition())
	}
	v := folded(value{expr: &plan.Or{List: parts}, typ: schema.Bool})
	if positive.op != x.op {
		return denied(b.mark(columnOf(x.x), x.span()), v)
	}
	return v
}

// anyHas binds a text that stands alone in a search: any column has it.
func (b *binder) anyHas(c *context, x *literal) value {
	inner := *c
	inner.search = false
	op := "has"
	if c.exact {
		op = "has_cs"
	}
	return b.anyColumn(&inner, &binary{at: x.at, op: op, opAt: x.span(), l: &star{x.at}, r: x})
}
