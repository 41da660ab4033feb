package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// gate is the conditions of one kind that an item of a pipeline has.
type gate[C any] struct {
	conditions []C
	any, not   bool
	expr       gateExpr // links the conditions instead, by their place in the list; nil: all, or any, of them
}

// holds says whether the item may act, by the answer for each condition; without conditions it may.
func (g *gate[C]) holds(test func(C) bool) bool {
	if len(g.conditions) == 0 {
		return true
	}
	var ok bool
	switch {
	case g.expr != nil:
		ok = g.expr(func(i int) bool { return test(g.conditions[i]) })
	case g.any:
		ok = slices.ContainsFunc(g.conditions, test)
	default:
		ok = !slices.ContainsFunc(g.conditions, func(c C) bool { return !test(c) })
	}
	return ok != g.not
}

// gateExpr is a condition expression: it asks for the answers that it needs.
type gateExpr func(holds func(int) bool) bool

// readGate reads <what>_conditions, <what>_cond_op, <what>_cond_not and <what>_cond_expr.
func readGate[C any](p *params, what string, kinds map[string]func(*params) C) gate[C] {
	var g gate[C]
	list, op, not, expr := p.get(what+"_conditions"), p.get(what+"_cond_op"), p.get(what+"_cond_not"), p.get(what+"_cond_expr")
	if list == nil || isNull(list.value) || len(list.value.Content) == 0 && list.value.Kind != yaml.ScalarNode {
		for _, e := range []*pair{op, not, expr} {
			if e != nil {
				p.errorf(e.key.Span, "sigma-pipeline-condition", "%s is said of no condition", e.key.Text).Hint = "add " + what + "_conditions:"
			}
		}
		return g
	}
	var names []Word
	add := func(n *yaml.Node, place diag.Span) {
		if n.Kind != yaml.MappingNode {
			p.errorf(place, "sigma-pipeline-condition", "a condition is a map, not a %s", shape(n)).Hint = "begin it with type:"
			return
		}
		c := &params{pipelineReader: p.pipelineReader, list: p.pairs(n), place: place}
		kind := c.word("type")
		if kind.Text == "" {
			p.errorf(placeOf(Word{}, c.list), "sigma-pipeline-condition", "condition has no type").Hint = "it is one of " + strings.Join(sortedKeys(kinds), ", ")
			return
		}
		read := kinds[kind.Text]
		if read == nil {
			p.unknown(kind, what+" condition", sortedKeys(kinds))
			return
		}
		c.what = kind.Text
		g.conditions = append(g.conditions, read(c))
		c.finish()
	}
	switch list.value.Kind {
	case yaml.SequenceNode:
		for _, n := range list.value.Content {
			add(follow(n), p.span(n))
		}
	case yaml.MappingNode:
		for _, e := range p.pairs(list.value) {
			before := len(g.conditions)
			add(e.value, e.span)
			if len(g.conditions) > before {
				names = append(names, e.key)
			}
		}
	default:
		p.errorf(list.key.Span, "sigma-pipeline-condition", "%s must be a list or a map of conditions", list.key.Text)
		return g
	}
	if not != nil {
		g.not = p.flag(not)
	}
	if op != nil {
		switch w := p.text(op); w.Text {
		case "or":
			g.any = true
		case "and":
		default:
			p.unknown(Word{w.Text, placeOf(w, []pair{*op})}, "link", []string{"and", "or"})
		}
	}
	if expr == nil {
		return g
	}
	text := p.text(expr)
	switch {
	case op != nil:
		p.errorf(expr.key.Span, "sigma-pipeline-condition", "%s and %s exclude each other", expr.key.Text, op.key.Text)
	case list.value.Kind != yaml.MappingNode:
		p.errorf(list.key.Span, "sigma-pipeline-condition", "%s must be a map from names to conditions, because %s names them", list.key.Text, expr.key.Text)
	case text.Text == "":
		p.errorf(expr.key.Span, "sigma-pipeline-condition", "%s is empty", expr.key.Text)
	default:
		refs := gateNames{names: names, used: map[string]bool{}}
		if c := p.condition(text, &refs); c.Expr != nil {
			g.expr = refs.compile(c.Expr)
		}
		for _, n := range names {
			if !refs.used[n.Text] {
				p.errorf(n.Span, "sigma-pipeline-condition", "%s does not name condition %q", expr.key.Text, n.Text)
			}
		}
	}
	return g
}

// gateNames resolves the names of a condition expression.
type gateNames struct {
	names []Word
	used  map[string]bool
}

func (g *gateNames) name(r *reader, n *Name) {
	if g.used[n.Text] = true; g.index(n.Text) < 0 {
		var known []string
		for _, w := range g.names {
			known = append(known, w.Text)
		}
		d := r.errorf(n.Span, "sigma-pipeline-condition", "unknown condition %q", n.Text)
		if near := r.nearest(n.Text, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	}
}

func (g *gateNames) selector(*reader, *Selector, bool) bool { return false }

func (g *gateNames) index(name string) int {
	return slices.IndexFunc(g.names, func(w Word) bool { return w.Text == name })
}

func (g *gateNames) compile(c Cond) gateExpr {
	list := func(list []Cond) []gateExpr {
		var out []gateExpr
		for _, e := range list {
			out = append(out, g.compile(e))
		}
		return out
	}
	switch c := c.(type) {
	case *Name:
		i := g.index(c.Text)
		return func(holds func(int) bool) bool { return holds(i) }
	case *NotCond:
		x := g.compile(c.X)
		return func(holds func(int) bool) bool { return !x(holds) }
	case *AndCond:
		parts := list(c.List)
		return func(holds func(int) bool) bool {
			return !slices.ContainsFunc(parts, func(e gateExpr) bool { return !e(holds) })
		}
	case *OrCond:
		parts := list(c.List)
		return func(holds func(int) bool) bool {
			return slices.ContainsFunc(parts, func(e gateExpr) bool { return e(holds) })
		}
	}
	panic("sigma: unknown kind of condition")
}
