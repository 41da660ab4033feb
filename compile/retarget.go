package compile

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
	"goshawk/taxonomy"
)

// retargeting puts the plan of a detection over the table and the columns of a target.
//
// The plan must be a chain of operators over one Scan. What the Scan has in canonical columns or native fields is looked up in
// the target's source for the detection's log source: a plain column is taken as it is, anything else is computed once, in a
// Project above the Scan, under the name that the target gives it. Values that the target writes otherwise are rewritten in the
// patterns (retarget_value.go).
type retargeting struct {
	translation *Translation
	target      *taxonomy.Target
	source      *taxonomy.TargetSource
	o           TranslateOptions

	*origin // of the detection

	aliases  map[*plan.Column]plan.Expr // columns that only hand a value on
	out      []*plan.Column
	columns  map[string]*plan.Column       // of the target's table, by name
	computed []plan.Assign                 // above the table
	carried  map[*plan.Column]*plan.Column // columns that operators of the detection made → those of the translation
	records  []*event.Class                // those that the source holds, if it is a part; nil: not known
	alone    bool                          // the source is a part, and the others are not asked
	absent   map[string]bool               // columns that records lack and that get a name all the same; nil: conditions on them are decided
	lacking  []string                      // what conditions that were decided ask for
	negated  bool                          // the condition at hand stands under a not
	nullness bool                          // the value at hand is asked only whether it is there
}

// cannot is why a part of a detection has no place in the target.
type cannot struct {
	code, message, hint string
	widens              bool // leaving the part out is a way to go on
}

func (c *cannot) Error() string { return c.message }

// run returns the plan over the target's columns; what went wrong is among the losses.
func (rt *retargeting) run() plan.Node {
	d := rt.draft()
	if d == nil {
		return nil
	}
	if d.never() && len(rt.lacking) > 0 {
		rt.translation.refuse(rt.translation.Rule.LogSource.Span, "translate-no-column", "no event of %s meets the rule, for want of %s", rt.sourceName(), strings.Join(rt.lacking, ", "))
		return nil
	}
	return d.node(rt.read())
}

// read returns what reads the table, with the columns that were asked for.
func (rt *retargeting) read() *plan.Scan {
	return &plan.Scan{Table: rt.source.Table, Out: rt.out, Rest: true}
}

// draft returns the plan before it is put together; nil if something went wrong.
func (rt *retargeting) draft() *draft {
	t := rt.translation
	if !rt.tellSource() {
		return nil
	}
	if rt.unshown {
		t.note(diag.Span{}, "translate-columns", "which columns are shown, and in which order, is left to the target")
	}
	chain := rt.chain
	if rt.target.Language == "sigma" {
		chain = rt.perEvent(chain)
	}
	rt.aliases = map[*plan.Column]plan.Expr{}
	rt.carried = map[*plan.Column]*plan.Column{}
	if rt.columns == nil {
		rt.columns = map[string]*plan.Column{}
	}
	when := rt.condition()
	var where plan.Expr // of the first operator, if it is a Filter
	if len(chain) > 0 {
		if first, ok := chain[0].(*plan.Filter); ok {
			left := slices.DeleteFunc(conjunctsOf(first.Where), func(e plan.Expr) bool { return slices.Contains(rt.met, e) })
			if len(left) > 0 {
				if where = rt.filter(&plan.Filter{Where: conjunctionOf(left)}); where == nil {
					return nil
				}
			}
			chain = chain[1:]
		}
	}
	var steps []func(plan.Node) plan.Node
	for _, n := range chain {
		step := rt.step(n)
		if step == nil {
			return nil
		}
		steps = append(steps, step)
	}
	d := newDraft(when, slices.Clone(rt.computed), where, steps)
	d.simplify()
	return d
}

// condition returns the condition under which rows of the table are events of the log source and of its product; nil: always.
func (rt *retargeting) condition() plan.Expr {
	var list []plan.Expr
	if rt.source.When != nil {
		list = append(list, rt.typed(rt.source.When))
	}
	if rt.source.Feeds != nil {
		if fed := rt.fed(); fed != nil {
			list = append(list, fed)
		}
	}
	if e := rt.ofProduct(); e != nil {
		list = append(list, e)
	}
	if len(list) < 2 {
		return conjunctionOf(list)
	}
	return plan.RewriteExpr(&plan.And{List: list})
}

