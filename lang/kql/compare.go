package kql

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Comparisons, and what they say of null. In Kusto
//
//	== =~ in has contains startswith endswith matches   false if one side is null, null if both are
//	!= !~ !in !has …                                    true if one side is null, null if both are
//	< <= > >= between                                   null if one side is null
//
// A string is never null, so only the other types and parts of dynamic values need care. The plan's Match is never null and
// false for Null, which is the first line with a constant; its Compare is null for null, which is the third.

// textOp is an operator on two texts.
type textOp struct {
	op       plan.MatchOp
	cs       bool // case counts
	not      bool
	function string // the function of the catalogue for a needle that is no constant
}

var textOps = map[string]textOp{}

func init() {
	for name, o := range map[string]textOp{
		"has": {op: plan.Word, function: "kql_has"}, "contains": {op: plan.Contains, function: "kql_contains"},
		"startswith": {op: plan.Prefix, function: "kql_startswith"}, "endswith": {op: plan.Suffix, function: "kql_endswith"},
		"hasprefix": {op: plan.Regexp, function: "kql_hasprefix"}, "hassuffix": {op: plan.Regexp, function: "kql_hassuffix"},
	} {
		textOps[name] = o
		textOps["!"+name] = textOp{o.op, false, true, o.function}
		textOps[name+"_cs"] = textOp{o.op, true, false, o.function}
		textOps["!"+name+"_cs"] = textOp{o.op, true, true, o.function}
	}
	textOps[":"] = textOps["has"]
	textOps["notcontains"] = textOps["!contains"]
	textOps["notcontains_cs"] = textOps["!contains_cs"]
	textOps["containscs"] = textOps["contains_cs"]
	textOps["=~"] = textOp{op: plan.Equals, function: "kql_equals_fold"}
	textOps["!~"] = textOp{op: plan.Equals, not: true, function: "kql_equals_fold"}
}

// compare binds x op y.
func (b *binder) compare(c *context, x *binary) value {
	l, r := b.expr(c, x.l), b.expr(c, x.r)
	if l.bad || r.bad {
		return value{typ: schema.Bool, bad: true}
	}
	marked := b.mark(columnOf(x.l), x.span())
	switch x.op {
	case "==":
		return b.equal(x.opAt, marked, l, r, false)
	case "!=", "<>":
		return b.equal(x.opAt, marked, l, r, true)
	case "<", "<=", ">", ">=":
		v := b.ordered(x.opAt, x.op, l, r)
		if cmp, ok := v.expr.(*plan.Compare); ok {
			cmp.Marked = marked
		}
		return v
	case "matches regex":
		return b.matchesRegex(x, marked, l, r)
	case "like", "notlike", "like_cs", "notlike_cs":
		return b.like(x, marked, l, r)
	}
	o := textOps[x.op]
	if !b.texts(x.op, x.l.span(), &l) || !b.texts(x.op, x.r.span(), &r) {
		return value{typ: schema.Bool, bad: true}
	}
	b.needle(x.op, x.r)
	return b.textMatch(marked, o, l, []value{r}, false)
}

// texts converts an operand of a text operator.
func (b *binder) texts(op string, at diag.Span, v *value) bool {
	switch {
	case v.typ == schema.String:
	case v.open():
		*v = v.to(schema.String)
	default:
		b.errorf(at, "operator-types", "KS106", "%s is defined for texts, and this is %s", op, aType(v.typ)).Hint = "write tostring(…) around it"
		return false
	}
	return true
}

