package plan

import (
	"fmt"
	"slices"
	"sync"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/schema"
)

// Check complains about everything in a plan that has no meaning: references to columns that are not there, types that do
// not fit, functions called wrongly, operators of a wrong shape. A plan without errors runs on exec. A complaint about an
// expression that somebody wrote carries the span of its mark; the source is for the caller to fill in.
func Check(n Node) diag.List {
	c := checkers.Get().(*checker)
	defer c.release()
	c.node(n)
	return c.list
}

// checker gathers complaints about a plan.
type checker struct {
	list diag.List
	done map[Node]*checked
	mark *Mark  // of the innermost marked expression
	at   string // the operator, for messages

	all   []*checked // what done has and room for more
	given []*Column  // room for the columns of nodes
}

// checkers are those not at work, with the room that they had.
var checkers = sync.Pool{New: func() any { return &checker{done: map[Node]*checked{}} }}

func (c *checker) release() {
	used := len(c.done)
	if used > maxRoom || len(c.given) > maxRoom*fewColumns {
		return
	}
	for _, of := range c.all[:used] {
		*of = checked{}
	}
	clear(c.done)
	clear(c.given)
	*c = checker{done: c.done, all: c.all, given: c.given[:0]}
	checkers.Put(c)
}

// begin notes a node that is being checked.
func (c *checker) begin(n Node) {
	at := len(c.done)
	if at == len(c.all) {
		c.all = append(c.all, &checked{})
	}
	c.done[n] = c.all[at]
}

// checked is what is known of a node.
type checked struct {
	scope  scope // what can be referred to over it
	scoped bool  // that is known
	apart  bool  // its columns all have names of their own
}

// scopeOf returns what can be referred to over a node that was checked, which is the same over one that passes on what it is given.
func (c *checker) scopeOf(n Node) scope {
	of := c.done[n]
	if of.scoped {
		return of.scope
	}
	extended, list := extends(n)
	switch in := passes(n); {
	case in != nil:
		of.scope = c.scopeOf(in)
	case extended != nil:
		columns := c.scopeOf(extended).columns
		from := len(c.given)
		c.given = appendExtended(c.given, columns, list)
		of.scope = scopeFor(slices.Clip(c.given[from:]), n.Open())
	default:
		of.scope = scopeFor(columnsOf(n, func(in Node) []*Column { return c.scopeOf(in).columns }), n.Open())
	}
	of.scoped = true
	return of.scope
}

// passes returns the input of a node that gives the same columns.
func passes(n Node) Node {
	switch n := n.(type) {
	case *Filter:
		return n.Input
	case *Sort:
		return n.Input
	case *Limit:
		return n.Input
	}
	return nil
}

func (c *checker) errorf(code, format string, args ...any) *diag.Diagnostic {
	return c.add(diag.Error, code, format, args...)
}

func (c *checker) add(severity diag.Severity, code, format string, args ...any) *diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Severity: severity, Message: fmt.Sprintf(format, args...)}
	if c.at != "" {
		d.Message = c.at + ": " + d.Message
	}
	if c.mark != nil {
		d.Span = c.mark.Span
	}
	c.list.Add(d)
	return &c.list[len(c.list)-1]
}

func (c *checker) node(n Node) {
	if n == nil {
		c.errorf("plan-missing-node", "an operator is missing")
		return
	}
	if c.done[n] != nil {
		return
	}
	c.begin(n)
	missing := false
	check := func(in Node) {
		missing = missing || in == nil
		c.node(in)
	}
	if in := inputOf(n); in != nil {
		check(in)
	} else {
		for _, in := range n.Inputs() {
			check(in)
		}
	}
	if missing {
		return // what it gives cannot be said
	}
	c.at, c.mark = Operator(n), nil
	switch n := n.(type) {
	case *Scan:
		if n.Table == "" {
			c.errorf("plan-no-table", "the table has no name")
		}
	case *Values:
		c.values(n)
	case *Filter:
		c.truth(c.scopeOf(n.Input), n.Where)
	case *Project:
		c.assigns(c.scopeOf(n.Input), n.Out)
		c.rest(n.Rest)
	case *Aggregate:
		c.aggregate(n)
	case *Window:
		c.window(n)
	case *Sort:
		c.keys(c.scopeOf(n.Input), n.Keys)
		if n.Limit < -1 {
			c.errorf("plan-bad-count", "a limit of %d", n.Limit)
		}
	case *Limit:
		if n.Count < 0 || n.Skip < 0 {
			c.errorf("plan-bad-count", "a count of %d behind %d", n.Count, n.Skip)
		}
	case *Join:
		c.join(n)
	case *Union:
		c.union(n)
	case *Expand:
		c.assigns(c.scopeOf(n.Input), n.Lists)
		if len(n.Lists) == 0 {
			c.errorf("plan-empty", "no list is expanded")
		}
		if n.Limit < -1 {
			c.errorf("plan-bad-count", "a limit of %d", n.Limit)
		}
		if n.Index != nil {
			c.fits(func() string { return "the index" }, schema.Long, n.Index)
		}
	case *Lookup:
		c.lookup(n)
	case *Sequence:
		c.sequence(n)
	case *Correlate:
		c.correlate(n)
	case *Trace:
		c.trace(n)
	}
	c.mark = nil
	c.output(n)
}

