package kql

import (
	"goshawk/diag"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// Graphs: rows of edges, and of the nodes at their ends. Rows are made of one by lists of all its edges and nodes, in which a function
// of the catalogue looks for a pattern.

// graph is what make-graph makes.
type graph struct {
	edges          *relation // their columns are the properties
	source, target *column   // of edges
	nodes          *relation // one row for each node; its columns are the properties
	id             *column   // of nodes, hidden
}

const (
	graphID = "$id"
	// The queries by which the nodes of a graph are bound.
	nodesAlone = "union ends, others | distinct ['$id']"
	nodesGiven = "union (given | summarize take_any(*) by ['$id']), (union ends, others | distinct ['$id'] | join kind=leftanti given on ['$id'])"
)

// byText binds a query of our own over given rows.
func (b *binder) byText(query string, given map[string]*relation) *relation {
	text := diag.NewText(&diag.Source{Name: "make-graph", Text: query})
	p := newParser(query, &complaints{text: text})
	body := p.statements()
	s := (*scope)(nil).inner()
	for name, r := range given {
		s.names[name] = &binding{text: text, rows: func() *relation { return r.derive() }}
	}
	var out *relation
	b.inText(text, func() { out = b.rows(s, body.results[0]) })
	return out
}

// withID returns rows with nothing but an identifier, and beside it the columns of keep.
func (b *binder) withID(r *relation, id *column, keep bool) *relation {
	if !keep {
		return b.project(r.derive(), []assigned{{graphID, b.valueOf(r, id)}})
	}
	return b.extend(r, []assigned{{graphID, b.valueOf(r, id)}})
}

// graphNodes returns the nodes of a graph: those given, and those that stand in edges only, which have no properties but, where id is not
// nil, the one that tells them apart.
func (b *binder) graphNodes(g *graph, given *relation, id *column, idName string) {
	tables := map[string]*relation{"ends": b.withID(g.edges, g.source, false), "others": b.withID(g.edges, g.target, false)}
	if given == nil {
		g.nodes = b.byText(nodesAlone, tables)
	} else {
		tables["given"] = b.withID(given, id, true)
		g.nodes = b.byText(nodesGiven, tables)
	}
	if g.nodes == nil {
		return
	}
	if idName != "" { // of nodes in edges only it is the identifier as well
		v := g.nodes.find(graphID).value()
		g.nodes = b.extend(g.nodes, []assigned{{idName, v}})
	}
	var columns []*column
	if given != nil {
		for _, c := range given.visible() {
			columns = append(columns, g.nodes.find(c.name))
		}
	} else if idName != "" {
		columns = append(columns, g.nodes.find(idName))
	}
	g.id = g.nodes.find(graphID)
	g.id.hidden = true
	g.nodes = g.nodes.only(append(columns, g.id))
}

// graphRows makes one list of rows, each a list of values that are asked for while it is being bound: what tells the row apart, the
// conditions that it meets, its properties.
type graphRows struct {
	rows       *relation // a copy, on which expressions may put joins
	list       *plan.Call
	conditions *plan.Call
	places     map[string]int // of columns that were asked for
}

func newGraphRows(r *relation, ids ...*column) *graphRows {
	g := &graphRows{rows: r.derive(), conditions: listOf(), places: map[string]int{}}
	g.list = listOf()
	for _, id := range ids {
		g.list.Args = append(g.list.Args, id.value().exact())
	}
	g.list.Args = append(g.list.Args, g.conditions)
	return g
}

func listOf() *plan.Call { return &plan.Call{Func: fn.ByName("list")} }

// ask adds a value to what is gathered of each row, and returns its place.
func (g *graphRows) ask(v value) int64 {
	g.list.Args = append(g.list.Args, v.exact())
	return int64(len(g.list.Args) - 1)
}

// askColumn adds a column, once.
func (g *graphRows) askColumn(b *binder, c *column) int64 {
	at, asked := g.places[c.name]
	if !asked {
		at = int(g.ask(b.valueOf(g.rows, c)))
		g.places[c.name] = at
	}
	return int64(at)
}

// require adds a condition, and returns its place among the conditions.
func (g *graphRows) require(x plan.Expr) int64 {
	g.conditions.Args = append(g.conditions.Args, x)
	return int64(len(g.conditions.Args) - 1)
}

// one returns the single row with the list. Its values may still be added to.
func (g *graphRows) one(b *binder) (*plan.Aggregate, *plan.Column) {
	c := b.temp("graph", schema.Dynamic)
	return &plan.Aggregate{Aggs: []plan.Agg{{Column: c, Func: aggregateNamed("make_list"), Args: []plan.Expr{g.list}}}}, c
}

// search is rows made of a graph: lists of its edges and nodes are given to a function, each element of whose result is a row.
type search struct {
	edges, nodes       *graphRows
	edgeRows, nodeRows *plan.Aggregate
	out                *relation    // one row for each element
	element            *plan.Column // of the result
}

// newSearch begins a search; finish ends it, when all values are asked for. The function takes edges and nodes, then what it is given.
func (b *binder) newSearch(g *graph, function string, with ...plan.Expr) *search {
	s := &search{edges: newGraphRows(g.edges, g.source, g.target), nodes: newGraphRows(g.nodes, g.id)}
	var edges, nodes *plan.Column
	s.edgeRows, edges = s.edges.one(b)
	s.nodeRows, nodes = s.nodes.one(b)
	s.out = &relation{node: s.edgeRows}
	all := b.joinRow(s.out, s.nodeRows, nodes, schema.Dynamic)
	found := b.temp("found", schema.Dynamic)
	s.element = b.temp("match", schema.Dynamic)
	call := &plan.Call{Func: fn.ByName(function), Args: append([]plan.Expr{&plan.Ref{Column: edges}, all.exact()}, with...)}
	s.out.node = &plan.Project{Input: s.out.node, Out: []plan.Assign{{Column: found, Value: call}}}
	s.out.node = &plan.Expand{Input: s.out.node, Lists: []plan.Assign{{Column: s.element, Value: apply("kql_graph_found", &plan.Ref{Column: found})}}, Limit: -1}
	return s
}

func (s *search) finish() {
	s.edgeRows.Input = s.edges.rows.node
	s.nodeRows.Input = s.nodes.rows.node
}

func ref(c *plan.Column) plan.Expr { return &plan.Ref{Column: c} }

// eachNode calls f with an expression and all that it is made of. What rows are made of is left out.
func eachNode(x node, f func(node)) {
	if x == nil {
		return
	}
	f(x)
	switch x := x.(type) {
	case *grouped:
		eachNode(x.x, f)
	case *member:
		eachNode(x.of, f)
	case *index:
		eachNode(x.of, f)
		eachNode(x.i, f)
	case *call:
		for _, a := range x.args {
			eachNode(a.value, f)
		}
	case *unary:
		eachNode(x.x, f)
	case *binary:
		eachNode(x.l, f)
		eachNode(x.r, f)
	case *among:
		eachNode(x.x, f)
		for _, one := range x.list {
			eachNode(one, f)
		}
	case *between:
		eachNode(x.x, f)
		eachNode(x.lo, f)
		eachNode(x.hi, f)
	}
}
