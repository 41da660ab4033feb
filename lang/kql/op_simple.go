package kql

import (
	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "render", doc: "asks for a chart; rows stay as they are",
	parse: func(p *parser) operation {
		r := &renderStage{}
		r.chart, _ = p.dashed()
		for p.is("with") || p.tok.kind == word {
			m := p.mark()
			switch p.take(); {
			case p.is("("):
				p.hint()
			case p.accept("="):
				for more := true; more; more = p.accept(",") {
					p.dashed()
					if p.tok.kind == quoted || p.tok.kind == number {
						p.take()
					}
				}
			default:
				p.back(m)
				return r
			}
		}
		return r
	},
})

type renderStage struct{ chart string }

func (r *renderStage) bind(b *binder, s *stage, in *relation) *relation {
	b.query.Render = r.chart
	return in
}

var _ = defineOperator(operator{
	name: "as", doc: "names the rows",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		if n := p.name(); n != nil {
			return &asStage{n}
		}
		return nil
	},
})

type asStage struct{ name *name }

func (a *asStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	out.name = a.name.text
	if b.scope != nil && b.scope.names[a.name.text] == nil {
		b.scope.names[a.name.text] = &binding{at: a.name.span(), text: b.text, rows: func() *relation { return in }}
	}
	return out
}

var _ = defineOperator(operator{
	name: "serialize", doc: "fixes the order of rows",
	parse: func(p *parser) operation {
		e := &serializeStage{}
		if p.tok.kind == word {
			e.list = p.namedExprs()
		}
		return e
	},
})

type serializeStage struct{ list []named }

func (e *serializeStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	out.order, out.scan = true, false
	if len(e.list) == 0 {
		return out
	}
	return (&extendStage{e.list}).bind(b, s, out)
}

var _ = defineOperator(operator{
	name: "consume", doc: "takes rows and gives none",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { p.take(); return true })
		return &consumeStage{}
	},
})

type consumeStage struct{}

func (consumeStage) bind(b *binder, s *stage, in *relation) *relation {
	return &relation{node: &plan.Project{Input: &plan.Limit{Input: in.node, Count: 0}}}
}

var _ = defineOperator(operator{
	name: "invoke", doc: "gives the rows to a function as its first argument",
	parse: func(p *parser) operation {
		n := p.name()
		if n == nil {
			return nil
		}
		i := &invokeStage{call: &call{at: n.at, fn: n}}
		if p.is("(") {
			i.call.args = p.arguments()
			i.call.at = p.from(n.Start)
		}
		return i
	},
})

type invokeStage struct{ call *call }

func (i *invokeStage) bind(b *binder, s *stage, in *relation) *relation {
	rows := &name{at: i.call.fn.at, text: "$rows"}
	inner := b.scope.inner()
	inner.names["$rows"] = &binding{at: rows.span(), text: b.text, rows: func() *relation { return in }}
	x := &call{at: i.call.at, fn: i.call.fn, args: append([]argument{{value: rows}}, i.call.args...)}
	if f := invoked[x.fn.text]; f != nil && inner.find(x.fn.text) == nil {
		return f(b, inner, x, in)
	}
	return b.rows(inner, x)
}

// invoked are the functions of the host that are invoked on rows, such as FileProfile.
var invoked = map[string]func(b *binder, s *scope, x *call, in *relation) *relation{}

var _ = defineOperator(operator{
	name: "range", doc: "rows of a number or time that grows by steps", source: true,
	parse: func(p *parser) operation {
		r := &rangeStage{name: p.name()}
		if r.name == nil || !p.expect("from") {
			return nil
		}
		r.from = p.expr()
		p.expect("to")
		r.to = p.expr()
		p.expect("step")
		r.step = p.expr()
		if r.from == nil || r.to == nil || r.step == nil {
			return nil
		}
		return r
	},
})

type rangeStage struct {
	name           *name
	from, to, step node
}

func (r *rangeStage) bind(b *binder, s *stage, _ *relation) *relation {
	row := oneRow()
	c := &context{scope: b.scope, in: row}
	from, to, step := b.expr(c, r.from), b.expr(c, r.to), b.expr(c, r.step)
	if from.bad || to.bad || step.bad {
		return nil
	}
	t := from.typ
	if numeric(from.typ) && numeric(to.typ) && numeric(step.typ) {
		t = wider(wider(from.typ, to.typ), step.typ)
		if t == schema.Int {
			t = schema.Long
		}
		from, to, step = from.cast(t), to.cast(t), step.cast(t)
	}
	col := b.temp("element", schema.Dynamic)
	list := apply("kql_range_rows", from.exact(), to.exact(), step.exact())
	out := &relation{order: true, promised: true, name: "range", node: &plan.Expand{Input: row.node, Lists: []plan.Assign{{Column: col, Value: list}}, Limit: -1}}
	result := b.project(out, []assigned{{r.name.text, value{expr: &plan.Ref{Column: col}, typ: t}}})
	result.order, result.promised = true, true
	return result
}

var _ = defineTableFunction("materialize", func(b *binder, s *scope, x *call) *relation {
	if len(x.args) != 1 {
		b.errorf(x.span(), "argument-count", "KS119", "materialize takes 1 argument, not %d", len(x.args))
		return nil
	}
	return b.rows(s, x.args[0].value)
})

var _ = defineTableFunction("table", func(b *binder, s *scope, x *call) *relation {
	if len(x.args) == 0 {
		b.errorf(x.span(), "argument-count", "KS119", "table takes the name of a table")
		return nil
	}
	k, ok := b.constant(&context{scope: s}, x.args[0].value, schema.String)
	if !ok {
		return nil
	}
	return b.namedRows(s, &name{at: at(x.args[0].value.span()), text: k.Text()})
})