// ofProduct returns the condition that carries the product of the log source, nil where there is none, or says what is lost.
func (rt *retargeting) ofProduct() plan.Expr {
	t := rt.translation
	if rt.product == "" || rt.target.Language == "sigma" { // a rule states it
		return nil
	}
	e, known := rt.source.Product[rt.product]
	if known && e == nil {
		return nil // all rows are of it
	}
	if !known {
		e, known = rt.target.Product[rt.product]
	}
	span := t.Rule.LogSource.Span
	switch {
	case known && rt.o.Strict:
		e = rt.typed(e)
		t.note(span, "translate-product-carried", "the product %s is carried: %s", rt.product, plan.ExprString(e))
		return e
	case known:
		t.warn(span, "translate-product-lost", "the product %s is not carried: events of other systems are found too", rt.product).
			Hint = "--strict-logsource adds a condition for it"
	case rt.o.Strict:
		t.refuse(span, "translate-product", "%s cannot tell events of %s from others", rt.source.Table, rt.product).
			Hint = "without --strict-logsource it is left out"
	default:
		t.warn(span, "translate-product-lost", "the product %s is not carried: %s cannot tell its events from others", rt.product, rt.source.Table)
	}
	return nil
}

// step returns what an operator becomes over another input; nil if it has no place.
func (rt *retargeting) step(n plan.Node) func(plan.Node) plan.Node {
	t := rt.translation
	switch n := n.(type) {
	case *plan.Filter:
		where := rt.filter(n)
		if where == nil {
			return nil
		}
		return func(in plan.Node) plan.Node { return &plan.Filter{Input: in, Where: where, Why: n.Why} }
	case *plan.Project:
		out, ok := rt.assigns(n.Out)
		if !ok {
			return nil
		}
		return func(in plan.Node) plan.Node {
			return &plan.Project{Input: in, Extend: n.Extend, Out: out, Rest: n.Rest}
		}
	case *plan.Aggregate:
		by, ok := rt.assigns(bareAssigns(n.By))
		if !ok {
			return nil
		}
		var there []plan.Expr // what must not be missing in rows that are grouped
		if n.DropNull && rt.target.Language != "spl" {
			for _, a := range by {
				there = append(there, &plan.Not{X: &plan.IsNull{X: a.Value}})
			}
		}
		aggs := make([]plan.Agg, len(n.Aggs))
		for i, a := range n.Aggs {
			aggs[i] = a
			if aggs[i].Args, ok = rt.values(a.Args); !ok {
				return nil
			}
			if a.Where != nil {
				if aggs[i].Where = rt.truth(a.Where, false); aggs[i].Where == nil {
					return nil
				}
			}
			if aggs[i].Order, ok = rt.keys(a.Order); !ok {
				return nil
			}
			aggs[i].Column = rt.carry(a.Column)
		}
		return func(in plan.Node) plan.Node {
			if there != nil {
				in = &plan.Filter{Input: in, Where: conjunctionOf(there)}
			}
			return &plan.Aggregate{Input: in, By: by, Aggs: aggs, DropNull: n.DropNull}
		}
	case *plan.Expand:
		if ref, ok := bare(n.Lists[0].Value).(*plan.Ref); ok && len(n.Lists) == 1 && n.Index == nil {
			rt.aliases[n.Lists[0].Column] = ref
			t.note(diag.Span{}, "translate-single-values", "%s is taken for a single value", short(ref.Column.Name))
			return func(in plan.Node) plan.Node { return in }
		}
	case *plan.Sort:
		keys, ok := rt.keys(n.Keys)
		if !ok {
			return nil
		}
		return func(in plan.Node) plan.Node { return &plan.Sort{Input: in, Keys: keys, Limit: n.Limit} }
	case *plan.Limit:
		return func(in plan.Node) plan.Node { return &plan.Limit{Input: in, Skip: n.Skip, Count: n.Count} }
	}
	t.refuse(diag.Span{}, "translate-shape", "what the detection does beyond its conditions (%s) has no form in other languages", operatorName(n))
	return nil
}

// operatorName is what people call an operator.
func operatorName(n plan.Node) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan."))
}

// filter returns the condition of a Filter; nil if it was refused.
func (rt *retargeting) filter(n *plan.Filter) plan.Expr {
	where := rt.truth(n.Where, false)
	if where == nil {
		return nil
	}
	where = plan.RewriteExpr(where)
	if l, ok := where.(*plan.Literal); ok && l.Value.Bool() {
		rt.translation.refuse(diag.Span{}, "translate-nothing-left", "nothing of the condition can be said in %s", rt.source.Table)
		return nil
	}
	return where
}

func (rt *retargeting) assigns(list []plan.Assign) ([]plan.Assign, bool) {
	out := make([]plan.Assign, len(list))
	for i, a := range list {
		e, ok := rt.value(a.Value)
		if !ok {
			return nil, false
		}
		out[i] = plan.Assign{Value: e}
	}
	for i, a := range list { // all expressions see the input alone
		out[i].Column = rt.carry(a.Column)
	}
	return out, true
}

