package compile

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// whereKeeps lowers a structured predicate for the events of a Scan. A field is a canonical column (user.name), else what the detection's
// own language calls so in that place.
func whereKeeps(x *detection.Exclusion, r *Rule, s *plan.Scan, o Options) (plan.Expr, diag.List) {
	l := &whereLowering{fields: fieldsOf(r, s, o)}
	var any []plan.Expr
	for _, alternative := range x.Where {
		var all []plan.Expr
		for i := range alternative {
			all = append(all, l.condition(&alternative[i]))
		}
		any = append(any, &plan.And{List: all})
	}
	if l.list.Failed() {
		return nil, l.list
	}
	return plan.Unless(plan.RewriteExpr(&plan.Or{List: any})), l.list
}

type whereLowering struct {
	fields fields
	list   diag.List
}

// fields are the names by which a detection knows what it reads.
type fields struct {
	of    string // whose they are
	find  func(name string) (plan.Expr, bool)
	names func() []string
}

// fieldsOf returns the names of the language of a rule for a Scan of its plan.
func fieldsOf(r *Rule, s *plan.Scan, o Options) fields {
	column := func(name string) plan.Expr { return &plan.Ref{Column: &plan.Column{Name: name, Type: schema.Any}} }
	switch prefix, rest, _ := strings.Cut(s.Table, "/"); prefix {
	case "cim":
		model, dataset, _ := strings.Cut(rest, ".")
		m, ok := o.Taxonomy.DataModel(model)
		if !ok {
			break
		}
		d, ok := m.Dataset(dataset)
		if !ok {
			break
		}
		return fields{"the data set " + rest, func(name string) (plan.Expr, bool) {
			c, ok := d.Column(name)
			return column(c), ok
		}, func() []string {
			var names []string
			for _, f := range d.Fields() {
				names = append(names, f.Name)
			}
			return names
		}}
	case "splunk":
		known := o.Taxonomy.SplunkFields()
		for _, c := range s.Out {
			if name, ok := strings.CutPrefix(c.Name, "splunk/"); ok {
				known = append(known, name)
			}
		}
		return fields{"searches", func(name string) (plan.Expr, bool) {
			return column("splunk/" + name), slices.Contains(known, name)
		}, func() []string { return known }}
	case "sentinel", "asim":
		t, ok := o.Taxonomy.LogTable(rest)
		if prefix == "asim" {
			t, ok = o.Taxonomy.AsimSchema(rest)
		}
		if !ok {
			break
		}
		return fields{"the table " + rest, func(name string) (plan.Expr, bool) {
			for _, c := range t.Columns {
				if c.Name == name {
					return column(c.Column), true
				}
			}
			return nil, false
		}, func() []string {
			var names []string
			for _, c := range t.Columns {
				names = append(names, c.Name)
			}
			return names
		}}
	}
	l := r.logSourceOf(s, o)
	view := o.Taxonomy.Sigma(l.Category, l.Product, l.Service)
	own := map[string]string{} // what the rule itself asks for and no view knows
	plan.Walk(r.Plan, func(n plan.Node) bool {
		if f, ok := n.(*plan.Filter); ok {
			plan.WalkExpr(f.Where, func(e plan.Expr) bool {
				if field, ok := e.(*plan.Field); ok {
					own[strings.ToLower(field.Name)] = field.Name
				}
				return true
			})
		}
		return true
	})
	return fields{"Sigma", func(name string) (plan.Expr, bool) {
		if c, _, ok := view.Column(name); ok {
			return column(c), true
		}
		native, ok := own[strings.ToLower(name)]
		return &plan.Field{Name: native, Find: plan.Loosely}, ok
	}, view.Fields}
}

// timeNames are what a condition calls the time of an event.
var timeNames = []string{"time", "@timestamp", "_time", "TimeGenerated"}

// field returns the value of a field.
func (l *whereLowering) field(c *detection.ExclusionCondition) plan.Expr {
	if slices.Contains(timeNames, c.Field) {
		return &plan.Ref{Column: &plan.Column{Name: "@timestamp", Type: schema.Datetime}}
	}
	if canonical, ok := schema.ColumnByName(c.Field); ok {
		t := schema.Any // what was logged, whatever it means
		if canonical.Type == schema.Datetime {
			t = schema.Datetime
		}
		return &plan.Ref{Column: &plan.Column{Name: canonical.Name, Type: t}}
	}
	if e, ok := l.fields.find(c.Field); ok {
		return e
	}
	d := l.list.Errorf(c.Place.Source, c.Place.Span, CodeUnapplied, "unknown field %s: neither a canonical column nor a field of %s", c.Field, l.fields.of)
	candidates := l.fields.names()
	for _, c := range schema.Columns() {
		candidates = append(candidates, c.Name)
	}
	if near := diag.Nearest(c.Field, candidates); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else {
		d.Hint = "`goshawk data fields` lists the canonical columns, such as user.name"
	}
	return &plan.Literal{}
}

