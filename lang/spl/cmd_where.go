package spl

var _ = define(spec{
	name: "where", doc: "Keeps the rows for which an eval condition is true.",
	parse: func(a *args) stage {
		x := a.eval()
		a.rest()
		if x == nil {
			return nil
		}
		return &whereStage{x}
	},
})

type whereStage struct{ x expr }

func (s *whereStage) lower(l *lowering, in *relation) *relation {
	return l.filter(in, l.holds(s.x, in, true))
}
