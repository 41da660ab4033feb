package kql

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// expr binds a scalar expression.
func (b *binder) expr(c *context, x node) value {
	if b.enough(x.span()) {
		return wrong()
	}
	switch x := x.(type) {
	case *grouped:
		return b.expr(c, x.x)
	case *literal:
		return b.literal(c, x)
	case *name:
		return b.name(c, x)
	case *member:
		return b.member(c, x)
	case *index:
		return b.index(c, x)
	case *call:
		return b.call(c, x)
	case *unary:
		return b.unary(c, x)
	case *binary:
		return b.binary(c, x)
	case *among:
		return b.among(c, x)
	case *between:
		return b.between(c, x)
	case *pipeline, *called:
		b.errorf(x.span(), "value-wanted", "KS107", "a value is wanted here, not rows").Hint = "write toscalar(…) for the first value of rows"
	case *star:
		b.errorf(x.span(), "star", "KS002", "* cannot stand here")
	case *typeName:
		b.errorf(x.span(), "type-name", "KS002", "typeof() cannot stand here")
	default:
		b.errorf(x.span(), "value-wanted", "KS107", "a value is wanted here")
	}
	return wrong()
}

func (b *binder) literal(c *context, x *literal) value {
	if x.typ == schema.Datetime && x.value.IsAbsent() {
		return b.now()
	}
	if c.search && x.typ == schema.String {
		return b.anyHas(c, x)
	}
	return literalValue(x.value, x.typ)
}

// now returns the time of the query.
func (b *binder) now() value {
	b.query.TimeDependent = true
	return literalValue(event.TimeValue(b.env.Now), schema.Datetime)
}

// name binds a name: a column, else what a let statement or a parameter gave it.
func (b *binder) name(c *context, x *name) value {
	if c.in != nil {
		if col := c.in.find(x.text); col != nil {
			v := col.value()
			if col.typ == schema.Bool {
				v = b.markTruth(v, x)
			}
			return v
		}
	}
	if c.steps != nil && c.steps.refuse(b, x) {
		return wrong()
	}
	if found := c.scope.find(x.text); found != nil {
		return b.boundName(c, found, x)
	}
	if c.in != nil && c.in.star != nil {
		return value{expr: apply("get_field", &plan.Ref{Column: c.in.star}, &plan.Literal{Value: event.TextValue(x.text), Type: schema.String}), typ: schema.Any, path: true}
	}
	if c.in != nil && c.in.absent {
		return textValue("")
	}
	if x.text == "$left" || x.text == "$right" {
		b.errorf(x.span(), "unknown-name", "KS142", "%s stands in the conditions of join and lookup only", x.text)
		return wrong()
	}
	if f := b.stored(x.text); f != nil && !b.functionGivesRows(f) {
		return b.callStoredScalar(c, f, &call{at: x.at, fn: x})
	}
	b.unknownName(c, x)
	return wrong()
}

// boundName returns what a let statement or a parameter gave a name.
func (b *binder) boundName(c *context, found *binding, x *name) value {
	if found.bound != nil {
		return *found.bound
	}
	if _, ok := found.x.(*lambda); ok {
		if b.givesRows(found) {
			b.errorf(x.span(), "value-wanted", "KS107", "`%s` gives rows, and a value is wanted", x.text)
			return wrong()
		}
		return b.callScalar(c, found, &call{at: x.at, fn: x})
	}
	if found.rows != nil || b.givesRows(found) {
		b.errorf(x.span(), "value-wanted", "KS107", "`%s` are rows, and a value is wanted", x.text).Hint = "write toscalar(" + x.text + ") for the first value of the rows"
		return wrong()
	}
	if found.using {
		b.errorf(x.span(), "recursion", "", "`%s` leads to itself", x.text)
		return wrong()
	}
	found.using = true
	defer func() { found.using = false }()
	v := wrong()
	b.inText(found.text, func() { v = b.expr(&context{scope: found.env, base: c.attach()}, found.x) })
	return v
}

func (b *binder) unknownName(c *context, x *name) {
	d := b.errorf(x.span(), "unknown-name", "KS142", "there is no column or value called `%s` here", x.text)
	if low := strings.ToLower(x.text); low != x.text && keywords[low] {
		d.Hint = "write it in lower case: `" + low + "`"
		return
	}
	var names []string
	if c.in != nil {
		names = append(names, c.in.names()...)
	}
	hintNearest(d, x.text, append(names, c.scope.all()...))
}

// column binds a name that must be one of the columns of some rows.
func (b *binder) column(r *relation, x *name) *column {
	if col := r.find(x.text); col != nil {
		return col
	}
	if r.star != nil {
		return &column{name: x.text, typ: schema.Any}
	}
	if r.absent {
		return &column{name: x.text, typ: schema.String}
	}
	d := b.errorf(x.span(), "unknown-name", "KS142", "there is no column `%s` here", x.text)
	hintNearest(d, x.text, r.names())
	return nil
}

