package kql

import (
	"goshawk/diag"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "make-graph", doc: "makes a graph of rows of edges, and of nodes if some are given",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		m := &makeGraphStage{}
		if m.source = p.name(); m.source == nil {
			p.wanted("the column of the sources")
			return nil
		}
		for _, c := range []string{"-", "-", ">"} {
			if !p.expect(c) {
				return nil
			}
		}
		if m.target = p.name(); m.target == nil {
			p.wanted("the column of the targets")
			return nil
		}
		switch {
		case p.accept("with_node_id"):
			if !p.expect("=") {
				return nil
			}
			if m.idName = p.name(); m.idName == nil {
				p.wanted("a name for what tells nodes apart")
				return nil
			}
		case p.accept("with"):
			m.nodes = p.leg()
			if m.nodes == nil || !p.expect("on") {
				return nil
			}
			if m.id = p.name(); m.id == nil {
				p.wanted("the column that tells nodes apart")
				return nil
			}
			if p.is(",") {
				p.errorf(p.tok.at, "refused", "", "make-graph takes one table of nodes here").Hint = "make one of two with union and summarize"
				return nil
			}
		}
		if p.is("partitioned") {
			p.errorf(p.tok.at, "refused", "", "make-graph is not run in partitions")
			return nil
		}
		return m
	},
})

type makeGraphStage struct {
	source, target *name
	nodes          node // nil where none are given
	id             *name
	idName         *name
}

func (m *makeGraphStage) bind(b *binder, s *stage, in *relation) *relation {
	b.clause = "make-graph"
	if len(in.passed()) > 0 {
		b.errorf(s.word, "refused", "", "make-graph cannot stand in mv-apply or partition")
		return nil
	}
	edges := in.derive()
	source, target := b.column(edges, m.source), b.column(edges, m.target)
	if source == nil || target == nil {
		return nil
	}
	g := &graph{edges: edges, source: source, target: target}
	var given *relation
	var id *column
	if m.nodes != nil {
		if given = b.rows(b.scope, m.nodes); given == nil {
			return nil
		}
		if len(given.passed()) > 0 || given.star != nil {
			b.errorf(m.nodes.span(), "refused", "", "nodes of a graph must have columns that are known")
			return nil
		}
		given = given.derive()
		if id = b.column(given, m.id); id == nil {
			return nil
		}
	}
	for _, other := range []*column{target, id} {
		if other != nil && other.typ != source.typ {
			b.errorf(s.word, "type", "KS227", "the columns that tell nodes apart must be of one type: `%s` is %s and `%s` is %s", source.name, aType(source.typ), other.name, aType(other.typ))
			return nil
		}
	}
	if source.typ == schema.Dynamic || source.typ == schema.Any {
		b.errorf(m.source.span(), "dynamic", "KS116", "`%s` is dynamic, and tells no nodes apart", source.name).Hint = "convert it with tostring() before"
		return nil
	}
	name := ""
	if m.id != nil {
		name = m.id.text
	} else if m.idName != nil {
		name = m.idName.text
	}
	b.graphNodes(g, given, id, name)
	if g.nodes == nil {
		return nil
	}
	return &relation{node: edges.node, graph: g, name: in.name}
}

var _ = defineOperator(operator{
	name: "graph-to-table", doc: "gives the nodes or the edges of a graph as rows", graph: true,
	parse: func(p *parser) operation {
		t := &graphTableStage{what: p.choice("part of a graph", "nodes", "edges")}
		if p.is("with_node_id") || p.is("with_source_id") || p.is("with_target_id") {
			p.errorf(p.tok.at, "refused", "", "which number the service gives a node is not published")
			return nil
		}
		if p.is("as") || p.is(",") {
			p.errorf(p.tok.at, "refused", "", "graph-to-table gives one table here, the nodes or the edges")
			return nil
		}
		return t
	},
})

type graphTableStage struct{ what string }

func (t *graphTableStage) bind(b *binder, s *stage, in *relation) *relation {
	r := in.graph.edges
	if t.what == "nodes" {
		r = in.graph.nodes
	}
	out := r.derive()
	out.order, out.promised, out.scan, out.unique, out.name = false, false, false, nil, ""
	return out
}

var _ = defineOperator(operator{
	name: "graph-mark-components", doc: "numbers the parts of a graph that hang together, from 0", graph: true,
	parse: func(p *parser) operation {
		m := &markStage{idName: "ComponentId", kind: "weak"}
		p.properties(func(option string, at diag.Span) bool {
			switch option {
			case "kind":
				m.kind = p.choice("kind of component", "weak", "strong")
			case "with_component_id":
				n := p.name()
				if n != nil {
					m.idName = n.text
				}
			default:
				return false
			}
			return true
		})
		return m
	},
})

type markStage struct{ kind, idName string }

func (m *markStage) bind(b *binder, s *stage, in *relation) *relation {
	b.clause = "graph-mark-components"
	g := *in.graph
	found := b.newSearch(&g, "kql_graph_components", textValue(m.kind).expr)
	found.finish()
	id := made(g.id.typ, "element", ref(found.element), whole(0))
	number := made(schema.Long, "element", ref(found.element), whole(1))
	marks := b.project(found.out, []assigned{{graphID, id}, {"$component", number}})
	joined := b.byText("nodes | join kind=inner marks on ['$id']", map[string]*relation{"nodes": unhidden(g.nodes), "marks": marks})
	if joined == nil {
		return nil
	}
	component := joined.find("$component").value()
	nodes := b.extend(joined, []assigned{{m.idName, component}})
	var columns []*column
	for _, c := range g.nodes.visible() {
		if c.name != m.idName {
			columns = append(columns, nodes.find(c.name))
		}
	}
	g.id = nodes.find(graphID)
	g.id.hidden = true
	g.nodes = nodes.only(append(columns, nodes.find(m.idName), g.id))
	return &relation{node: in.node, graph: &g, name: in.name}
}

// unhidden returns rows whose hidden columns can be seen.
func unhidden(r *relation) *relation {
	out := r.derive()
	for i, c := range out.columns {
		if c.hidden {
			seen := *c
			seen.hidden = false
			out.columns[i] = &seen
		}
	}
	return out
}
