package kql

import (
	"fmt"
	"slices"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "scan", doc: "follows rows through steps that remember what came before",
	parse: func(p *parser) operation {
		s := &scanStage{}
		p.properties(func(name string, at diag.Span) bool {
			if name != "with_match_id" {
				return false
			}
			s.match = p.name()
			return true
		})
		if p.accept("declare") {
			s.declared = p.params()
		}
		if !p.expect("with") || !p.expect("(") {
			return nil
		}
		for p.is("step") {
			one, ok := p.scanStep()
			if !ok {
				return nil
			}
			s.steps = append(s.steps, one)
			if !p.accept(";") {
				break
			}
		}
		if len(s.steps) == 0 {
			p.wanted("a step")
			return nil
		}
		if !p.expect(")") {
			return nil
		}
		return s
	},
})

type scanStage struct {
	match    *name
	declared []*param
	steps    []scanStep
}

// scanStep is one step as written.
type scanStep struct {
	name *name
	give plan.TraceGive
	when node
	sets []named
}

func (p *parser) scanStep() (s scanStep, ok bool) {
	p.expect("step")
	if s.name = p.name(); s.name == nil {
		p.wanted("the name of a step")
		return s, false
	}
	if p.is("optional") {
		p.errorf(p.tok.at, "refused", "", "what an optional step of scan does is not published")
		p.take()
	}
	if p.accept("output") {
		p.expect("=")
		switch p.choice("way to output rows", "all", "last", "none") {
		case "last":
			s.give = plan.GiveLast
		case "none":
			s.give = plan.GiveNone
		}
	}
	if !p.expect(":") {
		return s, false
	}
	if s.when = p.expr(); s.when == nil {
		return s, false
	}
	if !p.accept("=>") {
		return s, true
	}
	p.list_(func() bool {
		n, ok := p.namedExpr()
		if ok && len(n.names) != 1 {
			p.errorf(n.x.span(), "syntax", "KS006", "a step sets columns: `=> column = value`")
			ok = false
		}
		if ok {
			s.sets = append(s.sets, n)
		}
		return ok
	})
	return s, len(s.sets) > 0
}

// scanSteps is what the expressions of a step may ask of the steps so far.
type scanSteps struct {
	in       *relation
	declared map[string]schema.Type
	given    []*scanColumn // what a row of a step has beside or in the place of the columns of the input
	names    []string      // of all steps
	now      int           // the step that is being bound
	keep     [][]plan.Memory
	asked    map[[2]string]*plan.Column
}

// scanColumn is a column that steps set.
type scanColumn struct {
	name  string
	typ   schema.Type
	col   *plan.Column
	value plan.Expr // in steps that do not set it
	empty event.Value
}

func (s *scanSteps) named(text string) bool { return slices.Contains(s.names, text) }

func (s *scanSteps) column(name string) *scanColumn {
	for _, c := range s.given {
		if c.name == name {
			return c
		}
	}
	return nil
}

// refuse complains about a declared column that is asked for without a step.
func (s *scanSteps) refuse(b *binder, x *name) bool {
	if _, ok := s.declared[x.text]; !ok {
		return false
	}
	b.errorf(x.span(), "scan-own", "", "`%s` is declared by scan, and it is not published what it is before a step has set it", x.text).Hint =
		"write `" + s.names[s.now] + "." + x.text + "` for what the step set last"
	return true
}

// remembered binds step.column.
func (b *binder) remembered(c *context, side *name, x *member) value {
	s := c.steps
	if s.in.find(side.text) != nil {
		b.errorf(side.span(), "scan-step", "", "`%s` is a step of scan and a column", side.text).Hint = "give the step another name"
		return wrong()
	}
	step := slices.Index(s.names, side.text)
	if step > s.now {
		b.errorf(side.span(), "scan-step", "", "step %s knows nothing of step %s, which comes later", s.names[s.now], side.text)
		return wrong()
	}
	var t schema.Type
	var from plan.Expr
	var empty event.Value
	if own := s.column(x.name.text); own != nil {
		t, from, empty = own.typ, &plan.Ref{Column: own.col}, own.empty
	} else {
		col := b.column(c.in, x.name)
		if col == nil {
			return wrong()
		}
		v := b.valueOf(c.in, col)
		t, from, empty = v.typ, v.exact(), emptyOf(v.typ).Value
	}
	key := [2]string{side.text, x.name.text}
	col := s.asked[key]
	if col == nil {
		col = b.temp(side.text+"."+x.name.text, t)
		s.asked[key] = col
		s.keep[step] = append(s.keep[step], plan.Memory{Column: col, Value: from, Empty: empty})
	}
	return value{expr: &plan.Ref{Column: col}, typ: t}
}

