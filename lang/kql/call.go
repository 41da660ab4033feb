package kql

import (
	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

// parsedFunction is a stored function, read once.
type parsedFunction struct {
	params []*param
	body   *block
	list   diag.List
}

// stored returns the stored function of a name, nil if there is none.
func (b *binder) stored(name string) *Function {
	if b.env.Function == nil {
		return nil
	}
	f, ok := b.env.Function(name)
	if !ok {
		return nil
	}
	return f
}

// read parses a stored function, once.
func (f *Function) read() *parsedFunction {
	f.once.Do(func() {
		c := &complaints{text: f.Body}
		f.parsed = &parsedFunction{body: newParser(f.Body.String, c).statements()}
		for _, p := range f.Params {
			text := "(" + p.Name + ":" + p.Type
			if p.Default != "" {
				text += "=" + p.Default
			}
			text += ")"
			declared := diag.NewText(&diag.Source{Name: f.Name, Text: text})
			reader := newParser(text, &complaints{text: declared})
			for _, one := range reader.params() {
				one.text = declared
				f.parsed.params = append(f.parsed.params, one)
			}
			c.list = append(c.list, reader.list...)
		}
		f.parsed.list = c.list
	})
	return f.parsed
}

func (b *binder) functionGivesRows(f *Function) bool {
	p := f.read()
	given := false
	b.inText(f.Body, func() { given = b.blockGivesRows(nil, p.params, p.body) })
	return given
}

// callBinding calls a function of a let statement for its rows.
func (b *binder) callBinding(c *context, found *binding, x *call) *relation {
	f, ok := found.x.(*lambda)
	if !ok {
		if len(x.args) == 0 && b.givesRows(found) {
			return b.namedRows(c.scope, x.fn)
		}
		b.errorf(x.span(), "not-a-function", "KS211", "`%s` is no function", x.fn.text)
		return nil
	}
	var r *relation
	b.inFunction(c, found, f.params, nil, x, func(inner *scope) {
		b.inText(found.text, func() { r = b.bodyRows(inner, f.body, x) })
	})
	if r != nil {
		r = r.derive()
		r.name = x.fn.text
	}
	return r
}

// callScalar calls a function of a let statement for its value.
func (b *binder) callScalar(c *context, found *binding, x *call) value {
	f, ok := found.x.(*lambda)
	if !ok {
		b.errorf(x.span(), "not-a-function", "KS211", "`%s` is no function", x.fn.text)
		return wrong()
	}
	v := wrong()
	b.inFunction(c, found, f.params, nil, x, func(inner *scope) {
		b.inText(found.text, func() { v = b.bodyValue(c, inner, f.body, x) })
	})
	return v
}

// callStored calls a stored function for its rows.
func (b *binder) callStored(c *context, f *Function, x *call) *relation {
	var r *relation
	b.inStored(c, f, x, func(p *parsedFunction, inner *scope) { r = b.bodyRows(inner, p.body, x) })
	return r
}

func (b *binder) callStoredScalar(c *context, f *Function, x *call) value {
	v := wrong()
	b.inStored(c, f, x, func(p *parsedFunction, inner *scope) { v = b.bodyValue(c, inner, p.body, x) })
	return v
}

func (b *binder) inStored(c *context, f *Function, x *call, do func(*parsedFunction, *scope)) {
	p := f.read()
	if p.list.Failed() {
		b.errorf(x.span(), "function-broken", "", "the function %s cannot be read: %s", f.Name, p.list[0].Message)
		return
	}
	if f.Lenient {
		outer := b.env.Lenient
		b.env.Lenient = true
		defer func() { b.env.Lenient = outer }()
	}
	b.inFunction(c, &binding{text: f.Body}, p.params, f.Also, x, func(inner *scope) {
		b.inText(f.Body, func() { do(p, inner) })
	})
}

// inFunction gives the parameters of a function the arguments of a call, in a scope of their own.
func (b *binder) inFunction(c *context, found *binding, params []*param, also map[string]string, x *call, do func(inner *scope)) {
	if b.calls++; b.calls > maxCalls {
		if b.calls == maxCalls+1 {
			b.errorf(x.span(), "recursion", "", "functions call each other more than %d deep", maxCalls).Hint = "recursion is not allowed"
		}
		b.calls--
		return
	}
	defer func() { b.calls-- }()
	inner := found.env.inner()
	given := make([]*argument, len(params))
	next := 0
	for i := range x.args {
		a := &x.args[i]
		if a.name == nil {
			for next < len(params) && given[next] != nil {
				next++
			}
			if next >= len(params) {
				b.errorf(a.value.span(), "argument-count", "KS119", "%s takes no more than %d arguments", x.fn.text, len(params))
				return
			}
			given[next] = a
			next++
			continue
		}
		at := -1
		for j, p := range params {
			if p.name.text == a.name.text || also[a.name.text] == p.name.text {
				at = j
			}
		}
		if at < 0 {
			d := b.errorf(a.name.span(), "argument-name", "", "%s has no parameter `%s`", x.fn.text, a.name.text)
			var names []string
			for _, p := range params {
				names = append(names, p.name.text)
			}
			hintNearest(d, a.name.text, names)
			return
		}
		given[at] = a
	}
	for i, p := range params {
		bound := &binding{at: p.span(), text: found.text}
		a := given[i]
		switch {
		case p.table:
			if a == nil {
				b.errorf(x.span(), "argument-count", "KS119", "%s needs its argument %s", x.fn.text, p.name.text)
				return
			}
			bound.rows = b.argumentRows(c.scope, a.value, p)
		case a != nil:
			b.mixedUp(c, x, a, p, params)
			v := b.argument(c, a.value, p)
			bound.bound = &v
		case p.value != nil:
			bound.bound = b.standing(p, found.text)
		default:
			b.errorf(x.span(), "argument-count", "KS119", "%s needs its argument %s", x.fn.text, p.name.text)
			return
		}
		inner.names[p.name.text] = bound
	}
	do(inner)
}

// standing binds the default of a parameter of a function in a text.
func (b *binder) standing(p *param, text *diag.Text) *value {
	if p.text != nil {
		text = p.text
	}
	v := wrong()
	b.inText(text, func() { v = b.argument(&context{}, p.value, p) })
	return &v
}

// argument binds a scalar argument and fits it to its parameter.
func (b *binder) argument(c *context, x node, p *param) value {
	v := b.expr(c, x)
	if v.bad || p.typ == schema.Any {
		return v
	}
	ok := true
	if v.typ == schema.String && p.typ == schema.Dynamic || v.typ == schema.Dynamic && p.typ == schema.String {
		return v.to(p.typ)
	}
	return b.fit(v, parameter{name: p.name.text, types: []schema.Type{p.typ}}, "the function", x.span(), &ok).cast(p.typ)
}

// argumentRows returns how to make the rows of an argument: anew for each use.
func (b *binder) argumentRows(s *scope, x node, p *param) func() *relation {
	text := b.text
	return func() *relation {
		var r *relation
		b.inText(text, func() { r = b.rows(s, x) })
		if r == nil {
			return nil
		}
		for _, want := range p.columns {
			if r.find(want.name.text) == nil && r.star == nil {
				d := b.errorf(x.span(), "missing-column", "KS142", "the rows have no column `%s`, which the function wants", want.name.text)
				hintNearest(d, want.name.text, r.names())
				return nil
			}
		}
		return r
	}
}

// bodyRows binds the body of a function that gives rows.
func (b *binder) bodyRows(s *scope, body *block, x *call) *relation {
	result, inner := b.body(s, body, x)
	if result == nil {
		return nil
	}
	return b.rowsOrGraph(inner, result)
}

// bodyValue binds the body of a function that gives a value.
func (b *binder) bodyValue(c *context, s *scope, body *block, x *call) value {
	result, inner := b.body(s, body, x)
	if result == nil {
		return wrong()
	}
	return b.expr(&context{scope: inner, base: c.attach()}, result)
}

func (b *binder) body(s *scope, body *block, x *call) (node, *scope) {
	if body == nil || len(body.results) == 0 {
		b.errorf(x.span(), "no-query", "KS198", "the function %s has no result", x.fn.text)
		return nil, nil
	}
	b.statements(s, body.statements)
	return body.results[0], s
}

// attach returns the rows on which joins can be put.
func (c *context) attach() *relation {
	if c.base != nil {
		return c.base
	}
	return c.in
}

// mustBool complains about a condition that is none.
func (b *binder) mustBool(v value, at diag.Span) plan.Expr {
	switch {
	case v.bad:
		return boolLiteral(true)
	case v.typ == schema.Bool:
		return v.condition()
	case v.typ == schema.Any:
		return v.to(schema.Bool).condition()
	case v.typ == schema.Dynamic:
		b.errorf(at, "bool-wanted", "KS141", "a condition is wanted here, and this is dynamic").Hint = "write tobool(…), or compare it with something"
	default:
		d := b.errorf(at, "bool-wanted", "KS141", "a condition is wanted here, and this is %s", aType(v.typ))
		if numeric(v.typ) {
			d.Hint = "compare it with something"
		}
	}
	return boolLiteral(true)
}
