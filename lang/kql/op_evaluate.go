package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "evaluate", doc: "gives the rows to a plugin", source: true, pipes: true,
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		n := p.name()
		if n == nil || !p.is("(") {
			return nil
		}
		e := &evaluateStage{call: &call{fn: n, args: p.arguments()}}
		e.call.at = p.from(n.Start)
		if p.accept(":") { // the columns that come out, as the author knows them
			e.declared = true
			if p.is("(") {
				m := p.mark()
				p.take()
				if p.accept("*") { // those that went in stay
					e.more = true
					if p.accept(",") {
						e.columns = p.columnList()
					}
					p.expect(")")
				} else {
					p.back(m)
					e.columns = p.columns()
				}
			}
		}
		return e
	},
})

// columnList reads a:string, b:long.
func (p *parser) columnList() []colDecl {
	var list []colDecl
	p.list_(func() bool {
		n := p.name()
		if n == nil || !p.expect(":") {
			return false
		}
		list = append(list, colDecl{n, p.typ()})
		return true
	})
	return list
}

type evaluateStage struct {
	call     *call
	declared bool
	more     bool
	columns  []colDecl
}

// plugin is one that evaluate knows.
type plugin struct {
	bind func(b *binder, e *evaluateStage, in *relation) *relation
	doc  string // one sentence
	// source says that it takes no rows.
	source bool
	// refused says why it is not run; bind is nil then.
	refused string
}

var plugins = map[string]*plugin{}

func definePlugin(word string, p plugin) *plugin {
	plugins[word] = &p
	return &p
}

func (e *evaluateStage) bind(b *binder, st *stage, in *relation) *relation {
	p := plugins[e.call.fn.text]
	if p == nil {
		d := b.errorf(e.call.fn.span(), "unknown-plugin", "KS213", "there is no plugin `%s`", e.call.fn.text)
		var names []string
		for n := range plugins {
			names = append(names, n)
		}
		hintNearest(d, e.call.fn.text, names)
		return nil
	}
	if p.refused != "" {
		b.errorf(e.call.fn.span(), "refused", "", "the plugin %s is not run: %s", e.call.fn.text, p.refused)
		return nil
	}
	if in == nil && !p.source {
		b.errorf(st.word, "rows-wanted", "KS176", "%s needs rows in front of it", e.call.fn.text)
		return nil
	}
	b.clause = "evaluate"
	out := p.bind(b, e, in)
	if out == nil || !e.declared || out.star == nil {
		return out
	}
	return b.declare(e, out)
}

// declare gives columns that come from data the names and types that the author says they have.
func (b *binder) declare(e *evaluateStage, r *relation) *relation {
	var list []assigned
	if e.more {
		for _, c := range r.visible() {
			if !slices.ContainsFunc(e.columns, func(d colDecl) bool { return d.name.text == c.name }) {
				list = append(list, assigned{c.name, c.value()})
			}
		}
	}
	for _, d := range e.columns {
		if c := r.find(d.name.text); c != nil {
			list = append(list, assigned{d.name.text, c.value().to(d.typ)})
			continue
		}
		v := value{expr: apply("get_field", &plan.Ref{Column: r.star}, textValue(d.name.text).expr), typ: schema.Dynamic}
		list = append(list, assigned{d.name.text, v.to(d.typ)})
	}
	return b.project(r, list)
}

// options returns the arguments of a plugin by name or place.
func (e *evaluateStage) options(names ...string) map[string]node {
	out := map[string]node{}
	for i, a := range e.call.args {
		switch {
		case a.name != nil:
			out[a.name.text] = a.value
		case i < len(names):
			out[names[i]] = a.value
		}
	}
	return out
}

var _ = definePlugin("bag_unpack", plugin{doc: "columns for the members of a bag, as the data have them", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	o := e.options("column", "prefix", "columnsConflict", "ignoredProperties")
	x, ok := bare(o["column"]).(*name)
	if !ok {
		b.errorf(e.call.span(), "column-wanted", "KS108", "bag_unpack takes a column")
		return nil
	}
	c := b.column(in, x)
	if c == nil {
		return nil
	}
	constant := func(option string, t schema.Type) (event.Value, bool) {
		if o[option] == nil {
			return event.NullValue(), true
		}
		return b.constant(&context{scope: b.scope}, o[option], t)
	}
	prefix, okPrefix := constant("prefix", schema.String)
	conflict, okConflict := constant("columnsConflict", schema.String)
	ignored, okIgnored := constant("ignoredProperties", schema.Dynamic)
	if !okPrefix || !okConflict || !okIgnored {
		return nil
	}
	out := in.derive()
	out.scan = false
	out.columns = slices.DeleteFunc(out.columns, func(o *column) bool { return o == c })
	var taken []event.Value
	for _, o := range out.columns {
		if !o.hidden {
			taken = append(taken, event.TextValue(o.name))
		}
	}
	how := conflict.Text()
	if how == "" {
		how = "error"
	}
	star := b.temp("more", schema.Dynamic)
	list := func(v []event.Value) plan.Expr {
		return &plan.Literal{Value: event.ListValue(v...), Type: schema.Dynamic}
	}
	bag := apply("kql_bag_unpack", b.valueOf(in, c).exact(), textValue(prefix.Text()).expr, textValue(how).expr, list(taken), list(ignored.List()))
	if in.star != nil {
		bag = apply("merge", &plan.Ref{Column: in.star}, bag)
	}
	add := &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: star, Value: bag}}}
	out.node = add
	out.star = star
	if how == "replace_source" {
		return b.replacedByBag(out)
	}
	return out
}})

