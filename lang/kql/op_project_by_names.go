package kql

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "project-by-names", doc: "keeps the columns whose names or patterns constants give, in their order; names of no column are passed over",
	parse: func(p *parser) operation {
		s := &byNamesStage{}
		p.list_(func() bool {
			x := p.expr()
			if x != nil {
				s.names = append(s.names, x)
			}
			return x != nil
		})
		if len(s.names) == 0 {
			p.wanted("the name of a column")
			return nil
		}
		return s
	},
})

type byNamesStage struct{ names []node }

func (p *byNamesStage) bind(b *binder, s *stage, in *relation) *relation {
	if in.star != nil {
		b.errorf(s.word, "refused", "", "project-by-names is not run on columns that only the data tell").Hint = "name them with project"
		return nil
	}
	out := in.derive()
	out.columns = nil
	for _, x := range p.names {
		v, ok := b.constant(&context{scope: b.scope}, x, schema.Any)
		if !ok {
			return nil
		}
		names := v.List()
		if v.Kind() == event.Text {
			names = []event.Value{v}
		} else if v.Kind() != event.List {
			b.errorf(x.span(), "type", "KS107", "project-by-names takes texts and arrays of texts")
			return nil
		}
		for _, n := range names {
			text := n.Text()
			wanted := pattern{name: &name{text: text}, wild: strings.Contains(text, "*")}
			for _, c := range in.columns {
				if wanted.match(c.name) && !slices.Contains(out.columns, c) && (!c.hidden || !wanted.wild) {
					out.columns = append(out.columns, c)
				}
			}
		}
	}
	return out
}

var _ = defineFunction(function{
	name: "column_names_of", doc: "the names of the columns of rows, as an array", gives: "dynamic", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		if len(x.args) != 1 {
			b.errorf(x.span(), "argument-count", "KS119", "column_names_of takes 1 argument, not %d", len(x.args))
			return wrong()
		}
		r := b.rows(c.scope, x.args[0].value)
		if r == nil {
			return wrong()
		}
		if r.star != nil {
			b.errorf(x.span(), "refused", "", "column_names_of is not run on columns that only the data tell")
			return wrong()
		}
		var names []event.Value
		for _, col := range r.visible() {
			names = append(names, event.TextValue(col.name))
		}
		return literalValue(event.ListValue(names...), schema.Dynamic)
	},
})
