package plantest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Random makes a small plan and events for its Scans. The same seed gives the same; every plan passes plan.Check and runs
// without an error, so that executors and rewrites can be compared on it.
func Random(seed uint64) (plan.Node, *Input) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x676f736861776b)), columns: 0}
	w := &world{}
	for range g.IntN(40) {
		w.events = append(w.events, g.event())
	}
	w.tables = []rule{
		{name: "all"},
		{name: "left", class: event.Class{Product: "left"}},
		{name: "right", class: event.Class{Product: "right"}, expr: &plan.IsNull{X: &plan.Field{Name: "gone"}}},
	}
	return g.relation(3), &Input{w.events, w}
}

type generator struct {
	*rand.Rand
	columns int
}

// relation is what a made node gives.
type relation struct {
	columns []*plan.Column
	open    bool
}

func over(n plan.Node) relation { return relation{n.Columns(), n.Open()} }

func (g *generator) one(in ...any) any { return in[g.IntN(len(in))] }

func (g *generator) column(t schema.Type) *plan.Column {
	g.columns++
	return &plan.Column{Name: fmt.Sprintf("c%d", g.columns), Type: t}
}

// fields are those of events, with the type that a Scan gives them.
var fields = []plan.Column{
	{Name: "id", Type: schema.Long}, {Name: "who", Type: schema.String}, {Name: "what", Type: schema.String},
	{Name: "n", Type: schema.Any}, {Name: "r", Type: schema.Real}, {Name: "yes", Type: schema.Bool},
	{Name: "at", Type: schema.Datetime}, {Name: "list", Type: schema.Dynamic},
}

func (g *generator) event() *event.Event {
	ev := &event.Event{Class: event.ClassOf(event.Class{Product: g.one("left", "right", "other").(string)})}
	for _, f := range fields {
		if g.IntN(6) == 0 {
			continue
		}
		v := g.value(f.Type)
		if f.Type == schema.String && g.IntN(8) == 0 {
			v = g.text(true)
		}
		ev.Record.Set(f.Name, v)
	}
	if g.IntN(3) == 0 {
		ev.Record.Set("extra", g.value(schema.Dynamic))
	}
	if g.IntN(4) == 0 {
		ev.Raw, ev.FreeText = []byte(g.text(true).Text()), g.IntN(2) == 0
	}
	return ev
}

var words = []string{"", "a", "b", "A", "ab", "abc", "cmd.exe", "CMD.EXE", "ä", "Ä", "a b", "-x", "/x", "1", "10.0.0.1", "k*k", "aba"}

func (g *generator) text(long bool) event.Value {
	text := words[g.IntN(len(words))]
	if long {
		text += words[g.IntN(len(words))] + words[g.IntN(len(words))]
	}
	return event.TextValue(text)
}

func (g *generator) value(t schema.Type) event.Value {
	if g.IntN(10) == 0 {
		return event.NullValue()
	}
	switch t {
	case schema.Bool:
		return event.BoolValue(g.IntN(2) == 0)
	case schema.Long:
		if g.IntN(8) == 0 {
			return event.IntValue(1<<53 + int64(g.IntN(3)))
		}
		return event.IntValue(int64(g.IntN(6)))
	case schema.Real:
		return event.FloatValue(float64(g.IntN(8)) / 2)
	case schema.String:
		return g.text(false)
	case schema.Datetime:
		return event.TimeValue(event.UnixEpoch + int64(g.IntN(300))*event.TicksPerSecond)
	}
	switch g.IntN(7) {
	case 0:
		list := []event.Value{}
		for range g.IntN(4) {
			list = append(list, g.value(schema.Any))
		}
		return event.ListValue(list...)
	case 1:
		r := &event.Record{}
		r.Set("k", g.value(schema.String))
		return event.ObjectValue(r)
	case 2:
		return event.DecimalValue(g.one("1.5", "2", "0.10", "9007199254740993").(string))
	}
	return g.value(g.one(schema.Bool, schema.Long, schema.Real, schema.String, schema.Datetime).(schema.Type))
}

