package kql

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

// function is a scalar function of the language. It is registered where it stands, in the fn_*.go of its family.
type function struct {
	name    string
	aliases []string
	doc     string // one sentence
	// takes and gives are its signature: "text:string, start:long, length:long?" and "string". A type is one of the language, or
	// number (int, long, real, decimal), integer, scalar (anything), ordered (number, datetime, timespan), several between |; ? marks an optional parameter,
	// … one that is there any number of times. What it gives is a type, or the name of the parameter whose type it has.
	takes, gives string
	// kernel is the function of the catalogue that does it, with the arguments in the same order. Where arguments that are left out
	// matter to it, fill says so.
	kernel string
	// bind lowers a call itself; args are converted to the types of the parameters.
	bind func(b *binder, c *context, at *call, args []value) value
	// raw lowers a call whose arguments are not values.
	raw func(b *binder, c *context, at *call) value
	// naming says what a column is called that has no other name; prefix stands before the argument's name, if not the function's.
	naming naming
	prefix string
	// refused says why it is not run.
	refused string
	// inexact says how what it gives differs from what the service gives; whoever calls it is warned.
	inexact string

	params []parameter
	result schema.Type
	same   int // index of the parameter whose type the result has, -1
}

// naming says how the default name of a column is made of a call.
type naming uint8

const (
	nameOnly  naming = iota // f_x of the first argument, if that has a name
	nameFirst               // the name of the first argument: bin(t, 1h) is t
	nameNone                // none: Column1
)

// parameter is one parameter of a function.
type parameter struct {
	name     string
	types    []schema.Type // empty: any
	optional bool
	variadic bool
}

var functions = map[string]*function{}

// typeWords are the words of signatures for several types.
var typeWords = map[string][]schema.Type{
	"number":  {schema.Long, schema.Int, schema.Real, schema.Decimal},
	"integer": {schema.Long, schema.Int},
	"ordered": {schema.Long, schema.Int, schema.Real, schema.Decimal, schema.Datetime, schema.Timespan},
	"scalar":  nil,
}

// defineFunction enters a function into the language.
func defineFunction(f function) *function {
	f.params, f.result, f.same = parseSignature(f.name, f.takes, f.gives)
	for _, name := range append([]string{f.name}, f.aliases...) {
		if functions[name] != nil {
			panic("kql: function " + name + " is defined twice")
		}
		functions[name] = &f
	}
	return &f
}

func parseSignature(of, takes, gives string) (params []parameter, result schema.Type, same int) {
	for part := range strings.SplitSeq(takes, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, types, ok := strings.Cut(part, ":")
		if !ok {
			panic(fmt.Sprintf("kql: signature of %s: %q has no type", of, part))
		}
		p := parameter{name: name}
		for mark := true; mark; {
			variadic, optional := strings.HasSuffix(types, "…"), strings.HasSuffix(types, "?")
			p.variadic, p.optional = p.variadic || variadic, p.optional || optional
			types = strings.TrimSuffix(strings.TrimSuffix(types, "…"), "?")
			mark = variadic || optional
		}
		if types != "scalar" {
			for t := range strings.SplitSeq(types, "|") {
				if list, several := typeWords[t]; several {
					p.types = append(p.types, list...)
				} else if one, known := schema.TypeOf(t); known {
					p.types = append(p.types, one)
				} else {
					panic(fmt.Sprintf("kql: signature of %s: unknown type %q", of, t))
				}
			}
		}
		params = append(params, p)
	}
	same = slices.IndexFunc(params, func(p parameter) bool { return p.name == gives })
	if same < 0 && gives != "" {
		t, known := schema.TypeOf(gives)
		if !known {
			panic(fmt.Sprintf("kql: signature of %s gives %q, which is neither a type nor a parameter", of, gives))
		}
		result = t
	}
	return params, result, same
}

// arity returns the least and the greatest number of arguments, -1 where there is none.
func arity(params []parameter) (least, most int) {
	for _, p := range params {
		if p.variadic {
			if !p.optional {
				least++
			}
			return least, -1
		}
		if !p.optional {
			least++
		}
	}
	return least, len(params)
}

func parameterAt(params []parameter, i int) parameter {
	if i >= len(params) {
		return params[len(params)-1]
	}
	return params[i]
}

// arguments binds the arguments of a call and fits them to parameters; ok is false after a complaint.
func (b *binder) arguments(c *context, at *call, params []parameter) (args []value, ok bool) {
	least, most := arity(params)
	if n := len(at.args); n < least || most >= 0 && n > most {
		d := b.errorf(at.span(), "argument-count", "KS119", "%s takes %s, not %d", at.fn.text, count(least, most), n)
		d.Hint = at.fn.text + "(" + describe(params) + ")"
		return nil, false
	}
	ok = true
	for i, a := range at.args {
		v := b.expr(c, a.value)
		if v.bad {
			ok = false
		}
		args = append(args, b.fit(v, parameterAt(params, i), at.fn.text, a.value.span(), &ok))
	}
	return args, ok
}

