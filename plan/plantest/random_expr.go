package plantest

import (
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// typed makes an expression whose values can stand in a column of a type.
func (g *generator) typed(r relation, t schema.Type, depth int) plan.Expr {
	var fitting []*plan.Column
	for _, c := range r.columns {
		if c.Type == t || t == schema.Any {
			fitting = append(fitting, c)
		}
	}
	if len(fitting) > 0 && g.IntN(5) > 1 {
		return &plan.Ref{Column: fitting[g.IntN(len(fitting))]}
	}
	if r.open && t == schema.Any && g.IntN(2) == 0 {
		return g.field()
	}
	if depth == 0 || g.IntN(4) == 0 {
		kind := t
		if t == schema.Any {
			kind = g.one(schema.String, schema.Long, schema.Real).(schema.Type)
		}
		return &plan.Literal{Value: g.value(kind), Type: t}
	}
	switch t {
	case schema.Bool:
		return g.truth(r, depth)
	case schema.String:
		name := g.one("lower", "upper", "reverse", "to_text").(string)
		return call(name, g.typed(r, schema.String, depth-1))
	case schema.Long:
		return call("length", g.typed(r, schema.String, depth-1))
	}
	kinds := 4
	if t == schema.Any {
		kinds++
	}
	switch g.IntN(kinds) {
	case 0:
		return call("coalesce", g.typed(r, t, depth-1), g.typed(r, t, depth-1))
	case 1:
		return call(g.one("add", "subtract", "multiply").(string), g.typed(r, schema.Any, depth-1), g.typed(r, schema.Any, depth-1))
	case 4:
		return call("concat", g.typed(r, schema.Any, depth-1), g.typed(r, schema.String, depth-1))
	}
	c := &plan.Case{Arms: []plan.Arm{{When: g.truth(r, depth-1), Then: g.typed(r, t, depth-1)}}}
	if g.IntN(2) == 0 {
		c.Else = g.typed(r, t, depth-1)
	}
	return c
}

func call(name string, args ...plan.Expr) plan.Expr {
	f := fn.ByName(name)
	if f == nil {
		panic("plantest: the catalogue has no function " + name)
	}
	return &plan.Call{Func: f, Args: args}
}

func (g *generator) field() plan.Expr {
	if g.IntN(12) == 0 {
		return &plan.Fields{}
	}
	return &plan.Field{Name: g.one("who", "what", "n", "extra", "list", "none", "extra.k", "WHO", "list{}", "list{1}").(string), Find: plan.Find(g.IntN(3))}
}

// truth makes a condition.
func (g *generator) truth(r relation, depth int) plan.Expr {
	if depth > 0 {
		switch g.IntN(5) {
		case 0:
			return &plan.And{List: g.truths(r, depth-1)}
		case 1:
			return &plan.Or{List: g.truths(r, depth-1)}
		case 2:
			return &plan.Not{X: g.truth(r, depth-1)}
		}
	}
	switch g.IntN(6) {
	case 0:
		return &plan.Has{X: g.typed(r, schema.Any, 0)}
	case 1:
		return &plan.IsNull{X: g.typed(r, schema.Any, 0)}
	case 2, 3:
		left, right := g.pair(r, r)
		return &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: left, Right: right}
	}
	return g.match(r)
}

// pair makes two expressions that may be compared, each over a relation of its own.
func (g *generator) pair(l, r relation) (plan.Expr, plan.Expr) {
	if c := columnOf(l, schema.Any); c != nil && g.IntN(2) == 0 {
		return &plan.Ref{Column: c}, g.typed(r, schema.Any, 1)
	}
	t := g.one(schema.Long, schema.String, schema.Real, schema.Datetime).(schema.Type)
	if t == schema.Datetime {
		return g.typed(l, t, 0), g.typed(r, t, 0)
	}
	return g.typed(l, t, 1), g.typed(r, t, 0)
}

func (g *generator) truths(r relation, depth int) []plan.Expr {
	var list []plan.Expr
	for range 1 + g.IntN(3) {
		list = append(list, g.truth(r, depth))
	}
	return list
}

func (g *generator) match(r relation) plan.Expr {
	m := &plan.Match{Subject: g.typed(r, schema.Any, 1), Op: plan.MatchOp(g.IntN(7)), Fold: g.IntN(2) == 0, All: g.IntN(4) == 0}
	if g.IntN(6) == 0 {
		m.Subject = &plan.Everything{}
	}
	if m.Op == plan.CIDR {
		m.Fold = false
	}
	for range 1 + g.IntN(3) {
		m.Patterns = append(m.Patterns, g.pattern(m.Op))
	}
	return m
}

func (g *generator) pattern(op plan.MatchOp) plan.Pattern {
	switch op {
	case plan.Regexp:
		return plan.Pattern{Source: g.one("a", "^a", "b.", "[0-9]+", "(?s)a.*b", `\.exe$`).(string)}
	case plan.CIDR:
		return plan.Pattern{Source: g.one("10.0.0.0/8", "::1/128").(string)}
	case plan.Word:
		return plan.Plain(g.one("a", "b", "cmd", "x").(string))
	}
	var p plan.Pattern
	for range 1 + g.IntN(3) {
		kind := plan.PieceKind(g.IntN(6))
		if kind > plan.AnyDash {
			kind = plan.Run
		}
		n := len(p.Pieces)
		if n > 0 && p.Pieces[n-1].Kind == plan.Run && kind == plan.Run {
			kind = plan.Many
		}
		piece := plan.Piece{Kind: kind}
		if kind == plan.Run {
			piece.Text = words[1+g.IntN(len(words)-1)]
		}
		p.Pieces = append(p.Pieces, piece)
	}
	return p
}