// bareAssigns returns what a search groups by without the conversions that Splunk makes.
func bareAssigns(list []plan.Assign) []plan.Assign {
	out := slices.Clone(list)
	for i := range out {
		out[i].Value = bare(out[i].Value)
	}
	return out
}

func (rt *retargeting) keys(list []plan.Key) ([]plan.Key, bool) {
	out := slices.Clone(list)
	for i := range out {
		var ok bool
		if out[i].Value, ok = rt.value(bare(out[i].Value)); !ok {
			return nil, false
		}
	}
	return out, true
}

func (rt *retargeting) values(list []plan.Expr) ([]plan.Expr, bool) {
	out := make([]plan.Expr, len(list))
	for i, e := range list {
		var ok bool
		if out[i], ok = rt.value(e); !ok {
			return nil, false
		}
	}
	return out, true
}

// carry returns the column of the translation for one that the detection makes.
func (rt *retargeting) carry(c *plan.Column) *plan.Column {
	if known := rt.carried[c]; known != nil {
		return known
	}
	made := &plan.Column{Name: c.Name, Type: c.Type}
	if name := rt.names[c]; name != "" {
		made.Name = name
	}
	rt.carried[c] = made
	return made
}

// truth returns a condition over the target's columns; nil if it was refused.
func (rt *retargeting) truth(e plan.Expr, negated bool) plan.Expr {
	list := func(list []plan.Expr) []plan.Expr {
		out := make([]plan.Expr, 0, len(list))
		for _, x := range list {
			if x = rt.truth(x, negated); x != nil {
				out = append(out, x)
			}
		}
		if len(out) < len(list) {
			return nil
		}
		return out
	}
	switch e := e.(type) {
	case *plan.And:
		if all := list(e.List); all != nil {
			return &plan.And{Marked: e.Marked, List: all}
		}
		return nil
	case *plan.Or:
		if all := list(e.List); all != nil {
			return &plan.Or{Marked: e.Marked, List: all}
		}
		return nil
	case *plan.Not:
		if x := rt.truth(e.X, !negated); x != nil {
			return &plan.Not{Marked: e.Marked, X: x}
		}
		return nil
	}
	if rt.absent == nil {
		if e = rt.decided(e, negated); isTruth(e) {
			return e
		}
	}
	rt.negated = negated
	out, err := rt.leaf(e)
	if err == nil {
		return out
	}
	t, span := rt.translation, spanOf(e)
	if rt.o.Lossy && err.widens && !negated {
		t.warn(span, err.code, "%s, and is left out: more is found", err.message)
		return &plan.Literal{Value: event.BoolValue(true), Type: schema.Bool}
	}
	d := t.refuse(span, err.code, "%s", err.message)
	switch d.Hint = err.hint; {
	case d.Hint != "" || !err.widens:
	case negated:
		d.Hint = "left out, the translation would find less: it stands under a not"
	default:
		d.Hint = "--lossy leaves it out, which finds more"
	}
	return nil
}

// spanOf returns the place of the words that an expression comes from.
func spanOf(e plan.Expr) (span diag.Span) {
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if m := e.Mark(); m != nil && span == (diag.Span{}) {
			span = m.Span
		}
		return span == diag.Span{}
	})
	return span
}

// leaf returns a condition that is no connection of others.
func (rt *retargeting) leaf(e plan.Expr) (plan.Expr, *cannot) {
	switch e := e.(type) {
	case *plan.Match:
		return rt.match(e)
	case *plan.IsNull:
		if word, err := rt.missing(e.X); word != nil || err != nil {
			return word, err
		}
		x, err := rt.presence(e.X)
		return &plan.IsNull{Marked: e.Marked, X: x}, err
	case *plan.Has:
		x, err := rt.presence(e.X)
		return &plan.Not{Marked: e.Marked, X: &plan.IsNull{X: x}}, err
	}
	return rt.expr(e)
}

// presence returns what is asked only whether it is there, so that the form of its value does not matter.
func (rt *retargeting) presence(e plan.Expr) (plan.Expr, *cannot) {
	rt.nullness = true
	defer func() { rt.nullness = false }()
	return rt.expr(e)
}

// value returns an expression that is not a condition; ok is false if it was refused.
func (rt *retargeting) value(e plan.Expr) (out plan.Expr, ok bool) {
	out, err := rt.expr(e)
	if err != nil {
		rt.translation.refuse(spanOf(e), err.code, "%s", err.message).Hint = err.hint
	}
	return out, err == nil
}

