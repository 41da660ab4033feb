package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

// joinKinds are the kinds of a join as they are written.
var joinKinds = map[string]plan.JoinKind{
	"innerunique": plan.Inner, "inner": plan.Inner, "leftouter": plan.LeftOuter, "rightouter": plan.RightOuter, "fullouter": plan.FullOuter,
	"leftsemi": plan.LeftSemi, "semi": plan.LeftSemi, "leftanti": plan.LeftAnti, "anti": plan.LeftAnti, "leftantisemi": plan.LeftAnti,
	"rightsemi": plan.RightSemi, "rightanti": plan.RightAnti, "rightantisemi": plan.RightAnti,
}

var _ = defineOperator(operator{
	name: "join", doc: "pairs of rows whose keys are equal",
	parse: func(p *parser) operation {
		return p.joinStage(&joinStage{kind: "innerunique"}, "innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "semi", "leftanti", "anti",
			"leftantisemi", "rightsemi", "rightanti", "rightantisemi")
	},
})

var _ = defineOperator(operator{
	name: "lookup", doc: "columns of a table of facts for each row",
	parse: func(p *parser) operation {
		return p.joinStage(&joinStage{kind: "leftouter", lookup: true}, "leftouter", "inner")
	},
})

// joinStage reads a join of some kinds.
func (p *parser) joinStage(j *joinStage, kinds ...string) operation {
	p.properties(func(name string, at diag.Span) bool {
		if name == "kind" {
			j.kind = p.choice("kind of join", kinds...)
			return true
		}
		return false
	})
	if j.right = p.postfix(); j.right == nil {
		return nil
	}
	if p.accept("on") {
		p.list_(func() bool {
			x := p.expr()
			if x != nil {
				j.on = append(j.on, x)
			}
			return x != nil
		})
	} else if p.is("where") {
		p.errorf(p.tok.at, "syntax", "KS006", "a join says what is equal behind `on`")
		return nil
	}
	return j
}

type joinStage struct {
	kind   string
	lookup bool
	right  node
	on     []node
}

// joinKey is one pair of columns that must be equal.
type joinKey struct {
	left, right *column // of left and right, nil for a key that is computed
	l, r        value
}

func (j *joinStage) bind(b *binder, s *stage, in *relation) *relation {
	right := b.rows(b.scope, j.right)
	if right == nil {
		return nil
	}
	if len(right.group) > 0 {
		b.errorf(s.word, "refused", "", "a join cannot reach into mv-apply or partition")
		return nil
	}
	if b.tooWide(len(in.columns)+len(right.columns), s.word) {
		return nil
	}
	left := in.derive()
	r := b.apart(left, right.derive())
	keys, ok := j.keys(b, s, left, r)
	if !ok {
		return nil
	}
	kind := joinKinds[j.kind]
	join := &plan.Join{Left: left.node, Right: r.node, Kind: kind}
	swapped := j.kind == "innerunique"
	if swapped { // of the rows of the left with one key only the first counts: ask it of each row of the right
		join.Left, join.Right, join.FirstRight = r.node, left.node, true
	}
	for _, k := range keys {
		pair := plan.JoinKey{Left: k.l.exact(), Right: k.r.exact()}
		if swapped {
			pair.Left, pair.Right = pair.Right, pair.Left
		}
		join.Keys = append(join.Keys, pair)
	}
	out := &relation{node: join, name: in.name, group: in.group, carried: in.carried}
	give := func(c *column, name string, missing bool) {
		col := b.newColumn(name, c.typ)
		var v plan.Expr = &plan.Ref{Column: c.place()}
		if missing && c.typ == schema.String {
			v = apply("coalesce", v, emptyOf(c.typ))
		}
		join.Out = append(join.Out, plan.Assign{Column: col, Value: v})
		out.columns = append(out.columns, &column{name: name, typ: c.typ, hidden: c.hidden, col: col})
	}
	leftMissing := kind == plan.RightOuter || kind == plan.FullOuter
	rightMissing := kind == plan.LeftOuter || kind == plan.FullOuter
	if kind != plan.RightSemi && kind != plan.RightAnti {
		for _, c := range left.columns {
			give(c, c.name, leftMissing)
		}
	}
	if kind != plan.LeftSemi && kind != plan.LeftAnti {
		names := besides(out, r)
		for _, c := range r.columns {
			switch {
			case j.lookup && slices.ContainsFunc(keys, func(k joinKey) bool { return k.right == c }):
			default:
				give(c, names(c.name), rightMissing)
			}
		}
	}
	for _, g := range in.passed() {
		join.Out = append(join.Out, plan.Assign{Column: g, Value: &plan.Ref{Column: g}})
	}
	b.joinStars(join, left, r, out, kind)
	if swapped && left.star == nil && len(in.group) == 0 {
		out.unique = &uniqueJoin{join: join, left: left, right: out.columns[len(left.columns):]}
	}
	return out
}

