package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "transaction", aliases: []string{"transam"}, doc: "Puts events that belong together into one row.",
	parse: func(a *args) stage {
		s := &transactionStage{at: a.nameAt()}
		known := []string{"maxspan", "maxpause", "maxevents", "startswith", "endswith", "connected", "keepevicted", "keeporphans", "unifyends", "mvlist", "delim", "nullstr", "mvraw", "maxopentxn", "maxopenevents", "name"}
		for a.commas(); !a.done(); a.commas() {
			a.blank()
			if name := strings.ToLower(a.text[a.pos:a.bare()]); name == "startswith" || name == "endswith" {
				back := a.pos
				a.pos = a.bare()
				if a.accept('=') {
					m, ok := a.boundary()
					if !ok {
						return nil
					}
					if name == "startswith" {
						s.starts = m
					} else {
						s.ends = m
					}
					continue
				}
				a.pos = back
			}
			name, v, ok := a.option(known...)
			if !ok {
				if a.unknownOption(known...) {
					return nil
				}
				f, isName := a.value()
				if !isName {
					break
				}
				s.by = append(s.by, f)
				continue
			}
			switch name {
			case "maxspan":
				s.span = a.seconds(v)
			case "maxpause":
				s.pause = a.seconds(v)
			case "maxevents":
				s.events = intLiteral(a.count(v))
			case "keepevicted":
				s.evicted = a.yes(v)
			case "mvlist":
				s.each = a.yes(v)
			case "connected":
				s.apart = !a.yes(v)
			case "keeporphans":
				if a.yes(v) {
					a.errorf(v.span, "spl-option", "keeporphans=true is not run: events without any of the fields are left out")
				}
			case "unifyends", "delim", "nullstr", "mvraw", "maxopentxn", "maxopenevents":
			case "name":
				a.errorf(v.span, "spl-option", "transaction types are not run")
				return nil
			}
		}
		a.rest()
		return s
	},
})

type transactionStage struct {
	by                  []value
	span, pause, events plan.Expr
	starts, ends        *boundary
	evicted             bool
	each                bool // the values of each event, not the different values
	apart               bool // connected=false: events need not share a field
	at                  diag.Span
}

// boundary is a condition on the first or the last event: a search or an eval expression.
type boundary struct {
	search condition
	x      expr
	at     diag.Span
}

func (a *args) boundary() (*boundary, bool) {
	start := a.here()
	if a.is("eval") {
		a.keyword("eval")
		inner, ok := a.group()
		if !ok {
			return nil, false
		}
		x := inner.eval()
		inner.rest()
		return &boundary{x: x, at: start}, x != nil
	}
	if inner, ok := a.group(); ok {
		c := inner.search()
		return &boundary{search: c, at: start}, c != nil
	}
	v, ok := a.value()
	if !ok {
		a.errorf(start, "spl-transaction", "a condition must stand here")
		return nil, false
	}
	return &boundary{search: &term{value: v, at: v.span}, at: start}, true
}

// seconds reads a span of time such as 5m.
func (a *args) seconds(v value) plan.Expr {
	text := v.text
	if text == "-1" {
		return nil
	}
	s, ok := timeSpan(text)
	if !ok {
		a.errorf(v.span, "spl-span", "%s is no span of time", clip(text)).Hint = "write a number and a unit, such as 5m"
		return nil
	}
	end := fn.ByName("spl_relative_time").Eval([]event.Value{event.IntValue(0), event.TextValue("+" + s)})
	return &plan.Literal{Value: end}
}