// fit converts an argument to the type of a parameter, or complains.
func (b *binder) fit(v value, p parameter, of string, at diag.Span, ok *bool) value {
	if len(p.types) == 0 || v.bad || slices.Contains(p.types, v.typ) {
		return v
	}
	if v.open() && !isNullLiteral(v) {
		if slices.Contains(p.types, schema.Dynamic) || len(p.types) > 1 && !slices.Contains(p.types, schema.String) {
			return v
		}
		return v.to(p.types[0])
	}
	if isNullLiteral(v) {
		return literalValue(emptyOf(p.types[0]).Value, p.types[0])
	}
	switch want := p.types[0]; {
	case integral(want) && integral(v.typ), want == schema.Real && numeric(v.typ), want == schema.Decimal && numeric(v.typ):
		return v.to(want)
	case slices.Contains(p.types, schema.Real) && numeric(v.typ):
		return v.to(schema.Real)
	case integral(want) && v.typ == schema.Bool, want == schema.Bool && integral(v.typ), want == schema.Guid && v.typ == schema.String, want == schema.String && v.typ == schema.Guid, want == schema.Dynamic && v.typ == schema.String:
		return v.to(want)
	case integral(want) && numeric(v.typ):
		return v.to(want)
	}
	*ok = false
	b.errorf(at, "type", "KS107", "%s takes a %s as its %s, not a %s", of, describeTypes(p.types), p.name, v.typ)
	return wrong()
}

func describeTypes(types []schema.Type) string {
	var words []string
	for _, t := range types {
		words = append(words, t.String())
	}
	return strings.Join(words, " or ")
}

func describe(params []parameter) string {
	var parts []string
	for _, p := range params {
		part := p.name
		if len(p.types) > 0 {
			part += ":" + strings.Join(strings.Split(describeTypes(p.types), " or "), "|")
		}
		if p.optional {
			part = "[" + part + "]"
		}
		if p.variadic {
			part += ", …"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func count(least, most int) string {
	switch {
	case most < 0:
		return fmt.Sprintf("%d or more arguments", least)
	case least == most && least == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

// call binds a call of a scalar function.
func (b *binder) call(c *context, x *call) value {
	if b.enough(x.span()) {
		return wrong()
	}
	if found := c.scope.find(x.fn.text); found != nil {
		return b.callScalar(c, found, x)
	}
	if c.aggs != nil {
		if a := aggregates[x.fn.text]; a != nil {
			return b.aggregate(c, a, x)
		}
	}
	if c.match != nil && graphFunctions[x.fn.text] {
		return c.match.call(b, c, x)
	}
	f := functions[x.fn.text]
	if f == nil {
		if s := b.stored(x.fn.text); s != nil {
			return b.callStoredScalar(c, s, x)
		}
		if aggregates[x.fn.text] != nil {
			b.errorf(x.fn.span(), "aggregate", "KS152", "%s is an aggregate, and stands in summarize and the like only", x.fn.text)
			return wrong()
		}
		b.unknownFunction(x.fn)
		return wrong()
	}
	if f.refused != "" {
		b.errorf(x.span(), "refused", "", "%s is not run: %s", f.name, f.refused)
		return wrong()
	}
	if f.inexact != "" {
		b.warnf(x.span(), "inexact", "", "%s: %s", f.name, f.inexact)
	}
	for _, a := range x.args {
		if a.name != nil && f.raw == nil {
			b.warnf(a.name.span(), "argument-name", "", "the arguments of %s have no names; this one is ignored", f.name)
		}
	}
	if f.raw != nil {
		return f.raw(b, c, x)
	}
	args, ok := b.arguments(c, x, f.params)
	if !ok {
		return value{bad: true, typ: f.result}
	}
	if f.bind != nil {
		return f.bind(b, c, x, args)
	}
	t := f.result
	if f.same >= 0 && f.same < len(args) {
		t = args[f.same].typ
	}
	exprs := make([]plan.Expr, len(args))
	for i, a := range args {
		exprs[i] = a.exact()
	}
	return made(t, f.kernel, exprs...)
}

func (b *binder) unknownFunction(n *name) {
	d := b.errorf(n.span(), "unknown-function", "KS211", "there is no function `%s`", n.text)
	if b.env.Retired != nil {
		if instead, ok := b.env.Retired(n.text); ok {
			d.Hint = "write `" + instead + "`"
			return
		}
	}
	var names []string
	for name := range functions {
		names = append(names, name)
	}
	for name := range aggregates {
		names = append(names, name)
	}
	if b.env.FunctionNames != nil {
		names = append(names, b.env.FunctionNames()...)
	}
	slices.Sort(names)
	hintNearest(d, n.text, names)
}

// tableFunctions are the functions that give rows.
var tableFunctions = map[string]func(b *binder, s *scope, x *call) *relation{}

func defineTableFunction(name string, bind func(b *binder, s *scope, x *call) *relation) string {
	tableFunctions[name] = bind
	return name
}
