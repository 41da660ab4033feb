package kql

import (
	"slices"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "graph-match", doc: "gives a row for each place in a graph that a pattern of nodes and edges fits", graph: true,
	parse: func(p *parser) operation {
		m := &matchStage{how: "unique_edges", function: "kql_graph_match"}
		p.properties(func(option string, at diag.Span) bool {
			if option != "cycles" {
				return false
			}
			m.how = p.choice("way with cycles", "all", "none", "unique_edges")
			return true
		})
		return p.graphPattern(m)
	},
})

var _ = defineOperator(operator{
	name: "graph-shortest-paths", doc: "gives the shortest ways from some nodes of a graph to others", graph: true,
	parse: func(p *parser) operation {
		m := &matchStage{how: "any", function: "kql_graph_paths"}
		p.properties(func(option string, at diag.Span) bool {
			if option != "output" {
				return false
			}
			m.how = p.choice("output", "any", "all")
			return true
		})
		return p.graphPattern(m)
	},
})

// matchStage is a pattern as written.
type matchStage struct {
	how      string // cycles, or output
	function string
	parts    []*graphPart // in the order of the pattern's text, a node that is named again once
	where    node
	list     []named
}

// graphPart is a node or an edge of a pattern.
type graphPart struct {
	name     *name // nil for an anonymous one
	edge     bool
	from, to int // which nodes an edge leads between
	way      int64
	several  bool // an edge that is followed several times
	least    node
	most     node
	index    int // among the nodes, or among the edges
	at       diag.Span
}

// graphPattern reads the pattern, where and project.
func (p *parser) graphPattern(m *matchStage) operation {
	nodes, edges := 0, 0
	end := func() int {
		start := p.tok.at.Start
		if !p.expect("(") {
			return -1
		}
		part := &graphPart{index: nodes}
		if !p.is(")") {
			part.name = p.name()
		}
		if !p.expect(")") {
			return -1
		}
		part.at = diag.Span(p.from(start))
		for _, other := range m.parts {
			if part.name != nil && other.name != nil && !other.edge && other.name.text == part.name.text {
				return other.index
			}
		}
		nodes++
		m.parts = append(m.parts, part)
		return part.index
	}
	ok := true
	p.list_(func() bool {
		from := end()
		for from >= 0 && (p.is("-") || p.is("<")) {
			part := p.graphEdge()
			to := -1
			if part != nil {
				to = end()
			}
			if to < 0 {
				from = -1
				break
			}
			part.from, part.to, part.index = from, to, edges
			edges++
			m.parts = append(m.parts, part)
			from = to
		}
		ok = ok && from >= 0
		return ok
	})
	if !ok {
		return nil
	}
	if p.accept("where") {
		if m.where = p.expr(); m.where == nil {
			return nil
		}
	}
	if !p.expect("project") {
		return nil
	}
	if m.list = p.namedExprs(); len(m.list) == 0 {
		return nil
	}
	return m
}

// graphEdge reads -[e*1..3]-> and the like.
func (p *parser) graphEdge() *graphPart {
	start := p.tok.at.Start
	part := &graphPart{edge: true}
	if p.accept("<") {
		part.way = -1
	}
	if !p.expect("-") {
		return nil
	}
	if p.accept("[") {
		if !p.is("*") && !p.is("]") {
			if part.name = p.name(); part.name == nil {
				return nil
			}
		}
		if p.accept("*") {
			part.several = true
			part.least = p.primary()
			if part.least == nil || !p.expect("..") {
				return nil
			}
			if part.most = p.primary(); part.most == nil {
				return nil
			}
		}
		if !p.expect("]") {
			return nil
		}
	}
	if !p.expect("-") {
		return nil
	}
	if p.is(">") {
		if part.way != 0 {
			p.wanted("a node")
			return nil
		}
		p.take()
		part.way = 1
	}
	part.at = diag.Span(p.from(start))
	return part
}

// graphMatch is a pattern while its expressions are bound.
type graphMatch struct {
	*search
	stage *matchStage
	graph *graph
	nodes int // how many nodes the pattern has
}

func (m *graphMatch) part(text string) *graphPart {
	for _, p := range m.stage.parts {
		if p.name != nil && p.name.text == text {
			return p
		}
	}
	return nil
}

// gathered returns what is gathered of a part.
func (m *graphMatch) gathered(p *graphPart) *graphRows {
	if p.edge {
		return m.search.edges
	}
	return m.search.nodes
}

// value returns what a match holds of a part.
func (m *graphMatch) value(p *graphPart) plan.Expr {
	at := p.index
	if p.edge {
		at += m.nodes
	}
	return apply("element", ref(m.element), whole(int64(at)))
}

