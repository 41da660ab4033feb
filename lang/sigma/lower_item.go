package sigma

import (
	"fmt"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// itemLowering is the state of lowering one item.
type itemLowering struct {
	*lowering
	item    *Item
	mark    *plan.Mark
	all     bool // all values instead of any
	negated bool
	dashed  bool // windash has found a dash
}

// lower returns what the item means; something that is no plan if it had to be refused.
func (l *itemLowering) lower() plan.Expr {
	var steps []Word
	for _, m := range l.item.Modifiers {
		if mod := modifiers[m.Text]; mod == nil {
			return &plan.Or{} // reported when the text was read
		} else if mod.item != nil {
			mod.item(l)
		} else {
			steps = append(steps, m)
		}
	}
	l.lintValues()
	g := groups{itemLowering: l, every: l.all}
	for _, v := range l.item.Values {
		if t, ok := l.apply(v, steps); ok {
			g.add(t, v)
		}
	}
	if len(l.item.Values) == 0 && len(steps) > 0 {
		l.errorf(l.item.Key.Span, "sigma-modifier-type", "%s cannot be applied to a list without values", steps[0].Text)
	} else if len(l.item.Values) == 0 {
		g.add(nothing{}, Value{})
	}
	l.lintDashes()
	e := g.linked()
	if l.negated {
		e = &plan.Not{Marked: g.marked(), X: e}
	}
	return e
}

// apply runs a value through the modifiers.
func (l *itemLowering) apply(v Value, steps []Word) (term, bool) {
	c := &chain{itemLowering: l, source: v}
	var t term
	switch v.Kind {
	case TextValue:
		t = pattern{variants: [][]plan.Piece{pieces(v.Text)}}
	case NumberValue:
		t = scalar{v.number().Text()}
	case BoolValue:
		t = scalar{strings.ToLower(v.Text)}
	case NullValue:
		t = nothing{}
	}
	for i, m := range steps {
		c.modifier = m
		mod := modifiers[m.Text]
		if mod.first && i > 0 {
			l.errorf(m.Span, "sigma-modifier-order", "%s must be the first modifier", m.Text)
			return t, false
		}
		var ok bool
		if t, ok = mod.value(c, t); !ok {
			return t, false
		}
	}
	if x, ok := t.(expression); ok && !l.compiles(x, v) {
		return t, false
	}
	return t, true
}

// groups gathers the terms of an item into as few expressions as say the same.
type groups struct {
	*itemLowering
	every   bool // linked with and
	list    []plan.Expr
	matches map[matchKey]*plan.Match
}

type matchKey struct {
	op   plan.MatchOp
	fold bool
}

func (g *groups) add(t term, v Value) {
	switch t := t.(type) {
	case pattern:
		g.pattern(t)
	case scalar:
		g.pattern(pattern{variants: [][]plan.Piece{plan.Plain(t.text).Pieces}})
	case nothing:
		g.push(&plan.IsNull{Marked: g.marked(), X: g.subject()})
	case expression:
		g.match(matchKey{plan.Regexp, t.fold}, plan.Pattern{Source: t.re2()})
	case network:
		g.match(matchKey{plan.CIDR, false}, plan.Pattern{Source: t.prefix})
	case presence:
		var e plan.Expr = &plan.Has{Marked: g.marked(), X: g.subject()}
		if !t.wanted {
			e = &plan.Not{Marked: g.marked(), X: e}
		}
		g.push(e)
	case bound:
		g.compare(t.op, g.call("field_numbers", g.subject()), t.number)
	case timePart:
		part := &plan.Literal{Value: event.TextValue(t.part), Type: schema.String}
		g.compare(plan.Equal, g.call("field_date_part", part, g.subject()), t.number)
	case reference:
		how := &plan.Literal{Value: event.TextValue(t.op.String()), Type: schema.String}
		fold := &plan.Literal{Value: event.BoolValue(!t.cased), Type: schema.Bool}
		g.push(g.call("field_meets", g.subject(), g.field(t.name, g.mark), how, fold))
	default:
		panic(fmt.Sprintf("sigma: unknown kind of term %T", t))
	}
}

// pattern adds a text. Its variants are alternatives whatever links the values.
func (g *groups) pattern(t pattern) {
	if g.every && len(t.variants) > 1 {
		alternatives := groups{itemLowering: g.itemLowering}
		alternatives.pattern(t)
		g.push(alternatives.linked())
		return
	}
	for _, v := range t.variants {
		if g.item.IsKeyword() && !t.edged {
			v = opened(v, true, true)
		}
		op, p := settled(v)
		g.match(matchKey{op, !t.cased}, p)
	}
}

// match adds a pattern to those that meet the subject in the same way.
func (g *groups) match(key matchKey, p plan.Pattern) {
	g.patterns++
	m := g.matches[key]
	if m == nil {
		m = &plan.Match{Marked: g.marked(), Subject: g.subject(), Op: key.op, All: g.every, Fold: key.fold}
		if g.matches == nil {
			g.matches = map[matchKey]*plan.Match{}
		}
		g.matches[key] = m
		g.push(m)
	}
	m.Patterns = append(m.Patterns, p)
}

// compare adds a comparison that is false, never null, where there is nothing to compare.
func (g *groups) compare(op plan.CompareOp, left plan.Expr, number event.Value) {
	typ := schema.Long
	switch number.Kind() {
	case event.Float:
		typ = schema.Real
	case event.Decimal:
		typ = schema.Decimal
	}
	g.push(&plan.And{List: []plan.Expr{
		&plan.Not{X: &plan.IsNull{Marked: g.marked(), X: left}},
		&plan.Compare{Marked: g.marked(), Op: op, Left: left, Right: &plan.Literal{Value: number, Type: typ}},
	}})
}

func (g *groups) push(e plan.Expr) { g.list = append(g.list, e) }

// linked returns the expressions linked as the item says.
func (g *groups) linked() plan.Expr {
	for _, m := range g.matches {
		m.All = m.All && len(m.Patterns) > 1
	}
	switch {
	case len(g.list) == 1:
		return g.list[0]
	case g.every:
		return &plan.And{List: g.list}
	}
	return &plan.Or{List: g.list}
}

func (l *itemLowering) marked() plan.Marked { return plan.Marked{At: l.mark} }

// subject returns what the item looks at.
func (l *itemLowering) subject() plan.Expr {
	if l.item.IsKeyword() {
		return &plan.Everything{Marked: l.marked()}
	}
	return l.field(l.item.Field.Text, l.mark)
}

func (l *itemLowering) call(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Marked: l.marked(), Func: fn.ByName(name), Args: args}
}