// valueOf returns the value of a column that column found.
func (b *binder) valueOf(r *relation, col *column) value {
	if col.col == nil && col.from == nil {
		if r.star == nil {
			return textValue("")
		}
		return value{expr: apply("get_field", &plan.Ref{Column: r.star}, &plan.Literal{Value: event.TextValue(col.name), Type: schema.String}), typ: schema.Any, path: true}
	}
	return col.value()
}

// member binds d.name, and $left.name.
func (b *binder) member(c *context, x *member) value {
	if side, ok := x.of.(*name); ok {
		var r *relation
		switch side.text {
		case "$left":
			r = c.left
		case "$right":
			r = c.right
		}
		if c.steps != nil && c.steps.named(side.text) {
			return b.remembered(c, side, x)
		}
		if alone := c.alone[side.text]; alone != nil {
			r = alone
		}
		if c.match != nil && c.match.part(side.text) != nil {
			return c.match.property(b, side, x.name)
		}
		if r != nil {
			col := b.column(r, x.name)
			if col == nil {
				return wrong()
			}
			return b.valueOf(r, col)
		}
	}
	of := b.expr(c, x.of)
	return b.inside(of, textValue(x.name.text), x.name.span())
}

// index binds d[i].
func (b *binder) index(c *context, x *index) value {
	of := b.expr(c, x.of)
	i := b.expr(c, x.i)
	if of.bad || i.bad {
		return wrong()
	}
	if k, ok := i.constant(); ok && len(of.parts) > 1 && k.Kind() == event.Int && k.Int() >= 0 && k.Int() < int64(len(of.parts)) {
		return of.parts[k.Int()].v
	}
	return b.inside(of, i, x.i.span())
}

// inside returns a part of a dynamic value.
func (b *binder) inside(of, i value, at diag.Span) value {
	if of.bad || i.bad {
		return wrong()
	}
	if !of.open() {
		d := b.errorf(at, "path", "KS109", "a %s has no parts", of.typ)
		if of.typ == schema.String {
			d.Hint = "write parse_json(…) around it"
		}
		return wrong()
	}
	if i.typ == schema.String {
		return value{expr: apply("get_field", of.exact(), i.exact()), typ: schema.Dynamic, path: true}
	}
	return value{expr: apply("kql_index", of.exact(), i.exact()), typ: schema.Dynamic, path: true}
}

func (b *binder) unary(c *context, x *unary) value {
	v := b.expr(c, x.x)
	if v.bad {
		return v
	}
	if !v.open() && !numeric(v.typ) && v.typ != schema.Timespan {
		b.errorf(x.span(), "operator-types", "KS106", "%s is not defined for a %s", x.op, v.typ)
		return wrong()
	}
	if x.op == "+" {
		return v
	}
	if k, ok := v.constant(); ok && !k.IsNull() {
		switch k.Kind() {
		case event.Int, event.Float, event.Duration:
			return literalValue(negated(k), v.typ)
		}
	}
	return value{expr: apply("negate", v.exact()), typ: v.typ}
}

func (b *binder) binary(c *context, x *binary) value {
	switch x.op {
	case "and", "or":
		return b.logic(c, x)
	case "+", "-", "*", "/", "%":
		l, r := b.expr(c, x.l), b.expr(c, x.r)
		return b.arithmetic(x, l, r)
	}
	if _, any := x.l.(*star); any {
		return b.anyColumn(c, x)
	}
	inner := *c
	inner.search = false
	return b.compare(&inner, x)
}

// logic binds a chain of and, or of or, which may be long.
func (b *binder) logic(c *context, x *binary) value {
	var operands []node
	var walk func(n node)
	walk = func(n node) {
		if o, ok := bare(n).(*binary); ok && o.op == x.op {
			walk(o.l)
			walk(o.r)
			return
		}
		operands = append(operands, n)
	}
	walk(x)
	var exact, loose []plan.Expr
	bad := false
	for _, n := range operands {
		v := b.expr(c, n)
		switch {
		case v.bad:
			bad = true
		case v.typ == schema.Bool:
		case v.open():
			v = v.to(schema.Bool)
		default:
			b.errorf(n.span(), "bool-wanted", "KS106", "%s wants conditions, and this is a %s", x.op, v.typ)
			bad = true
		}
		exact = append(exact, v.exact())
		loose = append(loose, v.condition())
	}
	out := value{typ: schema.Bool, bad: bad}
	if x.op == "and" {
		out.expr, out.loose = &plan.And{List: exact}, &plan.And{List: loose}
	} else {
		out.expr, out.loose = &plan.Or{List: exact}, &plan.Or{List: loose}
	}
	if slices.Equal(exact, loose) {
		out.loose = nil
	}
	return folded(out)
}

// folded computes a truth that depends on no row.
func folded(v value) value {
	fold := func(e plan.Expr) plan.Expr {
		switch e := e.(type) {
		case *plan.And:
			return foldTruths(e.List, true, e)
		case *plan.Or:
			return foldTruths(e.List, false, e)
		case *plan.Not:
			if l, ok := e.X.(*plan.Literal); ok && l.Value.Kind() == event.Bool {
				return boolLiteral(!l.Value.Bool())
			}
		}
		return e
	}
	v.expr = fold(v.expr)
	if v.loose != nil {
		v.loose = fold(v.loose)
	}
	return v
}

