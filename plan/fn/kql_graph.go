package fn

import (
	"slices"

	"goshawk/event"
)

// Graphs, as lists of edges and nodes. An edge is a list of its source, its target, a list of conditions that it meets or not, and its
// properties; a node one of its identifier, such a list and its properties. Of nodes with the same identifier the first counts.

const (
	// graphMatches is how many matches a pattern has at most, graphSteps how many edges are tried for them.
	graphMatches = 1_000_000
	graphSteps   = 200_000_000
)

// digraph is a graph as it is searched.
type digraph struct {
	edges, nodes []event.Value
	from, to     []int   // the nodes of each edge
	out, in      [][]int // the edges of each node
}

func readGraph(edges, nodes event.Value) *digraph {
	g := &digraph{}
	number := map[string]int{}
	for _, n := range nodes.List() {
		if of := n.List(); len(of) >= 2 {
			key := string(AppendKey(nil, of[0]))
			if _, known := number[key]; !known {
				number[key] = len(g.nodes)
				g.nodes = append(g.nodes, n)
			}
		}
	}
	g.out, g.in = make([][]int, len(g.nodes)), make([][]int, len(g.nodes))
	for _, e := range edges.List() {
		of := e.List()
		if len(of) < 3 {
			continue
		}
		from, okFrom := number[string(AppendKey(nil, of[0]))]
		to, okTo := number[string(AppendKey(nil, of[1]))]
		if !okFrom || !okTo {
			continue
		}
		i := len(g.edges)
		g.edges = append(g.edges, e)
		g.from, g.to = append(g.from, from), append(g.to, to)
		g.out[from], g.in[to] = append(g.out[from], i), append(g.in[to], i)
	}
	return g
}

// meets says whether an edge or node, whose conditions stand at a place, meets all that a part of a pattern wants.
func meets(of event.Value, place int, wanted []event.Value) bool {
	conditions := of.List()[place].List()
	for _, w := range wanted {
		if i := w.Int(); i < 0 || i >= int64(len(conditions)) || !conditions[i].Bool() {
			return false
		}
	}
	return true
}

func (g *digraph) nodeMeets(n int, wanted []event.Value) bool { return meets(g.nodes[n], 1, wanted) }
func (g *digraph) edgeMeets(e int, wanted []event.Value) bool { return meets(g.edges[e], 2, wanted) }

// along calls f with each edge that leads away from a node in a direction, 1 forwards, -1 backwards, 0 both, and the node behind it.
func (g *digraph) along(n int, way int64, f func(edge, to int)) {
	if way >= 0 {
		for _, e := range g.out[n] {
			f(e, g.to[e])
		}
	}
	if way <= 0 {
		for _, e := range g.in[n] {
			if way < 0 || g.from[e] != n { // a loop leads back once
				f(e, g.from[e])
			}
		}
	}
}

// graphEdge is an edge of a pattern.
type graphEdge struct {
	from, to    int // nodes of the pattern
	way         int64
	least, most int64
	several     bool
	wanted      []event.Value
}

// graphPattern is a pattern: what its nodes want, and its edges.
type graphPattern struct {
	how   string
	nodes [][]event.Value
	edges []graphEdge
}

func readPattern(v event.Value) (p graphPattern, ok bool) {
	of := v.List()
	if len(of) != 3 {
		return p, false
	}
	p.how = of[0].Text()
	for _, n := range of[1].List() {
		p.nodes = append(p.nodes, n.List())
	}
	for _, e := range of[2].List() {
		x := e.List()
		if len(x) != 7 {
			return p, false
		}
		edge := graphEdge{from: int(x[0].Int()), to: int(x[1].Int()), way: x[2].Int(), least: x[3].Int(), most: x[4].Int(), several: x[5].Bool(), wanted: x[6].List()}
		if min(edge.from, edge.to) < 0 || max(edge.from, edge.to) >= len(p.nodes) {
			return p, false
		}
		p.edges = append(p.edges, edge)
	}
	return p, len(p.nodes) > 0
}

// matcher looks for all places that a pattern fits.
type matcher struct {
	*digraph
	graphPattern
	order []int   // in which the edges of the pattern are followed
	at    []int   // the node of the graph for each of the pattern, -1 where there is none yet
	paths [][]int // the edges of the graph for each of the pattern
	turns []bool  // whether those lead to where the edge of the pattern begins
	taken []bool  // edges of the graph
	met   []int   // how often each node of the graph is part of the match
	steps int
	found []event.Value
}