// uniqueJoin is an innerunique join, of whose left rows with one key any may count.
type uniqueJoin struct {
	join  *plan.Join
	left  *relation
	right []*column // those that come from the right
}

// before asks a condition that is about the left side alone of its rows before one of them is picked, as the service does: a row that
// meets it is as good as any, and one that does not would give nothing. It reports false where the condition is about more.
func (u *uniqueJoin) before(b *binder, x node, out *relation) (*relation, bool) {
	for _, c := range u.right {
		if mentions(x, c.name) {
			return nil, false
		}
	}
	rows := u.left.derive()
	known := len(b.list)
	v := b.expr(&context{scope: b.scope, in: rows}, x)
	if v.bad || v.typ != schema.Bool || rows.node != u.left.node || len(b.list) != known {
		b.list = b.list[:known]
		return nil, false
	}
	join := *u.join
	join.Right = &plan.Filter{Input: join.Right, Where: v.condition()}
	asked := out.derive()
	asked.node = &join
	asked.unique = &uniqueJoin{join: &join, left: u.left, right: u.right}
	return asked, true
}

// apart returns the rows of the right with columns of their own, where they share some with the left, as rows do that `as` gave a name.
func (b *binder) apart(left, right *relation) *relation {
	have := map[*plan.Column]bool{}
	for _, r := range []*relation{left, right} {
		for _, c := range r.columns {
			c.place()
		}
	}
	for _, c := range left.node.Columns() {
		have[c] = true
	}
	if !slices.ContainsFunc(right.node.Columns(), func(c *plan.Column) bool { return have[c] }) {
		return right
	}
	own := &plan.Project{Input: right.node}
	out := right.derive()
	give := func(c *plan.Column) *plan.Column {
		col := b.newColumn(c.Name, c.Type)
		own.Out = append(own.Out, plan.Assign{Column: col, Value: &plan.Ref{Column: c}})
		return col
	}
	for i, c := range right.columns {
		copied := *c
		copied.col = give(c.col)
		out.columns[i] = &copied
	}
	if right.star != nil {
		out.star = give(right.star)
	}
	out.node = own
	return out
}

// besides returns how the columns of the right are called behind those that are there: by their own names, or by the first free one with
// a number, which none of the right may have either.
func besides(out, right *relation) func(name string) string {
	there, taken := map[string]bool{}, map[string]bool{}
	for _, c := range out.columns {
		there[c.name], taken[c.name] = true, true
	}
	for _, c := range right.columns {
		taken[c.name] = true
	}
	return func(name string) string {
		if there[name] {
			name = free(name, func(n string) bool { return taken[n] })
		}
		there[name], taken[name] = true, true
		return name
	}
}

