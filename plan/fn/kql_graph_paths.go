package fn

import (
	"slices"

	"goshawk/event"
)

// Shortest paths and components of graphs.

const graphSame = "whether a node has a path to itself is not published: keep the nodes at the beginning from being those at the end"

// paths finds the shortest ways of a pattern of one edge.
type paths struct {
	*digraph
	graphEdge
	all   bool
	found []event.Value
}

// run begins at each node that meets what is wanted; it says why it was given up.
func (p *paths) run(begin, end []event.Value) string {
	for n := range p.nodes {
		if !p.nodeMeets(n, begin) {
			continue
		}
		if p.nodeMeets(n, end) {
			return graphSame
		}
		depth, before := p.search(n)
		for to := range p.nodes {
			if depth[to] > 0 && p.nodeMeets(to, end) && !p.back(n, to, to, before, nil) {
				return graphTooMuch
			}
		}
	}
	return ""
}

// search returns how far each node is from one, -1 where it is not reached, and the edges that lead to it on a shortest way.
func (p *paths) search(from int) (depth []int, before [][]int) {
	depth, before = slices.Repeat([]int{-1}, len(p.nodes)), make([][]int, len(p.nodes))
	depth[from] = 0
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if int64(depth[n]) == p.most {
			break
		}
		p.along(n, p.way, func(edge, next int) {
			if !p.edgeMeets(edge, p.wanted) {
				return
			}
			if depth[next] < 0 {
				depth[next] = depth[n] + 1
				queue = append(queue, next)
			}
			if depth[next] == depth[n]+1 {
				before[next] = append(before[next], edge)
			}
		})
	}
	return depth, before
}

// back goes the ways to a node back to their beginning; false for too many.
func (p *paths) back(from, n, to int, before [][]int, path []int) bool {
	if n == from {
		whole := slices.Clone(path)
		slices.Reverse(whole)
		p.found = append(p.found, list(p.nodes[from], p.nodes[to], p.sequence(whole, from)))
		return len(p.found) <= graphMatches
	}
	for _, e := range before[n] {
		next := p.digraph.from[e]
		if next == n || p.way < 0 {
			next = p.digraph.to[e]
		}
		if !p.back(from, next, to, before, append(path, e)) {
			return false
		}
		if !p.all {
			break
		}
	}
	return true
}

var _ = define(Func{
	Name: "kql_graph_paths", Doc: "The shortest ways through a graph between nodes that meet conditions, for each pair one (any) or all, in the form of matches; a text that says why not where there are too many or a node is at both ends. The pattern is that of kql_graph_match, of two nodes and one edge.",
	Params: graphParams, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		pattern, ok := readPattern(args[2])
		if !ok || len(pattern.nodes) != 2 || len(pattern.edges) != 1 {
			return null
		}
		p := &paths{digraph: readGraph(args[0], args[1]), graphEdge: pattern.edges[0], all: pattern.how == "all"}
		begin, end := pattern.nodes[p.graphEdge.from], pattern.nodes[p.graphEdge.to]
		if why := p.run(begin, end); why != "" {
			return text(why)
		}
		return list(p.found...)
	},
	Examples: []Example{
		example(list(list(list(text("a"), list(yes, no)), list(text("c"), list(no, yes)), list(abcEdges, list(list(text("b"), list(no, no)))))), abcEdges,
			list(list(text("a"), list(yes, no)), list(text("b"), list(no, no)), list(text("c"), list(no, yes))), list(text("any"), list(list(whole(0)), list(whole(1))), aEdge(1, 5, true))),
		example(text(graphSame), abcEdges, abc, list(text("any"), list(list(), list()), aEdge(1, 5, true))), example(null, list(), list(), list()),
	},
})

// components numbers the parts of a graph that hang together, in the order of their first nodes.
func (g *digraph) components(strong bool) []int {
	number := slices.Repeat([]int{-1}, len(g.nodes))
	next := 0
	for n := range g.nodes {
		if number[n] >= 0 {
			continue
		}
		part := g.reached(n, 0)
		if strong {
			forth, back := g.reached(n, 1), g.reached(n, -1)
			part = forth
			for i := range part {
				part[i] = forth[i] && back[i]
			}
		}
		for i, in := range part {
			if in {
				number[i] = next
			}
		}
		next++
	}
	return number
}

// reached says which nodes can be reached from one.
func (g *digraph) reached(from int, way int64) []bool {
	out := make([]bool, len(g.nodes))
	out[from] = true
	for stack := []int{from}; len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		g.along(n, way, func(_, to int) {
			if !out[to] {
				out[to] = true
				stack = append(stack, to)
			}
		})
	}
	return out
}

var _ = define(Func{
	Name: "kql_graph_components", Doc: "Pairs of each node's identifier and the number of the part of the graph that it hangs together with, from 0 in the order of their first nodes; strong where a way must lead there and back.",
	Params: []Param{required("edges", "dynamic"), required("nodes", "dynamic"), required("kind", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		g := readGraph(args[0], args[1])
		var out []event.Value
		for n, number := range g.components(args[2].Text() == "strong") {
			out = append(out, list(g.nodes[n].List()[0], whole(int64(number))))
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(list(text("a"), whole(0)), list(text("b"), whole(0)), list(text("c"), whole(0))), abcEdges, abc, text("weak")),
		example(list(list(text("a"), whole(0)), list(text("b"), whole(1)), list(text("c"), whole(2))), abcEdges, abc, text("strong")), example(list(), list(), list(), text("weak")),
	},
})