// condition lowers one condition. It is true or false, and false where the field is not there.
func (l *whereLowering) condition(c *detection.ExclusionCondition) plan.Expr {
	field := l.field(c)
	mark := plan.Marked{At: &plan.Mark{Field: c.Field, Text: c.Text()}}
	there := &plan.Not{X: &plan.Or{List: []plan.Expr{&plan.IsNull{X: field}, &plan.Match{Subject: field, Patterns: []plan.Pattern{plan.Plain("")}}}}}
	match := func(op plan.MatchOp, fold bool) plan.Expr {
		m := &plan.Match{Marked: mark, Subject: field, Op: op, Fold: fold}
		for _, v := range c.Values {
			if op == plan.Regexp || op == plan.CIDR {
				m.Patterns = append(m.Patterns, plan.Pattern{Source: v})
			} else {
				m.Patterns = append(m.Patterns, plan.Plain(v))
			}
		}
		return m
	}
	var e plan.Expr
	switch c.Op {
	case detection.OpIs, detection.OpIn:
		e = match(plan.Equals, true)
	case detection.OpContains:
		e = match(plan.Contains, true)
	case detection.OpStartsWith:
		e = match(plan.Prefix, true)
	case detection.OpEndsWith:
		e = match(plan.Suffix, true)
	case detection.OpMatches:
		e = match(plan.Regexp, false)
	case detection.OpCIDR:
		e = match(plan.CIDR, false)
	case detection.OpLess, detection.OpAtMost, detection.OpMore, detection.OpAtLeast:
		e = l.compared(c, field, mark)
	case detection.OpWithin:
		e = l.within(c, field, mark)
	case detection.OpExists:
		there.At = mark.At
		if c.Not {
			return &plan.Not{X: there}
		}
		return there
	default:
		panic(fmt.Sprintf("compile: unknown operator %q of an exclusion", c.Op))
	}
	if !c.Not {
		return e
	}
	return &plan.And{List: []plan.Expr{there, &plan.Not{X: e}}}
}

// compared compares numbers; what is none does not compare.
func (l *whereLowering) compared(c *detection.ExclusionCondition, field plan.Expr, mark plan.Marked) plan.Expr {
	ops := map[detection.ExclusionOp]plan.CompareOp{detection.OpLess: plan.Less, detection.OpAtMost: plan.LessEqual, detection.OpMore: plan.Greater, detection.OpAtLeast: plan.GreaterEqual}
	value, _ := new(big.Rat).SetString(c.Values[0])
	number, _ := value.Float64()
	return truth(&plan.Compare{Marked: mark, Op: ops[c.Op],
		Left:  &plan.Call{Func: fn.ByName("to_float"), Args: []plan.Expr{field}},
		Right: &plan.Literal{Value: event.FloatValue(number), Type: schema.Real}})
}

// within asks for a span of the time of day.
func (l *whereLowering) within(c *detection.ExclusionCondition, field plan.Expr, mark plan.Marked) plan.Expr {
	if ref, ok := field.(*plan.Ref); !ok || ref.Column.Type != schema.Datetime {
		l.list.Errorf(c.Place.Source, c.Place.Span, CodeUnapplied, "%s is no time of an event", c.Field).Hint = "write time within " + c.Hours.String()
		return field
	}
	whole := func(n int) plan.Expr { return &plan.Literal{Value: event.IntValue(int64(n)), Type: schema.Long} }
	args := []plan.Expr{field, whole(c.Hours.From), whole(c.Hours.To), &plan.Literal{Value: event.TextValue(c.Hours.Zone), Type: schema.String}}
	for _, day := range c.Hours.Days {
		if day == time.Sunday {
			day = 7
		}
		args = append(args, whole(int(day)))
	}
	return truth(&plan.Call{Marked: mark, Func: fn.ByName("clock_within"), Args: args})
}

// truth makes false of null.
func truth(e plan.Expr) plan.Expr {
	return &plan.Call{Marked: plan.Marked{At: e.Mark()}, Func: fn.ByName("coalesce"), Args: []plan.Expr{e, &plan.Literal{Value: event.BoolValue(false), Type: schema.Bool}}}
}