// textMatch asks whether a text meets one of several others, or all of them.
func (b *binder) textMatch(marked plan.Marked, o textOp, l value, list []value, all bool) value {
	m := &plan.Match{Marked: marked, Subject: l.exact(), Op: o.op, All: all, Fold: !o.cs}
	var rest []plan.Expr // what has to be computed for each row
	for _, r := range list {
		k, ok := r.constant()
		if p, fits := o.pattern(k.Text()); ok && fits {
			m.Patterns = append(m.Patterns, p...)
			continue
		}
		rest = append(rest, apply(o.function, l.exact(), r.exact(), boolLiteral(!o.cs)))
	}
	if m.Op == plan.Regexp {
		m.Fold = false
	}
	var parts []plan.Expr
	if len(m.Patterns) > 0 {
		if k, ok := l.constant(); ok { // known already
			for _, r := range list {
				if _, isConstant := r.constant(); isConstant {
					rest = append(rest, apply(o.function, &plan.Literal{Value: k, Type: schema.String}, r.exact(), boolLiteral(!o.cs)))
				}
			}
		} else {
			parts = append(parts, m)
		}
	}
	parts = append(parts, rest...)
	var e plan.Expr
	switch {
	case len(parts) == 1:
		e = parts[0]
	case all:
		e = &plan.And{Marked: marked, List: parts}
	default:
		e = &plan.Or{Marked: marked, List: parts}
	}
	v := folded(value{expr: e, typ: schema.Bool})
	if o.not {
		return denied(marked, v)
	}
	return v
}

// pattern returns the patterns that a text is for an operator; ok is false where the plan has none that mean exactly the same, as
// letters beyond ASCII keep their case in Kusto.
func (o textOp) pattern(text string) (p []plan.Pattern, ok bool) {
	if !o.cs && !asciiOnly(text) {
		return nil, false
	}
	switch {
	case text == "" && o.op == plan.Word:
		return nil, false
	case o.op == plan.Regexp:
		return []plan.Pattern{{Source: o.expression(text)}}, text != ""
	}
	return []plan.Pattern{plan.Plain(text)}, true
}

// expression returns the regular expression of hasprefix and hassuffix.
func (o textOp) expression(text string) string {
	e := regexp.QuoteMeta(text)
	edge := `[\pL\pN]`
	r := []rune(text)
	if len(r) == 0 {
		return e
	}
	if o.function == "kql_hasprefix" && fn.KQLTermRune(r[0]) {
		e = "(?:^|[^" + edge[1:len(edge)-1] + "])" + e
	}
	if o.function == "kql_hassuffix" && fn.KQLTermRune(r[len(r)-1]) {
		e += "(?:$|[^" + edge[1:len(edge)-1] + "])"
	}
	if !o.cs {
		e = "(?i:" + e + ")"
	}
	return "(?s)" + e
}

func asciiOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// equal binds == and !=.
func (b *binder) equal(at diag.Span, marked plan.Marked, l, r value, negate bool) value {
	text, otherwise := l, r
	if r.typ == schema.String {
		text, otherwise = r, l
	}
	if !b.equalTypes(at, &l, &r, negate) {
		return value{typ: schema.Bool, bad: true}
	}
	if k, ok := text.constant(); ok && text.typ == schema.String && otherwise.typ != schema.String && !otherwise.open() && text.to(otherwise.typ).null() && k.Kind() == event.Text {
		return value{expr: boolLiteral(negate), typ: schema.Bool} // a text that no value of the type has
	}
	v := b.equalFitted(marked, l, r)
	if !negate {
		return v
	}
	return b.unequal(marked, l, r, v)
}

// equalTypes makes both sides of one type; what cannot be compared is an error.
func (b *binder) equalTypes(at diag.Span, l, r *value, negate bool) bool {
	switch {
	case l.typ == r.typ && l.typ != schema.Dynamic && l.typ != schema.Any:
		return true
	case numeric(l.typ) && numeric(r.typ):
		return true
	case isNullLiteral(*l) || isNullLiteral(*r):
		return true
	case l.typ == schema.String && !r.open():
		if _, ok := r.constant(); ok && r.typ != schema.Bool {
			*l = l.to(r.typ) // what is no number is unequal
			return true
		}
		*l = l.to(r.typ)
		return true
	case r.typ == schema.String && !l.open():
		*r = r.to(l.typ)
		return true
	case l.open() && r.typ == schema.String:
		*l = value{expr: l.to(schema.String).exact(), typ: schema.String, path: l.path}
		return true
	case r.open() && l.typ == schema.String:
		*r = value{expr: r.to(schema.String).exact(), typ: schema.String, path: r.path}
		return true
	case l.open() || r.open():
		return true
	case l.typ == schema.Timespan && isZero(*r):
		*r = literalValue(event.DurationValue(0), schema.Timespan)
		return true
	case r.typ == schema.Timespan && isZero(*l):
		*l = literalValue(event.DurationValue(0), schema.Timespan)
		return true
	case l.typ == schema.Bool && integral(r.typ):
		*l = l.to(schema.Long)
		return true
	case r.typ == schema.Bool && integral(l.typ):
		*r = r.to(schema.Long)
		return true
	}
	op := "=="
	if negate {
		op = "!="
	}
	b.errorf(at, "operator-types", "KS106", "%s is not defined for %s and %s", op, aType(l.typ), aType(r.typ))
	return false
}