// joinStars passes on columns that come from data.
func (b *binder) joinStars(join *plan.Join, left, right, out *relation, kind plan.JoinKind) {
	var v plan.Expr
	fromLeft, fromRight := left.star != nil && kind != plan.RightSemi && kind != plan.RightAnti, right.star != nil && kind != plan.LeftSemi && kind != plan.LeftAnti
	switch {
	case fromLeft && fromRight:
		v = apply("merge", &plan.Ref{Column: left.star}, &plan.Ref{Column: right.star})
	case fromLeft:
		v = &plan.Ref{Column: left.star}
	case fromRight:
		v = &plan.Ref{Column: right.star}
	default:
		return
	}
	out.star = b.temp("more", schema.Dynamic)
	join.Out = append(join.Out, plan.Assign{Column: out.star, Value: v})
}

// keys binds what must be equal.
func (j *joinStage) keys(b *binder, s *stage, left, right *relation) ([]joinKey, bool) {
	var conditions []node
	var walk func(x node)
	walk = func(x node) {
		if and, ok := bare(x).(*binary); ok && and.op == "and" {
			walk(and.l)
			walk(and.r)
			return
		}
		conditions = append(conditions, x)
	}
	for _, x := range j.on {
		walk(x)
	}
	if len(conditions) == 0 {
		b.errorf(s.word, "join-keys", "KS006", "%s needs to know what is equal", s.name).Hint = "write on key, or on $left.a == $right.b"
		return nil, false
	}
	var keys []joinKey
	ok := true
	for _, x := range conditions {
		k, good := j.key(b, left, right, x)
		if good && !b.fitKey(&k, x.span()) {
			good = false
		}
		ok = ok && good
		keys = append(keys, k)
	}
	return keys, ok
}

func (j *joinStage) key(b *binder, left, right *relation, x node) (k joinKey, ok bool) {
	switch x := bare(x).(type) {
	case *name:
		if k.left, k.right = b.column(left, x), b.column(right, x); k.left == nil || k.right == nil {
			return k, false
		}
		k.l, k.r = b.valueOf(left, k.left), b.valueOf(right, k.right)
		return k, true
	case *binary:
		if x.op != "==" {
			break
		}
		c := &context{scope: b.scope, left: left, right: right}
		one, two := x.l, x.r
		sideOne, sideTwo := sideOf(one), sideOf(two)
		if sideOne == "$right" || sideTwo == "$left" {
			one, two = two, one
			sideOne, sideTwo = sideTwo, sideOne
		}
		if sideOne != "$left" || sideTwo != "$right" {
			break
		}
		k.l, k.r = b.expr(c, one), b.expr(c, two)
		if m, isMember := bare(one).(*member); isMember {
			k.left = left.find(m.name.text)
		}
		if m, isMember := bare(two).(*member); isMember {
			k.right = right.find(m.name.text)
		}
		return k, !k.l.bad && !k.r.bad
	}
	b.errorf(x.span(), "join-keys", "KS110", "only equality of a column of each side can be asked here").Hint = "write $left.a == $right.b, and other conditions in a where behind the join"
	return k, false
}

// sideOf returns the side that an operand of a condition is of.
func sideOf(x node) string {
	m, ok := bare(x).(*member)
	if !ok {
		return ""
	}
	if n, ok := m.of.(*name); ok {
		return n.text
	}
	return sideOf(m.of)
}

// fitKey makes both sides of a key comparable.
func (b *binder) fitKey(k *joinKey, at diag.Span) bool {
	l, r := k.l, k.r
	switch {
	case l.any() || r.any():
		if l.any() && r.typ == schema.String {
			k.l = l.to(schema.String)
		}
		if r.any() && l.typ == schema.String {
			k.r = r.to(schema.String)
		}
		return true
	case l.typ == schema.Dynamic || r.typ == schema.Dynamic:
		b.errorf(at, "join-types", "KS227", "a key of a join cannot be dynamic").Hint = "write tostring(…) around it in an extend before the join"
		return false
	case l.typ == r.typ, integral(l.typ) && integral(r.typ):
		return true
	}
	b.errorf(at, "join-types", "KS227", "a %s and a %s are never equal keys", l.typ, r.typ).Hint = "convert one of them in an extend before the join"
	return false
}