func (s *scanStage) bind(b *binder, st *stage, in *relation) *relation {
	if !in.order {
		b.errorf(st.word, "row-order", "", "scan needs rows in an order").Hint = "sort them before, or write `| serialize` if their order is what it should be"
		return nil
	}
	out := in.derive()
	out.scan, out.unique = false, nil
	b.clause = st.name
	steps := &scanSteps{in: out, declared: map[string]schema.Type{}, keep: make([][]plan.Memory, len(s.steps)), asked: map[[2]string]*plan.Column{}}
	if !s.declare(b, steps) {
		return nil
	}
	n := &plan.Trace{}
	for _, g := range in.group {
		n.By = append(n.By, &plan.Ref{Column: g})
	}
	failed := false
	for i, written := range s.steps {
		steps.now = i
		c := &context{scope: b.scope, in: out, steps: steps}
		when := b.expr(c, written.when)
		if when.typ != schema.Bool && !when.bad {
			if !when.open() {
				b.errorf(written.when.span(), "bool-wanted", "KS106", "a step wants a condition, and this is %s", aType(when.typ))
				failed = true
			}
			when = when.to(schema.Bool)
		}
		failed = failed || when.bad
		step := plan.TraceStep{Name: written.name.text, Give: written.give, When: when.condition()}
		for _, col := range steps.given {
			step.Set = append(step.Set, col.value)
		}
		seen := map[string]bool{}
		for _, set := range written.sets {
			to := set.names[0]
			if seen[to.text] {
				b.errorf(to.span(), "duplicate-name", "", "`%s` is set twice in one step", to.text)
				failed = true
			}
			seen[to.text] = true
			v := b.expr(c, set.x)
			col := steps.column(to.text)
			if v.bad || col == nil {
				failed = true
				continue
			}
			if v, failed = b.settable(v, col, set.x, failed); !failed {
				step.Set[slices.Index(steps.given, col)] = v.exact()
			}
		}
		n.Steps = append(n.Steps, step)
	}
	if failed {
		return nil
	}
	for i := range n.Steps {
		n.Steps[i].Keep = steps.keep[i]
	}
	if asksSteps(out.node, steps) {
		b.errorf(st.word, "refused", "", "what a step remembers cannot be asked for inside prev(), next() or a query about other rows")
		return nil
	}
	n.Input = out.node
	for _, g := range steps.given {
		n.Out = append(n.Out, g.col)
		out.put(&column{name: g.name, typ: g.typ, col: g.col})
	}
	if s.match != nil {
		if out.find(s.match.text) != nil {
			b.errorf(s.match.span(), "duplicate-name", "", "there is a column `%s` already", s.match.text)
			return nil
		}
		n.Match = b.newColumn(s.match.text, schema.Long)
		out.put(&column{name: s.match.text, typ: schema.Long, col: n.Match})
	}
	out.node = n
	return out
}

// put enters a column: in the place of the one of its name, else behind.
func (r *relation) put(c *column) {
	if i := r.at(c.name); i >= 0 {
		r.columns[i] = c
		return
	}
	r.columns = append(r.columns, c)
}

// declare finds out which columns steps set: those that are declared, and those of the input that a step gives another value.
func (s *scanStage) declare(b *binder, steps *scanSteps) bool {
	ok := true
	for _, one := range s.steps {
		if steps.named(one.name.text) {
			b.errorf(one.name.span(), "duplicate-name", "", "two steps are called `%s`", one.name.text)
			ok = false
		}
		steps.names = append(steps.names, one.name.text)
	}
	for _, d := range s.declared {
		if d.table {
			b.errorf(d.span(), "scan-declare", "", "scan declares columns, not tables")
			return false
		}
		if steps.in.find(d.name.text) != nil || steps.column(d.name.text) != nil {
			b.errorf(d.name.span(), "duplicate-name", "", "there is a column `%s` already", d.name.text)
			ok = false
			continue
		}
		empty := emptyOf(d.typ)
		if d.value != nil {
			k, constant := b.constant(&context{scope: b.scope}, d.value, d.typ)
			if !constant {
				ok = false
			} else if !k.IsNull() {
				empty = &plan.Literal{Value: k, Type: d.typ}
			}
		}
		steps.declared[d.name.text] = d.typ
		steps.given = append(steps.given, &scanColumn{d.name.text, d.typ, b.newColumn(d.name.text, d.typ), empty, empty.Value})
	}
	for _, one := range s.steps {
		for _, set := range one.sets {
			to := set.names[0]
			if steps.column(to.text) != nil {
				continue
			}
			col := b.column(steps.in, to)
			if col == nil {
				ok = false
				continue
			}
			v := b.valueOf(steps.in, col)
			steps.given = append(steps.given, &scanColumn{to.text, v.typ, b.newColumn(to.text, v.typ), v.exact(), emptyOf(v.typ).Value})
		}
	}
	return ok
}

// settable gives a value the type of the column that it is set to.
func (b *binder) settable(v value, to *scanColumn, x node, failed bool) (value, bool) {
	switch {
	case isNullLiteral(v):
		return value{expr: emptyOf(to.typ), typ: to.typ}, failed
	case v.typ == to.typ || numeric(v.typ) && numeric(to.typ):
		return v.cast(to.typ), failed
	case v.open() || to.typ == schema.Dynamic || to.typ == schema.Any:
		return v.to(to.typ), failed
	}
	d := b.errorf(x.span(), "scan-type", "KS106", "`%s` is %s, and this is %s", to.name, aType(to.typ), aType(v.typ))
	d.Hint = fmt.Sprintf("declare it as `%s:%s`, or convert the value", to.name, v.typ)
	return v, true
}

// asksSteps says whether a plan below a scan reads what its steps remember.
func asksSteps(n plan.Node, s *scanSteps) bool {
	own := map[*plan.Column]bool{}
	for _, c := range s.asked {
		own[c] = true
	}
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		plan.Exprs(n, func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				ref, ok := e.(*plan.Ref)
				found = found || ok && own[ref.Column]
				return !found
			})
		})
		return !found
	})
	return found
}