// Operator returns the word that a node begins with in the text of a plan.
func Operator(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return "scan"
	case *Values:
		return "values"
	case *Filter:
		return "filter"
	case *Project:
		if n.Extend {
			return "extend"
		}
		return "project"
	case *Aggregate:
		return "aggregate"
	case *Window:
		return "window"
	case *Sort:
		return "sort"
	case *Limit:
		return "limit"
	case *Join:
		return "join"
	case *Union:
		return "union"
	case *Expand:
		return "expand"
	case *Lookup:
		return "lookup"
	case *Sequence:
		return "sequence"
	case *Correlate:
		return "correlate"
	case *Trace:
		return "trace"
	}
	return "nothing"
}

// output checks that what a node gives has columns that can be told apart by name.
func (c *checker) output(n Node) {
	of := c.done[n]
	if in := passes(n); in != nil && c.done[in].apart {
		of.apart = true
		return
	}
	if in, list := extends(n); in != nil && c.done[in].apart && differ(list) {
		of.apart = true // a new column stands in the place of one of its name
		return
	}
	complaints := len(c.list)
	columns := c.scopeOf(n).columns
	if of.apart = apart(columns); of.apart {
		return
	}
	seen := make(map[string]bool, len(columns))
	for _, column := range columns {
		switch {
		case column == nil:
			c.errorf("plan-missing-column", "a column is missing")
		case seen[column.Name]:
			c.errorf("plan-duplicate-column", "two columns are called `%s`", column.Name).Hint = "give one of them another name"
		default:
			seen[column.Name] = true
		}
	}
	of.apart = len(c.list) == complaints
}

// apart says whether a few columns are there and have different names; of many it does not say.
func apart(columns []*Column) bool {
	if len(columns) > fewColumns {
		return false
	}
	for i, c := range columns {
		if c == nil || slices.ContainsFunc(columns[:i], func(o *Column) bool { return o.Name == c.Name }) {
			return false
		}
	}
	return true
}

// extends returns the input of a node that gives the columns of its input and others that replace those of their names.
func extends(n Node) (in Node, list []Assign) {
	switch n := n.(type) {
	case *Project:
		if n.Extend {
			return n.Input, n.Out
		}
	case *Lookup:
		return n.Input, n.assigned()
	case *Expand:
		if n.Index == nil {
			return n.Input, n.Lists
		}
	}
	return nil, nil
}

// fewAssigns is the number up to which comparing each with each is faster than a table.
const fewAssigns = 16

// differ says of a few assignments whether their columns have different names; of many it does not say.
func differ(list []Assign) bool {
	for i, a := range list {
		if a.Column == nil || i >= fewAssigns {
			return false
		}
		for _, other := range list[:i] {
			if other.Column.Name == a.Column.Name {
				return false
			}
		}
	}
	return true
}

func (c *checker) values(n *Values) {
	for i, row := range n.Rows {
		if len(row) != len(n.Out) {
			c.errorf("plan-row-width", "row %d has %d values for %d columns", i+1, len(row), len(n.Out))
			continue
		}
		for j, v := range row {
			if n.Out[j] != nil && !holds(n.Out[j].Type, v.Kind()) {
				c.errorf("plan-type", "row %d has a %s in column `%s`, which is a %s", i+1, v.Kind(), n.Out[j].Name, n.Out[j].Type)
			}
		}
	}
}

func (c *checker) rest(r Rest) {
	if !r.Keep && (len(r.Except) > 0 || len(r.Only) > 0) {
		c.errorf("plan-rest", "names of a rest are given that is not kept")
	}
}

func (c *checker) assigns(s scope, list []Assign) {
	for _, a := range list {
		t, ok := c.expr(s, a.Value)
		if a.Column == nil {
			c.errorf("plan-missing-column", "a column is missing")
		} else if ok {
			c.fits(func() string { return "`" + ExprString(a.Value) + "`" }, t, a.Column)
		}
	}
}

// fits complains where values of a type cannot stand in a column.
func (c *checker) fits(what func() string, t schema.Type, column *Column) {
	if !assignable(t, column.Type) {
		c.errorf("plan-type", "%s is a %s and cannot be column `%s`, which is a %s", what(), t, column.Name, column.Type)
	}
}