// property binds part.name.
func (m *graphMatch) property(b *binder, side, n *name) value {
	p := m.part(side.text)
	from := m.gathered(p)
	c := b.column(from.rows, n)
	if c == nil {
		return wrong()
	}
	at := from.askColumn(b, c)
	if p.several {
		return made(schema.Dynamic, "kql_graph_each", m.value(p), whole(0), whole(at))
	}
	return made(c.typ, "element", m.value(p), whole(at))
}

// graphFunctions are those that stand in graph-match.
var graphFunctions = map[string]bool{"map": true, "all": true, "any": true, "inner_nodes": true, "node_id": true, "labels": true, "node_degree_in": true, "node_degree_out": true}

// call binds map(e, x), all(e, x), any(e, x), where e is an edge that is followed several times or inner_nodes(e).
func (m *graphMatch) call(b *binder, c *context, x *call) value {
	switch x.fn.text {
	case "map", "all", "any":
	default:
		b.errorf(x.span(), "refused", "", "%s is not run: it is not written yet", x.fn.text)
		return wrong()
	}
	if len(x.args) != 2 {
		b.errorf(x.span(), "argument-count", "KS119", "%s takes 2 arguments, not %d", x.fn.text, len(x.args))
		return wrong()
	}
	p, from, which := m.sequence(x.args[0].value)
	if p == nil {
		b.errorf(x.args[0].value.span(), "graph", "", "%s takes an edge that is followed several times, or inner_nodes of one", x.fn.text)
		return wrong()
	}
	v := b.expr(&context{scope: c.scope, in: from.rows}, x.args[1].value)
	if v.bad {
		return v
	}
	if x.fn.text == "map" {
		return made(schema.Dynamic, "kql_graph_each", m.value(p), whole(which), whole(from.ask(v)))
	}
	condition := b.mustBool(v, x.args[1].value.span())
	at := from.ask(value{expr: condition, typ: schema.Bool})
	return made(schema.Bool, "kql_graph_"+x.fn.text, m.value(p), whole(which), whole(at))
}

// sequence returns the edge that is followed several times which x names, and what is gathered of its edges or inner nodes.
func (m *graphMatch) sequence(x node) (p *graphPart, from *graphRows, which int64) {
	from = m.search.edges
	if f, ok := bare(x).(*call); ok && f.fn.text == "inner_nodes" && len(f.args) == 1 {
		x, from, which = f.args[0].value, m.search.nodes, 1
	}
	n, ok := bare(x).(*name)
	if !ok {
		return nil, nil, 0
	}
	if p = m.part(n.text); p == nil || !p.several {
		return nil, nil, 0
	}
	return p, from, which
}

const longestPath = 100 // edges

func (m *matchStage) bind(b *binder, s *stage, in *relation) *relation {
	b.clause = s.name
	pattern := &plan.Literal{Type: schema.Dynamic}
	match := &graphMatch{stage: m, graph: in.graph, search: b.newSearch(in.graph, m.function, pattern)}
	if !m.check(b, s) {
		return nil
	}
	nodes, edges := []event.Value{}, []event.Value{}
	conditions := map[*graphPart][]event.Value{}
	for _, p := range m.parts {
		if !p.edge {
			match.nodes++
		}
	}
	match.out.columns = nil
	var rest []node
	for _, x := range conjuncts(m.where) {
		p, ok := match.about(x)
		if !ok {
			rest = append(rest, x)
			continue
		}
		g := match.gathered(p)
		c := &context{scope: b.scope, in: g.rows, alone: map[string]*relation{}}
		if f, isCall := bare(x).(*call); isCall && p.several && f.fn.text == "all" {
			x = f.args[1].value
		} else {
			c.in = g.rows.derive()
			c.in.columns = nil
			c.alone[p.name.text] = g.rows
		}
		condition := b.mustBool(b.expr(c, x), x.span())
		if c.in != g.rows {
			g.rows.node = c.in.node
		}
		conditions[p] = append(conditions[p], event.IntValue(g.require(condition)))
	}
	for _, p := range m.parts {
		if !p.edge {
			nodes = append(nodes, event.ListValue(conditions[p]...))
			continue
		}
		least, most := int64(1), int64(1)
		if p.several {
			var okLeast, okMost bool
			least, okLeast = b.hops(p.least)
			most, okMost = b.hops(p.most)
			if !okLeast || !okMost {
				return nil
			}
			if least < 1 || most < least || most > longestPath {
				b.errorf(p.at, "graph", "", "an edge is followed from 1 to %d times, not from %d to %d", longestPath, least, most)
				return nil
			}
		}
		edges = append(edges, event.ListValue(event.IntValue(int64(p.from)), event.IntValue(int64(p.to)), event.IntValue(p.way), event.IntValue(least), event.IntValue(most),
			event.BoolValue(p.several), event.ListValue(conditions[p]...)))
	}
	pattern.Value = event.ListValue(event.TextValue(m.how), event.ListValue(nodes...), event.ListValue(edges...))
	out := match.out
	for _, x := range rest {
		c := &context{scope: b.scope, in: out, match: match}
		condition := b.mustBool(b.expr(c, x), x.span())
		out.node = &plan.Filter{Input: out.node, Where: condition}
	}
	list, ok := b.matchList(out, match, m.list)
	if !ok {
		return nil
	}
	result := b.project(out, list)
	match.finish()
	return result
}