func (m *matcher) run() bool {
	m.at, m.paths = slices.Repeat([]int{-1}, len(m.nodesWanted())), make([][]int, len(m.graphPattern.edges))
	m.turns = make([]bool, len(m.graphPattern.edges))
	m.taken, m.met = make([]bool, len(m.digraph.edges)), make([]int, len(m.digraph.nodes))
	first, candidates := 0, []int(nil)
	for i, wanted := range m.nodesWanted() { // begin where there is least to try
		var list []int
		for n := range m.digraph.nodes {
			if m.nodeMeets(n, wanted) {
				list = append(list, n)
			}
		}
		if i == 0 || len(list) < len(candidates) {
			first, candidates = i, list
		}
	}
	m.plan(first)
	for _, n := range candidates {
		m.at[first] = n
		m.met[n]++
		if !m.follow(0) {
			return false
		}
		m.met[n]--
	}
	return true
}

func (m *matcher) nodesWanted() [][]event.Value { return m.graphPattern.nodes }

// plan orders the edges of the pattern so that each begins or ends at a node that is known by then.
func (m *matcher) plan(first int) {
	known := map[int]bool{first: true}
	done := make([]bool, len(m.graphPattern.edges))
	for range m.graphPattern.edges {
		for i, e := range m.graphPattern.edges {
			if !done[i] && (known[e.from] || known[e.to]) {
				done[i], known[e.from], known[e.to] = true, true, true
				m.order = append(m.order, i)
				break
			}
		}
	}
}

// follow matches the edges of the pattern from the k-th on; false for too many.
func (m *matcher) follow(k int) bool {
	if k == len(m.order) {
		m.found = append(m.found, m.match())
		return len(m.found) <= graphMatches
	}
	e := m.graphPattern.edges[m.order[k]]
	from, to, way := e.from, e.to, e.way
	turned := m.at[from] < 0
	if turned {
		from, to, way = to, from, -way
	}
	m.turns[m.order[k]] = turned
	return m.walk(k, m.at[from], to, way, nil)
}

// walk goes on from a node along the k-th edge of the pattern, of which path has been followed.
func (m *matcher) walk(k, n, end int, way int64, path []int) bool {
	e := m.graphPattern.edges[m.order[k]]
	ok := true
	m.along(n, way, func(edge, next int) {
		if !ok {
			return
		}
		if m.steps++; m.steps > graphSteps {
			ok = false
			return
		}
		if m.how != "all" && m.taken[edge] || !m.edgeMeets(edge, e.wanted) {
			return
		}
		was := m.taken[edge]
		m.taken[edge] = true
		longer := append(path, edge)
		if int64(len(longer)) >= e.least {
			ok = m.arrive(k, next, end, longer)
		}
		if ok && int64(len(longer)) < e.most && (m.how != "none" || m.met[next] == 0) {
			m.met[next]++
			ok = m.walk(k, next, end, way, longer)
			m.met[next]--
		}
		m.taken[edge] = was
	})
	return ok
}

// arrive ends the k-th edge of the pattern at a node, and goes on with the next.
func (m *matcher) arrive(k, n, end int, path []int) bool {
	before := m.at[end]
	if before >= 0 && (before != n || m.how == "none") || before < 0 && (m.how == "none" && m.met[n] > 0 || !m.nodeMeets(n, m.nodesWanted()[end])) {
		return true
	}
	m.at[end] = n
	m.met[n]++
	m.paths[m.order[k]] = path
	ok := m.follow(k + 1)
	m.met[n]--
	m.at[end] = before
	return ok
}

// match writes what was found: the nodes, then the edges; of one that was followed several times a list of edges and one of the nodes
// between them.
func (m *matcher) match() event.Value {
	var out []event.Value
	for _, n := range m.at {
		out = append(out, m.digraph.nodes[n])
	}
	for i, e := range m.graphPattern.edges {
		if !e.several {
			out = append(out, m.digraph.edges[m.paths[i][0]])
			continue
		}
		path := m.paths[i]
		if m.turns[i] {
			path = slices.Clone(path)
			slices.Reverse(path)
		}
		out = append(out, m.sequence(path, m.at[e.from]))
	}
	return list(out...)
}

// sequence writes the edges that lead away from a node one behind the other, and the nodes between them.
func (g *digraph) sequence(path []int, n int) event.Value {
	var edges, inner []event.Value
	for i, e := range path {
		if i > 0 {
			inner = append(inner, g.nodes[n])
		}
		edges = append(edges, g.edges[e])
		if n == g.from[e] {
			n = g.to[e]
		} else {
			n = g.from[e]
		}
	}
	return list(list(edges...), list(inner...))
}

