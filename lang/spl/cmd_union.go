package spl

var _ = define(spec{
	name: "union", doc: "Gives the rows of several data sets, lookups, saved searches and subsearches together.", generates: true,
	parse: func(a *args) stage {
		s := &unionStage{most: a.subsearchOptions()}
		for a.commas(); !a.done(); a.commas() {
			if a.peek() == '[' {
				sub, ok := a.subsearch()
				if !ok {
					return nil
				}
				s.list = append(s.list, &source{sub: sub})
				continue
			}
			from, ok := a.source()
			if !ok {
				return nil
			}
			s.list = append(s.list, from)
		}
		if len(s.list) == 0 {
			a.errorf(a.here(), "spl-union", "union needs data sets or subsearches")
			return nil
		}
		return s
	},
})

type unionStage struct {
	list []*source
	most int64
}

func (s *unionStage) lower(l *lowering, in *relation) *relation {
	var list []*relation
	if in != nil {
		list = append(list, in)
	}
	for _, from := range s.list {
		r := l.sourceRows(from, l.env.Limits.Subsearch)
		if r == nil {
			return nil
		}
		list = append(list, l.limited(r, s.most))
	}
	for _, r := range list {
		if !r.byTime() {
			return l.unite("union", list...)
		}
	}
	return l.interleave("union", list)
}
