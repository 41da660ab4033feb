package plan

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
)

func (r *reader) plan() Node {
	r.enter()
	defer r.leave()
	n := r.source()
	r.keep(n)
	for r.accept("|") {
		n = r.stage(n)
		r.keep(n)
	}
	return n
}

// keep notes what is whole of the outermost plan.
func (r *reader) keep(n Node) {
	if r.depth == 1 {
		r.best = n
	}
}

func (r *reader) source() Node {
	switch {
	case r.accept("scan"):
		table, _ := r.name()
		return &Scan{Table: table, Out: r.definitions(), Rest: r.accept("open")}
	case r.accept("values"):
		return &Values{Out: r.definitions(), Rows: r.rows()}
	case r.accept("union"):
		return r.union()
	case r.accept("join"):
		return r.join()
	}
	r.wanted("`scan`, `values`, `union` or `join`")
	return nil
}

// rows reads rows of literals as long as there are any.
func (r *reader) rows() (rows [][]event.Value) {
	for more := r.is("("); more; more = r.accept(",") {
		row := []event.Value{}
		r.listOf("(", ")", func() { row = append(row, r.value()) })
		rows = append(rows, row)
	}
	return rows
}

func (r *reader) input() Node {
	r.expect("(")
	n := r.plan()
	r.expect(")")
	return n
}

func (r *reader) union() Node {
	n := &Union{Out: r.definitions(), Rest: r.accept("open")}
	for r.is("(") {
		n.Ins = append(n.Ins, r.input())
		from := []*Column{}
		r.expect("from")
		r.listOf("[", "]", func() {
			if r.accept("null") {
				from = append(from, nil)
			} else {
				from = append(from, r.column())
			}
		})
		n.From = append(n.From, from)
	}
	return n
}

func (r *reader) join() Node {
	n := &Join{Kind: r.joinKind()}
	n.Left = r.input()
	n.Right = r.input()
	if r.accept("on") {
		for more := true; more; more = r.accept(",") {
			k := JoinKey{Left: r.operand()}
			r.expect("==")
			k.Right = r.operand()
			n.Keys = append(n.Keys, k)
		}
	}
	if r.accept("where") {
		n.On = r.expr()
	}
	n.FirstRight = r.accept("first")
	r.expect("give")
	n.Out = r.assigns()
	n.Rest = r.rest()
	return n
}

func (r *reader) joinKind() JoinKind {
	for kind := len(joinKinds) - 1; kind >= 0; kind-- { // two words before the one they begin with
		if r.accept(strings.Fields(joinKinds[kind])...) {
			return JoinKind(kind)
		}
	}
	r.wanted("a kind of join (" + strings.Join(joinKinds[:], ", ") + ")")
	return Inner
}

// stageWords are the words that begin a stage.
var stageWords = []string{"filter", "project", "extend", "aggregate", "window", "sort", "limit", "expand", "lookup", "sequence", "correlate", "trace"}

func (r *reader) stage(in Node) Node {
	switch {
	case r.accept("filter"):
		n := &Filter{Input: in, Where: r.expr()}
		if r.accept("because") {
			n.Why = r.text()
		}
		return n
	case r.accept("project"):
		return &Project{Input: in, Out: r.assigns(), Rest: r.rest()}
	case r.accept("extend"):
		return &Project{Input: in, Extend: true, Out: r.assigns(), Rest: r.rest()}
	case r.accept("aggregate"):
		return r.aggregateStage(in)
	case r.accept("window"):
		return r.windowStage(in)
	case r.accept("sort"):
		n := &Sort{Input: in, Keys: r.keys(), Limit: -1}
		if r.accept("limit") {
			n.Limit = r.integer()
		}
		return n
	case r.accept("limit"):
		n := &Limit{Input: in, Count: r.integer()}
		if r.accept("skip") {
			n.Skip = r.integer()
		}
		return n
	case r.accept("expand"):
		n := &Expand{Input: in, Lists: r.assigns(), Limit: -1}
		if r.accept("index") {
			n.Index = r.definition()
		}
		n.KeepEmpty = r.accept("keep", "empty")
		if r.accept("limit") {
			n.Limit = r.integer()
		}
		return n
	case r.accept("lookup"):
		return r.lookupStage(in)
	case r.accept("sequence"):
		return r.sequenceStage(in)
	case r.accept("correlate"):
		return r.correlateStage(in)
	case r.accept("trace"):
		return r.traceStage(in)
	}
	t := r.peek()
	if t.kind != nameToken {
		r.wanted("an operator")
	}
	d := r.list.Errorf(r.src, t.span, "plan-unknown-operator", "unknown operator `%s`", t.text)
	if near := diag.Nearest(t.text, stageWords); near != "" {
		d.Hint = "did you mean `" + near + "`?"
	}
	panic(stop{})
}