// expr returns any expression over the target's columns.
func (rt *retargeting) expr(e plan.Expr) (plan.Expr, *cannot) {
	switch e := e.(type) {
	case *plan.Ref, *plan.Field:
		if ref, ok := e.(*plan.Ref); ok && rt.aliases[ref.Column] != nil {
			return rt.expr(rt.aliases[ref.Column])
		}
		c, err := rt.place(e)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return &plan.Ref{Marked: plan.Marked{At: e.Mark()}, Column: rt.carried[e.(*plan.Ref).Column]}, nil
		}
		if !c.Same() && !rt.nullness {
			return nil, &cannot{"translate-value", "what " + nameOf(e) + " holds is written otherwise in the target, so that only plain values can be compared", "", true}
		}
		if c.Value == nil {
			return nil, rt.nowhere(e)
		}
		return rt.refer(c, e), nil
	case *plan.Match:
		return rt.match(e)
	case *plan.Everything, *plan.Fields:
		return nil, &cannot{"translate-whole-event", "the whole event cannot be named in the target", "", true}
	}
	children := plan.Children(e)
	if children == nil {
		return e, nil
	}
	out := make([]plan.Expr, len(children))
	for i, x := range children {
		var err *cannot
		if out[i], err = rt.leafOrExpr(x); err != nil {
			return nil, err
		}
	}
	return plan.WithChildren(e, out), nil
}

func (rt *retargeting) leafOrExpr(e plan.Expr) (plan.Expr, *cannot) {
	switch e.(type) {
	case *plan.IsNull, *plan.Has:
		return rt.leaf(e)
	}
	return rt.expr(e)
}

// nameOf returns what a detection calls a column or field.
func nameOf(e plan.Expr) string {
	if m := e.Mark(); m != nil && m.Field != "" {
		return m.Field
	}
	switch e := e.(type) {
	case *plan.Ref:
		return e.Column.Name
	case *plan.Field:
		return e.Name
	}
	return "the value"
}

// place returns where the target has what a Ref or Field stands for; nil, without an error, for a column that the detection
// itself makes.
func (rt *retargeting) place(e plan.Expr) (*taxonomy.TargetColumn, *cannot) {
	name := ""
	if rt.absent != nil && rt.lacks(e) {
		name = nameOf(e)
		rt.absent[name] = true
		return &taxonomy.TargetColumn{Value: &plan.Ref{Column: &plan.Column{Name: name}}}, nil
	}
	switch e := e.(type) {
	case *plan.Ref:
		if rt.carried[e.Column] != nil {
			return nil, nil
		}
		if alias := rt.aliases[e.Column]; alias != nil {
			return rt.place(alias)
		}
		if name = e.Column.Name; rt.canonical != nil {
			if native := rt.native[name]; native != "" {
				return rt.place(&plan.Field{Marked: plan.Marked{At: e.Mark()}, Name: native})
			}
			if name = rt.canonical[name]; name == "" {
				return nil, &cannot{"translate-no-column", "what the column " + short(e.Column.Name) + " of " + rt.scan.Table + " is elsewhere is not known", "", true}
			}
		}
		if c, known := rt.source.Columns[name]; known {
			if c == nil {
				return nil, rt.nowhere(e)
			}
			return c, nil
		}
	case *plan.Field:
		if c := rt.source.FieldColumn(e.Name); c != nil {
			return c, nil
		}
		if c := rt.templated(e.Name); c != nil {
			return c, nil
		}
	}
	if rt.source.Names != "" && rt.ruleName(e) == "" {
		return nil, rt.nowhere(e)
	}
	switch rt.source.Names {
	case "native":
		if c := rt.source.FieldColumn(rt.ruleName(e)); c != nil {
			return c, nil
		}
		if c := rt.templated(rt.ruleName(e)); c != nil {
			return c, nil
		}
	case "rule":
		return &taxonomy.TargetColumn{Value: &plan.Ref{Column: &plan.Column{Name: rt.ruleName(e)}}}, nil
	}
	return nil, rt.nowhere(e)
}

// ruleName returns what rules of the log source call a column or field. A mark names the field that an item begins with, which
// is another one where the item compares two.
func (rt *retargeting) ruleName(e plan.Expr) string {
	ref, ok := e.(*plan.Ref)
	if !ok {
		return e.(*plan.Field).Name
	}
	view, canonical := rt.o.Taxonomy.Sigma(rt.category, rt.product, rt.service), ref.Column.Name
	if rt.canonical != nil {
		canonical = rt.canonical[canonical]
	}
	name := nameOf(e)
	if column, _, known := view.Column(name); known && column == canonical {
		return name
	}
	for _, field := range view.Fields() {
		if column, _, _ := view.Column(field); column == canonical {
			return field
		}
	}
	if rt.canonical != nil {
		return "" // a name of another language
	}
	return name
}