// replacedByBag gives the columns that a bag of some row has the values of the bags, of rows without them null.
func (b *binder) replacedByBag(r *relation) *relation {
	out := r.derive()
	all := b.joinOne(out, r, "make_bag", value{expr: &plan.Ref{Column: r.star}, typ: schema.Dynamic}, schema.Dynamic)
	var list []assigned
	var taken []plan.Expr
	for _, c := range out.visible() {
		text := textValue(c.name).expr
		inBags := &plan.Not{X: &plan.IsNull{X: apply("get_field", all.exact(), text)}}
		v := &plan.Case{Arms: []plan.Arm{{When: inBags, Then: apply("get_field", &plan.Ref{Column: r.star}, text)}}, Else: c.value().exact()}
		list = append(list, assigned{c.name, value{expr: v, typ: schema.Any}})
		taken = append(taken, text)
	}
	if len(list) == 0 {
		return r
	}
	out = b.extend(out, list)
	rest := b.temp("more", schema.Dynamic)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: rest, Value: apply("remove_fields", &plan.Ref{Column: r.star}, apply("list", taken...))}}}
	out.star = rest
	return out
}

var _ = definePlugin("pivot", plugin{doc: "a column for each value of a column, with an aggregate in it", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	if len(e.call.args) == 0 {
		b.errorf(e.call.span(), "argument-count", "KS119", "pivot takes a column, an aggregate and the columns to keep")
		return nil
	}
	rows := in.derive()
	by, ok := bare(e.call.args[0].value).(*name)
	if !ok {
		b.errorf(e.call.args[0].value.span(), "column-wanted", "KS108", "pivot takes a column")
		return nil
	}
	c := b.column(in, by)
	if c == nil {
		return nil
	}
	gathered := &aggregation{}
	var x node = &call{at: e.call.at, fn: &name{at: e.call.fn.at, text: "count"}}
	if len(e.call.args) > 1 {
		x = e.call.args[1].value
	}
	results := b.aggregateExpr(&context{scope: b.scope, in: rows, aggs: gathered}, x)
	if len(results) != 1 {
		if len(results) > 1 {
			b.errorf(x.span(), "aggregate", "", "pivot takes an aggregate that gives one column")
		}
		return nil
	}
	var keep []assigned
	if len(e.call.args) > 2 {
		for _, a := range e.call.args[2:] {
			n, isName := bare(a.value).(*name)
			if !isName {
				b.errorf(a.value.span(), "column-wanted", "KS108", "pivot keeps columns")
				return nil
			}
			k := b.column(in, n)
			if k == nil {
				return nil
			}
			keep = append(keep, assigned{k.name, b.valueOf(in, k)})
		}
	} else {
		for _, k := range in.visible() {
			if k != c && !mentions(x, k.name) {
				keep = append(keep, assigned{k.name, k.value()})
			}
		}
	}
	cells := b.group(rows, append(slices.Clone(keep), assigned{"$name", b.valueOf(in, c).to(schema.String)}), gathered, []assigned{{"$value", results[0].v}})
	return b.pivoted(cells, keep, results[0].v, noneOf(x))
}})

// noneOf says what an aggregate is where it has no rows: 0 for those that count.
func noneOf(x node) plan.Expr {
	if c, ok := bare(x).(*call); ok {
		switch c.fn.text {
		case "count", "countif", "dcount", "dcountif", "count_distinct", "sum", "sumif":
			return &plan.Literal{Value: event.IntValue(0), Type: schema.Long}
		}
	}
	return nil
}

// pivoted puts the cells of each kept combination into one row, with a column for each name.
func (b *binder) pivoted(cells *relation, keep []assigned, v value, none plan.Expr) *relation {
	named := cells.find("$name").value()
	cell := cells.find("$value").value()
	rows := cells.derive()
	gathered := &aggregation{}
	c := &context{in: rows, aggs: gathered}
	bag := b.add(c, "make_bag", schema.Dynamic, nil, bagOf([]plan.Expr{named.exact(), cell.exact()}).exact())
	var keys []assigned
	for _, k := range keep {
		keys = append(keys, assigned{k.name, rows.find(k.name).value()})
	}
	out := b.group(rows, keys, gathered, []assigned{{"*", bag}})
	if none != nil { // what is not there is 0, for which the names of all rows must be known
		base := out.derive()
		zeros := b.joinOne(base, cells, "make_bag", bagOf([]plan.Expr{named.exact(), none}), schema.Dynamic)
		filled := b.temp("more", schema.Dynamic)
		base.node = &plan.Project{Input: base.node, Extend: true, Out: []plan.Assign{{Column: filled, Value: apply("merge", &plan.Ref{Column: out.star}, zeros.exact())}}}
		base.star = filled
		return base
	}
	return out
}

