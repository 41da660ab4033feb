package kql

import (
	"math"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "mv-expand", aliases: []string{"mvexpand"}, doc: "a row for each element of an array or a bag",
	parse: func(p *parser) operation {
		e := &expandStage{}
		p.properties(func(name string, at diag.Span) bool {
			switch name {
			case "bagexpansion", "kind":
				e.arrays = p.choice("kind of expansion", "bag", "array") == "array"
			case "with_itemindex":
				e.index = p.name()
			default:
				return false
			}
			return true
		})
		if e.items = p.expandItems(); len(e.items) == 0 {
			return nil
		}
		if p.accept("limit") {
			e.limit = p.expr()
		}
		return e
	},
})

// expandItem is one array to expand.
type expandItem struct {
	named
	to schema.Type // Any: as it is
}

// expandItems reads [name =] expression [to typeof(t)], ….
func (p *parser) expandItems() []expandItem {
	var items []expandItem
	p.list_(func() bool {
		n, ok := p.namedExpr()
		if !ok {
			return false
		}
		item := expandItem{named: n}
		if p.accept("to") {
			p.expect("typeof")
			p.expect("(")
			item.to = p.typ()
			p.expect(")")
		}
		items = append(items, item)
		return true
	})
	return items
}

type expandStage struct {
	arrays bool
	index  *name
	items  []expandItem
	limit  node
}

func (e *expandStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	b.clause = "mv-expand"
	limit := int64(-1)
	if e.limit != nil {
		n, ok := b.rowCount(e.limit)
		if !ok {
			return nil
		}
		limit = n
	} else if b.words(s.word) == "mvexpand" {
		limit = 128
	}
	node, list, index := b.expandLists(out, e.items, e.arrays, e.index != nil)
	if node == nil {
		return nil
	}
	node.Limit = limit
	out.node = node
	if e.index != nil {
		list = append(list, assigned{e.index.text, value{expr: &plan.Ref{Column: index}, typ: schema.Long}})
	}
	out.scan = false
	return b.extend(out, list)
}

// expandLists makes an Expand of arrays over rows, and returns what its elements are called, converted as asked. Rows without an
// element are dropped, but a null is one element.
func (b *binder) expandLists(rows *relation, items []expandItem, arrays, indexed bool) (*plan.Expand, []assigned, *plan.Column) {
	node := &plan.Expand{Limit: math.MaxInt64}
	var list []assigned
	for _, item := range items {
		v := b.expr(&context{scope: b.scope, in: rows}, item.x)
		if v.bad {
			return nil, nil, nil
		}
		if !v.open() {
			b.errorf(item.x.span(), "not-dynamic", "KS141", "an array or a bag is wanted here, not a %s", v.typ).Hint = "write parse_json(…) or split(…) around a text"
			return nil, nil, nil
		}
		c := b.temp("element", schema.Dynamic)
		elements := apply("kql_expand", v.exact(), boolLiteral(arrays))
		node.Lists = append(node.Lists, plan.Assign{Column: c, Value: elements})
		text := defaultName(item.x)
		if len(item.names) > 0 {
			text = item.names[0].text
		} else if text == "" {
			text = "Column1"
		}
		element := value{expr: &plan.Ref{Column: c}, typ: schema.Dynamic, path: true}
		if item.to != schema.Any {
			element = made(item.to, "kql_cast", element.exact(), textValue(item.to.String()).expr)
		}
		list = append(list, assigned{text, element})
	}
	node.Input = rows.node
	if indexed {
		node.Index = b.temp("index", schema.Long)
	}
	return node, list, node.Index
}
