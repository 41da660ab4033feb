package spl

import "goshawk/plan"

var _ = define(spec{
	name: "appendcols", doc: "Puts the fields of the first row of a subsearch beside those of the first row, and so on.",
	parse: func(a *args) stage {
		s := &appendColsStage{}
		for {
			_, v, ok := a.option("override")
			if !ok {
				break
			}
			s.override = a.yes(v)
		}
		s.most = a.subsearchOptions()
		var ok bool
		if s.sub, ok = a.subsearchOf(); !ok {
			return nil
		}
		a.rest()
		return s
	},
})

type appendColsStage struct {
	sub      *pipeline
	most     int64
	override bool
}

func (s *appendColsStage) lower(l *lowering, in *relation) *relation {
	right := l.limited(l.subsearch(s.sub), s.most)
	if right == nil {
		return nil
	}
	left := in.clone()
	right = right.clone()
	l.arrange(left)
	l.arrange(right)
	right = l.apart(right)
	key := plan.JoinKey{Left: &plan.Ref{Column: l.numbered(left)}, Right: &plan.Ref{Column: l.numbered(right)}}
	return l.merged(pairing{
		left: left, right: right, node: &plan.Join{Kind: plan.FullOuter, Keys: []plan.JoinKey{key}}, overwrite: s.override, internal: true,
	}, "appendcols")
}