var _ = definePlugin("narrow", plugin{doc: "a row for each cell, with its row, column and value", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	rows := in.derive()
	if in.star != nil {
		b.errorf(e.call.span(), "refused", "", "narrow needs columns that are known before the query runs")
		return nil
	}
	number := b.temp("row", schema.Long)
	rows.node = &plan.Window{Input: rows.node, Frame: plan.Frame{Preceding: -1}, Out: []plan.WindowFunc{{Column: number, Func: aggregateNamed("row_number")}}}
	var names, values []plan.Expr
	for _, c := range in.visible() {
		names = append(names, textValue(c.name).expr)
		values = append(values, c.value().to(schema.String).exact())
	}
	n, v := b.temp("name", schema.Dynamic), b.temp("value", schema.Dynamic)
	rows.node = &plan.Expand{Input: rows.node, Limit: -1, Lists: []plan.Assign{{Column: n, Value: apply("list", names...)}, {Column: v, Value: apply("list", values...)}}}
	text := func(c *plan.Column) value {
		return value{expr: apply("coalesce", apply("to_text", &plan.Ref{Column: c}), emptyOf(schema.String)), typ: schema.String}
	}
	row := value{expr: apply("subtract", &plan.Ref{Column: number}, &plan.Literal{Value: event.IntValue(1), Type: schema.Long}), typ: schema.Long}
	return b.project(rows, []assigned{{"Row", row}, {"Column", text(n)}, {"Value", text(v)}})
}})

// networkLookup is ipv4_lookup and ipv6_lookup: the rows of a table whose network holds the address of a row. The one gives the
// columns of the row first, the other those of the table.
func networkLookup(word, kernel string, tableFirst bool) *plugin {
	return definePlugin(word, plugin{doc: "rows of a table whose network holds the address of a row", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
		var positional []node
		outer := false
		for _, a := range e.call.args {
			if a.name == nil {
				positional = append(positional, a.value)
				continue
			}
			if a.name.text == "return_unmatched" {
				k, ok := b.constant(&context{scope: b.scope}, a.value, schema.Bool)
				if !ok {
					return nil
				}
				outer = k.Bool()
			}
		}
		if len(positional) < 3 {
			b.errorf(e.call.span(), "argument-count", "KS119", "%s takes a table, the column of an address and the table's column of a network", word)
			return nil
		}
		table := b.rows(b.scope, positional[0])
		if table == nil {
			return nil
		}
		left := in.derive()
		right := b.apart(left, table.derive())
		address := b.expr(&context{scope: b.scope, in: left}, positional[1])
		network := b.expr(&context{scope: b.scope, in: right}, positional[2])
		if address.bad || network.bad {
			return nil
		}
		one := func() plan.Expr { return &plan.Literal{Value: event.IntValue(1), Type: schema.Long} }
		join := &plan.Join{Left: left.node, Right: right.node, Kind: plan.Inner, Keys: []plan.JoinKey{{Left: one(), Right: one()}},
			On: apply("if_null", apply(kernel, address.to(schema.String).exact(), network.to(schema.String).exact()), boolLiteral(false))}
		for _, x := range positional[3:] {
			n, ok := bare(x).(*name)
			if !ok { // return_unmatched by its place
				k, ok := b.constant(&context{scope: b.scope}, x, schema.Bool)
				if !ok {
					return nil
				}
				outer = k.Bool()
				continue
			}
			l, r := b.column(left, n), b.column(right, n)
			if l == nil || r == nil {
				return nil
			}
			join.Keys = append(join.Keys, plan.JoinKey{Left: l.value().exact(), Right: r.value().exact()})
		}
		if outer {
			join.Kind = plan.LeftOuter
		}
		out := &relation{node: join, name: in.name, group: in.group, carried: in.carried}
		give := func(c *column, text string, missing bool) {
			col := b.newColumn(text, c.typ)
			var v plan.Expr = &plan.Ref{Column: c.place()}
			if missing && c.typ == schema.String {
				v = apply("coalesce", v, emptyOf(c.typ))
			}
			join.Out = append(join.Out, plan.Assign{Column: col, Value: v})
			out.columns = append(out.columns, &column{name: text, typ: c.typ, hidden: c.hidden, col: col})
		}
		free := func(c *column) string {
			return free(c.name, func(n string) bool { return out.find(n) != nil })
		}
		if tableFirst {
			for _, c := range right.columns {
				give(c, c.name, outer)
			}
		}
		for _, c := range left.columns {
			give(c, free(c), false)
		}
		if !tableFirst {
			for _, c := range right.columns {
				give(c, free(c), outer)
			}
		}
		for _, g := range in.passed() {
			join.Out = append(join.Out, plan.Assign{Column: g, Value: &plan.Ref{Column: g}})
		}
		return out
	}})
}

var (
	_ = networkLookup("ipv4_lookup", "kql_ipv4_is_in_range", false)
	_ = networkLookup("ipv6_lookup", "kql_ipv6_is_in_range", true)
)
