package spl

var _ = define(spec{
	name: "search", doc: "Keeps the rows for which a search condition holds; at the beginning, searches all events.",
	generates: true,
	parse: func(a *args) stage {
		return &searchStage{a.search()}
	},
})

type searchStage struct{ where condition }

func (s *searchStage) lower(l *lowering, in *relation) *relation {
	if in == nil {
		in = l.rawEvents()
	}
	return l.searchFor(in, s.where, "search")
}