// null says whether a value is the constant null.
func (v value) null() bool {
	k, ok := v.constant()
	return ok && k.IsNull()
}

// isZero says whether a value is the number 0, which is every span's as well.
func isZero(v value) bool {
	k, ok := v.constant()
	return ok && integral(v.typ) && !k.IsNull() && k.Int() == 0
}

// equalFitted asks whether two values of one type are equal.
func (b *binder) equalFitted(marked plan.Marked, l, r value) value {
	if _, ok := l.constant(); ok {
		if _, both := r.constant(); !both {
			l, r = r, l
		}
	}
	k, constant := r.constant()
	switch {
	case constant && k.IsNull(): // null == x: false, or null if x is null as well
		return folded(value{expr: &plan.Case{Arms: []plan.Arm{{When: &plan.IsNull{X: l.exact()}, Then: nullBool()}}, Else: boolLiteral(false)}, loose: boolLiteral(false), typ: schema.Bool})
	case l.typ == schema.String && constant && !isLiteral(l):
		if k.Text() == "" && l.path { // a part that is missing is no empty text
			return value{expr: &plan.Compare{Marked: marked, Op: plan.Equal, Left: l.exact(), Right: r.exact()}, typ: schema.Bool}
		}
		return value{expr: &plan.Match{Marked: marked, Subject: l.exact(), Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(k.Text())}}, typ: schema.Bool}
	}
	cmp := compareExpr(marked, plan.Equal, l, r)
	if l.typ == schema.String && r.typ == schema.String {
		return value{expr: cmp, typ: schema.Bool}
	}
	exact := plan.Expr(&plan.And{Marked: marked, List: []plan.Expr{&plan.Not{X: &plan.IsNull{X: l.exact()}}, cmp}})
	if !constant {
		exact = &plan.Case{Marked: marked, Arms: []plan.Arm{
			{When: &plan.And{List: []plan.Expr{&plan.IsNull{X: l.exact()}, &plan.IsNull{X: r.exact()}}}, Then: nullBool()},
			{When: &plan.Or{List: []plan.Expr{&plan.IsNull{X: l.exact()}, &plan.IsNull{X: r.exact()}}}, Then: boolLiteral(false)},
		}, Else: cmp}
	}
	if both, ok := l.constant(); ok && constant && !both.IsNull() { // two constants
		return value{expr: plan.RewriteExpr(cmp), typ: schema.Bool}
	}
	return value{expr: exact, loose: cmp, typ: schema.Bool}
}

// unequal turns == round: true where one side is null, null where both are.
func (b *binder) unequal(marked plan.Marked, l, r, equal value) value {
	k, constant := r.constant()
	if lk, ok := l.constant(); ok {
		k, constant = lk, true
		l, r = r, l
	}
	switch {
	case constant && k.IsNull(): // true unless x is null as well, which is null
		return value{expr: &plan.Case{Arms: []plan.Arm{{When: &plan.IsNull{X: l.exact()}, Then: nullBool()}}, Else: boolLiteral(true)}, loose: &plan.Not{X: &plan.IsNull{X: l.exact()}}, typ: schema.Bool}
	case l.typ == schema.String && r.typ == schema.String:
		return folded(value{expr: &plan.Not{Marked: marked, X: equal.condition()}, typ: schema.Bool})
	case constant:
		return folded(value{expr: &plan.Not{Marked: marked, X: equal.exact()}, typ: schema.Bool})
	}
	return value{expr: &plan.Not{Marked: marked, X: equal.exact()}, typ: schema.Bool}
}