func (c *checker) keys(s scope, keys []Key) {
	for _, k := range keys {
		c.expr(s, k.Value)
	}
}

func (c *checker) aggregate(n *Aggregate) {
	s := c.scopeOf(n.Input)
	c.aggs(s, n.Aggs)
	c.assigns(s, n.By)
}

func (c *checker) aggs(s scope, list []Agg) {
	for _, a := range list {
		if a.Where != nil {
			c.truth(s, a.Where)
		}
		c.keys(s, a.Order)
		if a.Func == nil {
			c.errorf("plan-missing-function", "an aggregate is missing")
			continue
		}
		if a.Func.Ranking {
			c.errorf("plan-ranking", "`%s` is for windows only", a.Func.Name)
		}
		c.arguments(s, a.Func.Name, a.Func.Params, a.Args)
		if t, ok := schema.TypeOf(a.Func.Result); ok && a.Column != nil {
			c.fits(func() string { return "`" + a.Func.Name + "`" }, t, a.Column)
		}
	}
}

func (c *checker) window(n *Window) {
	s := c.scopeOf(n.Input)
	for _, e := range n.PartitionBy {
		c.expr(s, e)
	}
	c.keys(s, n.OrderBy)
	if n.Frame.Preceding < -1 || n.Frame.Following < -1 {
		c.errorf("plan-bad-count", "a frame reaches from %d to %d", n.Frame.Preceding, n.Frame.Following)
	}
	if n.Frame.ByTime && len(n.OrderBy) == 0 {
		c.errorf("plan-frame", "a frame of time needs an order")
	}
	for _, f := range n.Out {
		if f.Func == nil {
			c.errorf("plan-missing-function", "a function is missing")
			continue
		}
		c.arguments(s, f.Func.Name, f.Func.Params, f.Args)
		if t, ok := schema.TypeOf(f.Func.Result); ok && f.Column != nil {
			c.fits(func() string { return "`" + f.Func.Name + "`" }, t, f.Column)
		}
	}
}

func (c *checker) join(n *Join) {
	left, right := c.scopeOf(n.Left), c.scopeOf(n.Right)
	if int(n.Kind) >= len(joinKinds) {
		c.errorf("plan-join", "a join of an unknown kind")
		return
	}
	for _, k := range n.Keys {
		l, okL := c.expr(left, k.Left)
		r, okR := c.expr(right, k.Right)
		if okL && okR && !comparable(l, r) {
			c.errorf("plan-type", "a key compares a %s with a %s", l, r)
		}
	}
	both := scope{columns: append(slices.Clip(left.columns), right.columns...), open: left.open || right.open}
	shared := left.shares(right)
	one := map[JoinKind]scope{LeftSemi: left, LeftAnti: left, RightSemi: right, RightAnti: right}
	given, half := one[n.Kind]
	if !half {
		given = both
	}
	if shared && (n.On != nil || !half) {
		c.errorf("plan-shared-columns", "both inputs have the same columns, which cannot be told apart").Hint = "project one of the inputs to columns of its own"
	}
	if n.On != nil {
		c.truth(both, n.On)
	}
	if n.FirstRight && n.Kind != Inner && n.Kind != LeftOuter {
		c.errorf("plan-join", "only an inner or left join can take the first row of the right")
	}
	c.assigns(given, n.Out)
	c.rest(n.Rest)
}

func (c *checker) union(n *Union) {
	if len(n.Ins) == 0 {
		c.errorf("plan-empty", "no input is given")
	}
	if len(n.From) != len(n.Ins) {
		c.errorf("plan-union", "%d inputs have %d lists of columns", len(n.Ins), len(n.From))
		return
	}
	for i, from := range n.From {
		if len(from) != len(n.Out) {
			c.errorf("plan-union", "input %d gives %d columns of %d", i+1, len(from), len(n.Out))
			continue
		}
		s := c.scopeOf(n.Ins[i])
		for j, column := range from {
			if column == nil || n.Out[j] == nil {
				continue
			}
			c.in(s, column)
			c.fits(func() string { return "`" + column.Name + "`" }, column.Type, n.Out[j])
		}
	}
}

