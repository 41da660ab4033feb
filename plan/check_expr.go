package plan

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// scope is what an expression can refer to.
type scope struct {
	columns []*Column
	open    bool
	params  []string // of the lambdas around
}

func scopeOf(n Node) scope {
	return scopeFor(n.Columns(), n.Open())
}

func scopeFor(columns []*Column, open bool) scope { return scope{columns: columns, open: open} }

// has says whether a column is in scope. Most expressions refer to few columns of a long list, for which a table is not worth making.
func (s scope) has(c *Column) bool { return c != nil && slices.Contains(s.columns, c) }

// shares says whether a column is in both scopes.
func (s scope) shares(other scope) bool { return slices.ContainsFunc(other.columns, s.has) }

// names returns the names of the columns.
func (s scope) names() []string {
	var names []string
	for _, c := range s.columns {
		if c != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// CheckExpr complains about everything in an expression over columns that has no meaning; open says whether it stands over
// an open relation, and so may refer to fields.
func CheckExpr(e Expr, columns []*Column, open bool) diag.List {
	c := &checker{}
	c.expr(scopeFor(columns, open), e)
	return c.list
}

// TypeOf returns the type of an expression as far as it is known before running, Any where it is not.
func TypeOf(e Expr) schema.Type {
	switch e := e.(type) {
	case *Literal:
		return e.Type
	case *Ref:
		if e.Column != nil {
			return e.Column.Type
		}
	case *Match, *Compare, *And, *Or, *Not, *Has, *IsNull:
		return schema.Bool
	case *Call:
		if e.Func != nil {
			t, _ := schema.TypeOf(e.Func.Result)
			return t
		}
	case *Case:
		return typeOfCase(e)
	case *Fields:
		return schema.Dynamic
	}
	return schema.Any
}

func typeOfCase(e *Case) schema.Type {
	var common schema.Type
	known := false
	join := func(x Expr) {
		if l, ok := x.(*Literal); ok && l.Value.IsNull() && l.Type == schema.Any {
			return
		}
		switch t := TypeOf(x); {
		case !known:
			common, known = t, true
		case t != common:
			common = schema.Any
		}
	}
	for _, arm := range e.Arms {
		join(arm.Then)
	}
	if e.Else != nil {
		join(e.Else)
	}
	return common
}

// in complains about a column that is not in scope.
func (c *checker) in(s scope, column *Column) bool {
	if s.has(column) {
		return true
	}
	d := c.errorf("plan-foreign-column", "the input has no column `%s`", column.Name)
	names := s.names()
	if slices.Contains(names, column.Name) {
		d.Hint = "the input's column of that name is another one"
	} else if near := diag.Nearest(column.Name, names); near != "" {
		d.Hint = "did you mean `" + near + "`?"
	}
	return false
}

// truth checks an expression that must be true or false.
func (c *checker) truth(s scope, e Expr) {
	if t, ok := c.expr(s, e); ok && t != schema.Bool && !loose(t) {
		c.errorf("plan-type", "`%s` is a %s, not a bool", ExprString(e), t)
	}
}

// expr checks an expression that must be a value and returns its type; false where there is none to speak of.
func (c *checker) expr(s scope, e Expr) (schema.Type, bool) {
	if e == nil {
		c.errorf("plan-missing-expression", "an expression is missing")
		return schema.Any, false
	}
	outer := c.mark
	if m := e.Mark(); m != nil {
		c.mark = m
	}
	defer func() { c.mark = outer }()
	switch e := e.(type) {
	case *Literal:
		if !holds(e.Type, e.Value.Kind()) {
			c.errorf("plan-type", "the literal %s is called a %s", valueText(e.Value), e.Type)
		}
	case *Ref:
		if e.Column == nil {
			c.errorf("plan-missing-column", "a column is missing")
			return schema.Any, false
		}
		return e.Column.Type, c.in(s, e.Column)
	case *Field:
		if !s.open {
			c.errorf("plan-closed-field", "`%s` asks for a field of a closed relation", ExprString(e))
		}
	case *Fields:
		if !s.open {
			c.errorf("plan-closed-field", "`%s` asks for the fields of a closed relation", ExprString(e))
		}
	case *Everything:
		c.errorf("plan-everything", "`everything` can only be matched")
		return schema.Any, false
	case *Match:
		c.match(s, e)
	case *Compare:
		c.compare(s, e)
	case *And:
		c.truths(s, e.List)
	case *Or:
		c.truths(s, e.List)
	case *Not:
		c.truth(s, e.X)
	case *Has:
		c.expr(s, e.X)
	case *IsNull:
		c.expr(s, e.X)
	case *Call:
		if e.Func == nil {
			c.errorf("plan-missing-function", "a function is missing")
			return schema.Any, false
		}
		c.arguments(s, e.Func.Name, e.Func.Params, e.Args)
	case *Case:
		if len(e.Arms) == 0 {
			c.errorf("plan-empty", "a case has no arms")
		}
		for _, arm := range e.Arms {
			c.truth(s, arm.When)
			c.expr(s, arm.Then)
		}
		if e.Else != nil {
			c.expr(s, e.Else)
		}
	case *Param:
		if !slices.Contains(s.params, e.Name) {
			c.errorf("plan-unknown-parameter", "no function around has a parameter `%s`", e.Name)
		}
	case *Lambda:
		c.errorf("plan-lambda", "a function stands where a value is needed")
		return schema.Any, false
	}
	return TypeOf(e), true
}

func (c *checker) truths(s scope, list []Expr) {
	for _, e := range list {
		c.truth(s, e)
	}
}

func (c *checker) compare(s scope, e *Compare) {
	if int(e.Op) >= len(compareOps) {
		c.errorf("plan-comparison", "a comparison of an unknown kind")
		return
	}
	l, okL := c.expr(s, e.Left)
	r, okR := c.expr(s, e.Right)
	if okL && okR && !comparable(l, r) {
		d := c.add(diag.Warning, "plan-never-comparable", "`%s` compares a %s with a %s and is always null", ExprString(e), l, r)
		d.Hint = "convert one of them"
	}
}

func (c *checker) match(s scope, e *Match) {
	if _, ok := e.Subject.(*Everything); !ok {
		c.expr(s, e.Subject)
	}
	if int(e.Op) >= len(matchOps) {
		c.errorf("plan-match", "a match of an unknown kind")
		return
	}
	if len(e.Patterns) == 0 && e.All {
		c.errorf("plan-empty", "a match of all patterns has none")
	}
	for _, p := range e.Patterns {
		c.pattern(e.Op, p)
	}
}

func (c *checker) pattern(op MatchOp, p Pattern) {
	switch op {
	case Regexp:
		if _, err := syntax.Parse(p.Source, syntax.Perl); err != nil {
			c.errorf("plan-bad-regexp", "%s", lowerFirst(err.Error()))
		}
	case CIDR:
		if _, ok := fn.ParseNetwork(p.Source); !ok {
			c.errorf("plan-bad-network", "`%s` is not an IP network", p.Source).Hint = "write 10.0.0.0/8 or fe80::/10"
		}
	default:
		if p.Source != "" {
			c.errorf("plan-match", "`%s` matches pieces of text, not %q", op, p.Source)
		}
		for _, piece := range p.Pieces {
			if piece.Kind > AnyDash || piece.Kind != Run && piece.Text != "" {
				c.errorf("plan-match", "a piece of a pattern is of an unknown kind")
			}
		}
		return
	}
	if len(p.Pieces) > 0 {
		c.errorf("plan-match", "`%s` takes no pieces of text", op)
	}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// arguments checks what a function is given against its parameters.
func (c *checker) arguments(s scope, name string, params []fn.Param, args []Expr) {
	least, most := 0, len(params)
	for _, p := range params {
		if !p.Optional && !p.Variadic {
			least++
		}
		if p.Variadic {
			most = -1
		}
	}
	if len(args) < least || most >= 0 && len(args) > most {
		c.errorf("plan-arity", "`%s` takes %s, not %d", name, arity(least, most), len(args)).Hint = signature(name, params)
	}
	for i, a := range args {
		p, ok := fn.ParamAt(params, i)
		if ok && p.Type == "lambda" {
			c.lambda(s, name, a)
			continue
		}
		t, typed := c.expr(s, a)
		want, known := schema.TypeOf(p.Type)
		if typed && known && !accepts(want, t) {
			c.errorf("plan-type", "`%s` takes a %s as its `%s`, not the %s `%s`", name, want, p.Name, t, ExprString(a))
		}
	}
}

// accepts says whether a parameter takes arguments of a type: one of text takes the text of anything, one that is dynamic
// takes a single value for a list of one.
func accepts(want, given schema.Type) bool {
	return want == schema.String || assignable(given, want)
}

func (c *checker) lambda(s scope, name string, e Expr) {
	l, ok := e.(*Lambda)
	if !ok {
		c.errorf("plan-lambda", "`%s` needs a function such as (x) => x", name)
		return
	}
	s.params = append(s.params[:len(s.params):len(s.params)], l.Params...)
	c.expr(s, l.Body)
}

func arity(least, most int) string {
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

// signature spells how a function is called.
func signature(name string, params []fn.Param) string {
	var parts []string
	for _, p := range params {
		part := p.Name + " " + p.Type
		switch {
		case p.Optional:
			part = "[" + part + "]"
		case p.Variadic:
			part += " …"
		}
		parts = append(parts, part)
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}
