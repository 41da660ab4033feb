package kql

import (
	"goshawk/diag"
)

var _ = defineOperator(operator{
	name: "sample", doc: "rows chosen at random, up to a number; here the first ones, so that an answer can be had again",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		if x := p.expr(); x != nil {
			return &takeStage{x}
		}
		return nil
	},
})

var _ = defineOperator(operator{
	name: "sample-distinct", doc: "different values of an expression, up to a number",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		s := &sampleDistinctStage{}
		if s.n = p.expr(); s.n == nil || !p.expect("of") {
			return nil
		}
		var ok bool
		if s.of, ok = p.namedExpr(); !ok {
			return nil
		}
		return s
	},
})

type sampleDistinctStage struct {
	n  node
	of named
}

func (s *sampleDistinctStage) bind(b *binder, st *stage, in *relation) *relation {
	b.clause = st.name
	n, ok := b.rowCount(s.n)
	if !ok {
		return nil
	}
	rows := in.derive()
	keys, ok := b.groupKeys(rows, []named{s.of})
	if !ok {
		return nil
	}
	return b.firstRows(b.group(rows, keys, &aggregation{}, nil), n)
}