func nullBool() plan.Expr { return &plan.Literal{Value: event.NullValue(), Type: schema.Bool} }

func isLiteral(v value) bool { _, ok := v.constant(); return ok }

// compareExpr compares two values of one type, or of which one is dynamic.
func compareExpr(marked plan.Marked, op plan.CompareOp, l, r value) plan.Expr {
	if l.open() || r.open() { // a list is compared as a whole, and a number with a number only
		if op == plan.Equal {
			e := apply("kql_equal", l.exact(), r.exact())
			if c, ok := e.(*plan.Call); ok {
				c.Marked = marked
			}
			return e
		}
		return &plan.Compare{Marked: marked, Op: op, Left: apply("kql_compare", l.exact(), r.exact()), Right: &plan.Literal{Value: event.IntValue(0), Type: schema.Long}}
	}
	return &plan.Compare{Marked: marked, Op: op, Left: l.exact(), Right: r.exact()}
}

var compareOps = map[string]plan.CompareOp{"<": plan.Less, "<=": plan.LessEqual, ">": plan.Greater, ">=": plan.GreaterEqual}

// ordered binds < <= > >=.
func (b *binder) ordered(at diag.Span, op string, l, r value) value {
	switch {
	case l.bad || r.bad:
		return value{typ: schema.Bool, bad: true}
	case numeric(l.typ) && numeric(r.typ), l.typ == r.typ && l.typ != schema.String && l.typ != schema.Guid,
		l.open() && r.typ != schema.String, r.open() && l.typ != schema.String:
	case l.typ == schema.Any || r.typ == schema.Any:
	default:
		d := b.errorf(at, "operator-types", "KS106", "%s is not defined for %s and %s", op, aType(l.typ), aType(r.typ))
		if l.typ == schema.String || r.typ == schema.String {
			d.Hint = "write tolong(), todouble() or todatetime() around the text"
		}
		return value{typ: schema.Bool, bad: true}
	}
	e := compareExpr(plan.Marked{}, compareOps[op], l, r)
	if isLiteral(l) && isLiteral(r) {
		e = plan.RewriteExpr(e)
	}
	return value{expr: e, typ: schema.Bool}
}

func (b *binder) matchesRegex(x *binary, marked plan.Marked, l, r value) value {
	if !b.texts(x.op, x.l.span(), &l) || !b.texts(x.op, x.r.span(), &r) {
		return value{typ: schema.Bool, bad: true}
	}
	if k, ok := r.constant(); ok {
		if !b.validRegex(k.Text(), x.r.span()) {
			return value{typ: schema.Bool, bad: true}
		}
		if _, both := l.constant(); !both {
			expression := apply("kql_regexp", r.exact()).(*plan.Literal).Value.Text()
			return value{expr: &plan.Match{Marked: marked, Subject: l.exact(), Op: plan.Regexp, Patterns: []plan.Pattern{{Source: expression}}}, typ: schema.Bool}
		}
	}
	return made(schema.Bool, "kql_matches_regex", l.exact(), r.exact())
}

// validRegex complains about an expression that RE2 does not read.
func (b *binder) validRegex(text string, at diag.Span) bool {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		b.errorf(at, "regex", "", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).Hint = "expressions are those of RE2: no look-around, no back-references"
		return false
	}
	return true
}

// like binds the old operator with * for any text.
func (b *binder) like(x *binary, marked plan.Marked, l, r value) value {
	k, ok := r.constant()
	if !ok || !b.texts(x.op, x.l.span(), &l) {
		b.errorf(x.r.span(), "not-constant", "", "%s wants a constant pattern", x.op)
		return value{typ: schema.Bool, bad: true}
	}
	var p plan.Pattern
	for i, run := range strings.Split(k.Text(), "*") {
		if i > 0 {
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Many})
		}
		if run != "" {
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Run, Text: run})
		}
	}
	v := value{expr: &plan.Match{Marked: marked, Subject: l.exact(), Op: plan.Equals, Patterns: []plan.Pattern{p}, Fold: !strings.HasSuffix(x.op, "_cs")}, typ: schema.Bool}
	if strings.HasPrefix(x.op, "not") {
		return denied(marked, v)
	}
	return v
}
