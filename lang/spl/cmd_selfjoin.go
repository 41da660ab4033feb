package spl

import "goshawk/plan"

var _ = define(spec{
	name: "selfjoin", doc: "Puts the fields of other rows with the same values beside those of each row.",
	parse: func(a *args) stage {
		s := &selfJoinStage{most: 1, overwrite: true}
		known := []string{"overwrite", "max", "keepsingle"}
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "max":
				s.most = a.count(v)
			case ok && name == "overwrite":
				s.overwrite = a.yes(v)
			case ok:
				s.single = a.yes(v)
			case a.unknownOption(known...):
			default:
				if v, ok = a.value(); !ok {
					a.rest()
					return nil
				}
				s.fields = append(s.fields, v)
			}
		}
		if len(s.fields) == 0 {
			a.errorf(a.here(), "spl-selfjoin", "selfjoin needs the fields to join by")
			return nil
		}
		return s
	},
})

type selfJoinStage struct {
	most              int64
	overwrite, single bool
	fields            []value
}

func (s *selfJoinStage) lower(l *lowering, in *relation) *relation {
	left := in.clone()
	l.arrange(left)
	for _, f := range s.fields {
		l.field(left, f.text, f.span)
	}
	l.everything(left)
	row := l.numbered(left)
	const hidden = "\x00row"
	right := left.clone()
	right.set(hidden, &plan.Ref{Column: row})
	right = l.apart(right)
	other := right.fields.of(hidden)
	right.remove(hidden)
	join := &plan.Join{Kind: plan.Inner, FirstRight: s.most == 1}
	if s.single {
		join.Kind = plan.LeftOuter
	}
	p := pairing{left: left, right: right, node: join, overwrite: s.overwrite}
	for _, f := range s.fields {
		here, _ := l.find(left, f.text)
		there, _ := l.find(right, f.text)
		join.Keys = append(join.Keys, plan.JoinKey{Left: textKey(here), Right: textKey(there)})
		p.keys = append(p.keys, f.text)
	}
	join.On = &plan.Compare{Op: plan.NotEqual, Left: &plan.Ref{Column: row}, Right: other}
	out := l.merged(p, "selfjoin")
	if s.most > 1 {
		out.node = atMost(out.node, l.numbered(out, &plan.Ref{Column: row}), s.most)
	}
	return out
}