func (g *generator) relation(depth int) plan.Node {
	if depth == 0 || g.IntN(8) == 0 {
		return g.scan()
	}
	switch g.IntN(14) {
	case 0:
		return g.join(depth)
	case 1:
		return g.union(depth)
	}
	in := g.relation(depth - 1)
	r := over(in)
	switch g.IntN(13) {
	case 0, 1, 2:
		return &plan.Filter{Input: in, Where: g.truth(r, 3)}
	case 3, 4:
		return g.project(in, r)
	case 5, 6:
		return g.aggregate(in, r)
	case 7:
		return g.window(in, r)
	case 8:
		return &plan.Sort{Input: in, Keys: g.keys(r), Limit: g.one(int64(-1), int64(-1), int64(0), int64(2), int64(7)).(int64)}
	case 9:
		return &plan.Limit{Input: in, Skip: int64(g.IntN(4)), Count: int64(g.IntN(12))}
	case 10:
		return g.expand(in, r)
	case 11:
		return g.lookup(in, r)
	}
	if g.IntN(3) == 0 {
		return g.trace(in, r)
	}
	if g.IntN(2) == 0 {
		if n := g.correlate(in, r); n != nil {
			return n
		}
	}
	if n := g.sequence(in, r); n != nil {
		return n
	}
	return in
}

func (g *generator) scan() plan.Node {
	n := &plan.Scan{Table: g.one("all", "left", "right").(string), Rest: g.IntN(3) == 0}
	for _, f := range fields {
		if g.IntN(3) > 0 {
			c := f
			n.Out = append(n.Out, &c)
		}
	}
	return n
}

