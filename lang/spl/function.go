package spl

import (
	"slices"
	"sort"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// function is one function of eval. It is defined where it is lowered, in a file fn_*.go, and nowhere else.
type function struct {
	name        string
	aliases     []string
	least, most int // arguments; most -1 for any number
	doc         string
	// value gives what a call means. Functions that give a truth value have truth instead: an expression that is true if the call
	// is true (want) or if it is false (not want), and never null is needed of it: where the call is null neither holds.
	value func(c *call) plan.Expr
	truth func(c *call, want bool) plan.Expr
	// refused says why a known function is not run.
	refused string
}

var functions = map[string]*function{}

// defineFunction enters a function into the language.
func defineFunction(f function) *function {
	for _, name := range append([]string{f.name}, f.aliases...) {
		if functions[name] != nil {
			panic("spl: function " + name + " is defined twice")
		}
		functions[name] = &f
	}
	return &f
}

// Functions returns the names of all functions of eval that are run, sorted, each with its sentence.
func Functions() (names []string, docs map[string]string) {
	docs = map[string]string{}
	for name, f := range functions {
		if f.refused == "" {
			names = append(names, name)
			docs[name] = f.doc
		}
	}
	sort.Strings(names)
	return names, docs
}

// call is a call of a function, on its way into the plan.
type call struct {
	*lowering
	in   *relation
	name string
	at   diag.Span
	args []expr
}

// arg returns the value of an argument.
func (c *call) arg(i int) plan.Expr { return c.value(c.args[i], c.in) }

// holds returns an expression that is true if an argument, as a condition, is true (want) or false (not want).
func (c *call) holds(i int, want bool) plan.Expr { return c.lowering.holds(c.args[i], c.in, want) }

// all returns the values of all arguments.
func (c *call) all() []plan.Expr {
	out := make([]plan.Expr, len(c.args))
	for i := range out {
		out[i] = c.arg(i)
	}
	return out
}

// text returns an argument that is written as a text.
func (c *call) text(i int) (string, bool) {
	if l, ok := c.args[i].(*literal); ok && l.value.Kind() == event.Text {
		return l.value.Text(), true
	}
	return "", false
}

// fail reports an error about an argument (-1: the whole call) and returns a value that stands for it.
func (c *call) fail(i int, code, format string, args ...any) plan.Expr {
	at := c.at
	if i >= 0 {
		at = c.args[i].place()
	}
	c.errorf(at, code, format, args...)
	return null()
}

// lambda returns argument i as a function of one parameter, which stands for the field of a name.
func (c *call) lambda(i int, field, parameter string) *plan.Lambda {
	in := c.in.with(field, &plan.Param{Name: parameter})
	return &plan.Lambda{Params: []string{parameter}, Body: c.value(c.args[i], in)}
}

// condition returns argument i as a predicate of one parameter, which stands for the field of a name.
func (c *call) condition(i int, field, parameter string) *plan.Lambda {
	in := c.in.with(field, &plan.Param{Name: parameter})
	return &plan.Lambda{Params: []string{parameter}, Body: c.lowering.holds(c.args[i], in, true)}
}

// apply calls a function of the plan's catalogue.
func apply(name string, args ...plan.Expr) plan.Expr {
	f := fn.ByName(name)
	if f == nil {
		panic("spl: no function " + name + " in the catalogue")
	}
	switch len(args) { // most calls have few, which are kept with them
	case 1:
		c := &struct {
			call plan.Call
			args [1]plan.Expr
		}{plan.Call{Func: f}, [1]plan.Expr{args[0]}}
		c.call.Args = c.args[:]
		return &c.call
	case 2:
		c := &struct {
			call plan.Call
			args [2]plan.Expr
		}{plan.Call{Func: f}, [2]plan.Expr{args[0], args[1]}}
		c.call.Args = c.args[:]
		return &c.call
	}
	return &plan.Call{Func: f, Args: slices.Clone(args)}
}

func null() plan.Expr                { return &plan.Literal{} }
func textLiteral(s string) plan.Expr { return &plan.Literal{Value: event.TextValue(s)} }
func intLiteral(n int64) plan.Expr   { return &plan.Literal{Value: event.IntValue(n)} }
func boolLiteral(b bool) plan.Expr   { return &plan.Literal{Value: event.BoolValue(b)} }