func (rt *retargeting) nowhere(e plan.Expr) *cannot {
	return &cannot{"translate-no-column", rt.sourceName() + " has no column for " + nameOf(e), "", true}
}

// sourceName is what people call the source: its table, and of searches, which read one, the part.
func (rt *retargeting) sourceName() string {
	if rt.target.Language == "spl" && rt.source.Part != "" {
		return "the source " + rt.source.Part
	}
	return rt.source.Table
}

// templated returns where a native field is by the source's template; nil for nowhere.
func (rt *retargeting) templated(name string) *taxonomy.TargetColumn {
	template := rt.source.Field
	if template == "" {
		return nil
	}
	if template == "{}" {
		for _, spelled := range []string{name, strings.ReplaceAll(name, " ", "")} {
			if _, ok := rt.o.Taxonomy.TypeOf(rt.source, spelled); ok {
				return &taxonomy.TargetColumn{Value: &plan.Ref{Column: &plan.Column{Name: spelled}}}
			}
		}
		return nil
	}
	e, list := plan.ReadExprFunc(&diag.Source{Text: strings.ReplaceAll(template, "{}", name)}, func(name string) plan.Expr {
		return &plan.Ref{Column: &plan.Column{Name: name}}
	}, nil)
	if list.Failed() {
		return nil
	}
	return &taxonomy.TargetColumn{Value: e, As: name}
}

// refer returns the value of a place: a column of the table, or one computed above it.
func (rt *retargeting) refer(c *taxonomy.TargetColumn, from plan.Expr) plan.Expr {
	marked := plan.Marked{At: from.Mark()}
	if c.Note != "" {
		rt.translation.note(spanOf(from), "translate-note", "%s: %s", nameOf(from), c.Note)
	}
	if name, ok := c.Plain(); ok {
		return &plan.Ref{Marked: marked, Column: rt.column(name)}
	}
	as := c.As
	if as == "" {
		as = nameOf(from)
	}
	if _, taken := rt.o.Taxonomy.TypeOf(rt.source, as); taken && rt.source.Schema != "" {
		as += "Value"
	}
	for _, a := range rt.computed {
		if a.Column.Name == as {
			return &plan.Ref{Marked: marked, Column: a.Column}
		}
	}
	value := rt.typed(c.Value)
	made := &plan.Column{Name: as, Type: plan.TypeOf(value)}
	rt.computed = append(rt.computed, plan.Assign{Column: made, Value: value})
	return &plan.Ref{Marked: marked, Column: made}
}

// column returns a column of the target's table.
func (rt *retargeting) column(name string) *plan.Column {
	c := rt.columns[name]
	if c == nil {
		typ, _ := rt.o.Taxonomy.TypeOf(rt.source, name)
		if rt.absent[name] {
			typ = absentType
		}
		c = &plan.Column{Name: name, Type: typ}
		rt.columns[name] = c
	}
	if !slices.Contains(rt.out, c) { // another part may have asked for it
		rt.out = append(rt.out, c)
	}
	return c
}

// typed returns an expression of a target file over the columns of the table.
func (rt *retargeting) typed(e plan.Expr) plan.Expr {
	return plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		if ref, ok := e.(*plan.Ref); ok {
			return &plan.Ref{Marked: ref.Marked, Column: rt.column(ref.Column.Name)}
		}
		return e
	})
}

// tellSource says what is lost by using the source at all; false if that is too much.
func (rt *retargeting) tellSource() bool {
	t := rt.translation
	l := t.Rule.LogSource
	switch {
	case rt.source.Part != "" && rt.channels != nil: // as the detection asks
	case rt.alone && rt.o.Only != "":
		t.note(l.Span, "translate-part", "%s alone is asked, and not what others say of the same", rt.sourceName())
	case rt.alone:
		t.warn(l.Span, "translate-part", "%s alone is asked, so that what others say of the same is not found", rt.sourceName())
	case rt.source.Tell != "":
		t.note(l.Span, "translate-source", "%s", rt.source.Tell)
	}
	switch {
	case rt.source.Note == "":
	case rt.o.Lossy:
		t.warn(l.Span, "translate-source", "%s", rt.source.Note)
	default:
		t.refuse(l.Span, "translate-no-table", "%s has no table for the log source %s", rt.target.Name, rt.logSource()).
			Hint = "--lossy: " + rt.source.Note
		return false
	}
	return true
}