func (s *transactionStage) lower(l *lowering, in *relation) *relation {
	r := in.clone()
	l.arrange(r)
	t := l.field(r, "_time", s.at)
	if !r.raw { // rows in another order, such as those of tstats
		r.node = &plan.Sort{Input: r.node, Keys: []plan.Key{{Value: t, Descending: true}}, Limit: -1}
	}
	l.find(r, "_raw")
	var keys []key
	for _, v := range s.by {
		keys = append(keys, key{v.text, l.field(r, v.text, v.span)})
	}
	when := func(b *boundary) plan.Expr {
		if b == nil {
			return null()
		}
		var truth plan.Expr
		if b.x != nil {
			truth = l.holds(b.x, r, true)
		} else {
			truth = (&matcher{lowering: l, in: r, clause: "transaction"}).test(b.search)
		}
		return &plan.Case{Arms: []plan.Arm{{When: truth, Then: boolLiteral(true)}}, Else: boolLiteral(false)}
	}
	starts, ends := when(s.starts), when(s.ends)
	l.everything(r)
	number, first := l.column("transaction", schema.Long), l.column("starts", schema.Any)
	window := &plan.Window{Input: r.node, Frame: plan.Frame{Preceding: -1}}
	// Of one field, a transaction has one value. Of several, an event need not have all.
	oneByOne := len(keys) > 1 || s.apart && len(keys) > 0
	if len(keys) == 1 && !oneByOne {
		window.PartitionBy = []plan.Expr{textKey(keys[0].x)}
		window.Input = &plan.Filter{Input: r.node, Where: &plan.Not{X: &plan.IsNull{X: keys[0].x}}}
	}
	or := func(e plan.Expr) plan.Expr {
		if e == nil {
			return null()
		}
		return e
	}
	window.Out = []plan.WindowFunc{{Column: number, Func: fn.AggregateByName("spl_transaction"), Args: []plan.Expr{t, or(s.span), or(s.pause), or(s.events), starts, ends}}}
	if oneByOne {
		window.Out[0].Func = fn.AggregateByName("spl_transaction_fields")
		window.Out[0].Args = append(window.Out[0].Args, boolLiteral(!s.apart))
		for _, k := range keys {
			window.Out[0].Args = append(window.Out[0].Args, textKey(k.x))
		}
	}
	rows := &plan.Project{Input: &plan.Filter{Input: window, Where: &plan.Not{X: &plan.IsNull{X: &plan.Ref{Column: number}}}}, Extend: true, Out: []plan.Assign{{Column: first, Value: starts}}}

	group := &plan.Aggregate{Input: rows}
	out := &relation{by: "transaction"}
	if !oneByOne {
		for _, k := range keys {
			c := l.column(k.name, schema.Any)
			group.By = append(group.By, plan.Assign{Column: c, Value: textKey(k.x)})
			out.set(k.name, &plan.Ref{Column: c})
			out.logged.put(k.name, true)
		}
	}
	group.By = append(group.By, plan.Assign{Column: l.column("transaction", schema.Long), Value: &plan.Ref{Column: number}})
	add := func(name, kernel string, args ...plan.Expr) *plan.Ref {
		agg := (&aggregation{lowering: l, time: null()}).kernel(kernel, args...)
		agg.Column = l.column(name, schema.Any)
		group.Aggs = append(group.Aggs, agg)
		return &plan.Ref{Column: agg.Column}
	}
	early, late := add("_time", "min", t), add("last", "max", t)
	count := add("eventcount", "count")
	begun := add("begun", "max", &plan.Case{Arms: []plan.Arm{{When: &plan.Compare{Op: plan.Equal, Left: &plan.Ref{Column: first}, Right: boolLiteral(true)}, Then: intLiteral(1)}}, Else: intLiteral(0)})
	var named []plan.Expr
	for _, name := range r.names {
		if name != "_time" && out.fields.of(name) == nil {
			named = append(named, textLiteral(name), r.fields.of(name))
		}
	}
	object := apply("object", named...)
	if r.star != nil {
		object = apply("merge", object, l.others(r))
	}
	gathered := add("objects", "make_list", object)
	out.node = group
	if s.starts != nil && !s.evicted {
		out.node = &plan.Filter{Input: out.node, Where: &plan.Compare{Op: plan.Equal, Left: begun, Right: intLiteral(1)}}
	}
	out.set("_time", early)
	all := l.column("*", schema.Dynamic)
	closed, duration := l.column("closed_txn", schema.Any), l.column("duration", schema.Any)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{
		{Column: all, Value: apply("spl_gather_fields", gathered, boolLiteral(s.each))},
		{Column: duration, Value: apply("spl_subtract", late, early)},
		{Column: closed, Value: begun},
	}}
	out.set("duration", &plan.Ref{Column: duration})
	out.set("eventcount", count)
	out.set("closed_txn", &plan.Ref{Column: closed})
	star := plan.Expr(&plan.Ref{Column: all})
	for _, name := range r.names {
		if name != "_time" && out.fields.of(name) == nil {
			out.set(name, apply("get_field", star, textLiteral(name)))
		}
	}
	if r.star != nil {
		out.star = star
	}
	out.raw, out.arranged = r.raw, true
	return out
}