const graphTooMuch = "the pattern fits more than 1,000,000 times, or takes too long to look for"

var (
	graphParams = []Param{required("edges", "dynamic"), required("nodes", "dynamic"), required("pattern", "dynamic")}
	abc         = list(list(text("a"), list(yes)), list(text("b"), list(no)), list(text("c"), list(no)))
	abcEdges    = list(list(text("a"), text("b"), list()), list(text("b"), text("c"), list()))
	aEdge       = func(least, most int64, several bool) event.Value {
		return list(list(whole(0), whole(1), whole(1), whole(least), whole(most), boolean(several), list()))
	}
)

var _ = define(Func{
	Name: "kql_graph_match", Doc: "The matches of a pattern in a graph, each a list of nodes and then edges; a text that says why not where there are too many. A pattern is a list of how cycles are matched (all, none, unique_edges), of the conditions of its nodes, and of its edges: from, to, direction, least, most, whether several, conditions.",
	Params: graphParams, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		p, ok := readPattern(args[2])
		if !ok {
			return null
		}
		m := &matcher{digraph: readGraph(args[0], args[1]), graphPattern: p}
		if !m.run() {
			return text(graphTooMuch)
		}
		return list(m.found...)
	},
	Examples: []Example{
		example(list(list(abc.List()[0], abc.List()[1], abcEdges.List()[0])), abcEdges, abc, list(text("unique_edges"), list(list(whole(0)), list()), aEdge(1, 1, false))),
		example(list(list(abc.List()[0], abc.List()[2], list(abcEdges, list(abc.List()[1])))), abcEdges, abc, list(text("unique_edges"), list(list(whole(0)), list()), aEdge(2, 5, true))),
		example(null, list(), list(), list()),
	},
})

var _ = define(Func{
	Name: "kql_graph_found", Doc: "What a search of a graph has found; that it was given up is an error.",
	Params: []Param{required("found", "any")}, Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		if args[0].Kind() == event.Text {
			return args[0].Text()
		}
		return ""
	},
	Eval:     func(args []event.Value) event.Value { return args[0] },
	Examples: []Example{example(list(whole(1)), list(whole(1)))},
})

// graphParts returns the edges (0) or inner nodes (1) that a match has of an edge that is followed several times.
func graphParts(sequence, which event.Value) []event.Value {
	of := sequence.List()
	i, ok := wholeNumber(which)
	if !ok || i < 0 || i >= int64(len(of)) {
		return nil
	}
	return of[i].List()
}

func graphPart(part event.Value, at event.Value) event.Value {
	of := part.List()
	i, ok := wholeNumber(at)
	if !ok || i < 0 || i >= int64(len(of)) {
		return null
	}
	return of[i]
}

var (
	sequenceParams  = []Param{required("sequence", "dynamic"), required("which", "long"), required("place", "long")}
	sequenceExample = list(list(list(yes, text("x")), list(no, text("y"))), list())

	_ = define(Func{
		Name: "kql_graph_each", Doc: "What stands at a place of each edge (0) or inner node (1) of a sequence.", Params: sequenceParams, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			var out []event.Value
			for _, part := range graphParts(args[0], args[1]) {
				out = append(out, graphPart(part, args[2]))
			}
			return list(out...)
		},
		Examples: []Example{example(texts("x", "y"), sequenceExample, whole(0), whole(1)), example(list(), sequenceExample, whole(1), whole(0))},
	})
	_ = define(Func{
		Name: "kql_graph_all", Doc: "Whether what stands at a place of each edge (0) or inner node (1) of a sequence is true; true of none.", Params: sequenceParams, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			return boolean(!slices.ContainsFunc(graphParts(args[0], args[1]), func(part event.Value) bool { return !graphPart(part, args[2]).Bool() }))
		},
		Examples: []Example{example(no, sequenceExample, whole(0), whole(0)), example(yes, sequenceExample, whole(1), whole(0))},
	})
	_ = define(Func{
		Name: "kql_graph_any", Doc: "Whether what stands at a place of some edge (0) or inner node (1) of a sequence is true.", Params: sequenceParams, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			return boolean(slices.ContainsFunc(graphParts(args[0], args[1]), func(part event.Value) bool { return graphPart(part, args[2]).Bool() }))
		},
		Examples: []Example{example(yes, sequenceExample, whole(0), whole(0)), example(no, sequenceExample, whole(1), whole(0))},
	})
)
