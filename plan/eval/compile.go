package eval

import (
	"fmt"
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Compile returns the program of an expression; slot says where a row holds a column, and is negative for a column that it
// does not hold. An expression that plan.Check passes compiles.
func Compile(e plan.Expr, slot func(*plan.Column) int) (*Program, error) {
	return CompileSifted(e, slot, nil)
}

// CompileSifted is Compile for rows that say what a Sieve has found in some of their texts. For the subject of a Match, sieve returns
// the Sieve of it and the place of what it found in Row.Sifted; nil if there is none. A Sifted must be of the text that is the
// subject's value in the row, or nil.
func CompileSifted(e plan.Expr, slot func(*plan.Column) int, sieve func(subject plan.Expr) (*Sieve, int)) (*Program, error) {
	c := &compiler{slot: slot, sieve: sieve}
	value, truth := c.both(e)
	if c.err != nil {
		return nil, c.err
	}
	return &Program{source: e, slot: slot, value: value, truth: truth, matches: c.matches}, nil
}

type compiler struct {
	slot   func(*plan.Column) int
	sieve  func(subject plan.Expr) (*Sieve, int) // see CompileSifted
	params []string                              // of the lambdas around, outermost first
	err    error
	// matches are all that were compiled; explaining looks into them again.
	matches map[*plan.Match]compiledMatch
}

func (c *compiler) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("compile expression: "+format, args...)
	}
}

func (c *compiler) both(e plan.Expr) (valueFunc, truthFunc) {
	if isTruth(e) {
		truth := c.truth(e)
		return func(f *frame) event.Value { return truth(f).Value() }, truth
	}
	value := c.value(e)
	return value, func(f *frame) Verdict { return VerdictOf(value(f)) }
}

// isTruth says whether an expression is computed as a truth in the first place.
func isTruth(e plan.Expr) bool {
	switch e.(type) {
	case *plan.Match, *plan.Compare, *plan.And, *plan.Or, *plan.Not, *plan.Has, *plan.IsNull:
		return true
	}
	_, _, isAny := anyOf(e)
	return isAny
}

func (c *compiler) value(e plan.Expr) valueFunc {
	switch e := e.(type) {
	case *plan.Literal:
		v := e.Value
		return func(*frame) event.Value { return v }
	case *plan.Ref:
		i := c.slot(e.Column)
		if i < 0 {
			c.fail("the row has no column %q", e.Column.Name)
		}
		return func(f *frame) event.Value {
			if i >= len(f.row.Columns) {
				return event.Value{}
			}
			return f.row.Columns[i]
		}
	case *plan.Field:
		name, find := e.Name, (*event.Record).Lookup
		switch {
		case e.Find == plan.Loosely:
		case e.Find == plan.Pathwise && plan.IsPath(name):
			find = plan.FindPath
		default:
			return named(event.NameOf(name))
		}
		return func(f *frame) event.Value {
			if f.row.Record == nil {
				return event.Value{}
			}
			return find(f.row.Record, name)
		}
	case *plan.Fields:
		return func(f *frame) event.Value { return plan.FieldsOf(f.row.Record) }
	case *plan.Call:
		if isTruth(e) {
			value, _ := c.both(e)
			return value
		}
		return c.call(e)
	case *plan.Case:
		return c.cases(e)
	case *plan.Param:
		for i := len(c.params) - 1; i >= 0; i-- {
			if c.params[i] == e.Name {
				return func(f *frame) event.Value { return f.params[i] }
			}
		}
		c.fail("no function around has a parameter %q", e.Name)
	case *plan.Lambda:
		c.fail("a function stands where a value is needed")
	case *plan.Everything:
		c.fail("everything stands where a value is needed; it can only be matched")
	case *plan.Match, *plan.Compare, *plan.And, *plan.Or, *plan.Not, *plan.Has, *plan.IsNull:
		value, _ := c.both(e)
		return value
	case nil:
		c.fail("an expression is missing")
	default:
		c.fail("unknown expression %T", e)
	}
	return func(*frame) event.Value { return event.Value{} }
}

// named returns the value of the field of exactly this name.
func named(name *event.Name) valueFunc {
	return func(f *frame) event.Value {
		if f.row.Record == nil {
			return event.Value{}
		}
		return f.row.Record.Named(name)
	}
}