// matchList binds what graph-match projects.
func (b *binder) matchList(out *relation, match *graphMatch, list []named) ([]assigned, bool) {
	var result []assigned
	taken := func(n string) bool { return slices.ContainsFunc(result, func(a assigned) bool { return a.name == n }) }
	counted := 0
	for _, n := range list {
		if len(n.names) > 1 {
			b.errorf(n.names[1].span(), "syntax", "KS006", "a column of graph-match has one name")
			return nil, false
		}
		v := b.expr(&context{scope: b.scope, in: out, match: match}, n.x)
		if v.bad {
			return nil, false
		}
		text := defaultName(n.x)
		switch {
		case len(n.names) > 0:
			text = n.names[0].text
			if taken(text) {
				b.errorf(n.names[0].span(), "duplicate-column", "KS171", "there are two columns called `%s`", text)
				return nil, false
			}
		case text == "":
			counted++
			text = "Column" + itoa(counted)
		}
		result = append(result, assigned{free(text, taken), v})
	}
	return result, true
}

// check complains about patterns that are not run.
func (m *matchStage) check(b *binder, s *stage) bool {
	var edges []*graphPart
	names := map[string]bool{}
	for _, p := range m.parts {
		if p.edge {
			edges = append(edges, p)
		}
		if p.name != nil {
			if names[p.name.text] {
				b.errorf(p.name.span(), "graph", "", "`%s` is two parts of the pattern", p.name.text)
				return false
			}
			names[p.name.text] = true
		}
	}
	if m.function == "kql_graph_paths" {
		if len(edges) != 1 || !edges[0].several || edges[0].from == edges[0].to {
			b.errorf(s.word, "refused", "", "graph-shortest-paths is run for a pattern of two nodes and one edge that is followed several times")
			return false
		}
	}
	reached := map[int]bool{0: true}
	for range edges {
		for _, e := range edges {
			if reached[e.from] || reached[e.to] {
				reached[e.from], reached[e.to] = true, true
			}
		}
	}
	for _, p := range m.parts {
		if !p.edge && !reached[p.index] {
			b.errorf(p.at, "graph", "", "this part of the pattern does not hang together with the rest").Hint = "sequences must share the name of a node"
			return false
		}
	}
	return true
}

// hops reads how often an edge is followed.
func (b *binder) hops(x node) (int64, bool) {
	k, ok := b.constant(&context{scope: b.scope}, x, schema.Long)
	return k.Int(), ok && k.Kind() == event.Int
}

// conjuncts returns what and holds together.
func conjuncts(x node) []node {
	switch x := bare(x).(type) {
	case nil:
		return nil
	case *binary:
		if x.op == "and" {
			return append(conjuncts(x.l), conjuncts(x.r)...)
		}
		return []node{x}
	}
	return []node{x}
}

// about returns the only part that a condition asks, of which it must be true, all edges of a sequence each by itself; false where it
// asks several parts or what the whole match must tell.
func (m *graphMatch) about(x node) (*graphPart, bool) {
	if f, ok := bare(x).(*call); ok && f.fn.text == "all" && len(f.args) == 2 {
		p, _, which := m.sequence(f.args[0].value)
		return p, p != nil && which == 0
	}
	var only *graphPart
	ok := true
	eachNode(x, func(n node) {
		switch n := n.(type) {
		case *call:
			ok = ok && !graphFunctions[n.fn.text]
		case *member:
			side, isName := n.of.(*name)
			if !isName {
				return
			}
			if p := m.part(side.text); p != nil {
				ok = ok && (only == nil || only == p)
				only = p
			}
		}
	})
	return only, ok && only != nil
}