// foldTruths leaves out what cannot decide, and returns what decides.
func foldTruths(list []plan.Expr, unit bool, whole plan.Expr) plan.Expr {
	var kept []plan.Expr
	for _, e := range list {
		if l, ok := e.(*plan.Literal); ok && l.Value.Kind() == event.Bool {
			if l.Value.Bool() != unit {
				return e
			}
			continue
		}
		kept = append(kept, e)
	}
	switch {
	case len(kept) == 0:
		return boolLiteral(unit)
	case len(kept) == 1:
		return kept[0]
	case len(kept) == len(list):
		return whole
	case unit:
		return &plan.And{List: kept}
	}
	return &plan.Or{List: kept}
}

// not turns a truth round.
func not(v value) value {
	return folded(value{expr: &plan.Not{X: v.exact()}, typ: schema.Bool, bad: v.bad})
}

// denied is not of what its author wrote as one condition that says no, such as a != b.
func denied(marked plan.Marked, v value) value {
	return folded(value{expr: &plan.Not{Marked: marked, X: v.exact()}, typ: schema.Bool, bad: v.bad})
}

// arithmetic binds + - * / %.
func (b *binder) arithmetic(x *binary, l, r value) value {
	if l.bad || r.bad {
		return wrong()
	}
	t, ok := arithmeticType(x.op, l, r)
	if !ok {
		d := b.errorf(x.opAt, "operator-types", "KS106", "%s is not defined for %s and %s", x.op, aType(l.typ), aType(r.typ))
		if x.op == "+" && (l.typ == schema.String || r.typ == schema.String) {
			d.Hint = "write strcat() to join texts"
		}
		return wrong()
	}
	if numeric(t) && t != schema.Int {
		if l.open() {
			l = l.to(t)
		}
		if r.open() {
			r = r.to(t)
		}
		if t == schema.Real || t == schema.Decimal {
			l, r = l.cast(t), r.cast(t)
		}
	}
	name := map[string]string{"+": "add", "-": "subtract", "*": "kql_multiply", "/": "kql_divide", "%": "kql_mod"}[x.op]
	return made(t, name, l.exact(), r.exact())
}

// arithmeticType returns the type of l op r.
func arithmeticType(op string, l, r value) (schema.Type, bool) {
	a, c := l.typ, r.typ
	switch {
	case l.open() && r.open():
		return schema.Dynamic, true
	case l.open():
		a = c
	case r.open():
		c = a
	}
	time, span := schema.Datetime, schema.Timespan
	switch {
	case numeric(a) && numeric(c):
		t := wider(a, c)
		if t == schema.Int {
			t = schema.Long
		}
		return t, true
	case a == time && c == time && op == "-":
		return span, true
	case a == time && c == span && (op == "+" || op == "-"), a == span && c == time && op == "+":
		return time, true
	case a == span && c == span && (op == "+" || op == "-" || op == "%"):
		return span, true
	case a == span && c == span && op == "/":
		return schema.Real, true
	case a == span && numeric(c) && (op == "*" || op == "/"), numeric(a) && c == span && op == "*":
		return span, true
	case a == time && c == span && op == "%":
		return span, true
	}
	return schema.Any, false
}

// between binds x between (lo .. hi), both ends included.
func (b *binder) between(c *context, x *between) value {
	v, lo, hi := b.expr(c, x.x), b.expr(c, x.lo), b.expr(c, x.hi)
	if v.bad || lo.bad || hi.bad {
		return value{typ: schema.Bool, bad: true}
	}
	if lo.typ == schema.Datetime && hi.typ == schema.Timespan {
		hi = made(schema.Datetime, "add", lo.exact(), hi.exact())
	}
	from := b.ordered(x.span(), ">=", v, lo)
	to := b.ordered(x.span(), "<=", v, hi)
	if from.bad || to.bad {
		return value{typ: schema.Bool, bad: true}
	}
	marked := b.mark(columnOf(x.x), x.span())
	for _, bound := range []value{from, to} {
		if cmp, ok := bound.expr.(*plan.Compare); ok {
			cmp.Marked = marked
		}
	}
	in := folded(value{expr: &plan.And{Marked: marked, List: []plan.Expr{from.exact(), to.exact()}}, typ: schema.Bool})
	if x.not {
		return denied(marked, in)
	}
	return in
}

// columnOf returns the name of the column that an expression is about, for marks.
func columnOf(x node) string {
	switch x := bare(x).(type) {
	case *name:
		return x.text
	case *member:
		if of := columnOf(x.of); of != "" {
			return of + "." + x.name.text
		}
	case *index:
		return columnOf(x.of)
	case *call:
		for _, a := range x.args {
			if of := columnOf(a.value); of != "" {
				return of
			}
		}
	}
	return ""
}

// markTruth gives a bare truth a mark.
func (b *binder) markTruth(v value, x *name) value {
	return value{expr: &plan.Ref{Marked: b.mark(x.text, x.span()), Column: v.expr.(*plan.Ref).Column}, typ: v.typ}
}