func (c *checker) sequence(n *Sequence) {
	s := c.scopeOf(n.Input)
	if t, ok := c.expr(s, n.Time); ok && !assignable(t, schema.Datetime) {
		c.errorf("plan-type", "the time of a sequence is a %s", t)
	}
	for _, e := range n.By {
		c.expr(s, e)
	}
	if n.Within < -1 {
		c.errorf("plan-bad-count", "a sequence within %d ticks", n.Within)
	}
	if len(n.Steps) == 0 {
		c.errorf("plan-empty", "no step is given")
	}
	kept := map[*Column]bool{}
	for _, step := range n.Steps {
		c.truth(s, step.When)
		c.assigns(s, step.Keeps)
		for _, a := range step.Keeps {
			kept[a.Column] = true
		}
	}
	given := map[*Column]bool{}
	for _, column := range n.Out {
		given[column] = true
		if column != nil && !kept[column] {
			c.errorf("plan-unknown-column", "no step keeps column `%s`", column.Name)
		}
	}
	for column := range kept {
		if column != nil && !given[column] {
			c.errorf("plan-unknown-column", "a step keeps column `%s`, which is not given", column.Name)
		}
	}
}

func (c *checker) correlate(n *Correlate) {
	s := c.scopeOf(n.Input)
	if t, ok := c.expr(s, n.Time); ok && !assignable(t, schema.Datetime) {
		c.errorf("plan-type", "the time of a correlation is a %s", t)
	}
	if n.Arrival != nil {
		if t, ok := c.expr(s, n.Arrival); ok && !assignable(t, schema.Long) {
			c.errorf("plan-type", "the arrival of events is a %s", t)
		}
	}
	if n.Rank != nil {
		c.expr(s, n.Rank)
	}
	if n.Within < -1 {
		c.errorf("plan-bad-count", "a correlation within %d ticks", n.Within)
	}
	c.assigns(s, n.By)
	c.assigns(s, n.Keeps)
	c.aggs(s, n.Aggs)
	for _, a := range n.Aggs {
		if a.Distinct || len(a.Order) > 0 {
			c.errorf("plan-correlate", "an aggregate of a correlation takes every event once, in the order of time")
		}
	}
	for _, chain := range n.Chains {
		if len(chain.Steps) == 0 {
			c.errorf("plan-empty", "no step is given")
		}
		for _, step := range chain.Steps {
			c.truth(s, step)
		}
		if chain.Column != nil {
			c.fits(func() string { return "a chain" }, schema.Long, chain.Column)
		}
	}
	if n.When == nil {
		c.errorf("plan-empty", "no condition is given")
		return
	}
	c.truth(scopeFor(n.Columns(), false), n.When)
}

func (c *checker) trace(n *Trace) {
	s := c.scopeOf(n.Input)
	for _, e := range n.By {
		c.expr(s, e)
	}
	if len(n.Steps) == 0 {
		c.errorf("plan-empty", "no step is given")
	}
	if n.Match != nil {
		c.fits(func() string { return "the number of the match" }, schema.Long, n.Match)
	}
	known, row := slices.Clone(s.columns), append(slices.Clone(s.columns), n.Out...)
	for _, step := range n.Steps {
		if int(step.Give) >= len(traceGives) {
			c.errorf("plan-trace", "step %q gives rows of an unknown kind", step.Name)
		}
		for _, m := range step.Keep {
			if m.Column == nil {
				c.errorf("plan-missing-column", "a column is missing")
				continue
			}
			if t, ok := c.expr(scopeFor(row, s.open), m.Value); ok {
				c.fits(func() string { return "what step " + step.Name + " remembers" }, t, m.Column)
			}
			if !holds(m.Column.Type, m.Empty.Kind()) {
				c.errorf("plan-type", "a %s stands for column `%s`, which is a %s", m.Empty.Kind(), m.Column.Name, m.Column.Type)
			}
			known = append(known, m.Column)
		}
		seen := scopeFor(slices.Clone(known), s.open)
		c.truth(seen, step.When)
		if len(step.Set) != len(n.Out) {
			c.errorf("plan-trace", "step %q sets %d columns of %d", step.Name, len(step.Set), len(n.Out))
			continue
		}
		for i, e := range step.Set {
			if t, ok := c.expr(seen, e); ok && n.Out[i] != nil {
				c.fits(func() string { return "`" + ExprString(e) + "`" }, t, n.Out[i])
			}
		}
	}
}

// holds says whether a column of a type can hold values of a kind.
func holds(t schema.Type, k event.Kind) bool {
	return k == event.Null || t.Kind() == event.Null || t.Kind() == k
}

// assignable says whether values of a type can stand where another type is wanted.
func assignable(from, to schema.Type) bool {
	return from == to || loose(from) || loose(to) || numeric(from) && numeric(to) || from.Kind() == event.Text && to.Kind() == event.Text
}

func loose(t schema.Type) bool { return t == schema.Any || t == schema.Dynamic }

func numeric(t schema.Type) bool {
	switch t {
	case schema.Int, schema.Long, schema.Real, schema.Decimal:
		return true
	}
	return false
}

// comparable says whether values of two types can ever compare.
func comparable(a, b schema.Type) bool { return assignable(a, b) }
