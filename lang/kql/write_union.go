package kql

import (
	"strings"

	"goshawk/plan"
)

// union writes the rows of several tables, each in brackets; where a workspace lacks one of the tables, the others are asked all the
// same (isfuzzy). Columns are one where they have one name and one type, as in the
// plan; a plan that calls them otherwise is refused.
func (w *writer) union(n *plan.Union) {
	for i, from := range n.From {
		for j, c := range from {
			if c != nil && (c.Name != n.Out[j].Name || c.Type != n.Out[j].Type) {
				w.refuse("kql-write-union", "the column %s of a union is called %s in one of its tables", n.Out[j].Name, n.From[i][j].Name)
			}
		}
	}
	text := "union isfuzzy=true"
	for i, in := range n.Ins {
		inner := &writer{list: w.list, lets: w.lets, names: w.names, at: w.at}
		inner.node(in)
		w.list, w.lets = inner.list, inner.lets
		if i > 0 {
			text += ","
		}
		text += "\n    (" + strings.ReplaceAll(strings.Join(inner.lines, "\n"), "\n", "\n    ") + ")"
	}
	w.lines = append(w.lines, text)
}