func (g *generator) project(in plan.Node, r relation) plan.Node {
	n := &plan.Project{Input: in, Extend: g.IntN(2) == 0}
	for range g.IntN(4) {
		t := g.one(schema.String, schema.Long, schema.Any, schema.Bool).(schema.Type)
		c := g.column(t)
		if n.Extend && len(r.columns) > 0 && g.IntN(3) == 0 {
			c.Name = r.columns[g.IntN(len(r.columns))].Name
			for _, a := range n.Out {
				if a.Column.Name == c.Name {
					c = g.column(t)
					break
				}
			}
		}
		n.Out = append(n.Out, plan.Assign{Column: c, Value: g.typed(r, t, 2)})
	}
	if !n.Extend {
		for _, c := range r.columns {
			if g.IntN(2) == 0 {
				n.Out = append(n.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
			}
		}
	}
	if r.open && g.IntN(2) == 0 {
		n.Rest.Keep = true
		if g.IntN(2) == 0 {
			n.Rest.Except = []string{g.one("who", "*a*", "n", "l*t").(string)}
		}
		if g.IntN(3) == 0 {
			n.Rest.Only = []string{g.one("w*", "extra", "*").(string), "id"}
		}
	}
	return n
}

func (g *generator) aggregate(in plan.Node, r relation) plan.Node {
	n := &plan.Aggregate{Input: in, DropNull: g.IntN(3) == 0}
	for range g.IntN(3) {
		t := g.one(schema.String, schema.Any, schema.Long).(schema.Type)
		n.By = append(n.By, plan.Assign{Column: g.column(t), Value: g.typed(r, t, 1)})
	}
	for range 1 + g.IntN(3) {
		a := plan.Agg{Column: g.column(schema.Any), Func: aggregate(g.one("count", "sum", "min", "max", "make_list", "make_set", "dcount", "first").(string))}
		a.Args = []plan.Expr{g.typed(r, schema.Any, 1)}
		a.Distinct = g.IntN(4) == 0
		if g.IntN(4) == 0 {
			a.Where = g.truth(r, 2)
		}
		if g.IntN(4) == 0 {
			a.Order = g.keys(r)
		}
		n.Aggs = append(n.Aggs, a)
	}
	return n
}

func aggregate(name string) *fn.Aggregate {
	a := fn.AggregateByName(name)
	if a == nil {
		panic("plantest: the catalogue has no aggregate " + name)
	}
	return a
}

func (g *generator) window(in plan.Node, r relation) plan.Node {
	n := &plan.Window{Input: in, OrderBy: g.keys(r)}
	bound := func() int64 { return g.one(int64(-1), int64(0), int64(1), int64(3)).(int64) }
	n.Frame = plan.Frame{Preceding: bound(), Following: bound(), ExcludeCurrent: g.IntN(4) == 0}
	if at := columnOf(r, schema.Datetime); at != nil && g.IntN(2) == 0 {
		n.OrderBy = []plan.Key{{Value: &plan.Ref{Column: at}, Descending: g.IntN(2) == 0}}
		n.Frame.ByTime = true
		if n.Frame.Preceding > 0 {
			n.Frame.Preceding *= 20 * event.TicksPerSecond
		}
		if n.Frame.Following > 0 {
			n.Frame.Following *= 20 * event.TicksPerSecond
		}
	}
	for range g.IntN(2) {
		n.PartitionBy = append(n.PartitionBy, g.typed(r, schema.Any, 1))
	}
	for range 1 + g.IntN(2) {
		f := plan.WindowFunc{Column: g.column(schema.Any), Func: aggregate(g.one("count", "sum", "avg", "min", "max", "last", "values", "make_set", "dcount", "median", "make_list", "row_number", "lag", "first_row").(string))}
		if f.Func.Name != "row_number" {
			f.Args = []plan.Expr{g.typed(r, schema.Any, 1)}
		}
		n.Out = append(n.Out, f)
	}
	return n
}

func columnOf(r relation, t schema.Type) *plan.Column {
	for _, c := range r.columns {
		if c.Type == t {
			return c
		}
	}
	return nil
}

func (g *generator) keys(r relation) []plan.Key {
	var keys []plan.Key
	for range g.IntN(3) {
		keys = append(keys, plan.Key{Value: g.typed(r, schema.Any, 1), Descending: g.IntN(2) == 0, NullsFirst: g.IntN(2) == 0})
	}
	return keys
}

// give returns columns with names of their own for what a join or union gives.
func (g *generator) give(r relation) []plan.Assign {
	var out []plan.Assign
	for _, c := range r.columns {
		if g.IntN(3) > 0 {
			out = append(out, plan.Assign{Column: g.column(c.Type), Value: &plan.Ref{Column: c}})
		}
	}
	return out
}

func (g *generator) join(depth int) plan.Node {
	left, right := g.relation(depth-1), g.relation(depth-1)
	l, r := over(left), over(right)
	both := relation{append(append([]*plan.Column(nil), l.columns...), r.columns...), l.open || r.open}
	n := &plan.Join{Left: left, Right: right, Kind: plan.JoinKind(g.IntN(8))}
	for range g.IntN(3) {
		left, right := g.pair(l, r)
		n.Keys = append(n.Keys, plan.JoinKey{Left: left, Right: right})
	}
	if g.IntN(3) == 0 {
		n.On = g.truth(both, 2)
	}
	given := both
	switch n.Kind {
	case plan.Inner, plan.LeftOuter:
		n.FirstRight = g.IntN(3) == 0
	case plan.LeftSemi, plan.LeftAnti:
		given = l
	case plan.RightSemi, plan.RightAnti:
		given = r
	}
	n.Out = g.give(given)
	n.Rest.Keep = n.Left.Open() && n.Right.Open() && g.IntN(2) == 0
	return n
}

func (g *generator) union(depth int) plan.Node {
	n := &plan.Union{}
	for range g.IntN(3) {
		n.Out = append(n.Out, g.column(schema.Any))
	}
	for range 1 + g.IntN(2) {
		in := g.relation(depth - 1)
		columns := in.Columns()
		from := make([]*plan.Column, len(n.Out))
		for i := range from {
			if len(columns) > 0 && g.IntN(4) > 0 {
				from[i] = columns[g.IntN(len(columns))]
			}
		}
		n.Ins, n.From = append(n.Ins, in), append(n.From, from)
		n.Rest = n.Rest || in.Open()
	}
	n.Rest = n.Rest && g.IntN(2) == 0
	return n
}

func (g *generator) expand(in plan.Node, r relation) plan.Node {
	n := &plan.Expand{Input: in, KeepEmpty: g.IntN(2) == 0, Limit: g.one(int64(-1), int64(1), int64(2)).(int64)}
	for range 1 + g.IntN(2) {
		n.Lists = append(n.Lists, plan.Assign{Column: g.column(schema.Any), Value: g.typed(r, schema.Any, 1)})
	}
	if g.IntN(2) == 0 {
		n.Index = g.column(schema.Long)
	}
	return n
}

func (g *generator) lookup(in plan.Node, r relation) plan.Node {
	n := &plan.Lookup{Input: in, Table: &plan.Table{Name: "table", Columns: []string{"exact", "glob", "net", "n", "text"}}, Max: g.one(-1, 1, 1, 2).(int)}
	for range g.IntN(12) {
		glob := g.text(false).Text()
		if g.IntN(2) == 0 {
			glob = g.one("*", "a*", "*a", "*b*", "c*e*", "").(string) + glob
		}
		n.Table.Rows = append(n.Table.Rows, []event.Value{g.value(schema.String), event.TextValue(glob),
			event.TextValue(g.one("10.0.0.0/8", "10.0.0.1", "::/0", "none").(string)), g.value(schema.Long), g.value(schema.String)})
	}
	for range g.IntN(3) {
		k := plan.LookupKey{Value: g.typed(r, schema.Any, 1), Match: plan.LookupMatch(g.IntN(3)), Fold: g.IntN(2) == 0}
		switch k.Match {
		case plan.MatchExact:
			k.Column = g.one("exact", "n", "text").(string)
		case plan.MatchGlob:
			k.Column = "glob"
		case plan.MatchCIDR:
			k.Column, k.Fold = "net", false
		}
		n.Keys = append(n.Keys, k)
	}
	if g.IntN(3) == 0 {
		n.Min, n.Default = 1, g.text(false)
	}
	for range 1 + g.IntN(2) {
		c := g.column(schema.Any)
		if len(r.columns) > 0 && g.IntN(3) == 0 && len(n.Out) == 0 {
			c.Name = r.columns[g.IntN(len(r.columns))].Name
		}
		n.Out = append(n.Out, plan.LookupOut{Column: c, From: g.one("text", "n").(string)})
	}
	return n
}

func (g *generator) correlate(in plan.Node, r relation) plan.Node {
	at := columnOf(r, schema.Datetime)
	if at == nil {
		return nil
	}
	n := &plan.Correlate{Input: in, Time: &plan.Ref{Column: at}, Within: int64(20+g.IntN(100)) * event.TicksPerSecond}
	if g.IntN(2) == 0 {
		n.Arrival = &plan.Call{Func: fn.ByName("to_int"), Args: []plan.Expr{g.typed(r, schema.Any, 1)}}
	}
	if g.IntN(2) == 0 {
		n.Rank = g.typed(r, schema.Any, 1)
	}
	for range g.IntN(2) {
		n.By = append(n.By, plan.Assign{Column: g.column(schema.Any), Value: g.typed(r, schema.Any, 1)})
	}
	for range g.IntN(2) {
		n.Keeps = append(n.Keeps, plan.Assign{Column: g.column(schema.Any), Value: g.typed(r, schema.Any, 1)})
	}
	agg := plan.Agg{Column: g.column(schema.Any), Func: fn.AggregateByName(g.one("count", "dcount", "sum", "median", "make_list").(string)), Args: []plan.Expr{g.typed(r, schema.Any, 1)}}
	if g.IntN(2) == 0 {
		agg.Where = g.truth(r, 2)
	}
	n.Aggs = append(n.Aggs, agg)
	if g.IntN(2) == 0 {
		n.Chains = append(n.Chains, plan.Chain{Column: g.column(schema.Long), Steps: []plan.Expr{g.truth(r, 1), g.truth(r, 1)}})
	}
	n.When = g.truth(relation{columns: n.Columns()}, 2)
	return n
}

func (g *generator) trace(in plan.Node, r relation) plan.Node {
	n := &plan.Trace{Input: in, Out: []*plan.Column{g.column(schema.Any)}}
	for range g.IntN(2) {
		n.By = append(n.By, g.typed(r, schema.Any, 1))
	}
	if g.IntN(2) == 0 {
		n.Match = g.column(schema.Long)
	}
	seen := r
	for i := range 1 + g.IntN(3) {
		c := g.column(schema.Any)
		seen.columns = append(slices.Clip(seen.columns), c)
		n.Steps = append(n.Steps, plan.TraceStep{Name: fmt.Sprintf("s%d", i), Give: plan.TraceGive(g.IntN(3)), When: g.truth(seen, 2),
			Set: []plan.Expr{g.typed(seen, schema.Any, 1)}, Keep: []plan.Memory{{Column: c, Value: &plan.Ref{Column: n.Out[0]}, Empty: event.NullValue()}}})
	}
	return n
}

func (g *generator) sequence(in plan.Node, r relation) plan.Node {
	at := columnOf(r, schema.Datetime)
	if at == nil {
		return nil
	}
	n := &plan.Sequence{Input: in, Time: &plan.Ref{Column: at}, Ordered: g.IntN(2) == 0, Within: int64(20+g.IntN(100)) * event.TicksPerSecond}
	for range g.IntN(2) {
		n.By = append(n.By, g.typed(r, schema.Any, 1))
	}
	for i := range 1 + g.IntN(3) {
		c := g.column(schema.Any)
		n.Steps = append(n.Steps, plan.Step{Name: fmt.Sprintf("s%d", i), When: g.truth(r, 2), Keeps: []plan.Assign{{Column: c, Value: g.typed(r, schema.Any, 1)}}})
		n.Out = append(n.Out, c)
	}
	return n
}