func (r *reader) aggregateStage(in Node) Node {
	n := &Aggregate{Input: in, Aggs: r.aggs()}
	if r.accept("by") {
		n.By = r.assigns()
	}
	n.DropNull = r.accept("drop", "null")
	return n
}

func (r *reader) aggs() (list []Agg) {
	r.listOf("[", "]", func() {
		a := Agg{Column: r.definition()}
		r.expect("=")
		a.Func = r.aggregate()
		r.expect("(")
		if r.is("distinct") && !r.ahead(1, ",") && !r.ahead(1, ")") {
			a.Distinct = r.accept("distinct")
		}
		a.Args = r.exprs(")")
		if r.accept("where") {
			a.Where = r.expr()
		}
		if r.accept("order") {
			a.Order = r.keys()
		}
		list = append(list, a)
	})
	return list
}

func (r *reader) correlateStage(in Node) Node {
	n := &Correlate{Input: in}
	r.expect("within")
	n.Within = r.bound(true)
	r.expect("of")
	n.Time = r.operand()
	if r.accept("arrival") {
		n.Arrival = r.operand()
	}
	if r.accept("rank") {
		n.Rank = r.operand()
	}
	if r.accept("by") {
		n.By = r.assigns()
	}
	if r.accept("keep") {
		n.Keeps = r.assigns()
	}
	if r.accept("measure") {
		n.Aggs = r.aggs()
	}
	for r.accept("chain") {
		c := Chain{Column: r.definition()}
		r.expect("=")
		r.expect("(")
		c.Steps = r.exprs(")")
		n.Chains = append(n.Chains, c)
	}
	r.expect("when")
	n.When = r.expr()
	return n
}

func (r *reader) windowStage(in Node) Node {
	n := &Window{Input: in}
	r.listOf("[", "]", func() {
		f := WindowFunc{Column: r.definition()}
		r.expect("=")
		f.Func = r.aggregate()
		r.expect("(")
		f.Args = r.exprs(")")
		n.Out = append(n.Out, f)
	})
	if r.accept("partition") {
		r.expect("(")
		n.PartitionBy = r.exprs(")")
	}
	if r.accept("order") {
		n.OrderBy = r.keys()
	}
	switch {
	case r.accept("rows"):
	case r.accept("time"):
		n.Frame.ByTime = true
	default:
		r.wanted("`rows` or `time`")
	}
	n.Frame.Preceding = r.bound(n.Frame.ByTime)
	r.expect("to")
	n.Frame.Following = r.bound(n.Frame.ByTime)
	n.Frame.ExcludeCurrent = r.accept("without", "current")
	return n
}

func (r *reader) bound(time bool) int64 {
	switch {
	case r.accept("all"):
		return -1
	case time:
		return r.timespan()
	}
	return r.integer()
}

func (r *reader) sequenceStage(in Node) Node {
	n := &Sequence{Input: in, Ordered: r.accept("ordered")}
	r.expect("within")
	n.Within = r.timespan()
	r.expect("of")
	n.Time = r.expr()
	if r.accept("by") {
		r.expect("(")
		n.By = r.exprs(")")
	}
	for r.accept("step") {
		s := Step{Name: r.text()}
		r.expect("when")
		s.When = r.expr()
		if r.accept("keep") {
			s.Keeps = r.assigns()
		}
		n.Steps = append(n.Steps, s)
	}
	r.expect("give")
	r.listOf("[", "]", func() { n.Out = append(n.Out, r.column()) })
	return n
}

func (r *reader) traceStage(in Node) Node {
	n := &Trace{Input: in}
	if r.accept("by") {
		r.expect("(")
		n.By = r.exprs(")")
	}
	n.Out = r.definitions()
	if r.accept("match") {
		n.Match = r.definition()
	}
	for r.accept("step") {
		s := TraceStep{Name: r.text()}
		switch {
		case r.accept("all"):
		case r.accept("last"):
			s.Give = GiveLast
		case r.accept("none"):
			s.Give = GiveNone
		default:
			r.wanted("`all`, `last` or `none`")
		}
		r.expect("keep")
		r.listOf("[", "]", func() {
			m := Memory{Column: r.definition()}
			r.expect("=")
			m.Value = r.expr()
			r.expect("else")
			m.Empty = r.value()
			s.Keep = append(s.Keep, m)
		})
		r.expect("when")
		s.When = r.operand()
		r.expect("set")
		r.expect("(")
		s.Set = r.exprs(")")
		n.Steps = append(n.Steps, s)
	}
	return n
}