func (c *compiler) truth(e plan.Expr) truthFunc {
	switch e := e.(type) {
	case *plan.Match:
		return c.match(e)
	case *plan.Compare:
		op, left, right := e.Op, c.value(e.Left), c.value(e.Right)
		return func(f *frame) Verdict { return Compare(op, left(f), right(f)) }
	case *plan.And:
		list := c.truths(e.List)
		return func(f *frame) Verdict {
			least := True
			for _, t := range list {
				if v := t(f); v < least {
					if v == False {
						return False
					}
					least = v
				}
			}
			return least
		}
	case *plan.Or:
		list := c.truths(e.List)
		return func(f *frame) Verdict {
			greatest := False
			for _, t := range list {
				if v := t(f); v > greatest {
					if v == True {
						return True
					}
					greatest = v
				}
			}
			return greatest
		}
	case *plan.Not:
		x := c.truth(e.X)
		return func(f *frame) Verdict { return True - x(f) }
	case *plan.Has:
		x := c.value(e.X)
		return func(f *frame) Verdict { return verdict(!x(f).IsAbsent()) }
	case *plan.IsNull:
		x := c.value(e.X)
		return func(f *frame) Verdict { return verdict(x(f).IsNull()) }
	}
	if of, condition, ok := anyOf(e); ok {
		return c.anyElement(of, condition)
	}
	value := c.value(e)
	return func(f *frame) Verdict { return VerdictOf(value(f)) }
}

func (c *compiler) truths(list []plan.Expr) []truthFunc {
	out := make([]truthFunc, len(list))
	for i, e := range list {
		out[i] = c.truth(e)
	}
	return out
}

func (c *compiler) cases(e *plan.Case) valueFunc {
	whens, thens := make([]truthFunc, len(e.Arms)), make([]valueFunc, len(e.Arms))
	for i, arm := range e.Arms {
		whens[i], thens[i] = c.truth(arm.When), c.value(arm.Then)
	}
	otherwise := func(*frame) event.Value { return event.NullValue() }
	if e.Else != nil {
		otherwise = c.value(e.Else)
	}
	return func(f *frame) event.Value {
		for i, when := range whens {
			if when(f) == True {
				return thens[i](f)
			}
		}
		return otherwise(f)
	}
}

func (c *compiler) call(e *plan.Call) valueFunc {
	if e.Func == nil {
		c.fail("a call without a function")
		return nil
	}
	if least, most := e.Func.Arity(); len(e.Args) < least || most >= 0 && len(e.Args) > most {
		c.fail("%s takes other than %d arguments", e.Func.Name, len(e.Args))
		return nil
	}
	if e.Func.Apply != nil {
		return c.apply(e)
	}
	args := make([]valueFunc, len(e.Args))
	for i, a := range e.Args {
		args[i] = c.value(a)
	}
	if choosesFirst(e) {
		return choice(args, e.Func == firstFilled)
	}
	eval, strict, fails := e.Func.Eval, e.Func.Strict, e.Func.Fails
	return func(f *frame) event.Value {
		base := len(f.stack)
		for _, a := range args {
			v := a(f)
			if strict && v.IsNull() {
				f.drop(base)
				return event.NullValue()
			}
			f.stack = append(f.stack, v)
		}
		if f.over() {
			f.drop(base)
			return event.NullValue()
		}
		if fails != nil && f.row.Failed == "" {
			if f.row.Failed = fails(f.stack[base:]); f.row.Failed != "" {
				f.drop(base)
				return event.NullValue()
			}
		}
		v := eval(f.stack[base:len(f.stack):len(f.stack)])
		f.makes(v)
		f.drop(base)
		return v
	}
}

// apply compiles a call whose function takes a Lambda. The kernel sees the other arguments.
func (c *compiler) apply(e *plan.Call) valueFunc {
	var args []valueFunc
	var body valueFunc
	depth, width := len(c.params), 0
	for _, a := range e.Args {
		lambda, ok := a.(*plan.Lambda)
		if !ok {
			args = append(args, c.value(a))
			continue
		}
		if body != nil {
			c.fail("%s takes one function", e.Func.Name)
		}
		width = len(lambda.Params)
		c.params = append(slices.Clip(c.params[:depth]), lambda.Params...)
		body = c.value(lambda.Body)
		c.params = c.params[:depth]
	}
	if body == nil {
		c.fail("%s needs a function, such as (x) => x", e.Func.Name)
		return nil
	}
	return applied(e.Func, args, body, depth, width)
}

func applied(fun *fn.Func, args []valueFunc, body valueFunc, depth, width int) valueFunc {
	return func(f *frame) event.Value {
		base := len(f.stack)
		for _, a := range args {
			v := a(f)
			if fun.Strict && v.IsNull() {
				f.drop(base)
				return event.NullValue()
			}
			f.stack = append(f.stack, v)
		}
		call := func(values ...event.Value) event.Value {
			if f.made += callCost; f.over() {
				return event.NullValue()
			}
			for len(f.params) < depth+width {
				f.params = append(f.params, event.Value{})
			}
			for i := range width {
				f.params[depth+i] = event.Value{}
				if i < len(values) {
					f.params[depth+i] = values[i]
				}
			}
			return body(f)
		}
		v := fun.Apply(f.stack[base:len(f.stack):len(f.stack)], call)
		f.makes(v)
		f.drop(base)
		return v
	}
}
